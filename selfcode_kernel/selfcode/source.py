"""Source text as definitions and statements: locate, edit, splice; nothing here executes code.

Lines count from 1. Columns are those of `ast`: UTF-8 bytes from 0.
"""

from __future__ import annotations

import ast
import difflib
import io
import sys
from collections import Counter
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


@dataclass(frozen=True)
class Resumption:
    """What is left to run of a changed cell in which a statement raised.

    `redefined` are the definitions that had run and now have another text: they are to be injected.
    Then `statements` run in order; they keep the line numbers of the new source. `doubled` names
    the values whose contents already took effects that would be taken again: a loop that had begun
    and appended to a list from an earlier cell starts anew, for example.
    """

    redefined: tuple[Definition, ...]
    statements: tuple[ast.stmt, ...]
    doubled: tuple[str, ...]


def resumption(before: str, after: str, failed: Spot) -> Resumption:
    """Return what is left to run of `after` when `before` failed at the spot `failed`.

    Statements that had run and are unchanged are skipped, new imports run. Any other change ahead
    of the failing statement makes everything from there on run again, a changed definition aside.
    A loop or `with` that had begun starts anew, from the statements that gave its accumulators
    their first values when the cell holds them. Raises `SyntaxError`.
    """
    old, new = parse(before).body, parse(after).body
    failing = _index_at(old, failed)
    partner = _align(old, new)
    redefined = _redefined(old[:failing], new, partner)
    first = _first_to_run(new, partner | redefined, failing)
    start = _accumulators_begin(new, first) if first < len(new) else first
    changed = {new[index].lineno for index in redefined if index < start}
    known = partner | {index: old_index for index, old_index in redefined.items() if index < start}
    imports = [s for i, s in enumerate(new[:start]) if i not in known]
    kept = max((known[i] + 1 for i in range(start) if i in known), default=0)
    begun = [s for s in old[failing : failing + 1] if isinstance(s, COMPOUND)]
    doubled = set().union(*map(_accumulators, [*old[kept:failing], *begun]))
    rebound = set().union(*map(_bound_names, new[start:]))
    return Resumption(
        tuple(d for d in definitions(after) if d.line in changed),
        (*imports, *new[start:]),
        tuple(sorted(doubled - rebound)),
    )


def _redefined(
    had_run: Sequence[ast.stmt], new: Sequence[ast.stmt], partner: dict[int, int]
) -> dict[int, int]:
    """Map the index of each changed definition to that of the only one of its name that had run."""
    ran = {i: s.name for i, s in enumerate(had_run) if isinstance(s, DEFINITION)}
    taken = set(partner.values())
    by_name = {name: index for index, name in ran.items() if index not in taken}
    names = Counter([*by_name, *(s.name for s in new if isinstance(s, DEFINITION))])
    return {
        index: by_name[s.name]
        for index, s in enumerate(new)
        if index not in partner
        and isinstance(s, DEFINITION)
        and s.name in by_name
        and names[s.name] == 2
    }


def _index_at(body: Sequence[ast.stmt], spot: Spot) -> int:
    """Return the index of the statement that holds `spot` (the first not ended before it)."""
    ends = ((s.end_lineno or s.lineno, s.end_col_offset or 0) for s in body)
    return next((i for i, end in enumerate(ends) if end > spot), len(body))


def _align(old: Sequence[ast.stmt], new: Sequence[ast.stmt]) -> dict[int, int]:
    """Map the index of each unchanged new statement to that of its old one."""
    dumps = [[ast.dump(s) for s in body] for body in (old, new)]
    matcher = difflib.SequenceMatcher(a=dumps[0], b=dumps[1], autojunk=False)
    return {b.b + i: b.a + i for b in matcher.get_matching_blocks() for i in range(b.size)}


def _first_to_run(new: Sequence[ast.stmt], partner: dict[int, int], failing: int) -> int:
    """Return the index in `new` from which everything runs, added imports aside."""
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
    """Return the names whose values `statement` builds upon, so that running it twice doubles.

    What a loop gives a fresh value in each round, before it builds upon it, is not among them.
    """
    if not isinstance(statement, COMPOUND):
        return _built_upon(statement)
    names: set[str] = set()
    fresh: set[str] = set()
    for child in ast.iter_child_nodes(statement):
        names |= _built_upon(child) - fresh
        fresh |= _bound_names(child)
    return names


def _built_upon(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in _walk_run(tree):
        if isinstance(node, ast.AugAssign):
            names |= _roots(node.target)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            names |= _names_set(node) & _names_read(node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            in_place = any(
                k.arg == "inplace" and isinstance(k.value, ast.Constant) and k.value.value is True
                for k in node.keywords
            )
            if in_place or node.func.attr in _GROWING:
                names |= _roots(node.func)
    return names


_GROWING = frozenset(
    "append appendleft extend extendleft insert add update pop popleft popitem remove discard "
    "reverse rotate put write writelines subtract".split()
)


def _walk_run(tree: ast.AST) -> Iterable[ast.AST]:
    """Yield the nodes that run when `tree` runs: not the bodies of what it defines."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, (*DEFINITION, ast.Lambda)):
            pending.extend(ast.iter_child_nodes(node))


def _roots(node: ast.expr) -> set[str]:
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred)):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def _accumulators_begin(body: Sequence[ast.stmt], start: int) -> int:
    """Return the first statement before `start` that binds what the statement at `start` builds."""
    wanted = _accumulators(body[start]) if isinstance(body[start], COMPOUND) else set()
    for index in range(start - 1, -1, -1):
        bound = _bound_names(body[index]) & wanted
        if bound:
            start, wanted = index, wanted - bound
    return start


def _bound_names(statement: ast.AST) -> set[str]:
    """Return the names to which `statement` gives a fresh value wherever it runs."""
    if not isinstance(statement, (ast.Assign, ast.AnnAssign)):
        return set()
    return _names_set(statement) - _names_read(statement.value)


def _names_set(statement: ast.Assign | ast.AnnAssign) -> set[str]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return {name for target in targets for name in _names(target, ast.Store)}


def _names_read(value: ast.expr | None) -> set[str]:
    """Return the names that `value` reads, without those that are its own, as in comprehensions."""
    return _names(value, ast.Load) - _names(value, ast.Store) if value else set()


def _names(tree: ast.AST, context: type[ast.expr_context]) -> set[str]:
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return {node.id for node in nodes if isinstance(node.ctx, context)}
