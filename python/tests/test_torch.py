"""Landscapes of PyTorch modules."""

import copy

import numpy as np
import pytest

import nwedge

torch = pytest.importorskip("torch")
torch.set_num_threads(1)  # everything here is small
pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.script:FutureWarning")
nn = torch.nn
F = torch.nn.functional


@pytest.fixture(scope="module")
def data():
    draw = np.random.default_rng(0)
    x = draw.normal(size=(250, 6)).astype(np.float32)
    y = (x[:, 0] > 0).astype(np.int64) + (x[:, 1] > 0)
    return (torch.tensor(x[:170]), torch.tensor(y[:170])), (torch.tensor(x[170:]), torch.tensor(y[170:]))


def mlp(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(6, 10), nn.Tanh(), nn.Linear(10, 3))


def convolutional(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Dropout(0.2), nn.Linear(64, 3)
    )  # fmt: skip


@pytest.fixture(scope="module")
def images():
    draw = np.random.default_rng(1)
    x = draw.normal(size=(100, 1, 6, 6)).astype(np.float32)
    return torch.tensor(x), torch.tensor((x.mean(axis=(1, 2, 3)) > 0).astype(np.int64))


@pytest.fixture(scope="module")
def land(data):
    return nwedge.torch.landscape(mlp(), nn.CrossEntropyLoss(), data[0], test=data[1], chunk=60)


def reference(model, theta, x, y, loss=F.cross_entropy):
    """Loss and gradient by the most ordinary PyTorch."""
    model = nwedge.torch.load(copy.deepcopy(model), theta)
    value = loss(model(x), y)
    value.backward()
    return value.item(), np.concatenate([p.grad.numpy().ravel() for p in model.parameters()])


def test_a_point_is_the_parameters():
    model = mlp(1)
    theta = nwedge.torch.flatten(model)
    assert theta.dtype == np.float32 and theta.shape == (103,)
    other = nwedge.torch.load(mlp(2), theta)
    for a, b in zip(model.parameters(), other.parameters()):
        assert torch.equal(a, b)
    with pytest.raises(nwedge.Error, match=r"must have shape \(103,\)"):
        nwedge.torch.load(model, np.zeros(3))


def test_losses_and_gradients_are_those_of_the_whole_split(land, data):
    theta = nwedge.torch.flatten(mlp(1))
    assert land.notes == [] and land.has_accuracy and land.examples() == 170 and land.examples("test") == 80
    value, gradient = reference(mlp(), theta, *data[0])  # chunks of 60, 60 and 50 are weighted by examples
    loss, slope = land.gradient(theta)
    assert loss == pytest.approx(value, rel=1e-5)
    np.testing.assert_allclose(slope, gradient, rtol=1e-4, atol=1e-6)
    test = land.evaluate(theta, "test")
    output = nwedge.torch.load(mlp(), theta)(data[1][0])
    assert test.loss == pytest.approx(F.cross_entropy(output, data[1][1]).item(), rel=1e-5)
    assert test.accuracy == pytest.approx((output.argmax(1) == data[1][1]).float().mean().item())


def test_points_at_once_change_nothing(data):
    points = np.stack([nwedge.torch.flatten(mlp(seed)) for seed in range(7)])
    one = nwedge.torch.landscape(mlp(), nn.CrossEntropyLoss(), data[0]).evaluate_many(points)
    three = nwedge.torch.landscape(mlp(), nn.CrossEntropyLoss(), data[0], points_at_once=3, chunk=100).evaluate_many(points)
    np.testing.assert_allclose(three.loss, one.loss, rtol=1e-5)
    np.testing.assert_allclose(three.accuracy, one.accuracy, rtol=1e-5)


@pytest.mark.parametrize("chunk", [60, 1000])
def test_hessian_products_are_exact(data, chunk):
    land = nwedge.torch.landscape(mlp(), nn.CrossEntropyLoss(), data[0], chunk=chunk)
    model, theta = mlp(), land.initial_point(2)
    names, shapes = zip(*[(name, p.shape) for name, p in model.named_parameters()])

    def loss(flat):
        parts = flat.split([shape.numel() for shape in shapes])
        state = {name: part.view(shape) for name, shape, part in zip(names, shapes, parts)}
        return F.cross_entropy(torch.func.functional_call(model, state, (data[0][0],)), data[0][1])

    dense = torch.func.hessian(loss)(torch.tensor(theta)).numpy()
    hessian = land.curvature(theta)
    assert hessian.exact
    np.testing.assert_allclose(hessian @ np.eye(103), dense, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("chunk", [60, 1000])
def test_fisher_and_gauss_newton_products_are_sums_over_examples(data, chunk):
    (x, y), model = data[0], mlp()
    land = nwedge.torch.landscape(model, nn.CrossEntropyLoss(), data[0], chunk=chunk)
    theta = nwedge.torch.flatten(model)
    v = np.random.default_rng(2).normal(size=theta.size).astype(np.float32)
    probabilities = torch.softmax(model(x), 1).detach()
    expected = {"empirical-fisher": np.zeros(theta.size), "fisher": np.zeros(theta.size)}
    for n in range(len(x)):
        for label in range(3):
            model.zero_grad()
            F.cross_entropy(model(x[n : n + 1]), torch.tensor([label])).backward()
            g = np.concatenate([p.grad.numpy().ravel() for p in model.parameters()]).astype(np.float64)
            expected["fisher"] += float(probabilities[n, label]) * g * (g @ v) / len(x)
            if label == int(y[n]):
                expected["empirical-fisher"] += g * (g @ v) / len(x)
    expected["gauss-newton"] = expected["fisher"]
    for matrix, product in expected.items():
        curvature = land.curvature(theta, matrix=matrix)
        assert curvature.exact
        np.testing.assert_allclose(curvature @ v, product, rtol=1e-4, atol=1e-5 * np.abs(product).max())


def test_a_smoothed_loss_has_no_fisher_matrix_that_is_known(data):
    land = nwedge.torch.landscape(mlp(), nn.CrossEntropyLoss(label_smoothing=0.1), data[0])
    theta = land.initial_point(0)
    assert land.curvature(theta, matrix="gauss-newton") @ theta @ theta > 0
    with pytest.raises(nwedge.Error, match=r'^\[curvature\] matrix "fisher" is not known of this landscape; its hessian is$'):
        land.curvature(theta, matrix="fisher")


def test_spectra_of_layers_and_planes_of_eigenvectors(land):
    assert [name for name, _, _ in land.tensors] == ["0.weight", "0.bias", "2.weight", "2.bias"]
    optimum = nwedge.train(land, steps=60, learning_rate=0.5)
    found = nwedge.spectrum(land, optimum, parameters=["2.*"], blocks="tensors", top=2, trace_probes=10, density_steps=5, zone_radii=[])
    assert found.numbers["dimension"] == 33
    assert [block["name"] for block in found.numbers["blocks"]] == ["2.weight", "2.bias"]
    with pytest.raises(nwedge.Error, match=r'parameters "conv\*" match no tensor; there are 0.weight, 0.bias, 2.weight, 2.bias'):
        nwedge.spectrum(land, optimum, parameters=["conv*"])
    plane = nwedge.section(land, optimum, directions="eigenvectors", range="auto", grid=[5, 5])
    top = np.linalg.eigvalsh(land.curvature(optimum.point) @ np.eye(land.dimension, dtype=np.float32))[-2:]
    np.testing.assert_allclose(plane.numbers["eigenvalues"], top[::-1], rtol=1e-3)
    loss, edge = plane.arrays["loss-train"], 1 / 1.5
    centre = land.evaluate(optimum.point).loss
    for j in range(2):
        reach = plane.numbers["reaches"][j]["above"]
        assert plane.arrays[f"axis-{j + 1}"][-1] == pytest.approx(reach / edge)
        at = optimum.point + reach * plane.arrays["points.directions"][j]
        assert land.evaluate(at).loss == pytest.approx(2 * centre, rel=0.05)
    assert loss.shape == (5, 5)


def test_advice_on_modules(data):
    land = nwedge.torch.landscape(mlp(), nn.CrossEntropyLoss(), data[0], test=data[1])
    first = nwedge.train(land, seed=0, steps=150, learning_rate=0.5)
    near = nwedge.train(land, seed=0, steps=20, learning_rate=0.1, start=first.point)
    other = nwedge.train(land, seed=1, steps=150, learning_rate=0.5)
    advice = nwedge.advise(land, [first, near, other], names=["first", "near", "other"], plane_points=5)
    assert [0, 1] in advice.wedges and advice.recommendation.endswith(".")
    assert advice.notes[-1] == "units were not matched: only those of native networks are known"
    average = next(c for c in advice.numbers["candidates"] if c["name"] == "average of first, near")
    np.testing.assert_allclose(advice.weights(average["name"]), (first.point + near.point) / 2, atol=1e-6)
    kept = advice.numbers["candidates"][0]
    tests = data[1][1].numpy()
    half = np.sum(land._predictor(first.point)["probabilities"](first.point, np.arange(len(tests))).argmax(1) == tests)
    assert 0 < kept["accuracy"]["value"] <= 1 and abs(kept["accuracy"]["value"] - half / len(tests)) < 0.25
    assert advice.arrays["plane-loss"].shape == (5, 5) and advice.numbers["plane"]["through"][2] == "other"
    with pytest.raises(nwedge.Error, match="there are no weights of \"first\""):
        advice.weights("first")
    with pytest.raises(nwedge.Error, match="names must be 3 different ones"):
        nwedge.advise(land, [first, near, other], names=["a", "a", "b"])
    regression = nwedge.torch.landscape(mlp(), nn.MSELoss(), (data[0][0], torch.zeros(170, 3)))
    with pytest.raises(nwedge.Error, match=r"^\[nwedge.advise\] the landscape must know the class probabilities"):
        nwedge.advise(regression, [first, other])


def test_the_module_is_never_changed(images):
    model = convolutional().train()
    before = copy.deepcopy(model.state_dict())
    state = torch.random.get_rng_state()
    land = nwedge.torch.landscape(model, nn.CrossEntropyLoss(), images)
    optimum = nwedge.train(land, epochs=2, batch_size=20)
    land.curvature(optimum) @ optimum.point
    nwedge.section(land, optimum, grid=[3, 3])
    assert model.training and all(module.training for module in model.modules())
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert all(p.grad is None for p in model.parameters())
    assert torch.equal(torch.random.get_rng_state(), state)


def test_batch_statistics_are_those_of_the_point(images):
    x, y = images
    land = nwedge.torch.landscape(convolutional(), nn.CrossEntropyLoss(), (x, y), points_at_once=2)
    points = np.stack([nwedge.torch.flatten(convolutional(seed)) for seed in (3, 4, 5)])
    expected = []
    for point in points:
        model = nwedge.torch.load(convolutional(), point).eval()
        model[1].train()
        expected.append(F.cross_entropy(model(x), y).item())
    # Statistics normalise with the unbiased variance of 1600 values, the batch itself with the biased one.
    np.testing.assert_allclose(land.evaluate_many(points).loss, expected, rtol=2e-3)
    np.testing.assert_allclose([land.evaluate(point).loss for point in points], land.evaluate_many(points).loss, rtol=1e-5)
    stored = nwedge.torch.landscape(convolutional(), nn.CrossEntropyLoss(), (x, y), batch_norm="stored")
    model = nwedge.torch.load(convolutional(), points[0]).eval()
    assert stored.evaluate(points[0]).loss == pytest.approx(F.cross_entropy(model(x), y).item(), rel=1e-5)


def test_dropout_is_named_by_the_minibatch(images):
    land = nwedge.torch.landscape(convolutional(), nn.CrossEntropyLoss(), images)
    theta = land.initial_point(0)
    loss, gradient = land.batch_gradient(theta, seed=1, index=2, size=20)
    again, same = land.batch_gradient(theta, seed=1, index=2, size=20)
    assert loss == again and np.array_equal(gradient, same)
    assert land.batch_gradient(theta, seed=2, index=2, size=20)[0] != loss


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(7, 4)
        self.output = nn.Linear(4, 7, bias=False)
        self.output.weight = self.embedding.weight
        self.frozen = nn.Parameter(torch.ones(4), requires_grad=False)
        self.wide = nn.Parameter(torch.ones(4, dtype=torch.float64))
        self.turned = nn.Parameter(torch.eye(4)[:, [1, 0, 3, 2]].t())
        self.unused = nn.Parameter(torch.ones(2))
        self.register_buffer("count", torch.zeros(1))

    def forward(self, tokens):
        self.count += 1  # the landscape's own copy may count
        hidden = self.embedding(tokens) * self.frozen * self.wide.float() @ self.turned
        return self.output(hidden), hidden


def test_tied_frozen_mixed_turned_and_unused_parameters_and_tuples():
    torch.manual_seed(0)
    model = Tied()
    tokens = torch.randint(0, 7, (40,))
    land = nwedge.torch.landscape(model, lambda output, y: F.cross_entropy(output[0], y), (tokens, (tokens + 1) % 7))
    assert land.dimension == 28 + 4 + 16 + 2
    assert "has no reset_parameters" in land.notes[0]
    theta = nwedge.torch.flatten(model)
    np.testing.assert_array_equal(land.initial_point(5), theta)
    loss, gradient = land.gradient(theta)
    own = copy.deepcopy(model)
    value = F.cross_entropy(own(tokens)[0], (tokens + 1) % 7)
    value.backward()
    assert loss == pytest.approx(value.item(), rel=1e-5)
    assert model.count == 0
    expected = [p.grad if p.grad is not None else torch.zeros_like(p) for p in own.parameters() if p.requires_grad]
    np.testing.assert_allclose(gradient, np.concatenate([g.numpy().ravel() for g in expected]), rtol=1e-4, atol=1e-6)
    assert [kind for *_, kind in land.groups].count("embedding") == 7
    assert np.isfinite(land.curvature(theta) @ theta).all()


def test_data_loaders_and_several_inputs(data, land):
    (x, y), _ = data
    dataset = torch.utils.data.TensorDataset(x, y)
    loader = torch.utils.data.DataLoader(dataset, batch_size=16, shuffle=True)
    same = nwedge.torch.landscape(mlp(), nn.CrossEntropyLoss(), loader)
    theta = land.initial_point(1)
    assert same.gradient(theta)[0] == pytest.approx(land.gradient(theta)[0], rel=1e-5)
    loss, gradient = same.batch_gradient(theta, seed=3, index=1, size=16)
    assert loss == pytest.approx(land.batch_gradient(theta, seed=3, index=1, size=16)[0], rel=1e-5)

    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = mlp()

        def forward(self, a, b):
            return self.net(torch.cat([a, b], dim=1))

    for inputs in ((x[:, :2], x[:, 2:]), {"a": x[:, :2], "b": x[:, 2:]}):
        two = nwedge.torch.landscape(Two(), nn.CrossEntropyLoss(), (inputs, y))
        assert two.gradient(theta)[0] == pytest.approx(land.gradient(theta)[0], rel=1e-5)


def test_trained_weights_become_points(land):
    model = mlp(9)
    np.testing.assert_array_equal(nwedge.torch.trained(land, model), nwedge.torch.flatten(model))
    np.testing.assert_array_equal(nwedge.torch.trained(land, model.state_dict()), nwedge.torch.flatten(model))
    with pytest.raises(nwedge.Error, match="Missing key"):
        nwedge.torch.trained(land, {})


def test_experiments_run(land):
    optima = [nwedge.train(land, seed=seed, epochs=20, batch_size=34, learning_rate=0.2) for seed in range(2)]
    assert optima[0].metrics["train"].accuracy > 0.9
    assert not np.array_equal(optima[0].initial, optima[1].initial)
    assert nwedge.tunnel(land, optima, steps=60, plane_points=5, batch_size=34).numbers["pairs"]
    assert nwedge.section(land, optima[0], grid=[5, 5]).arrays["loss-train"].shape == (5, 5)
    assert nwedge.spectrum(land, optima[0], density_steps=10).numbers["points"]


def test_experiments_may_use_fewer_examples(data, land):
    theta = land.initial_point(0)
    few = nwedge.section(land, theta, grid=[3], examples=50)
    assert few.numbers["examples"]["train"] == 50
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(*data[0]))
    same = nwedge.torch.landscape(mlp(), nn.CrossEntropyLoss(), loader)
    np.testing.assert_allclose(nwedge.section(same, theta, grid=[3], examples=50).arrays["loss-train"], few.arrays["loss-train"], rtol=1e-5)


def test_regression_has_no_accuracy(data):
    (x, _), _ = data
    land = nwedge.torch.landscape(mlp(), nn.MSELoss(), (x, x[:, :3]))
    assert not land.has_accuracy
    assert nwedge.train(land, epochs=10, learning_rate=0.1).metrics["train"].loss < land.evaluate(land.initial_point(0)).loss


@pytest.mark.parametrize(
    "change, line",
    [
        (dict(model=3), "model must be an nn.Module, is a int"),
        (dict(model=nn.ReLU()), "must have parameters with requires_grad"),
        (dict(loss=nn.CrossEntropyLoss(reduction="sum")), 'has reduction="sum"'),
        (dict(loss=lambda output, y: output), r"must return one number, the mean over a batch .* returned \[170, 3\]"),
        (dict(loss=lambda output, y: output.detach().mean()), "must depend on the parameters"),
        (dict(train=3), r"train must be \(x, y\) or a DataLoader, is a int"),
        (dict(train=(torch.zeros(3, 6), torch.zeros(4))), "as many inputs as targets"),
        (dict(batch_norm="batch"), 'batch_norm must be "recompute" or "stored"'),
        (dict(chunk=0), "chunk must be at least 1"),
    ],
)
def test_mistakes_are_one_line(data, change, line):
    given = dict(model=mlp(), loss=nn.CrossEntropyLoss(), train=data[0]) | change
    with pytest.raises(nwedge.Error, match=line) as caught:
        nwedge.torch.landscape(**given)
    assert "\n" not in str(caught.value)


def test_a_parameter_of_another_kind_is_refused():
    model = nn.Module()
    model.p = nn.Parameter(torch.ones(2, dtype=torch.complex64))
    with pytest.raises(nwedge.Error, match="p must be of real floats, is torch.complex64"):
        nwedge.torch.flatten(model)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.outer = nn.Linear(1, 8), nn.Linear(8, 3)
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation="gelu")

    def forward(self, x):
        return self.outer(self.layer(self.inner(x.unsqueeze(-1))).mean(1))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.memory, self.outer = nn.LSTM(1, 5, batch_first=True), nn.Linear(5, 3)

    def forward(self, x):
        return self.outer(self.memory(x.unsqueeze(-1))[0][:, -1])


class Noisy(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(6, 3)

    def forward(self, x):
        return self.linear(x + 0.1 * torch.randn_like(x))


def differences(land, theta, vector):
    step = np.float32(3e-3 * np.linalg.norm(theta) / np.linalg.norm(vector))
    return (land.gradient(theta + step * vector)[1] - land.gradient(theta - step * vector)[1]) / (2 * step)


@pytest.mark.filterwarnings("ignore:.*nested tensor:UserWarning")
@pytest.mark.parametrize("kind", [Attention, Recurrent])
def test_hessian_products_of_attention_and_memory(data, kind):
    torch.manual_seed(0)
    land = nwedge.torch.landscape(kind(), nn.CrossEntropyLoss(), data[0], initial=lambda seed: kind())
    theta = land.initial_point(0)
    vector = np.random.default_rng(0).normal(size=land.dimension).astype(np.float32)
    expected = differences(land, theta, vector)
    np.testing.assert_allclose(land.curvature(theta) @ vector, expected, atol=0.01 * np.abs(expected).max())


def test_what_vmap_cannot_do_is_one_line(data):
    land = nwedge.torch.landscape(Recurrent(), nn.CrossEntropyLoss(), data[0], points_at_once=2)
    with pytest.raises(nwedge.Error, match="points_at_once must be 1, as the module cannot run under vmap") as caught:
        land.evaluate_many(np.zeros((2, land.dimension)))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("at_once", [1, 2])
def test_noise_in_the_module_is_found(data, at_once):
    with pytest.warns(UserWarning, match="something in the function is random"):
        land = nwedge.torch.landscape(Noisy(), nn.CrossEntropyLoss(), data[0], points_at_once=at_once)
    assert np.ptp(land.evaluate_many(np.stack([land.initial_point(0)] * 2)).loss) > 0


def test_a_landscape_is_made_with_few_examples_looked_at(data):
    (x, y), _ = data
    seen = []

    def loss(output, labels):
        seen.append(len(labels))
        return F.cross_entropy(output, labels)

    land = nwedge.torch.landscape(mlp(), loss, (x.repeat(10, 1), y.repeat(10)), chunk=10000)
    assert seen and max(seen) == 500 and land.examples("train") == 1700 and land.notes == []
    land.evaluate(land.initial_point(0))
    assert seen[-1] == 1700


def test_weights_of_half_precision_say_so(data):
    (x, y), _ = data
    land = nwedge.torch.landscape(mlp().bfloat16(), nn.CrossEntropyLoss(), (x.bfloat16(), y))
    assert land.notes == ["weights of torch.bfloat16 move in steps: losses and gradients have two or three digits"]
    loss, gradient = nwedge.torch.landscape(mlp(), nn.CrossEntropyLoss(), (x, y)).gradient(nwedge.torch.flatten(mlp()))
    assert land.gradient(nwedge.torch.flatten(mlp()))[0] == pytest.approx(loss, rel=0.02)
    np.testing.assert_allclose(land.gradient(nwedge.torch.flatten(mlp()))[1], gradient, atol=0.05 * np.abs(gradient).max())


def test_sparse_gradients_become_parts_of_points():
    torch.manual_seed(0)
    tokens, y = torch.randint(0, 7, (40, 2)), torch.randint(0, 3, (40,))
    make = lambda sparse: nn.Sequential(nn.Embedding(7, 4, sparse=sparse), nn.Flatten(), nn.Linear(8, 3))  # noqa: E731
    model = make(True)
    theta = nwedge.torch.flatten(model)
    lands = [nwedge.torch.landscape(one, nn.CrossEntropyLoss(), (tokens, y)) for one in (model, make(False))]
    np.testing.assert_array_equal(lands[0].gradient(theta)[1], lands[1].gradient(theta)[1])
    assert model[0].sparse  # the module that was given is as it was


def test_wrong_hessian_products_are_found(data):
    class Product(torch.autograd.Function):  # right once, wrong twice
        @staticmethod
        def forward(context, a, b):
            context.save_for_backward(a, b)
            return a * b

        @staticmethod
        def backward(context, slope):
            a, b = context.saved_tensors
            return slope * b.detach(), slope * a

    model = nn.Sequential(nn.Linear(6, 10), nn.Tanh(), nn.Linear(10, 3))
    with pytest.warns(UserWarning, match="the Hessian products seem wrong"):
        land = nwedge.torch.landscape(model, lambda output, y: F.cross_entropy(Product.apply(output, output.roll(1, 1)), y), data[0])
    assert land.options["notes"] == land.notes  # records have them


@pytest.mark.parametrize(
    "make, line",
    [
        (lambda: nn.Linear(6, 3, device="meta"), "weight has no data, its device is meta"),
        (lambda: nn.LazyLinear(3), "weight has no shape yet"),
        (lambda: torch.jit.script(mlp()), "is a ScriptModule"),
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_modules_that_cannot_be_landscapes_are_one_line(data, make, line):
    with pytest.raises(nwedge.Error, match=line) as caught:
        nwedge.torch.landscape(make(), nn.CrossEntropyLoss(), data[0])
    assert "\n" not in str(caught.value)


def test_a_function_may_return_tensors_of_the_processor_alone():
    make = lambda device: nwedge.landscape(lambda theta: (torch.tensor(1.0), torch.zeros(3, device=device)), initial=np.zeros(3))  # noqa: E731
    assert make("cpu").gradient(np.ones(3))[0] == 1
    with pytest.raises(nwedge.Error, match=r"\[loss_and_gradient\] the gradient must be an array of numbers in the processor's memory"):
        make("meta")


def test_a_module_may_be_called_from_several_threads(data, land):
    import threading

    theta, losses = land.initial_point(0), []
    threads = [threading.Thread(target=lambda: losses.extend(land.gradient(theta)[0] for _ in range(20))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(losses) == 80 and len(set(losses)) == 1
