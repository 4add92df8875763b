"""Loop counters: which loop gives an index its values, and how far the index runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from selfcode.generation.rules.site import Site

LOOPS = (ast.For, ast.AsyncFor, ast.comprehension)
_SUMS = (ast.Add, ast.Sub)


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
    loop = loop_of(site, name)
    if loop is not None:
        call, outer = range_of(site, name), loop_of(site, counter)
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


def loop_of(site: Site, name: str) -> ast.For | ast.AsyncFor | ast.comprehension | None:
    """Return the innermost loop around the failing place that gives `name` its values."""
    inner = site.node or site.statement
    for around in site.ancestors(inner) if inner else ():
        for loop in (around, *getattr(around, "generators", ())):
            if isinstance(loop, LOOPS) and sets(loop.target, name):
                return loop
    return None


def sets(target: ast.expr, name: str) -> bool:
    """Return whether the target of a loop gives `name` a value."""
    return any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(target))


def range_of(site: Site, name: str) -> ast.Call | None:
    """Return the innermost `range(...)` around the failing place that gives `name` its values."""
    loop = loop_of(site, name)
    call = loop.iter if loop is not None and isinstance(loop.target, ast.Name) else None
    named = isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    return call if named and call.func.id == "range" and call.args else None  # type: ignore[union-attr,return-value]  # a call of a name


def first_of_range(site: Site, name: ast.Name) -> int | None:
    """Return the first number that a `range` gives to the counter `name`."""
    call = range_of(site, name.id)
    first = site.live.known(call.args[0]) if call is not None and len(call.args) > 1 else 0
    return first if call is not None and isinstance(first, int) else None


def other_axes(site: Site, overrun: Overrun) -> Iterator[tuple[ast.expr, ast.expr]]:
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


def is_size(node: ast.expr) -> bool:
    """Return whether the expression is a length or a part of a shape."""
    written = ast.unparse(node)
    return written.startswith("len(") or ".shape[" in written
