"""Detours: functions whose calls, for a while, are handed to whoever chooses their version."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from selfcode.errors import NoProbation
from selfcode.integration.closures import CodeWrite
from selfcode.integration.functions import (
    FunctionState,
    FunctionWrite,
    copy_of,
    forwarding,
    same_code,
)
from selfcode.integration.journal import MISSING, Attribute, Both, Item, Journal, Write

_DELAYED = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
_SIGNATURE = "__signature__"
_TEXTS = frozenset({"__doc__", "__annotations__"})
_NEVER = frozenset({"__del__", "__new__"})


class Detour:
    """A live function with its two versions, `old` and `new`, as functions of their own.

    While `is_live`, calls of `function` go to what `chooser` was given for it.
    """

    def __init__(self, write: FunctionWrite, chooser: Chooser) -> None:
        self.function: types.FunctionType = write.function
        self.name = write.after.qualname
        self.old = copy_of(write.function, write.before)
        self.new = copy_of(write.function, write.after)
        self.final = write.after.code
        self.code = forwarding(chooser(self), write.after)
        write.after = write.after._replace(code=self.code)
        signature = inspect.signature(self.new)
        names = write.function.__dict__
        self.signature = Item(names, _SIGNATURE, names.get(_SIGNATURE, MISSING), signature)

    @property
    def is_live(self) -> bool:
        """Whether calls take the detour now."""
        return self.function.__code__ is self.code

    def conclude(self) -> None:
        """Let the function run the new version by itself, if it takes the detour now."""
        if self.is_live:
            self.signature.backward()
            self.function.__code__ = self.final


Chooser = Callable[[Detour], Callable[..., Any]]


class Later:
    """A write that is made only once the detours of its plan have ended."""

    def __init__(self, write: Write) -> None:
        self.write = write
        self.detours: tuple[Detour, ...] = ()
        self._due = False

    def forward(self) -> None:
        """Bring in the new state, if that is due."""
        if self._due:
            self.write.forward()

    def backward(self) -> None:
        """Bring back the old state, if the new one was brought in."""
        if self._due:
            self.write.backward()

    def fall_due(self, live: bool) -> None:
        """Be a write as any other from now on; where the new versions are `live`, it is made."""
        self._due = True
        if live:
            self.write.forward()


def plan_detours(target: str, journal: Journal, chooser: Chooser) -> tuple[Detour, ...]:
    """Plan that each function whose body changes hands its calls to what `chooser` gives for it.

    Closures that were made earlier follow when the detours end. Raises `NoProbation` when the plan
    changes more than that, or what cannot be called that way.
    """
    later = [Later(w) if _is_of_closures(w) else w for w in journal.writes]
    changed = [w for w in later if isinstance(w, FunctionWrite) and _is_changed(w)]
    if reason := next(filter(None, map(_why_not, later)), ""):
        raise NoProbation(target, reason)
    if not changed:
        raise NoProbation(target, "no body of a function changes")
    detours = tuple(Detour(write, chooser) for write in changed)
    journal.writes = [*later, *(made.signature for made in detours)]
    for write in later:
        if isinstance(write, Later):
            write.detours = detours
    return detours


def _is_of_closures(write: Write) -> bool:
    if isinstance(write, FunctionWrite):
        return _is_changed(write) and "<locals>" in write.after.qualname
    return isinstance(write, CodeWrite)


def _is_changed(write: FunctionWrite) -> bool:
    before, after = write.before, write.after
    same = before.defaults == after.defaults and before.kwdefaults == after.kwdefaults
    return not (same and same_code(before.code, after.code))


def _why_not(write: Write) -> str:
    if isinstance(write, FunctionWrite):
        return _why_not_called(write.after) or _why_not_called(write.before)
    if isinstance(write, (Both, Later)):
        return ""
    if isinstance(write, (Item, Attribute)):
        key = write.key if isinstance(write, Item) else write.name
        return "" if write.before is MISSING or key in _TEXTS else f"it also changes {key}"
    return "it changes more than functions"


def _why_not_called(state: FunctionState) -> str:
    if state.code.co_flags & _DELAYED:
        return f"{state.name} is a generator or async: its body runs after the call"
    return f"{state.name} is called by Python itself" if state.name in _NEVER else ""


def end_detours(journals: Iterable[Journal], detours: Sequence[Detour]) -> None:
    """End `detours`, also in the `journals` that lead to and from what they are part of."""
    live = any(made.is_live for made in detours)
    for made in detours:
        made.conclude()
    codes = {id(made.code): made.final for made in detours}
    items = {id(made.signature) for made in detours}
    for journal in journals:
        journal.writes = [write for write in journal.writes if id(write) not in items]
        for write in journal.writes:
            if isinstance(write, FunctionWrite):
                write.before, write.after = (
                    state._replace(code=codes.get(id(state.code), state.code))
                    for state in (write.before, write.after)
                )
            elif isinstance(write, Later) and write.detours[0] in detours:
                write.fall_due(live)
