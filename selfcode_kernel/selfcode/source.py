"""Source text as definitions and statements: locate, edit, splice, diff; nothing here executes code.

Lines count from 1. Columns are those of `ast`: UTF-8 bytes from 0.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

COMPOUND = (ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.TryStar)
DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Definition:
    """A top-level `def` or `class`, decorators included: lines `first_line` to `last_line`."""

    name: str
    first_line: int
    last_line: int
    text: str


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
    assert isinstance(tree, ast.Module)  # noqa: S101 - narrows the type of compile's answer
    return tree


def first_line(statement: ast.stmt) -> int:
    """Return the line where `statement` begins, its decorators included."""
    decorators = getattr(statement, "decorator_list", ())
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def definitions(text: str) -> list[Definition]:
    """Return the top-level definitions of `text`, in order; raises `SyntaxError`."""
    lines = text.splitlines(keepends=True)
    found = []
    for statement in parse(text).body:
        if isinstance(statement, DEFINITION):
            first, last = first_line(statement), statement.end_lineno or statement.lineno
            body = "".join(lines[first - 1 : last])
            found.append(Definition(statement.name, first, last, body))
    return found


def definition_at(text: str, line: int) -> Definition | None:
    """Return the top-level definition that holds `line`, or None."""
    return next((d for d in definitions(text) if d.first_line <= line <= d.last_line), None)


def definition_named(text: str, name: str) -> Definition | None:
    """Return the last top-level definition called `name` (the one that wins), or None."""
    return next((d for d in reversed(definitions(text)) if d.name == name), None)


def splice(text: str, definition: Definition, new: str) -> str:
    """Return `text` with `new` in the place of `definition`."""
    lines = text.splitlines(keepends=True)
    if new and not new.endswith("\n") and definition.last_line < len(lines):
        new += "\n"
    return "".join([*lines[: definition.first_line - 1], new, *lines[definition.last_line :]])


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Return `text` with all of `edits` applied; they must not overlap."""
    lines = text.splitlines(keepends=True)
    for edit in sorted(edits, key=lambda e: (e.line, e.column), reverse=True):
        head = _bytes(lines, edit.line)[: edit.column].decode()
        tail = _bytes(lines, edit.end_line)[edit.end_column :].decode()
        lines[edit.line - 1 : edit.end_line] = [head + edit.text + tail]
    return "".join(lines)


def _bytes(lines: Sequence[str], line: int) -> bytes:
    return lines[line - 1].encode() if line <= len(lines) else b""


def unified_diff(before: str, after: str, name: str) -> str:
    """Return the unified diff from `before` to `after`, empty when they are equal."""
    old, new = (text.splitlines() for text in (before, after))
    lines = difflib.unified_diff(old, new, f"{name} (before)", f"{name} (after)", lineterm="")
    return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True)
class Resumption:
    """What is left to run of a changed cell whose statement at `failing_line` raised.

    `statements` run in order, the new source's line numbers kept. `repeats` names the statements
    (first lines, as text) that had already run, wholly or in part, and run again: their effects
    would be doubled on the state that is there now.
    """

    statements: tuple[ast.stmt, ...]
    repeats: tuple[str, ...]


def resumption(before: str, after: str, failing_line: int) -> Resumption:
    """Return what is left to run of `after` when `before` failed at `failing_line`.

    Statements that had run and are unchanged are skipped. New imports run. Any other changed
    statement before the failing one makes everything from there on run again. A loop or `with`
    that had begun starts anew, at the statement that gave its accumulators their first value when
    the cell holds it. Raises `SyntaxError`.
    """
    old, new = parse(before).body, parse(after).body
    failing = _index_at(old, failing_line)
    partner = _align(old, new)
    start = _start(old, new, partner, failing)
    if (
        start < len(new)
        and isinstance(new[start], COMPOUND)
        and partner.get(start, failing) >= failing
    ):
        start = _accumulators_begin(new, start)
    head = [s for i, s in enumerate(new[:start]) if i not in partner]
    repeated = [partner[i] for i in range(start, len(new)) if partner.get(i, failing) < failing]
    lines = before.splitlines()
    names = [lines[old[i].lineno - 1].strip() for i in repeated]
    if failing < len(old) and isinstance(old[failing], COMPOUND) and start_repeats(old[failing]):
        names.append(lines[old[failing].lineno - 1].strip())
    return Resumption((*head, *new[start:]), tuple(names))


def start_repeats(statement: ast.stmt) -> bool:
    """Return whether running `statement` again may double effects: it changes state in place."""
    return bool(_accumulators(statement))


def _index_at(body: Sequence[ast.stmt], line: int) -> int:
    """Return the index of the statement that holds `line` (the first not ended before it)."""
    ends = (i for i, s in enumerate(body) if (s.end_lineno or s.lineno) >= line)
    return next(ends, len(body))


def _align(old: Sequence[ast.stmt], new: Sequence[ast.stmt]) -> dict[int, int]:
    """Map the index of each unchanged new statement to that of its old one."""
    dumps = [[ast.dump(s) for s in body] for body in (old, new)]
    matcher = difflib.SequenceMatcher(None, *dumps, autojunk=False)
    return {b.b + i: b.a + i for b in matcher.get_matching_blocks() for i in range(b.size)}


def _start(
    old: Sequence[ast.stmt], new: Sequence[ast.stmt], partner: dict[int, int], failing: int
) -> int:
    """Return the index in `new` from which everything runs."""
    done = 0
    for index, statement in enumerate(new):
        if index in partner:
            if partner[index] >= failing:
                return index
            done = partner[index] + 1
        elif done >= failing or not isinstance(statement, (ast.Import, ast.ImportFrom)):
            return index
    return len(new)


def _accumulators(statement: ast.stmt) -> set[str]:
    """Return the names whose values `statement` changes in place or builds upon."""
    names: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.AugAssign):
            names |= _roots(node.target)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, (ast.Subscript, ast.Attribute)):
                    names |= _roots(target)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            if isinstance(node.value.func, ast.Attribute):
                names |= _roots(node.value.func)
    return names


def _roots(node: ast.expr) -> set[str]:
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def _accumulators_begin(body: Sequence[ast.stmt], start: int) -> int:
    """Return the first statement before `start` that binds what the statement at `start` builds."""
    wanted = _accumulators(body[start])
    for index in range(start - 1, -1, -1):
        if not wanted:
            break
        bound = _bound_names(body[index])
        if bound & wanted:
            start, wanted = index, wanted - bound
    return start


def _bound_names(statement: ast.stmt) -> set[str]:
    if not isinstance(statement, (ast.Assign, ast.AnnAssign)):
        return set()
    return {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
