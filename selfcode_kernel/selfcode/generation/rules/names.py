"""Names that are not defined but nearly are."""

from __future__ import annotations

import ast
import re
import types
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from selfcode.generation.rules.nearness import nearest
from selfcode.generation.rules.site import Proposal, Site

FOREIGN = {
    "true": "True", "false": "False", "null": "None", "none": "None", "nil": "None",
    "undefined": "None", "NULL": "None", "TRUE": "True", "FALSE": "False",
    "xrange": "range", "raw_input": "input", "unicode": "str", "basestring": "str",
    "long": "int", "unichr": "chr",
}  # fmt: skip
_SHELL = frozenset("In Out exit quit get_ipython".split())
_CONSTANTS = ("True", "False", "None")
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType)
_OVER_COLLECTIONS = frozenset(
    "sum len max min sorted list set tuple any all enumerate zip map filter mean median std array "
    "Counter choice join DataFrame Series concat".split()
)


def misspelt_name(site: Site) -> Iterator[Proposal]:
    """Propose for a `NameError` what another language's word means, or the nearest live name."""
    word = missing_name(site)
    if word is None:
        return
    uses = uses_of(site, word)
    if not uses:
        return
    if word in FOREIGN:
        visible = {name for name, _ in site.live.names()}
        words = [word, *(w for w in FOREIGN if w != word and w not in visible)]
        edits = [site.put(use, FOREIGN[w]) for w in words for use in uses_of(site, w)]
        yield site.propose(edits, f"`{word}` is `{FOREIGN[word]}` in Python", 0.1)
        return
    if len(word) < 2:
        yield from _local_in_other_case(site, word, uses)
    if len(word) < 2 or _was_defined(site, word):
        return
    for meant, far in nearest(word, _fitting(site, word, uses[0])):
        if _is_meant(site, word, meant, far, uses[0]):
            yield _renaming(site, word, meant, far, uses)


def _local_in_other_case(site: Site, word: str, uses: list[ast.Name]) -> Iterator[Proposal]:
    """Yield `x` for `X` in a function that takes or sets `x`."""
    other = word.swapcase()
    own = ast.walk(site.function) if site.function else ()
    if any(_binds(node, other) for node in own):
        said = f"`{word}` is not defined; the function's own is `{other}`"
        yield site.propose([site.put(use, other) for use in uses], said, 0.4)


def _binds(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.arg):
        return node.arg == name
    return isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)


def missing_name(site: Site) -> str | None:
    """Return the name that was not defined, when this site is where it was looked up."""
    error = site.error
    if not site.innermost or not isinstance(error, NameError):
        return None
    quoted = re.search(r"'(\w+)'", site.message)
    return getattr(error, "name", None) or (quoted.group(1) if quoted else None)


def uses_of(site: Site, word: str) -> list[ast.Name]:
    """Return where the text reads `word`, the failing place first; elsewhere only if never set."""
    named = [n for n in site.nodes if isinstance(n, ast.Name) and n.id == word]
    here = [n for n in site.inside() if n in named] or [
        n for n in site.of_statement() if n in named
    ]
    failing = [n for n in here if isinstance(n, ast.Name) and site.segment(n) == word]
    if len(failing) != len(here):
        return []
    if any(not isinstance(n.ctx, ast.Load) for n in named):
        return failing
    others = [n for n in named if n not in failing and site.segment(n) == word]
    return failing + others if failing else []


def _was_defined(site: Site, word: str) -> bool:
    """Return whether an earlier cell, or this text, gives `word` a value: then it is no slip."""
    inputs = site.scene.failure.namespace.get("In")
    earlier = [text for text in inputs[:-1] if isinstance(text, str)] if inputs else []
    pattern = re.compile(rf"(?m)^\s*(?:def|class)\s+{word}\b|^\s*{word}\s*(?::[^=\n]+)?=[^=]")
    return any(pattern.search(text) for text in earlier if text != site.text)


def _fitting(site: Site, word: str, use: ast.Name) -> Iterator[str]:
    """Yield the visible names whose values could be used the way `use` is."""
    yield from _CONSTANTS
    parent = site.parents.get(use)
    for name, value in site.live.names():
        hidden = name.startswith("_") and not word.startswith("_")
        if not hidden and name not in _SHELL:
            # Whatever an object raises when it is looked at, the others still count.
            with suppress(Exception):
                if _fits(value, use, parent):
                    yield name


def _fits(value: Any, use: ast.Name, parent: ast.AST | None) -> bool:
    kind = type(value)
    if isinstance(parent, ast.Attribute):
        return hasattr(kind, parent.attr) or hasattr(value, parent.attr)
    if isinstance(value, types.ModuleType):
        return False
    if isinstance(parent, ast.Call) and parent.func is use:
        return callable(value)
    if isinstance(parent, ast.Subscript) and parent.value is use:
        return hasattr(kind, "__getitem__") or isinstance(value, type)
    if isinstance(parent, (ast.For, ast.comprehension)) and parent.iter is use:
        return hasattr(kind, "__iter__") or hasattr(kind, "__getitem__")
    if isinstance(parent, (ast.BinOp, ast.Compare, ast.Starred, ast.UnaryOp)):
        return not callable(value)
    return True


def _is_meant(site: Site, word: str, meant: str, far: float, use: ast.Name) -> bool:
    """Return whether nothing speaks for `word` being another thing than the live `meant`."""
    if meant in _CONSTANTS:
        return True
    value, parent = site.live.get(meant), site.parents.get(use)
    called = isinstance(parent, ast.Call) and parent.func is use
    own = meant in site.live.locals or meant in site.live.globals
    if not own and not called and not isinstance(parent, (ast.Attribute, ast.ExceptHandler)):
        return far < 1
    if word[0].isupper() and called:
        return isinstance(value, (type, *_FUNCTIONS))
    if far == 0 and isinstance(value, type) and not called and not word[0].isupper():
        return False
    if f"{meant}s" == word:
        return _is_collection(value) or callable(value)
    if f"{word}s" == meant and _is_collection(value):
        return _walked(site, use, parent)
    return True


def _is_collection(value: Any) -> bool:
    return hasattr(type(value), "__len__") and not isinstance(value, (str, bytes))


def _walked(site: Site, use: ast.Name, parent: ast.AST | None) -> bool:
    """Return whether the text uses the value as a collection."""
    if isinstance(parent, ast.Call) and use in parent.args:
        return site.segment(parent.func).rpartition(".")[2] in _OVER_COLLECTIONS
    return isinstance(parent, (ast.For, ast.comprehension, ast.Subscript, ast.Attribute))


def _renaming(site: Site, word: str, meant: str, far: float, uses: list[ast.Name]) -> Proposal:
    """Return the proposal to read `meant`; or to set `word` where `meant` is never read."""
    cost = 0.2 + 0.6 * far + _distrust(site, meant)
    sets = _only_set(site, meant) if _is_set(site, word) else []
    if sets:
        edits = [site.put(node, word) for node in sets]
        said = f"`{word}` is read but `{meant}` is what gets its first value; both are `{word}`"
        return site.propose(edits, said, cost)
    edits = [site.put(use, meant) for use in uses]
    return site.propose(edits, f"`{word}` is not defined; the nearest is `{meant}`", cost)


def _distrust(site: Site, name: str) -> float:
    if name in site.live.locals:
        return 0.0
    return 0.05 if name in site.live.globals else 0.15


def _is_set(site: Site, word: str) -> bool:
    return any(
        isinstance(n, ast.Name) and n.id == word and not isinstance(n.ctx, ast.Load)
        for n in site.nodes
    )


def _only_set(site: Site, name: str) -> list[ast.Name]:
    """Return where the text sets `name`, if it never reads it."""
    named = [n for n in site.nodes if isinstance(n, ast.Name) and n.id == name]
    return [] if any(isinstance(n.ctx, ast.Load) for n in named) else named
