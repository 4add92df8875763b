"""What a trial did to the ground of the session, seen on the live objects of the twin child.

The syntax does not show every way to it; the copy of the session does. Code that expects to be
watched can hide what it does, so this only adds to what the guard reads.
"""

from __future__ import annotations

import ast
import sys
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from selfcode.ground import owner_of, serving, top, vars_of
from selfcode.source import parse

_WATCHED = frozenset({"selfcode", "builtins", "importlib", "_frozen_importlib"})
_LASTING = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.ModuleType, type)
_MISSING = object()

_CHANGING = frozenset(
    "add append clear discard extend insert pop popitem remove update setdefault sort reverse exec "
    "eval setattr delattr register unregister patch object swap __setattr__ __delattr__ "
    "__setitem__ __delitem__ setitem delitem".split()
)

Kept = tuple[str, Any, Mapping[Any, Any]]


def may_change(before: str, after: str) -> bool:
    """Return whether the code `after` sets or changes parts of objects where `before` did not.

    A look at all that stands takes milliseconds, which a repair of a name need not wait for.
    """
    return not _changing(after) <= _changing(before)


def _changing(text: str) -> set[str]:
    try:
        tree = parse(text)
    except SyntaxError:
        return set()
    return {ast.dump(node) for node in ast.walk(tree) if _is_changing(node)}


def _is_changing(node: ast.AST) -> bool:
    if isinstance(node, (ast.Attribute, ast.Subscript)):
        return not isinstance(node.ctx, ast.Load)
    if not isinstance(node, ast.Call):
        return False
    return (getattr(node.func, "attr", "") or getattr(node.func, "id", "")) in _CHANGING


class Standing:
    """The ground as it stands: the functions, classes and hooks of selfcode, Python and the shell.

    `names` are the live names of the session. It is taken before a run and asked after it.
    """

    def __init__(self, names: Mapping[str, Any]) -> None:
        parts = list(serving(names))
        self._objects = [(n, part, dict(vars_of(part))) for n, part in parts if vars_of(part)]
        self._kept = [*_modules(), *_hooks(parts)]
        self._kept += [(name, vars_of(part), were) for name, part, were in self._objects]
        self._codes = [
            (f"{label}.{key}", value, value.__code__)
            for label, _, were in self._kept
            for key, value in were.items()
            if type(value) is types.FunctionType
        ]

    def fallen(self) -> list[str]:
        """Return the names of what was changed, removed or covered since."""
        found = [name for name, function, code in self._codes if function.__code__ is not code]
        for label, live, were in self._kept:
            found += [f"{label}.{key}" for key in _changed(live, were)]
        for label, value, were in self._objects:
            found += [f"{label}.{key}" for key in _covered(value, were)]
        return found


def _modules() -> Iterator[Kept]:
    for name, module in list(sys.modules.items()):
        if top(name) not in _WATCHED:
            continue
        names = vars_of(module)
        yield name, names, dict(names)
        for key, value in list(names.items()):
            if issubclass(type(value), type) and (held := vars_of(value)).get("__module__") == name:
                yield f"{name}.{key}", held, dict(held)


def _hooks(parts: Sequence[tuple[str, Any]]) -> Iterator[Kept]:
    """Yield the plain containers of the shell, in which its hooks are kept."""
    for name, part in parts:
        if issubclass(type(part), list):
            yield name, part, dict(enumerate(part))
        elif issubclass(type(part), dict):
            yield name, part, dict(part)


def _changed(live: Any, were: Mapping[Any, Any]) -> Iterator[Any]:
    """Yield the keys under which something of ours that should last is there no more."""
    if issubclass(type(live), list):
        gone = [(key, value) for key, value in were.items() if all(v is not value for v in live)]
    else:
        gone = [(key, v) for key, v in were.items() if live.get(key, _MISSING) is not v]
    for key, value in gone:
        if issubclass(type(value), _LASTING) and owner_of(value):
            yield key


def _covered(value: Any, were: Mapping[str, Any]) -> Iterator[str]:
    """Yield the methods of an object that something new on the object itself covers."""
    for key in vars_of(value).keys() - were.keys():
        defined = (vars_of(kind).get(key) for kind in type(value).__mro__)
        if any(type(method) is types.FunctionType for method in defined):
            yield key
