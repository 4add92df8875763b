"""One swap: new source becomes a plan over live objects, and the plan is made real as a whole."""

from __future__ import annotations

import ast
import sys
import types
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from selfcode.integration.classes import Classes, changed_methods, put
from selfcode.integration.closures import plan_closures
from selfcode.integration.define import Change, Program, defining, run, run_in_class
from selfcode.integration.functions import FunctionState
from selfcode.integration.journal import MISSING, Attribute, Item, Journal
from selfcode.integration.layers import is_class, is_function
from selfcode.integration.registries import FreshClass, release, replace_held
from selfcode.integration.text import class_statements, statements_of, undecorated
from selfcode.integration.unify import Pair, Unifier

Captured = tuple[types.FunctionType, types.FunctionType]


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
    plan = _plan(program, before)
    unreached = *plan.notes, *plan_closures(plan.pairs, plan.journal)
    if plan.classes:
        unreached += release(plan.classes)
    # One reference is the pair's, one the argument's.
    captured = [(pair.old, pair.new) for pair in plan.pairs if sys.getrefcount(pair.new) > 2]
    return Swap(plan.journal, unreached, tuple(captured))


@dataclass(frozen=True)
class _Plan:
    """What a unifier planned, without a hold on the fresh classes."""

    journal: Journal
    pairs: Sequence[Pair]
    classes: Sequence[FreshClass]
    notes: Sequence[str]


def _plan(program: Program, before: str) -> _Plan:
    place = program.place
    holder = place.path[:-1]
    was, now = (class_statements(text, holder) for text in (before, program.text))
    bare = undecorated(before, holder), undecorated(program.text, holder)
    unifier = Unifier(str(place.target), Classes(was, now).unify, bare)
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
    return _Plan(unifier.journal, unifier.pairs, classes, unifier.notes)


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
    if is_class(live) and isinstance(defining[-1], ast.ClassDef):
        methods = changed_methods(live, before, defining[-1])
        if methods is not None:
            return _Draft(rest, live, *methods)
    return _Draft(rest, owner, defining) if owner else _Draft(program.body)


def _plan_changes(unifier: Unifier, program: Program, changes: Sequence[Change]) -> None:
    """Plan what statements bound in the module: definitions first, in the order of the source."""
    order = {name: position for position, name in enumerate(program.defined)}
    for names, name, old, new in sorted(changes, key=lambda c: order.get(c[1], len(order))):
        if name in order and old is not MISSING and new is not MISSING:
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


def _give_back(program: Program, changes: Sequence[Change]) -> None:
    """Let registries that took hold of what is not injected after all have what is live."""
    for _, name, old, new in changes:
        if is_class(old) and is_class(new) and name in program.defined:
            replace_held(new, old)
        if is_function(old) and _is_made_by(program, new):
            FunctionState.of(old).put_into(new)


def _is_made_by(program: Program, value: Any) -> bool:
    """Return whether the source defined `value`: what it imported belongs to its own module."""
    return is_function(value) and (value.__code__.co_filename == program.filename)
