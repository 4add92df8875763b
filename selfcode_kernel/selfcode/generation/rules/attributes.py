"""Attributes and methods that an object does not have, but nearly has."""

from __future__ import annotations

import ast
import pkgutil
import types
from collections.abc import Iterator
from typing import Any

from selfcode.generation.rules.live import is_kind, labels_of
from selfcode.generation.rules.nearness import nearest
from selfcode.generation.rules.site import Proposal, Site
from selfcode.source import Edit


def misspelt_attribute(site: Site) -> Iterator[Proposal]:
    """Propose the nearest attribute, method or submodule that the object has."""
    word, owner = missing_attribute(site)
    if owner is None or _set_elsewhere(site, word):
        return
    uses = attribute_uses(site, word)
    if uses:
        called = is_called(site, uses[0])
        base = site.segment(uses[0].value)
        for meant, far in nearest(word, _public(owner, word)):
            extra = _misfit(owner, meant, called)
            if extra is not None:
                edits = [_reading(site, use, meant) for use in uses]
                said = f"`{base}` has no attribute `{word}`; the nearest is `{meant}`"
                yield site.propose(edits, said, 0.2 + 0.6 * far + extra)
        return
    yield from _spelt_in_string(site, word, owner)


def missing_attribute(site: Site) -> tuple[str, Any]:
    """Return the attribute that was asked for and the live object that lacks it, or `("", None)`.

    An exception that a module's own `__getattr__` raises does not say; then the code does.
    """
    error, node = site.error, site.node
    if not isinstance(error, AttributeError):
        return "", None
    if isinstance(error.name, str) and error.obj is not None:
        return error.name, error.obj
    if isinstance(node, ast.Attribute):
        return node.attr, site.live.known(node.value)
    return "", None


def attribute_uses(site: Site, word: str) -> list[ast.Attribute]:
    """Return where the failing expression asks for `word`, then where the same text does so again.

    Empty when the attribute was asked for by a library's code.
    """
    attributes = [n for n in site.nodes if isinstance(n, ast.Attribute) and n.attr == word]
    here = [n for n in (site.inside() if site.node else site.of_statement()) if n in attributes]
    failing = [n for n in here if isinstance(n, ast.Attribute)][:1]
    if not failing:
        return []
    same, nearby = ast.dump(failing[0].value), set(site.of_statement())
    again = [
        n
        for n in attributes
        if n not in failing
        and (ast.dump(n.value) == same or (n in nearby and _alike(site, n, failing[0])))
    ]
    return failing + again


def _alike(site: Site, node: ast.Attribute, failing: ast.Attribute) -> bool:
    """Return whether both are asked of objects of one type, which lack the attribute."""
    one, other = (site.live.known(n.value, site) for n in (failing, node))
    return type(one) is type(other) and not hasattr(other, node.attr) and other is not site


def after_dot(site: Site, node: ast.Attribute, name: str) -> Edit:
    """Return the edit that writes `name` in place of the attribute's own name."""
    site.require_written(node)
    line, column = node.end_lineno or 0, node.end_col_offset or 0
    return Edit(line, column - len(node.attr.encode()), line, column, name)


def _reading(site: Site, use: ast.Attribute, name: str) -> Edit:
    """Return the edit that reads `name` instead: with brackets when it is a column with spaces."""
    if name.isidentifier():
        return after_dot(site, use, name)
    return site.put(use, f"{site.atom(use.value)}[{name!r}]")


def is_called(site: Site, node: ast.expr) -> bool:
    """Return whether the text calls what `node` gives."""
    parent = site.parents.get(node)
    return isinstance(parent, ast.Call) and parent.func is node


def _public(owner: Any, word: str) -> Iterator[str]:
    names = set(dir(owner))
    if isinstance(owner, types.ModuleType) and hasattr(owner, "__path__"):
        names.update(module.name for module in pkgutil.iter_modules(owner.__path__))
    if is_kind(owner, "pandas.DataFrame"):
        names.update(label for label in labels_of(owner) if isinstance(label, str))
    for name in sorted(names):
        if word.startswith("_") or not name.startswith("_"):
            yield name


def _misfit(owner: Any, name: str, called: bool) -> float | None:
    """Return what speaks against `name` as a cost, or None when it cannot be meant."""
    try:
        value = getattr(owner, name) if name.isidentifier() else None
    except Exception:  # noqa: BLE001 - the user's own property
        return None
    if called:
        return 0.0 if callable(value) else None
    return 0.6 if isinstance(value, (types.MethodType, types.BuiltinMethodType)) else 0.0


def _set_elsewhere(site: Site, word: str) -> bool:
    """Return whether the text sets an attribute of that name: then it is no slip."""
    return any(
        isinstance(n, ast.Attribute) and n.attr == word and isinstance(n.ctx, ast.Store)
        for n in site.nodes
        if n is not site.node
    )


def _spelt_in_string(site: Site, word: str, owner: Any) -> Iterator[Proposal]:
    """Yield for a method that is named by a string: `getattr(x, "lenght")`, `.agg("maen")`."""
    texts = [n for n in site.inside() if isinstance(n, ast.Constant) and n.value == word]
    if not texts:
        return
    for meant, far in nearest(word, _public(owner, word)):
        edits = [site.put(text, repr(meant)) for text in texts]
        kind = type(owner).__name__
        said = f"a `{kind}` has no attribute `{word}`; the nearest is `{meant}`"
        yield site.propose(edits, said, 0.2 + 0.6 * far)
