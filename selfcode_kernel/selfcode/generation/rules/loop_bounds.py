"""Loops whose counter runs past the end of what it indexes: the bound that lets it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from selfcode.generation.rules.counters import (
    Counted,
    Overrun,
    counters_of,
    is_size,
    other_axes,
    range_of,
)
from selfcode.generation.rules.counting import (
    begins_with_one,
    counted_from_one,
    may_begin_with_names,
    numbered_from_one,
    numbers_things,
    takes_neighbours,
)
from selfcode.generation.rules.live import size_of
from selfcode.generation.rules.site import Proposal, Site
from selfcode.source import Edit

_SUMS = (ast.Add, ast.Sub)
_GROWN = 0.4
_FIRM = (*_SUMS, ast.Mult, ast.FloorDiv, ast.Mod)


def loop_past_end(site: Site, overrun: Overrun) -> Iterator[Proposal]:
    """Yield what makes the loop around stay inside, for each counter that the index may follow."""
    for counted in counters_of(site, overrun.index):
        found = [
            *_range_bounds(site, counted, overrun),
            *numbered_from_one(site, counted, overrun),
            *_while_bounds(site, counted, overrun),
        ]
        yield from found
        if found:
            return


def _range_bounds(site: Site, counted: Counted, overrun: Overrun) -> Iterator[Proposal]:
    """Yield for the `range` whose numbers the index takes."""
    call = range_of(site, counted.name)
    if call is None:
        return
    if len(call.args) == 3:
        yield from _counted_down(site, call, counted, overrun)
        return
    stop = call.args[-1]
    known = site.live.known(stop)
    needed = overrun.size - counted.offset
    if not isinstance(known, int) or known <= needed:
        return
    shifted: list[Proposal] = []
    if len(call.args) == 2 and site.live.known(call.args[0]) == 1 and counted.offset == 0:
        shifted = list(counted_from_one(site, counted, known - 1, overrun))
        yield from shifted
        # The numbers 1 to 12 are meant, not all but the first; only neighbours begin at 1.
        if (
            isinstance(stop, ast.Constant)
            if shifted
            else not takes_neighbours(site, counted, overrun)
        ):
            return
    swapped = list(_axes_swapped(site, stop, overrun))
    yield from swapped
    if swapped:
        return
    if _recurs(site, stop):
        return  # what else is said with that number would no longer agree
    grown = list(_container_grown(site, known + counted.offset, overrun))
    yield from grown
    new, extra = _lowered(site, stop, known - needed, overrun, counted)
    if new:
        said = f"`{site.segment(call)}` runs to {known - 1}, but the last index is {needed - 1}"
        # It would leave the first element out, or the last one that was asked for.
        less_likely = 0.6 if any(p.cost < _GROWN for p in grown) else 0.0
        if shifted:
            used = numbers_things(site, counted.name)
            less_likely = 0.2 if may_begin_with_names(site, overrun) and not used else 0.6
        edits = [site.put(stop, new), *_outer_bounds(site, overrun)]
        yield site.propose(edits, said, 0.3 + extra + less_likely)


def _recurs(site: Site, stop: ast.expr) -> bool:
    """Return whether the text holds the same plain number elsewhere."""
    number = stop.value if isinstance(stop, ast.Constant) else 0
    if type(number) is not int or number < 2:
        return False
    others = (n.value for n in site.nodes if isinstance(n, ast.Constant) and n is not stop)
    return any(type(other) is int and other == number for other in others)


def _container_grown(site: Site, wanted: int, overrun: Overrun) -> Iterator[Proposal]:
    """Yield `[0] * (n + 1)` for a container that the text makes and that is set one past its end.

    It is certain where each element is made of the one before.
    """
    name, statement = overrun.base, site.statement
    if not isinstance(name, ast.Name) or not isinstance(site.node, ast.Subscript):
        return
    if not isinstance(site.node.ctx, ast.Store) or wanted != overrun.size + 1:
        return
    made = [
        n.value for n in site.nodes
        if isinstance(n, ast.Assign) and [site.segment(t) for t in n.targets] == [name.id]
    ]  # fmt: skip
    length = _length_of(made[0]) if len(made) == 1 else None
    if length is None or site.live.known(length) != overrun.size or statement is None:
        return
    shown = site.segment(length)
    new = f"{shown} + 1" if isinstance(site.parents.get(length), ast.Call) else f"({shown} + 1)"
    new = str(overrun.size + 1) if isinstance(length, ast.Constant) else new
    value = getattr(statement, "value", None)
    chained = value is not None and any(
        isinstance(n, ast.Name) and n.id == name.id for n in ast.walk(value)
    )
    said = f"`{name.id}` has {overrun.size} elements; the loop sets {overrun.size + 1}"
    cost = _GROWN - 0.1 if chained else _GROWN
    yield site.propose(site.put(length, new), said, cost)


def _length_of(made: ast.expr) -> ast.expr | None:
    """Return what gives the length in `[0] * n` and `np.zeros(n)`."""
    if isinstance(made, ast.BinOp) and isinstance(made.op, ast.Mult):
        return made.right if isinstance(made.left, ast.List) else None
    if isinstance(made, ast.Call) and isinstance(made.func, ast.Attribute) and made.args:
        sized = made.func.attr in ("zeros", "ones", "empty", "full")
        return made.args[0] if sized and not isinstance(made.args[0], ast.Tuple) else None
    return None


def _counted_down(
    site: Site, call: ast.Call, counted: Counted, overrun: Overrun
) -> Iterator[Proposal]:
    """Yield for a loop backwards that begins one too far."""
    start, last = call.args[0], overrun.last - counted.offset
    if site.live.known(call.args[2]) == -1 and site.live.known(start) == last + 1:
        said = f"`{site.segment(call)}` begins at {last + 1}, but the last index is {last}"
        yield site.propose(site.put(start, f"{site.segment(start)} - 1"), said, 0.3)


def _outer_bounds(site: Site, overrun: Overrun) -> list[Edit]:
    """Return the edits for the loops over the other axes, where they too run one too far."""
    edits = []
    for base, index in other_axes(site, overrun):
        container, counters = site.live.known(base), counters_of(site, index)
        call = range_of(site, counters[0].name) if counters else None
        if call is None or len(call.args) == 3 or counters[0].offset:
            continue
        stop, size = call.args[-1], size_of(container)
        known = site.live.known(stop)
        if isinstance(known, int) and known > size > 0:
            axis = Overrun(base, index, known - 1, size, f"len({site.segment(base)})")
            new, _ = _lowered(site, stop, known - size, axis, counters[0])
            edits += [site.put(stop, new)] if new else []
    return edits


def _axes_swapped(site: Site, stop: ast.expr, overrun: Overrun) -> Iterator[Proposal]:
    """Yield two bounds exchanged where each loop runs over the axis of the other."""
    for base, index in other_axes(site, overrun):
        counters = counters_of(site, index)
        call = range_of(site, counters[0].name) if counters and not counters[0].offset else None
        if call is None or len(call.args) != 1:
            continue
        other, size = call.args[0], size_of(site.live.known(base))
        bounds = site.live.known(stop), site.live.known(other)
        if bounds == (size, overrun.size) and size != overrun.size:
            edits = [site.put(stop, site.segment(other)), site.put(other, site.segment(stop))]
            said = "each of the two loops runs over the axis of the other"
            yield site.propose(edits, said, 0.3)


def _lowered(
    site: Site, stop: ast.expr, by: int, overrun: Overrun, counted: Counted
) -> tuple[str, float]:
    """Return the text of the bound made `by` smaller, and what speaks against it."""
    size, offset, shown = overrun.size_text, counted.offset, site.segment(stop)
    if isinstance(stop, ast.BinOp) and isinstance(stop.right, ast.Constant):
        step = stop.right.value
        if isinstance(stop.op, ast.Sub) and isinstance(step, int) and step + by == offset:
            return f"{site.segment(stop.left)} - {offset}", 0.0
        if isinstance(stop.op, ast.Add) and isinstance(step, int) and step >= by:
            left = site.segment(stop.left)
            return (left if step == by else f"{left} + {step - by}"), 0.0
    if isinstance(stop, ast.Constant) or (isinstance(stop, ast.Name) and offset == 0 and by > 1):
        return (f"{size}{counted.less}" if offset > 0 and size else size), 0.2
    firm = not isinstance(stop, ast.BinOp) or isinstance(stop.op, _FIRM)
    if offset == by and firm and not isinstance(stop, (ast.IfExp, ast.BoolOp, ast.Lambda)):
        return f"{shown}{counted.less}", 0.0
    if by == 1 and isinstance(stop, (ast.Name, ast.Call, ast.Attribute, ast.Subscript)):
        return f"{shown} - 1", 0.2
    if offset == 0 and is_size(stop):
        return size, 0.2
    return "", 0.0


def _while_bounds(site: Site, counted: Counted, overrun: Overrun) -> Iterator[Proposal]:
    """Yield the smaller bound in the condition of the `while` around."""
    loops = [a for a in site.ancestors(site.node) if isinstance(a, ast.While)] if site.node else []
    for loop in loops[:1]:
        for test in ast.walk(loop.test):
            if not isinstance(test, ast.Compare) or len(test.ops) != 1:
                continue
            if not isinstance(test.left, ast.Name) or test.left.id != counted.name:
                continue
            new = _stricter(site, test, counted, overrun)
            if not new:
                continue
            limit = site.live.known(test.comparators[0])
            shifted: list[Proposal] = []
            if isinstance(test.ops[0], ast.LtE) and begins_with_one(site, loop, counted.name):
                shifted = list(counted_from_one(site, counted, limit, overrun))
            yield from shifted
            said = f"`{counted.name}` reaches {overrun.value}, but the last index is {overrun.last}"
            yield site.propose(site.put(test, new), said, 0.6 if shifted else 0.3)


def _stricter(site: Site, test: ast.Compare, counted: Counted, overrun: Overrun) -> str:
    """Return the comparison with the bound that keeps the index inside, or the empty string."""
    right, name = test.comparators[0], counted.name
    limit, inclusive = site.live.known(right), isinstance(test.ops[0], ast.LtE)
    if not isinstance(limit, int) or not isinstance(test.ops[0], (ast.Lt, ast.LtE)):
        return ""
    over = limit + counted.offset - overrun.size + inclusive
    shown = site.segment(right)
    if over == 1 and inclusive:
        return f"{name} < {shown}"
    if limit == overrun.size and counted.offset > 0 and isinstance(right, (ast.Name, ast.Call)):
        return f"{name} < {shown}{counted.less}"
    added = right.right if isinstance(right, ast.BinOp) and isinstance(right.op, ast.Add) else None
    if over == 1 and isinstance(right, ast.BinOp) and site.live.known(added) == 1:
        return f"{name} < {site.segment(right.left)}"
    return ""


def loop_of_caller(site: Site, overrun: Overrun) -> Iterator[Proposal]:
    """Yield for a loop in the calling code whose counter was passed in as the index."""
    function, caller = site.function, next(iter(site.outer), None)
    if function is None or caller is None or not isinstance(caller.node, ast.Call):
        return
    names = [argument.arg for argument in function.args.args]
    names = names[1:] if names[:1] == ["self"] else names
    for counted in counters_of(site, overrun.index):
        position = names.index(counted.name) if counted.name in names else -1
        arguments: Sequence[ast.expr] = caller.node.args
        if not 0 <= position < len(arguments):
            continue
        for passed in counters_of(caller, arguments[position]):
            more = counted.offset + passed.offset
            both = Counted(passed.name, more, f" - {more}")
            # The callee's own words for the size mean nothing in the caller.
            yield from _range_bounds(caller, both, replace(overrun, size_text=""))
