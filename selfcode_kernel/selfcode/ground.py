"""The ground of a session: what belongs to selfcode, to Python's machinery and to Jupyter.

Live objects are asked what they are past what can be written on them: a function by the module
whose names it sees, a module by its place among the loaded ones. No code of theirs is run.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

PROTECTED = frozenset(
    "selfcode builtins sys importlib _frozen_importlib _frozen_importlib_external _imp imp pkgutil "
    "runpy zipimport site sitecustomize usercustomize sysconfig IPython ipykernel jupyter_client "
    "jupyter_core jupyter_server jupyterlab notebook nbclient nbformat comm ipywidgets traitlets "
    "zmq debugpy bandit RestrictedPython get_ipython() __builtins__".split()
)
"""Modules (by their first name) that nothing may change."""

_SHELL = "IPython.core.interactiveshell"
_PLAIN = ("selfcode.records", "selfcode.errors", "IPython.core.display")
_SERVING = ("selfcode", "ipykernel", "IPython.core", "IPython.terminal", "_frozen_importlib")


def top(dotted: str) -> str:
    """Return the first part of a dotted name."""
    return dotted.partition(".")[0]


def owner_of(value: Any) -> str:
    """Return the dotted name of what is protected that the live `value` is; `""` if it is not.

    The shell is `get_ipython()`. Values that only tell something, such as a verdict or what is
    displayed, are not protected.
    """
    kind = type(value)
    if issubclass(kind, types.ModuleType):
        return owner_of_names(vars_of(value))
    if kind is types.FunctionType:
        return _function(value)
    if kind is types.MethodType:
        return owner_of(value.__func__) or owner_of(value.__self__)
    if issubclass(kind, type):
        return _class(value)
    return _instance(kind)


def holdings(names: Mapping[str, Any]) -> dict[int, str]:
    """Return the plain containers that keep Python and the shell of `names`, by their id.

    What the shell keeps for its user is left out: the names themselves, `In`, `Out`.
    """
    found = {id(getattr(sys, name)): f"sys.{name}" for name in _KEPT_BY_SYS}
    found |= _loaded(len(sys.modules))
    return found | {id(part): name for name, part in serving(names) if is_container(part)}


def serving(names: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the shell of `names` and all that serves it: objects and plain containers, by name."""
    getter = names.get("get_ipython")
    shell = getter.__self__ if type(getter) is types.MethodType else None
    seen = {id(names), *(id(names.get(name)) for name in _SHOWN)}
    waiting = [("get_ipython()", shell)] if owner_of(shell) else []
    for name, value in waiting:
        yield name, value
        for key, part in _parts(value)[:_WIDEST]:
            if id(part) in seen or len(waiting) > _WIDEST:
                continue
            seen.add(id(part))
            if is_container(part) or _instance(type(part)):
                waiting.append((f"{name}.{key}", part))


def is_container(value: object) -> bool:
    """Return whether `value` is one of the plain containers, which do not tell whose they are."""
    return issubclass(type(value), _CONTAINERS)


def _parts(value: Any) -> list[tuple[Any, Any]]:
    """Return what a container or an object holds, each under its key or name."""
    for kind in _CONTAINERS[1:]:
        if issubclass(type(value), kind):
            return list(enumerate(kind.__iter__(value)))
    return [*dict.items(value)] if issubclass(type(value), dict) else [*vars_of(value).items()]


_CONTAINERS = (dict, list, set)
_KEPT_BY_SYS = ("modules", "meta_path", "path_hooks", "path_importer_cache")
_WIDEST = 4000
_SHOWN = ("In", "Out", "_ih", "_oh", "_dh")


def owner_of_names(names: Mapping[str, Any]) -> str:
    """Return the protected module whose own names `names` are; `""` if there is none."""
    said = names.get("__name__")
    if type(said) is str and top(said) in PROTECTED:
        return said
    return _loaded(len(sys.modules)).get(id(names), "")


@lru_cache(maxsize=1)
def _loaded(_count: int) -> dict[int, str]:
    """Return the protected modules by the id of their names: what they are called may be faked."""
    modules = [
        (name, vars_of(m)) for name, m in list(sys.modules.items()) if top(name) in PROTECTED
    ]
    return {id(names): name for name, names in modules if names}


def owner_at(module: str, path: str, names: Mapping[str, Any] | None) -> str:
    """Return what is protected on the way to `path` in `module`, whose live names are `names`."""
    if names is None:
        names = vars_of(sys.modules.get(module))
    found = owner_of_names(names)
    for part in path.split("."):
        value = names.get(part)
        found = found or owner_of(value)
        names = vars_of(value)
    return found


def vars_of(value: object) -> Mapping[str, Any]:
    """Return the names that `value` itself holds, past its class; none when it holds none."""
    reader = type.__getattribute__ if issubclass(type(value), type) else object.__getattribute__
    try:
        found = reader(value, "__dict__")
    except (AttributeError, TypeError):
        return {}
    return found if type(found) in (dict, types.MappingProxyType) else {}


def _function(value: types.FunctionType) -> str:
    module, name = owner_of_names(value.__globals__), value.__code__.co_qualname
    if "<locals>" in name and top(module) != "selfcode":
        return ""  # a decorator's wrapper belongs to whom it wraps for
    return f"{module}.{name}" if module else ""


def _class(value: Any) -> str:
    names = vars_of(value)
    said = names.get("__module__")
    if type(said) is str and top(said) in PROTECTED:
        return f"{said}.{type.__getattribute__(value, '__qualname__')}"
    for part in names.values():
        method = part.__func__ if type(part) in _HOLDERS else part
        if type(method) is not types.FunctionType or "." not in method.__code__.co_qualname:
            continue  # what it does not define itself may be of anyone
        if found := _function(method):
            return found.rpartition(".")[0]
    return ""


_HOLDERS = (staticmethod, classmethod)


def _instance(kind: type) -> str:
    for cls in kind.__mro__:
        said = vars_of(cls).get("__module__")
        if type(said) is not str or not said.startswith(_SERVING) or said.startswith(_PLAIN):
            continue
        if said == _SHELL:
            return "get_ipython()"
        return f"{said}.{cls.__qualname__}()"
    return ""
