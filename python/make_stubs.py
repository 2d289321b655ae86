"""Writes experiments.pyi: the functions of nwedge.experiments with the options that the extension names.

Usage: make_stubs.py FOLDER-OF-THE-EXTENSION OUTPUT
"""

import sys

HEAD = '''"""Training, and one function for each experiment. Made by make_stubs.py."""

from collections.abc import Sequence
from typing import Any, Callable

from .landscapes import Landscape
from .optima import Optimum
from .results import Result

__all__ = [{names}]

Progress = bool | Callable[[float], Any] | None
'''


def keywords(options):
    return "".join(f"    {o['name']}: {o['type']} = {o['default']!r},\n" for o in options)


def main(folder, output):
    sys.path.insert(0, folder)
    import _core

    names = ["train", *(one["name"].replace("-", "_") for one in _core.experiments())]
    parts = [HEAD.replace("{names}", ", ".join(f'"{name}"' for name in names))]
    parts.append(
        "def train(\n    land: Landscape,\n    *,\n    seed: int = 0,\n    start: Any = None,\n    progress: Progress = None,\n"
        f"{keywords(_core.training_options())}) -> Optimum: ...\n"
    )
    for one in _core.experiments():
        name = one["name"].replace("-", "_")
        parts.append(
            f"def {name}(\n    land: Landscape,\n    optima: Any = None,\n    *,\n    seed: int | None = None,\n"
            "    training: dict[str, Any] | None = None,\n    progress: Progress = None,\n"
            f'{keywords(_core.experiment_options(one["name"]))}) -> Result:\n    """{one["title"]}."""\n'
        )
    with open(output, "w") as file:
        file.write("\n".join(parts))


if __name__ == "__main__":
    main(*sys.argv[1:])
