"""A least-squares loss as a program: nwedge spectrum --landscape command:"python examples/python/served.py" --optima 1"""

import numpy as np

import nwedge

x = np.random.default_rng(0).normal(size=(200, 20)).astype(np.float32)
y = np.tanh(x @ np.linspace(-1, 1, 20, dtype=np.float32))


def batch(theta, indices):
    output = np.tanh(x[indices] @ theta)
    error = output - y[indices]
    return 0.5 * float(np.mean(error**2)), x[indices].T @ (error * (1 - output**2)) / len(indices)


land = nwedge.landscape(
    lambda theta: batch(theta, np.arange(len(x))),
    batch_loss_and_gradient=batch,
    losses=lambda points: 0.5 * np.mean((np.tanh(x @ points.T) - y[:, None]) ** 2, axis=0),
    examples=len(x),
    initial=lambda seed: np.random.default_rng(seed).normal(size=20),
    name="least squares",
)
nwedge.serve(land)
