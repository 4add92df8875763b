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
from selfcode.integration.closures import plan_closures
from selfcode.integration.define import Change, Program, defining, run, run_in_class
from selfcode.integration.functions import FunctionState, FunctionWrite
from selfcode.integration.journal import MISSING, Item, Journal, undisturbed
from selfcode.integration.text import class_statements, statements_of
from selfcode.integration.unify import Pair, Unifier

Captured = Mapping[int, Sequence[types.FunctionType]]
_FreshClass = tuple[type, "weakref.ref[type]"]


@dataclass(frozen=True)
class Swap:
    """A planned change; `unreached` says in one line each what goes on running old code.

    `captured` are the fresh functions that something took hold of while they were defined, such as
    a registry that a decorator fills. They follow the function they belong to, found by its id.
    """

    journal: Journal
    unreached: tuple[str, ...]
    captured: Captured

    def commit(self) -> None:
        """Make the change, all of it or none."""
        with undisturbed():
            self.journal.forward()


def plan_swap(program: Program, before: str, captured: Captured) -> Swap:
    """Return the plan that makes the target what `program` defines; nothing is changed yet.

    `before` is the target's present source, empty when it is not known; `captured` what earlier
    swaps of the target left. Raises `BrokenSource` or `NotSwappable`.
    """
    journal = Journal()
    pairs, classes = _plan(program, before, journal)
    unreached = plan_closures(pairs, journal)
    for pair in pairs:
        for function in captured.get(id(pair.old), ()):
            journal.plan(FunctionWrite(function, FunctionState.of(function), pair.after))
    if classes:
        # A class is a cycle: only the collector ends those that nothing took hold of.
        gc.collect(1)
        unreached += _plan_captured_classes(classes, journal)
    return Swap(journal, unreached, _newly_captured(pairs, captured, journal))


def _plan(program: Program, before: str, journal: Journal) -> tuple[list[Pair], list[_FreshClass]]:
    """Plan all that the source says; keep no hold on fresh classes."""
    place = program.place
    was, now = (class_statements(text, place.path[:-1]) for text in (before, program.text))
    unifier = Unifier(str(place.target), journal, Classes(was, now).unify)
    live, owner = place.value, place.owner
    inside = list(statements_of(list(program.body), place.path[-1:])) if owner else []
    others = [s for s in program.body if s not in inside]
    gone: list[str] = []
    if isinstance(live, type):
        changed = changed_methods(live, was.get(place.target.name), now[place.target.name])
        if changed is not None:
            ...
    with defining(place) as changes:
        run(program, others)
        members = run_in_class(program, owner, inside) if owner else {}
    for name, value in members.items():
        put(unifier, owner, name, value)
    _plan_changes(unifier, program, changes)
    unifier.finish()
    return unifier.pairs, [(old, weakref.ref(new)) for old, new in unifier.classes]
