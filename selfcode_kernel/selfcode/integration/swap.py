"""One swap: new source becomes a plan over live objects, and the plan is made real as a whole."""

from __future__ import annotations

import ast
import gc
import sys
import types
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from selfcode.integration.classes import Classes, changed_methods, put
from selfcode.integration.closures import WALKABLE_BLOCKS, plan_closures
from selfcode.integration.define import Change, Program, defining, run, run_in_class
from selfcode.integration.journal import MISSING, Attribute, Item, Journal
from selfcode.integration.text import class_statements, statements_of
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
    pairs, classes = _plan(program, before, journal)
    unreached = plan_closures(pairs, journal)
    if classes:
        # A class is a cycle: only the collector ends those that nothing took hold of.
        gc.collect(1)
        unreached += _plan_captured_classes(classes, journal)
    # One reference is the pair's, one the argument's.
    captured = [(pair.old, pair.new) for pair in pairs if sys.getrefcount(pair.new) > 2]
    return Swap(journal, unreached, tuple(captured))


def _plan(program: Program, before: str, journal: Journal) -> tuple[list[Pair], list[_FreshClass]]:
    """Plan all that the source says; keep no hold on fresh classes."""
    place = program.place
    was, now = (class_statements(text, place.path[:-1]) for text in (before, program.text))
    unifier = Unifier(str(place.target), journal, Classes(was, now).unify)
    draft = _draft(program, was.get(place.target.name))
    with defining(place) as changes:
        run(program, draft.module)
        members = run_in_class(program, draft.owner, draft.members) if draft.owner else {}
    for name, value in members.items():
        put(unifier, draft.owner or object, name, value)
    for name in draft.gone:
        journal.plan(Attribute(draft.owner or object, name, vars(draft.owner)[name], MISSING))
    _plan_changes(unifier, program, changes)
    unifier.finish()
    return unifier.pairs, [(old, weakref.ref(new)) for old, new in unifier.classes]


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
            result = unifier.unify(old, new)
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


def _plan_captured_classes(classes: list[_FreshClass], journal: Journal) -> tuple[str, ...]:
    """Plan that what took hold of a fresh class holds the one that stays."""
    unreached = []
    for old, reference in classes:
        fresh = reference()
        if fresh is None:
            continue
        if sys.getallocatedblocks() > WALKABLE_BLOCKS:
            unreached.append(f"{old.__qualname__}: registries that hold it were not searched")
            continue
        for holder in gc.get_referrers(fresh):
            if type(holder) is dict:
                found = [key for key, value in holder.items() if value is fresh]
            elif type(holder) is list:
                found = [index for index, value in enumerate(holder) if value is fresh]
            else:
                continue
            for key in found:
                journal.plan(Item(holder, key, fresh, old))
    return tuple(unreached)
