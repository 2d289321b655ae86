"""Landscapes of JAX functions."""


import numpy as np
import pytest

import nwedge

jax = pytest.importorskip("jax")
jnp = jax.numpy


def initial(seed):
    first, second = jax.random.split(jax.random.PRNGKey(seed))
    return {"w1": jax.random.normal(first, (6, 10)) / 3, "b1": jnp.zeros(10), "w2": jax.random.normal(second, (10, 3)) / 3}


def logits(params, x):
    return jnp.tanh(x @ params["w1"] + params["b1"]) @ params["w2"]


def loss(params, x, y):
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits(params, x)), y[:, None], axis=1))


def accuracy(params, x, y):
    return jnp.mean(jnp.argmax(logits(params, x), axis=1) == y)


@pytest.fixture(scope="module")
def data():
    draw = np.random.default_rng(0)
    x = draw.normal(size=(250, 6)).astype(np.float32)
    y = (x[:, 0] > 0).astype(np.int32) + (x[:, 1] > 0)
    return (x[:170], y[:170]), (x[170:], y[170:])


@pytest.fixture(scope="module")
def land(data):
    return nwedge.jax.landscape(loss, initial(0), data[0], test=data[1], accuracy=accuracy, initial=initial, chunk=60)


def test_advice_on_functions_that_predict(data):
    land = nwedge.jax.landscape(loss, initial(0), data[0], test=data[1], initial=initial, predict=logits)
    optima = [nwedge.train(land, seed=seed, steps=100, learning_rate=0.5) for seed in range(2)]
    advice = nwedge.advise(land, optima, plane_points=4)
    assert advice.numbers["plane"]["through"] == ["0", "1"] and advice.arrays["plane-loss"].shape == (12,)
    assert advice.action in ("keep", "average", "ensemble")
    probabilities = land._predictor(optima[0].point)["probabilities"](optima[0].point, np.arange(5))
    np.testing.assert_allclose(probabilities.sum(axis=1), np.ones(5), rtol=1e-5)
    with pytest.raises(nwedge.Error, match="predict needs data"):
        nwedge.jax.landscape(lambda params: jnp.sum(params["w1"] ** 2), initial(0), predict=logits)


def test_the_fisher_matrix_is_a_sum_over_examples_and_labels(data):
    params, (x, y) = initial(0), data[0]
    land = nwedge.jax.landscape(loss, params, data[0], predict=logits, chunk=60)
    theta = nwedge.jax.flatten(params)
    v = np.random.default_rng(2).normal(size=theta.size).astype(np.float32)
    unflatten = jax.flatten_util.ravel_pytree(params)[1]
    slope = jax.jit(jax.grad(lambda flat, x, y: loss(unflatten(flat), x, y)))
    shares = np.asarray(jax.nn.softmax(logits(params, x), axis=1))
    expected = np.zeros(theta.size)
    for n in range(len(x)):
        for label in range(3):
            g = np.asarray(slope(jnp.asarray(theta), x[n : n + 1], np.array([label], np.int32)), np.float64)
            expected += shares[n, label] * g * (g @ v) / len(x)
    np.testing.assert_allclose(land.curvature(theta, matrix="fisher") @ v, expected, rtol=1e-3, atol=1e-5 * np.abs(expected).max())


def test_the_empirical_fisher_matrix_is_a_sum_over_examples(data):
    params = initial(0)
    land = nwedge.jax.landscape(loss, params, data[0], chunk=60)
    theta = nwedge.jax.flatten(params)
    v = np.random.default_rng(2).normal(size=theta.size).astype(np.float32)
    unflatten = jax.flatten_util.ravel_pytree(params)[1]
    slope = jax.jit(jax.grad(lambda flat, x, y: loss(unflatten(flat), x, y)))
    expected = np.zeros(theta.size)
    x, y = data[0]
    for n in range(len(x)):
        g = np.asarray(slope(jnp.asarray(theta), x[n : n + 1], y[n : n + 1]), np.float64)
        expected += g * (g @ v) / len(x)
    np.testing.assert_allclose(land.curvature(theta, matrix="empirical-fisher") @ v, expected, rtol=1e-3, atol=1e-5 * np.abs(expected).max())
    assert [name for name, _, _ in land.tensors] == ["b1", "w1", "w2"]
    with pytest.raises(nwedge.Error, match='matrix "gauss-newton" is not known'):
        land.curvature(theta, matrix="gauss-newton")


def test_a_point_is_a_pytree():
    params = initial(3)
    theta = nwedge.jax.flatten(params)
    assert theta.dtype == np.float32 and theta.shape == (100,)
    for key, leaf in nwedge.jax.load(params, theta).items():
        np.testing.assert_array_equal(leaf, params[key])
    with pytest.raises(nwedge.Error, match="must be of real floats, one is int32"):
        nwedge.jax.flatten({"a": jnp.arange(3)})
    with pytest.raises(nwedge.Error, match=r"must have shape \(100,\)"):
        nwedge.jax.load(params, np.zeros(3))


def test_losses_and_gradients_are_those_of_the_whole_split(land, data):
    (x, y), (x_test, y_test) = data
    params = initial(1)
    theta = nwedge.jax.flatten(params)
    assert land.notes == [] and land.dimension == 100 and land.has_accuracy and land.examples("test") == 80
    expected, gradient = jax.value_and_grad(loss)(params, x, y)
    value, slope = land.gradient(theta)
    assert value == pytest.approx(float(expected), rel=1e-5)
    np.testing.assert_allclose(slope, nwedge.jax.flatten(gradient), rtol=1e-4, atol=1e-6)
    metrics = land.evaluate(theta, "test")
    assert metrics.loss == pytest.approx(float(loss(params, x_test, y_test)), rel=1e-5)
    assert metrics.accuracy == pytest.approx(float(accuracy(params, x_test, y_test)), rel=1e-5)
    points = np.stack([nwedge.jax.flatten(initial(seed)) for seed in range(11)])
    many = land.evaluate_many(points)
    np.testing.assert_allclose(many.loss, [float(loss(initial(seed), x, y)) for seed in range(11)], rtol=1e-5)


def test_hessian_products_are_exact(land, data):
    theta = land.initial_point(2)
    hessian = land.curvature(theta)
    assert hessian.exact
    flat, unflatten = jax.flatten_util.ravel_pytree(initial(2))
    dense = jax.hessian(lambda t: loss(unflatten(t), *data[0]))(flat)
    np.testing.assert_allclose(hessian @ np.eye(100), dense, rtol=1e-3, atol=1e-5)


def test_experiments_run(land):
    optima = [nwedge.train(land, seed=seed, epochs=20, batch_size=34, learning_rate=0.2) for seed in range(2)]
    assert optima[0].metrics["train"].accuracy > 0.9
    assert nwedge.tunnel(land, optima, steps=60, plane_points=5, batch_size=34).numbers["pairs"]
    assert nwedge.section(land, optima[0], grid=[5, 5]).arrays["loss-train"].shape == (5, 5)
    found = nwedge.intrinsic_dimension(land, optima, dimensions=[2, 20, 60], steps=60, sections=1, batch_size=34, examples=0,
                                       density_steps=20, effective_steps=20)  # fmt: skip
    assert found.numbers


def test_experiments_may_use_fewer_examples(land):
    optimum = land.initial_point(0)
    few = nwedge.section(land, optimum, grid=[3], examples=50)
    assert few.numbers["examples"]["train"] == 50
    assert not np.array_equal(few.arrays["loss-train"], nwedge.section(land, optimum, grid=[3]).arrays["loss-train"])


def test_a_function_without_data_is_a_landscape_too():
    land = nwedge.jax.landscape(lambda p: jnp.sum((p["a"] - 1) ** 2) + jnp.sum(p["b"] ** 2), {"a": jnp.zeros(3), "b": jnp.ones((2, 2))})
    assert land.dimension == 7 and "every seed starts" in land.notes[0]
    np.testing.assert_allclose(land.curvature(land.initial_point(0)) @ np.eye(7), 2 * np.eye(7))
    assert nwedge.train(land, steps=200).metrics["train"].loss < 1e-4


def test_mistakes_are_one_line(data):
    with pytest.raises(nwedge.Error, match=r"\[loss\] must return one number, the mean over a batch, returned shape \(170,\)"):
        nwedge.jax.landscape(lambda p, x, y: x @ p, jnp.zeros(6), data[0])
    with pytest.raises(nwedge.Error, match="the same number of examples"):
        nwedge.jax.landscape(loss, initial(0), (data[0][0], data[0][1][:5]))
    with pytest.raises(nwedge.Error, match="test data need training data"):
        nwedge.jax.landscape(loss, initial(0), test=data[1])
