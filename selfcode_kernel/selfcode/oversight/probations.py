"""The patches of a session that are on probation, and how each of them ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from selfcode.errors import RefusedError, SelfcodeError, UsageError
from selfcode.integration.cells import RanCell
from selfcode.integration.lineage import Lineages
from selfcode.oversight.probation import Probation, Rehearsing
from selfcode.oversight.rehearsal import Case, Kind
from selfcode.records import Patch, Target, Version

_PERSON = "a person decided"
_CLOSED = "the session was closed"


@dataclass(frozen=True)
class Promoted:
    """A patch is no longer on probation: it runs by itself."""

    targets: tuple[Target, ...]
    hash: str
    good: int


@dataclass(frozen=True)
class Failed:
    """A call showed the patch to be bad: the old version runs again.

    `trouble` is empty, or says why going back could not be recorded or done; the old version runs
    all the same. `cells` are the numbers of the cells that have their old texts again.
    """

    targets: tuple[Target, ...]
    hash: str
    case: Case
    trouble: str = ""
    cells: tuple[int, ...] = ()


@dataclass(frozen=True)
class Untold:
    """A call could not be rehearsed or judged, for a `reason` met for the first time."""

    targets: tuple[Target, ...]
    reason: str


Told = Promoted | Failed | Untold


class Rewritten(Protocol):
    """What going back did to the text of a cell."""

    @property
    def cell(self) -> RanCell:
        """The cell as it ran last."""
        ...


class Back(Protocol):
    """What going back did."""

    @property
    def rewrites(self) -> Sequence[Rewritten]:
        """The cells that have their old texts again."""
        ...


class Decider(Protocol):
    """What probation needs of those who decide: the versions, the ledger, the way back."""

    def history(self, target: Target | None = None) -> tuple[Version, ...]:
        """Return the versions of `target`."""
        ...

    def note(self, action: str, target: str = "", hash: str = "", **data: object) -> None:
        """Put an entry into the ledger."""
        ...

    def take_back(self, before: Mapping[Target, int], hash_: str) -> Back:
        """Make the versions `before` live again where the patch `hash_` is."""
        ...


class Probations:
    """Begins and ends probations; `tell` hears of what a person should see, on any thread."""

    def __init__(
        self,
        decider: Decider,
        lineages: Lineages,
        rehearsing: Rehearsing,
        tell: Callable[[Told], None],
    ) -> None:
        self._decider, self._lineages = decider, lineages
        self._rehearsing, self._tell = rehearsing, tell
        self._lock = threading.RLock()
        self._before: dict[Probation, Mapping[Target, int]] = {}

    @property
    def live(self) -> tuple[Probation, ...]:
        """Those whose calls are still rehearsed, oldest first."""
        with self._lock:
            return tuple(probation for probation in self._before if probation.is_live)

    def on(self, target: Target) -> Probation | None:
        """Return the probation that `target`, its class or a method of it, is on; or None."""
        for probation in self.live:
            names = (Target("__main__", detour.name) for detour in probation.detours)
            if any(_overlap(own, target) for own in (*probation.targets, *names)):
                return probation
        return None

    def begin(self, patch: Patch, calls: int) -> Probation:
        """Return the probation that `patch` begins when it is injected over what is live now.

        Raises `UsageError` for less than one call, and `RefusedError` where nothing can be tried.
        """
        if calls < 1:
            raise UsageError("a probation has one call at least: `--probation 5`.")
        if reason := self._rehearsing.why_not():
            raise RefusedError(f"a probation needs the wall, and {reason}")
        versions = [v for target in patch.targets for v in self._decider.history(target)]
        current = {version.target: version.number for version in versions if version.current}
        before = {target: current.get(target, 1) for target in patch.targets}
        probation = Probation(
            patch.targets, patch.hash, calls, self._rehearsing, self._conclude, self._open
        )
        with self._lock:
            self._before[probation] = before
        return probation

    def require_free(self, targets: Sequence[Target]) -> None:
        """Raise `RefusedError` when one of `targets` is on probation: that has to end first."""
        for target in targets:
            if (found := self.on(target)) is not None:
                raise RefusedError(
                    f"{target} is on probation ({found.good} of {found.wanted} good calls). End "
                    f"that first: `%selfcode promote {target}` or `%selfcode revert {target}`."
                )

    def promote(self, target: Target | None) -> Promoted:
        """Let a patch on probation, by default the last one, run by itself: a person says so.

        Raises `UsageError` when there is none.
        """
        found = self.on(target) if target else next(reversed(self.live), None)
        if found is None:
            raise UsageError(f"{target or 'nothing'} is not on probation. See `%selfcode status`.")
        return self._promote(found, "user")

    def settle(self) -> None:
        """End what is no longer live, since something else was injected or made live by hand."""
        with self._lock:
            gone = [p for p in self._before if not p.version and not p.is_live]
        for probation in gone:
            self._forget(probation, "new")
            self._decider.note("probation ended", _names(probation), probation.hash, reason=_PERSON)

    def drop(self, probation: Probation) -> None:
        """Forget a probation that did not begin after all."""
        self._forget(probation, "old")

    def close(self) -> None:
        """Go back to the old version of all that is on probation still."""
        for probation in self.live:
            probation.end("old")
            self._tell(self._go_back(probation, Case(Kind.OPEN, _CLOSED)))

    # -- how it ends ------------------------------------------------------------------------------

    def _conclude(self, probation: Probation, case: Case) -> None:
        if case.kind is Kind.BAD:
            self._tell(self._go_back(probation, case))
            return
        try:
            self._tell(self._promote(probation, "probation"))
        except SelfcodeError as error:
            probation.end("")
            self._open(probation, f"it could not be promoted: {error}")

    def _promote(self, probation: Probation, by: str) -> Promoted:
        good, wanted, hash_ = probation.good, probation.wanted, probation.hash
        self._decider.note("promoted", _names(probation), hash_, by=by, good=good, wanted=wanted)
        self._forget(probation, "new")
        return Promoted(probation.targets, hash_, good)

    def _go_back(self, probation: Probation, case: Case) -> Failed:
        """Revert; whether or not that can be done and recorded, the old version runs."""
        targets, hash_ = probation.targets, probation.hash
        try:
            data = {"reason": case.reason, "arguments": case.arguments}
            self._decider.note("probation failed", _names(probation), hash_, **data)
            back = self._decider.take_back(self._before[probation], hash_)
        except SelfcodeError as error:
            return Failed(targets, hash_, case, str(error))
        if not any(detour.is_live for detour in probation.detours):
            self._forget(probation, "old")
        return Failed(targets, hash_, case, "", tuple(r.cell.number for r in back.rewrites))

    def _forget(self, probation: Probation, version: str) -> None:
        probation.end(version)
        self._lineages.conclude(probation.detours)
        with self._lock:
            self._before.pop(probation, None)

    def _open(self, probation: Probation, reason: str) -> None:
        self._tell(Untold(probation.targets, reason))


def _names(probation: Probation) -> str:
    return ", ".join(map(str, probation.targets))


def _overlap(first: Target, second: Target) -> bool:
    if first.module != second.module:
        return False
    parts = first.name.split("."), second.name.split(".")
    depth = min(map(len, parts))
    return parts[0][:depth] == parts[1][:depth]
