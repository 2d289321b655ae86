"""Experiments of a user's own: alone, in studies, in records and reports."""

import inspect
import json
import os
import subprocess
import sys
import threading
import time
from typing import List

import numpy as np
import pytest

import nwedge

STUDY = """title = "Own"
seeds = [0, 1]
[landscape.wedge]
kind = "wedge"
dimension = 60
wedges = 3
short-directions = 6
[landscape.wedge.training]
steps = 100
record-points = 4
[[experiment]]
kind = "barriers"
"""


@pytest.fixture(scope="module")
def wedges():
    return nwedge.wedge_model(dimension=60, wedges=3, short_directions=6)


@pytest.fixture(scope="module")
def optima(wedges):
    return [nwedge.train(wedges, seed=seed, steps=100, record_points=4) for seed in range(2)]


@nwedge.experiment
def shrinking(land, optima, *, factors=(0.5, 1.0), split="train", count: float = 1, deep=False, seed, progress):
    """How losses change as weights shrink.

    More about it.
    """
    progress(0.5)
    points = np.concatenate([np.outer(factors, optimum.point) for optimum in optima])
    losses = land.evaluate_many(points.astype(np.float32), split).loss.reshape(len(optima), -1)
    return {
        "least": losses.min(), "lost": np.nan, "seed": seed, "count": count, "deep": deep,
        "nested": {"steps": [len(optimum.batch_losses) for optimum in optima], "words": "a b"},
        "losses": losses, "factors": np.array(factors), "parts": {"half": losses[:, 0].astype(np.float16), "up": losses[0] > 0},
    }  # fmt: skip


def test_a_function_is_an_experiment(wedges, optima, tmp_path):
    result = shrinking(wedges, optima, factors=[0.25, 0.5, 1])
    assert result.id == "shrinking.wedge" and result.experiment == "shrinking" and result.findings == []
    assert result.numbers["nested"] == {"steps": [100, 100], "words": "a b"} and result.numbers["lost"] is None
    assert result.numbers["count"] == 1 and result.numbers["deep"] is False and result.numbers["seed"] == 0
    assert set(result.arrays) == {"losses", "factors", "parts.half", "parts.up"}
    assert result.arrays["losses"].shape == (2, 3) and result.arrays["losses"].dtype == np.float64
    assert result.arrays["parts.half"].dtype == np.float32 and result.arrays["parts.up"].dtype == np.uint8
    assert result.numbers["least"] == result.arrays["losses"].min()
    assert result.options == {"factors": [0.25, 0.5, 1], "split": "train", "count": 1, "deep": False}
    assert shrinking(wedges, optima, seed=7).numbers["seed"] == 7
    loaded = nwedge.load(result.save(tmp_path / "run"))
    assert loaded.numbers == result.numbers and not loaded.problems and not loaded.missing
    np.testing.assert_array_equal(loaded.arrays["losses"], result.arrays["losses"])
    page = result.report(tmp_path / "page.html").read_text()
    assert "How losses change as weights shrink" in page
    signature = inspect.signature(shrinking)
    assert list(signature.parameters) == ["land", "optima", "seed", "progress", "factors", "split", "count", "deep"]
    assert "Options\n-------" in shrinking.__doc__ and shrinking.__name__ == "shrinking"


def test_its_figures_and_tables_are_the_generic_ones(wedges, optima):
    pytest.importorskip("plotly")
    pytest.importorskip("quickjs")
    result = shrinking(wedges, optima)
    assert result.plot() and "losses" in result._repr_html_() and "<details open>" in result._repr_html_()


def test_points_stand_for_optima(wedges, optima):
    @nwedge.experiment(version="1")
    def seen(land, optima):
        metrics = [dict(optimum.metrics) for optimum in optima]
        return {"losses": [one["train"].loss for one in metrics], "known": [optimum.initial is not None for optimum in optima],
                "barrier": nwedge.barriers(land, optima, points=5).numbers["pairs"][0]["barrier"]}  # fmt: skip

    by_points = seen(wedges, np.stack([optimum.point for optimum in optima])).numbers
    assert by_points["known"] == [False, False]
    by_optima = seen(wedges, optima).numbers
    assert by_optima["known"] == [True, True] and by_optima["losses"] == by_points["losses"]
    assert by_optima["barrier"] == nwedge.barriers(wedges, optima, points=5).numbers["pairs"][0]["barrier"]


def test_wrong_options_are_errors_of_one_line(wedges, optima):
    for options, said in [
        (dict(factor=[1]), r'\[shrinking\] unknown key "factor"; did you mean "factors"\?'),
        (dict(factors=3), "factors must be a list of finite numbers, is 3"),
        (dict(split=1), "split must be a text, is 1"),
        (dict(deep="yes"), "deep must be true or false"),
        (dict(count=float("inf")), "count must be a finite number"),
        (dict(seed=-1), "seed must be at least 0"),
        (dict(seed=0.5), "seed must be a whole number, is a float"),
    ]:
        with pytest.raises(nwedge.Error, match=said):
            shrinking(wedges, optima, **options)
    with pytest.raises(nwedge.Error, match=r"\[nwedge.shrinking\] needs an optimum"):
        shrinking(wedges)


def test_wrong_definitions_are_errors_of_one_line():
    def make(function, **given):
        return nwedge.experiment(**{"name": "mine", "version": "1", **given})(function)

    for function, said in [
        (lambda land: {}, "first two parameters must be the landscape"),
        (lambda land, optima, *, n: {}, "option n needs a default"),
        (lambda land, optima, *, n=None: {}, "default of n must be a number"),
        (lambda land, optima, *, n=[]: {}, "of an empty one an annotation"),
        (lambda land, optima, *, n=[1, "a"]: {}, "default of n must be a number"),
        (lambda land, optima, **n: {}, "its options must be named"),
        (lambda land, optima, *, seeds=1: {}, "no option may be called seeds"),
    ]:
        with pytest.raises(nwedge.Error, match=said):
            make(function)
    for name in ("section", "train", "m-tunnel"):
        with pytest.raises(nwedge.Error, match=f'the name "{name}" belongs to an experiment of nwedge'):
            make(lambda land, optima: {}, name=name)
    with pytest.raises(nwedge.Error, match="must be 1 to 40 letters"):
        make(lambda land, optima: {}, name="a/b")
    for what in ("version", "name", "title"):
        with pytest.raises(nwedge.Error, match=f"{what} must be a text that is not empty, is 3"):
            make(lambda land, optima: {}, **{what: 3})
    with pytest.raises(nwedge.Error, match="must be given a function, is given a str"):
        nwedge.experiment("mine")
    scope = {"nwedge": nwedge}
    exec("def unread(land, optima): return {}", scope)
    with pytest.raises(nwedge.Error, match='source cannot be read here: say with version="1"'):
        nwedge.experiment(scope["unread"])

    def lists(land, optima, *, a: List[int] = [], b: "list[float]" = [], c: list[str] = [], d=[1, 2.5]):  # noqa: B006
        return {}

    assert "b : Sequence[float]" in make(lists).__doc__ and "d : Sequence[float]" in make(lists).__doc__


def test_what_it_returns_is_checked(wedges, optima):
    for given, said in [
        ([1], "must return a dict of numbers and arrays, returned a list"),
        ({"a": object()}, "a must be a number, a text, an array"),
        ({"a": {"b": [1, {2}]}}, r"a.b\[1\] must be a number"),
        ({1: 2}, "must be texts, one is 1"),
        ({"a": np.array(["x"])}, "the array a must hold numbers"),
        ({"a": np.zeros(2, complex)}, "the array a must hold numbers, holds complex128"),
        ({"a/b": np.zeros(2)}, "the name of an array must be"),
    ]:
        broken = nwedge.experiment(name="broken", version="1")(_giving(given))
        with pytest.raises(nwedge.Error, match=said):
            broken(wedges, optima)


def _giving(value):
    return lambda land, optima: value


def test_exceptions_pass_as_they_are(wedges, optima):
    @nwedge.experiment(version="1")
    def raising(land, optima):
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        raising(wedges, optima)


def test_progress_reaches_a_function(wedges, optima):
    seen = []
    shrinking(wedges, optima, progress=seen.append)
    assert seen == [0.5]


def test_a_study_runs_it(tmp_path):
    calls = []

    @nwedge.experiment(version="1", title="Norms & numbers")
    def norms(land, optima, *, order=2, fail=False, seed, progress):
        calls.append((order, len(optima), seed, threading.get_ident()))
        if fail:
            raise ValueError("asked\nfor")
        progress(1)
        assert land.kind == "wedge" and land.options["dimension"] == 60 and optima[0].trajectory.shape[1] == 60
        assert optima[0].training["steps"] == 100 and optima[0].metrics["train"].loss >= 0
        lines = nwedge.barriers(land, optima, points=5) if len(optima) > 1 else None
        again = nwedge.train(land, seed=seed, steps=100, record_points=4)
        return {"norms": np.array([np.linalg.norm(o.point, order) for o in optima]), "again": bool((again.point == optima[0].point).all()),
                "barriers": lines and lines.numbers["pairs"]}  # fmt: skip

    @nwedge.experiment(version="1", each_optimum=True)
    def one(land, optima):
        return {"count": len(optima), "seed": optima[0].seed}

    file = tmp_path / "own.toml"
    file.write_text(STUDY + '[[experiment]]\nkind = "norms"\norder = 1\n[[experiment]]\nkind = "one"\nname = "single"\n')
    run = nwedge.study(file, output=tmp_path / "run")
    assert not run.failures and set(run) == {
        "train.wedge.seed-0", "train.wedge.seed-1", "barriers.wedge", "norms.wedge", "single.wedge.seed-0", "single.wedge.seed-1",
    }  # fmt: skip
    assert run["norms.wedge"].arrays["norms"].shape == (2,) and run["norms.wedge"].options["order"] == 1
    assert run["norms.wedge"].numbers["again"] and run["norms.wedge"].numbers["barriers"] is not None
    assert run["single.wedge.seed-1"].numbers == {"count": 1, "seed": 1}
    page = (tmp_path / "run" / "report.html").read_text()
    assert "Norms & numbers" in page or "Norms \\u0026 numbers" in page

    count = len(calls)
    assert nwedge.study(file, output=tmp_path / "run").numbers == run.numbers and len(calls) == count  # nothing was computed again

    # Another version is another experiment: its record alone is computed again.
    nwedge.experiment(version="2")(_version_two)
    with pytest.raises(nwedge.Error, match="resume"):
        nwedge.study(file, output=tmp_path / "run")
    again = nwedge.study(file, output=tmp_path / "run", resume=True)
    assert again["norms.wedge"].numbers == {"two": 2} and again["barriers.wedge"].numbers == run["barriers.wedge"].numbers

    for line, said in [
        ("ordr = 1", r'own.toml:\d+\] unknown key "ordr"; did you mean "order"\?'),
        ("order = 1.5", r"own.toml:\d+\] order must be a whole number, is 1.5"),
    ]:
        wrong = tmp_path / "own.toml"
        wrong.write_text(STUDY + f'[[experiment]]\nkind = "norms"\n{line}\n')
        with pytest.raises(nwedge.Error, match=said):
            nwedge.study(wrong, output=tmp_path / "other")


def _version_two(land, optima, *, order=2, fail=False):
    return {"two": 2}


_version_two.__name__ = "norms"


def test_a_failure_is_recorded_and_tried_again(tmp_path):
    patient = []

    @nwedge.experiment(version="1")
    def moody(land, optima):
        if not patient:
            raise ValueError("not\ntoday")
        return {"fine": 1}

    file = tmp_path / "own.toml"
    file.write_text(STUDY + '[[experiment]]\nkind = "moody"\n')
    with pytest.warns(RuntimeWarning, match=r"own.toml\] 1 cell failed: moody.wedge: \[moody\] ValueError: not"):
        run = nwedge.study(file, output=tmp_path / "run")
    assert list(run.failures) == ["moody.wedge"] and "barriers.wedge" in run
    reason = run.failures["moody.wedge"]
    assert "[moody] ValueError: not" in reason and "test_own.py:" in reason and "\n" not in reason
    patient.append(1)
    again = nwedge.study(file, output=tmp_path / "run")
    assert not again.failures and again["moody.wedge"].numbers == {"fine": 1}


PROGRAM = os.environ.get("NWEDGE_PROGRAM", "")


@pytest.mark.skipif(not PROGRAM, reason="NWEDGE_PROGRAM names no program")
def test_the_program_shows_its_records_and_says_what_runs_it(tmp_path):
    @nwedge.experiment(version="1", title="What only Python knows")
    def foreign(land, optima, *, depth=3):
        return {"depth": depth, "values": np.arange(4)}

    file = tmp_path / "own.toml"
    file.write_text(STUDY + '[[experiment]]\nkind = "foreign"\n')
    nwedge.study(file, output=tmp_path / "run")
    for command in (["check", file], ["study", file, "-o", tmp_path / "other"]):
        refused = subprocess.run([PROGRAM, *command], capture_output=True, text=True)
        assert refused.returncode == 2 and refused.stderr.count("\n") == 1
        assert 'unknown experiment "foreign"' in refused.stderr and "nwedge.study" in refused.stderr
    (tmp_path / "run" / "report.html").unlink()
    subprocess.run([PROGRAM, "report", tmp_path / "run"], check=True, capture_output=True)
    assert "What only Python knows" in (tmp_path / "run" / "report.html").read_text()
    subprocess.run([PROGRAM, "export", tmp_path / "run", "-o", tmp_path / "tables"], check=True, capture_output=True)
    assert "foreign.wedge,foreign,foreign,wedge" in (tmp_path / "tables" / "results.csv").read_text()
    script = f"import nwedge; print(nwedge.load({str(tmp_path / 'run')!r})['foreign.wedge'].numbers)"
    shown = subprocess.run([sys.executable, "-I", "-c", script], check=True, capture_output=True, text=True).stdout
    assert shown == "{'depth': 3}\n"


def test_by_default_its_text_is_its_version(tmp_path):
    module = tmp_path / "mine.py"
    body = "import nwedge\n\n@nwedge.experiment\ndef mine(land, optima):\n    return {'a': %s}\n"
    script = (
        "import sys, json; sys.path.insert(0, sys.argv[1]); import nwedge, mine\n"
        "land = nwedge.wedge_model(dimension=60, wedges=3, short_directions=6)\n"
        "folder = mine.mine(land, land.initial_point(0)).save(sys.argv[2])\n"
        "print(json.loads((folder / 'records' / 'mine.wedge.json').read_text())['added']['version'])\n"
    )
    versions = []
    for i, value in enumerate(("1", "1", "2")):
        module.write_text(body % value if i != 1 else "# a remark\n" + body % value)
        given = [sys.executable, "-B", "-I", "-c", script, tmp_path, tmp_path / f"run-{i}"]
        versions.append(subprocess.run(given, check=True, capture_output=True, text=True).stdout)
    assert versions[0] == versions[1] != versions[2] and versions[0].startswith("source ")


@pytest.mark.parametrize("work", ["nwedge.train(land, steps=1000000)", "sum(range(1000))", "time.sleep(0.01)", "progress(0.5)"])
def test_ctrl_c_stops_a_study_in_it(tmp_path, work):
    (tmp_path / "own.toml").write_text(STUDY + '[[experiment]]\nkind = "slow"\n')
    script = (
        "import nwedge, time, os\n"
        "@nwedge.experiment(version='1')\n"
        "def slow(land, optima, *, progress):\n"
        "    print('begun', flush=True)\n"
        "    while True:\n"
        f"        {work}\n"
        f"nwedge.study({str(tmp_path / 'own.toml')!r}, output={str(tmp_path / 'run')!r})\n"
    )
    process = subprocess.Popen([sys.executable, "-I", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "begun\n"
    time.sleep(0.3)
    begin = time.monotonic()
    process.send_signal(2)
    _, errors = process.communicate(timeout=20)
    assert time.monotonic() - begin < 10 and "KeyboardInterrupt" in errors
    assert process.returncode != 0 and not (tmp_path / "run" / "records" / "slow.wedge.json").exists()
    assert json.loads((tmp_path / "run" / "plan.json").read_text())["cells"][-1]["added"] == {"title": "Slow", "version": "1"}
