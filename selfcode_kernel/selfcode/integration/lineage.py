"""The lineages of a session: inject, revert, and every version of what was injected."""

from __future__ import annotations

import os
import threading
import types
from collections.abc import Callable, Sequence
from typing import Any

from selfcode.errors import NoSuchVersion, NotSwappable, StaleTarget, TargetNotFound, UsageError
from selfcode.integration.class_sources import class_text
from selfcode.integration.define import Program
from selfcode.integration.detours import Chooser, Detour, end_detours, plan_detours
from selfcode.integration.functions import FunctionState
from selfcode.integration.journal import MISSING, Attribute, Item, Journal, undisturbed
from selfcode.integration.layers import is_class
from selfcode.integration.place import Place, find_place
from selfcode.integration.sources import add_virtual_file, drop_virtual_file, function_text
from selfcode.integration.swap import Swap, plan_swap
from selfcode.integration.text import dedented, extract, same_text
from selfcode.integration.versions import Known, Lineage
from selfcode.records import Target, Version, short_hash, unified_diff

Live = types.FunctionType | type


class Lineages:
    """Injects and reverts, and knows every version of what was injected.

    `namespace` is what `__main__` means: a shell's user names; by default the running program's.
    `announce` hears of each text before it runs: its target, its origin, and the virtual file that
    its code will bear.
    Its methods may be called from any thread; inject between cells, on the main thread, so that
    no cell runs half on old code and half on new.
    """

    def __init__(
        self,
        namespace: dict[str, Any] | None = None,
        announce: Callable[[str, str, str], None] = lambda _target, _origin, _file: None,
    ) -> None:
        self._main, self._announce = namespace, announce
        self._lineages: dict[tuple[Target, int], Lineage] = {}
        self._lock, self._process = threading.RLock(), os.getpid()

    def inject(
        self,
        target: str | Live,
        source: str,
        *,
        expected: str | None = None,
        origin: str = "caller",
        namespace: dict[str, Any] | None = None,
        chooser: Chooser | None = None,
    ) -> Version:
        """Make `source` live in place of `target` and return its version.

        Aliases, bound methods, instances and subclasses follow, since the live objects are
        changed, not replaced. `source` may hold other statements beside the definition: they run
        in the target's module. A name that is not there yet is defined. `expected` is the source
        that the change was judged against. With a `chooser`, calls of the functions whose bodies
        change take a detour, until `conclude`.

        Raises `StaleTarget` when what is live is not `expected`, `BrokenSource` when `source` does
        not run, `NotSwappable` when the live object cannot become it, `NoProbation` when its calls
        cannot take a detour; then everything is as it was. Raises `TargetNotFound`,
        `ProtectedTarget` and `UsageError` for a wrong target.
        """
        with self._locked():
            lineage = self._open(find_place(target, namespace, self._main))
            self._require(lineage, expected)
            text = dedented(source)
            swap, filename = self._plan(lineage, len(lineage.known), text, origin)
            if chooser is not None:
                self._plan_detours(lineage, swap, chooser)
            known = Known(text, origin, filename, swap.unreached)
            lineage.commit(swap.journal, known, swap.captured)
            self._lineages[lineage.place.target, id(lineage.place.namespace)] = lineage
            self._tell_related(lineage, origin)
            return lineage.version(lineage.current)

    def revert(self, target: str | Live, to: int | None = None) -> Version:
        """Make version `to` of `target` live again, older or newer; by default the one before.

        Exact while the live objects are those that were injected into. Where the user has since
        defined the target anew, the version's source is defined again in the object that is live
        now. Raises `NoSuchVersion` when there is none, `NotSwappable` when it cannot be
        made live; then everything is as it was.
        """
        with self._locked():
            lineage = self._find(target)
            if lineage is None:
                raise NoSuchVersion(
                    f"{_name(target)} was never changed by selfcode: nothing to go back to."
                )
            self._observe(lineage)
            index = self._index(lineage, lineage.current if to is None else to)
            if index != lineage.current and not lineage.walk(index):
                self._define_again(lineage, index)
            self._tell_related(lineage, lineage.known[index].origin)
            return lineage.version(index)

    def conclude(self, detours: Sequence[Detour]) -> None:
        """End `detours`: where their new versions are live, they run by themselves from now on."""
        with self._locked(), undisturbed():
            lineages = self._lineages.values()
            end_detours([journal for line in lineages for journal in line.journals()], detours)
            for lineage in lineages:
                lineage.end_detours(detours)

    def versions(self, target: str | Live) -> tuple[Version, ...]:
        """Return the versions of `target`, oldest first; none when it was never changed."""
        with self._locked():
            lineage = self._find(target)
            if lineage is None:
                return ()
            self._observe(lineage)
            return lineage.versions()

    def current(self, target: str | Live) -> Version:
        """Return the version of `target` that is live; raises `TargetNotFound`."""
        with self._locked():
            lineage = self._find(target) or self._open(find_place(target, None, self._main))
            self._observe(lineage)
            if lineage.now.absent:
                raise TargetNotFound(str(lineage.place.target))
            return lineage.version(lineage.current)

    def diff(self, target: str | Live, first: int, second: int) -> str:
        """Return the unified diff between two versions; raises `UsageError` for unknown ones."""
        with self._locked():
            lineage = self._find(target)
            if lineage is None:
                raise NoSuchVersion(f"{_name(target)} was never changed by selfcode.")
            self._observe(lineage)
            old, new = (lineage.known[self._index(lineage, n)].source for n in (first, second))
            return unified_diff(old, new, str(lineage.place.target))

    def source_of(self, target: str | Live) -> str:
        """Return the source of what is live: the definition alone, at the margin.

        Raises `TargetNotFound`, and `UsageError` when the source is not known.
        """
        version = self.current(target)
        text = _definition(version.target, version.source)
        if not text:
            raise UsageError(
                f"the source of {version.target} is not known: what its file holds is not what is "
                "live. Run its cell, or reload its module."
            )
        return text

    def unreached(self, target: str | Live) -> tuple[str, ...]:
        """Return what goes on running older code than the live version, one line for each kind."""
        with self._locked():
            lineage = self._find(target)
            return lineage.now.unreached if lineage else ()

    def targets(self) -> tuple[Target, ...]:
        """Return what was injected, in the order of the first injection."""
        with self._locked():
            return tuple(dict.fromkeys(target for target, _ in self._lineages))

    # -- lineages ---------------------------------------------------------------------------------

    def _locked(self) -> threading.RLock:
        # A thread that is not in this forked child may have held the lock at the fork.
        if self._process != os.getpid():
            self._lock, self._process = threading.RLock(), os.getpid()
        return self._lock

    def _find(self, target: str | Live) -> Lineage | None:
        """Return the lineage of `target` that was begun last, or None."""
        if isinstance(target, str):
            wanted = Target.parse(target)
        else:
            wanted = find_place(target, None, self._main).target
        found = [line for (name, _), line in self._lineages.items() if name == wanted]
        return found[-1] if found else None

    def _open(self, place: Place) -> Lineage:
        """Return the lineage at `place`, up to date; a new one is kept by its first injection."""
        lineage = self._lineages.get((place.target, id(place.namespace)))
        if lineage is None:
            return Lineage(place, self._live(place))
        self._observe(lineage)
        return lineage

    def _observe(self, lineage: Lineage, origin: str = "user") -> None:
        """Note what others made of the target: other code is a version of its own."""
        if not lineage.was_changed():
            return
        live = self._live(lineage.place, origin)
        name, known = lineage.place.target, lineage.now
        same = live.source and same_text(live.source, _definition(name, known.source))
        lineage.settle(None if same else live)

    def _live(self, place: Place, origin: str = "user") -> Known:
        """Return what is alive at `place`, as far as it is known."""
        value, path = place.value, place.path
        methods = {
            other.place.path: _definition(other.place.target, other.now.source)
            for other in self._lineages.values()
            if other.place.namespace is place.namespace
            and other.place.path[: len(path)] == path != other.place.path
        }
        if is_class(value):
            return Known(class_text(value, path, methods), origin)
        return Known(function_text(value, path), origin, absent=value is MISSING)

    def _tell_related(self, lineage: Lineage, origin: str) -> None:
        """Let the lineages of the class around, or of methods inside, see what was changed."""
        place = lineage.place
        for other in self._lineages.values():
            depth = min(len(other.place.path), len(place.path))
            shared = other.place.path[:depth] == place.path[:depth]
            if other is not lineage and shared and other.place.namespace is place.namespace:
                self._observe(other, origin)

    # -- changes ----------------------------------------------------------------------------------

    def _require(self, lineage: Lineage, expected: str | None) -> None:
        """Raise unless what is live is what the change was judged against."""
        target, known = lineage.place.target, lineage.now
        if expected is None:
            return
        if known.absent:
            raise TargetNotFound(str(target))
        if not known.source:
            raise StaleTarget(
                str(target), short_hash(expected), "a definition whose source is not known"
            )
        texts = [known.source, _definition(target, known.source)]
        if not any(same_text(expected, text) for text in texts):
            numbers = [n for n, k in enumerate(lineage.known, 1) if same_text(expected, k.source)]
            wanted = f"version {numbers[-1]}" if numbers else short_hash(expected)
            found = f"version {lineage.current + 1}" if numbers else short_hash(texts[1])
            raise StaleTarget(str(target), wanted, found)

    def _plan(self, lineage: Lineage, index: int, source: str, origin: str) -> tuple[Swap, str]:
        """Return the plan that makes `source` live, and the virtual file that holds it."""
        target = lineage.place.target
        name = target.name if target.module == "__main__" else str(target)
        filename = add_virtual_file(f"{name} v{index + 1}", source)
        try:
            self._announce(str(target), origin, filename)
            program = Program.parse(lineage.place, source, filename)
            return plan_swap(program, lineage.now.source), filename
        except BaseException:
            drop_virtual_file(filename)
            raise

    def _plan_detours(self, lineage: Lineage, swap: Swap, chooser: Chooser) -> None:
        try:
            plan_detours(str(lineage.place.target), swap.journal, chooser)
        except BaseException:
            for live, captured in swap.captured:
                FunctionState.of(live).put_into(captured)
            raise

    def _define_again(self, lineage: Lineage, index: int) -> None:
        known, place = lineage.known[index], lineage.place
        if known.absent:
            lineage.commit(_removal(place), index)
        elif not known.source:
            raise NotSwappable(
                str(place.target),
                f"it was defined anew since, and the source of version {index + 1} is not known",
            )
        else:
            swap, _ = self._plan(lineage, index, known.source, known.origin)
            lineage.commit(swap.journal, index, swap.captured)

    def _index(self, lineage: Lineage, number: int) -> int:
        count, target = len(lineage.known), lineage.place.target
        if number == 0:
            raise NoSuchVersion(f"{target} is at its first version: nothing to go back to.")
        if not 1 <= number <= count:
            raise NoSuchVersion(f"{target} has versions 1 to {count}; there is no {number}.")
        return number - 1


def _removal(place: Place) -> Journal:
    journal = Journal()
    owner, name = place.owner, place.path[-1]
    if owner is None:
        journal.plan(Item(place.namespace, name, place.value, MISSING))
    else:
        journal.plan(Attribute(owner, name, place.value, MISSING))
    return journal


def _definition(target: Target, source: str) -> str:
    """Return the part of a version's source that defines the target; all of it if none does."""
    return extract(source, (target.name.rpartition(".")[2],)) or source


def _name(target: str | Live) -> str:
    return target if isinstance(target, str) else str(getattr(target, "__qualname__", target))
