"""The changes that most operators are made of: replace, swap, keep a part, drop one of several."""

from __future__ import annotations

import ast
from typing import Any

from selfcode.generation.search.sheet import Change, Sheet


def short(sheet: Sheet, node: ast.AST) -> str:
    """Return the text of `node` in one line of a length that fits into a sentence."""
    text = " ".join(sheet.text(node).split())
    return text if len(text) <= 40 else f"{text[:36]} ..."


def instead(sheet: Sheet, node: ast.expr, cost: float, text: str, *, atom: bool = False) -> Change:
    """Return the change that puts `text` in the place of `node`."""
    edit = sheet.put(node, text, atom=atom)
    return Change(cost, (edit,), f"use `{text}` instead of `{short(sheet, node)}`")


def swap(sheet: Sheet, left: ast.expr, right: ast.expr, cost: float) -> Change:
    """Return the change that swaps two expressions."""
    edits = (
        sheet.put(left, sheet.operand(right), atom=True),
        sheet.put(right, sheet.operand(left), atom=True),
    )
    return Change(cost, edits, f"swap `{short(sheet, left)}` and `{short(sheet, right)}`")


def only(sheet: Sheet, node: ast.expr, part: ast.expr, cost: float) -> Change:
    """Return the change that leaves only `part` of `node`."""
    return instead(sheet, node, cost, sheet.operand(part), atom=True)


def without(sheet: Sheet, items: list[Any], index: int, cost: float) -> Change:
    """Drop one of several items that commas separate."""
    if index + 1 < len(items):
        span = sheet.span(items[index])[0], sheet.span(items[index + 1])[0]
    else:
        span = sheet.span(items[index - 1])[1], sheet.span(items[index])[1]
    return Change(cost, (sheet.edit(*span, ""),), f"drop `{short(sheet, items[index])}`")
