"""Landscapes made of functions."""

import gc
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import nwedge

STIFFNESS = np.arange(1, 11, dtype=np.float32)


def bowl(theta):
    return 0.5 * float(STIFFNESS @ theta**2), STIFFNESS * theta


def make(function=bowl, **more):
    return nwedge.landscape(function, initial=np.ones(10), **more)


def test_other_matrices_and_names_of_weights():
    land = make(hessian_vector=lambda theta, v: STIFFNESS * v, gauss_newton_vector=lambda theta: lambda v: 3 * v, tensors={"a.w": 8, "a.b": 2})
    theta = np.ones(10, np.float32)
    np.testing.assert_array_equal(land.curvature(theta, matrix="gauss-newton") @ theta, 3 * theta)
    with pytest.raises(nwedge.Error, match='matrix "empirical-fisher" is not known'):
        land.curvature(theta, matrix="empirical-fisher")
    assert land.tensors == [("a.w", 0, 8), ("a.b", 8, 2)]
    found = nwedge.spectrum(land, 0 * theta, parameters=["*.b"], top=2, trace_probes=2, density_steps=2, zone_radii=[])
    np.testing.assert_allclose(found.numbers["points"][-1]["top"], [10, 9], rtol=1e-4)
    with pytest.raises(nwedge.Error, match="the counts of tensors must add up to 10, the entries of a point, add up to 9"):
        make(tensors={"a.w": 9})
    with pytest.raises(nwedge.Error, match='"a" has offset 0, count 0'):
        make(tensors={"a": 0, "b": 10})


def test_advice_on_a_function_that_predicts():
    draw = np.random.default_rng(0)
    x = draw.normal(size=(200, 5)).astype(np.float32)
    y = (x @ np.arange(5) > 0).astype(np.int64)

    def predict(theta, indices):
        share = 1 / (1 + np.exp(-x[indices] @ theta))
        return np.stack([1 - share, share], axis=1)

    def loss(theta):
        share = predict(theta, np.arange(200))[:, 1]
        return float(-np.mean(np.log(np.where(y, share, 1 - share) + 1e-7))), x.T @ (share - y) / 200

    land = nwedge.landscape(loss, initial=lambda seed: np.random.default_rng(seed).normal(size=5), predict=predict, labels=y)
    optima = [nwedge.train(land, seed=seed, steps=100, learning_rate=1.0) for seed in range(3)]
    advice = nwedge.advise(land, optima)
    assert advice.wedges == [[0, 1, 2]] and advice.action in ("keep", "average")  # a convex loss
    assert advice.numbers["plane"]["split"] == "train"
    with pytest.raises(nwedge.Error, match="predict and labels must be given together"):
        nwedge.landscape(loss, initial=np.zeros(5), predict=predict)
    wrong = nwedge.landscape(loss, initial=np.zeros(5), predict=lambda theta, indices: np.zeros(3), labels=y)
    with pytest.raises(nwedge.Error, match=r"\[predict\] the probabilities must have shape \(1, classes\), have \(3,\)"):
        nwedge.advise(wrong, optima)


def test_every_call_of_a_landscape_reaches_the_function():
    land = make()
    assert land.dimension == 10 and land.kind == "given" and not land.deterministic and land.notes == []
    theta = np.full(10, 2, np.float32)
    assert land.evaluate(theta).loss == pytest.approx(110)
    loss, gradient = land.gradient(theta)
    assert loss == pytest.approx(110)
    np.testing.assert_allclose(gradient, 2 * STIFFNESS)
    np.testing.assert_allclose(land.evaluate_many(np.stack([theta, 0 * theta])).loss, [110, 0])
    curvature = land.curvature(theta)
    assert not curvature.exact
    np.testing.assert_allclose(curvature @ theta, 2 * STIFFNESS, rtol=1e-3)
    optimum = nwedge.train(land, steps=200)
    assert optimum.metrics["train"].loss < 1e-2
    assert nwedge.spectrum(land, optimum).numbers["points"]


def test_theta_is_read_only_and_not_copied_and_may_be_kept():
    kept = []

    def keeping(theta):
        kept.append(theta)
        return bowl(theta)

    land = make(keeping, probe=False)
    point = np.ones(10, np.float32)
    land.gradient(point)
    assert np.shares_memory(kept[0], point) and not kept[0].flags.writeable
    nwedge.train(land, steps=20, learning_rate=0.01)
    losses = [bowl(theta)[0] for theta in kept]
    assert len(set(losses)) > 15  # each kept point is what it was
    with pytest.raises(ValueError, match="read-only"):
        kept[0][0] = 1


def test_losses_of_many_points_are_one_call():
    calls = []

    def losses(points):
        calls.append(points.shape)
        return 0.5 * (points**2) @ STIFFNESS

    land = make(losses=losses)
    calls.clear()
    np.testing.assert_allclose(land.evaluate_many(np.ones((100, 10))).loss, np.full(100, 27.5))
    assert calls == [(100, 10)]


def test_losses_may_come_with_accuracies():
    land = make(losses=lambda points: (0.5 * (points**2) @ STIFFNESS, np.full(len(points), 0.25)))
    assert land.has_accuracy
    assert land.evaluate(np.ones(10)).accuracy == 0.25
    land = make(loss=lambda theta: bowl(theta)[0], accuracy=lambda theta: 0.75)
    assert land.evaluate(np.ones(10)) == (27.5, 0.75)


def test_functions_are_told_the_split_where_they_ask():
    def split_bowl(theta, split):
        loss, gradient = bowl(theta)
        return (loss, gradient) if split == "train" else (2 * loss, 2 * gradient)

    land = make(split_bowl, examples=(100, 50))
    assert land.evaluate(np.ones(10), "test").loss == 2 * land.evaluate(np.ones(10)).loss
    assert land.examples("test") == 50


def test_minibatches_are_indices_that_visit_each_example_once():
    x = np.random.default_rng(0).normal(size=(30, 10)).astype(np.float32)
    seen = []

    def batch(theta, indices):
        seen.append(indices)
        return 0.5 * float(np.mean((x[indices] @ theta) ** 2)), x[indices].T @ (x[indices] @ theta) / len(indices)

    land = nwedge.landscape(lambda theta: batch(theta, np.arange(30)), initial=np.ones(10), batch_loss_and_gradient=batch, examples=30)
    seen.clear()
    mean = np.mean([land.batch_gradient(np.ones(10), seed=4, index=i, size=10)[1] for i in range(3)], axis=0)
    assert sorted(np.concatenate(seen)) == list(range(30))
    np.testing.assert_allclose(mean, land.gradient(np.ones(10))[1], rtol=1e-4)
    optimum = nwedge.train(land, epochs=20, batch_size=10, learning_rate=0.1)
    assert optimum.metrics["train"].loss < 1e-2 and len(optimum.batch_losses) == 60


@pytest.mark.parametrize("closure", [True, False])
def test_hessian_products_may_be_given(closure):
    made = []

    def at(theta):
        made.append(theta)
        return lambda vector: STIFFNESS * vector

    land = make(hessian_vector=at if closure else lambda theta, vector: STIFFNESS * vector)
    made.clear()
    hessian = land.curvature(np.ones(10))
    assert hessian.exact
    np.testing.assert_allclose(hessian @ np.eye(10), np.diag(STIFFNESS))
    assert len(made) == closure  # once a point


def test_groups_say_which_weights_belong_together():
    land = make(groups=[slice(0, 4), (4, 6)])
    assert land.groups == [(0, 4, 1, "weight"), (4, 6, 1, "weight")]
    with pytest.raises(nwedge.Error, match="entry 4 is in none"):
        make(groups=[slice(0, 4)])


def test_what_a_function_raises_comes_out_as_it_went_in():
    class Mine(Exception):
        pass

    raised = Mine("mine")

    def failing(theta):
        if theta[0] != 1:
            raise raised
        return bowl(theta)

    land = make(failing, probe=False)
    for call in (
        lambda: land.evaluate(np.zeros(10)),
        lambda: nwedge.train(land, steps=10),
        lambda: nwedge.section(land, np.ones(10), grid=[5, 5], directions="random"),
    ):
        with pytest.raises(Mine) as caught:
            call()
        assert caught.value is raised


@pytest.mark.parametrize(
    "returned, line",
    [
        ((1.0, np.zeros(9)), r"\[loss_and_gradient\] the gradient must have shape \(10,\), has \(9,\)"),
        ((np.zeros(10), np.zeros(10)), r"\[loss_and_gradient\] the loss must be one number, is an array of shape \(10,\)"),
        ((1.0, None), r"\[loss_and_gradient\] the gradient must be an array of numbers"),
        (1.0, r"\[loss_and_gradient\] must return \(loss, gradient\), returned a float"),
        (None, r"\[loss_and_gradient\] must return \(loss, gradient\), returned a NoneType"),
    ],
)
def test_wrong_returns_are_one_line(returned, line):
    with pytest.raises(nwedge.Error, match=line):
        make(lambda theta: returned)


@pytest.mark.parametrize(
    "more, call, line",
    [
        (dict(losses=lambda points: np.zeros(len(points) + 1)), "evaluate", r"\[losses\] the losses must have shape \(1,\), have \(2,\)"),
        (dict(losses=lambda points: (np.zeros(len(points)), np.zeros(3))), "evaluate", r"\[losses\] the accuracies must have shape \(1,\)"),
        (dict(loss=lambda theta: theta), "evaluate", r"\[loss\] the loss must be one number, is an array of shape \(10,\)"),
        (dict(loss=lambda theta: 1.0, accuracy=lambda theta: "much"), "evaluate", r"\[accuracy\] the accuracy must be one number, is a str"),
        (dict(hessian_vector=lambda theta, v: v[:3]), "curvature", r"\[hessian_vector\] the product must have shape \(10,\), has \(3,\)"),
        (dict(hessian_vector=lambda theta: 3), "curvature", r"\[hessian_vector\] of one point must return a function of a vector, returned a int"),
        (dict(hessian_vector=lambda theta, v: "much"), "curvature", r"\[hessian_vector\] the product must be an array of numbers"),
        (dict(batch_loss_and_gradient=lambda theta, indices: theta, examples=3), "batch_gradient", r"\[batch_loss_and_gradient\] must return"),
    ],
)
def test_wrong_returns_of_the_other_functions_are_one_line(more, call, line):
    land = make(probe=False, **{key: value for key, value in more.items()})
    with pytest.raises(nwedge.Error, match=line) as caught:
        made = getattr(land, call)(np.ones(10))
        if call == "curvature":
            made @ np.ones(10)
    assert "\n" not in str(caught.value)


def test_a_nan_is_a_measurement():
    land = make(lambda theta: (float("nan"), np.full(10, np.nan)), probe=False)
    assert np.isnan(land.evaluate(np.ones(10)).loss)
    assert np.isnan(nwedge.section(land, np.ones(10), grid=[3], directions="random").arrays["loss-train"]).all()
    with pytest.raises(nwedge.Error, match=r"the loss must stay finite, is not after step 1 of 10"):
        nwedge.train(land, steps=10)


def test_the_probe_finds_what_is_wrong():
    with pytest.warns(UserWarning, match="the gradient seems wrong"):
        make(lambda theta: (bowl(theta)[0], 2 * bowl(theta)[1]))
    draw = np.random.default_rng(0)
    with pytest.warns(UserWarning, match="two different losses"):
        make(lambda theta: (bowl(theta)[0] * draw.uniform(0.5, 1), bowl(theta)[1]))
    with pytest.warns(UserWarning, match="at the same point"):
        make(loss=lambda theta: 3 * bowl(theta)[0])
    skew = np.triu(np.ones((10, 10), np.float32))
    with pytest.warns(UserWarning, match="the Hessian products seem wrong"):
        land = make(hessian_vector=lambda theta, vector: skew @ vector)
    assert land.options["notes"] == land.notes and len(land.notes) == 1  # records have them
    assert land.restrict(np.ones(10), np.eye(2, 10)).options["notes"] == land.notes


def test_calls_come_one_at_a_time_and_from_any_thread():
    inside = [0]
    together = []

    def watched(theta):
        inside[0] += 1
        together.append(inside[0])
        time.sleep(0.0002)
        inside[0] -= 1
        return bowl(theta)

    land = make(watched, probe=False)
    threads = [threading.Thread(target=lambda: [land.evaluate(np.ones(10)) for _ in range(20)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    nwedge.section(land, np.ones(10), grid=[5, 5], directions="random")
    for thread in threads:
        thread.join()
    assert max(together) == 1 and len(together) >= 105


def test_a_function_may_use_another_landscape_and_its_own():
    base = nwedge.wedge_model(dimension=10, short_directions=3, wedges=2)
    land = nwedge.landscape(base.gradient, initial=base.initial_point)
    assert land.evaluate(base.initial_point(1)).loss == base.evaluate(base.initial_point(1)).loss
    assert nwedge.train(land, steps=100).metrics["train"].loss < 1e-3

    def recursive(theta):
        return (land2.evaluate(theta / 2).loss, theta) if theta[0] > 1 else bowl(theta)

    land2 = make(recursive, probe=False)
    assert land2.evaluate(np.full(10, 2)).loss == pytest.approx(27.5)


@pytest.fixture
def interrupts():
    """Python's own handler, which a shell's background job lacks."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("sleeping", [0.01, 1.5])
def test_an_interrupt_is_heard_within_a_second(sleeping, interrupts):
    def slow(theta):
        time.sleep(sleeping)
        return bowl(theta)

    land = make(slow, probe=False)
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    began = time.monotonic()
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        nwedge.train(land, steps=10000)
    assert time.monotonic() - began < 1.3
    assert land.dimension == 10  # nothing is lost


def test_an_interrupt_stops_native_work(interrupts):
    land = nwedge.wedge_model(dimension=1_000_000, wedges=50, short_directions=500)
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        nwedge.train(land, steps=1_000_000)
    assert time.monotonic() - began < 1.3


def test_ten_thousand_calls_leak_nothing():
    land = make()
    land_train = lambda: nwedge.train(land, steps=2000)  # noqa: E731
    land_train()
    gc.collect()
    with open("/proc/self/statm") as file:
        before = int(file.read().split()[1])
    for _ in range(5):
        land_train()
        for _ in range(100):
            land.gradient(np.ones(10))
    gc.collect()
    with open("/proc/self/statm") as file:
        assert int(file.read().split()[1]) - before < 500  # pages of 4 kB


def test_a_dropped_landscape_drops_its_functions():
    import weakref

    def function(theta):
        return bowl(theta)

    watch = weakref.ref(function)
    land = make(function)
    nwedge.train(land, steps=5)
    del function, land
    gc.collect()
    assert watch() is None


def test_an_interpreter_ends_while_work_was_left_alone():
    script = """
import os, signal, threading, time
import numpy as np, nwedge
signal.signal(signal.SIGINT, signal.default_int_handler)
def slow(theta):
    time.sleep(1.2)
    return 0.0, np.zeros(3)
land = nwedge.landscape(slow, initial=np.zeros(3), probe=False)
threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    nwedge.train(land, steps=100)
except KeyboardInterrupt:
    print("interrupted")
"""
    ended = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, timeout=30)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "interrupted\n", "")
