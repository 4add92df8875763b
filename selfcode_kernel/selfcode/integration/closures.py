"""Closures that were made earlier from the nested code of a function that is changed now."""

from __future__ import annotations

import gc
import sys
import types
from collections.abc import Iterable, Iterator

from selfcode.integration.functions import FunctionState, FunctionWrite, nested_code, same_code
from selfcode.integration.journal import Journal
from selfcode.integration.layers import is_function
from selfcode.integration.unify import Pair

# About half a second of walking; a walk cannot be stopped once it runs.
WALKABLE_BLOCKS = 20_000_000

CodePair = tuple[types.CodeType, types.CodeType]


class CodeWrite:
    """The code of many closures, before and after."""

    __slots__ = ("after", "before", "functions")

    def __init__(
        self,
        functions: list[types.FunctionType],
        before: types.CodeType,
        after: types.CodeType,
    ) -> None:
        self.functions, self.before, self.after = functions, before, after

    def forward(self) -> None:
        """Bring in the new code."""
        for function in self.functions:
            function.__code__ = self.after

    def backward(self) -> None:
        """Bring back the old code."""
        for function in self.functions:
            function.__code__ = self.before


def plan_closures(pairs: Iterable[Pair], journal: Journal) -> tuple[str, ...]:
    """Plan that live closures run the new code; return one line for each kind that cannot.

    The heap is walked only when reference counts show that something still uses the old code.
    """
    used = [pair for pair in _changed_inside(pairs) if _references(pair) > _IDLE]
    if not used:
        return ()
    names = ", ".join(sorted({old.co_qualname for old, _ in used}))
    if sys.getallocatedblocks() > WALKABLE_BLOCKS:
        return (f"{names}: the session holds too many objects to search for earlier closures",)
    unreached = []
    if gc.get_freeze_count():
        unreached.append(f"{names}: objects frozen with gc.freeze() were not searched")
    holders = gc.get_referrers(*(old for old, _ in used))
    for old, new in used:
        live = [h for h in holders if is_function(h) and h.__code__ is old]
        running = sum(type(h) in _CODE and getattr(h, _CODE[type(h)]) is old for h in holders)
        if running:
            unreached.append(f"{old.co_qualname}: {running} already running, on the old code")
        unreached += _plan_one(old, new, live, journal)
    return tuple(unreached)


def _references(pair: CodePair) -> int:
    return sys.getrefcount(pair[0])


# The references to nested code that nothing but its parent uses, counted where they are counted.
_OUTER = compile("def f(): pass", "<idle>", "exec")
_IDLE = _references((next(nested_code(_OUTER)), _OUTER))

_CODE: dict[type, str] = {
    types.GeneratorType: "gi_code",
    types.CoroutineType: "cr_code",
    types.AsyncGeneratorType: "ag_code",
}


def _plan_one(
    old: types.CodeType,
    new: types.CodeType,
    live: list[types.FunctionType],
    journal: Journal,
) -> Iterator[str]:
    reason = _why_not(old, new)
    if not live:
        return
    if reason:
        yield f"{old.co_qualname}: {len(live)} made earlier keep the old code: {reason}"
    elif old.co_freevars == new.co_freevars:
        journal.plan(CodeWrite(live, old, new))
    else:
        for function in live:
            cells = dict(zip(old.co_freevars, function.__closure__ or (), strict=True))
            closure = tuple(cells[name] for name in new.co_freevars) or None
            state = FunctionState.of(function)
            after = state._replace(code=new, closure=closure)
            journal.plan(FunctionWrite(function, state, after))


def _why_not(old: types.CodeType, new: types.CodeType) -> str:
    """Return why closures made from `old` cannot run `new`; empty when they can."""
    missing = sorted({*new.co_freevars} - {*old.co_freevars})
    if missing:
        return f"{', '.join(missing)} of the enclosing call is not known to them"
    return "" if _call_shape(old) == _call_shape(new) else "the parameters change"


def _call_shape(code: types.CodeType) -> tuple[object, ...]:
    count = code.co_argcount + code.co_kwonlyargcount
    return (
        code.co_argcount,
        code.co_posonlyargcount,
        code.co_kwonlyargcount,
        code.co_varnames[:count],
        code.co_flags & _STARS,
    )


_STARS = 0x0C


def _changed_inside(pairs: Iterable[Pair]) -> list[CodePair]:
    changed: list[CodePair] = []
    for pair in pairs:
        if pair.before.code is not pair.after.code:
            _match_nested(pair.before.code, pair.after.code, changed)
    return changed


def _match_nested(old: types.CodeType, new: types.CodeType, changed: list[CodePair]) -> None:
    """Match the code nested in `old` and `new` by name and order; keep the pairs that differ."""
    for name in dict.fromkeys(c.co_name for c in nested_code(old)):
        before = [c for c in nested_code(old) if c.co_name == name]
        after = [c for c in nested_code(new) if c.co_name == name]
        if len(before) == len(after):
            for first, second in zip(before, after, strict=True):
                if not same_code(first, second):
                    changed.append((first, second))
                    _match_nested(first, second, changed)
