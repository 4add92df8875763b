"""Results that are None because the method works in place."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from selfcode.generation.rules.site import Proposal, Site
from selfcode.source import Edit


def none_from_method(site: Site) -> Iterator[Proposal]:
    """Propose to keep the value that an in-place method does not return."""
    if "NoneType" not in site.message and "None" not in site.message:
        return
    for name in _none_names(site):
        for statement in _assignments(site, name):
            yield from _kept_value(site, name, statement)
    for part in site.inside():
        if isinstance(part, ast.Call) and _inplace(part):
            keyword = _inplace(part)
            said = "with `inplace=True` nothing is returned"
            if keyword is not None:
                yield site.propose(without_keyword(site, part, keyword), said, 0.3)


def sorted_in_place(site: Site) -> Iterator[Proposal]:
    """Propose `sorted(xs)` where the result of `xs.sort()` is used, `reversed` likewise."""
    if "NoneType" not in site.message:
        return
    for call in site.inside():
        function = call.func if isinstance(call, ast.Call) else None
        if not isinstance(call, ast.Call) or not isinstance(function, ast.Attribute):
            continue
        made = {"sort": "sorted", "reverse": "reversed"}.get(function.attr)
        if made is None or not isinstance(site.live.known(function.value), list):
            continue
        given = [site.segment(part) for part in (function.value, *call.args, *call.keywords)]
        new = f"{made}({', '.join(given)})"
        said = f"`{function.attr}` works in place and returns None"
        yield site.propose(site.put(call, new if made == "sorted" else f"list({new})"), said, 0.3)


def _none_names(site: Site) -> list[str]:
    names = [n.id for n in site.of_statement() if isinstance(n, ast.Name)]
    return [n for n in dict.fromkeys(names) if n in site.live.globals or n in site.live.locals]


def _assignments(site: Site, name: str) -> list[ast.Assign]:
    from_none = site.live.known(ast.Name(name, ast.Load()), site) is None
    return [
        n
        for n in site.nodes
        if from_none
        and isinstance(n, ast.Assign)
        and len(n.targets) == 1
        and isinstance(n.targets[0], ast.Name)
        and n.targets[0].id == name
        and isinstance(n.value, ast.Call)
        and n.lineno < site.line
    ]


def _inplace(call: ast.Call) -> ast.keyword | None:
    found = (k for k in call.keywords if k.arg == "inplace" and isinstance(k.value, ast.Constant))
    return next((k for k in found if k.value.value is True), None)  # type: ignore[attr-defined]  # a constant


def _kept_value(site: Site, name: str, statement: ast.Assign) -> Iterator[Proposal]:
    call = statement.value
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return
    keyword, base = _inplace(call), site.segment(call.func.value)
    if keyword is not None:
        said = f"with `inplace=True` nothing is returned, so `{name}` became None"
        yield site.propose(without_keyword(site, call, keyword), said, 0.3)
        return
    shown = site.segment(call)
    said = f"`{call.func.attr}` changes `{base}` and returns None"
    copying = {"sort": "sorted", "reverse": "reversed"}
    in_place = ("append", "extend", "insert", "add", "update", "remove", "clear")
    if call.func.attr in copying and base != name:
        arguments = shown[len(site.segment(call.func)) + 1 : -1]
        made = f"{copying[call.func.attr]}({', '.join(filter(None, [base, arguments]))})"
        new = made if call.func.attr == "sort" else f"list({made})"
        yield site.propose(site.put(call, new), said, 0.3)
    elif base == name and call.func.attr in (*copying, *in_place):
        yield site.propose(site.put(statement, shown), said, 0.3)


def without_keyword(site: Site, call: ast.Call, keyword: ast.keyword) -> Edit:
    """Return the edit that takes a keyword argument, and its comma, out of a call."""
    others = [k for k in call.keywords if k is not keyword]
    parts: list[ast.expr | ast.keyword] = [*call.args, *others]
    spans = sorted(parts, key=lambda p: (p.lineno, p.col_offset))
    before = [p for p in spans if (p.lineno, p.col_offset) < (keyword.lineno, keyword.col_offset)]
    end_line, end_column = keyword.end_lineno or 0, keyword.end_col_offset or 0
    if before:
        last = before[-1]
        line, column = last.end_lineno or 0, last.end_col_offset or 0
        if _closed_by_bracket(site, last):
            column += 1
        return Edit(line, column, end_line, end_column, "")
    if spans:
        return Edit(keyword.lineno, keyword.col_offset, spans[0].lineno, spans[0].col_offset, "")
    return Edit(keyword.lineno, keyword.col_offset, end_line, end_column, "")


def _closed_by_bracket(site: Site, node: ast.expr | ast.keyword) -> bool:
    line = site.python.splitlines()[(node.end_lineno or 1) - 1].encode()
    return line[node.end_col_offset or 0 :][:1] == b")"
