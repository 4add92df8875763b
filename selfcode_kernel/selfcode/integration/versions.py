"""One target's lineage: what it was and is, version by version, and the way between any two."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from selfcode.integration.detours import Detour
from selfcode.integration.functions import FunctionState
from selfcode.integration.journal import Journal, Move, all_or_none, undisturbed
from selfcode.integration.layers import fingerprint, is_same
from selfcode.integration.place import Place
from selfcode.integration.swap import Captured
from selfcode.records import Version

State = list[Any]


@dataclass(frozen=True)
class Known:
    """What is known of one version: `absent` when nothing bore the name.

    `source` is empty when it is not known, `filename` when it is in no virtual file; `unreached`
    says what went on running older code.
    """

    source: str
    origin: str
    filename: str = ""
    unreached: tuple[str, ...] = ()
    absent: bool = False


@dataclass(frozen=True)
class _Edge:
    """A journal that leads from one version to another, between two states of the live objects."""

    journal: Journal
    ends: tuple[int, int]
    states: tuple[State, State]


class Lineage:
    """The versions of one target, oldest first, and which of them is live."""

    def __init__(self, place: Place, first: Known) -> None:
        self.place = place
        self.known = [first]
        self.current = 0
        self._captured: list[Captured] = []
        self._edges: dict[int, list[_Edge]] = {}
        self._state = self._look()

    @property
    def now(self) -> Known:
        """The current version."""
        return self.known[self.current]

    def version(self, index: int) -> Version:
        """Return the version with that index as a record."""
        known = self.known[index]
        current = index == self.current
        return Version(self.place.target, index + 1, known.source, known.origin, current)

    def versions(self) -> tuple[Version, ...]:
        """Return all versions, oldest first."""
        return tuple(self.version(index) for index in range(len(self.known)))

    def was_changed(self) -> bool:
        """Return whether what is live is not what this lineage saw last."""
        return not is_same(self._state, self._look())

    def settle(self, known: Known | None = None) -> None:
        """Take what is live as the current version, or as the new one that is `known`."""
        if known is not None:
            self.known.append(known)
            self.current = len(self.known) - 1
        self._state = self._look()

    def commit(self, journal: Journal, to: int | Known, captured: Iterable[Captured] = ()) -> None:
        """Make the planned writes, which lead to a version that is there, or to a new one.

        Either all of them are made and the version is the current one, or nothing is changed.
        """
        with undisturbed():
            ends = self.current, to if isinstance(to, int) else len(self.known)
            before = self._look()
            journal.forward()
            if isinstance(to, Known):
                self.known.append(to)
            self.current = ends[1]
            self._captured += captured
            self._follow()
            self._state = self._look()
            edge = _Edge(journal, ends, (before, self._state))
            for end in ends:
                self._edges.setdefault(end, []).append(edge)

    def walk(self, to: int) -> bool:
        """Go to version `to` by the journals, exactly; return False when they do not lead there.

        They do not when the live objects are others than those that the journals speak of.
        """
        way = self._way(to)
        if way is None:
            return False
        with undisturbed():
            all_or_none(way)
            self.current = to
            self._follow()
            self._state = self._look()
        return True

    def journals(self) -> list[Journal]:
        """Return the journals that lead from any version to another."""
        return [edge.journal for edge in self._all_edges()]

    def _all_edges(self) -> Iterable[_Edge]:
        return {id(edge): edge for edges in self._edges.values() for edge in edges}.values()

    def end_detours(self, detours: Iterable[Detour]) -> None:
        """Know the new versions of ended detours as they are now: without them."""
        codes = {id(made.code): made.final for made in detours}
        for state in (self._state, *(state for edge in self._all_edges() for state in edge.states)):
            state[:] = [codes.get(id(part), part) for part in state]
        self._follow()

    def _follow(self) -> None:
        """Let functions that registries took hold of run what the live ones run."""
        for live, captured in self._captured:
            FunctionState.of(live).put_into(captured)

    def _way(self, to: int) -> list[Move] | None:
        """Return the shortest chain of journal moves to version `to`."""
        ways: list[tuple[int, State, list[Move]]] = [(self.current, self._look(), [])]
        seen = [(self.current, ways[0][1])]
        for index, state, moves in ways:
            if index == to:
                return moves
            for edge in self._edges.get(index, ()):
                for start, move in ((0, edge.journal.there), (1, edge.journal.back)):
                    if edge.ends[start] != index or not is_same(edge.states[start], state):
                        continue
                    end = edge.ends[1 - start], edge.states[1 - start]
                    if not any(end[0] == i and is_same(end[1], s) for i, s in seen):
                        seen.append(end)
                        ways.append((*end, [*moves, move]))
        return None

    def _look(self) -> State:
        return fingerprint(self.place.value)
