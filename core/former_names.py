"""Modules that the guide of an earlier version named keep their former names for users' scripts."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

MOVED = {
    "core.errors": "core.base.errors",
    "core.experiments.export": "core.results.export",
    "core.experiments.figure_file": "core.figures.file",
    "core.experiments.figures": "core.figures.result_figures",
    "core.experiments.results": "core.results.results",
    "core.prediction": "core.predict.prediction",
    "core.prompts": "core.predict.prompts",
    "core.stimuli.pictures": "core.stimuli.imported.pictures",
}


class FormerNames(MetaPathFinder, Loader):
    """Gives all that the module of today holds under the former name of the module."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name in MOVED else None

    def exec_module(self, module: ModuleType) -> None:
        present = importlib.import_module(MOVED[module.__name__])
        for name, value in vars(present).items():
            if not name.startswith("__"):
                setattr(module, name, value)
