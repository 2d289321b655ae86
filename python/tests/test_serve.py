"""Landscapes as programs of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nwedge

EXAMPLE = Path(__file__).parents[2] / "examples" / "python" / "served.py"
PROGRAM = os.environ.get("NWEDGE_PROGRAM", "nwedge")

BOWL = """
import os, sys
import numpy as np, nwedge
print("before")
calls = []
def bowl(theta):
    print("a function prints"); os.system("echo so does what it starts")
    {body}
    return 0.5 * float(theta @ theta), theta
land = nwedge.landscape(bowl, initial=lambda seed: np.full(4, seed + 1.0), name="bowl", probe=False{more})
nwedge.serve(land)
"""


def experiment(folder, command, *more):
    words = [PROGRAM, "straight-line", "--landscape", f"command:{command}", "--optima", "1", "-o", "run", *more]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=120)


def script(folder, body="pass", more=""):
    Path(folder, "mine.py").write_text(BOWL.format(body=body, more=more))
    return f"{sys.executable} -I mine.py"


def test_an_experiment_of_the_program_is_that_of_the_package(tmp_path):
    ended = experiment(tmp_path, f"{sys.executable} -I {EXAMPLE}", "--train-steps", "50", "--train-batch-size", "20")
    assert ended.returncode == 0, ended.stderr
    record = json.loads((tmp_path / "run/records/train.command.seed-0.json").read_text())["result"]
    assert record["outside"]["name"] == "least squares" and not record["outside"]["deterministic"]
    assert record["examples"] == {"train": 200, "test": 0}
    serve, nwedge.serve = nwedge.serve, lambda land: None
    try:
        made = {}
        exec(EXAMPLE.read_text(), made)
    finally:
        nwedge.serve = serve
    optimum = nwedge.train(made["land"], steps=50, batch_size=20)
    assert record["optimum"]["train"]["loss"] == optimum.metrics["train"].loss


def test_what_is_printed_goes_to_standard_error(tmp_path):
    ended = experiment(tmp_path, script(tmp_path), "--train-steps", "3")
    assert ended.returncode == 0, ended.stderr
    assert "nwedge: before" in ended.stderr and "\na function prints\n" in ended.stderr and "\nso does what it starts\n" in ended.stderr
    assert "prints" not in ended.stdout


@pytest.mark.parametrize(
    "body, line",
    [
        ("raise ValueError('it was mine')", "error: ValueError: it was mine"),
        ("return 1.0, theta[:2]", "[loss_and_gradient] the gradient must have shape (4,), has (2,)"),
        ("return 'much', theta", "[loss_and_gradient] the loss must be one number, is a str"),
        ("os._exit(5)", "has ended (exit status 5)"),
        ("raise SystemExit(6)", "has ended (exit status 6)"),
        ("os.kill(os.getpid(), 11)", "signal Segmentation fault)"),
    ],
)
def test_what_goes_wrong_is_one_line(tmp_path, body, line):
    ended = experiment(tmp_path, script(tmp_path, body), "--quiet")
    assert ended.returncode == 2
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("nwedge: [") and line in last
    if "mine" in body:
        assert "Traceback" in ended.stderr


def test_a_nan_is_a_measurement(tmp_path):
    ended = experiment(tmp_path, script(tmp_path, "return float('nan'), theta"), "--train-steps", "3")
    assert ended.returncode == 3 and "left the finite numbers" in ended.stdout


def test_hessian_products_cross_exactly(tmp_path):
    more = ", hessian_vector=lambda theta: lambda v: np.arange(1, 5) * v"
    Path(tmp_path, "mine.py").write_text(BOWL.format(body="pass", more=more))
    words = [PROGRAM, "spectrum", "--landscape", f"command:{sys.executable} -I mine.py", "--optima", "1", "--top", "2", "--bottom", "1",
             "--train-steps", "3", "-o", "run"]  # fmt: skip
    ended = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    record = json.loads((tmp_path / "run/records/spectrum.command.seed-0.json").read_text())["result"]
    np.testing.assert_allclose(record["points"][-1]["top"], [4, 3], rtol=1e-4)


def test_a_landscape_may_be_native_or_restricted(tmp_path):
    Path(tmp_path, "mine.py").write_text(
        "import numpy as np, nwedge\nland = nwedge.wedge_model(dimension=10, wedges=2, short_directions=3)\n"
        "nwedge.serve(land.restrict(land.initial_point(0), np.eye(3, 10)))\n"
    )
    ended = experiment(tmp_path, f"{sys.executable} -I mine.py", "--train-steps", "3")
    assert ended.returncode == 0, ended.stderr
    outside = json.loads((tmp_path / "run/records/train.command.seed-0.json").read_text())["result"]["outside"]
    assert outside["deterministic"] and outside["curvature"] == "exact" and outside["dimension"] == 3


def test_a_study_of_the_package_runs_it_and_an_interrupt_ends_both(tmp_path):
    Path(tmp_path, "mine.py").write_text(BOWL.format(body="import time; time.sleep(0.05 if len(calls) < 20 else 1000); calls.append(1)", more=""))
    Path(tmp_path, "s.toml").write_text(f"""
[landscape.mine]
kind = "command"
command = "{sys.executable} -I mine.py"
[landscape.mine.training]
steps = 1000
""")
    Path(tmp_path, "run.py").write_text("""
import os, signal, threading, nwedge
signal.signal(signal.SIGINT, signal.default_int_handler)
threading.Timer(4, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    nwedge.study("s.toml", output="run", progress=False)
except KeyboardInterrupt:
    print("interrupted")
""")
    ended = subprocess.run([sys.executable, "-I", "run.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, ended.stdout) == (0, "interrupted\n"), ended.stderr


def test_a_script_that_nobody_calls_says_how(tmp_path):
    leader, follower = os.openpty()
    ended = subprocess.run([sys.executable, "-I", EXAMPLE], stdin=follower, capture_output=True, text=True, timeout=60)
    os.close(leader)
    os.close(follower)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].endswith('[nwedge.serve] answers the program: nwedge spectrum --landscape command:"python served.py"')


def test_only_landscapes_are_served():
    with pytest.raises(nwedge.Error, match=r"\[nwedge.serve\] needs a landscape, is a int"):
        nwedge.serve(3)
