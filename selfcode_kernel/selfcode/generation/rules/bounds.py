"""Indices that run past the end: the bound that lets them do so."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from selfcode.generation.rules.live import is_kind, size_of
from selfcode.generation.rules.site import Proposal, Site


@dataclass(frozen=True)
class Overrun:
    """An index expression, its value, and the size of what it indexes (written as `size_text`)."""

    index: ast.expr
    value: int
    size: int
    size_text: str


def index_past_end(site: Site) -> Iterator[Proposal]:
    """Propose the bound of the loop, or the index, that is one too far."""
    overrun = _overrun(site)
    if overrun is None or overrun.value < overrun.size or overrun.size == 0:
        return
    name, offset = _name_and_offset(overrun.index)
    if name is None:
        yield from _index_itself(site, overrun)
        return
    bounds = [*_loop_bounds(site, name, offset, overrun), *_while_bounds(site, name, overrun)]
    yield from bounds
    if not bounds:
        yield from _from_caller(site, name, offset, overrun)
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
        return Overrun(index, int(value), shape[axis], f"{text}.shape[{axis}]")
    if not hasattr(owner, "__len__"):
        return None
    return Overrun(index, int(value), size_of(owner), f"len({text})")


def _counts_rows(value: Any) -> bool:
    """Return whether a table is asked by the plain numbers of its rows."""
    index = getattr(value, "index", None)
    return is_kind(value, "pandas.Series", "pandas.DataFrame") and (
        is_kind(index, "pandas.RangeIndex") and index.start == 0 and index.step == 1  # type: ignore[union-attr]  # is one
    )


def _name_and_offset(index: ast.expr) -> tuple[str | None, int]:
    """Return `(i, 2)` for `i + 2`; no name when the index is anything else."""
    if isinstance(index, ast.Name):
        return index.id, 0
    if isinstance(index, ast.BinOp) and isinstance(index.left, ast.Name):
        step = index.right.value if isinstance(index.right, ast.Constant) else None
        if isinstance(step, int) and isinstance(index.op, (ast.Add, ast.Sub)):
            return index.left.id, step if isinstance(index.op, ast.Add) else -step
    return None, 0


def _loop_bounds(site: Site, name: str, offset: int, overrun: Overrun) -> Iterator[Proposal]:
    """Yield for the `range` whose numbers the index takes."""
    call = _range_of(site, name)
    if call is None:
        return
    if len(call.args) == 3:
        yield from _counted_down(site, call, offset, overrun)
        return
    stop = call.args[0] if len(call.args) == 1 else call.args[1]
    known = site.live.known(stop)
    needed = overrun.size - offset
    if not isinstance(known, int) or known <= needed:
        return
    counted = list(_counted_from_one(site, call, name, overrun)) if len(call.args) == 2 else []
    yield from counted
    new, extra = _lowered(site, stop, known - needed, overrun, offset)
    if new:
        said = f"`{site.segment(call)}` runs to {known - 1}, but the last index is {needed - 1}"
        less_likely = 0.6 if counted else 0.0  # it would leave the first element out
        yield site.propose(site.put(stop, new), said, 0.3 + extra + less_likely)


def _counted_down(site: Site, call: ast.Call, offset: int, overrun: Overrun) -> Iterator[Proposal]:
    """Yield for a loop backwards that begins one too far."""
    start, last = call.args[0], overrun.size - 1 - offset
    if site.live.known(call.args[2]) == -1 and site.live.known(start) == last + 1:
        said = f"`{site.segment(call)}` begins at {last + 1}, but the last index is {last}"
        yield site.propose(site.put(start, f"{site.segment(start)} - 1"), said, 0.3)


def _range_of(site: Site, name: str) -> ast.Call | None:
    """Return the innermost `range(...)` around the failing place that gives `name` its values."""
    if site.node is None:
        return None
    for around in site.ancestors(site.node):
        loops = [around] if isinstance(around, (ast.For, ast.AsyncFor)) else []
        for loop in [*loops, *getattr(around, "generators", ())]:
            if isinstance(loop.target, ast.Name) and loop.target.id == name:
                call = loop.iter
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
                    plain = call.func.id == "range" and call.args
                    return call if plain else None
                return None
    return None


def _lowered(
    site: Site, stop: ast.expr, by: int, overrun: Overrun, offset: int
) -> tuple[str, float]:
    """Return the text of the bound made `by` smaller, and what speaks against it."""
    size = overrun.size_text
    if isinstance(stop, ast.BinOp) and isinstance(stop.right, ast.Constant):
        step = stop.right.value
        if isinstance(stop.op, ast.Add) and isinstance(step, int) and step >= by:
            left = site.segment(stop.left)
            return (left if step == by else f"{left} + {step - by}"), 0.0
    if isinstance(stop, ast.Constant) or (isinstance(stop, ast.Name) and offset == 0 and by > 1):
        return (f"{size} - {offset}" if offset > 0 and size else size), 0.2
    if offset == by and not isinstance(stop, ast.BinOp):
        return f"{site.segment(stop)} - {by}", 0.0
    if by == 1 and isinstance(stop, (ast.Name, ast.Call, ast.Attribute, ast.Subscript)):
        return f"{site.segment(stop)} - 1", 0.2
    if offset == 0 and _is_size(stop):
        return size, 0.2
    return "", 0.0


def _is_size(node: ast.expr) -> bool:
    return re.match(r"len\(|\w+\.shape\[", ast.unparse(node)) is not None


def _counted_from_one(
    site: Site, call: ast.Call, name: str, overrun: Overrun
) -> Iterator[Proposal]:
    """Yield `x[i - 1]` for `range(1, n + 1)`: a person counted from one."""
    start, stop = call.args
    if not isinstance(start, ast.Constant) or start.value != 1 or overrun.value != overrun.size:
        return
    if not isinstance(stop, ast.BinOp) or not isinstance(overrun.index, ast.Name):
        return
    indices = [
        n.slice
        for n in site.nodes
        if isinstance(n, ast.Subscript) and _name_and_offset(n.slice)[0] == name
    ]
    if all(isinstance(index, ast.Name) for index in indices):
        edits = [site.put(index, f"{name} - 1") for index in indices]
        said = f"`{name}` counts from 1, indices count from 0"
        yield site.propose(edits, said, 0.25)


def _while_bounds(site: Site, name: str, overrun: Overrun) -> Iterator[Proposal]:
    """Yield `<` for `<=` in the condition of the `while` around."""
    loops = [a for a in site.ancestors(site.node) if isinstance(a, ast.While)] if site.node else []
    for loop in loops[:1]:
        for test in ast.walk(loop.test):
            if not isinstance(test, ast.Compare) or len(test.ops) != 1:
                continue
            left, right = test.left, test.comparators[0]
            if not isinstance(left, ast.Name) or left.id != name:
                continue
            limit = site.live.known(right)
            if isinstance(test.ops[0], ast.LtE) and limit == overrun.size:
                new = f"{name} < {site.segment(right)}"
            elif isinstance(test.ops[0], ast.Lt) and limit == overrun.size + 1:
                if not isinstance(right, ast.BinOp) or not isinstance(right.op, ast.Add):
                    continue
                new = f"{name} < {site.segment(right.left)}"
            else:
                continue
            said = f"`{name}` reaches {overrun.value}, but the last index is {overrun.size - 1}"
            yield site.propose(site.put(test, new), said, 0.3)


def _from_caller(site: Site, name: str, offset: int, overrun: Overrun) -> Iterator[Proposal]:
    """Yield for a loop in the calling code whose counter was passed in as `name`."""
    function, caller = site.function, next(iter(site.outer), None)
    if function is None or caller is None or not isinstance(caller.node, ast.Call):
        return
    names = [argument.arg for argument in function.args.args]
    if names[:1] == ["self"]:
        names = names[1:]
    position = names.index(name) if name in names else -1
    if not 0 <= position < len(caller.node.args):
        return
    passed, more = _name_and_offset(caller.node.args[position])
    if passed:
        # The callee's own words for the size mean nothing in the caller.
        yield from _loop_bounds(caller, passed, offset + more, replace(overrun, size_text=""))


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
    if source is not None and (_is_size(source) or _is_size(index)):
        said = f"`{shown}` is {overrun.value}, but the last index is {overrun.size - 1}"
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
    if isinstance(items, list) and len(items) == index:
        base, value = site.segment(node.value), site.segment(statement.value)
        if isinstance(statement.value, ast.Tuple) and not value.startswith("("):
            value = f"({value})"
        said = f"`{base}` has no item {index} yet; `append` adds one"
        yield site.propose(site.put(statement, f"{base}.append({value})"), said, 0.4)


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
