"""Decisions on patches: what waits for one; approve, reject and revert, each in the ledger first.

The order of an approval is the promise: the mode and the verdict allow it, the intent is durable in
the ledger, then the change is made, then its outcome is written. Whatever breaks on the way leaves
the live objects as they were.
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from selfcode.errors import Frozen, NoProbation, RefusedError, UsageError
from selfcode.freeze import Freeze
from selfcode.integration.cells import Cells
from selfcode.integration.detours import Chooser
from selfcode.integration.lineage import Lineages
from selfcode.ledger import Ledger
from selfcode.oversight.probation import Probation, Rehearsing
from selfcode.oversight.probations import Probations, Told
from selfcode.oversight.register import Register
from selfcode.records import (
    NOTHING_BEGUN,
    Begun,
    Cell,
    Change,
    Isolation,
    Outcome,
    Patch,
    Target,
    Verdict,
    Version,
    unified_diff,
)
from selfcode.resumption import resumption, runs_all_of
from selfcode.rewriting import Rewrite, Texts
from selfcode.settings import Selfcode
from selfcode.source import END, Spot
from selfcode.validation.policy import check_policy

_KEPT = 50
_HOUR = 3600.0


@dataclass(frozen=True)
class Pending:
    """A patch that waits for a decision, with the failed cell that it lets run on.

    `begun` is what the cell had done, `files` are those that an approval would rewrite. `repeats`
    says, a phrase each, what running on would change a second time; `awaits` whether the rest of
    the cell awaits something.
    """

    patch: Patch
    cell: Cell | None
    failed: Spot
    begun: Begun = NOTHING_BEGUN
    files: tuple[Path, ...] = ()
    repeats: tuple[str, ...] = ()
    awaits: bool = False


@dataclass(frozen=True)
class Reversal:
    """What a revert did: the version of each target that is live again, and cells' new texts.

    `notes` say, a line each, which files were rewritten, or why not.
    """

    versions: tuple[Version, ...]
    rewrites: tuple[Rewrite, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Approval:
    """What an approval did: the new version of each target, and the defining cells' new texts.

    `notes` say, a line each, which files were rewritten, or why not, and what goes on running older
    code; `probation` is what it has to pass first, if anything.
    """

    pending: Pending
    versions: tuple[Version, ...]
    by: str
    notes: tuple[str, ...] = ()
    rewrites: tuple[Rewrite, ...] = ()
    probation: Probation | None = None

    @property
    def failed_text(self) -> str:
        """The text of the failed cell as it is now: with its change, where it has one."""
        cell = self.pending.cell
        changes = self.pending.patch.candidate.changes
        changed = (c.after for c in changes if c.target.is_cell)
        return next(changed, cell.source if cell else "")


class Decisions:
    """The patches of one session that wait for a decision, and what was decided.

    `transform` turns the text of a cell into Python.
    """

    def __init__(
        self,
        settings: Selfcode,
        ledger: Ledger,
        lineages: Lineages,
        cells: Cells,
        transform: Callable[[str], str],
        freeze: Freeze,
        register: Register,
        rehearsing: Rehearsing,
        tell: Callable[[Told], None],
    ) -> None:
        self._freeze = freeze
        self._settings, self._ledger = settings, ledger
        self._lineages, self._cells, self._transform = lineages, cells, transform
        self._texts = Texts(settings, cells)
        self._register = register
        self.probations = Probations(self, lineages, rehearsing, tell)
        self._session = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._lock = threading.RLock()
        self._pending: dict[str, Pending] = {}
        self._changed: list[tuple[Target, ...]] = []
        self._approved_by_auto: list[float] = []
        self._to_resume: Approval | None = None

    def offer(
        self, patch: Patch, cell: Cell | None, failed: Spot, begun: Begun = NOTHING_BEGUN
    ) -> Pending:
        """Put `patch` among those that wait, and into the ledger as proposed."""
        with self._lock:
            for old in [p for p in self._pending.values() if _superseded(p.patch, patch)]:
                del self._pending[old.patch.hash]
            self._record("propose", patch, proposer=patch.candidate.proposer, diff=patch.diff())
            pending = Pending(patch, cell, failed, begun, self._texts.files_of(patch))
            pending = self._with_rest(pending)
            self._pending[patch.hash] = pending
            for stale in list(self._pending)[:-_KEPT]:
                del self._pending[stale]
            return pending

    def _with_rest(self, pending: Pending) -> Pending:
        """Return `pending` with what is known of the rest of its cell."""
        if pending.cell is None:
            return pending
        changes = [c for c in pending.patch.candidate.changes if c.target.is_cell]
        texts = [(self._transform(c.before), self._transform(c.after)) for c in changes]
        before, after = texts[0] if texts else (pending.cell.code, pending.cell.code)
        plan = resumption(before, after, pending.failed, pending.begun)
        return replace(pending, repeats=plan.doubled, awaits=plan.awaits)

    @property
    def pending(self) -> tuple[Pending, ...]:
        """The patches that wait for a decision, newest first."""
        with self._lock:
            return tuple(reversed(self._pending.values()))

    def find(self, name: str | None) -> Pending:
        """Return the waiting patch whose hash begins with `name`; without a name: the newest.

        Raises `UsageError` when there is none, or more than one.
        """
        waiting = self.pending
        if not waiting:
            raise UsageError("no patch waits for a decision. `%selfcode fix` proposes again.")
        found = [p for p in waiting if p.patch.hash.startswith((name or "").lower())]
        if not found:
            raise UsageError(f"no waiting patch is called {name}. See `%selfcode status`.")
        if name and len(found) > 1:
            raise UsageError(f"{name} names {len(found)} patches. Write more of the hash.")
        return found[0]

    def approve(
        self, pending: Pending, by: str = "user", undecided: bool = False, probation: int = 0
    ) -> Approval:
        """Make the patch live and return what was done.

        `undecided` lets a person approve what the gate could not decide on. With `probation` its
        functions have to make that many good calls first, each rehearsed behind the wall beside the
        old version; see `selfcode.oversight.probation`. Raises `RefusedError` when the mode or the
        verdict forbids it, or a target is on probation, `LedgerError` when the intent cannot be
        written, and `SwapError` when the change cannot be made (`StaleTarget`: the target changed
        since; `NoProbation`: it can be made only without one). Raises `Frozen` while everything is
        frozen.
        """
        patch = pending.patch
        with self._lock:
            self._allow(patch, undecided, by)
            self.probations.require_free(patch.targets)
            trial = self.probations.begin(patch, probation) if probation else None
            data = {"probation": probation} if probation else {}
            self._record("approve", patch, by=by, outcome=str(patch.verdict.outcome), **data)
            try:
                self._freeze.require_off()  # writing the intent took its time
                versions = self._inject(pending, trial.chooser if trial else None)
            except BaseException as error:
                # Ctrl-C is held back until the change is whole: it may arrive with the code live
                done = "injected" if self._is_live(patch) else "not injected"
                if trial is not None and done == "not injected":
                    self.probations.drop(trial)
                self._record(done, patch, reason=str(error), kind=type(error).__name__)
                raise
            self._record("injected", patch, versions=[version.number for version in versions])
            self._pending.pop(patch.hash, None)
            self._changed.append(patch.targets)
            changes = patch.candidate.changes
            unreached = [line for target in patch.targets for line in self._unreached(target)]
            notes = (
                *self._texts.rewrite_files(changes),
                *(f"Not reached: {line}." for line in unreached),
            )
            if notes:
                self._record("noted", patch, notes=list(notes))
            rewrites = self._texts.rewrite_cells(changes)
            self._to_resume = Approval(pending, versions, by, notes, rewrites, trial)
            return self._to_resume

    def take_resumable(self) -> Approval:
        """Return the last approval whose cell has a rest that was not run since; only once.

        Raises `UsageError` when there is none, or when its cell ran again meanwhile, and `Frozen`.
        """
        self._freeze.require_off()
        approval, self._to_resume = self._to_resume, None
        if approval is None:
            raise UsageError("no approved patch has a failed cell whose rest is left to run.")
        self.require_rest(approval.pending)
        return approval

    def require_rest(self, pending: Pending) -> None:
        """Raise `UsageError` when the failed cell of a patch has no rest, or ran again since.

        A cell is known again by its id; also one that ran to its end under another id counts, if
        it differs from the failed one in nothing but the failing statement and what it adds.
        """
        cell = pending.cell
        if cell is None:
            raise UsageError("no approved patch has a failed cell whose rest is left to run.")
        latest = self._cells.latest(Target("cell", cell.id))
        again = "Approve without `--resume` what you still want."
        if latest and latest.number != cell.number:
            raise UsageError(
                f"cell [{cell.number}] ran again since: nothing is left to run. {again}"
            )
        for other in self._cells.succeeded_since(cell.number):
            if runs_all_of(self._transform(other.source), cell.code, pending.failed):
                raise UsageError(
                    f"cell [{other.number}] ran since, which is cell [{cell.number}] mended: "
                    f"nothing is left to run. {again}"
                )

    def _is_live(self, patch: Patch) -> bool:
        return any(
            version.current and version.origin == patch.hash
            for target in patch.targets
            for version in self.history(target)
        )

    def _unreached(self, target: Target) -> tuple[str, ...]:
        return () if target.is_cell else self._lineages.unreached(str(target))

    def why_not_approvable(self) -> str:
        """Return why nothing at all may be approved now; empty when something may."""
        if frozen := self._freeze.why():
            return frozen
        if self._settings.mode != "observe":
            return ""
        return (
            "Nothing can be approved in the mode observe. `%selfcode mode ask` changes it, where "
            "the limits of this system allow."
        )

    def _allow(self, patch: Patch, undecided: bool, by: str) -> None:
        if frozen := self._freeze.why():
            self._record("refused", patch, attempt="approve", by=by, reason=frozen)
            raise Frozen(frozen)
        if forbidden := self.why_not_approvable():
            raise RefusedError(forbidden)
        if patch.verdict or (undecided and _only_the_run_is_open(patch.verdict)):
            return
        raise RefusedError(
            f"the verdict on {patch.hash[:12]} is {patch.verdict.outcome}, not accepted. Read "
            f"`%selfcode show {patch.hash[:12]}`; a person may take the risk of an undecided patch "
            "with `--undecided`."
        )

    def _inject(self, pending: Pending, chooser: Chooser | None) -> tuple[Version, ...]:
        """Make every change of a patch live, or none."""
        changes, origin = pending.patch.candidate.changes, pending.patch.hash
        self._register.admit(origin, [text for c in changes for text in self._python(c)])
        versions: dict[Target, Version] = {}
        try:
            # a cell last: what it needs to fail is checked first, and there is at most one
            for change in sorted(changes, key=lambda change: change.target.is_cell):
                versions[change.target] = self._inject_one(change, pending.failed, origin, chooser)
        except BaseException:
            for target in reversed(versions):
                self._go_back(target, None)
            raise
        return tuple(versions[change.target] for change in changes)

    def _python(self, change: Change) -> tuple[str, str]:
        if not change.target.is_cell:
            return change.before, change.after
        return self._transform(change.before), self._transform(change.after)

    def _inject_one(
        self, change: Change, failed: Spot, origin: str, chooser: Chooser | None
    ) -> Version:
        target, before, after = change.target, change.before, change.after
        if not target.is_cell:
            return self._lineages.inject(
                str(target), after, expected=before, origin=origin, chooser=chooser
            )
        self._cells.require(target, before)
        self._redefine(before, after, failed, origin, chooser)
        return self._cells.inject(target, after, before, origin)

    def _redefine(
        self, before: str, after: str, failed: Spot, origin: str, chooser: Chooser | None = None
    ) -> None:
        """Inject the definitions of a cell that had run with another text: all of them or none."""
        done: list[str] = []
        try:
            plan = resumption(self._transform(before), self._transform(after), failed)
            if chooser is not None and not plan.redefined:
                raise NoProbation("the cell", "it changes no definition that had run")
            for definition in plan.redefined:
                name = f"__main__:{definition.name}"
                self._lineages.inject(name, definition.text, origin=origin, chooser=chooser)
                done.append(name)
        except BaseException:
            for name in reversed(done):
                self._lineages.revert(name)
            raise

    def reject(self, pending: Pending, because: str = "") -> None:
        """Take the patch off those that wait; the reason goes into the ledger."""
        with self._lock:
            self._record("reject", pending.patch, because=because)
            self._pending.pop(pending.patch.hash, None)

    def revert(self, target: Target | None, to: int | None = None) -> Reversal:
        """Make version `to` of `target` live again, by default the one before.

        Without a target all that the last patch changed is meant. Raises `NoSuchVersion` when there
        is no such version, and `SwapError` when it cannot be made live.
        """
        with self._lock:
            if target is None and not self._changed:
                raise UsageError("nothing was injected in this session, so nothing is reverted.")
            targets = (target,) if target else self._changed[-1]
            reversal = self._revert(dict.fromkeys(targets, to), to)
            if self._changed and self._changed[-1] == targets and to is None:
                self._changed.pop()
            self.probations.settle()
            return reversal

    def take_back(self, before: Mapping[Target, int], hash_: str) -> Reversal:
        """Make the versions `before` live again, where the patch `hash_` is; raises `SwapError`."""
        with self._lock:
            now = {v.target: v.origin for t in before for v in self.history(t) if v.current}
            goals = {t: number for t, number in before.items() if now.get(t) == hash_}
            if not goals:
                return Reversal(())
            reversal = self._revert(goals, list(goals.values()))
            if self._changed and {*self._changed[-1]} == {*goals}:
                self._changed.pop()
            return reversal

    def _revert(self, goals: Mapping[Target, int | None], to: object) -> Reversal:
        names = ", ".join(map(str, goals))
        self._ledger.append(self._session, "revert", names, to=to)
        left = {v.target: v for name in goals for v in self.history(name) if v.current}
        try:
            versions = self._all_go_back(goals, left)
        except BaseException as error:
            reason, kind = str(error), type(error).__name__
            self._ledger.append(self._session, "not reverted", names, reason=reason, kind=kind)
            raise
        numbers = [version.number for version in versions]
        self._ledger.append(self._session, "reverted", names, versions=numbers)
        changes = [Change(v.target, left[v.target].source, v.source) for v in versions]
        return Reversal(
            versions, self._texts.rewrite_cells(changes), self._texts.rewrite_files(changes)
        )

    def _all_go_back(
        self, goals: Mapping[Target, int | None], left: Mapping[Target, Version]
    ) -> tuple[Version, ...]:
        """Make the wanted versions of all targets live, or of none; `left` are those of now."""
        versions: list[Version] = []
        try:
            for target, to in goals.items():
                versions.append(self._go_back(target, to))
        except BaseException:
            for version in reversed(versions):
                self._go_back(version.target, left[version.target].number)
            raise
        return tuple(versions)

    def _go_back(self, target: Target, to: int | None) -> Version:
        if not target.is_cell:
            return self._lineages.revert(str(target), to)
        present = next((v for v in self._cells.versions(target) if v.current), None)
        version = self._cells.revert(target, to)
        if present is not None:
            try:
                self._redefine(present.source, version.source, END, "revert")
            except BaseException:
                self._cells.revert(target, present.number)
                raise
        return version

    def history(self, target: Target | None = None) -> tuple[Version, ...]:
        """Return the versions of `target`, oldest first; without one: of everything changed."""
        if target is None:
            names = [*self._lineages.targets(), *self._cells.targets()]
            return tuple(version for name in names for version in self.history(name))
        if target.is_cell:
            return self._cells.versions(target)
        return self._lineages.versions(str(target))

    def diff(self, target: Target, first: int, second: int) -> str:
        """Return the unified diff between two versions; raises `UsageError` for unknown ones."""
        versions = {version.number: version.source for version in self.history(target)}
        for number in (first, second):
            if number not in versions:
                known = ", ".join(map(str, versions)) or "none"
                raise UsageError(f"{target} has no version {number}; there are: {known}.")
        return unified_diff(versions[first], versions[second], str(target))

    def why_not_auto(self, pending: Pending) -> str:
        """Return why the auto mode may not approve the patch; empty when it may."""
        patch, settings = pending.patch, self._settings
        recent = [at for at in self._approved_by_auto if time.time() - at < _HOUR]
        if not patch.verdict:
            return f"the verdict is {patch.verdict.outcome}"
        if patch.verdict.isolation > Isolation(settings.auto_isolation):
            return f"it was tried at isolation level {patch.verdict.isolation}"
        for change in patch.candidate.changes:
            added = check_policy(change.before, change.after)
            if added.outcome is not Outcome.ACCEPTED:
                return f"it needs a new capability: {added.reason}"
            if change.target.module not in ("cell", "__main__") and not settings.auto_modules:
                return f"{change.target} is not a definition of this session"
        if len(recent) >= settings.auto_per_hour:
            return f"{settings.auto_per_hour} patches were approved in the last hour"
        return ""

    def approve_by_auto(self, pending: Pending) -> Approval:
        """Approve in the auto mode, counted against its limit per hour."""
        approval = self.approve(pending, by="auto")
        self._approved_by_auto.append(time.time())
        return approval

    def note(self, action: str, target: str = "", hash: str = "", **data: object) -> None:
        """Write an entry of this session into the ledger."""
        self._ledger.append(self._session, action, target, hash, **data)

    def _record(self, action: str, patch: Patch, **data: object) -> None:
        self.note(action, ", ".join(map(str, patch.targets)), patch.hash, **data)


def _only_the_run_is_open(verdict: Verdict) -> bool:
    """Return whether nothing was rejected, and only running the candidate left a question."""
    unsure = {f.check for f in verdict.findings if f.outcome is Outcome.UNDECIDED}
    return verdict.outcome is Outcome.UNDECIDED and unsure <= {"trial", "rivals", "tests"}


def _superseded(old: Patch, new: Patch) -> bool:
    """Return whether `old` was judged on another text of a target that `new` changes too."""
    before = {change.target: change.before for change in new.candidate.changes}
    return any(c.before != before.get(c.target, c.before) for c in old.candidate.changes)
