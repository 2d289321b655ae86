"""Studies over MPI ranks: the same records as one process byte for byte, and nothing lost when a rank is killed.

Usage: check.py PROGRAM MPIRUN same|killed|refused
"""

import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

STUDY = """
title = "spread"
seeds = [0, 1, 2]
[landscape.mlp]
kind = "network"
data = "synthetic:1x8x8,5"
train-examples = 400
test-examples = 200
model = "mlp:20"
[landscape.mlp.training]
epochs = 3
learning-rate = 0.05
record-points = 3
[landscape.wedge]
kind = "wedge"
dimension = 300
wedges = 6
short-directions = 20
[landscape.wedge.training]
steps = 300
[[experiment]]
kind = "section"
grid = [41, 41]
[[experiment]]
kind = "subspace"
dimensions = [10, 30, 200]
steps = 200
[[experiment]]
kind = "barriers"
[[experiment]]
kind = "ensemble"
landscapes = ["mlp"]
continue-from = 2
heights = [0.02, 0.1]
snapshots = 2
[[experiment]]
kind = "straight-line"
"""

PROGRAM, MPIRUN = map(os.path.abspath, sys.argv[1:3])
ENVIRONMENT = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")


def on_ranks(count, *arguments):
    return [MPIRUN, "--oversubscribe", "--bind-to", "none", "-n", str(count), PROGRAM, *arguments]


def run(command, folder):
    return subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=300)


def records(folder):
    found = {}
    for path in (folder / "records").iterdir():
        if path.name.startswith("."):
            continue
        if path.suffix == ".json":
            document = json.loads(path.read_text())
            del document["provenance"]
            found[path.name] = json.dumps(document, sort_keys=True)
        else:
            found[path.name] = path.read_bytes()
    return found


def expect(condition, text):
    if not condition:
        sys.exit(text)


def expect_same(one, other):
    expect(one.keys() == other.keys(), f"records {sorted(one.keys() ^ other.keys())} are missing")
    different = [name for name in one if one[name] != other[name]]
    expect(not different, f"records differ: {different}")


def alone(folder):
    done = run([PROGRAM, "study", "s.toml", "-o", "alone"], folder)
    expect(done.returncode == 0, done.stderr)
    return records(folder / "alone")


def same(folder):
    whole = alone(folder)
    for count, more in [(1, []), (2, []), (3, []), (3, ["--collect"])]:
        name = f"on-{count}{''.join(more)}"
        done = run(on_ranks(count, "study", "s.toml", "-o", name, *more), folder)
        expect(done.returncode == 0, f"{name}: {done.stderr}")
        expect_same(whole, records(folder / name))
        left = {entry.name for entry in (folder / name).iterdir()}
        expect("parts" not in left, "what the parts left is not tidied up")
    # A run begun on ranks goes on without them.
    first = sorted((folder / "on-3/records").glob("section*.json"))[0]
    first.unlink()
    done = run([PROGRAM, "study", "s.toml", "-o", "on-3"], folder)
    expect(done.returncode == 0, done.stderr)
    expect_same(whole, records(folder / "on-3"))


def ranks_of(folder):
    """Process numbers of the ranks that work in a folder."""
    found = []
    for process in pathlib.Path("/proc").iterdir():
        try:
            if process.name.isdigit() and os.readlink(process / "cwd") == str(folder):
                if os.path.samefile(os.readlink(process / "exe"), PROGRAM):
                    found.append(int(process.name))
        except OSError:
            pass
    return sorted(found)


def killed(folder):
    whole = alone(folder)
    moments = random.Random(1)
    kept = {}
    kills = 0
    for _ in range(20):
        process = subprocess.Popen(on_ranks(2, "study", "s.toml", "-o", "run"), cwd=folder, env=ENVIRONMENT,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        time.sleep(moments.uniform(0.2, 1.0))
        ranks = ranks_of(folder)
        if ranks and process.poll() is None:
            os.kill(moments.choice(ranks), signal.SIGKILL)
            kills += 1
        process.communicate(timeout=60)
        if not (folder / "run/records").is_dir():
            continue
        now = records(folder / "run")
        lost = [name for name in kept if name not in now or now[name] != kept[name]]
        expect(not lost, f"lost after a kill: {lost}")
        kept = {name: now[name] for name in now if name.replace(".safetensors", ".json") in now}
        if len(kept) == len(whole):  # begin again: the last runs shall be killed in the middle, too
            subprocess.run(["rm", "-rf", str(folder / "run")], check=True)
            kept = {}
    expect(kills >= 10, f"only {kills} ranks were there to be killed")
    done = run(on_ranks(2, "study", "s.toml", "-o", "run"), folder)
    expect(done.returncode == 0, done.stderr)
    expect_same(whole, records(folder / "run"))


def refused(folder):
    (folder / "bad.toml").write_text(STUDY + "\n[[experiment]]\nkind = \"section\"\nname = \"more\"\ngrids = [3]\n")
    done = run(on_ranks(3, "study", "bad.toml", "-o", "run"), folder)
    own = [line for line in done.stderr.splitlines() if line.startswith("nwedge: ")]
    expect(done.returncode == 2 and len(own) == 1 and "unknown key \"grids\"" in own[0], done.stderr)
    expect(not (folder / "run").exists(), "a folder was made for a study that is wrong")
    done = run(on_ranks(2, "section", "--data", "synthetic:1x8x8,5", "--model", "mlp:9", "-o", "run"), folder)
    expect(done.returncode == 2 and "runs as one process, 2 were started together" in done.stderr, done.stderr)
    done = run([PROGRAM, "study", "s.toml", "-o", "run", "--collect"], folder)
    expect(done.returncode == 2 and "[--collect] belongs to many processes" in done.stderr, done.stderr)


with tempfile.TemporaryDirectory(prefix="nwedge-ranks-") as name:
    place = pathlib.Path(os.path.realpath(name))
    (place / "s.toml").write_text(STUDY)
    {"same": same, "killed": killed, "refused": refused}[sys.argv[3]](place)
