"""What experiments give, in memory and in folders."""

from __future__ import annotations

import functools
import html
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Union

import numpy as np

from . import _core
from ._core import Error
from ._progress import Progress, reporting

PathLike = Union[str, "os.PathLike[str]"]


class Finding(NamedTuple):
    """What a result says about one claim: decided by a stated criterion, never written down."""

    claim: str
    criterion: str
    prediction: str  #: the model's, "" where it makes none
    measurement: str
    verdict: str  #: "reproduced", "not reproduced", "illustration", "inconclusive"
    reason: str
    landscape: str
    experiment: str


def _findings(listed: list[dict[str, Any]]) -> list[Finding]:
    return [Finding(**{field: one[field] for field in Finding._fields}) for one in listed]


def _flat(numbers: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(numbers, dict):
        for key, value in numbers.items():
            yield from _flat(value, f"{prefix}.{key}" if prefix else key)
    elif isinstance(numbers, list) and any(isinstance(entry, (dict, list)) for entry in numbers):
        for index, value in enumerate(numbers):
            yield from _flat(value, f"{prefix}[{index}]")
    else:
        yield prefix, numbers


class Result:
    """What one experiment gave.

    `numbers`: a nested dict; `arrays`: name → array, read-only; `findings`: what follows for the claims.
    """

    def __init__(self, core: Any):
        self._core = core

    @property
    def id(self) -> str:
        """Of its record: "section.network"."""
        return self._core.id

    @property
    def experiment(self) -> str:
        """Registry name."""
        return self._core.name

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self._core.seconds

    @functools.cached_property
    def numbers(self) -> dict[str, Any]:
        return self._core.numbers

    @functools.cached_property
    def options(self) -> dict[str, Any]:
        """All options of the experiment, defaults too."""
        return self._core.options

    @functools.cached_property
    def arrays(self) -> dict[str, np.ndarray]:
        return self._core.arrays

    @functools.cached_property
    def findings(self) -> list[Finding]:
        return _findings(self._core.findings)

    def save(self, folder: PathLike) -> Path:
        """Writes the run as the program does: plan.json and records, which `load` and `nwedge report` read."""
        self._core.save(str(folder))
        return Path(folder)

    def report(self, path: PathLike) -> Path:
        """Writes the report, one HTML page that opens offline."""
        with tempfile.TemporaryDirectory(prefix="nwedge-") as folder:
            self.save(folder)
            return _copy_report(folder, path)

    def plot(self) -> list[Any]:
        """The report's figures of it, a list of `plotly.graph_objects.Figure` that a notebook shows; needs `nwedge[plot]`.

        Figures with two views, a map and a surface, are there as each. Of a run that was loaded, they show every record of
        the experiment.
        """
        from ._figures import figures

        if isinstance(self._core, _StoredRecord):
            return figures(_core.report_page(self._core.folder), self.experiment)
        with tempfile.TemporaryDirectory(prefix="nwedge-") as folder:
            self.save(folder)
            return figures(_core.report_page(folder), self.experiment)

    def to_dataframe(self):
        """The numbers as a `pandas.DataFrame` of names and values."""
        import pandas

        return pandas.DataFrame(list(_flat(self.numbers)), columns=["name", "value"])

    def __repr__(self) -> str:
        names = list(self.arrays)
        more = f", … ({len(names)} in all)" if len(names) > 6 else ""
        return f"<Result {self.id}, {self.seconds:.2g} s, arrays: {', '.join(names[:6]) or 'none'}{more}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(f.claim)}</td><td>{html.escape(f.verdict)}</td><td>{html.escape(f.measurement)}</td></tr>"
            for f in self.findings
        )
        table = f"<table><tr><th>claim</th><th>verdict</th><th>measurement</th></tr>{rows}</table>" if rows else ""
        shown = "".join(
            f"<tr><td>{html.escape(name)}</td><td>{html.escape(_short(value))}</td></tr>" for name, value in _flat(self.numbers)
        )
        arrays = "".join(f"<tr><td>{html.escape(n)}</td><td>array {list(a.shape)}</td></tr>" for n, a in self.arrays.items())
        head = f"<b>{html.escape(self.id)}</b> ({self.seconds:.2g} s)"
        # Of a result that claims nothing the numbers are what there is to see, unless there are many.
        opened = " open" if not table and shown.count("<tr>") <= 24 else ""
        return f"<div>{head}{table}<details{opened}><summary>numbers and arrays</summary><table>{shown}{arrays}</table></details></div>"


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.5g}"
    if isinstance(value, list) and len(value) > 8:
        return f"{len(value)} values"
    return str(value)


def _copy_report(folder: PathLike, path: PathLike) -> Path:
    try:
        return Path(shutil.copyfile(_core.write_report(str(folder)), path))
    except OSError as problem:
        raise Error(f"[{path}] cannot write the report: {problem.strerror}") from None


class _StoredRecord:
    """One record of a run's folder, as `Result` reads it."""

    def __init__(self, run: _core.LoadedRun, record: dict[str, Any]):
        self._run = run
        self.id = record["id"]
        self.name = record["experiment"]
        self.numbers = record["document"]["result"] or {}
        self.options = record["document"]["options"]
        self.seconds = record["document"]["provenance"]["seconds"]

    @property
    def folder(self) -> str:
        return self._run.folder

    @property
    def arrays(self) -> dict[str, np.ndarray]:
        return self._run.arrays(self.id)

    @property
    def findings(self) -> list[dict[str, Any]]:
        return [one for one in self._run.findings if one["experiment"] == self.name]

    def save(self, folder: str) -> None:
        raise Error(f"[{self.folder}] is where it is saved: copy the folder")


class Run(Mapping):
    """A run's folder, read: its finished records by id, each a `Result`."""

    def __init__(self, core: _core.LoadedRun):
        self._core = core
        records = core.records
        self._results = {r["id"]: Result(_StoredRecord(core, r)) for r in records if not r["failure"]}
        #: Why records failed, by id.
        self.failures: dict[str, str] = {r["id"]: r["failure"] for r in records if r["failure"]}

    def __getitem__(self, id: str) -> Result:
        if id not in self._results and id in self.failures:
            raise Error(f"[{id}] failed: {self.failures[id]}")
        return self._results[id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._results)

    def __len__(self) -> int:
        return len(self._results)

    @property
    def folder(self) -> Path:
        return Path(self._core.folder)

    @property
    def title(self) -> str:
        return self._core.title

    @property
    def missing(self) -> list[str]:
        """Ids of records that are not computed yet."""
        return self._core.missing

    @property
    def problems(self) -> list[str]:
        """One line for each damaged record."""
        return self._core.problems

    @property
    def experiments(self) -> list[Result]:
        """The results that are no trainings."""
        return [result for result in self._results.values() if result.experiment != "train"]

    @property
    def numbers(self) -> dict[str, Any]:
        """Those of its one experiment, or by id where there are several."""
        found = self.experiments
        return found[0].numbers if len(found) == 1 else {result.id: result.numbers for result in found}

    @property
    def arrays(self) -> dict[str, Any]:
        """Those of its one experiment, or by id where there are several."""
        found = self.experiments
        return found[0].arrays if len(found) == 1 else {result.id: result.arrays for result in found}

    @functools.cached_property
    def findings(self) -> list[Finding]:
        """What all records together say about the claims."""
        return _findings(self._core.findings)

    def report(self, path: PathLike | None = None) -> Path:
        """Writes the report: report.html in the folder, or `path`."""
        return Path(_core.write_report(str(self.folder))) if path is None else _copy_report(self.folder, path)

    def __repr__(self) -> str:
        return f"<Run {self.folder}: {', '.join(self)}>"


def load(folder: PathLike) -> Run:
    """Reads a run's folder, of a study, of a command of the program, or of `Result.save`."""
    return Run(_core.load(str(folder)))


def study(file: PathLike, *, output: PathLike, resume: bool = False, progress: Progress = None) -> Run:
    """Runs a study file into a folder and writes its report, as `nwedge study` does.

    A folder that holds a part of the same study is continued; after Ctrl-C the same call goes on. `resume` also
    continues a run of other options. Cells that failed are a warning, and stand in `failures`.
    """
    with reporting(progress, "study") as report:
        _core.run_study(str(file), str(output), resume, report)
    run = load(output)
    run.report()
    if run.failures:
        id, reason = next(iter(run.failures.items()))
        count = f"1 cell failed: {id}" if len(run.failures) == 1 else f"{len(run.failures)} cells failed, the first {id}"
        warnings.warn(f"[{file}] {count}: {reason}", RuntimeWarning, stacklevel=2)
    return run
