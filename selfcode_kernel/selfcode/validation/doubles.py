"""What stands in a test's namespace for the functions of a candidate.

A `Stub` has no candidate at all, only the outcomes of calls that were made elsewhere. Where an
outcome is not known yet it gives an `Unknown`, so that the tests go on to their further calls.
"""

from __future__ import annotations

import json
import sys
from collections import deque
from collections.abc import Mapping
from typing import Any

from selfcode.validation.script import Log, Pending, told
from selfcode.validation.values import Opaque, Unreadable, decode, encode, opaque, type_name

Call = list[Any]
_MOST_UNKNOWN = 200


class Unknown(Opaque):
    """Stands for an outcome that is not known yet: it cannot even be compared."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__({"type": "unknown"})

    def __eq__(self, other: object) -> bool:
        raise Unreadable(repr(self))

    __hash__ = Opaque.__hash__


class Stub:
    """A function that is not here: it gives what the call is known to give, or an `Unknown`.

    It raises `Pending` when that is not known for very many calls.
    """

    def __init__(self, name: str, asynchronous: bool, known: _Known, log: Log) -> None:
        self.__name__ = self.__qualname__ = name
        self._asynchronous, self._known, self._log = asynchronous, known, log

    @classmethod
    def all(
        cls, functions: Mapping[str, bool], known: list[Any], log: Log, calls: list[Call]
    ) -> dict[str, Stub]:
        """Return a stub for each of `functions` (name: whether it is async).

        `known` are calls with their outcomes; each call that is made is appended to `calls`.
        """
        outcomes = _Known(known, calls)
        return {name: cls(name, later, outcomes, log) for name, later in functions.items()}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise Unreadable(f"the tests use {self.__name__}.{name}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: D102 - the class says it
        call = [self.__name__, encode(list(args)), encode(kwargs)]
        note = opaque(call)
        if note is not None:
            raise Unreadable(f"{self.__name__} is called with an object of type {note['type']}")
        outcome = self._known.take(call)
        if self._asynchronous:
            return self._later(outcome, args, kwargs)
        return self._give(outcome, args, kwargs)

    async def _later(self, outcome: Any, args: Any, kwargs: Any) -> Any:
        return self._give(outcome, args, kwargs)

    def _give(self, outcome: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if outcome is None:
            self._log.pending = True
            if self._known.missing > _MOST_UNKNOWN:
                raise Pending
            return Unknown()
        if "after" in outcome:
            _renew([*args, *kwargs.values()], outcome["after"])
        if "raises" in outcome:
            raise revived(outcome)
        if outcome["itself"]:
            return args[outcome["itself"][0]]
        return decode(outcome["value"])


class _Known:
    """The outcomes of calls, taken in the order in which equal calls were made."""

    def __init__(self, known: list[Any], calls: list[Call]) -> None:
        self.calls, self.missing = calls, 0
        self.outcomes: dict[str, deque[Any]] = {}
        for call, outcome in known:
            self.outcomes.setdefault(json.dumps(call), deque()).append(outcome)

    def take(self, call: Call) -> Any:
        """Return the outcome of `call`, None if it is not known; note that it was made."""
        self.calls.append(call)
        waiting = self.outcomes.get(json.dumps(call))
        self.missing += not waiting
        return waiting.popleft() if waiting else None


def _renew(values: list[Any], after: Any) -> None:
    """Give the mutable `values` of a call the contents that it left in them."""
    contents = [*after[0], *(value for _, value in after[1]["v"])]
    for value, content in zip(values, contents, strict=True):
        if content != encode(value):
            _refill(value, decode(content))


def _refill(value: Any, new: Any) -> None:
    kind = type(value)
    if kind in (list, bytearray):
        value[:] = new
    elif kind in (dict, set):
        value.clear()
        value.update(new)
    elif type_name(kind) == "numpy.ndarray" and value.shape == new.shape:
        value[...] = new
    else:
        raise Unreadable(f"an argument of type {type_name(kind)} is changed in place")


def raised(error: BaseException) -> dict[str, Any]:
    """Return as JSON what is known of an exception: its classes, message and arguments."""
    names = [f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__]
    return {"raises": told(error), "names": names, "args": encode(list(error.args))}


def revived(outcome: Mapping[str, Any]) -> BaseException:
    """Return an exception like the one that `raised` described, of the nearest class known here."""
    kind = next(filter(None, map(_exception, outcome["names"])), Exception)
    name = outcome["names"][0].rpartition(".")[2]
    if kind.__name__ != name:
        kind = type(name, (kind,), {})
    args = decode(outcome["args"])
    return kind.__new__(kind, *(args if isinstance(args, list) else []))


def _exception(path: str) -> type[BaseException] | None:
    """Return the exception class at `path`; the stop signals of the tests are none of them."""
    module, _, name = path.rpartition(".")
    found = getattr(sys.modules.get(module), name, None)
    allowed = (Exception, SystemExit, KeyboardInterrupt)
    return found if isinstance(found, type) and issubclass(found, allowed) else None
