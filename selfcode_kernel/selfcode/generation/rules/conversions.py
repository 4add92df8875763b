"""Values of the wrong type where the code itself says which type was meant."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, cast

from selfcode.generation.rules.live import is_kind
from selfcode.generation.rules.site import Proposal, Site, text_in
from selfcode.generation.rules.sums import as_number, kind_of, mixed_operands, parsed_as

_SAMPLE = 200
_WRAPPED = (ast.Name, ast.Constant, ast.Attribute, ast.Subscript, ast.Call, ast.JoinedStr)


def numbers_joined(site: Site) -> Iterator[Proposal]:
    """Propose `map(str, xs)` for `", ".join(xs)` where items are no texts."""
    node = site.node
    if "expected str instance" not in site.message or not isinstance(node, ast.Call):
        return
    if isinstance(node.func, ast.Attribute) and node.func.attr == "join" and len(node.args) == 1:
        argument = node.args[0]
        shown = site.segment(argument)
        if isinstance(argument, ast.GeneratorExp) and not shown.startswith("("):
            shown = f"({shown})"
        said = f"the items of `{shown}` are not all texts"
        yield site.propose(site.put(argument, f"map(str, {shown})"), said, 0.2)


def texts_summed(site: Site) -> Iterator[Proposal]:
    """Propose to convert the items for `sum`, `max` and the like over texts that hold numbers."""
    node = site.node
    if not isinstance(site.error, TypeError) or not isinstance(node, ast.Call):
        return
    if not isinstance(node.func, ast.Name) or node.func.id not in ("sum", "max", "min", "sorted"):
        return
    items = site.live.known(node.args[0]) if node.args else None
    if not isinstance(items, (list, tuple, set, frozenset)) and not is_kind(
        items, "pandas.Series", "collections.abc.ValuesView", "collections.abc.KeysView"
    ):
        return
    sample = list(islice(cast(Iterable[Any], items), _SAMPLE))
    kinds = {parsed_as(item) or kind_of(item) for item in sample}
    if not kinds or not kinds <= {"int", "float", "number"} or kinds == {"number"}:
        return
    kind = "float" if "float" in kinds else "int"
    shown = site.segment(node.args[0])
    said = f"`{shown}` holds numbers as texts"
    yield site.propose(site.put(node.args[0], f"map({kind}, {shown})"), said, 0.3)


def text_as_number(site: Site) -> Iterator[Proposal]:
    """Propose to convert an argument that a function wants as a number."""
    signs = (
        "must be real number, not str", "'str' object cannot be interpreted as an integer",
        "doesn't define __round__", "bad operand type for", "a real number is required, not str",
        "an integer is required", "%d format", "must be an integer, not", "not str",
        "between instances of 'int' and 'str'", "between instances of 'str' and 'int'",
        "unsupported type for", '(not "int") to str',
    )  # fmt: skip
    if not isinstance(site.error, TypeError) or not any(sign in site.message for sign in signs):
        return
    found = [(part, edit) for part in _given(site.node) if (edit := as_number(site, part))]
    together = len(found) > 1 and not _takes_texts(site)
    if together:
        shown = ", ".join(f"`{site.segment(part)}`" for part, _ in found)
        said = f"{shown} are texts that hold numbers"
        yield site.propose([edit for _, edit in found], said, 0.3)
    for part, edit in found:
        said = f"`{site.segment(part)}` is a text that holds a number"
        yield site.propose(edit, said, 0.9 if together else 0.3)
    yield from _spread_texts(site)


def _takes_texts(site: Site) -> bool:
    """Return whether it is a method of a text that is called: it takes texts as well."""
    function = site.node.func if isinstance(site.node, ast.Call) else None
    return isinstance(function, ast.Attribute) and isinstance(
        site.live.known(function.value, ""), str
    )


def _spread_texts(site: Site) -> Iterator[Proposal]:
    """Yield `date(*map(int, parts))` for `date(*parts)` over texts that hold whole numbers."""
    for part in site.node.args if isinstance(site.node, ast.Call) else ():
        items = site.live.known(part.value) if isinstance(part, ast.Starred) else None
        if not isinstance(part, ast.Starred) or not isinstance(items, (list, tuple)):
            continue
        if items and all(parsed_as(item) == "int" for item in items):
            shown = site.segment(part.value)
            said = f"`{shown}` holds numbers as texts"
            yield site.propose(site.put(part.value, f"map(int, {shown})"), said, 0.3)


def _given(node: ast.expr | None) -> list[ast.expr]:
    if isinstance(node, ast.Call):
        return [*node.args, *(k.value for k in node.keywords)]
    if isinstance(node, ast.UnaryOp):
        return [node.operand]
    if isinstance(node, ast.BinOp):
        return list(node.right.elts) if isinstance(node.right, ast.Tuple) else [node.right]
    return [node.slice] if isinstance(node, ast.Subscript) else []


def whole_number(site: Site) -> Iterator[Proposal]:
    """Propose `//` or `int()` where a float is given for a count or an index."""
    signs = (
        "'float' object cannot be interpreted as an integer", "indices must be integers",
        "slice indices must be", "only integers, slices", "integer scalar arrays",
        "float64' object cannot be", "expected an integer", "sequence of integers",
        "can't multiply sequence by non-int", "an integer is required",
    )  # fmt: skip
    if not any(sign in site.message for sign in signs):
        return
    parts = _counts(site.node)
    if any(parsed_as(site.live.known(part)) for part in parts):
        return
    for part in parts:
        value = site.live.known(part)
        if not is_kind(value, "builtins.float", "numpy.floating"):
            continue
        shown = site.segment(part)
        division = _division(site, part)
        if division is not None:
            said = f"`{shown}` is a float; a whole number is needed"
            yield site.propose(site.new_operator(division, "/", "//"), said, 0.2)
        elif float(value).is_integer():
            said = f"`{shown}` is the float {value:g}; a whole number is needed"
            yield site.propose(site.put(part, f"int({shown})"), said, 0.3)


def _division(site: Site, part: ast.expr) -> ast.BinOp | None:
    """Return the division that gives `part` its value: itself, or the only one assigned to it."""
    values = [part]
    if isinstance(part, ast.Name):
        values = [
            n.value
            for n in site.nodes
            if isinstance(n, ast.Assign) and [site.segment(t) for t in n.targets] == [part.id]
        ]
    divisions = [v for v in values if isinstance(v, ast.BinOp) and isinstance(v.op, ast.Div)]
    return divisions[0] if len(values) == 1 and divisions else None


def _counts(node: ast.expr | None) -> list[ast.expr]:
    """Return the parts that must be whole: arguments, indices, bounds of slices, repetitions."""
    given = [node.left, node.right] if isinstance(node, ast.BinOp) else _given(node)
    found: list[ast.expr] = []
    for part in given:
        bounds = [part.lower, part.upper, part.step] if isinstance(part, ast.Slice) else [part]
        for bound in bounds:
            if isinstance(bound, (ast.Tuple, ast.List)):
                found.extend(e for e in bound.elts for e in _bounds_of(e))
            elif bound is not None:
                found.append(bound)
    return found


def _bounds_of(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.Slice):
        return [part for part in (node.lower, node.upper, node.step) if part is not None]
    return [node]


def text_formatted(site: Site) -> Iterator[Proposal]:
    """Propose the number in a text that is formatted as a number: `f"{price:.2f}"`."""
    found = re.search(r"Unknown format code '(\w)' for object of type 'str'", site.message)
    if found is None:
        return
    parts = [
        n.value for n in site.inside()
        if isinstance(n, ast.FormattedValue) and _spec_of(n).endswith(found.group(1))
    ]  # fmt: skip
    parts += _given(site.node) if isinstance(site.node, ast.Call) else []
    edits = [edit for part in parts if (edit := as_number(site, part)) is not None]
    if edits:
        shown = ", ".join(f"`{site.segment(part)}`" for part in parts)
        yield site.propose(edits, f"{shown} is formatted as a number, but is a text", 0.3)


def _spec_of(node: ast.FormattedValue) -> str:
    spec = node.format_spec
    last = spec.values[-1] if isinstance(spec, ast.JoinedStr) and spec.values else None
    return text_in(last) or ""


def dirty_number(site: Site) -> Iterator[Proposal]:
    """Propose how to read a text such as `3.5`, `1,000` or `$5` as the number that it shows."""
    node = site.node
    found = re.search(
        r"(?:could not convert string to float|invalid literal for int\(\)[^:]*): (['\"])(.*)\1",
        site.message,
    )
    if found is None or not isinstance(node, ast.Call):
        return
    text = found.group(2)
    if isinstance(node.func, ast.Name) and node.func.id in ("int", "float") and len(node.args) == 1:
        yield from _cleaned(site, node, node.func.id, text)
    elif isinstance(node.func, ast.Attribute) and node.func.attr == "astype":
        yield from _cleaned_column(site, node.func.value, text)


def _cleaned(site: Site, node: ast.Call, kind: str, text: str) -> Iterator[Proposal]:
    shown = site.segment(node.args[0])
    clean, methods = _cleaning(text)
    parsed = parsed_as(clean)
    if not parsed or (methods and not isinstance(node.args[0], _WRAPPED)):
        return
    whole = kind == "int" and parsed == "float"
    new = f"{shown}{methods}"
    new = f"int(float({new}))" if whole else f"{kind}({new})"
    said = f"the text {text!r} is not written as {'an int' if kind == 'int' else 'a float'}"
    if whole and not float(clean).is_integer():
        yield site.propose(site.put(node, f"float({shown}{methods})"), said, 1.4)
    yield site.propose(site.put(node, new), said, 0.4)


def _cleaning(text: str) -> tuple[str, str]:
    """Return the plain number in `text`, and the string methods that take the rest away."""
    clean, methods = text.strip(), ""
    for sign in "$€£%":
        if sign in clean:
            clean, methods = clean.replace(sign, ""), f'{methods}.replace("{sign}", "")'
    if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?", clean.strip()):
        clean, methods = clean.replace(",", ""), f'{methods}.replace(",", "")'
    return ("", "") if "%" in text else (clean.strip(), methods)


def _cleaned_column(site: Site, column: ast.expr, text: str) -> Iterator[Proposal]:
    clean, methods = _cleaning(text)
    if not methods or not parsed_as(clean):
        return
    chain = methods.replace(".replace(", ".str.replace(").replace('"")', '"", regex=False)')
    said = f"the column holds texts such as {text!r}"
    yield site.propose(site.put(column, f"{site.atom(column)}{chain}"), said, 0.5)


CONVERSIONS = (
    mixed_operands, numbers_joined, texts_summed, text_as_number, whole_number, dirty_number,
    text_formatted,
)  # fmt: skip
