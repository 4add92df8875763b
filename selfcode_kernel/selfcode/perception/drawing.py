"""Which statements of a cell had drawn a figure that the notebook has shown and closed since."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from selfcode.effects import names_set

_BACKEND = "matplotlib_inline.backend_inline"
_LIBRARIES = ("matplotlib", "seaborn", "mpl_toolkits")
_MAKERS = frozenset("subplots subplot figure gca gcf axes subplot_mosaic add_subplot twinx".split())
_OF_TABLES = frozenset("plot hist boxplot".split())


def drawn(ran: Sequence[ast.stmt], names: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the indices of the statements of `ran` whose drawing is lost.

    That is where the backend closes figures after each cell, and none is open any more.
    """
    plt = sys.modules.get("matplotlib.pyplot")
    if plt is None or not _closes_figures() or plt.get_fignums():
        return ()
    reader = _Drawing(names)
    return tuple(index for index, statement in enumerate(ran) if reader.draws(statement))


def _closes_figures() -> bool:
    inline = sys.modules.get(_BACKEND)
    matplotlib = sys.modules.get("matplotlib")
    if inline is None or matplotlib is None:
        return False
    closes = inline.InlineBackend.instance().close_figures
    return bool(closes) and "inline" in str(matplotlib.rcParams["backend"]).lower()


class _Drawing:
    """Knows which names of the cell hold figures and axes that the cell itself made."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self._names = names
        self._made: set[str] = set()

    def draws(self, statement: ast.stmt) -> bool:
        """Return whether `statement` draws; what it makes to draw on is known from then on."""
        calls = [node for node in _run(statement) if isinstance(node, ast.Call)]
        draws = [call for call in calls if self._is_drawing(call)]
        if isinstance(statement, (ast.For, ast.AsyncFor)) and self._reads_made(statement.iter):
            self._made |= names_set(statement.target)
            draws = draws or [call for call in calls if self._is_drawing(call)]
        reads = isinstance(statement, ast.Assign) and self._reads_made(statement.value)
        if isinstance(statement, ast.Assign) and (draws or reads):
            for target in statement.targets:
                self._made |= names_set(target)
            return True
        if isinstance(statement, (ast.Assign, ast.AugAssign)) and not draws:
            targets = getattr(statement, "targets", [getattr(statement, "target", None)])
            return any(t is not None and self._root(t) in self._made for t in targets)
        return bool(draws)

    def _reads_made(self, value: ast.expr) -> bool:
        names = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
        return bool(names & self._made)

    def _is_drawing(self, call: ast.Call) -> bool:
        arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
        if any(self._root(argument) in self._made for argument in arguments):
            return True
        function = call.func
        root = self._root(function)
        if root in self._made:
            return True
        live = self._names.get(root)
        module = getattr(live, "__name__", "") if isinstance(live, type(sys)) else ""
        name = getattr(function, "attr", getattr(function, "id", ""))
        if module.startswith("matplotlib.pyplot") or module.partition(".")[0] == "seaborn":
            return name not in ("close", "rcdefaults", "set_theme", "color_palette", "load_dataset")
        if isinstance(function, ast.Name):
            origin = str(getattr(live, "__module__", "")).partition(".")[0]
            return origin in _LIBRARIES and callable(live)
        return _plots(function) and _is_table(live)

    def _root(self, node: ast.expr) -> str:
        while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred, ast.Call)):
            node = node.func if isinstance(node, ast.Call) else node.value
        return node.id if isinstance(node, ast.Name) else ""


def _run(statement: ast.stmt) -> Iterator[ast.AST]:
    if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield from ast.walk(statement)


def _plots(function: ast.expr) -> bool:
    """Return whether a method of a table that draws is called: `.plot(...)`, `.plot.bar(...)`."""
    names = []
    while isinstance(function, (ast.Attribute, ast.Subscript, ast.Call)):
        if isinstance(function, ast.Attribute):
            names.append(function.attr)
        function = function.func if isinstance(function, ast.Call) else function.value
    return bool(_OF_TABLES & set(names[:2]))


def _is_table(value: object) -> bool:
    kind = type(value)
    return kind.__module__.partition(".")[0] in ("pandas", "geopandas", "xarray")
