"""What type checkers make of the package."""

import subprocess
import sys
from pathlib import Path

import nwedge

EXAMPLE = Path(__file__).with_name("typed_example.py")

# Each line, at the end of the example, and what must be said of it.
WRONG = {
    "nwedge.section(land, optima[0], grd=[5])": 'Unexpected keyword argument "grd" for "section"',
    "nwedge.train(land, epochs='5')": 'Argument "epochs" to "train" has incompatible type "str"; expected "int"',
    "land.evaluate(optima[0]).los": '"Metrics" has no attribute "los"',
    "nwedge.experiment(3)": "No overload variant",
    "nwedge.no_such_name": 'Module has no attribute "no_such_name"',
}


def check(*files, cwd):
    settings = cwd / "mypy.ini"  # the frameworks take their time, and are not what is checked
    settings.write_text("[mypy]\n" + "".join(f"[mypy-{name}.*]\nfollow_imports = skip\n" for name in ("torch", "jax", "scipy", "pandas")))
    given = [sys.executable, "-I", "-m", "mypy", "--strict", "--config-file", settings, "--cache-dir", cwd / "cache", *files]
    return subprocess.run(given, capture_output=True, text=True, cwd=cwd)


def test_public_names_are_typed(tmp_path):
    found = check(EXAMPLE, cwd=tmp_path)
    assert found.returncode == 0, found.stdout + found.stderr
    wrong = tmp_path / "wrong.py"
    wrong.write_text(EXAMPLE.read_text() + "\n".join(WRONG) + "\n")
    said = check(wrong, cwd=tmp_path).stdout
    first = len(EXAMPLE.read_text().splitlines()) + 1
    for line, words in enumerate(WRONG.values(), first):
        assert any(f"wrong.py:{line}: error:" in one and words in one for one in said.splitlines()), said
    assert f"Found {len(WRONG)} errors" in said


def test_stubs_describe_the_extension():
    stub = Path(nwedge.__file__).with_name("_core.pyi").read_text()
    assert "class Landscape:" in stub and "def run_study(" in stub and "class Error(ValueError):" in stub
