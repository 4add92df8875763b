"""One edit at a time: every small change of a source that might be its repair, likeliest first."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from selfcode.generation.search import expressions, statements, whole
from selfcode.generation.search.sheet import Change, Function, Sheet
from selfcode.records import Candidate, Target
from selfcode.source import apply_edits, definitions

NAME = "search"
_ELSEWHERE = 0.5


def edits(
    source: str,
    *,
    target: str | None = None,
    lines: Collection[int] | None = None,
    strings: Collection[str] = (),
) -> Iterator[Candidate]:
    """Yield candidates that change one thing in `source`, the likeliest first.

    Only the text of the change differs: formatting and comments stay. `lines` limits the places to
    statements that ran; what lies outside the definition called `target` costs a little more.
    `strings` are what is spoken of elsewhere, in tests: a string that is nearly one of them may be
    misspelt. The order is always the same. Raises `SyntaxError`.
    """
    sheet = Sheet(source, lines, strings)
    name = Target.parse(target) if target else _first_target(source)
    seen = {source}
    for line, change in sorted(_changes(sheet, name.name), key=lambda found: found[1].cost):
        after = apply_edits(source, change.edits)
        if after not in seen:
            seen.add(after)
            words = f"{change.words} on line {line}"
            yield Candidate(name, source, after, NAME, words, round(change.cost, 2))


def _first_target(source: str) -> Target:
    found = definitions(source)
    return Target("__main__", found[-1].name if found else "<code>")


def _changes(sheet: Sheet, target: str) -> Iterator[tuple[int, Change]]:
    for statement, block, index in sheet.statements:
        more = 0.0 if _is_inside(sheet, statement, target) else _ELSEWHERE
        for change in statements.changes(sheet, statement, block, index):
            yield statement.lineno, _dearer(change, more)
        for node in sheet.expressions(statement):
            for change in expressions.changes(sheet, node):
                yield getattr(node, "lineno", statement.lineno), _dearer(change, more)
        for change in whole.changes(sheet, statement):
            yield statement.lineno, _dearer(change, more)
    for function in ast.walk(sheet.tree):
        if isinstance(function, Function):
            for change in whole.function_changes(sheet, function):
                yield function.lineno, change


def _dearer(change: Change, more: float) -> Change:
    return Change(change.cost + more, change.edits, change.words) if more else change


def _is_inside(sheet: Sheet, node: ast.AST, target: str) -> bool:
    wanted = target.partition(".")[0]
    while node in sheet.parents:
        node = sheet.parents[node]
        if isinstance(node, (Function, ast.ClassDef)) and node.name == wanted:
            return True
    return False
