"""Indices that run past the end: the bound that lets them do so."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from selfcode.generation.rules.counters import Overrun, first_of_range, is_size
from selfcode.generation.rules.live import is_kind, size_of
from selfcode.generation.rules.loop_bounds import loop_of_caller, loop_past_end
from selfcode.generation.rules.site import Proposal, Site


def index_past_end(site: Site) -> Iterator[Proposal]:
    """Propose the bound of the loop, or the index, that is one too far."""
    overrun = _overrun(site)
    if overrun is None or overrun.value < overrun.size or overrun.size == 0:
        return
    bounds = list(loop_past_end(site, overrun))
    yield from bounds
    if not bounds:
        yield from loop_of_caller(site, overrun)
        yield from _index_itself(site, overrun)


def _overrun(site: Site) -> Overrun | None:
    """Return which index of the failing expression is too large."""
    node = site.node
    if not isinstance(site.error, (IndexError, KeyError)):
        return None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "pop" and len(node.args) == 1:
            return _measured(site, node.func.value, node.args[0], None)
        return None
    if not isinstance(node, ast.Subscript):
        return None
    if isinstance(node.slice, ast.Tuple):
        for axis, part in enumerate(node.slice.elts):
            found = _measured(site, node.value, part, axis)
            if found and found.value >= found.size:
                return found
        return None
    return _measured(site, node.value, node.slice, None)


def _measured(site: Site, base: ast.expr, index: ast.expr, axis: int | None) -> Overrun | None:
    container, value = site.live.known(base), site.live.known(index)
    if not is_kind(value, "builtins.int", "numpy.integer") or isinstance(value, bool):
        return None
    text = site.segment(base)
    owner = container
    if type(container).__module__.startswith("pandas.core.indexing"):
        owner, text = getattr(container, "obj", None), text.rpartition(".")[0]
    elif isinstance(site.error, KeyError) and not _counts_rows(container):
        return None
    if isinstance(site.error, KeyError) and not _counts_rows(owner):
        return None
    if axis is not None:
        shape = getattr(owner, "shape", ())
        if axis >= len(shape):
            return None
        return Overrun(base, index, int(value), shape[axis], f"{text}.shape[{axis}]")
    if not hasattr(owner, "__len__"):
        return None
    return Overrun(base, index, int(value), size_of(owner), f"len({text})")


def _counts_rows(value: Any) -> bool:
    """Return whether a table is asked by the plain numbers of its rows."""
    index = getattr(value, "index", None)
    return is_kind(value, "pandas.Series", "pandas.DataFrame") and (
        is_kind(index, "pandas.RangeIndex") and index.start == 0 and index.step == 1  # type: ignore[union-attr]  # is one
    )


def _index_itself(site: Site, overrun: Overrun) -> Iterator[Proposal]:
    """Yield for an index that is the length itself: `x[len(x)]`, `x[random.randint(0, len(x))]`."""
    if overrun.value != overrun.size:
        return
    index, shown = overrun.index, site.segment(overrun.index)
    source = _assigned(site, index.id) if isinstance(index, ast.Name) else index
    drawn = source if isinstance(source, ast.Call) else None
    if drawn is not None and ast.unparse(drawn.func).endswith("randint") and len(drawn.args) == 2:
        stop = drawn.args[1]
        if site.live.known(stop) == overrun.size:
            said = "`randint` may give its upper bound too"
            yield site.propose(site.put(stop, f"{site.segment(stop)} - 1"), said, 0.3)
        return
    if source is not None and (is_size(source) or is_size(index)):
        said = f"`{shown}` is {overrun.value}, but the last index is {overrun.size - 1}"
        stepped = isinstance(index, ast.Name) and any(
            isinstance(n, ast.AugAssign) and site.segment(n.target) == index.id for n in site.nodes
        )
        if stepped:
            shown, index = site.segment(source), source
        yield site.propose(site.put(index, f"{shown} - 1"), said, 0.4)


def _assigned(site: Site, name: str) -> ast.expr | None:
    """Return the expression that the text assigns to `name`, when it does so once."""
    found = [
        n.value
        for n in site.nodes
        if isinstance(n, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id == name for t in n.targets)
    ]
    return found[0] if len(found) == 1 else None


def item_set_past_end(site: Site) -> Iterator[Proposal]:
    """Propose `xs.append(v)` for `xs[i] = v` where a list grows item by item."""
    statement, node = site.statement, site.node
    if "assignment index out of range" not in site.message or not isinstance(node, ast.Subscript):
        return
    items, index = site.live.known(node.value), site.live.known(node.slice)
    if not isinstance(statement, ast.Assign) or statement.targets != [node]:
        return
    if isinstance(items, list) and len(items) == index and _grows(site, node, items):
        base, value = site.segment(node.value), site.segment(statement.value)
        if isinstance(statement.value, ast.Tuple) and not value.startswith("("):
            value = f"({value})"
        said = f"`{base}` has no item {index} yet; `append` adds one"
        yield site.propose(site.put(statement, f"{base}.append({value})"), said, 0.4)


def _grows(site: Site, node: ast.Subscript, items: list[object]) -> bool:
    """Return whether the list grows item by item: from nothing, or from where the loop begins."""
    first = first_of_range(site, node.slice) if isinstance(node.slice, ast.Name) else None
    return not items or first == len(items)


def axis_past_end(site: Site) -> Iterator[Proposal]:
    """Propose the last axis where axes were counted from one."""
    found = re.search(r"axis (\d+) is out of bounds for array of dimension (\d+)", site.message)
    if found is None or not isinstance(site.node, ast.Call):
        return
    axis, dimensions = int(found.group(1)), int(found.group(2))
    for keyword in site.node.keywords if axis == dimensions > 1 else ():
        value = keyword.value
        if keyword.arg == "axis" and isinstance(value, ast.Constant) and value.value == axis:
            said = f"the axes of an array of {dimensions} dimensions are 0 to {dimensions - 1}"
            yield site.propose(site.put(value, str(axis - 1)), said, 0.8)
