"""A rehearsal: one call of a function on probation, made by each of its versions behind the wall.

`Rehearsal` is what runs in the twin's children, each of which finds arguments and state as they
were at the call; `judge` is the trusted side.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from selfcode.integration.detours import Detour
from selfcode.integration.functions import nested_code
from selfcode.oversight import tripwire
from selfcode.records import Trial, message_of
from selfcode.validation.needs import Watch, is_users_code, unmet
from selfcode.validation.sameness import same
from selfcode.validation.script import show
from selfcode.validation.values import encode, opaque, spell, type_name

_LONG = 100_000
_ENDS = 100
_SHOWN = 200


@dataclass(frozen=True)
class Rehearsal:
    """Makes the call in a child of the twin; `pin` makes all its calls run the given version.

    What injected code of the patch `hash` is stopped at is told, also where it hushes that up.
    """

    hash: str
    detour: Detour
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    prepare: Callable[[], None]
    pin: Callable[[str], None]

    def __call__(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the version `request["version"]` gave, and what it left behind."""
        self.prepare()
        self.pin(request["version"])
        watch = Watch(is_users_code)
        watch.begin()
        function = getattr(self.detour, request["version"])
        described = _described(self.args, self.kwargs)
        raised, value = None, None
        quiet = io.StringIO()
        with (
            tripwire.noting() as trips,
            contextlib.redirect_stdout(quiet),
            contextlib.redirect_stderr(quiet),
        ):
            try:
                value = function(*self.args, **self.kwargs)
            except BaseException as error:  # noqa: BLE001 - whatever ends the call is the answer
                raised = error
        watch.see(raised)
        return {
            "arguments": described,
            "raised": raised and [type(raised).__name__, message_of(raised)],
            "needs": watch.needs,
            "trips": [[t.event, t.capability, t.about] for t in trips if t.hash == self.hash],
            "parts": {} if raised else dict(self._parts(value)),
        }

    def _parts(self, value: Any) -> Iterator[tuple[str, Any]]:
        """Yield what the call gave and what it left in its arguments and the names that it uses."""
        yield from snapshot("result", value)
        for place, argument in enumerate(self.args, 1):
            yield from snapshot(f"argument {place}", argument)
        for name, argument in self.kwargs.items():
            yield from snapshot(f"argument {name}", argument)
        names = _names(self.detour.old.__code__) | _names(self.detour.new.__code__)
        space = self.detour.function.__globals__
        for name in sorted(names & space.keys()):
            if not isinstance(space[name], (type, types.ModuleType)) and not callable(space[name]):
                yield from snapshot(name, space[name])


def _described(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    texts = [show(value) for value in args]
    texts += [f"{name}={show(value)}" for name, value in kwargs.items()]
    text = ", ".join(" ".join(text.split()) for text in texts)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _names(code: types.CodeType) -> set[str]:
    return {*code.co_names}.union(*(_names(inner) for inner in nested_code(code)))


def snapshot(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield `value` as JSON of limited size under `name`, or under several what stands for it.

    An object of an unknown type stands as its attributes, a large array or table as its shape,
    types, ends and sums, any other large value as a digest.
    """
    data = encode(value)
    if isinstance(data, dict) and data["t"] == "opaque":
        if data.get("large") and hasattr(value, "shape"):
            for aspect, part in _aspects(value):
                yield f"the {aspect} of {name}", _limited(encode(part))
            return
        if not data.get("large") and isinstance(getattr(value, "__dict__", None), dict):
            data = encode([type_name(type(value)), vars(value)])
    yield name, _limited(data)


def _limited(data: Any) -> Any:
    text = json.dumps(data, sort_keys=True)
    return data if len(text) <= _LONG else {"digest": hashlib.sha256(text.encode()).hexdigest()}


def _aspects(value: Any) -> Iterator[tuple[str, Any]]:
    rows = value.iloc if hasattr(value, "iloc") else getattr(value, "flat", value)
    yield "shape", list(value.shape)
    yield "type", str(getattr(value, "dtypes", getattr(value, "dtype", "")))
    yield "beginning", rows[:_ENDS]
    yield "end", rows[-_ENDS:]
    if hasattr(value, "columns"):
        yield "sum", value.sum(numeric_only=True)
    elif getattr(value.dtype, "kind", "") in "biufc":
        yield "sum", value.sum()


# -- the trusted side -----------------------------------------------------------------------------


class Kind(StrEnum):
    """What a rehearsal says of the new version: good, bad, or open (it could not be told)."""

    GOOD = "good"
    BAD = "bad"
    OPEN = "open"


@dataclass(frozen=True)
class Case:
    """One rehearsed call: what is said of the new version, why, and with which arguments."""

    kind: Kind
    reason: str = ""
    arguments: str = ""


def judge(run: Callable[[str], Trial]) -> Case:
    """Return what `run("new")` says beside `run("old")`; each makes the call from the same state.

    Good: it came to its end, within its approval, with nothing seen that the old version, where
    that worked, does not give too; or both raise the same. What differs between two runs of the
    old version proves nothing. Bad: it goes beyond its approval, or does not come to its end or
    gives something else where the old one worked. All else is open, as is everything in which the
    wall may be what keeps a version from working.
    """
    new = run("new")
    if new.ok and new.value["trips"]:
        event, capability, about = new.value["trips"][0]
        said = f"it was stopped at {event}{f' of {about}' if about else ''}"
        return Case(Kind.BAD, f"{said}, not approved for {capability}", new.value["arguments"])
    old = run("old")
    if not _worked(old):
        return _beside_failure(new, old)
    arguments = old.value["arguments"]
    if not _worked(new):
        kind = Kind.OPEN if _why_wall(new) else Kind.BAD
        return Case(kind, f"{_ending(new)}; the old version worked", arguments)
    if not (found := difference(old, new)) or difference(old, run("old")):
        return Case(Kind.GOOD, "", arguments)
    return Case(Kind.BAD, found, arguments)


def _worked(trial: Trial) -> bool:
    return trial.ok and trial.value["raised"] is None


def _beside_failure(new: Trial, old: Trial) -> Case:
    """Judge where the old version did not work."""
    if wall := _why_wall(old):
        return Case(Kind.OPEN, f"the old version cannot be run behind the wall: {wall}")
    if _worked(new):
        return Case(Kind.GOOD, "", new.value["arguments"])
    if not new.ok or _why_wall(new):
        return Case(Kind.OPEN, _ending(new))
    if old.ok and new.value["raised"] == old.value["raised"]:
        return Case(Kind.GOOD, "", new.value["arguments"])
    return Case(Kind.OPEN, f"{_ending(new)}; the old version: {_ending(old)}")


def _why_wall(trial: Trial) -> str:
    """Return why the wall, rather than the version, may be what failed; empty when it is not."""
    needs = trial.value["needs"] if trial.ok else {}
    lacks = unmet(needs, trial.refused, _is_missing, failed=not _worked(trial))
    return f"it {lacks}" if lacks else ""


def _is_missing(path: str) -> bool:
    """Return whether a file is missing live too, so that the wall does not hide it."""
    return not os.path.lexists(path)


def _ending(trial: Trial) -> str:
    """Return in one line why a version did not come to its end."""
    if not trial.ok:
        return trial.error
    if wall := _why_wall(trial):
        return wall
    name, message = trial.value["raised"]
    return f"it raised {name}: {message}" if message else f"it raised {name}"


def difference(old: Trial, new: Trial) -> str:
    """Return in one line what `new` left that `old` did not; empty when nothing is seen."""
    parts, other = old.value["parts"], new.value["parts"]
    for name in (name for name in parts if name in other):
        if _is_same(parts[name], other[name]) is False:
            gave = f"{_told(other[name])}, the old version {_told(parts[name])}"
            return f"it gave {gave}" if name == "result" else f"it left {name} as {gave}"
    if more := sorted({*new.files} ^ {*old.files}):
        who = "it" if more[0] in new.files else "only the old version"
        return f"{who} writes {more[0]}"
    return ""


def _is_same(old: Any, new: Any) -> bool | None:
    if isinstance(old, dict) and "digest" in old:
        return old == new or None
    if isinstance(new, dict) and "digest" in new:
        return None
    return same(old, new)


def _told(data: Any) -> str:
    return "something else" if opaque(data) else spell(data)
