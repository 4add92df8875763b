"""Operators between a text and a number, a list, a path: one side has to be converted."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, KeysView, Sequence, ValuesView
from typing import Any

from selfcode.generation.rules.counters import loop_of
from selfcode.generation.rules.live import is_kind
from selfcode.generation.rules.path_sums import path_and_text
from selfcode.generation.rules.site import Proposal, Site, text_in
from selfcode.source import Edit

_NUMBER = re.compile(r"[-+]?\d+(?:_\d+)*(?:\.\d*)?(?:[eE][-+]?\d+)?|[-+]?\.\d+")
_SAMPLE = 200
_COUNTING = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Pow)


def mixed_operands(site: Site) -> Iterator[Proposal]:
    """Propose to convert one side of an operator between a text and a number (or list, path)."""
    operation = _operation(site)
    if operation is None:
        return
    left, right, operator = operation
    values = site.live.known(left, site), site.live.known(right, site)
    kinds = _kinds(site, values)
    if kinds == ("str", "number"):
        yield from _text_and_number(site, left, right, operator, values[0])
    elif kinds == ("number", "str"):
        yield from _text_and_number(site, right, left, operator, values[1])
    elif kinds == ("str", "str") and not isinstance(operator, (ast.Add, ast.Mod)):
        yield from _texts_that_count(site, [left, right])
        yield from _repeated(site, operator, [left, right], values)
    elif isinstance(operator, ast.Mult) and "str" in kinds:
        yield from _repeated(site, operator, [left, right], values)
    elif isinstance(operator, ast.Add):
        yield from _shown_in_text(site, left, right, values)
        yield from _other_sums(site, left, right, values)


def _operation(site: Site) -> tuple[ast.expr, ast.expr, ast.AST] | None:
    node, statement = site.node, site.statement
    if not site.innermost or not isinstance(site.error, TypeError):
        return None
    if isinstance(node, ast.BinOp):
        return node.left, node.right, node.op
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        return node.left, node.comparators[0], node.ops[0]
    if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
        read = ast.Name(statement.target.id, ast.Load())
        return ast.copy_location(read, statement.target), statement.value, statement.op
    return None


def _kinds(site: Site, values: tuple[Any, Any]) -> tuple[str, str]:
    """Return what the two sides are; of a side that is not known: what the exception says."""
    words = {"str": "str", "int": "number", "float": "number", "bool": "number"}
    said = re.findall(r"[\"'](\w+)[\"']", site.message)
    if "concatenate str" in site.message:
        said = ["str", *said]
    kinds = [kind_of(value) for value in values]
    if site in values and len(said) >= 2:
        kinds = [
            words.get(name, "") if k == "" else k for k, name in zip(kinds, said, strict=False)
        ]
    return kinds[0], kinds[1]


def kind_of(value: Any) -> str:
    """Return `str`, `number`, or the empty string for everything else."""
    if isinstance(value, str):
        return "str"
    if is_kind(value, "builtins.int", "builtins.float", "numpy.number", "decimal.Decimal"):
        return "number"
    return ""


def parsed_as(value: Any) -> str:
    """Return `int` or `float` when the text holds a plain number, else the empty string."""
    if not isinstance(value, str) or not _NUMBER.fullmatch(value.strip()):
        return ""
    return "int" if re.fullmatch(r"[-+]?\d+(?:_\d+)*", value.strip()) else "float"


def as_number(site: Site, node: ast.expr) -> Edit | None:
    """Return the edit that reads what `node` gives as a number, if it is a text that holds one."""
    value = site.live.known(node)
    kinds = {parsed_as(other) for other in (value, *_over_loop(site, node))}
    if "" in kinds:
        return None
    kind = "float" if "float" in kinds else "int"
    literal = isinstance(node, ast.Constant)
    return site.put(node, value.strip() if literal else f"{kind}({site.segment(node)})")


def _over_loop(site: Site, node: ast.expr) -> list[Any]:
    """Return the texts that `node` gives for the other items of the loop around."""
    for name in [n.id for n in ast.walk(node) if isinstance(n, ast.Name)]:
        loop = loop_of(site, name)
        items = site.live.known(loop.iter) if loop and isinstance(loop.target, ast.Name) else None
        if isinstance(items, (list, tuple)):
            values = (site.live.known_with(node, name, item) for item in items[:_SAMPLE])
            return [value for value in values if isinstance(value, str)]
    return []


# Texts and numbers ------------------------------------------------------------------------


def _text_and_number(
    site: Site, text: ast.expr, number: ast.expr, operator: ast.AST, value: Any
) -> Iterator[Proposal]:
    """Yield number to text, text to number; which comes first depends on what the text holds."""
    joins = isinstance(operator, ast.Add)
    if joins and parsed_as(value) and _is_joined_after(site):
        return  # a sum in brackets, which is then joined to a text
    shown_text, shown_number = site.segment(text), site.segment(number)
    leaves = _counted_texts(site, text) if not _is_target(site, text) else None
    textual = not parsed_as(value) or _looks_textual(site, text)
    if joins and not _is_target(site, number):
        code = bool(parsed_as(value)) and re.match(r"0\d", value.strip()) is not None
        said = f"`{shown_number}` is a number and is joined to a text"
        if textual or code or not _counts_on(text, number):
            cost = 0.2 if textual else 0.25 if code else 0.7
            yield site.propose(_numbers_as_texts(site, number), said, cost)
    if leaves and not isinstance(operator, (ast.In, ast.NotIn, ast.Mod)):
        said = f"`{shown_text}` is a text that holds a number"
        yield site.propose(leaves, said, 1.2 if joins and textual else 0.3)


def _is_joined_after(site: Site) -> bool:
    """Return whether the failing sum is itself added to a literal text that stands before it."""
    outer = site.parents.get(site.node) if site.node else None
    added = isinstance(outer, ast.BinOp) and isinstance(outer.op, ast.Add)
    return added and outer.right is site.node and text_in(outer.left) is not None  # type: ignore[union-attr]  # a sum


def _numbers_as_texts(site: Site, number: ast.expr) -> list[Edit]:
    """Return the edits that show the number, and those further on in the same sum, as texts."""
    parts = [number, *(right for right in site.added_on() if _is_number(site, right))]
    return [site.put(part, f"str({site.segment(part)})") for part in parts]


def _is_number(site: Site, node: ast.expr) -> bool:
    return kind_of(site.live.known(node)) == "number"


def _texts_that_count(site: Site, parts: Sequence[ast.expr]) -> Iterator[Proposal]:
    """Yield the numbers in two texts that are subtracted, multiplied, divided."""
    if any(_is_target(site, part) for part in parts):
        return
    edits = [_counted_texts(site, part) for part in parts]
    if all(edits):
        shown = " and ".join(f"`{site.segment(part)}`" for part in parts)
        said = f"{shown} are texts that hold numbers"
        yield site.propose(sorted({e for some in edits for e in some or ()}, key=_at), said, 0.3)


def _repeated(
    site: Site, operator: ast.AST, parts: Sequence[ast.expr], values: tuple[Any, Any]
) -> Iterator[Proposal]:
    """Yield the number in a text that says how often something is repeated: `"-" * "20"`."""
    counts = [parsed_as(value) == "int" for value in values]
    if not isinstance(operator, ast.Mult) or counts.count(True) != 1:
        return
    part, other = parts[counts.index(True)], parts[counts.index(False)]
    if isinstance(other, ast.Constant) or isinstance(values[counts.index(False)], list):
        edit = None if _is_target(site, part) else as_number(site, part)
        if edit is not None:
            said = f"`{site.segment(part)}` is a text that holds a number"
            yield site.propose(edit, said, 0.3)


def _at(edit: Edit) -> tuple[int, int]:
    return edit.line, edit.column


def _counted_texts(site: Site, text: ast.expr) -> list[Edit] | None:
    """Return the edits that read each text of the whole calculation as a number.

    None where one of them holds no number: then it is no calculation.
    """
    top: ast.expr = text
    while isinstance(outer := site.parents.get(top), ast.BinOp) and isinstance(outer.op, _COUNTING):
        top = outer
    edits: list[Edit] = []
    for leaf in _leaves(top):
        value = site.live.known(leaf)
        if isinstance(value, str):
            edit = as_number(site, leaf)
            if edit is None:
                return None
            edits.append(edit)
    return edits or None


def _leaves(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, _COUNTING):
        yield from _leaves(node.left)
        yield from _leaves(node.right)
    else:
        yield node


def _counts_on(text: ast.expr, number: ast.expr) -> bool:
    """Return whether the operation goes on counting: from a number, or by a fixed number."""
    first = (number.lineno, number.col_offset) < (text.lineno, text.col_offset)
    fixed = isinstance(number, ast.Constant) and not isinstance(text, ast.Constant)
    return first or fixed


def _is_target(site: Site, node: ast.expr) -> bool:
    return isinstance(site.statement, ast.AugAssign) and node not in site.parents


def _looks_textual(site: Site, text: ast.expr) -> bool:
    """Return whether the expression builds a text: it holds a literal with more than a number."""
    literals = [
        n.value for n in ast.walk(text) if isinstance(n, ast.Constant) and isinstance(n.value, str)
    ]
    keys = {
        n.slice.value
        for n in ast.walk(text)
        if isinstance(n, ast.Subscript) and isinstance(n.slice, ast.Constant)
    }
    if any(not _NUMBER.fullmatch(literal.strip()) for literal in literals if literal not in keys):
        return True
    around = site.parents.get(site.node) if site.node else None
    return isinstance(around, ast.BinOp) and any(
        isinstance(n, ast.Constant) and isinstance(n.value, str) for n in ast.walk(around.right)
    )


# Lists and others -------------------------------------------------------------------------


def _shown_in_text(
    site: Site, left: ast.expr, right: ast.expr, values: tuple[Any, Any]
) -> Iterator[Proposal]:
    """Yield `str(x)` for a list, a date or the like that is joined to a literal text."""
    for text, other, value in ((left, right, values[1]), (right, left, values[0])):
        fits = is_kind(
            value, "builtins.list", "builtins.dict", "builtins.tuple", "builtins.set",
            "datetime.date", "datetime.timedelta",
        ) or (text is left and is_kind(value, "pathlib.PurePath"))  # fmt: skip
        if fits and _looks_textual(site, text):
            shown = site.segment(other)
            said = f"`{shown}` is a {type(value).__name__} and is joined to a text"
            listed = isinstance(value, (list, tuple)) and value
            joined = listed and all(isinstance(item, str) for item in value)
            separator = _separator(text) if joined else ""
            if joined:
                new = f'"{separator or ", "}".join({shown})'
                what = f"`{shown}` are texts, which are joined to one"
                yield site.propose(site.put(other, new), what, 0.3)
            yield site.propose(site.put(other, f"str({shown})"), said, 0.9 if separator else 0.3)


def _separator(text: ast.expr) -> str:
    """Return the sign between parts with which a literal text ends: `"id,"`."""
    ends = re.search(r"[,;|\t]$", text_in(text) or "")
    return ends.group() if ends else ""


def _other_sums(
    site: Site, left: ast.expr, right: ast.expr, values: tuple[Any, Any]
) -> Iterator[Proposal]:
    first, second = values
    shown = site.segment(right)
    if _is_target(site, right):
        return
    if isinstance(second, list) and isinstance(first, (set, range, KeysView, ValuesView)):
        said = f"only a list can be added to a list; `{site.segment(left)}` is none"
        yield site.propose(site.put(left, f"list({site.segment(left)})"), said, 0.3)
    elif isinstance(first, bytes) and isinstance(second, str):
        plain = isinstance(right, ast.Constant) and second.isascii() and shown[:1] in "'\""
        new = f"b{shown}" if plain else f"{site.atom(right)}.encode()"
        yield site.propose(site.put(right, new), f"`{shown}` is a text, not bytes", 0.3)
    elif isinstance(first, str) and isinstance(second, bytes):
        new = f"{site.atom(right)}.decode()"
        yield site.propose(site.put(right, new), f"`{shown}` is bytes, not a text", 0.3)
    elif isinstance(first, list) and isinstance(second, (tuple, set, range)):
        said = f"only a list can be added to a list; `{shown}` is a {type(second).__name__}"
        yield site.propose(site.put(right, f"list({shown})"), said, 0.3)
    elif isinstance(first, list) and kind_of(second):
        said = f"only a list can be added to a list; `{shown}` is one item"
        yield site.propose(site.put(right, f"[{shown}]"), said, 0.6)
    elif is_kind(first, "pathlib.PurePath") and isinstance(site.node, ast.BinOp):
        yield from path_and_text(site, left, right, first)
