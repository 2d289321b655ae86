"""A perceptron in JAX

How many dimensions must a random section have to reach a low loss, by several estimators?
"""

import jax
import jax.numpy as jnp
import numpy as np

import nwedge

# %%
draw = np.random.default_rng(0)
x = draw.normal(size=(400, 8)).astype(np.float32)
y = (x[:, 0] * x[:, 1] > 0).astype(np.int32)


def initial(seed):
    first, second = jax.random.split(jax.random.PRNGKey(seed))
    return {"in": jax.random.normal(first, (8, 16)) / 3, "bias": jnp.zeros(16), "out": jax.random.normal(second, (16, 2)) / 4}


def logits(params, inputs):
    return jnp.tanh(inputs @ params["in"] + params["bias"]) @ params["out"]


def loss(params, inputs, labels):
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(logits(params, inputs)), labels[:, None], axis=1))


def accuracy(params, inputs, labels):
    return jnp.mean(jnp.argmax(logits(params, inputs), axis=1) == labels)


# %%
land = nwedge.jax.landscape(loss, initial(0), train=(x, y), accuracy=accuracy, initial=initial, name="jax-mlp")
optima = [nwedge.train(land, seed=seed, epochs=40, batch_size=50, learning_rate=0.3) for seed in range(2)]
print(land, [f"accuracy {100 * optimum.metrics['train'].accuracy:.1f} %" for optimum in optima])

# %%
result = nwedge.intrinsic_dimension(land, optima, dimensions=[10, 40, 80, 120, 160], sections=1, steps=300, batch_size=50,
                                    density_steps=20, effective_steps=30, effective_probes=2, random=4)  # fmt: skip
for finding in result.findings:
    print(finding.verdict, finding.measurement)
result.report("jax.html")
# notebook: result.plot()
