"""How the names of running code lead back to those of the cell."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from selfcode.records import Effect

Origins = frozenset[Effect]
"""What a value may be a part of, as effects on it; empty when the code itself made it."""

HERE: Origins = frozenset()
MISSING: Any = object()
_PARTS = frozenset("get setdefault cursor items values keys begin pop popleft popitem".split())
_WRAPPERS = frozenset("iter enumerate zip reversed map filter getattr vars next".split())


@dataclass
class Scope:
    """The names of one body: `own` maps what it binds to origins, `outer` tells those of others.

    `value` looks up the live value of a name, or gives `MISSING`. `local` are the names that cannot
    be anybody else's, bound yet or not; in a cell there are none. `opened` tells what an expression
    opens that lasts.
    """

    value: Callable[[str], Any]
    outer: Callable[[str], Origins]
    opened: Callable[[ast.expr, Callable[[ast.expr], Any]], str]
    local: frozenset[str] = frozenset()
    own: dict[str, Origins] = field(default_factory=dict)

    def of_name(self, name: str) -> Origins:
        """Return the origins of the value that `name` has now."""
        if name in self.own:
            return self.own[name]
        return HERE if name in self.local else self.outer(name)

    def origins(self, node: ast.expr | None) -> Origins:
        """Return the origins of what `node` gives."""
        match node:
            case ast.Name():
                return self.of_name(node.id)
            case ast.Attribute() | ast.Subscript() | ast.Starred() | ast.Await():
                return self.origins(node.value)
            case ast.NamedExpr():
                return self.origins(node.value)
            case ast.IfExp():
                return self.origins(node.body) | self.origins(node.orelse)
            case ast.BoolOp():
                return self.union(node.values)
            case ast.Call():
                return self._of_call(node)
        return HERE

    def union(self, nodes: Iterable[ast.expr]) -> Origins:
        """Return the origins of all `nodes` together."""
        return frozenset().union(*map(self.origins, nodes))

    def _of_call(self, node: ast.Call) -> Origins:
        if lasting := self.opened(node, self.live):
            return frozenset({Effect("", lasting)})
        if isinstance(node.func, ast.Attribute) and node.func.attr in _PARTS:
            return self.origins(node.func.value)
        if isinstance(node.func, ast.Name):
            if node.func.id in _WRAPPERS:
                return self.union(node.args)
            if node.func.id == "super":
                return self.of_name("self")
        return HERE

    def elements(self, node: ast.expr) -> Origins:
        """Return the origins of what an iteration over `node` gives."""
        if isinstance(node, (ast.Tuple, ast.List)):
            return self.union(node.elts)
        return self.origins(node)

    def bind(self, target: ast.expr, origins: Origins) -> None:
        """Note that the names in `target` now are parts of `origins`."""
        self.own.update(dict.fromkeys(names_set(target), origins))

    def live(self, node: ast.expr | None) -> Any:
        """Return the live value of a name, an attribute of one or a constant, else `MISSING`.

        Nothing of the user's is run for it.
        """
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return self.value(node.id)
        if isinstance(node, ast.Attribute):
            owner = self.live(node.value)
            if owner is not MISSING:
                return inspect.getattr_static(owner, node.attr, MISSING)
        return MISSING


def names_set(target: ast.AST) -> set[str]:
    """Return the names that a target binds."""
    return _names(target, ast.Store)


def names_read(value: ast.AST | None) -> set[str]:
    """Return the names that `value` reads, without those that are its own, as in comprehensions."""
    return _names(value, ast.Load) - _names(value, ast.Store) if value else set()


def _names(tree: ast.AST, context: type[ast.expr_context]) -> set[str]:
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return {node.id for node in nodes if isinstance(node.ctx, context)}
