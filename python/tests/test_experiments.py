"""Training, experiments, results."""

import ast
import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nwedge


@pytest.fixture(scope="module")
def wedges():
    return nwedge.wedge_model(dimension=120, wedges=4, short_directions=10)


@pytest.fixture(scope="module")
def optima(wedges):
    return [nwedge.train(wedges, seed=seed, steps=200, record_points=10) for seed in range(3)]


def test_training_gives_an_optimum(wedges, optima):
    optimum = optima[1]
    assert optimum.point.shape == optimum.initial.shape == (120,)
    np.testing.assert_array_equal(optimum.initial, wedges.initial_point(1))
    assert optimum.trajectory.shape == (len(optimum.trajectory_steps), 120)
    np.testing.assert_array_equal(optimum.trajectory[-1], optimum.point)
    assert optimum.batch_losses.shape == (200,) and optimum.metrics["train"].loss < 1e-6
    assert optimum.training["steps"] == 200
    np.testing.assert_array_equal(nwedge.train(wedges, seed=1, steps=200).point, optimum.point)
    assert wedges.evaluate(optimum) == pytest.approx(optimum.metrics["train"], nan_ok=True)
    onwards = nwedge.train(wedges, start=optimum, steps=1)
    np.testing.assert_array_equal(onwards.initial, optimum.point)


SMALL = {
    "straight_line": dict(points=5),
    "section": dict(grid=[5, 5]),
    "subspace": dict(dimensions=[2, 10, 40, 120], sections=1, steps=60),
    "barriers": dict(points=5),
    "alignment": dict(points=5, tunnel_steps=20),
    "tunnel": dict(steps=50, plane_points=5),
    "m_tunnel": dict(steps=30, sheet_steps=10, connector_steps=10, control_steps=10, lanczos_steps=30, connector_dimensions=[2, 8, 32]),
    "radial_tunnel": dict(planes=["origin"], map_points=5, block_points=5),
    "directions": dict(random=4),
    "walk": dict(walk_steps=5, descent_steps=5),
    "spectrum": dict(density_steps=20),
    "intrinsic_dimension": dict(dimensions=[2, 10, 40], sections=1, steps=60, density_steps=20, effective_steps=20),
    "ensemble": dict(cycle_steps=20, snapshots=2),
    "hyper_parameters": dict(learning_rates=[0.02, 0.05], batch_sizes=[], weight_decays=[], trainings=1),
}


def test_there_is_a_function_for_each_experiment():
    assert sorted(SMALL) == sorted(set(nwedge.experiments.__all__) - {"train"})


@pytest.mark.parametrize("name", SMALL)
def test_each_experiment_runs_saves_and_loads(name, wedges, optima, tmp_path):
    result = getattr(nwedge, name)(wedges, optima if name != "section" else optima[0], **SMALL[name])
    assert result.id == f"{name.replace('_', '-')}.wedge" and result.numbers
    assert all(not array.flags.writeable for array in result.arrays.values())
    assert {finding.verdict for finding in result.findings} <= {"reproduced", "not reproduced", "illustration", "inconclusive"}
    folder = result.save(tmp_path / "run")
    loaded = nwedge.load(folder)
    assert list(loaded) == [result.id] and not loaded.missing and not loaded.problems
    assert json.dumps(loaded.numbers) == json.dumps(result.numbers)
    assert set(loaded.arrays) == set(result.arrays)
    for key, array in result.arrays.items():
        np.testing.assert_array_equal(loaded.arrays[key], array)
    assert loaded[result.id].findings == result.findings
    page = result.report(tmp_path / "page.html").read_text()
    assert "<html" in page and result.id in page


@pytest.mark.parametrize("name", SMALL)
def test_figures_are_those_of_the_report(name, wedges, optima, tmp_path):
    graph_objects = pytest.importorskip("plotly.graph_objects")
    pytest.importorskip("quickjs")
    result = getattr(nwedge, name)(wedges, optima if name != "section" else optima[0], **SMALL[name])
    figures = result.plot()
    assert figures and all(isinstance(figure, graph_objects.Figure) and len(figure.data) for figure in figures)
    again = nwedge.load(result.save(tmp_path / "run"))[result.id].plot()
    assert [figure.to_dict() for figure in again] == [figure.to_dict() for figure in figures]


def test_a_figure_shows_the_numbers(wedges, optima):
    pytest.importorskip("plotly")
    pytest.importorskip("quickjs")
    plane = nwedge.section(wedges, optima[0], grid=[5, 7])
    maps = [trace for figure in plane.plot() for trace in figure.data if trace.type == "surface"]
    shown = np.array(maps[0].customdata if maps[0].customdata is not None else maps[0].z)  # heights may be compressed
    assert shown.shape in ((5, 7), (7, 5))
    np.testing.assert_allclose(np.sort(shown.ravel()), np.sort(plane.arrays["loss-train"].ravel()), rtol=1e-5)


def test_numbers_become_a_dataframe(wedges, optima):
    pytest.importorskip("pandas")
    frame = nwedge.barriers(wedges, optima).to_dataframe()
    assert list(frame.columns) == ["name", "value"] and len(frame) > 10


def test_points_may_stand_for_optima(wedges, optima):
    by_points = nwedge.barriers(wedges, [optimum.point for optimum in optima])
    by_array = nwedge.barriers(wedges, np.stack([optimum.point for optimum in optima]))
    assert by_points.numbers == by_array.numbers
    one = nwedge.section(wedges, optima[0].point, grid=[3])
    np.testing.assert_array_equal(one.arrays["loss-train"], nwedge.section(wedges, [optima[0]], grid=[3]).arrays["loss-train"])
    with pytest.raises(nwedge.Error, match="barriers needs at least 2 optima, has 1"):
        nwedge.barriers(wedges, optima[0])
    with pytest.raises(nwedge.Error, match=r"\[nwedge.section\] needs an optimum"):
        nwedge.section(wedges)
    with pytest.raises(nwedge.Error, match=r"an optimum must have shape \(120,\), has \(3,\)"):
        nwedge.section(wedges, np.zeros(3))
    with pytest.raises(nwedge.Error, match="the first argument must be a landscape, is a ndarray"):
        nwedge.section(optima[0].point)
    for call in (nwedge.section, nwedge.train):
        with pytest.raises(nwedge.Error, match=f"{call.__name__}. seed must be a whole number, is a str"):
            call(wedges, **({} if call is nwedge.train else {"optima": optima[0]}), seed="first")
    with pytest.raises(nwedge.Error, match="trained in different ways"):
        nwedge.tunnel(wedges, [optima[0], nwedge.train(wedges, steps=5)])


def test_a_section_through_points_passes_them(wedges, optima):
    plane = nwedge.section(wedges, optima, directions="points", grid=[3, 3], least=[-0.5, -0.5], most=[0.5, 0.5])
    assert plane.arrays["loss-train"].shape == (3, 3)


def test_snapshots_of_another_training_are_an_optimum():
    land = nwedge.wedge_model(dimension=60, wedges=3, short_directions=6, gradient_noise=0.3)
    optimum = nwedge.train(land, seed=1, steps=100, record_points=6)
    own = nwedge.trajectory(land, list(optimum.trajectory), steps=optimum.trajectory_steps, seed=1)
    assert own.metrics["train"] == pytest.approx(optimum.metrics["train"], nan_ok=True)
    planes = [nwedge.section(land, one, directions="components", grid=[5, 5]) for one in (own, optimum)]
    np.testing.assert_array_equal(planes[0].arrays["loss-train"], planes[1].arrays["loss-train"])
    assert planes[0].numbers == planes[1].numbers
    with pytest.raises(nwedge.Error, match="exactly one of epochs and steps"):
        nwedge.hyper_parameters(land, own)
    assert nwedge.hyper_parameters(land, own, training=dict(steps=20), learning_rates=[0.02, 0.05], batch_sizes=[], weight_decays=[]).numbers
    for given, said in [
        (dict(points=[own.point]), "needs at least 2 snapshots, has 1"),
        (dict(points=[own.point, [1, 2]]), r"a snapshot must have shape \(60,\), has \(2,\)"),
        (dict(points=own.trajectory, steps=[1, 2]), "steps must be .* whole numbers that grow"),
        (dict(points=[own.point, own.point], steps=[3, 3]), "steps must be 2 whole numbers that grow"),
        (dict(points=[own.point, own.point], steps=[0, 0.5]), "steps must be 2 whole numbers"),
    ]:
        with pytest.raises(nwedge.Error, match=said):
            nwedge.trajectory(land, **given)


def test_progress_reaches_a_function(wedges):
    seen = []
    nwedge.train(wedges, steps=20000, progress=seen.append)
    assert seen == sorted(seen) and seen[-1] == 1


def test_signatures_and_help_are_those_of_the_options():
    for name in nwedge.experiments.__all__:
        function = getattr(nwedge, name)
        signature = inspect.signature(function)
        assert list(signature.parameters)[0] == "land"
        assert "Options\n-------" in function.__doc__
    assert inspect.signature(nwedge.train).parameters["learning_rate"].default == 0.05
    assert "continue_" in inspect.signature(nwedge.ensemble).parameters


def test_stubs_name_every_function_and_option():
    stub = Path(nwedge.__file__).with_name("experiments.pyi").read_text()
    functions = {node.name: node for node in ast.parse(stub).body if isinstance(node, ast.FunctionDef)}
    assert set(functions) == set(nwedge.experiments.__all__)
    for name, node in functions.items():
        named = [argument.arg for argument in node.args.args + node.args.kwonlyargs]
        assert named == list(inspect.signature(getattr(nwedge, name)).parameters)


PROGRAM = os.environ.get("NWEDGE_PROGRAM", "")


@pytest.mark.skipif(not PROGRAM, reason="NWEDGE_PROGRAM names no program")
def test_python_and_the_program_give_the_same_bits(tmp_path):
    options = ["--dimension", "120", "--wedges", "4", "--short-directions", "10"]
    subprocess.run(
        [PROGRAM, "barriers", "--landscape", "wedge", *options, "--optima", "2", "--train-steps", "150", "-o", tmp_path / "run"],
        check=True, capture_output=True,
    )  # fmt: skip
    run = nwedge.load(tmp_path / "run")
    land = nwedge.wedge_model(dimension=120, wedges=4, short_directions=10)
    optima = [nwedge.train(land, seed=seed, steps=150, record_points=20) for seed in range(2)]
    np.testing.assert_array_equal(run["train.wedge.seed-1"].arrays["points.optimum"], optima[1].point)
    own = nwedge.barriers(land, optima)
    assert own.numbers == run["barriers.wedge"].numbers and own.options == run["barriers.wedge"].options
    for key, array in own.arrays.items():
        np.testing.assert_array_equal(run["barriers.wedge"].arrays[key], array)
    assert run.numbers == own.numbers
    shown = subprocess.run([PROGRAM, "report", own.save(tmp_path / "own")], check=True, capture_output=True, text=True).stdout
    assert "report.html" in shown


def test_a_study_runs_and_goes_on(tmp_path):
    (tmp_path / "small.toml").write_text(
        'title = "Small"\nseeds = [0, 1]\n[landscape.wedge]\nkind = "wedge"\ndimension = 60\nwedges = 3\nshort-directions = 6\n'
        '[landscape.wedge.training]\nsteps = 100\n[[experiment]]\nkind = "barriers"\n[[experiment]]\nkind = "straight-line"\n'
    )
    run = nwedge.study(tmp_path / "small.toml", output=tmp_path / "run")
    assert set(run) == {"train.wedge.seed-0", "train.wedge.seed-1", "barriers.wedge", "straight-line.wedge"}
    assert set(run.numbers) == {"barriers.wedge", "straight-line.wedge"}
    assert (tmp_path / "run" / "report.html").exists() and not run.failures
    assert nwedge.study(tmp_path / "small.toml", output=tmp_path / "run").numbers == run.numbers
    with pytest.raises(nwedge.Error, match="missing.toml"):
        nwedge.study(tmp_path / "missing.toml", output=tmp_path / "other")


def test_a_folder_that_holds_other_things_is_refused(wedges, optima, tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(nwedge.Error):
        nwedge.barriers(wedges, optima).save(tmp_path)
    with pytest.raises(nwedge.Error, match="holds no run"):
        nwedge.load(tmp_path)


def test_importing_is_quick_and_takes_no_framework():
    script = "import sys, nwedge; print([m for m in ('torch', 'jax', 'plotly', 'scipy', 'pandas', 'tqdm') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-I", "-c", script], check=True, capture_output=True, text=True).stdout == "[]\n"


def test_results_show_themselves_in_notebooks(wedges, optima):
    result = nwedge.barriers(wedges, optima)
    assert "barriers.wedge" in result._repr_html_() and "barriers.wedge" in repr(result)
    pytest.importorskip("plotly")
    pytest.importorskip("quickjs")
    assert result.plot()._repr_html_().count("plotly-graph-div") == len(result.plot()) > 0


EXAMPLES = Path(__file__).parents[2] / "examples" / "python"


@pytest.mark.parametrize("example", ["wedge_model", "regression"])
def test_examples_run(example, tmp_path):
    subprocess.run([sys.executable, "-I", "-W", "error", EXAMPLES / f"{example}.py"], check=True, cwd=tmp_path, timeout=120)
    assert list(tmp_path.glob("*.html"))
