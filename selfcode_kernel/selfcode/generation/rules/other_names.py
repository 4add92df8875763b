"""Methods under the name that they bear elsewhere: `to_lower`, `joined`, `names.upper()`."""

from __future__ import annotations

import ast
import os
import sys
import types
from collections.abc import Iterator
from typing import Any

from selfcode.generation.rules.attributes import (
    after_dot,
    attribute_uses,
    is_called,
    missing_attribute,
)
from selfcode.generation.rules.live import is_kind
from selfcode.generation.rules.nearness import nearest, parts, squeezed
from selfcode.generation.rules.renames import alias_of, template_for
from selfcode.generation.rules.site import Proposal, Site

_FILLING = ("to", "get", "do", "as", "is", "the", "of", "str", "string", "case", "all", "values",
            "value", "columns", "column", "rows")  # fmt: skip
_ENDINGS = ("ing", "ed", "es", "er", "s", "d")
_LIBRARIES = frozenset("builtins collections pandas numpy pathlib datetime re io".split())
_CHANGED = ("builtins.list", "builtins.dict", "builtins.set", "builtins.bytearray",
            "collections.deque", "numpy.ndarray")  # fmt: skip
_LEAST_CUT = 4
_AMBIGUOUS = frozenset("len join get count replace cat".split())


def related_method(site: Site) -> Iterator[Proposal]:
    """Propose the one method of a library's object that the code inflects or adorns."""
    word, owner = missing_attribute(site)
    uses = attribute_uses(site, word)
    if owner is None or not uses or not is_called(site, uses[0]):
        return
    if isinstance(owner, types.ModuleType):
        yield from _cut_short(site, owner, word, uses)
        return
    kind = type(owner)
    if kind.__module__.partition(".")[0] not in _LIBRARIES or template_for(
        site, owner, word, uses[0]
    ):
        return
    if nearest(word, dir(kind)):
        return
    stem = _stem(word)
    public = [
        name for name in dir(kind) if not name.startswith("_") and callable(getattr(kind, name))
    ]
    meant = [name for name in public if stem and stem in (_stem(name), squeezed(name))]
    if len(meant) != 1 or (is_kind(owner, *_CHANGED) and not _for_effect(site, uses[0])):
        return
    edits = [after_dot(site, use, meant[0]) for use in uses]
    said = f"a {kind.__name__} has no `{word}`; what it has is `{meant[0]}`"
    yield site.propose(edits, said, 0.4)


def _cut_short(
    site: Site, module: types.ModuleType, word: str, uses: list[ast.Attribute]
) -> Iterator[Proposal]:
    """Yield `math.factorial` for `math.fact`: the one function of a library that so begins."""
    own = str(getattr(module, "__file__", None) or "").startswith(os.getcwd())
    names = [name for name in dir(module) if name.startswith(word) and len(word) >= _LEAST_CUT]
    if len(names) == 1 and not own and callable(getattr(module, names[0], None)):
        edits = [after_dot(site, use, names[0]) for use in uses]
        shown = site.segment(uses[0].value)
        yield site.propose(edits, f"`{shown}` has no `{word}`, but `{names[0]}`", 0.7)


def _stem(word: str) -> str:
    """Return the parts of a method's name that carry its meaning, without their endings."""
    kept = [part for part in parts(word) if part not in _FILLING]
    return "".join(_without_ending(part.removesuffix("case")) for part in kept)


def _without_ending(part: str) -> str:
    for ending in _ENDINGS:
        stem = part.removesuffix(ending)
        if stem != part and len(stem) > 2:
            return stem[:-1] if stem[-1] == stem[-2] and ending in ("ing", "ed", "er") else stem
    return part.removesuffix("e") if len(part) > 3 else part


def _for_effect(site: Site, use: ast.Attribute) -> bool:
    """Return whether the value of the call is not used: what changes in place gives none."""
    call = site.parents.get(use)
    return call is not None and isinstance(site.parents.get(call), ast.Expr)


def accessor_left_out(site: Site) -> Iterator[Proposal]:
    """Propose `.str.upper()` and `.dt.hour` for a column of texts or of times."""
    word, owner = missing_attribute(site)
    uses = attribute_uses(site, word)
    if not uses or not is_kind(owner, "pandas.Series") or word in _AMBIGUOUS:
        return
    if template_for(site, owner, word, uses[0]):
        return
    for accessor in ("str", "dt"):
        known: Any = getattr(owner, accessor, None)
        if known is not None and not word.startswith("_") and hasattr(known, word):
            edits = [after_dot(site, use, f"{accessor}.{word}") for use in uses]
            shown = site.segment(uses[0].value)
            yield site.propose(edits, f"`{word}` of each item is `{shown}.{accessor}.{word}`", 0.2)


def function_of_numpy(site: Site) -> Iterator[Proposal]:
    """Propose `np.median(a)` for `a.median()`, where numpy has the function but not the method."""
    word, owner = missing_attribute(site)
    uses = attribute_uses(site, word)
    numpy, name = sys.modules.get("numpy"), alias_of(site, "numpy")
    if (
        not uses
        or numpy is None
        or not name
        or not is_kind(owner, "numpy.ndarray", "builtins.list")
    ):
        return
    calls = [site.parents.get(use) for use in uses]
    function = getattr(numpy, word, None)
    if (
        not callable(function)
        or isinstance(function, type)
        or template_for(site, owner, word, uses[0])
    ):
        return
    if is_kind(owner, "builtins.list") and not (owner and all(_is_number(x) for x in owner[:200])):
        return
    edits = []
    for use, call in zip(uses, calls, strict=True):
        if not isinstance(call, ast.Call) or call.func is not use or _for_effect(site, use):
            return
        given = [site.segment(part) for part in (use.value, *call.args, *call.keywords)]
        edits.append(site.put(call, f"{name}.{word}({', '.join(given)})"))
    said = f"`{word}` is a function of numpy, not a method of {type(owner).__name__}"
    yield site.propose(edits, said, 0.3)


def _is_number(value: object) -> bool:
    return is_kind(value, "builtins.int", "builtins.float", "numpy.number")
