"""Loops over what cannot be walked through in the way that the code does it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from selfcode.generation.rules.site import Proposal, Site


def pairs_of(site: Site) -> Iterator[Proposal]:
    """Propose `.items()` or `enumerate()` where a loop unpacks pairs of what has none."""
    if "to unpack" not in site.message and "cannot unpack" not in site.message:
        return
    for loop in (site.statement, *site.of_statement()):
        if not isinstance(loop, (ast.For, ast.comprehension)):
            continue
        target, source = loop.target, loop.iter
        if not isinstance(target, ast.Tuple) or len(target.elts) != 2:
            continue
        value, shown = site.live.known(source), site.segment(source)
        if isinstance(value, Mapping):
            said = f"`{shown}` gives its keys; pairs come from `.items()`"
            yield site.propose(site.put(source, f"{shown}.items()"), said, 0.2)
        elif isinstance(value, (list, tuple, str)) and _is_counter(target.elts[0]):
            said = f"`{shown}` gives no numbers; `enumerate` does"
            yield site.propose(site.put(source, f"enumerate({shown})"), said, 0.5)


def _is_counter(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("i", "j", "k", "n", "idx", "index", "number")


def counted_loop(site: Site) -> Iterator[Proposal]:
    """Propose `range(n)` for a loop over the number `n`."""
    source = site.iterated
    if "'int' object is not iterable" in site.message and source is not None:
        shown = site.segment(source)
        said = f"`{shown}` is a number; `range` counts up to it"
        yield site.propose(site.put(source, f"range({shown})"), said, 0.2)
