"""A text as it was read: its uses, and where its names and texts stand."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from selfcode.validation.grammar import walk
from selfcode.validation.origins import Origins
from selfcode.validation.scope import Use

Place = tuple[str, ...]
"""The way to a node down from the innermost statement around it, that statement's kind first."""

Spelling = tuple[str, ...]
"""The names of a dotted chain."""


@dataclass(frozen=True, eq=False)
class Reading:
    """The uses of a text, with the trees they were found in (the text's own first)."""

    trees: tuple[ast.Module, ...]
    uses: tuple[Use, ...]
    origins: Origins

    @cached_property
    def texts(self) -> frozenset[str]:
        """Every constant text."""
        constants = (n for t in self.trees for n in walk(t) if isinstance(n, ast.Constant))
        return frozenset(c.value for c in constants if isinstance(c.value, str))

    @cached_property
    def placed(self) -> list[tuple[ast.Attribute | ast.Name, Place]]:
        """Every name and attribute with its place."""
        pairs = (pair for tree in self.trees for pair in _places(tree))
        return [(n, place) for n, place in pairs if isinstance(n, (ast.Attribute, ast.Name))]

    @cached_property
    def place_of(self) -> dict[int, Place]:
        """The places of names and attributes by the id of their node."""
        return {id(node): place for node, place in self.placed}

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name, and the name of every attribute."""
        return frozenset(n.id if isinstance(n, ast.Name) else n.attr for n, _ in self.placed)


def spelling(node: ast.expr) -> Spelling:
    """Return the names of a dotted chain; what it begins with, if not a name, as its dump."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return (node.id if isinstance(node, ast.Name) else ast.dump(node), *reversed(names))


def _places(tree: ast.AST) -> Iterator[tuple[ast.AST, Place]]:
    """Yield each node with its place: its way down from the innermost statement around it."""
    stack: list[tuple[ast.AST, Place]] = [(tree, ())]
    while stack:
        node, place = stack.pop()
        yield node, place
        for name, value in ast.iter_fields(node):
            for index, child in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(child, ast.stmt):
                    stack.append((child, (type(child).__name__,)))
                elif isinstance(child, ast.AST):
                    stack.append((child, (*place, f"{name}{index}")))
