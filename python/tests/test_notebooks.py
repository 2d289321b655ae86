"""The examples' notebooks, in real kernels."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
NOTEBOOKS = sorted((TOP / "examples" / "notebooks").glob("*.ipynb"))
FIGURES = {"wedge_model": 4, "regression": 1, "torch_resnet": 5, "torch_snapshots": 3, "jax_mlp": 2}  # at least


def test_notebooks_are_those_of_the_scripts():
    subprocess.run([sys.executable, "-I", TOP / "tools" / "make-notebooks", "--check"], check=True)
    assert {path.stem for path in NOTEBOOKS} == set(FIGURES)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore")  # of Jupyter's own
def test_a_notebook_runs(path, tmp_path):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    for framework in ("torch", "jax"):
        if path.stem.startswith(framework) and find_spec(framework) is None:
            pytest.skip(f"{framework} is not installed")
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    if kept := os.environ.get("NWEDGE_KEEP_NOTEBOOKS"):
        nbformat.write(notebook, Path(kept) / path.name)
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    shown = [output for output in outputs if "application/vnd.plotly.v1+json" in output.get("data", {})]
    assert len(shown) >= FIGURES[path.stem]
    said = "".join(output.text for output in outputs if output.output_type == "stream" and output.name == "stderr")
    assert "Warning" not in said and "Traceback" not in said  # but perhaps a progress bar
    assert list(tmp_path.glob("*.html"))


@pytest.mark.filterwarnings("ignore")
def test_a_notebook_shows_progress(tmp_path):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("tqdm")
    code = (
        "import time, nwedge\n"
        "@nwedge.experiment\n"
        "def slow(land, optima, *, progress):\n"
        "    for i in range(15):\n"
        "        time.sleep(0.1)\n"
        "        progress(i / 15)\n"
        "    return {'a': 1}\n"
        "land = nwedge.wedge_model(dimension=60, wedges=3, short_directions=6)\n"
        "slow(land, land.initial_point(0))\n"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    nbclient.NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = notebook.cells[0].outputs
    assert "slow.wedge" in outputs[-1].data["text/html"]
    if find_spec("ipywidgets") is None:
        assert "Slow" in "".join(output.text for output in outputs if output.output_type == "stream")
    assert not any("IProgress" in output.get("text", "") for output in outputs)
