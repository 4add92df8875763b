"""Cells as targets: their texts as a lineage. A cell's text is changed for the user, not run."""

from __future__ import annotations

from dataclasses import dataclass, replace

from selfcode.errors import NoSuchVersion, StaleTarget, TargetNotFound
from selfcode.records import Target, Version, short_hash


@dataclass(frozen=True)
class RanCell:
    """A cell that ran: its id, its text then, its number, and whether it ran to its end."""

    id: str
    source: str
    number: int
    succeeded: bool = False


class Cells:
    """The cells that ran in this session by id, and the lineages of those that were changed."""

    def __init__(self) -> None:
        self._latest: dict[str, RanCell] = {}
        self._lineages: dict[str, list[tuple[str, str]]] = {}
        self._current: dict[str, int] = {}

    def remember(self, cell_id: str, source: str, number: int, succeeded: bool = False) -> None:
        """Note that a cell ran: a text that selfcode did not write is the user's own version."""
        self._latest[cell_id] = RanCell(cell_id, source, number, succeeded)
        if cell_id in self._lineages and self.source_of(Target("cell", cell_id)) != source:
            self._append(cell_id, source, "user")

    def rewrite(self, cell_id: str, source: str) -> None:
        """Note that the text of a cell that ran is another one now, without having run."""
        self._latest[cell_id] = replace(self._latest[cell_id], source=source)

    def latest(self, target: Target) -> RanCell | None:
        """Return the cell as it ran last, or None."""
        return self._latest.get(target.name)

    def succeeded_since(self, number: int) -> tuple[RanCell, ...]:
        """Return the cells that ran to their end after the one of that number, in order."""
        later = [c for c in self._latest.values() if c.number > number and c.succeeded]
        return tuple(sorted(later, key=lambda cell: cell.number))

    def holding(self, text: str) -> RanCell | None:
        """Return the cell that ran last among those whose source holds `text`."""
        holders = [cell for cell in self._latest.values() if text in cell.source]
        return max(holders, key=lambda cell: cell.number, default=None)

    def source_of(self, target: Target) -> str:
        """Return the present text of a cell; raises `TargetNotFound`."""
        if target.name in self._lineages:
            return self._lineages[target.name][self._current[target.name]][0]
        if target.name in self._latest:
            return self._latest[target.name].source
        raise TargetNotFound(str(target))

    def require(self, target: Target, expected: str) -> None:
        """Raise `StaleTarget` when the cell's text is no longer `expected`."""
        present = self.source_of(target)
        if present != expected:
            raise StaleTarget(str(target), short_hash(expected), short_hash(present))

    def inject(self, target: Target, source: str, expected: str, origin: str) -> Version:
        """Make `source` the cell's text; raises `StaleTarget` when it is no longer `expected`."""
        self.require(target, expected)
        self._lineages.setdefault(target.name, [(expected, "user")])
        return self._append(target.name, source, origin)

    def revert(self, target: Target, to: int | None) -> Version:
        """Make version `to` (the one before, by default) the cell's text again."""
        lineage = self._lineages.get(target.name)
        if lineage is None:
            raise NoSuchVersion(f"{target} was never changed by selfcode: nothing to go back to.")
        number = self._current[target.name] if to is None else to
        if not 1 <= number <= len(lineage):
            raise NoSuchVersion(f"{target} has versions 1 to {len(lineage)}; there is no {number}.")
        self._current[target.name] = number - 1
        return self.versions(target)[number - 1]

    def versions(self, target: Target) -> tuple[Version, ...]:
        """Return the texts that the cell had, oldest first; empty when it never changed."""
        current = self._current.get(target.name)
        lineage = self._lineages.get(target.name, [])
        return tuple(
            Version(target, number, source, origin, current == number - 1)
            for number, (source, origin) in enumerate(lineage, 1)
        )

    def targets(self) -> tuple[Target, ...]:
        """Return the cells that have a lineage."""
        return tuple(Target("cell", name) for name in self._lineages)

    def _append(self, name: str, source: str, origin: str) -> Version:
        lineage = self._lineages.setdefault(name, [])
        lineage.append((source, origin))
        self._current[name] = len(lineage) - 1
        return self.versions(Target("cell", name))[-1]
