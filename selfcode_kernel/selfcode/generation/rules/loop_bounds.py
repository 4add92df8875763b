"""Loops whose counter runs past the end of what it indexes: the bound, or the count from one."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from selfcode.generation.rules.live import size_of
from selfcode.generation.rules.site import Proposal, Site
from selfcode.source import Edit

_LOOPS = (ast.For, ast.AsyncFor, ast.comprehension)
_SUMS = (ast.Add, ast.Sub)
_GROWN = 0.4
_FIRM = (*_SUMS, ast.Mult, ast.FloorDiv, ast.Mod)


@dataclass(frozen=True)
class Overrun:
    """An index expression of `base`, its value, and the size of what it indexes.

    `size_text` is how the code can write the size; empty when its words mean nothing there.
    """

    base: ast.expr
    index: ast.expr
    value: int
    size: int
    size_text: str

    @property
    def last(self) -> int:
        """The last index that there is."""
        return self.size - 1


@dataclass(frozen=True)
class Counted:
    """An index as a loop's counter and the most that is added to it.

    `less` is how a bound is written that leaves room for that: ` - 2`, ` - k + 1`.
    """

    name: str
    offset: int = 0
    less: str = ""


def loop_past_end(site: Site, overrun: Overrun) -> Iterator[Proposal]:
    """Yield what makes the loop around stay inside, for each counter that the index may follow."""
    for counted in counters_of(site, overrun.index):
        found = [
            *_range_bounds(site, counted, overrun),
            *_numbered_from_one(site, counted, overrun),
            *_while_bounds(site, counted, overrun),
        ]
        yield from found
        if found:
            return


def counters_of(site: Site, index: ast.expr) -> list[Counted]:
    """Return how the index follows a loop's counter: `i`, `i + 2`, `i - k`, `i + j`."""
    if isinstance(index, ast.Name):
        return [Counted(index.id)]
    if not isinstance(index, ast.BinOp) or not isinstance(index.op, _SUMS):
        return []
    pairs = [(index.left, index.right)]
    if isinstance(index.op, ast.Add):
        pairs.append((index.right, index.left))
    sign = 1 if isinstance(index.op, ast.Add) else -1
    return [
        Counted(counter.id, sign * more[0], more[1])
        for counter, added in pairs
        if isinstance(counter, ast.Name) and (more := _added(site, counter.id, added))
    ]


def _added(site: Site, counter: str, node: ast.expr) -> tuple[int, str] | None:
    """Return the most that is added to a counter, a number or what an inner range runs to."""
    name = node.id if isinstance(node, ast.Name) else ""
    loop = _loop_of(site, name)
    if loop is not None:
        call, outer = _range_of(site, name), _loop_of(site, counter)
        if call is None or len(call.args) != 1 or outer is None or outer in ast.walk(loop):
            return None
        stop, most = call.args[0], site.live.known(call.args[0])
        if not isinstance(most, int) or most < 1:
            return None
        constant = isinstance(stop, ast.Constant)
        return most - 1, f" - {most - 1}" if constant else f" - {_bracketed(site, stop)} + 1"
    value = site.live.known(node)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value, f" - {_bracketed(site, node)}"


def _bracketed(site: Site, node: ast.expr) -> str:
    return site.segment(node) if isinstance(node, ast.Constant) else site.atom(node)


def _loop_of(site: Site, name: str) -> ast.For | ast.AsyncFor | ast.comprehension | None:
    """Return the innermost loop around the failing place that gives `name` its values."""
    for around in site.ancestors(site.node) if site.node else ():
        for loop in (around, *getattr(around, "generators", ())):
            if isinstance(loop, _LOOPS) and _sets(loop.target, name):
                return loop
    return None


def _sets(target: ast.expr, name: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(target))


def _range_of(site: Site, name: str) -> ast.Call | None:
    """Return the innermost `range(...)` around the failing place that gives `name` its values."""
    loop = _loop_of(site, name)
    call = loop.iter if loop is not None and isinstance(loop.target, ast.Name) else None
    named = isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    return call if named and call.func.id == "range" and call.args else None  # type: ignore[union-attr,return-value]  # a call of a name


def first_of_range(site: Site, name: ast.Name) -> int | None:
    """Return the first number that a `range` gives to the counter `name`."""
    call = _range_of(site, name.id)
    first = site.live.known(call.args[0]) if call is not None and len(call.args) > 1 else 0
    return first if call is not None and isinstance(first, int) else None


def _range_bounds(site: Site, counted: Counted, overrun: Overrun) -> Iterator[Proposal]:
    """Yield for the `range` whose numbers the index takes."""
    call = _range_of(site, counted.name)
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
        shifted = list(_counted_from_one(site, counted, known - 1, overrun))
        yield from shifted
        # The numbers 1 to 12 are meant, not all but the first; only neighbours begin at 1.
        if isinstance(stop, ast.Constant) if shifted else not _neighbours(site, counted, overrun):
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
            less_likely = 0.6 if _numbers_things(site, counted.name) else 0.2
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
    for base, index in _other_axes(site, overrun):
        container, counters = site.live.known(base), counters_of(site, index)
        call = _range_of(site, counters[0].name) if counters else None
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
    for base, index in _other_axes(site, overrun):
        counters = counters_of(site, index)
        call = _range_of(site, counters[0].name) if counters and not counters[0].offset else None
        if call is None or len(call.args) != 1:
            continue
        other, size = call.args[0], size_of(site.live.known(base))
        bounds = site.live.known(stop), site.live.known(other)
        if bounds == (size, overrun.size) and size != overrun.size:
            edits = [site.put(stop, site.segment(other)), site.put(other, site.segment(stop))]
            said = "each of the two loops runs over the axis of the other"
            yield site.propose(edits, said, 0.3)


def _other_axes(site: Site, overrun: Overrun) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield what else is indexed on the way to the failing element, with its index."""
    base = overrun.base
    while isinstance(base, ast.Subscript):
        yield base.value, base.slice
        base = base.value
    node, element = site.node, site.parents.get(site.node) if site.node else None
    if isinstance(element, ast.Subscript) and element.value is node and node is not None:
        yield _first_of(overrun.base), element.slice
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
        first, *more = node.slice.elts
        if first is not overrun.index:
            yield node.value, first
        shape = getattr(site.live.known(node.value), "shape", ())
        if len(more) == 1 and len(shape) == 2 and more[0] is not overrun.index:
            yield _first_of(node.value), more[0]


def _first_of(base: ast.expr) -> ast.expr:
    """Return the expression of the first row of `base`."""
    row = ast.Subscript(base, ast.Constant(0), ast.Load())
    return ast.fix_missing_locations(ast.copy_location(row, base))


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


def is_size(node: ast.expr) -> bool:
    """Return whether the expression is a length or a part of a shape."""
    written = ast.unparse(node)
    return written.startswith("len(") or ".shape[" in written


# Counting from one ------------------------------------------------------------------------


def _counted_from_one(
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


def _neighbours(site: Site, counted: Counted, overrun: Overrun) -> bool:
    """Return whether the loop also takes the element beside the one that failed."""
    return any(
        isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.BinOp)
        and _follows(node.slice, counted.name)
        and ast.dump(node.value) == ast.dump(overrun.base)
        for node in _inside_loop(site, counted.name)
    )


def _other_axes_from_one(site: Site, overrun: Overrun) -> list[Edit]:
    """Return the edits for the indices of the other axes that are counted from one as well."""
    edits = []
    for base, index in _other_axes(site, overrun):
        call = _range_of(site, index.id) if isinstance(index, ast.Name) else None
        if call is None or not isinstance(index, ast.Name) or len(call.args) != 2:
            continue
        first, stop = (site.live.known(part) for part in call.args)
        if first == 1 and stop == size_of(site.live.known(base)) + 1:
            edits.append(site.put(index, f"{index.id} - 1"))
    return edits


def _numbers_things(site: Site, name: str) -> bool:
    """Return whether the loop uses its counter for more than to index: it counts from 1 then."""
    return any(
        isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)
        and not _is_index(site, n)
        for n in _inside_loop(site, name)
    )  # fmt: skip


def _is_index(site: Site, node: ast.AST) -> bool:
    parent = site.parents.get(node)
    holder = site.parents.get(parent) if isinstance(parent, (ast.BinOp, ast.Tuple)) else parent
    within = node if holder is parent else parent
    read = isinstance(holder, ast.Subscript) and holder.slice is within
    return read and not isinstance(site.live.known(holder.value), Mapping)  # type: ignore[union-attr]  # a subscript


def _follows(index: ast.expr, name: str) -> bool:
    """Return whether the index is the counter, or the counter and something."""
    parts = [index.left, index.right] if isinstance(index, ast.BinOp) else [index]
    return any(isinstance(part, ast.Name) and part.id == name for part in parts)


def _inside_loop(site: Site, name: str) -> Iterator[ast.AST]:
    for around in site.ancestors(site.node) if site.node else ():
        loops = (around, *getattr(around, "generators", ()))
        if isinstance(around, ast.While) or any(
            isinstance(loop, _LOOPS) and _sets(loop.target, name) for loop in loops
        ):
            yield from ast.walk(around)
            return


def _ends_alike(site: Site, base: ast.expr, overrun: Overrun) -> bool:
    """Return whether `base` is what failed, or another sequence that ends where it ends."""
    if ast.dump(base) == ast.dump(overrun.base):
        return True
    value = site.live.known(base)
    return not isinstance(value, Mapping) and size_of(value) == overrun.size


def _numbered_from_one(site: Site, counted: Counted, overrun: Overrun) -> Iterator[Proposal]:
    """Yield for `enumerate(xs, 1)` and `enumerate(xs, start=1)`."""
    loop = _loop_of(site, counted.name)
    call = loop.iter if loop is not None else None
    if loop is None or not isinstance(call, ast.Call) or not isinstance(loop.target, ast.Tuple):
        return
    start = [*call.args[1:2], *(k.value for k in call.keywords if k.arg == "start")]
    first = loop.target.elts[0]
    named = isinstance(first, ast.Name) and first.id == counted.name
    if ast.unparse(call.func) == "enumerate" and named and start:
        last = size_of(site.live.known(call.args[0]))
        if site.live.known(start[0]) == 1:
            yield from _counted_from_one(site, counted, last, overrun)


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
            if isinstance(test.ops[0], ast.LtE) and _begins_with_one(site, loop, counted.name):
                shifted = list(_counted_from_one(site, counted, limit, overrun))
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


def _begins_with_one(site: Site, loop: ast.While, name: str) -> bool:
    """Return whether the last value that the text gives the counter before the loop is 1."""
    before = [
        n.value
        for n in site.nodes
        if isinstance(n, ast.Assign) and n.lineno < loop.lineno
        and any(isinstance(t, ast.Name) and t.id == name for t in n.targets)
    ]  # fmt: skip
    return bool(before) and isinstance(before[-1], ast.Constant) and before[-1].value == 1


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
