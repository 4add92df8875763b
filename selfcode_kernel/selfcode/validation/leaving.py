"""Where a text ends the process, or keeps it from being stopped.

Ending a script from its main part or from a function is ordinary; at the top of a cell it is not.
So is a bare `except`, unless it goes round again for ever.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import cached_property

EXITS = frozenset({"SystemExit", "exit", "quit"})
STOPS = frozenset({"BaseException", "KeyboardInterrupt", "SystemExit", "BaseExceptionGroup"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_WAYS_OUT = (ast.Raise, ast.Return, ast.Break)


class Leaving:
    """The places of a text that end the process or swallow what stops it."""

    def __init__(self, nodes: Sequence[ast.AST]) -> None:
        self._nodes = nodes

    def may_exit(self, node: ast.AST) -> bool:
        """Return whether `node` stands in a function or under `if __name__ == "__main__"`."""
        return id(node) in self._inner

    def only_catches(self, node: ast.AST) -> bool:
        """Return whether `node` is what a handler catches that does not go round for ever."""
        return id(node) in self._caught

    @cached_property
    def endless(self) -> frozenset[int]:
        """The handlers in a `while` loop that let nothing out of it."""
        loops = (node for node in self._nodes if isinstance(node, ast.While))
        inside = (part for loop in loops for part in ast.walk(loop))
        return frozenset(
            id(part)
            for part in inside
            if isinstance(part, ast.ExceptHandler) and not any(map(_leads_out, part.body))
        )

    @cached_property
    def _inner(self) -> frozenset[int]:
        ids: set[int] = set()
        for node in self._nodes:
            if isinstance(node, _FUNCTIONS) or _is_main_part(node):
                ids.update(map(id, ast.walk(node)))
        return frozenset(ids)

    @cached_property
    def _caught(self) -> frozenset[int]:
        return frozenset(
            id(part)
            for node in self._nodes
            if isinstance(node, ast.ExceptHandler) and node.type and id(node) not in self.endless
            for part in _types(node.type)
        )


def _types(caught: ast.expr) -> Iterator[ast.expr]:
    yield from caught.elts if isinstance(caught, ast.Tuple) else [caught]


def _leads_out(statement: ast.stmt) -> bool:
    return any(isinstance(node, _WAYS_OUT) for node in ast.walk(statement))


def _is_main_part(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "__name__ == '__main__'"
