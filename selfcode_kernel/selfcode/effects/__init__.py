"""What code does to values that were there before it, told by its text and the types of values.

An effect is a change that running the same code again would make a second time.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from selfcode.effects.evaluation import find
from selfcode.effects.functions import Function
from selfcode.effects.reader import Found, Reader, Running, World
from selfcode.effects.scope import MISSING, Scope, names_read, names_set
from selfcode.effects.tables import is_one_shot, label, opens
from selfcode.records import Effect, Frame

__all__ = [
    "MISSING",
    "Function",
    "Running",
    "World",
    "effects",
    "is_one_shot",
    "label",
    "names_read",
    "names_set",
    "opens",
    "parts_of",
    "text_effects",
]


class _TextOnly:
    def text_of(self, code: types.CodeType) -> Function | None:
        del code
        return None

    def outer(self, names: Mapping[str, Any], name: str) -> Effect:
        del names
        return Effect(name, f"`{name}`")


def text_effects(statement: ast.stmt) -> tuple[Effect, ...]:
    """Return the effects of a whole statement of a cell that its text alone tells."""
    return effects(statement, _TextOnly(), _no_value)


def _no_value(_name: str) -> Any:
    return MISSING


def effects(
    statement: ast.stmt,
    world: World,
    value: Callable[[str], Any],
    failure: Frame | None = None,
    running: Sequence[Running] = (),
) -> tuple[Effect, ...]:
    """Return the effects of a statement of a cell whose live names `value` looks up.

    Of one that failed where `failure` says, in the calls that were `running`, only those until then
    count.
    """

    def outer(name: str) -> frozenset[Effect]:
        return frozenset({Effect(name, label(name, value(name)))})

    found = Found()
    spot = find([statement], failure) if failure else None
    Reader(Scope(value, outer, opens), world, found, spot, running).read([statement])
    return tuple(sorted(found.effects, key=lambda effect: (effect.shown, effect.rebinds)))


def parts_of(value: ast.expr | None) -> set[str]:
    """Return the names of which `value` gives a part, rather than something new."""
    scope = Scope(_no_value, lambda name: frozenset({Effect(name, "")}), opens)
    return {effect.name for effect in scope.origins(value)}
