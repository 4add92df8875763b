"""Values of the wrong type where the code itself says which type was meant."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, cast

from selfcode.generation.rules.live import is_kind
from selfcode.generation.rules.site import Proposal, Site

_SAMPLE = 200
_NUMBER = re.compile(r"[-+]?\d+(?:_\d+)*(?:\.\d*)?(?:[eE][-+]?\d+)?|[-+]?\.\d+")
_WRAPPED = (ast.Name, ast.Constant, ast.Attribute, ast.Subscript, ast.Call, ast.JoinedStr)


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
    elif isinstance(operator, ast.Add):
        yield from _shown_in_text(site, left, right, values)
        yield from _other_sums(site, right, values)


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
    kinds = [_kind(value) for value in values]
    if site in values and len(said) >= 2:
        kinds = [
            words.get(name, "") if k == "" else k for k, name in zip(kinds, said, strict=False)
        ]
    return kinds[0], kinds[1]


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "str"
    if is_kind(value, "builtins.int", "builtins.float", "numpy.number", "decimal.Decimal"):
        return "number"
    return ""


def _text_and_number(
    site: Site, text: ast.expr, number: ast.expr, operator: ast.AST, value: Any
) -> Iterator[Proposal]:
    """Yield number to text, text to number; which comes first depends on what the text holds."""
    parsed = _parsed_as(value)
    joins = isinstance(operator, ast.Add)
    shown_text, shown_number = site.segment(text), site.segment(number)
    if joins and not _is_target(site, number):
        said = f"`{shown_number}` is a number and is joined to a text"
        textual = not parsed or _looks_textual(site, text)
        cost = 0.2 if textual else 1.0 if _counts_on(text, number) else 0.7
        yield site.propose(site.put(number, f"str({shown_number})"), said, cost)
    if parsed and not isinstance(operator, (ast.In, ast.NotIn, ast.Mod)):
        if _is_target(site, text):
            return
        literal = isinstance(text, ast.Constant)
        new = value.strip() if literal else f"{parsed}({shown_text})"
        said = f"`{shown_text}` is a text that holds a number"
        cost = 0.3 if not (joins and _looks_textual(site, text)) else 1.2
        yield site.propose(site.put(text, new), said, cost)


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


def _parsed_as(value: Any) -> str:
    """Return `int` or `float` when the text holds a plain number, else the empty string."""
    if not isinstance(value, str) or not _NUMBER.fullmatch(value.strip()):
        return ""
    return "int" if re.fullmatch(r"[-+]?\d+(?:_\d+)*", value.strip()) else "float"


def _shown_in_text(
    site: Site, left: ast.expr, right: ast.expr, values: tuple[Any, Any]
) -> Iterator[Proposal]:
    """Yield `str(x)` for a list, a date or the like that is joined to a literal text."""
    for text, other, value in ((left, right, values[1]), (right, left, values[0])):
        fits = is_kind(
            value, "builtins.list", "builtins.dict", "builtins.tuple", "builtins.set",
            "datetime.date", "datetime.timedelta",
        )  # fmt: skip
        if fits and _looks_textual(site, text):
            shown = site.segment(other)
            said = f"`{shown}` is a {type(value).__name__} and is joined to a text"
            yield site.propose(site.put(other, f"str({shown})"), said, 0.3)


def _other_sums(site: Site, right: ast.expr, values: tuple[Any, Any]) -> Iterator[Proposal]:
    first, second = values
    shown = site.segment(right)
    if _is_target(site, right):
        return
    if isinstance(first, list) and isinstance(second, (tuple, set, range)):
        said = f"only a list can be added to a list; `{shown}` is a {type(second).__name__}"
        yield site.propose(site.put(right, f"list({shown})"), said, 0.3)
    elif isinstance(first, list) and _kind(second):
        said = f"only a list can be added to a list; `{shown}` is one item"
        yield site.propose(site.put(right, f"[{shown}]"), said, 0.6)
    elif is_kind(first, "pathlib.PurePath") and isinstance(site.node, ast.BinOp):
        edit = site.new_operator(site.node, "+", "/")
        yield site.propose(edit, "parts of a path are joined with `/`", 0.5)


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
    kinds = {_parsed_as(item) or _kind(item) for item in sample}
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
    )  # fmt: skip
    if not isinstance(site.error, TypeError) or not any(sign in site.message for sign in signs):
        return
    for part in _given(site.node):
        value = site.live.known(part)
        kind = _parsed_as(value)
        if kind:
            shown = site.segment(part)
            new = value.strip() if isinstance(part, ast.Constant) else f"{kind}({shown})"
            yield site.propose(site.put(part, new), f"`{shown}` is a text that holds a number", 0.3)


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
    if any(_parsed_as(site.live.known(part)) for part in parts):
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
    parsed = _parsed_as(clean)
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
    if not methods or not _parsed_as(clean):
        return
    chain = methods.replace(".replace(", ".str.replace(").replace('"")', '"", regex=False)')
    said = f"the column holds texts such as {text!r}"
    yield site.propose(site.put(column, f"{site.atom(column)}{chain}"), said, 0.5)


CONVERSIONS = (
    mixed_operands, numbers_joined, texts_summed, text_as_number, whole_number, dirty_number,
)  # fmt: skip
