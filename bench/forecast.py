#!/usr/bin/env python3
"""How good are the forecasts of `nwedge advise`? Bags of checkpoints of four families of networks, trained on Fashion-MNIST
at four learning rates from several seeds: snapshots of one run close together and far apart, ends of different runs, mixtures.
Each bag's forecast, made from its members alone, is set beside what the average and the ensemble then did on other examples.

    bench/forecast.py [--program build/release/nwedge] [--folder runs/forecast] [--share 1] [--jobs N]

Runs are trained once and bags are judged once: the same command goes on where it was stopped. Needs Python alone."""

import argparse
import concurrent.futures
import json
import math
import os
import random
import struct
import subprocess
import sys
import time
from pathlib import Path

# Model, training examples, epochs, learning rates (from those that hardly move to those that leave the wedge), test examples,
# half of which decide and half of which judge.
FAMILIES = {
    "mlp": ("mlp:100,100", 6000, 8, (0.01, 0.02, 0.05, 0.1), 4000),
    "cnn": ("cnn:8,16,16", 4000, 6, (0.01, 0.02, 0.05, 0.1), 4000),
    "resnet": ("resnet:8", 1500, 6, (0.02, 0.05, 0.1, 0.2), 2000),
    "vit": ("vit:dim=32,depth=2,heads=2,patch=7,mlp=64", 4000, 6, (0.01, 0.02, 0.05, 0.1), 4000),
}
SEEDS = 4
NOT_STORED = ("__metadata__",)


def run_program(arguments, words):
    finished = subprocess.run([arguments.program, *words, "--threads", "1", "--quiet"], capture_output=True, text=True)
    if finished.returncode != 0:
        raise SystemExit(f"{' '.join(words)}\n{finished.stderr.strip()}")
    return finished.stdout


def read_header(data):
    size = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8 : 8 + size]), 8 + size


def split_trajectory(weights, trajectory, folder):
    """One safetensors file for each point of a trajectory, like the file of its last point."""
    whole = weights.read_bytes()
    header, begin = read_header(whole)
    points = trajectory.read_bytes()
    shapes, at = read_header(points)
    count, dimension = shapes["points"]["shape"]
    at += shapes["points"]["data_offsets"][0]
    tensors = sorted((name for name in header if name not in NOT_STORED), key=lambda name: header[name]["data_offsets"][0])
    buffers = [name for name in tensors if name.endswith(("running_mean", "running_var", "num_batches_tracked"))]
    for i in range(1, count):
        data = bytearray(whole)
        taken = at + 4 * dimension * i
        for name in tensors:
            if name in buffers:
                continue  # recomputed where they are used
            low, high = header[name]["data_offsets"]
            data[begin + low : begin + high] = points[taken : taken + high - low]
            taken += high - low
        if taken != at + 4 * dimension * (i + 1):
            raise SystemExit(f"{weights}: {dimension} weights do not fill its tensors")
        (folder / f"{i}.safetensors").write_bytes(data)
    return count - 1


def train(arguments, family, rate, seed):
    model, examples, epochs, _, _ = FAMILIES[family]
    folder = arguments.folder / f"{family}-{rate}-{seed}"
    done = folder / "points"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        run_program(arguments, ["train", "--data", "fashion-mnist", "--model", model, "--train-examples", str(examples), "--test-examples", "100",
                                "--learning-rate", str(rate), "--batch-size", "100", "--epochs", str(epochs), "--schedule", "constant",
                                "--seed", str(seed), "--record-points", "40", "--trajectory", str(folder / "trajectory.safetensors"),
                                "-o", str(folder / "end.safetensors")])
        points = split_trajectory(folder / "end.safetensors", folder / "trajectory.safetensors", folder)
        done.write_text(str(points))
    points = int(done.read_text())
    return [str(folder / f"{i}.safetensors") for i in range(1, points + 1)]


def bags_of(family, runs):
    """(kind, files) of the bags of one family; `runs` by (rate, seed) are files in the order of training."""
    rates = FAMILIES[family][3]
    for rate in rates:
        for seed in range(SEEDS):
            points = runs[rate, seed]
            yield "near", points[-3:]
            yield "far", [points[-1 - 4 * k] for k in range(4)]
            if seed % 2 == 0:
                yield "pair of runs", [points[-1], runs[rate, seed + 1][-1]]
                yield "mixture", [points[-1], points[-2], runs[rate, seed + 1][-1]]
        yield "runs", [runs[rate, seed][-1] for seed in range(3)]
    for low, high in zip(rates, rates[1:]):
        yield "mixed rates", [runs[low, 0][-1], runs[low, 0][-3], runs[high, 0][-1]]


def judge(arguments, family, index, kind, files):
    model, _, _, _, tests = FAMILIES[family]
    name = "+".join(f"{Path(file).parent.name.removeprefix(family + '-')}.{Path(file).stem}" for file in files)
    folder = arguments.folder / "bags" / f"{family}-{kind.replace(' ', '-')}" / name
    record = folder / "advice.json"
    if not record.exists():
        run_program(arguments, ["advise", "--data", "fashion-mnist", "--model", model,
                                "--examples", str(tests), "--split-seed", str(index), "--budget", str(len(files)), "--weights", *files, "-o", str(folder)])
    forecast = json.loads(record.read_text())["forecast"]
    return {"family": family, "kind": kind, "runs": sorted({Path(file).parent.name for file in files}), **forecast}


def mean(values):
    values = list(values)
    return sum(values) / len(values) if values else math.nan


def standard_error(bags, value, draws=1000):
    """Of the mean over bags, by drawing runs again: bags that share a run go together."""
    stream = random.Random(0)
    groups = {}
    for bag in bags:
        groups.setdefault(bag["runs"][0], []).append(value(bag))
    groups = list(groups.values())
    means = []
    for _ in range(draws):
        drawn = [stream.choice(groups) for _ in groups]
        means.append(mean(x for group in drawn for x in group))
    centre = mean(means)
    return math.sqrt(mean((x - centre) ** 2 for x in means))


def good(bag):
    return 1.0 if bag["average"]["measured-gain"]["value"] >= 0 else 0.0


def inside(what, quantity):
    def value(bag):
        measured = bag[what][f"measured-{quantity}"]["value"]
        predicted = bag[what][quantity]
        return 1.0 if predicted["low"] <= measured <= predicted["high"] else 0.0
    return value


def error(what, quantity):
    return lambda bag: abs(bag[what][quantity]["value"] - bag[what][f"measured-{quantity}"]["value"])


def table(bags):
    def text(value, own, unit=1.0, digits=3):
        return f"{unit * mean(map(value, own)):.{digits}f} ± {unit * standard_error(own, value):.{digits}f}"

    rows = [(family, [bag for bag in bags if bag["family"] == family]) for family in FAMILIES]
    rows += [(kind, [bag for bag in bags if bag["kind"] == kind]) for kind in sorted({bag["kind"] for bag in bags})]
    rows = [row for row in rows if row[1]] + [("all", bags)]
    print("\n| bags | how many | average as good as the best | Brier score | always the mean share | one wedge: yes, else no |")
    print("|---|---|---|---|---|---|")
    share = mean(map(good, bags))
    for name, own in rows:
        print(f"| {name} | {len(own)} | {100 * mean(map(good, own)):.0f} % "
              f"| {text(lambda bag: (bag['average']['at-least-best'] - good(bag)) ** 2, own)} "
              f"| {text(lambda bag: (share - good(bag)) ** 2, own)} "
              f"| {text(lambda bag: ((1.0 if bag['one-wedge'] else 0.0) - good(bag)) ** 2, own)} |")
    print("\n| bags | average: loss off by, nats | in its interval | accuracy off by, points | in its interval "
          "| ensemble: loss off by, nats | in its interval | accuracy off by, points | in its interval |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, own in rows:
        cells = []
        for what in ("average", "ensemble"):
            cells += [text(error(what, "loss"), own), f"{100 * mean(map(inside(what, 'loss'), own)):.0f} %",
                      text(error(what, "accuracy"), own, 100, 1), f"{100 * mean(map(inside(what, 'accuracy'), own)):.0f} %"]
        print(f"| {name} | {' | '.join(cells)} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default="build/release/nwedge")
    parser.add_argument("--folder", type=Path, default=Path("runs/forecast"))
    parser.add_argument("--share", type=float, default=1.0, help="of the bags of each family, spread evenly")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    if not 0 < arguments.share <= 1:
        raise SystemExit(f"--share must be above 0 and at most 1, is {arguments.share}")
    begin = time.monotonic()

    def say(done, total, what):
        if sys.stderr.isatty() or done == total:
            print(f"\r{what} {done} of {total}, {time.monotonic() - begin:.0f} s", end="\n" if done == total else "", file=sys.stderr)

    def in_parallel(what, function, tasks):
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            futures = [pool.submit(function, arguments, *task) for task in tasks]
            for done, future in enumerate(concurrent.futures.as_completed(futures), 1):
                future.result()
                say(done, len(futures), what)
            return [future.result() for future in futures]

    names = {(family, rate, seed): [] for family in FAMILIES for rate in FAMILIES[family][3] for seed in range(SEEDS)}
    chosen = []
    for family in FAMILIES:  # which bags, before what is in them is trained
        runs = {(rate, seed): [(family, rate, seed, k) for k in range(64)] for rate in FAMILIES[family][3] for seed in range(SEEDS)}
        bags = list(bags_of(family, runs))
        count = max(1, round(arguments.share * len(bags)))
        chosen += [(family, i * len(bags) // count) for i in range(count)]
        for _, index in (entry for entry in chosen if entry[0] == family):
            for _, rate, seed, _ in bags[index][1]:
                names[family, rate, seed].append(index)
    # The longest first.
    needed = sorted((run for run, bags in names.items() if bags), key=lambda run: run[0] != "resnet")
    trained = dict(zip(needed, in_parallel("runs", train, needed)))
    tasks = []
    for family in FAMILIES:
        runs = {run[1:]: trained.get(run, [""] * 64) for run in names if run[0] == family}
        bags = list(bags_of(family, runs))
        tasks += [(family, index, *bags[index]) for own, index in chosen if own == family]
    bags = in_parallel("bags", judge, tasks)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    (arguments.folder / "bags.json").write_text(json.dumps(bags, indent=1))
    table(bags)
    print(f"\n{len(bags)} bags, {arguments.jobs} at a time, {time.monotonic() - begin:.0f} s; {arguments.folder / 'bags.json'}")


if __name__ == "__main__":
    main()
