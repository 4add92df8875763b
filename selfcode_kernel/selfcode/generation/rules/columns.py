"""Whole columns where a single value was meant, and columns that a statistic cannot take."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from selfcode.generation.rules.live import is_kind, size_of
from selfcode.generation.rules.nearness import nearest
from selfcode.generation.rules.site import Proposal, Site, text_in
from selfcode.source import Edit

_WHOLE = (ast.Name, ast.Attribute, ast.Subscript, ast.Call)


def rows_of_text_columns(site: Site) -> Iterator[Proposal]:
    """Propose `numeric_only=True` where a statistic is asked of columns of which some are texts."""
    node = site.node
    signs = ("could not convert string", "Could not convert", "does not support", "with dtype",
             "Cannot perform reduction", "with string dtype", "agg function failed")  # fmt: skip
    if not isinstance(node, ast.Call) or not any(sign in site.message for sign in signs):
        return
    statistics = "mean median std var sum corr cov quantile skew kurt min max sem prod corrwith"
    if not isinstance(node.func, ast.Attribute) or node.func.attr not in statistics.split():
        return
    table = site.live.known(node.func.value)
    frame = getattr(table, "obj", table)
    if not is_kind(frame, "pandas.DataFrame") or any(
        k.arg == "numeric_only" for k in node.keywords
    ):
        return
    numeric = size_of(frame.select_dtypes("number").columns)
    if 0 < numeric < size_of(frame.columns):
        written = site.segment(node)
        comma = ", " if node.args or node.keywords else ""
        new = f"{written[:-1].rstrip().rstrip(',')}{comma}numeric_only=True)"
        said = "not all columns hold numbers"
        yield site.propose(site.put(node, new), said, 0.3)


def dropped_column(site: Site) -> Iterator[Proposal]:
    """Propose `drop(columns=...)` where what is dropped are columns, not rows."""
    node = site.node
    if "not found in axis" not in site.message or not isinstance(node, ast.Call):
        return
    if not isinstance(node.func, ast.Attribute) or node.func.attr != "drop" or len(node.args) != 1:
        return
    table, labels = site.live.known(node.func.value), site.live.known(node.args[0])
    if not is_kind(table, "pandas.DataFrame") or any(
        k.arg in ("axis", "columns", "index", "labels") for k in node.keywords
    ):
        return
    asked = labels if isinstance(labels, list) else [labels]
    if asked and all(label in table.columns and label not in table.index for label in asked):
        new = f"columns={site.segment(node.args[0])}"
        said = f"`{site.segment(node.args[0])}` are columns; `drop` takes rows unless told"
        yield site.propose(site.put(node.args[0], new), said, 0.2)


def key_differs_in_merge(site: Site) -> Iterator[Proposal]:
    """Propose `left_on=`, `right_on=` where two tables spell the column of `on=` differently."""
    node = site.node
    if not isinstance(site.error, KeyError) or not isinstance(node, ast.Call):
        return
    given = next((k for k in node.keywords if k.arg == "on"), None)
    key = text_in(given.value) if given else None
    tables = _merged(site, node)
    if given is None or key is None or len(tables) != 2:
        return
    labels = [[label for label in t.columns if isinstance(label, str)] for t in tables]
    lacking = [key not in known for known in labels]
    if lacking.count(True) == 1:
        side = lacking.index(True)
        for meant, far in nearest(key, labels[side]):
            names = [repr(meant) if here == side else site.segment(given.value) for here in (0, 1)]
            new = f"left_on={names[0]}, right_on={names[1]}"
            said = f"the {'left' if side == 0 else 'right'} table calls `{key}` `{meant}`"
            yield site.propose(Edit.at(given, new), said, 0.2 + 0.6 * far)


def _merged(site: Site, call: ast.Call) -> list[Any]:
    """Return the two tables that `a.merge(b)` or `pd.merge(a, b)` joins, as far as known."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "merge":
        return []
    named = [k.value for k in call.keywords if k.arg in ("left", "right")]
    parts = [call.func.value, *call.args[:2], *named]
    values = [site.live.known(part) for part in parts]
    return [value for value in values if is_kind(value, "pandas.DataFrame")]


def ambiguous_truth(site: Site) -> Iterator[Proposal]:
    """Propose `&`, `|`, `~` for `and`, `or`, `not` between whole columns."""
    if "truth value of a" not in site.message and "truth value of an" not in site.message:
        return
    plain = isinstance(site.statement, (ast.Assign, ast.Expr))
    for node in site.of_statement():
        if not plain and not any(isinstance(a, ast.Subscript) for a in site.ancestors(node)):
            continue
        if isinstance(node, ast.BoolOp):
            sign = " & " if isinstance(node.op, ast.And) else " | "
            new = sign.join(_grouped(site, value) for value in node.values)
            said = f"whole columns are combined with `{sign.strip()}`"
            yield site.propose(site.put(node, new), said, 0.3)
            return
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            said = "a whole column is negated with `~`"
            yield site.propose(site.put(node, f"~{_grouped(site, node.operand)}"), said, 0.3)
            return


def _grouped(site: Site, node: ast.expr) -> str:
    shown = site.segment(node)
    parent = site.parents.get(node)
    bracketed = _bracketed(site, node) if parent is not None else False
    if bracketed:
        return f"({shown})"
    return shown if isinstance(node, _WHOLE) else f"({shown})"


def _bracketed(site: Site, node: ast.expr) -> bool:
    line = site.python.splitlines()[node.lineno - 1].encode()
    return line[: node.col_offset].rstrip().endswith(b"(")
