"""Arguments that a function does not take under that name or in that position."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from typing import Any

from selfcode.generation.rules.calls import ONE_SEQUENCE
from selfcode.generation.rules.nearness import nearest
from selfcode.generation.rules.renamed import DROPPED_KEYWORDS, KEYWORDS, POSITIONS
from selfcode.generation.rules.results import without_keyword
from selfcode.generation.rules.site import Proposal, Site
from selfcode.source import Edit

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def unexpected_keyword(site: Site) -> Iterator[Proposal]:
    """Propose the keyword that the live function takes: renamed since, or nearly the same."""
    found = re.search(
        r"unexpected keyword argument:? '(\w+)'|'(\w+)' is an invalid keyword argument|"
        r"unexpected keyword argument (\w+)$|unknown property (\w+)",
        site.message,
    )
    if found is None:
        return
    word = next(group for group in found.groups() if group)
    calls = [n for n in site.inside() if isinstance(n, ast.Call)]
    for call in calls:
        for keyword in call.keywords:
            if keyword.arg == word:
                yield from _renamed(site, call, keyword)
                return


def _renamed(site: Site, call: ast.Call, keyword: ast.keyword) -> Iterator[Proposal]:
    word, name = keyword.arg or "", _last_name(call.func)
    taken = _taken(site, call)
    written = site.segment(call.func)
    value = site.segment(keyword.value)
    for (function, old), new in KEYWORDS.items():
        if old == word and function in ("", name):
            changed = new.get(value, new.get("", "")).replace("{value}", value)
            if changed and _accepts(taken, changed.partition("=")[0]):
                said = f"`{written}` no longer takes `{word}`; `{changed}` says the same"
                yield site.propose(Edit.at(keyword, changed), said, 0.2)
                return
    if (name, word) in DROPPED_KEYWORDS:
        said = f"`{written}` no longer takes `{word}`, which is its only behaviour now"
        yield site.propose(without_keyword(site, call, keyword), said, 0.3)
    near = nearest(word, taken)
    for meant, far in near:
        said = f"`{written}` has no argument `{word}`; the nearest is `{meant}`"
        yield site.propose(Edit.at(keyword, f"{meant}={value}"), said, 0.2 + 0.6 * far)
    switch = isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, bool)
    unfilled = "" if near or switch else _unfilled(site, call, word)
    if unfilled:
        said = f"`{written}` has no argument `{word}`; what it lacks is `{unfilled}`"
        yield site.propose(Edit.at(keyword, f"{unfilled}={value}"), said, 0.7)


def _unfilled(site: Site, call: ast.Call, word: str) -> str:
    """Return the one argument that the call needs and lacks, if `word` is its one surplus."""
    function = site.live.known(call.func)
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return ""
    given = [k.arg for k in call.keywords]
    plain = all(p.kind in _NAMED for p in parameters.values())
    if not plain or None in given or any(isinstance(a, ast.Starred) for a in call.args):
        return ""
    if [name for name in given if name not in parameters] != [word]:
        return ""
    left = [p for p in list(parameters.values())[len(call.args) :] if p.name not in given]
    needed = [p.name for p in left if p.default is inspect.Parameter.empty]
    return needed[0] if len(needed) == 1 else ""


def _accepts(taken: list[str], name: str) -> bool:
    return not taken or name in taken


def _last_name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _taken(site: Site, call: ast.Call) -> list[str]:
    """Return the argument names that the called function, or what it hands them to, takes."""
    function = site.live.known(call.func)
    names = parameter_names(function)
    for frame in site.below:
        code = frame.f_code
        count = code.co_argcount + code.co_kwonlyargcount
        names.extend(code.co_varnames[:count])
        artist = frame.f_locals.get("self")
        names.extend(n.removeprefix("set_") for n in dir(type(artist)) if n.startswith("set_"))
    return [name for name in dict.fromkeys(names) if name not in ("self", "cls")]


def parameter_names(function: Any) -> list[str]:
    """Return the names of a live function's parameters; of one in C: those its docstring lists."""
    if function is None:
        return []
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        first = (getattr(function, "__doc__", "") or "").partition("\n\n")[0]
        return re.findall(r"(\w+)=", first)
    return [p.name for p in parameters if p.kind in _NAMED]


def positional_by_name(site: Site) -> Iterator[Proposal]:
    """Propose to give by name what may no longer be given by position: `df.drop("a", 1)`."""
    node = site.node
    if not isinstance(node, ast.Call) or "positional argument" not in site.message:
        return
    if "given" not in site.message or any(isinstance(a, ast.Starred) for a in node.args):
        return
    function = site.live.known(node.func)
    try:
        parameters = list(inspect.signature(function).parameters.values()) if function else []
    except (TypeError, ValueError):
        return
    by_place = [p for p in parameters if p.kind is not inspect.Parameter.KEYWORD_ONLY]
    only_named = [p.name for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY]
    order = POSITIONS.get(_last_name(node.func), only_named)
    extra = node.args[len(by_place) :]
    if _last_name(node.func) in ONE_SEQUENCE:
        return
    taken = {k.arg for k in node.keywords}
    names = order[: len(extra)]
    if not extra or len(names) < len(extra) or taken & set(names) or set(names) - set(only_named):
        return
    edits = [
        site.put(argument, f"{name}={site.segment(argument)}")
        for argument, name in zip(extra, names, strict=True)
    ]
    said = f"`{site.segment(node.func)}` takes {', '.join(names)} by name only"
    yield site.propose(edits, said, 0.3)


def argument_left_out(site: Site) -> Iterator[Proposal]:
    """Propose to pass the variable that bears the very name of the one argument that is missing."""
    found = re.search(r"missing 1 required positional argument: '(\w+)'", site.message)
    node = site.node
    if found is None or not isinstance(node, ast.Call):
        return
    name = found.group(1)
    if name in ("self", "cls", "x", "a", "b", "i", "n") or not _is_data(site, name):
        return
    written = site.segment(node)
    comma = ", " if node.args or node.keywords else ""
    new = f"{written[:-1].rstrip().rstrip(',')}{comma}{name}={name})"
    said = f"`{site.segment(node.func)}` also needs `{name}`, which is defined here"
    yield site.propose(site.put(node, new), said, 0.8)


def _is_data(site: Site, name: str) -> bool:
    names = dict(site.live.names())
    return name in names and not callable(names[name])
