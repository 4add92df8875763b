"""Whole columns where a single value was meant, and columns that a statistic cannot take."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from selfcode.generation.rules.live import is_kind, size_of
from selfcode.generation.rules.site import Proposal, Site

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
