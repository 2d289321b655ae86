"""What the Python package must reach, each row a ratio of two ways that take turns in one process.

Usage: bench/python/run [PATTERN…]; a row whose name holds a pattern runs.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import nwedge

PROGRAM = os.environ["NWEDGE_PROGRAM"]


def take_turns(ours, theirs, rounds):
    """Median over rounds of theirs/ours in seconds, with both medians; the order alternates, the first round warms up."""
    ratios, times = [], ([], [])
    for index in range(rounds + 1):
        took = [0.0, 0.0]
        for which in (0, 1) if index % 2 else (1, 0):
            began = time.perf_counter()
            (ours, theirs)[which]()
            took[which] = time.perf_counter() - began
        if index:
            ratios.append(took[1] / took[0])
            for seconds, one in zip(took, times):
                one.append(seconds)
    return statistics.median(ratios), *(statistics.median(one) for one in times)


def show(name, value, aim, more=""):
    print(f"{name:<72} {value:>12}   aim {aim:<10} {more}", flush=True)


ROWS = {}


def row(function):
    ROWS[function.__name__.replace("_", "-")] = function
    return function


@row
def import_time():
    script = "import time; began = time.process_time(); import nwedge; print(time.process_time() - began)"
    alone = "import time; began = time.process_time(); import numpy; print(time.process_time() - began)"
    run = lambda text: float(subprocess.run([sys.executable, "-I", "-c", text], capture_output=True, check=True, text=True).stdout)  # noqa: E731
    seconds = min(run(script) for _ in range(7))
    show("import nwedge, processor time", f"{seconds:.3f} s", "≤ 0.2 s", f"of which NumPy {min(run(alone) for _ in range(7)):.3f} s")


@row
def native():
    """A section of a network by the program and from Python: the seconds that each record gives."""
    options = dict(model="mlp:100,100", data="synthetic:1x28x28,10")
    land = nwedge.network(**options)
    theta = land.initial_point(0)
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder, "w.safetensors")
        land.write_weights(weights, theta)
        number = iter(range(1000))

        def program():
            run = Path(folder, str(next(number)))
            words = [PROGRAM, "section", "--model", options["model"], "--data", options["data"],
                     "--weights", str(weights), "--split", "train", "--grid", "51x51", "-o", str(run), "--quiet"]  # fmt: skip
            subprocess.run(words, check=True, capture_output=True)
            record = json.loads(next(run.glob("records/*.json")).read_text())
            return record["provenance"]["seconds"], nwedge.load(run)

        ours, theirs, ratios = None, None, []
        for _ in range(7):
            theirs, loaded = program()
            result = nwedge.section(land, theta, grid=[51, 51], directions="filter", splits=["train"], progress=False)
            ours = result.seconds
            ratios.append(theirs / ours)
        (name,) = loaded
        same = np.array_equal(loaded[name].arrays["loss-train"], result.arrays["loss-train"])
    show("native network: section from Python against the program", f"{statistics.median(ratios):.2f}", "≥ 0.97", f"same bits: {same}")


@row
def callback_overhead():
    """A NumPy callback that costs nothing, D = 1,000,000: what a gradient call costs beyond a copy of the gradient."""
    gradient = np.ones(1_000_000, np.float32)
    land = nwedge.landscape(lambda theta: (0.0, gradient), initial=np.zeros(1_000_000, np.float32), probe=False)
    theta = land.initial_point(0)
    calls = (lambda: land.gradient(theta), gradient.copy)
    times = ([], [])
    for _ in range(300):
        for call, seconds in zip(calls, times):
            began = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - began)
    ours, copy = (1e6 * statistics.quantiles(seconds, n=4)[0] for seconds in times)  # other programs only ever add
    show("NumPy callback, D 1,000,000: a gradient call beyond a copy", f"{ours - copy:.1f} µs", "≤ 30 µs", f"the copy {copy:.0f} µs")


@row
def evaluate_many():
    calls = []
    land = nwedge.landscape(lambda theta: (0.0, theta), initial=np.zeros(1000, np.float32), probe=False,
                            losses=lambda points: (calls.append(len(points)), points @ points[0])[1])  # fmt: skip
    calls.clear()
    land.evaluate_many(np.ones((100, 1000), np.float32))
    show("evaluate_many of 100 points", f"{len(calls)} call", "1 call")


def torch_parts():
    import torch
    from resnet import resnet20

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    torch.manual_seed(0)
    return torch, resnet20


def functional(torch, model, measure):
    """The most ordinary function of flat points."""
    shapes = {name: p.shape for name, p in model.named_parameters()}
    sizes = [shape.numel() for shape in shapes.values()]

    def value(flat, x, y):
        state = {name: part.view(shape) for (name, shape), part in zip(shapes.items(), flat.split(sizes))}
        return measure(torch.func.functional_call(model, state, (x,)), y)

    return value


def section_row(name, model, x, y, grid, rounds, aim, **more):
    torch, _ = torch_parts()
    loss = torch.nn.functional.cross_entropy
    both = lambda output, y: (loss(output, y), (output.argmax(1) == y).float().mean())  # noqa: E731
    land = nwedge.torch.landscape(model, torch.nn.CrossEntropyLoss(), (x, y), batch_norm="stored", probe=False, **more)
    theta = nwedge.torch.flatten(model)
    value = functional(torch, model.eval(), both)
    steps = np.linspace(-1, 1, grid)
    directions = torch.randn(2, len(theta)) * 0.01

    def ours():
        nwedge.section(land, theta, grid=[grid, grid], directions="random", splits=["train"], progress=False)

    def theirs():
        origin = torch.tensor(theta)
        with torch.no_grad():
            return [[part.item() for part in value(origin + a * directions[0] + b * directions[1], x, y)] for a in steps for b in steps]

    ratio, seconds, _ = take_turns(ours, theirs, rounds)
    show(name, f"{ratio:.2f}", aim, f"{grid * grid / seconds:.1f} points/s")


@row
def torch_section():
    torch, resnet20 = torch_parts()
    section_row("torch ResNet-20: section of 1,000 images against functional_call", resnet20(), torch.randn(1000, 3, 32, 32),
                torch.randint(0, 10, (1000,)), 3, 3, "≥ 1")  # fmt: skip


@row
def torch_section_vmap():
    torch, _ = torch_parts()
    model = torch.nn.Sequential(torch.nn.Linear(20, 50), torch.nn.Tanh(), torch.nn.Linear(50, 10))
    section_row("torch MLP 20-50-10: section of 100 examples, points_at_once=125", model, torch.randn(100, 20),
                torch.randint(0, 10, (100,)), 25, 9, "≥ 1.5", points_at_once=125)  # fmt: skip


@row
def torch_hessian():
    torch, resnet20 = torch_parts()
    x, y = torch.randn(32, 3, 32, 32), torch.randint(0, 10, (32,))
    model = resnet20().eval()
    land = nwedge.torch.landscape(model, torch.nn.CrossEntropyLoss(), (x, y), batch_norm="stored", probe=False)
    theta, vector = nwedge.torch.flatten(model), np.random.default_rng(0).normal(size=land.dimension).astype(np.float32)
    value = functional(torch, model, torch.nn.functional.cross_entropy)
    products, flat, direction = 3, torch.tensor(theta), torch.tensor(vector)
    got = {}

    def ours():
        hessian = land.curvature(theta)
        for _ in range(products):
            got["ours"] = hessian @ vector

    def theirs():
        slope = torch.func.grad(lambda point: value(point, x, y))
        for _ in range(products):
            got["theirs"] = torch.func.jvp(slope, (flat,), (direction,))[1].numpy()

    ratio, seconds, _ = take_turns(ours, theirs, 3)
    wrong = np.abs(got["ours"] - got["theirs"]).max() / np.abs(got["theirs"]).max()
    show(f"torch ResNet-20: {products} Hessian products at a point against torch.func.jvp", f"{ratio:.2f}", "≥ 1",
         f"{products / seconds:.2f} products/s, apart by {wrong:.1e} of the largest entry")  # fmt: skip


@row
def torch_tunnel():
    """Steps of a Bézier tunnel's training against plain training, both by the landscape's own minibatches."""
    torch, resnet20 = torch_parts()
    x, y = torch.randn(256, 3, 32, 32), torch.randint(0, 10, (256,))
    model = resnet20()
    land = nwedge.torch.landscape(model, torch.nn.CrossEntropyLoss(), (x, y), probe=False, statistics_examples=64)
    ends = [land.initial_point(seed) for seed in range(2)]
    own, size, steps = resnet20().train(), 128, 4

    def timed_tunnel(count):
        began = time.perf_counter()
        nwedge.tunnel(land, ends, steps=count, paths=["quadratic"], batch_size=size, points=3, plane_points=0, random_paths=0,
                      thickness_points=0, examples=64, training=dict(epochs=1, learning_rate=0.01), progress=False)  # fmt: skip
        return time.perf_counter() - began

    def plain():
        optimizer = torch.optim.SGD(own.parameters(), lr=0.01, momentum=0.9)
        for index in range(steps):
            chosen = torch.arange(index * size, (index + 1) * size) % len(y)
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(own(x[chosen]), y[chosen]).backward()
            optimizer.step()

    ratios = []
    for _ in range(3):  # what a tunnel measures besides its training cancels in the difference
        few, many = timed_tunnel(1), timed_tunnel(1 + steps)
        began = time.perf_counter()
        plain()
        ratios.append((time.perf_counter() - began) / (many - few))
    show("torch ResNet-20: training a Bézier tunnel against plain training, images/s", f"{statistics.median(ratios[1:]):.2f}", "≥ 0.9")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pattern", nargs="*")
    patterns = parser.parse_args().pattern
    for name, function in ROWS.items():
        if not patterns or any(pattern in name for pattern in patterns):
            function()


if __name__ == "__main__":
    main()
