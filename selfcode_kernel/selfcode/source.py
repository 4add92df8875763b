"""Source text as definitions and statements: locate, edit, splice; nothing here executes code.

Lines count from 1. Columns are those of `ast`: UTF-8 bytes from 0.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

Spot = tuple[int, int]
"""A line and a column."""
END: Spot = (sys.maxsize, 0)

COMPOUND = (ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar)
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITION = (*FUNCTION, ast.ClassDef)


@dataclass(frozen=True)
class Definition:
    """A top-level `def` or `class`, decorators included: lines `first_line` to `last_line`.

    `line` is that of the `def` or `class` itself.
    """

    name: str
    first_line: int
    last_line: int
    text: str
    line: int


@dataclass(frozen=True)
class Edit:
    """Replace what lies between two positions by `text`."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: str

    @classmethod
    def at(cls, node: ast.expr | ast.stmt | ast.keyword | ast.alias | ast.arg, text: str) -> Edit:
        """Return the edit that puts `text` in place of `node`."""
        end_line = node.end_lineno or node.lineno
        return cls(node.lineno, node.col_offset, end_line, node.end_col_offset or 0, text)


def parse(text: str) -> ast.Module:
    """Return the tree of `text`, top-level `await` allowed; raises `SyntaxError`."""
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    try:
        tree = compile(text, "<source>", "exec", flags, dont_inherit=True)
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(f"{type(error).__name__}: {error}") from error
    return cast(ast.Module, tree)


def lines_of(text: str) -> list[str]:
    """Return the lines of `text` with their ends, split where Python's own line numbers split."""
    return io.StringIO(text, newline="").readlines()


def first_line(statement: ast.stmt) -> int:
    """Return the line where `statement` begins, its decorators included."""
    decorators = statement.decorator_list if isinstance(statement, DEFINITION) else []
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def definitions(text: str) -> list[Definition]:
    """Return the top-level definitions of `text`, in order; raises `SyntaxError`."""
    lines = lines_of(text)
    found = []
    for statement in parse(text).body:
        if isinstance(statement, DEFINITION):
            first, last = first_line(statement), statement.end_lineno or statement.lineno
            body = "".join(lines[first - 1 : last])
            found.append(Definition(statement.name, first, last, body, statement.lineno))
    return found


def definition_at(text: str, line: int) -> Definition | None:
    """Return the top-level definition that holds `line`, or None."""
    return next((d for d in definitions(text) if d.first_line <= line <= d.last_line), None)


def definition_named(text: str, name: str) -> Definition | None:
    """Return the last top-level definition called `name` (the one that wins), or None."""
    return next((d for d in reversed(definitions(text)) if d.name == name), None)


def splice(text: str, definition: Definition, new: str) -> str:
    """Return `text` with `new` in the place of `definition`."""
    lines = lines_of(text)
    if new and not new.endswith("\n") and definition.last_line < len(lines):
        new += "\n"
    return "".join([*lines[: definition.first_line - 1], new, *lines[definition.last_line :]])


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Return `text` with all of `edits` applied; they must not overlap."""
    lines = lines_of(text)
    for edit in sorted(edits, key=lambda e: (e.line, e.column), reverse=True):
        head = _bytes(lines, edit.line)[: edit.column].decode()
        tail = _bytes(lines, edit.end_line)[edit.end_column :].decode()
        lines[edit.line - 1 : edit.end_line] = [head + edit.text + tail]
    return "".join(lines)


def _bytes(lines: Sequence[str], line: int) -> bytes:
    return lines[line - 1].encode() if line <= len(lines) else b""
