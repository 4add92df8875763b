"""One swap: new source becomes a plan over live objects, and the plan is made real as a whole."""

from __future__ import annotations

import ast
import gc
import sys
import types
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from selfcode.integration.classes import Classes, changed_methods, put
from selfcode.integration.closures import WALKABLE_BLOCKS, plan_closures
from selfcode.integration.define import Change, Program, defining, run, run_in_class
from selfcode.integration.functions import FunctionState
from selfcode.integration.journal import MISSING, Attribute, Item, Journal
from selfcode.integration.text import class_statements, statements_of, undecorated
from selfcode.integration.unify import Pair, Unifier

Captured = tuple[types.FunctionType, types.FunctionType]
_FreshClass = tuple[type, "weakref.ref[type]"]


@dataclass(frozen=True)
class Swap:
    """A planned change; `unreached` says in one line each what goes on running old code.

    `captured` are fresh functions that something took hold of while they were defined, such as a
    registry that a decorator fills, each after the live function that it has to follow.
    """

    journal: Journal
    unreached: tuple[str, ...]
    captured: tuple[Captured, ...]


def plan_swap(program: Program, before: str) -> Swap:
    """Return the plan that makes the target what `program` defines; nothing is changed yet.

    `before` is the target's present source, empty when it is not known. Raises `BrokenSource` or
    `NotSwappable`.
    """
    journal = Journal()
    pairs, classes, notes = _plan(program, before, journal)
    unreached = notes + plan_closures(pairs, journal)
    if classes:
        unreached += _release_classes(classes)
    # One reference is the pair's, one the argument's.
    captured = [(pair.old, pair.new) for pair in pairs if sys.getrefcount(pair.new) > 2]
    return Swap(journal, unreached, tuple(captured))


def _plan(
    program: Program, before: str, journal: Journal
) -> tuple[list[Pair], list[_FreshClass], tuple[str, ...]]:
    """Plan all that the source says; keep no hold on fresh classes."""
    place = program.place
    holder = place.path[:-1]
    was, now = (class_statements(text, holder) for text in (before, program.text))
    bare = undecorated(before, holder), undecorated(program.text, holder)
    unifier = Unifier(str(place.target), journal, Classes(was, now).unify, bare)
    draft = _draft(program, was.get(place.target.name))
    changes: list[Change] = []
    try:
        with defining(place, changes):
            run(program, draft.module)
            members = run_in_class(program, draft.owner, draft.members) if draft.owner else {}
        _plan_members(unifier, draft, members)
        _plan_changes(unifier, program, changes)
    except BaseException:
        _give_back(program, changes)
        raise
    unifier.finish()
    classes = [(old, weakref.ref(new)) for old, new in unifier.classes]
    return unifier.pairs, classes, tuple(unifier.notes)


def _plan_members(unifier: Unifier, draft: _Draft, members: Mapping[str, Any]) -> None:
    if draft.owner is None:
        return
    for name, value in members.items():
        put(unifier, draft.owner, name, value)
    for name in draft.gone:
        value = vars(draft.owner)[name]
        unifier.journal.plan(Attribute(draft.owner, name, value, MISSING))


@dataclass(frozen=True)
class _Draft:
    """Which statements run in the module, which in the body of a live class, what that loses."""

    module: Sequence[ast.stmt]
    owner: type | None = None
    members: Sequence[ast.stmt] = ()
    gone: Sequence[str] = ()


def _draft(program: Program, before: ast.ClassDef | None) -> _Draft:
    live, owner = program.place.value, program.place.owner
    defining = statements_of(list(program.body), program.place.path[-1:])
    rest = [s for s in program.body if s not in defining]
    if isinstance(live, type) and isinstance(defining[-1], ast.ClassDef):
        methods = changed_methods(live, before, defining[-1])
        if methods is not None:
            return _Draft(rest, live, *methods)
    return _Draft(rest, owner, defining) if owner else _Draft(program.body)


def _plan_changes(unifier: Unifier, program: Program, changes: Sequence[Change]) -> None:
    """Plan what statements bound in the module: definitions first, in the order of the source."""
    order = {name: position for position, name in enumerate(program.defined)}
    for names, name, old, new in sorted(changes, key=lambda c: order.get(c[1], len(order))):
        if name in order and MISSING not in (old, new):
            result = unifier.unify_named(name, old, new)
        else:
            result = unifier.take(new)
            _settle(unifier, result)
        if result is not old:
            unifier.journal.plan(Item(names, name, old, result))


def _settle(unifier: Unifier, value: Any) -> None:
    """Make an instance of a fresh class one of the class that stands for it."""
    kind = unifier.stands_for(type(value))
    if kind is not type(value):
        object.__setattr__(value, "__class__", kind)


def _release_classes(classes: list[_FreshClass]) -> tuple[str, ...]:
    """Let what took hold of a fresh class hold the one that stays, so that only that one lives.

    A class is a cycle, which only the collector ends: at first those that nothing took hold of.
    """
    gc.collect(0)
    unreached = tuple(
        f"{old.__qualname__}: the session holds too many objects to search for registries of it"
        for old, fresh in classes
        if fresh() is not None and not _replace_held(fresh(), old)
    )
    gc.collect(1)
    return unreached


def _replace_held(fresh: Any, old: Any) -> bool:
    """Put `old` wherever a dict or list holds `fresh`; return False when there is no searching."""
    if sys.getallocatedblocks() > WALKABLE_BLOCKS:
        return False
    for holder in gc.get_referrers(fresh):
        if type(holder) is dict:
            items = list(holder.items())
        elif type(holder) is list:
            items = list(enumerate(holder))
        else:
            continue
        for key, value in items:
            if value is fresh:
                holder[key] = old
    return True


def _give_back(program: Program, changes: Sequence[Change]) -> None:
    """Let registries that took hold of what is not injected after all have what is live."""
    for _, name, old, new in changes:
        if isinstance(old, type) and isinstance(new, type) and name in program.defined:
            _replace_held(new, old)
        if isinstance(old, types.FunctionType) and _is_made_by(program, new):
            FunctionState.of(old).put_into(new)


def _is_made_by(program: Program, value: Any) -> bool:
    """Return whether the source defined `value`: what it imported belongs to its own module."""
    return isinstance(value, types.FunctionType) and (
        value.__code__.co_filename == program.filename
    )
