"""Edits inside one expression: operators, constants, names, calls, bounds, wraps."""

from __future__ import annotations

import ast
import builtins
import difflib
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from selfcode.generation.search import operators
from selfcode.generation.search.building import instead, only, short, swap, without
from selfcode.generation.search.families import FUNCTIONS, KEYS, METHODS, WRAPS
from selfcode.generation.search.sheet import Change, Sheet


def changes(sheet: Sheet, node: ast.expr) -> Iterator[Change]:
    """Yield the edits of one expression, in no order."""
    if isinstance(node, (ast.JoinedStr, ast.Starred)):
        return
    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
        yield from _stored(sheet, node)
        return
    if (special := _SPECIAL.get(type(node))) is not None:
        yield from special(sheet, node)
    if _is_callee(sheet, node) or isinstance(node, ast.Slice) or sheet.is_long:
        return
    if not isinstance(node, ast.Constant):
        yield from _wraps(sheet, node)
    yield from _arithmetic(sheet, node)
    yield from _replacements(sheet, node)
    if is_condition(sheet, node):
        yield from _conditions(sheet, node)


def _is_callee(sheet: Sheet, node: ast.expr) -> bool:
    parent = sheet.parents[node]
    return isinstance(parent, ast.Call) and parent.func is node


def is_condition(sheet: Sheet, node: ast.expr) -> bool:
    """Whether `node` is asked for its truth."""
    parent = sheet.parents[node]
    if isinstance(parent, (ast.If, ast.While, ast.IfExp, ast.Assert)):
        return parent.test is node
    if isinstance(parent, ast.comprehension):
        return node in parent.ifs
    boolean = isinstance(node, (ast.Compare, ast.BoolOp))
    return boolean and isinstance(parent, (ast.Return, ast.Assign, ast.GeneratorExp, ast.ListComp))


def _constant(sheet: Sheet, node: ast.Constant) -> Iterator[Change]:
    stock = sheet.stock(node)
    others = [_other_values(node.value), _spoken_of(sheet, node.value)]
    for cost, text in itertools.chain(*others, ((1.1, c) for c in stock.constants)):
        yield instead(sheet, node, cost, text, atom=not text.startswith("-"))


def _spoken_of(sheet: Sheet, value: Any) -> Iterator[tuple[float, str]]:
    """Yield what a string may be meant to be: nearly the same word, another sign."""
    if isinstance(value, str) and len(value) > 2:
        near = difflib.get_close_matches(value, sheet.words, 3, 0.75)
        yield from ((0.7, repr(word)) for word in near if word != value)
    elif isinstance(value, str) and not value.isalnum():
        yield from ((1.4, repr(sign)) for sign in sheet.signs if sign != value)


def _other_values(value: Any) -> Iterator[tuple[float, str]]:
    if isinstance(value, bool):
        yield from [(0.5, str(not value)), (1.5, "None")]
    elif isinstance(value, (int, float)):
        near = {
            value + 1: 0.5,
            value - 1: 0.5,
            -value: 0.8,
            0: 0.7,
            1: 0.7,
            2: 0.9,
            -1: 0.9,
            10: 1.2,
        }
        far = {
            3: 1.3,
            value * 2: 1.3,
            value + 2: 1.5,
            value - 2: 1.5,
            value * 10: 1.9,
            value / 10: 1.9,
        }
        yield from ((cost, repr(v)) for v, cost in {**far, **near}.items() if v != value)
        yield from [
            (1.8, "None"),
            (1.5, "float('inf')"),
            (1.5, "-float('inf')"),
            (1.9, "[]"),
            (2.0, "''"),
        ]
    elif isinstance(value, str):
        others = [
            "",
            " ",
            value.strip(),
            value.upper(),
            value.lower(),
            value + " ",
            value[1:],
            value[:-1],
        ]
        others += [value[::-1], value + value.upper(), value + value.lower(), ",", "\n", "0", "1"]
        yield from ((1.0, repr(other)) for other in others if other != value)
        if 1 < len(value) <= 40:
            yield from ((1.5, repr(value[:i] + value[i + 1 :])) for i in range(len(value)))
    elif value is None:
        yield from ((1.0, text) for text in ("0", "''", "False", "True", "[]"))


def _name(sheet: Sheet, node: ast.Name) -> Iterator[Change]:
    callee = _is_callee(sheet, node)
    for family in FUNCTIONS:
        if node.id in family:
            yield from (instead(sheet, node, 0.8, o, atom=True) for o in family if o != node.id)
    if callee:
        others = sheet.stock(node).functions
        yield from (instead(sheet, node, 1.3, o, atom=True) for o in others if o != node.id)
    elif not hasattr(builtins, node.id):
        stock = sheet.stock(node)
        for other in stock.names:
            if other != node.id:
                cost = 0.8 + 0.3 * (other not in stock.unused)
                yield instead(sheet, node, cost, other, atom=True)


def _attribute(sheet: Sheet, node: ast.Attribute) -> Iterator[Change]:
    last = sheet.span(node)[1]
    first = last - len(node.attr.encode())
    near = [o for family in METHODS if node.attr in family for o in family]
    far = sheet.stock(node).attributes
    for cost, other in [*((0.8, o) for o in near), *((1.4, o) for o in far)]:
        if other != node.attr:
            edit = sheet.edit(first, last, other)
            yield Change(cost, (edit,), f"use `.{other}` instead of `.{node.attr}`")
    if not _is_callee(sheet, node):
        yield only(sheet, node, node.value, 1.4)


def _called(sheet: Sheet, node: ast.Call) -> Iterator[Change]:
    args = node.args
    for left, right in itertools.combinations(args, 2):
        yield swap(sheet, left, right, 0.8)
    items = [*args, *node.keywords]
    if len(items) > 1:
        for index, item in enumerate(items):
            yield without(sheet, items, index, 1.0 if isinstance(item, ast.keyword) else 1.4)
    for arg in args:
        if not isinstance(arg, (ast.Starred, ast.GeneratorExp)):
            yield only(sheet, node, arg, 1.0)
    if isinstance(node.func, ast.Attribute):
        yield only(sheet, node, node.func.value, 1.1)
    for index, atom in enumerate(sheet.stock(node).atoms[: sheet.breadth]):
        yield from _added_argument(sheet, node, 2.0 + 0.05 * index, atom)
    name = sheet.text(node.func).rpartition(".")[2]
    if name == "range":
        yield from _range(sheet, node)
    if name in ("sorted", "sort", "max", "min"):
        yield from _ordering(sheet, node, name)


def _added_argument(sheet: Sheet, node: ast.Call, cost: float, text: str) -> Iterator[Change]:
    """Add an argument behind the others; none to what has a lone generator in it."""
    if node.args and isinstance(node.args[0], ast.GeneratorExp):
        return
    at = sheet.span(node)[1] - 1
    separator = ", " if node.args or node.keywords else ""
    edit = sheet.edit(at, at, f"{separator}{text}")
    yield Change(cost, (edit,), f"add the argument `{text}` to `{short(sheet, node)}`")


def _range(sheet: Sheet, node: ast.Call) -> Iterator[Change]:
    args = [sheet.text(arg) for arg in node.args]
    if len(args) == 1:
        end = sheet.operand(node.args[0])
        shapes = [
            (1.0, "1, {0}"),
            (1.0, "{0} + 1"),
            (1.1, "1, {0} + 1"),
            (1.0, "{0} - 1"),
            (1.3, "2, {0}"),
        ]
        shapes += [
            (1.6, "{0} - 1, -1, -1"),
            (1.7, "{0}, 0, -1"),
            (1.6, "0, {0}, 2"),
            (1.6, "1, {0}, 2"),
        ]
        starts = [(1.4, f"{name}, {{0}}") for name in sheet.stock(node).names]
        texts = [(cost, shape.format(end)) for cost, shape in [*shapes, *starts]]
    elif len(args) == 2:
        texts = [(1.6, f"{args[0]}, {args[1]}, 2"), (1.7, f"{args[1]}, {args[0]}, -1")]
        texts += [(0.9, args[1]), (1.7, f"{args[1]} - 1, {args[0]} - 1, -1")]
    else:
        return
    for cost, text in texts:
        yield instead(sheet, node, cost, f"{sheet.text(node.func)}({text})", atom=True)


def _ordering(sheet: Sheet, node: ast.Call, name: str) -> Iterator[Change]:
    given = {keyword.arg for keyword in node.keywords}
    if "reverse" not in given and name.startswith("sort"):
        yield from _added_argument(sheet, node, 1.3, "reverse=True")
    if "key" not in given:
        for key in [*KEYS, *sheet.stock(node).functions]:
            yield from _added_argument(sheet, node, 2.0, f"key={key}")


def _slice(sheet: Sheet, node: ast.Slice) -> Iterator[Change]:
    bounds = [sheet.text(bound) if bound else "" for bound in (node.lower, node.upper, node.step)]
    lower, upper, step = bounds
    options = [(1.0, ["", upper, step]), (1.0, [lower, "", step]), (1.0, [upper, lower, step])]
    options += [(1.2, [lower, upper, ""]), (1.6, [lower, upper, "-1"]), (1.7, [lower, upper, "2"])]
    for index, atom in enumerate(sheet.stock(node).atoms[:10]):
        options += [(1.5 + 0.05 * index, [lower or atom, upper or atom, step])]
        options += [(1.7 + 0.05 * index, [atom, upper, step]), (1.7, [lower, atom, step])]
    for cost, (first, last, by) in options:
        if [first, last, by] != bounds:
            text = f"{first}:{last}" + (f":{by}" if by else "")
            edit = sheet.edit(*sheet.span(node), text)
            yield Change(
                cost, (edit,), f"slice with `[{text}]` instead of `[{short(sheet, node)}]`"
            )


def _subscript(sheet: Sheet, node: ast.Subscript) -> Iterator[Change]:
    yield only(sheet, node, node.value, 1.3)
    for function in ("sum", "max", "min", "len", "any", "all"):
        text = f"{function}({sheet.text(node.value)})"
        yield instead(sheet, node, 1.8, text, atom=True)
    if not isinstance(node.slice, (ast.Slice, ast.Tuple)):
        value, index = sheet.operand(node.value), sheet.text(node.slice)
        yield instead(sheet, node, 1.6, f"{value}[{index}:]", atom=True)
        yield instead(sheet, node, 1.6, f"{value}[:{index}]", atom=True)


def _display(sheet: Sheet, node: ast.List | ast.Tuple | ast.Set) -> Iterator[Change]:
    if len(node.elts) > 1:
        yield from (without(sheet, node.elts, i, 1.2) for i in range(len(node.elts)))
    for left, right in itertools.combinations(node.elts[:8], 2):
        yield swap(sheet, left, right, 1.2)
    if not node.elts and isinstance(node, ast.List):
        yield from (
            instead(sheet, node, 1.4, f"[{a}]", atom=True) for a in sheet.stock(node).atoms[:8]
        )
    elif node.elts:
        for index, atom in enumerate(sheet.stock(node).atoms[:8]):
            ends = sheet.span(node.elts[0])[0], sheet.span(node.elts[-1])[1]
            for at, text in ((ends[1], f", {atom}"), (ends[0], f"{atom}, ")):
                edit = sheet.edit(at, at, text)
                yield Change(1.7 + 0.05 * index, (edit,), f"add `{atom}` to `{short(sheet, node)}`")


def _comprehension(
    sheet: Sheet, node: ast.ListComp | ast.SetComp | ast.GeneratorExp
) -> Iterator[Change]:
    for generator in node.generators:
        end = sheet.span(generator.ifs[-1] if generator.ifs else generator.iter)[1]
        for test in generator.ifs:
            start = sheet.span(generator.iter)[1]
            if len(generator.ifs) == 1:
                edit = sheet.edit(start, sheet.span(test)[1], "")
                yield Change(1.0, (edit,), f"drop the condition `{short(sheet, test)}`")
        for index, condition in enumerate(sheet.stock(node).conditions[: 3 * sheet.breadth]):
            edit = sheet.edit(end, end, f" if {condition}")
            yield Change(2.2 + 0.02 * index, (edit,), f"only where `{condition}`")
    first, last = sheet.span(node)
    text = sheet.text(node)[1:-1]
    if not isinstance(node, ast.SetComp) and sheet.text(node)[0] in "([":
        yield Change(1.8, (sheet.edit(first, last, f"{{{text}}}"),), "build a set")


def _generated(sheet: Sheet, node: ast.Yield | ast.YieldFrom) -> Iterator[Change]:
    if node.value is not None:
        word = "yield" if isinstance(node, ast.YieldFrom) else "yield from"
        yield instead(sheet, node, 1.0, f"{word} {sheet.text(node.value)}")


def _stored(sheet: Sheet, node: ast.expr) -> Iterator[Change]:
    if isinstance(node, ast.Name):
        others = [n for n in sheet.stock(node).stored if n != node.id]
        for other in others:
            yield Change(
                1.4, (sheet.put(node, other, atom=True),), f"store in `{other}`, not `{node.id}`"
            )
    elif isinstance(node, ast.Tuple):
        yield from (swap(sheet, a, b, 1.2) for a, b in itertools.combinations(node.elts, 2))


def _wraps(sheet: Sheet, node: ast.expr) -> Iterator[Change]:
    parent = sheet.parents[node]
    if isinstance(parent, (ast.Expr, ast.Await)):
        return
    returned = isinstance(parent, ast.Return)
    for index, shape in enumerate(WRAPS):
        enclosed = shape[shape.index("{") - 1 : shape.index("{")] in ("(", "[")
        text = sheet.text(node) if enclosed else sheet.operand(node)
        wrapped = shape.replace("_", " ").format(text)
        atom = shape[0] not in "-n"
        yield instead(sheet, node, 1.3 + 0.04 * index - 0.2 * returned, wrapped, atom=atom)
    for function in sheet.stock(node).functions:
        yield instead(sheet, node, 1.8, f"{function}({sheet.text(node)})", atom=True)


def _arithmetic(sheet: Sheet, node: ast.expr) -> Iterator[Change]:
    """Add a term or factor: the bounds that are off by one, above all."""
    if isinstance(node, ast.Constant) and not isinstance(node.value, str):
        return
    text = sheet.operand(node)
    bound = isinstance(sheet.parents[node], (ast.Subscript, ast.Slice, ast.Call, ast.Compare))
    for index, atom in enumerate(sheet.stock(node).atoms[: sheet.breadth]):
        for rank, operator in enumerate(("+", "-", "*", "//", "%", "/", "**", "|", "&")):
            one = atom == "1" and operator in "+-"
            cost = (0.9 if bound else 1.0) if one else 1.8 + 0.06 * index + 0.12 * rank
            yield instead(sheet, node, cost, f"{text} {operator} {atom}")
            if operator not in ("|", "&"):
                yield instead(sheet, node, cost + 0.5, f"{atom} {operator} {text}")
        for function in ("max", "min"):
            cost = 1.9 + 0.06 * index
            yield instead(sheet, node, cost, f"{function}({text}, {atom})", atom=True)
        if atom not in ("0", "''"):
            for shape in ("[{0}:]", "[:{0}]", "[{0}]"):
                yield instead(sheet, node, 2.0 + 0.06 * index, text + shape.format(atom), atom=True)


def _replacements(sheet: Sheet, node: ast.expr) -> Iterator[Change]:
    stock = sheet.stock(node)
    own = sheet.operand(node)
    simple = isinstance(node, (ast.Name, ast.Constant))
    for text in stock.compounds:
        if text != own:
            yield instead(sheet, node, 1.7 if simple else 1.4, text, atom=True)
    if not isinstance(node, (ast.Name, ast.Constant)):
        yield from (
            instead(sheet, node, 1.6, text, atom=True) for text in stock.atoms[: sheet.breadth]
        )
    elif isinstance(node, ast.Constant):
        yield from (instead(sheet, node, 1.2, text, atom=True) for text in stock.names)
    else:
        yield from (instead(sheet, node, 1.7, text, atom=True) for text in stock.constants)


def _conditions(sheet: Sheet, node: ast.expr) -> Iterator[Change]:
    text = sheet.operand(node)
    if not (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)):
        yield instead(sheet, node, 0.7, f"not {text}")
    yield from (instead(sheet, node, 1.8, value, atom=True) for value in ("True", "False"))
    for index, other in enumerate(sheet.stock(node).conditions[: 4 * sheet.breadth]):
        cost = 1.8 + 0.02 * index
        yield instead(sheet, node, cost, f"({other})", atom=True)
        for word in ("and", "or"):
            yield instead(sheet, node, cost, f"{text} {word} {other}")
            yield instead(sheet, node, cost + 0.6, f"({other}) {word} {text}")


_Special = Callable[[Sheet, Any], Iterable[Change]]
_SPECIAL: dict[type[ast.expr], _Special] = {
    ast.Compare: operators.compare,
    ast.BinOp: operators.binary,
    ast.BoolOp: operators.boolean,
    ast.UnaryOp: operators.unary,
    ast.IfExp: operators.choice,
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Call: _called,
    ast.Slice: _slice,
    ast.Subscript: _subscript,
    ast.List: _display,
    ast.Tuple: _display,
    ast.Set: _display,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.Yield: _generated,
    ast.YieldFrom: _generated,
}
