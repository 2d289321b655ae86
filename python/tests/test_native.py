"""Native landscapes from Python: the numbers that they are known to have, and how they take and give arrays."""

import numpy as np
import pytest

import nwedge


@pytest.fixture(scope="module")
def wedges():
    return nwedge.wedge_model(dimension=60, wedges=3, short_directions=8, seed=2)


def test_a_wedge_model_is_half_the_squared_short_distance(wedges):
    assert wedges.dimension == 60
    assert wedges.kind == "wedge" and wedges.deterministic and not wedges.has_accuracy
    assert wedges.options["short-directions"] == 8
    one = nwedge.wedge_model(dimension=10, wedges=1, short_directions=10)
    theta = np.arange(10, dtype=np.float32)
    loss, gradient = one.gradient(theta)
    assert loss == pytest.approx(0.5 * float(theta @ theta))
    np.testing.assert_allclose(gradient, theta)
    assert one.evaluate(theta).loss == loss
    assert np.isnan(one.evaluate(theta).accuracy)


def test_points_are_taken_as_numpy_users_expect(wedges):
    theta = wedges.initial_point(3)
    assert theta.dtype == np.float32 and theta.shape == (60,)
    np.testing.assert_array_equal(theta, wedges.initial_point(3))
    assert not np.array_equal(theta, wedges.initial_point(4))
    expected = wedges.evaluate(theta)

    class Foreign:
        def __array__(self, dtype=None, copy=None):
            return theta.astype(np.float64)

    class Packed:
        def __dlpack__(self, **keywords):
            return theta.__dlpack__(**keywords)

        def __dlpack_device__(self):
            return theta.__dlpack_device__()

    strided = np.zeros(120, np.float32)
    strided[::2] = theta
    for same in (theta.tolist(), theta.astype(np.float64), strided[::2], Foreign(), Packed()):
        assert wedges.evaluate(same) == pytest.approx(expected, nan_ok=True)
    many = wedges.evaluate_many(np.stack([theta, 2 * theta]))
    assert many.loss.shape == many.accuracy.shape == (2,)
    assert many.loss[0] == expected.loss


def test_wrong_points_are_one_line(wedges):
    with pytest.raises(nwedge.Error, match=r"^\[evaluate\] a point must have shape \(60,\), has \(59,\)$"):
        wedges.evaluate(np.zeros(59))
    with pytest.raises(nwedge.Error, match=r"^\[evaluate_many\] points must have shape \(P, 60\), have \(60,\)$"):
        wedges.evaluate_many(np.zeros(60))
    with pytest.raises(nwedge.Error, match=r"must be an array of numbers"):
        wedges.gradient(["a"] * 60)
    with pytest.raises(nwedge.Error, match=r'split must be "train" or "test", is "validation"'):
        wedges.evaluate(np.zeros(60), split="validation")
    assert issubclass(nwedge.Error, ValueError)


def test_unknown_options_name_the_nearest():
    with pytest.raises(nwedge.Error, match=r'^\[nwedge.wedge_model\] unknown key "dimenson"; did you mean "dimension"\?$'):
        nwedge.wedge_model(dimenson=10)
    with pytest.raises(nwedge.Error, match=r"wedges must be from 1 to \d+, is 0"):
        nwedge.wedge_model(wedges=0)
    with pytest.raises(nwedge.Error, match=r"dimension must be a whole number, is 2.5"):
        nwedge.wedge_model(dimension=2.5)
    assert nwedge.wedge_model(dimension=np.int64(12), short_directions=3).dimension == 12


def test_curvature_is_a_linear_operator(wedges):
    scipy_linalg = pytest.importorskip("scipy.sparse.linalg")
    theta = wedges.initial_point(0)
    hessian = wedges.curvature(theta)
    assert hessian.exact and hessian.shape == (60, 60)
    dense = hessian @ np.eye(60, dtype=np.float32)
    np.testing.assert_allclose(dense, dense.T, atol=1e-6)
    np.testing.assert_allclose(np.sort(np.linalg.eigvalsh(dense))[-8:], np.ones(8), rtol=1e-5)  # its short directions
    np.testing.assert_allclose(scipy_linalg.eigsh(hessian.operator(), k=3, v0=theta)[0], np.ones(3), rtol=1e-5)
    np.testing.assert_allclose(wedges.curvature(theta, matrix="gauss-newton") @ theta, hessian @ theta, rtol=1e-6)
    with pytest.raises(nwedge.Error, match="a vector must have shape"):
        hessian @ np.zeros(3)


def test_networks_have_fisher_matrices_and_named_tensors(wedges):
    land = nwedge.network("mlp:5", data="synthetic:1x3x3,3", train_examples=40)
    theta = land.initial_point(0)
    assert [name for name, _, _ in land.tensors] == ["1.weight", "1.bias", "3.weight", "3.bias"]
    assert sum(count for _, _, count in land.tensors) == land.dimension
    eye = np.eye(land.dimension, dtype=np.float32)
    fisher = land.curvature(theta, matrix="fisher") @ eye
    np.testing.assert_array_equal(fisher, land.curvature(theta, matrix="gauss-newton") @ eye)
    empirical = land.curvature(theta, matrix="empirical-fisher") @ eye
    for matrix in (fisher, empirical):
        np.testing.assert_allclose(matrix, matrix.T, atol=1e-6)
        assert np.linalg.eigvalsh(matrix)[0] > -1e-6
    assert not np.allclose(fisher, empirical, atol=1e-4)
    with pytest.raises(nwedge.Error, match="must be hessian, gauss-newton, fisher or empirical-fisher"):
        land.curvature(theta, matrix="fischer")
    with pytest.raises(nwedge.Error, match='matrix "fisher" is not known of this landscape'):
        wedges.curvature(wedges.initial_point(0), matrix="fisher")
    assert wedges.tensors == []


def test_advice_is_that_of_the_program(tmp_path, wedges):
    land = nwedge.network("mlp:12", data="synthetic:1x6x6,4", train_examples=300, test_examples=200)
    first = nwedge.train(land, seed=0, epochs=20, learning_rate=0.05)
    points = [first.point, nwedge.train(land, seed=0, epochs=22, learning_rate=0.05).point, nwedge.train(land, seed=1, epochs=20, learning_rate=0.05).point]
    advice = nwedge.advise(land, points, names=["a", "b", "c"], tolerance=0.05)
    assert advice.numbers["checkpoints"] == ["a", "b", "c"] and len(advice.numbers["pairs"]) == 3
    assert advice.numbers["candidates"][0]["name"] == "a" and advice.options["tolerance"] == 0.05
    for one in advice.numbers["candidates"]:
        if one["weights"]:
            assert advice.weights(one["name"]).shape == (land.dimension,)
    assert advice.plot() and "Average, align or ensemble" in advice.report(tmp_path / "advice.html").read_text()
    saved = nwedge.load(advice.save(tmp_path / "advice"))
    assert saved.numbers["recommendation"] == advice.numbers["recommendation"]
    alone = nwedge.advise(land, [first])
    assert alone.action == "keep" and alone.recommendation.startswith("Keep 0")
    with pytest.raises(nwedge.Error, match="the landscape must know the class probabilities of test examples"):
        nwedge.advise(wedges, np.zeros((2, 60)))


def test_a_restriction_is_a_landscape(wedges):
    origin, directions = wedges.initial_point(0), np.stack([wedges.initial_point(1), wedges.initial_point(2)])
    plane = wedges.restrict(origin, directions)
    del wedges
    assert plane.dimension == 2 and plane.kind == "given" and plane.deterministic
    coordinates = np.array([0.3, -0.2], np.float32)
    base = nwedge.wedge_model(dimension=60, wedges=3, short_directions=8, seed=2)
    loss, slope = base.gradient(origin + coordinates @ directions)
    assert plane.evaluate(coordinates).loss == pytest.approx(loss, rel=1e-5)
    np.testing.assert_allclose(plane.gradient(coordinates)[1], directions @ slope, rtol=1e-4)
    assert plane.restrict(coordinates, [[1, 1]]).dimension == 1
    assert nwedge.train(plane, steps=50).metrics["train"].loss <= loss


@pytest.fixture(scope="module")
def arrays():
    draw = np.random.default_rng(0)
    x = draw.normal(size=(300, 6)).astype(np.float32)
    y = (x[:, 0] * x[:, 1] > 0).astype(np.int64)
    return x[:200], y[:200], x[200:], y[200:]


def test_a_network_on_arrays_learns_and_is_the_same_from_a_file(arrays, tmp_path):
    land = nwedge.network("mlp:16", data=arrays, activation="tanh")
    assert land.examples() == 200 and land.examples("test") == 100 and land.has_accuracy
    optimum = nwedge.train(land, epochs=30, learning_rate=0.1, batch_size=20)
    assert optimum.metrics["train"].accuracy > 0.9
    np.savez(tmp_path / "data.npz", x_train=arrays[0], y_train=arrays[1], x_test=arrays[2], y_test=arrays[3])
    same = nwedge.network("mlp:16", data=f"arrays:{tmp_path}/data.npz", activation="tanh")
    assert same.gradient(optimum.point)[0] == land.gradient(optimum.point)[0]
    np.testing.assert_array_equal(nwedge.train(same, epochs=30, learning_rate=0.1, batch_size=20).point, optimum.point)
    spectrum = nwedge.spectrum(land, optimum, examples=50, trajectory_points=0)  # remade with fewer of the same examples
    assert spectrum.numbers["dimension"] == land.dimension


def test_weights_go_to_files_and_back(arrays, tmp_path):
    land = nwedge.network("mlp:16", data=arrays)
    theta = land.initial_point(5)
    land.write_weights(tmp_path / "w.safetensors", theta)
    np.testing.assert_array_equal(land.read_weights(tmp_path / "w.safetensors"), theta)
    with pytest.raises(nwedge.Error, match="belongs to networks"):
        nwedge.wedge_model().read_weights(tmp_path / "w.safetensors")


def test_regression_data_have_targets(arrays):
    x, y, *_ = arrays
    land = nwedge.network("mlp:8", data=(x, y.astype(np.float64)), task="regression", loss="mean-squared", validation=0.2)
    assert not land.has_accuracy and land.examples() == 160 and land.examples("test") == 40
    with pytest.raises(nwedge.Error, match="without a test split"):
        nwedge.network("mlp:8", data=(x, y))
    with pytest.raises(nwedge.Error, match="has 3 parts"):
        nwedge.network("mlp:8", data=(x, y, x))


def test_gradients_of_minibatches_have_names(arrays):
    land = nwedge.network("mlp:16", data=arrays)
    theta = land.initial_point()
    loss, gradient = land.batch_gradient(theta, seed=1, index=3, size=16)
    again, same = land.batch_gradient(theta, seed=1, index=3, size=16)
    assert loss == again
    np.testing.assert_array_equal(gradient, same)
    mean = np.mean([land.batch_gradient(theta, seed=1, index=i, size=20)[1] for i in range(10)], axis=0)
    np.testing.assert_allclose(mean, land.gradient(theta)[1], atol=1e-6)  # one epoch
