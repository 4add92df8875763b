"""Counting from one: loops whose counter is a number for people, but an index from nought."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from selfcode.generation.rules.counters import (
    LOOPS,
    Counted,
    Overrun,
    loop_of,
    other_axes,
    range_of,
    sets,
)
from selfcode.generation.rules.live import size_of
from selfcode.generation.rules.site import Proposal, Site
from selfcode.source import Edit


def counted_from_one(
    site: Site, counted: Counted, last: int, overrun: Overrun
) -> Iterator[Proposal]:
    """Yield `x[i - 1]` where a counter runs from 1 to the size: a person counts from one."""
    if last != overrun.size or not isinstance(overrun.index, ast.Name):
        return
    indices = [
        node.slice
        for node in _inside_loop(site, counted.name)
        if isinstance(node, ast.Subscript)
        and _follows(node.slice, counted.name)
        and _ends_alike(site, node.value, overrun)
    ]
    if indices and all(isinstance(index, ast.Name) for index in indices):
        edits = [site.put(index, f"{counted.name} - 1") for index in indices]
        edits += _other_axes_from_one(site, overrun)
        said = f"`{counted.name}` counts from 1, indices count from 0"
        yield site.propose(edits, said, 0.25)


def _other_axes_from_one(site: Site, overrun: Overrun) -> list[Edit]:
    """Return the edits for the indices of the other axes that are counted from one as well."""
    edits = []
    for base, index in other_axes(site, overrun):
        call = range_of(site, index.id) if isinstance(index, ast.Name) else None
        if call is None or not isinstance(index, ast.Name) or len(call.args) != 2:
            continue
        first, stop = (site.live.known(part) for part in call.args)
        if first == 1 and stop == size_of(site.live.known(base)) + 1:
            edits.append(site.put(index, f"{index.id} - 1"))
    return edits


def numbers_things(site: Site, name: str) -> bool:
    """Return whether the loop uses its counter for more than to index: it counts from 1 then."""
    return any(
        isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)
        and not _is_index(site, n)
        for n in _inside_loop(site, name)
    )  # fmt: skip


def may_begin_with_names(site: Site, overrun: Overrun) -> bool:
    """Return whether the first item may be a heading, which a loop leaves out on purpose."""
    items = site.live.known(overrun.base)
    if not isinstance(items, (list, tuple)) or len(items) < 2:
        return False
    first, second = map(_kinds, items[:2])
    return first != second or first <= {str}


def _kinds(item: object) -> set[type]:
    """Return the types of what a row holds, or of a single item."""
    if isinstance(item, dict):
        return {dict}
    return set(map(type, item)) if isinstance(item, (list, tuple)) else {type(item)}


def _is_index(site: Site, node: ast.AST) -> bool:
    parent = site.parents.get(node)
    holder = site.parents.get(parent) if isinstance(parent, (ast.BinOp, ast.Tuple)) else parent
    within = node if holder is parent else parent
    read = isinstance(holder, ast.Subscript) and holder.slice is within
    return read and not isinstance(site.live.known(holder.value), Mapping)  # type: ignore[union-attr]  # a subscript


def takes_neighbours(site: Site, counted: Counted, overrun: Overrun) -> bool:
    """Return whether the loop also takes the element beside the one that failed."""
    return any(
        isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.BinOp)
        and _follows(node.slice, counted.name)
        and ast.dump(node.value) == ast.dump(overrun.base)
        for node in _inside_loop(site, counted.name)
    )


def _follows(index: ast.expr, name: str) -> bool:
    """Return whether the index is the counter, or the counter and something."""
    parts = [index.left, index.right] if isinstance(index, ast.BinOp) else [index]
    return any(isinstance(part, ast.Name) and part.id == name for part in parts)


def _inside_loop(site: Site, name: str) -> Iterator[ast.AST]:
    for around in site.ancestors(site.node) if site.node else ():
        loops = (around, *getattr(around, "generators", ()))
        if isinstance(around, ast.While) or any(
            isinstance(loop, LOOPS) and sets(loop.target, name) for loop in loops
        ):
            yield from ast.walk(around)
            return


def _ends_alike(site: Site, base: ast.expr, overrun: Overrun) -> bool:
    """Return whether `base` is what failed, or another sequence that ends where it ends."""
    if ast.dump(base) == ast.dump(overrun.base):
        return True
    value = site.live.known(base)
    return not isinstance(value, Mapping) and size_of(value) == overrun.size


def numbered_from_one(site: Site, counted: Counted, overrun: Overrun) -> Iterator[Proposal]:
    """Yield for `enumerate(xs, 1)` and `enumerate(xs, start=1)`."""
    loop = loop_of(site, counted.name)
    call = loop.iter if loop is not None else None
    if loop is None or not isinstance(call, ast.Call) or not isinstance(loop.target, ast.Tuple):
        return
    start = [*call.args[1:2], *(k.value for k in call.keywords if k.arg == "start")]
    first = loop.target.elts[0]
    named = isinstance(first, ast.Name) and first.id == counted.name
    if ast.unparse(call.func) == "enumerate" and named and start:
        last = size_of(site.live.known(call.args[0]))
        if site.live.known(start[0]) == 1:
            yield from counted_from_one(site, counted, last, overrun)


def begins_with_one(site: Site, loop: ast.While, name: str) -> bool:
    """Return whether the last value that the text gives the counter before the loop is 1."""
    before = [
        n.value
        for n in site.nodes
        if isinstance(n, ast.Assign) and n.lineno < loop.lineno
        and any(isinstance(t, ast.Name) and t.id == name for t in n.targets)
    ]  # fmt: skip
    return bool(before) and isinstance(before[-1], ast.Constant) and before[-1].value == 1
