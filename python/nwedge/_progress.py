"""Progress bars: tqdm's, where it is installed and somebody looks."""

from __future__ import annotations

import importlib.util
import sys
import time
from typing import Any, Callable, Union

Progress = Union[bool, Callable[[float], Any], None]

_PATIENCE = 1.0  # seconds that work takes without a bar


def _in_notebook() -> bool:
    shell = sys.modules.get("IPython") and sys.modules["IPython"].get_ipython()
    return any(kind.__name__ == "ZMQInteractiveShell" for kind in type(shell).__mro__)


class _Bar:
    def __init__(self, title: str):
        self.title = title
        self.began = time.monotonic()
        self.bar = None

    def __call__(self, fraction: float, notes: list[str]) -> None:
        if self.bar is None and time.monotonic() - self.began < _PATIENCE:
            return
        if self.bar is None:
            if _in_notebook() and importlib.util.find_spec("ipywidgets"):
                from tqdm.notebook import tqdm
            else:
                from tqdm import tqdm
            self.bar = tqdm(total=100, desc=self.title, unit="%", bar_format="{desc} {bar} {percentage:3.0f} % {elapsed}", leave=False)
            self.bar.start_t -= time.monotonic() - self.began
        self.bar.update(100 * fraction - self.bar.n)
        for note in notes:
            self.bar.write(note, file=sys.stderr)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()


class reporting:
    """What C++ calls with (fraction, notes) while it works; closed behind it."""

    def __init__(self, progress: Progress, title: str):
        self.report: Callable[[float, list[str]], None] | None = None
        if callable(progress):
            self.report = lambda fraction, notes: progress(fraction)
        elif progress or (progress is None and (sys.stderr.isatty() or _in_notebook())):
            try:
                import tqdm  # noqa: F401
            except ImportError:
                if progress:
                    raise
            else:
                self.report = _Bar(title)

    def __enter__(self):
        return self.report

    def __exit__(self, *_):
        if isinstance(self.report, _Bar):
            self.report.close()
