"""Changes of comparisons, arithmetic, conditions and choices."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

from selfcode.generation.search.building import instead, only, swap
from selfcode.generation.search.families import BOTH_SIDES, COMPARISONS, NEAR, OPERATORS, ORDER
from selfcode.generation.search.sheet import Change, Sheet


def compare(sheet: Sheet, node: ast.Compare) -> Iterator[Change]:
    """Yield other comparisons, sides swapped, operands compared by a part."""
    operands = [node.left, *node.comparators]
    for (left, right), operator in zip(itertools.pairwise(operands), node.ops, strict=True):
        old = COMPARISONS[type(operator)]
        for new in COMPARISONS.values():
            apart = (old in ORDER and new in ("in", "not in", "is", "is not")) or old == new
            edit = None if apart else sheet.between(left, right, old, new)
            if edit:
                cost = 0.4 if {old, new} in NEAR else 0.9
                yield Change(cost, (edit,), f"compare with `{new}` instead of `{old}`")
    if len(node.ops) > 1:
        first = sheet.span(node)[0], sheet.span(node.comparators[0])[0]
        last = sheet.span(operands[-2])[1], sheet.span(node)[1]
        yield Change(1.2, (sheet.edit(*first, ""),), "drop the first comparison of the chain")
        yield Change(1.2, (sheet.edit(*last, ""),), "drop the last comparison of the chain")
        return
    right = node.comparators[0]
    yield swap(sheet, node.left, right, 1.0)
    for shape in BOTH_SIDES:
        edits = [
            sheet.put(s, shape.format(sheet.operand(s)), atom=True) for s in (node.left, right)
        ]
        yield Change(1.8, tuple(edits), f"compare `{shape.format('...')}` of both sides")


def binary(sheet: Sheet, node: ast.BinOp) -> Iterator[Change]:
    """Yield other operators, operands swapped or dropped, other parentheses."""
    old = OPERATORS.get(type(node.op), "@")
    for new in OPERATORS.values():
        edit = sheet.between(node.left, node.right, old, new) if new != old else None
        if edit:
            cost = 1.6 if new in ("**", "<<", ">>") else 1.4 if new in "&|^" else 0.8
            yield Change(cost, (edit,), f"use `{new}` instead of `{old}`")
    yield swap(sheet, node.left, node.right, 0.9)
    by_one = isinstance(node.right, ast.Constant) and node.right.value == 1
    yield only(sheet, node, node.left, 0.45 if by_one else 0.9)  # an offset too many
    yield only(sheet, node, node.right, 1.0)
    yield from _regrouped(sheet, node)


def _regrouped(sheet: Sheet, node: ast.BinOp) -> Iterator[Change]:
    """Move a pair of parentheses: `a + b * c` to `(a + b) * c`, `(a + b) * c` to `a + b * c`."""
    outer = OPERATORS.get(type(node.op), "@")
    for inner, other in ((node.left, node.right), (node.right, node.left)):
        if not isinstance(inner, ast.BinOp):
            continue
        a, b, c = sheet.operand(inner.left), sheet.operand(inner.right), sheet.operand(other)
        op = OPERATORS.get(type(inner.op), "@")
        text = (
            f"{a} {op} ({b} {outer} {c})" if inner is node.left else f"({c} {outer} {a}) {op} {b}"
        )
        yield instead(sheet, node, 1.3, text)
        kept = inner.left if inner is node.left else inner.right
        for operator in dict.fromkeys((op, outer)):
            ends = (kept, other) if inner is node.left else (other, kept)
            text = f" {operator} ".join(map(sheet.operand, ends))
            yield instead(sheet, node, 1.4, text)


def boolean(sheet: Sheet, node: ast.BoolOp) -> Iterator[Change]:
    """Yield `and` for `or` and back, and the condition without one of its parts."""
    old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
    for left, right in itertools.pairwise(node.values):
        if edit := sheet.between(left, right, old, new):
            yield Change(0.6, (edit,), f"use `{new}` instead of `{old}`")
    if len(node.values) > 2:
        flipped = f" {new} ".join(sheet.operand(v) for v in node.values)
        yield instead(sheet, node, 0.8, flipped)
    for value in node.values:
        rest = [sheet.operand(v) for v in node.values if v is not value]
        yield instead(sheet, node, 0.9, f" {old} ".join(rest))


def unary(sheet: Sheet, node: ast.UnaryOp) -> Iterator[Change]:
    """Yield the operand alone."""
    yield only(sheet, node, node.operand, 0.7)


def choice(sheet: Sheet, node: ast.IfExp) -> Iterator[Change]:
    """Yield the branches swapped, and each of them alone."""
    yield swap(sheet, node.body, node.orelse, 0.8)
    yield only(sheet, node, node.body, 1.2)
    yield only(sheet, node, node.orelse, 1.2)
