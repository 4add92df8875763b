"""One object from two: the old one keeps its identity and takes over what the new one does.

Nothing is touched here: the writes are planned in a journal, so what cannot be changed in place is
known before anything is.
"""

from __future__ import annotations

import functools
import gc
import types
from collections.abc import Callable
from typing import Any

from selfcode.errors import NotSwappable, ProtectedTarget
from selfcode.ground import owner_of
from selfcode.integration.functions import FunctionState, FunctionWrite
from selfcode.integration.journal import MISSING, Both, Item, Journal
from selfcode.integration.layers import (
    LRU,
    contents,
    definition_layer,
    is_called,
    is_class,
    is_decorator_instance,
    is_function,
    layers,
    parts,
    vars_of,
)
from selfcode.integration.place import refuse_ground

_DISPATCH: Any = functools.singledispatch(lambda _: None)


class Pair:
    """A function that stays and the fresh one that it takes over from, with their states."""

    __slots__ = ("after", "before", "new", "old")

    def __init__(self, old: types.FunctionType, new: types.FunctionType) -> None:
        self.old, self.new = old, new
        self.before, self.after = FunctionState.of(old), FunctionState.of(new)


class Unifier:
    """Plans how what is alive becomes what was defined anew.

    `partners` maps the id of each fresh object to what stands for it from now on; `pairs` are the
    functions concerned, `bare` the names that the present source and the new one define without a
    decorator.
    """

    def __init__(self, target: str, unify_class: UnifyClass, bare: Bare) -> None:
        self.target, self.journal = target, Journal()
        self._unify_class, self._bare = unify_class, bare
        self.partners: dict[int, Any] = {}
        self.pairs: list[Pair] = []
        self.classes: list[tuple[type, type]] = []
        self.notes: list[str] = []
        self._fresh: list[Any] = []

    def refuse(self, reason: str) -> NotSwappable:
        """Return the error that says why the target cannot be changed in place."""
        return NotSwappable(self.target, reason)

    def stands_for(self, new: Any) -> Any:
        """Return what stands for the fresh object `new`: a partner, or `new` itself."""
        return self.partners.get(id(new), new)

    def take(self, new: Any) -> Any:
        """Return what stands for `new`, which comes in beside nothing old."""
        if id(new) not in self.partners:
            self._fresh.append(new)
        return self.stands_for(new)

    def unify(self, old: Any, new: Any) -> Any:
        """Return what stands for `new` from now on: `old`, wherever its identity can be kept.

        Raises `NotSwappable`, and `ProtectedTarget` for what a session stands on.
        """
        if old is new or id(new) in self.partners:
            return self.stands_for(new)
        refuse_ground(getattr(new, "__qualname__", self.target), owner_of(old))
        self._fresh.append(new)
        if is_class(old) and is_class(new):
            self.classes.append((old, new))
            return self._unify_class(self, old, new)
        rule = self._rule(old, new)
        if rule is None:
            raise self.refuse(f"it is {_described(old)} and would become {_described(new)}")
        return rule(old, new)

    def unify_named(self, qualname: str, old: Any, new: Any) -> Any:
        """Return what stands for the new definition `qualname`, as `unify` does.

        What wraps an undecorated definition was put around it by someone else, after it: that
        stays, and the definition changes inside. A class that wraps its methods as it is made has
        wrapped the new one too.
        """
        layer = definition_layer(old, qualname) if qualname in self._bare[0] else None
        if layer is None or layer is old or not is_function(new):
            return self.unify(old, new)
        if qualname in self._bare[1] and definition_layer(new, qualname) is not new:
            return self.unify(old, new)
        self.unify(layer, new)
        for part in parts(old):
            if type(part) is LRU:
                self.journal.plan(Both(part.cache_clear))
        self.notes.append(f"{qualname}: what was put around it later keeps what it remembers")
        return old

    def unify_or_take(self, old: Any, new: Any, qualname: str = "") -> Any:
        """Return `old` changed in place if it can be, else what stands for `new`."""
        mark, known = len(self.journal.writes), set(self.partners)
        pairs = len(self.pairs)
        try:
            return self.unify_named(qualname, old, new)
        except (NotSwappable, ProtectedTarget):
            del self.journal.writes[mark:], self.pairs[pairs:]
            self.partners = {key: self.partners[key] for key in self.partners if key in known}
            if any(layers(old)):
                self.notes.append(f"{qualname}: whoever took {_described(old)} keeps the old code")
            return self.take(new)

    def write(self, container: Any, key: Any, value: Any) -> None:
        """Plan that `container[key]` becomes `value`, unless it is that already."""
        before = container.get(key, MISSING)
        if before is not value:
            self.journal.plan(Item(container, key, before, value))

    def finish(self) -> None:
        """Let closures of fresh functions see what stands for fresh objects.

        Done at once: no live function uses these cells before the journal is made real.
        """
        functions = [pair.new for pair in self.pairs]
        functions += [layer for value in self._fresh for layer in layers(value)]
        for cell in (cell for f in functions for cell in f.__closure__ or ()):
            held = contents(cell)
            if self.stands_for(held) is not held:
                cell.cell_contents = self.stands_for(held)

    # -- one rule per kind ------------------------------------------------------------------------

    def _rule(self, old: Any, new: Any) -> Callable[[Any, Any], Any] | None:
        rules = {
            types.FunctionType: self._function,
            staticmethod: self._holder,
            classmethod: self._holder,
            property: self._property,
            LRU: self._cached,
            functools.cached_property: self._cached_property,
            functools.singledispatchmethod: self._dispatched_method,
        }
        if type(old) is not type(new):
            return None
        return rules.get(type(old), self._instance if is_decorator_instance(old) else None)

    def _function(self, old: types.FunctionType, new: types.FunctionType) -> Any:
        if old.__globals__ is not new.__globals__:
            home = old.__globals__.get("__name__", "another module")
            raise self.refuse(
                f"it belongs to {home}; change it there, as {home}:{old.__qualname__}"
            )
        self.partners[id(new)] = old
        if old.__code__ is new.__code__ is _DISPATCH.__code__:
            self._dispatched(old, new)
        else:
            self._transplant(old, new)
        for name, value in new.__dict__.items():
            self.write(old.__dict__, name, self.stands_for(value))
        # Dunder attributes are put there by decorators; others may be the user's own.
        for name in [n for n in old.__dict__ if n.startswith("__") and n not in new.__dict__]:
            if name == "__wrapped__":
                self._undecorate(old.__dict__[name], new)
            self.write(old.__dict__, name, MISSING)
        return old

    def _transplant(self, old: types.FunctionType, new: types.FunctionType) -> None:
        pair = Pair(old, new)
        self.pairs.append(pair)
        self._inner(old.__dict__.get("__wrapped__"), new.__dict__.get("__wrapped__"))
        if old.__code__ is new.__code__:
            cells = zip(old.__closure__ or (), new.__closure__ or (), strict=True)
            for before, after in cells:
                self._inner(contents(before), contents(after))
        self.journal.plan(FunctionWrite(old, pair.before, pair.after))

    def _inner(self, old: Any, new: Any) -> None:
        """Unify what two wrappers wrap, when it is one definition in two versions."""
        if is_called(old) and is_called(new):
            name = getattr(new, "__qualname__", None)
            if name and name == getattr(old, "__qualname__", None):
                self.unify_or_take(old, new)

    def _undecorate(self, inner: Any, new: types.FunctionType) -> None:
        """Let the function under a decorator that is gone run the new body too."""
        if is_function(inner) and inner.__globals__ is new.__globals__:
            pair = Pair(inner, new)
            self.journal.plan(FunctionWrite(inner, pair.before, pair.after))

    def _dispatched(self, old: Any, new: Any) -> None:
        """Keep a single-dispatch function's registrations, and take over those of the new one."""
        (registry,) = gc.get_referents(old.registry)
        for kind, implementation in new.registry.items():
            if kind in registry:
                self.unify(registry[kind], implementation)
            else:
                self.write(registry, kind, self.take(implementation))
        self.journal.plan(Both(old._clear_cache))

    def _holder(self, old: Any, new: Any) -> Any:
        inner = self.unify(old.__func__, new.__func__)
        self.partners[id(new)] = old if inner is old.__func__ else new
        return self.stands_for(new)

    def _property(self, old: property, new: property) -> Any:
        ends = [(old.fget, new.fget), (old.fset, new.fset), (old.fdel, new.fdel)]
        kept = [self.unify(a, b) if a and b else self.take(b) for a, b in ends]
        same = all(a is b for (a, _), b in zip(ends, kept, strict=True))
        stays = same and old.__doc__ == new.__doc__
        self.partners[id(new)] = old if stays else property(kept[0], kept[1], kept[2], new.__doc__)
        return self.stands_for(new)

    def _cached(self, old: Any, new: Any) -> Any:
        if old.cache_parameters() != new.cache_parameters():
            raise self.refuse("the size or kind of its cache changes, and caches are fixed")
        if self.unify(old.__wrapped__, new.__wrapped__) is not old.__wrapped__:
            raise self.refuse("what its cache wraps cannot be changed in place")
        self.partners[id(new)] = old
        for name in ("__doc__", "__annotations__"):
            self.write(vars_of(old), name, vars_of(new).get(name, MISSING))
        self.journal.plan(Both(old.cache_clear))
        return old

    def _cached_property(self, old: Any, new: Any) -> Any:
        self.unify(old.func, new.func)
        self.partners[id(new)] = old
        self.notes.append(f"{new.func.__qualname__}: instances keep the values they have computed")
        return old

    def _dispatched_method(self, old: Any, new: Any) -> Any:
        self.unify(old.dispatcher, new.dispatcher)
        self.partners[id(new)] = old
        return old

    def _instance(self, old: Any, new: Any) -> Any:
        """Keep an instance that decorates: its functions in place, its other state fresh."""
        self.partners[id(new)] = old
        was, now = vars_of(old), vars_of(new)
        for name, value in now.items():
            if name in was and is_called(value):
                self.unify_or_take(was[name], value)
            self.write(was, name, self.stands_for(value))
        for name in was.keys() - now.keys():
            self.write(was, name, MISSING)
        return old


UnifyClass = Callable[[Unifier, type, type], type]
Bare = tuple[set[str], set[str]]


def _described(value: Any) -> str:
    if value is MISSING:
        return "nothing"
    kind = "class" if is_class(value) else type(value).__name__
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
