"""Edits that are one thought at several places: swap two names, flip every flag, a constant."""

from __future__ import annotations

import ast
import itertools
from collections import defaultdict
from collections.abc import Iterator

from selfcode.generation.search.sheet import Change, Function, Sheet


def changes(sheet: Sheet, statement: ast.stmt) -> Iterator[Change]:
    """Yield coupled edits of the expressions that `statement` itself evaluates."""
    places = _places(sheet.expressions(statement))
    known = set(sheet.stock(statement).names)
    for (a, at_a), (b, at_b) in itertools.combinations(places.items(), 2):
        if {a, b} <= known:
            edits = [
                *(sheet.put(n, b, atom=True) for n in at_a),
                *(sheet.put(n, a, atom=True) for n in at_b),
            ]
            yield Change(1.5, tuple(edits), f"swap `{a}` and `{b}`")
    for old, at in places.items():
        for new in sheet.stock(statement).names:
            if len(at) > 1 and old in known and new != old:
                edits = [sheet.put(n, new, atom=True) for n in at]
                yield Change(1.8, tuple(edits), f"use `{new}` instead of `{old}` throughout")


def _places(nodes: Iterator[ast.expr]) -> dict[str, list[ast.Name]]:
    places: dict[str, list[ast.Name]] = defaultdict(list)
    for node in nodes:
        if isinstance(node, ast.Name):
            places[node.id].append(node)
    return places


def function_changes(sheet: Sheet, function: Function) -> Iterator[Change]:
    """Yield coupled edits all over `function`."""
    inside = [s for s, _, _ in sheet.everything if sheet.scope(s) is function]
    if not any(map(sheet.wanted, inside)):
        return
    nodes = [node for statement in inside for node in sheet.expressions(statement)]
    constants: dict[str, list[ast.expr]] = defaultdict(list)
    for node in nodes:
        if isinstance(node, ast.Constant):
            constants[sheet.text(node)].append(node)
    flags = [*constants["True"], *constants["False"]]
    if constants["True"] and constants["False"]:
        edits = [sheet.put(n, str(sheet.text(n) == "False"), atom=True) for n in flags]
        yield Change(1.0, tuple(edits), "swap True and False throughout")
    for old, at in constants.items():
        for new in _others(old) if len(at) > 1 else ():
            edits = [sheet.put(n, new, atom=True) for n in at]
            yield Change(1.4, tuple(edits), f"use `{new}` instead of `{old}` throughout")


def _others(text: str) -> list[str]:
    if text in ("''", '""', "' '", '" "'):
        return ["' '"] if len(text) == 2 else ["''"]
    if not text.isdecimal():
        return []
    value = int(text)
    return [str(v) for v in (value + 1, value - 1, 0, 1, 2) if v != value]
