"""Where a target lives: its module's names, or the class that holds it."""

from __future__ import annotations

import inspect
import sys
import types
from dataclasses import dataclass
from typing import Any

from selfcode.errors import NotSwappable, ProtectedTarget, TargetNotFound, UsageError
from selfcode.ground import PROTECTED, owner_at, top
from selfcode.integration.journal import MISSING
from selfcode.integration.layers import is_class, is_function, layers
from selfcode.records import Target


@dataclass(frozen=True)
class Place:
    """A target with the live name space that it belongs to."""

    target: Target
    namespace: dict[str, Any]

    @property
    def path(self) -> tuple[str, ...]:
        """The dotted name, part by part."""
        return tuple(self.target.name.split("."))

    @property
    def owner(self) -> type | None:
        """The class that holds the target, or None for a top-level name.

        Raises `TargetNotFound` when there is no such class.
        """
        holder: Any = None
        for depth, name in enumerate(self.path[:-1]):
            names = vars(holder) if depth else self.namespace
            holder = names.get(name, MISSING)
            if not is_class(holder):
                raise TargetNotFound(
                    str(self.target), f"{name} is not a live class. Run its cell first."
                )
        return holder if len(self.path) > 1 else None

    @property
    def value(self) -> Any:
        """What is alive under that name, as its holder keeps it, or `MISSING`."""
        owner = self.owner
        names = self.namespace if owner is None else vars(owner)
        return names.get(self.path[-1], MISSING)


def find_place(
    target: str | types.FunctionType | type | Any,
    namespace: dict[str, Any] | None,
    main: dict[str, Any] | None,
) -> Place:
    """Return the place of `target`: a name, or a live function or class that still bears its name.

    Raises `UsageError`, `ProtectedTarget` for what must not be changed, and `TargetNotFound`.
    """
    if isinstance(target, str):
        place = _place_of_name(Target.parse(target), namespace, main)
    else:
        place = _place_of_object(target, namespace, main)
    refuse_ground(place.target, owner_at("", place.target.name, place.namespace))
    return place


def refuse_ground(target: object, owner: str) -> None:
    """Raise `ProtectedTarget` when `target` turned out to be the protected `owner`."""
    if owner:
        raise ProtectedTarget(
            f"{target} is {owner}, on which this session stands, and is never changed. Define a "
            "function of your own that does what you need."
        )


def _place_of_name(
    target: Target, namespace: dict[str, Any] | None, main: dict[str, Any] | None
) -> Place:
    if target.is_cell:
        raise UsageError(f"{target} is a cell: its text is changed, nothing is injected.")
    refuse_ground(target, target.module if top(target.module) in PROTECTED else "")
    if not all(part.isidentifier() for part in target.name.split(".")):
        raise UsageError(
            f"{target.name!r} is no name. Write `module:name`, or `module:Class.name`."
        )
    if namespace is None and target.module == "__main__":
        namespace = main
    if namespace is None:
        module = sys.modules.get(target.module)
        if module is None:
            raise TargetNotFound(str(target), f"Import {target.module} first.")
        namespace = vars(module)
    return Place(target, namespace)


def _place_of_object(
    value: Any, namespace: dict[str, Any] | None, main: dict[str, Any] | None
) -> Place:
    value = inspect.unwrap(getattr(value, "__func__", value))
    module, qualname = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(qualname, str):
        raise UsageError(
            f"a {type(value).__name__} cannot be a target. Give a function, a class, or its name."
        )
    if "<" in qualname:
        raise NotSwappable(
            f"{module}:{qualname}", "it has no name of its own; inject what defines it instead"
        )
    if namespace is None and is_function(value):
        namespace = value.__globals__
    place = _place_of_name(Target(module, qualname), namespace, main)
    live = place.value
    if live is not value and all(layer is not value for layer in layers(live)):
        raise TargetNotFound(
            str(place.target), "The name now stands for another object: give that, or the name."
        )
    return place
