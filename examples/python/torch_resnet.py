"""Two runs of a small ResNet in PyTorch

Is there a barrier between them, a tunnel around it, how stiff is an optimum?
"""

import torch
from torch import nn

import nwedge


# %%
class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels), nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels),
        )  # fmt: skip

    def forward(self, x):
        return torch.relu(x + self.body(x))


# %% [markdown]
# Two crossed bars or a ring, in noise: data that need no download.

# %%
torch.manual_seed(0)
row, column = torch.meshgrid(torch.arange(8.0) - 3.5, torch.arange(8.0) - 3.5, indexing="ij")
shapes = torch.stack([(row.abs() < 1) | (column.abs() < 1), ((row**2 + column**2).sqrt() - 2.5).abs() < 0.8]).float()
y = torch.randint(0, 2, (600,))
x = shapes[y].unsqueeze(1) + 1.2 * torch.randn(600, 1, 8, 8)

model = nn.Sequential(
    nn.Conv2d(1, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), Block(8),
    nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(32, 2),
)  # fmt: skip

# %%
land = nwedge.torch.landscape(model, nn.CrossEntropyLoss(), train=(x[:400], y[:400]), test=(x[400:], y[400:]), name="ResNet")
optima = [nwedge.train(land, seed=seed, epochs=5, batch_size=50, learning_rate=0.1) for seed in range(2)]
print(land, [f"test accuracy {100 * optimum.metrics['test'].accuracy:.1f} %" for optimum in optima])

# %%
plane = nwedge.section(land, optima[0], grid=[9, 9])
print("loss on a plane: from", plane.arrays["loss-train"].min(), "to", plane.arrays["loss-train"].max())
# notebook: plane.plot()

# %%
barrier = nwedge.barriers(land, optima, points=11).numbers["pairs"][0]["barrier"]
tunnel = nwedge.tunnel(land, optima, steps=60, paths=["quadratic"], batch_size=50, plane_points=5, random_paths=3)
print("barrier on the straight line", barrier, "and along the tunnel", tunnel.numbers["tunnel-barrier"]["value"])
# notebook: tunnel.plot()

# %%
spectrum = nwedge.spectrum(land, optima[0], trajectory_points=0, top=3, bottom=1, density_steps=10, trace_probes=2)
print("largest eigenvalues of the Hessian:", spectrum.numbers["points"][-1]["top"])
tunnel.report("resnet.html")
tunnel
