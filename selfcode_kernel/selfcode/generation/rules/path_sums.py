"""Paths to which a text is added: a part below, or the end of the name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Any

from selfcode.generation.rules.live import is_kind
from selfcode.generation.rules.site import Proposal, Site, text_in

_SUFFIX = tuple("._-")


def path_and_text(site: Site, left: ast.expr, right: ast.expr, path: Any) -> Iterator[Proposal]:
    """Yield `path / part` for `path + "/part"`, and `str(path) + ".bak"` for what is no part."""
    parts = [right, *site.added_on()]
    begins = _beginning(site, right)
    if begins is None or not _joins_texts(site, parts):
        return
    base, below = site.atom(left), _without_slash(site, right) if begins[:1] == "/" else [right]
    if path.suffix and begins[:1].isalnum():
        return  # a file has nothing below it
    if begins.startswith(_SUFFIX) or (path.suffix and begins[:1] != "/"):
        said = "what is added to a path's name is no part of its own"
        yield site.propose(site.put(left, f"str({site.segment(left)})"), said, 0.5)
        if path.suffix or not path.is_dir():
            return
    if below is None:
        return
    written = [p if isinstance(p, str) else site.segment(p) for p in (*below, *parts[1:])]
    if not written:
        return
    whole = _sum_of(site, len(parts))
    loose = len(written) > 1 or not (below and _stands_firm(parts[0]))
    new = f"{base} / ({' + '.join(written)})" if loose else f"{base} / {written[0]}"
    yield site.propose(site.put(whole, new), "parts of a path are joined with `/`", 0.5)


def _stands_firm(node: ast.expr) -> bool:
    return not isinstance(node, (ast.BinOp, ast.IfExp, ast.BoolOp, ast.Lambda, ast.Compare))


def _sum_of(site: Site, parts: int) -> ast.expr:
    """Return the sum of the path and that many parts."""
    whole: Any = site.node
    for _ in range(parts - 1):
        whole = site.parents[whole]
    return whole  # type: ignore[no-any-return]  # the sum around is an expression


def _beginning(site: Site, node: ast.expr) -> str | None:
    """Return how the text begins that is added to a path; None when that cannot be told."""
    if isinstance(node, ast.JoinedStr) and node.values:
        first = node.values[0]
        return _beginning(site, first.value if isinstance(first, ast.FormattedValue) else first)
    value = site.live.known(node)
    if is_kind(value, "pathlib.PurePath"):
        return str(value) if not value.is_absolute() else None
    if not isinstance(value, str) or not value:
        return None
    fixed = text_in(node) is not None
    return value if fixed or not value.startswith("/") else None


def _joins_texts(site: Site, parts: Sequence[ast.expr]) -> bool:
    """Return whether what follows is text as far as it is known."""
    values = [site.live.known(part, "") for part in parts]
    paths = is_kind(values[0], "pathlib.PurePath") and len(values) == 1
    return paths or all(isinstance(value, str) for value in values)


def _without_slash(site: Site, node: ast.expr) -> list[str] | None:
    """Return the literal without leading slashes, nothing of `"/"`; None when it is no literal."""
    written = site.segment(node)
    found = re.fullmatch(r"([rRfFbBuU]*(?:'''|\"\"\"|'|\"))/+(.*)", written, re.DOTALL)
    if found is None:
        return None
    quotes = found.group(1).lstrip("rRfFbBuU")
    return [] if found.group(2) == quotes else [found.group(1) + found.group(2)]
