"""A regression loss of one's own, in NumPy

A section through its optima, and what its Hessian looks like.

The model is y = a tanh(W x) with 8 hidden units; there is no accuracy, and minibatches are indices that nwedge chooses.
"""

import numpy as np

import nwedge

# %%
INPUTS, HIDDEN = 5, 8
draw = np.random.default_rng(0)
x = draw.normal(size=(400, INPUTS)).astype(np.float32)
y = np.sin(x[:, 0]) + 0.5 * x[:, 1] * x[:, 2]


def on(theta, indices):
    """The mean squared error of some examples and its gradient."""
    weights, a = theta[: HIDDEN * INPUTS].reshape(HIDDEN, INPUTS), theta[HIDDEN * INPUTS :]
    inputs, count = x[indices], len(indices)
    hidden = np.tanh(inputs @ weights.T)
    error = hidden @ a - y[indices]
    back = np.outer(error, a) * (1 - hidden**2)
    return np.mean(error**2) / 2, np.concatenate([(back.T @ inputs / count).ravel(), hidden.T @ error / count])


def loss_and_gradient(theta):
    return on(theta, np.arange(len(x)))


# %%
land = nwedge.landscape(
    loss_and_gradient,
    initial=lambda seed: 0.5 * np.random.default_rng(seed).normal(size=HIDDEN * INPUTS + HIDDEN),
    batch_loss_and_gradient=on,
    examples=len(x),
    groups=[slice(i * INPUTS, (i + 1) * INPUTS) for i in range(HIDDEN)] + [slice(HIDDEN * INPUTS, HIDDEN * INPUTS + HIDDEN)],
    name="regression",
)

# %%
optima = [nwedge.train(land, seed=seed, epochs=50, batch_size=32, learning_rate=0.1) for seed in range(3)]
print("losses:", [round(optimum.metrics["train"].loss, 4) for optimum in optima])
print("barriers between them:", [round(pair["barrier"], 4) for pair in nwedge.barriers(land, optima).numbers["pairs"]])
plane = nwedge.section(land, optima, directions="points", grid=[21, 21])
print("least loss on the plane through all three:", plane.arrays["loss-train"].min())
# notebook: plane.plot()

# %%
at_optimum = nwedge.spectrum(land, optima[0]).numbers["points"][-1]
print("largest eigenvalues of the Hessian there:", np.round(at_optimum["top"][:4], 3))
plane.report("regression.html")
plane
