"""Snapshots of a training

A small transformer in PyTorch learns which of two symbols is more frequent in a sequence. Its training loop is a plain one that
keeps a `state_dict` now and then, as trainers keep checkpoints. Where did the training go, seen in the plane of its principal
components? Which snapshots lie in one wedge, so that the straight line between them meets no barrier?
"""

from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

import nwedge


# %%
class Classifier(nn.Module):
    """A transformer that is called as those of Hugging Face are: model(input_ids=…, attention_mask=…).logits."""

    def __init__(self, symbols=8, length=17, width=16):
        super().__init__()
        self.symbols, self.places = nn.Embedding(symbols, width), nn.Parameter(0.1 * torch.randn(length, width))
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.feed = nn.Sequential(nn.Linear(width, 32), nn.GELU(), nn.Linear(32, width))
        self.head = nn.Linear(width, 2)

    def forward(self, input_ids, attention_mask):
        x = self.symbols(input_ids) + self.places
        normed = self.first(x)
        scores = self.query(normed) @ self.key(normed).transpose(1, 2) / 4
        scores = scores.masked_fill(attention_mask[:, None, :] == 0, -1e9)
        x = x + scores.softmax(-1) @ self.value(normed)
        x = x + self.feed(self.second(x))
        return SimpleNamespace(logits=self.head(x[:, 0]))


# %% [markdown]
# Sequences of 8 to 16 symbols behind one that starts them; symbols 2 and 3 are counted, the others are there to distract.

# %%
torch.manual_seed(0)
torch.set_num_threads(1)  # the network is small
ids = torch.randint(2, 8, (1200, 17))
ids[:, 0] = 1
mask = (torch.arange(17) <= torch.randint(8, 17, (1200, 1))).long()
ids = ids * mask
labels = ((ids == 2).sum(1) > (ids == 3).sum(1)).long()
inputs = {"input_ids": ids, "attention_mask": mask}
train = ({name: tensor[:800] for name, tensor in inputs.items()}, labels[:800])
test = ({name: tensor[800:] for name, tensor in inputs.items()}, labels[800:])


def loss_of(output, y):
    return nn.functional.cross_entropy(output.logits, y)


# %% [markdown]
# Three runs. The first two begin at one point and see the examples in different orders, the third begins elsewhere.

# %%
def run(start, order, steps=160):
    """(step, state_dict) at the beginning and after each quarter of the run."""
    torch.manual_seed(start)
    model = Classifier()
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3, weight_decay=0.01)
    draw = torch.Generator().manual_seed(order)
    snapshots = []
    for step in range(steps + 1):
        if step % (steps // 4) == 0:
            snapshots.append((step, {name: value.clone() for name, value in model.state_dict().items()}))
        chosen = torch.randint(0, 800, (64,), generator=draw)
        loss = loss_of(model(**{name: tensor[chosen] for name, tensor in train[0].items()}), train[1][chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return snapshots


runs = {"A": run(start=1, order=0), "B": run(start=1, order=1), "C": run(start=2, order=0)}

# %% [markdown]
# What nwedge needs: the landscape of the module on the data, and each run's snapshots as points of it.

# %%
land = nwedge.torch.landscape(
    Classifier(), loss_of, train=train, test=test, accuracy=lambda output, y: (output.logits.argmax(1) == y).float().mean(),
    name="transformer",
)  # fmt: skip
ways = {
    name: nwedge.trajectory(land, [nwedge.torch.trained(land, weights) for _, weights in run], steps=[step for step, _ in run])
    for name, run in runs.items()
}
for name, way in ways.items():
    print(name, way, "test accuracy", round(way.metrics["test"].accuracy, 3))

# %% [markdown]
# The plane of run A's two largest principal components, and the share of its way that lies in it.

# %%
plane = nwedge.section(land, ways["A"], directions="components", grid=[15, 15])
print("share of the way that the plane shows:", np.round(plane.numbers["explained-variance"], 3))
plane.report("snapshots.html")
# notebook: plane.plot()

# %% [markdown]
# The straight lines between all snapshots of all runs. Two snapshots share a wedge here if the line between them rises above the
# losses at its ends by no more than 2 % of what training gained.

# %%
names = [f"{name}{step}" for name, run in runs.items() for step, _ in run]
lines = nwedge.barriers(land, np.concatenate([way.trajectory for way in ways.values()]), points=11)
gained = land.evaluate(ways["A"].initial).loss - ways["A"].metrics["train"].loss
together = lines.arrays["barrier-matrix"] <= 0.02 * gained
print(" " * 4, *(f"{name:>4}" for name in names))
for name, row in zip(names, together):
    print(f"{name:>4}", *(f"{'  ■ ' if one else '  · '}" for one in row))
# notebook: lines.plot()
