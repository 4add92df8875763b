"""What a decorated definition is made of: the functions under its wrappers, and its fingerprint."""

from __future__ import annotations

import functools
import types
from collections.abc import Iterator
from typing import Any, TypeGuard

LRU: Any = type(functools.lru_cache(lambda: None))
_HELD_BY: dict[type, tuple[str, ...]] = {
    staticmethod: ("__func__",),
    classmethod: ("__func__",),
    property: ("fget", "fset", "fdel"),
    LRU: ("__wrapped__",),
    functools.cached_property: ("func",),
    functools.partial: ("func",),
    functools.partialmethod: ("func",),
    functools.singledispatchmethod: ("func",),
}


# Questions about the user's objects are put to their types: a proxy runs code of its own when it
# is asked for an attribute, `__class__` included.


def is_class(value: object) -> TypeGuard[type]:
    """Return whether `value` is a class."""
    return issubclass(type(value), type)


def is_function(value: object) -> TypeGuard[types.FunctionType]:
    """Return whether `value` is a plain Python function."""
    return type(value) is types.FunctionType


class _Plain:
    pass


def is_decorator_instance(value: object) -> bool:
    """Return whether `value` is called or bound like a function, and is all in its `__dict__`."""
    kind = type(value)
    if kind.__basicsize__ != _Plain.__basicsize__ or kind.__itemsize__ or kind in _HELD_BY:
        return False
    used = any("__call__" in vars(k) or "__get__" in vars(k) for k in kind.__mro__)
    return used and bool(vars_of(value))


def is_called(value: object) -> bool:
    """Return whether `value` can be a layer of a decorated definition."""
    return is_function(value) or type(value) in _HELD_BY or is_decorator_instance(value)


def vars_of(value: object) -> dict[str, Any]:
    """Return the instance dictionary of `value`, past its class; empty without one."""
    try:
        found = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return found if isinstance(found, dict) else {}


def contents(cell: types.CellType) -> Any:
    """Return what `cell` holds, None while it is empty."""
    try:
        return cell.cell_contents
    except ValueError:
        return None


def inside(value: Any) -> list[Any]:
    """Return what `value` directly wraps: the callables one layer down."""
    if is_function(value):
        held = [contents(cell) for cell in value.__closure__ or ()]
        held.insert(0, value.__dict__.get("__wrapped__"))
    elif type(value) in _HELD_BY:
        held = [getattr(value, name, None) for name in _HELD_BY[type(value)]]
    else:
        held = list(vars_of(value).values()) if is_decorator_instance(value) else []
    return [h for h in held if is_called(h)]


def parts(value: Any) -> Iterator[Any]:
    """Yield `value` and all that it wraps, the outermost first."""
    seen: set[int] = set()
    pending = [value]
    while pending:
        item = pending.pop(0)
        if id(item) not in seen:
            seen.add(id(item))
            yield item
            pending.extend(inside(item))


def layers(value: Any) -> Iterator[types.FunctionType]:
    """Yield the functions that `value` is made of, the outermost first; none for data."""
    return (part for part in parts(value) if is_function(part))


def own_functions(cls: type) -> Iterator[types.FunctionType]:
    """Yield the live functions that the class statement defines, nested classes included."""
    prefix = f"{cls.__qualname__}."
    for name, value in list(vars(cls).items()):
        if is_class(value) and value.__qualname__ == f"{prefix}{name}":
            yield from own_functions(value)
        for layer in layers(value):
            qualname = layer.__code__.co_qualname
            if qualname.startswith(prefix) and "<locals>" not in qualname:
                yield layer


def definition_layer(value: Any, qualname: str) -> types.FunctionType | None:
    """Return the innermost function in `value` that was defined as `qualname`, or a lambda."""
    found = list(layers(value))
    named = [f for f in found if f.__code__.co_qualname == qualname]
    chosen = named or [f for f in found if f.__code__.co_qualname == "<lambda>"]
    return chosen[-1] if chosen else None


def fingerprint(value: Any) -> list[Any]:
    """Return what has to be the very same objects as long as no one redefines `value`."""
    found: list[Any] = []
    if is_class(value):
        _add_class(found, value, set())
    else:
        _add_layers(found, value)
    return found


def _add_layers(found: list[Any], value: Any) -> None:
    found.append(value)
    for layer in layers(value):
        keywords = layer.__kwdefaults__ or {}
        found += [layer, layer.__code__, layer.__defaults__, layer.__closure__]
        found += [part for item in keywords.items() for part in item]


def _add_class(found: list[Any], cls: type, seen: set[int]) -> None:
    found += [cls, *cls.__bases__]
    seen.add(id(cls))
    for name, value in list(vars(cls).items()):
        if is_class(value):
            if value.__qualname__ == f"{cls.__qualname__}.{name}" and id(value) not in seen:
                _add_class(found, value, seen)
        elif is_called(value):
            found.append(name)
            _add_layers(found, value)


def is_same(first: list[Any], second: list[Any]) -> bool:
    """Return whether two fingerprints name the same objects."""
    return len(first) == len(second) and all(
        a is b or (type(a) is str and a == b) for a, b in zip(first, second, strict=True)
    )
