"""Edits of whole statements: drop, insert, move, turn one kind into another."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator

from selfcode.generation.search.building import short
from selfcode.generation.search.families import OPERATORS
from selfcode.generation.search.sheet import Change, Sheet
from selfcode.source import Edit

_STEP = "    "
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_DEFAULTS = ("None", "0", "[]", "''", "True", "False", "1", "-1", "{}", "0.0")


def changes(
    sheet: Sheet, statement: ast.stmt, block: list[ast.stmt], index: int
) -> Iterator[Change]:
    """Yield the edits of one statement that has its lines to itself, in no order."""
    indent = sheet.indent(statement)
    if indent is None or isinstance(
        statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    ):
        return
    yield from _dropped(sheet, statement, block, indent)
    yield from _moved(sheet, statement, block, index)
    if isinstance(statement, (ast.If, *_LOOPS)):
        yield from _compound(sheet, statement)
    else:
        yield from _simple(sheet, statement)
    if sheet.is_long:
        return
    yield from _guarded(sheet, statement, indent)
    yield from _inserted(sheet, statement, indent)
    if index == len(block) - 1 and not isinstance(statement, (ast.Return, ast.Break, ast.Continue)):
        yield from _appended(sheet, statement, indent)


def _rows(statement: ast.stmt) -> tuple[int, int]:
    """Return the first and last line of `statement`, counted from 0 and up to but not including."""
    return statement.lineno - 1, statement.end_lineno or statement.lineno


def _rewrite(sheet: Sheet, first: int, last: int, rows: list[str]) -> Edit:
    """Replace the lines from `first` up to but not including `last`."""
    text = "".join(row if row.endswith("\n") else f"{row}\n" for row in rows)
    if last >= len(sheet.rows) and not sheet.source.endswith("\n"):
        text = text.removesuffix("\n")
    return sheet.edit_rows(first, last, text)


def _shifted(sheet: Sheet, statement: ast.stmt, indent: str) -> list[str] | None:
    """Return the lines of `statement` under another indent; None if a string spans lines."""
    first, last = _rows(statement)
    for node in ast.walk(statement):
        if isinstance(node, (ast.Constant, ast.JoinedStr)) and node.lineno != node.end_lineno:
            return None
    old = sheet.rows[first][: len(sheet.rows[first]) - len(sheet.rows[first].lstrip())]
    return [
        indent + row.removeprefix(old) if row.strip() else row for row in sheet.rows[first:last]
    ]


def _dropped(
    sheet: Sheet, statement: ast.stmt, block: list[ast.stmt], indent: str
) -> Iterator[Change]:
    first, last = _rows(statement)
    rest = [] if len(block) > 1 else [f"{indent}pass"]
    edit = _rewrite(sheet, first, last, rest)
    yield Change(1.2, (edit,), f"drop `{short(sheet, statement)}`")
    if isinstance(statement, (ast.If, *_LOOPS, ast.With)) and not getattr(statement, "orelse", []):
        rows = [_shifted(sheet, s, indent) for s in statement.body]
        if None not in rows:
            edit = _rewrite(sheet, first, last, [row for part in rows for row in part or []])
            yield Change(1.4, (edit,), f"always run what is under `{_head(sheet, statement)}`")


def _guarded(sheet: Sheet, statement: ast.stmt, indent: str) -> Iterator[Change]:
    rows = _shifted(sheet, statement, indent + _STEP)
    if rows is not None and not isinstance(statement, ast.Assign):
        for index, test in enumerate(sheet.stock(statement).conditions[: 3 * sheet.breadth]):
            edit = _rewrite(sheet, *_rows(statement), [f"{indent}if {test}:", *rows])
            words = f"do `{short(sheet, statement)}` only if `{test}`"
            yield Change(2.2 + 0.02 * index, (edit,), words)


def _head(sheet: Sheet, statement: ast.stmt) -> str:
    return sheet.rows[statement.lineno - 1].strip().rstrip(":")


def _moved(
    sheet: Sheet, statement: ast.stmt, block: list[ast.stmt], index: int
) -> Iterator[Change]:
    first, last = _rows(statement)
    following = block[index + 1] if index + 1 < len(block) else None
    if following is not None and sheet.indent(following) is not None:
        begin, end = _rows(following)
        rows = [*sheet.rows[begin:end], *sheet.rows[last:begin], *sheet.rows[first:last]]
        edit = _rewrite(sheet, first, end, rows)
        yield Change(1.2, (edit,), f"do `{short(sheet, following)}` first")
    if index > 0:
        yield from _moved_into(sheet, statement, block[index - 1])
    parent = sheet.parents[statement]
    if following is None and isinstance(parent, (ast.If, *_LOOPS)) and len(block) > 1:
        outer = sheet.indent(parent)
        rows_out = None if outer is None else _shifted(sheet, statement, outer)
        if rows_out and block is (parent.orelse or parent.body):
            edit = _rewrite(sheet, first, last, rows_out)
            yield Change(
                1.1, (edit,), f"do `{short(sheet, statement)}` after `{_head(sheet, parent)}`"
            )


def _moved_into(sheet: Sheet, statement: ast.stmt, before: ast.stmt) -> Iterator[Change]:
    """Move `statement` to the end of the block that ends before it."""
    inside = before
    while isinstance(inside, (ast.If, *_LOOPS, ast.With)):
        inner = (getattr(inside, "orelse", []) or inside.body)[-1]
        deeper = sheet.indent(inner)
        rows = None if deeper is None else _shifted(sheet, statement, deeper)
        if rows:
            edit = _rewrite(sheet, *_rows(statement), rows)
            words = f"do `{short(sheet, statement)}` inside `{_head(sheet, inside)}`"
            yield Change(1.3, (edit,), words)
        inside = inner


def _compound(
    sheet: Sheet, statement: ast.If | ast.For | ast.AsyncFor | ast.While
) -> Iterator[Change]:
    at = sheet.span(statement)[0]
    if isinstance(statement, ast.If) and sheet.text(statement).startswith("if"):
        edit = sheet.edit(at, at + 2, "while")
        if not statement.orelse:
            yield Change(1.6, (edit,), "repeat it while the condition holds")
    if isinstance(statement, ast.While):
        yield Change(1.6, (sheet.edit(at, at + 5, "if"),), "do it once if the condition holds")
    if isinstance(statement, ast.If) and statement.orelse:
        yield from _branches(sheet, statement)


def _branches(sheet: Sheet, statement: ast.If) -> Iterator[Change]:
    """Swap the branches of an `if` with a plain `else`, or drop the second."""
    begin, end = _rows(statement.body[0])[0], _rows(statement.body[-1])[1]
    other, last = _rows(statement.orelse[0])[0], _rows(statement.orelse[-1])[1]
    if other <= end or not sheet.rows[other - 1].strip().startswith("else"):
        return
    rows = [*_ended(sheet.rows[other:last]), *sheet.rows[end:other], *sheet.rows[begin:end]]
    yield Change(1.0, (_rewrite(sheet, begin, last, rows),), "swap the two branches")
    yield Change(1.4, (_rewrite(sheet, end, last, []),), "drop the `else` branch")


def _ended(rows: list[str]) -> list[str]:
    return [row if row.endswith("\n") else f"{row}\n" for row in rows]


def _simple(sheet: Sheet, statement: ast.stmt) -> Iterator[Change]:
    if isinstance(statement, ast.AugAssign):
        yield from _augmented(sheet, statement)
    elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        for operator in ("+", "-", "*", "|"):
            edit = sheet.between(statement.targets[0], statement.value, "=", f"{operator}=")
            if edit:
                yield Change(1.2, (edit,), f"use `{operator}=` instead of `=`")
    elif isinstance(statement, ast.Expr):
        yield from _to_return(sheet, statement)
    elif isinstance(statement, ast.Return) and statement.value is not None:
        yield from _returned(sheet, statement, statement.value)
    if isinstance(statement, (ast.Return, ast.Break, ast.Continue)):
        yield from _leaving(sheet, statement)


def _augmented(sheet: Sheet, node: ast.AugAssign) -> Iterator[Change]:
    old = OPERATORS.get(type(node.op), "@")
    for new in [*OPERATORS.values(), ""]:
        edit = sheet.between(node.target, node.value, f"{old}=", f"{new}=") if new != old else None
        if edit:
            cost = 1.0 if not new else 0.7 if new in ("+", "-", "*", "/", "//", "%") else 1.3
            yield Change(cost, (edit,), f"use `{new}=` instead of `{old}=`")


def _to_return(sheet: Sheet, statement: ast.Expr) -> Iterator[Change]:
    at = sheet.span(statement)[0]
    if isinstance(statement.value, (ast.Yield, ast.YieldFrom)):
        return
    last = statement is _function_body(sheet, statement)[-1]
    yield Change(0.6 if last else 1.4, (sheet.edit(at, at, "return "),), "return the value")
    yield Change(1.5, (sheet.edit(at, at, "yield "),), "yield the value")
    value = statement.value
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        receiver = value.func.value
        if isinstance(receiver, (ast.Name, ast.Subscript, ast.Attribute)):
            text = sheet.text(receiver)
            yield Change(1.4, (sheet.edit(at, at, f"{text} = "),), f"keep the result in `{text}`")
            if len(value.args) == 1:
                edit = sheet.put(value, f"{text} += {sheet.text(value.args[0])}", atom=True)
                yield Change(1.5, (edit,), f"add to `{text}`")


def _function_body(sheet: Sheet, statement: ast.stmt) -> list[ast.stmt]:
    function = sheet.scope(statement)
    return function.body if function is not None else []


def _returned(sheet: Sheet, statement: ast.Return, value: ast.expr) -> Iterator[Change]:
    at = sheet.span(statement)[0]
    yield Change(1.6, (sheet.edit(at, at + 6, "yield"),), "yield the value, do not return it")
    for other in sheet.stock(statement).returns:
        if other != sheet.text(value):
            edit = sheet.edit(*sheet.span(value), other)
            yield Change(1.3, (edit,), f"return `{other}`")
    for name in sheet.stock(statement).stored:
        edit = sheet.edit(at, at + 6, f"{name} +=")
        yield Change(2.0, (edit,), f"add it to `{name}`, do not return it")
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        receiver = sheet.text(value.func.value)
        indent = sheet.indent(statement)
        edit = sheet.edit(*sheet.span(statement), f"{sheet.text(value)}\n{indent}return {receiver}")
        yield Change(1.3, (edit,), f"return `{receiver}` itself")


def _leaving(sheet: Sheet, statement: ast.stmt) -> Iterator[Change]:
    texts = [(1.4, "continue"), (1.4, "break")]
    if not isinstance(statement, ast.Return):
        texts += [(1.6, f"return {value}") for value in _values(sheet, statement)]
    for cost, text in texts:
        if text != sheet.text(statement):
            edit = sheet.edit(*sheet.span(statement), text)
            yield Change(cost, (edit,), f"`{text}` instead of `{short(sheet, statement)}`")


def _values(sheet: Sheet, statement: ast.stmt) -> list[str]:
    stock = sheet.stock(statement)
    return list(dict.fromkeys([*stock.returns, *stock.stored, *_DEFAULTS[:7], *stock.parameters]))


def _inserted(sheet: Sheet, statement: ast.stmt, indent: str) -> Iterator[Change]:
    first = statement.lineno - 1
    for cost, text in _insertions(sheet, statement):
        rows = [f"{indent}{row}" for row in text.split("\n")]
        edit = _rewrite(sheet, first, first, rows)
        yield Change(cost, (edit,), f"insert `{' '.join(text.split())}`")


def _appended(sheet: Sheet, statement: ast.stmt, indent: str) -> Iterator[Change]:
    last = statement.end_lineno or statement.lineno
    for cost, text in _insertions(sheet, statement):
        rows = [f"{indent}{row}" for row in text.split("\n")]
        words = f"insert `{' '.join(text.split())}` after `{short(sheet, statement)}`"
        yield Change(cost + 0.1, (_after(sheet, last, rows),), words)
    function = sheet.scope(statement)
    if function is not None and function.body[-1] is statement:
        for name in sheet.stock(statement).stored:
            edit = _after(sheet, last, [f"{indent}return {name}"])
            yield Change(0.8, (edit,), f"return `{name}` at the end")


def _after(sheet: Sheet, last: int, rows: list[str]) -> Edit:
    """Insert `rows` after the line `last`, which may be the end of a text without a newline."""
    if last >= len(sheet.rows) and not sheet.source.endswith("\n"):
        end = len(sheet.bytes)
        return sheet.edit(end, end, "".join(f"\n{row}" for row in rows))
    return _rewrite(sheet, last, last, rows)


def _insertions(sheet: Sheet, statement: ast.stmt) -> Iterator[tuple[float, str]]:
    """Yield statements that may be missing near `statement`."""
    stock = sheet.stock(statement)
    if _in_loop(sheet, statement):
        yield from [(1.8, "continue"), (1.8, "break")]
    values = _values(sheet, statement)
    yield from ((2.0 + 0.05 * i, f"return {value}") for i, value in enumerate(values))
    yield from ((1.8, text) for text in stock.simple)
    for name in stock.stored:
        yield from [
            (2.0, f"{name} += 1"),
            (2.1, f"{name} -= 1"),
            (2.6, f"{name} = 0"),
            (2.6, f"{name} = []"),
        ]
        yield from ((2.3, f"{name} = {other}") for other in stock.names if other != name)
        for other in stock.names:
            if other != name:
                yield from [(2.2, f"{name}.append({other})"), (2.4, f"{name} += {other}")]
    yield from ((2.6, f"{name}.sort()") for name in stock.names)
    first = statement is next(
        (s for s in _function_body(sheet, statement) if not isinstance(s, ast.Expr)), None
    )
    for (i, test), (j, value) in itertools.product(
        enumerate(stock.conditions[: 2 * sheet.breadth]), enumerate(values[:14])
    ):
        cost = 2.1 + 0.02 * i + 0.04 * j - 0.4 * first
        yield cost, f"if {test}:\n{_STEP}return {value}"
    if _in_loop(sheet, statement):
        for i, test in enumerate(stock.conditions[: 2 * sheet.breadth]):
            yield from (
                (2.3 + 0.02 * i, f"if {test}:\n{_STEP}{word}") for word in ("continue", "break")
            )


def _in_loop(sheet: Sheet, statement: ast.AST) -> bool:
    while statement in sheet.parents:
        statement = sheet.parents[statement]
        if isinstance(statement, (*_LOOPS, ast.FunctionDef, ast.AsyncFunctionDef)):
            return isinstance(statement, _LOOPS)
    return False
