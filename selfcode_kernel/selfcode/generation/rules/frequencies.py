"""Frequencies of pandas whose units were renamed: the multiplier and the anchor are kept."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

from selfcode.generation.rules.site import Proposal, Site, text_in
from selfcode.source import Edit

_REFUSED = re.compile(
    r"(?:[Ii]nvalid frequency|invalid unit abbreviation): (.+?)(?:\. (?:Failed|Did)|$)|"
    r"passed window (\S+) is not compatible"
)
_NAMED = (
    re.compile(r"'([A-Z]+(?:-[A-Z]+)?)' is no longer supported.*?use '([\w-]+)'"),
    re.compile(r"use '([\w-]+)' instead of '([\w-]+)'"),
    re.compile(
        r"[Ii]nvalid frequency: ([A-Z]+(?:-[A-Z]+)?)\. (?:Failed[^)]*\)\. )?"
        r"Did you mean (\w+(?:-\w+)?)\?"
    ),
)  # fmt: skip
_UNITS = {"T": "min", "L": "ms", "U": "us", "N": "ns", "S": "s", "H": "h"}
_MOST_UNITS = 6


def renamed_frequency(site: Site) -> Iterator[Proposal]:
    """Propose the unit that the library now takes: `6h` for `6H`, `2QE-DEC` for `2Q-DEC`."""
    found = _REFUSED.search(site.message)
    if found is None or "pandas" not in sys.modules:
        return
    accepts, asked = _judge_of(site), found.group(1) or found.group(2)
    edits = [
        edit
        for node in site.inside()
        for edit in _edits(site, node, accepts)
    ] or [
        site.put(node, site.segment(node).replace(asked, new))
        for node in site.nodes
        if isinstance(node, ast.Constant) and text_in(node) == asked
        if (new := renamed(asked, accepts))
    ]  # fmt: skip
    if edits:
        said = f"the frequency `{asked}` is written with the units of now"
        yield site.propose(edits, said, 0.1)


def _judge_of(site: Site) -> Callable[[str], Any]:
    """Return what takes the frequency where it failed; periods and spans spell it otherwise."""
    pandas: Any = sys.modules["pandas"]
    if "unit abbreviation" in site.message:
        return pandas.Timedelta  # type: ignore[no-any-return]  # a class of pandas
    called = site.segment(site.node.func) if isinstance(site.node, ast.Call) else ""
    if "Period" in site.message or re.search(r"to_period$|Period$|period_range$", called):
        return lambda text: pandas.Period("2000-01-01", freq=text)
    return pandas.tseries.frequencies.to_offset  # type: ignore[no-any-return]  # its function


def _edits(site: Site, node: ast.AST, accepts: Callable[[str], Any]) -> Iterator[Edit]:
    """Yield the edit of a literal, or of an f-string whose last part is the unit."""
    if isinstance(node, ast.JoinedStr):
        unit = text_in(node.values[-1])
        new = renamed(unit, accepts) if unit else ""
        written = site.segment(node)
        if unit and new and written.count(f"}}{unit}") == 1:
            yield site.put(node, written.replace(f"}}{unit}", f"}}{new}"))
    text = text_in(node)
    inside = isinstance(site.parents.get(node), ast.JoinedStr)
    if text and isinstance(node, ast.Constant) and not inside:
        new = renamed(text, accepts)
        if new:
            yield site.put(node, site.segment(node).replace(text, new))


def renamed(text: str, accepts: Callable[[str], Any]) -> str:
    """Return the frequency in the units of now; empty when nothing has to be, or can be, done."""
    new = text
    for _ in range(_MOST_UNITS):
        try:
            accepts(new)
        except (ValueError, KeyError) as error:
            changed = _exchanged(new, str(error))
            if changed == new:
                return ""
            new = changed
        else:
            return new if new != text else ""
    return ""


def _exchanged(text: str, message: str) -> str:
    """Return `text` with the one unit exchanged that the message speaks of."""
    pairs = [found.groups() for pattern in _NAMED if (found := pattern.search(message))]
    if "instead of" in message:
        pairs = [(new, old) for old, new in pairs]
    unit = re.search(r"unit abbreviation: ([A-Z])$", message)
    if unit and unit.group(1) in _UNITS:
        pairs.append((unit.group(1), _UNITS[unit.group(1)]))
    for old, new in pairs:
        changed = re.sub(rf"(?<![A-Za-z]){re.escape(old)}(?![A-Za-z])", new, text)
        if changed != text:
            return changed
    return text
