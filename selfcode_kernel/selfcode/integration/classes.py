"""Classes updated in place: instances, subclasses, pickles and `isinstance` go on as before."""

from __future__ import annotations

import abc
import ast
import enum
import types
from collections.abc import Mapping
from typing import Any, Protocol

from selfcode.integration.journal import MISSING, Attribute
from selfcode.integration.layers import is_class, is_function, layers, own_functions
from selfcode.integration.text import bound_names
from selfcode.integration.unify import Unifier

_FIXED = frozenset("__dict__ __weakref__ __module__ __slots__ _abc_impl".split())
_METACLASSES = (type, abc.ABCMeta, enum.EnumMeta, type(Protocol))
_STATE = (dict, list, set, bytearray)
_ABSENT = "nothing"


class Classes:
    """The rule for classes, told by their statements before and after what the source changed."""

    def __init__(
        self, before: Mapping[str, ast.ClassDef], after: Mapping[str, ast.ClassDef]
    ) -> None:
        self._before, self._after = before, after

    def unify(self, unifier: Unifier, old: type, new: type) -> type:
        """Plan that `old` becomes what `new` is; raises `NotSwappable`."""
        reason = _why_not(old, new, unifier)
        if reason:
            raise unifier.refuse(reason)
        unifier.partners[id(new)] = old
        was = written(self._before.get(old.__qualname__))
        now = written(self._after.get(new.__qualname__)) or {}
        generated = _members(new) if isinstance(new, enum.EnumMeta) else frozenset()
        for name, value in list(vars(new).items()):
            skipped = name in _FIXED or name in generated or _is_slot(value)
            if not skipped and not _stays(unifier, old, name, was, now):
                put(unifier, old, name, value)
        for name, value in list(vars(old).items()):
            gone = name not in vars(new) and name not in _FIXED and not _is_slot(value)
            if gone and _was_defined(old, name, value, was):
                unifier.journal.plan(Attribute(old, name, value, MISSING))
        return old


def _stays(
    unifier: Unifier,
    old: type,
    name: str,
    was: Mapping[str, str] | None,
    now: Mapping[str, str],
) -> bool:
    """Return whether an attribute stays as it is: what the source does not change is state."""
    is_state = issubclass(type(vars(old).get(name, MISSING)), _STATE)
    if was is None and name in now and is_state:
        unifier.notes.append(f"{old.__qualname__}.{name}: kept, for the old source is not known")
        return True
    if was is None or name not in now or was.get(name) != now[name]:
        return False
    # Without code to check it against, the old source may be that of a namesake.
    return is_state or any(own_functions(old))


def put(unifier: Unifier, owner: type, name: str, value: Any) -> None:
    """Plan that the attribute `name` of `owner` becomes `value`, in place where it is its own."""
    present = vars(owner).get(name, MISSING)
    if name == "__new__" and present is MISSING:
        raise unifier.refuse("it gains a `__new__` of its own, which could not be taken back")
    if is_class(present) and is_class(value):
        result = unifier.unify(present, value)
    elif present is not MISSING and _is_own(owner, name, present):
        result = unifier.unify_or_take(present, value, f"{owner.__qualname__}.{name}")
    else:
        result = unifier.take(value)
    if result is not present and not _equal(present, result):
        unifier.journal.plan(Attribute(owner, name, present, result))


def changed_methods(
    live: type, before: ast.ClassDef | None, after: ast.ClassDef
) -> tuple[list[ast.stmt], list[str]] | None:
    """Return the new statements and the names gone when only methods differ between two bodies.

    None when more differs, or when making the class anew may do something to these methods: then
    the whole class statement has to be run.
    """
    if before is None or _frame(before) != _frame(after) or not any(own_functions(live)):
        return None
    was, now = written(before) or {}, written(after) or {}
    changed = [name for name in {**was, **now} if was.get(name) != now.get(name)]
    statements = [s for s in after.body if any(name in changed for name in bound_names(s))]
    gone = [name for name in changed if name not in now and name in vars(live)]
    hooked = bool(after.decorator_list) or type(live) is not type or _has_subclass_hook(live)
    both = [s for s in (*before.body, *statements) if set(bound_names(s)) & set(changed)]
    safe = not hooked or (not gone and all(_is_bare(live, s) for s in both))
    return (statements, gone) if safe and not _HASHING.intersection(changed) else None


_HASHING = {"__eq__", "__hash__", "__new__"}


def _frame(statement: ast.ClassDef) -> list[str]:
    """Return all of a class statement but its methods, as comparable text."""
    parts: list[ast.AST] = [*statement.bases, *statement.keywords, *statement.decorator_list]
    parts += [s for s in statement.body if not isinstance(s, _METHOD)]
    return [ast.dump(part) for part in parts]


_METHOD = (ast.FunctionDef, ast.AsyncFunctionDef)


def _has_subclass_hook(cls: type) -> bool:
    return any("__init_subclass__" in vars(base) for base in cls.__mro__[1:-1])


def _is_bare(live: type, statement: ast.stmt) -> bool:
    """Return whether the live method is the very function that an undecorated statement made."""
    if not isinstance(statement, _METHOD) or statement.decorator_list:
        return False
    present = vars(live).get(statement.name)
    name = f"{live.__qualname__}.{statement.name}"
    return is_function(present) and present.__code__.co_qualname == name


def _equal(present: Any, result: Any) -> bool:
    return type(present) is type(result) is str and present == result


def written(statement: ast.ClassDef | None) -> dict[str, str] | None:
    """Return what a class body says of each name, as comparable text; None without a body."""
    if statement is None:
        return None
    said: dict[str, str] = {}
    for part in statement.body:
        for name in bound_names(part):
            said[name] = said.get(name, "") + ast.dump(part)
    return said


def _why_not(old: type, new: type, unifier: Unifier) -> str:
    """Return why `old` cannot become `new` in place; empty when it can."""
    bases = tuple(unifier.stands_for(base) for base in new.__bases__)
    if type(old) is not type(new):
        return f"its metaclass changes from {type(old).__name__} to {type(new).__name__}"
    if type(old) not in _METACLASSES:
        return f"its metaclass {type(old).__name__} keeps state that cannot be carried over"
    if (old.__module__, old.__qualname__) != (new.__module__, new.__qualname__):
        return f"it was defined as {old.__module__}:{old.__qualname__}; change it there"
    if old.__bases__ != bases:
        return f"its bases change from {_names(old.__bases__)} to {_names(bases)}"
    if _layout(old) != _layout(new):
        return "its slots or the layout of its instances change"
    if ("__new__" in vars(old)) != ("__new__" in vars(new)):
        return "it gains or loses a `__new__` of its own, which could not be taken back"
    if isinstance(old, enum.EnumMeta) and _values(old) != _values(new):
        return "the members of an enumeration change"
    return ""


def _layout(cls: type) -> tuple[Any, ...]:
    slots = vars(cls).get("__slots__", _ABSENT)
    return (
        cls.__basicsize__,
        cls.__itemsize__,
        cls.__dictoffset__,
        cls.__weakrefoffset__,
        slots if isinstance(slots, str) else tuple(slots),
        vars(cls).get("_fields") if issubclass(cls, tuple) else None,
    )


def _names(classes: tuple[type, ...]) -> str:
    return f"({', '.join(c.__name__ for c in classes)})"


def _values(cls: Any) -> list[tuple[str, str]]:
    members: dict[str, Any] = dict(cls.__members__)
    return [(name, repr(member._value_)) for name, member in members.items()]


def _members(cls: enum.EnumMeta) -> frozenset[str]:
    """Return the names that the enumeration's own machinery put into the class."""
    own = {n for n in vars(cls) if n.startswith("_") and n.endswith("_") and n != "__doc__"}
    methods = {n for n in own if isinstance(vars(cls)[n], types.FunctionType) and n != "__new__"}
    return frozenset({*cls.__members__, *(own - methods)})


def _is_slot(value: Any) -> bool:
    return type(value) in (types.MemberDescriptorType, types.GetSetDescriptorType)


def _is_own(cls: type, name: str, value: Any) -> bool:
    """Return whether what `value` runs was defined in the class, and not put there by hand."""
    if is_class(value):
        return value.__qualname__ == f"{cls.__qualname__}.{name}"
    functions = list(layers(value))
    return not functions or any(f.__qualname__ == f"{cls.__qualname__}.{name}" for f in functions)


def _was_defined(cls: type, name: str, value: Any, was: Mapping[str, str] | None) -> bool:
    """Return whether an attribute came from the class's definition rather than from elsewhere."""
    if isinstance(cls, enum.EnumMeta) and (was is None or name not in was):
        return False
    if was is not None and name in was:
        return True
    dunder = name.startswith("__") and name.endswith("__")
    own = any(layers(value)) and _is_own(cls, name, value)
    return own or (dunder and not any(layers(value)))
