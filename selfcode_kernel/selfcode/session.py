"""The composition root, one per shell: it owns the state and chooses proposers and checks by name.

The notebook layer hands it failures and shows the events that it publishes; plain Python can do the
same.
"""

from __future__ import annotations

import logging
import os
import queue
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from selfcode.agent import Agent, Budget, TwinJob
from selfcode.decisions import Approval, Decisions, Pending
from selfcode.errors import Frozen, PlaceLost, SandboxError, SelfcodeError, UsageError
from selfcode.evolution.program import evolve
from selfcode.freeze import Freeze
from selfcode.generation.rules import Rules
from selfcode.integration.cells import Cells
from selfcode.integration.lineage import Lineages
from selfcode.ledger import Ledger
from selfcode.oversight.probation import Rehearsing
from selfcode.oversight.probations import Told
from selfcode.oversight.register import Register
from selfcode.oversight.tripwire import Trip
from selfcode.perception import why_declined
from selfcode.protocols import Job, Proposer
from selfcode.records import Candidate, Cell, Failure, Finding, Proposal, Target
from selfcode.sandbox import close_workers
from selfcode.sandbox.levels import isolation
from selfcode.sandbox.twin import Twin
from selfcode.sandbox.view import View, within
from selfcode.settings import Selfcode
from selfcode.source import END, Spot
from selfcode.validation.cases import run_request
from selfcode.validation.checks import standard_checks
from selfcode.validation.gate import Gate
from selfcode.validation.reviewers import Reviewers
from selfcode.validation.spec import Spec
from selfcode.validation.trial import Rerun, spot_in_cell

_WAITING = 2
_ENDING = 5.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Host:
    """What the session needs of the shell: its live names, and four functions.

    `transform` turns a cell's text into Python; `prepare` cuts a forked child off the shell's own
    channels; `at_safe_point` runs a function on the main thread between two cells; `place` gives
    the token of the cell that runs now, on any thread.
    """

    namespace: dict[str, Any]
    transform: Callable[[str], str]
    prepare: Callable[[], None]
    at_safe_point: Callable[[Callable[[], None]], None]
    place: Callable[[], object] = lambda: None


@dataclass(frozen=True)
class Proposed:
    """The agent is done with a failure: `pending` are its patches, best first, perhaps none."""

    proposal: Proposal
    pending: tuple[Pending, ...]


@dataclass(frozen=True)
class Declined:
    """Nothing was tried for a failure; `line` says why."""

    line: str


@dataclass(frozen=True)
class AutoApproved:
    """A patch was approved by the auto mode."""

    approval: Approval


@dataclass(frozen=True)
class Held:
    """There was nothing to do: `line` says that the goals are met already."""

    line: str


@dataclass(frozen=True)
class Tripped:
    """The tripwire stopped injected code at what its patch was not approved for."""

    trip: Trip


Event = Proposed | Declined | AutoApproved | Held | Tripped | Told
Listener = Callable[[Event, object], None]


@dataclass(frozen=True)
class _Work:
    """A twin, what to do with it, and the token that tells listeners where it shows."""

    twin: Twin
    pursue: Callable[[Twin], Event]
    token: object


class Session:
    """Everything that one shell owns; `close` leaves no thread, process or descriptor behind.

    `publish` hears of each event, on the agent's thread, with the token given with the failure.
    """

    def __init__(self, settings: Selfcode, host: Host, ledger: str, publish: Listener) -> None:
        self.settings, self.host, self._publish = settings, host, publish
        self.isolation = isolation()
        self.ledger = Ledger(ledger)
        self.ledger.recover()
        self.register = Register(host.namespace, lambda: settings.capabilities, self._tripped)
        self.cells = Cells()
        self.lineages = Lineages(host.namespace, self.register.announce)
        self.freeze = Freeze.of_user()
        self.decisions = Decisions(
            settings,
            self.ledger,
            self.lineages,
            self.cells,
            host.transform,
            self.freeze,
            self.register,
            Rehearsing(self._fork, host.prepare, lambda: settings.trial_seconds, self._why_not),
            lambda told: self._tell(told, host.place()),
        )
        self.proposers: Sequence[Proposer] = (Rules(),)
        self._reviewers = Reviewers(strict=settings.strict)
        settings.observe(self._set_strict, "strict")
        self._reviewers.start()
        self.gate = Gate(
            standard_checks(
                host.transform,
                self._reviewers,
                lambda: settings.capabilities,
                host.namespace,
                files=(str(self.ledger.path), str(self.freeze.marker)),
                refused=self._note_refused,
            )
        )
        self.checks = (*self.gate.names, "trial")
        self.last: Proposal | None = None
        self.event: Event | None = None
        self._work: queue.Queue[_Work | None] = queue.Queue()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="selfcode-agent", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the agent, its twin and the reviewers; calling it twice is fine."""
        if self._closing:
            return
        self._closing = True
        self.settings.unobserve(self._set_strict, "strict")
        self.decisions.probations.close()
        self.register.close()
        self._work.put(None)
        self._thread.join(timeout=10)
        self._reviewers.close()
        close_workers()
        self.ledger.close()

    # -- failures -------------------------------------------------------------------------------

    def consider(self, failure: Failure, token: object = None, again: bool = False) -> None:
        """Look at `failure`: fork the twin now, on the main thread; all else on the agent's.

        With `again` it is looked at as it shows now, with what changed since. Never raises for what
        a failure holds: what cannot be looked at is published as declined.
        """
        view = View(tuple(_named_paths(failure)), _folder())
        rerun = Rerun(failure, self.lineages.inject, self.host.transform, self.host.prepare)
        cell, failed = failure.cell, spot_in_cell(failure, failure.error)
        if cell and self.cells.latest(Target("cell", cell.id)) is None:
            self.cells.remember(cell.id, cell.source, cell.number)  # it ran before selfcode was on
        self._start(
            TwinJob(rerun, self.proposers),
            view,
            lambda twin: self._pursue(twin, view, cell, failed, again),
            token,
            why_declined(failure),
        )

    def evolve(self, program: str, spec: Spec, seconds: float, token: object = None) -> None:
        """Change a definition of `program`, which has just run, until `spec` holds."""
        job = partial(run_request, live=self.host.namespace)
        view = View((), _folder())
        self._start(job, view, lambda twin: self._grow(twin, program, spec, seconds), token)

    def _start(
        self,
        job: Job,
        view: View,
        pursue: Callable[[Twin], Event],
        token: object,
        declined: str = "",
    ) -> None:
        """Fork the twin and queue the work, or publish why not."""
        line = declined or self._why_not()
        if not line:
            try:
                twin = self._fork(job, view.readable)
            except (SandboxError, OSError, MemoryError) as error:
                line = f"no copy of the live state could be made: {error}"
        if line:
            self.event = Declined(line)
            self._tell(self.event, token)
            return
        self.event = None
        self._work.put(_Work(twin, pursue, token))

    def _fork(self, job: Job, readable: Sequence[str]) -> Twin:
        """Fork a twin in the working directory, at the level that verdicts claim or not at all."""
        return Twin.fork(
            job, readable=readable, working_directory=_folder(), minimum=self.isolation
        )

    def _why_not(self) -> str:
        if frozen := self.freeze.why():
            return frozen
        floor = self.settings.isolation_floor
        if self.isolation <= floor:
            return ""
        return (
            f"nothing is tried here: the isolation level is {self.isolation} and the settings "
            f"ask for {floor} at least. See `%selfcode doctor`."
        )

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the agent has nothing to do; return whether that is so."""
        with self._work.all_tasks_done:
            return self._work.all_tasks_done.wait_for(
                lambda: not self._work.unfinished_tasks, timeout
            )

    # -- the agent's thread -----------------------------------------------------------------------

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            self._look_at(work)
            del work  # it holds the user's frames
            self._work.task_done()

    def _look_at(self, work: _Work) -> None:
        try:
            with self.freeze.ending(work.twin.close):
                event = work.pursue(work.twin)
        except Frozen as error:
            event = Declined(str(error))
        except PlaceLost:
            event = Declined("the copy of the live state is gone. `%selfcode fix` looks again.")
        except (SelfcodeError, OSError) as error:
            event = Declined(f"the failure could not be looked at: {error}")
        except Exception as error:  # noqa: BLE001 - a defect of ours must end in a line, not the thread
            _log.exception("the agent broke")
            event = Declined(f"selfcode itself broke ({error!r}); nothing was changed.")
        finally:
            work.twin.close()
        self.event = event
        if self._closing:
            return
        self._tell(event, work.token)
        if isinstance(event, Proposed) and event.pending:
            self._approve_when_safe(event.pending[0], work.token)

    def _tell(self, event: Event, token: object) -> None:
        """Publish, whatever becomes of it: a closed front end must not end the agent's thread."""
        try:
            self._publish(event, token)
        except Exception:  # noqa: BLE001 - whatever the front end raises
            _log.exception("an event could not be shown")

    def _stopped(self) -> bool:
        """Return whether the present pursuit should end: on closing or freezing, or on a pile."""
        return self._closing or self._work.qsize() >= _WAITING or bool(self.freeze.why())

    def _pursue(
        self, twin: Twin, view: View, cell: Cell | None, failed: Spot, again: bool
    ) -> Event:
        settings = self.settings
        budget = Budget(settings.seconds, settings.trial_seconds, settings.candidates)
        agent = Agent(self.gate, budget, self.isolation, view.shows, self._stopped)
        proposal = agent.pursue_again(twin) if again else agent.pursue(twin)
        if proposal is None:
            return Held("What failed then runs now: there is nothing to repair.")
        if proposal.diagnosis.declined:
            return Declined(proposal.diagnosis.declined)
        return self._offer(proposal, cell, failed)

    def _grow(self, twin: Twin, program: str, spec: Spec, seconds: float) -> Event:
        proposal = evolve(program, spec, twin, self.gate, self.isolation, seconds)
        if proposal is None:
            return Held("The tests hold already: there is nothing to evolve.")
        return self._offer(proposal, None, END)

    def _offer(self, proposal: Proposal, cell: Cell | None, failed: Spot) -> Event:
        """Put the patches among those that wait, the best as the newest."""
        self.freeze.require_off()
        self.last = proposal
        for refusal in proposal.refused:
            seen = refusal.verdict.findings[-1:]
            if refusal.verdict.place and seen and seen[0].check == "guard":
                self._note_refused(refusal.candidate, seen[0])
        if proposal.stopped and not proposal.patches:
            return Declined("newer failures came first. Run the cell again to have it looked at.")
        worst_first = reversed(proposal.patches)
        begun = proposal.diagnosis.begun
        offered = [self.decisions.offer(patch, cell, failed, begun) for patch in worst_first]
        return Proposed(proposal, tuple(reversed(offered)))

    def _note_refused(self, candidate: Candidate, finding: Finding) -> None:
        """Put an attempt on what the guard protects into the ledger."""
        by, reason = candidate.proposer, finding.reason
        names = ", ".join(map(str, candidate.targets))
        self.decisions.note(
            "refused", names, candidate.hash, attempt="propose", by=by, reason=reason
        )

    def _approve_when_safe(self, pending: Pending, token: object) -> None:
        if self.settings.mode != "auto" or self.decisions.why_not_auto(pending):
            return

        def approve() -> None:
            try:
                approval = self.decisions.approve_by_auto(pending)
            except SelfcodeError as error:
                self._tell(Declined(f"not approved by the auto mode: {error}"), token)
            else:
                self._tell(AutoApproved(approval), token)

        self.host.at_safe_point(approve)

    # -- injected code ----------------------------------------------------------------------------

    def _tripped(self, trip: Trip) -> None:
        """Record and show what injected code tried; on a thread of its own."""
        try:
            self.decisions.note(
                "tripped",
                trip.target,
                trip.hash,
                event=trip.event,
                capability=trip.capability,
                about=trip.about,
            )
        except SelfcodeError:
            _log.exception("a trip could not be recorded")
        self._tell(Tripped(trip), self.host.place())

    # -- what a person asks -----------------------------------------------------------------------

    def _set_strict(self, change: Mapping[str, Any]) -> None:
        self._reviewers.strict = change["new"]

    def begin_freeze(self) -> bool:
        """Freeze all kernels of this user; return whether they were not yet.

        It waits a few seconds for what is under way here to end, which can inject nothing any
        more. The marker comes before the ledger: that this cannot be written stops nobody.
        """
        begun = self.freeze.begin("user")
        self.wait(_ENDING)
        if begun:
            self.decisions.note("freeze", by="user")
        return begun

    def lift_freeze(self, ask: Callable[[str], str], objection: str = "") -> None:
        """Lift the freeze once a person has typed what `ask` asks for: see `Freeze.lift`."""
        self.freeze.lift(self.decisions.note, "user", ask, objection)

    def set_mode(self, mode: str) -> None:
        """Change the mode; raises `UsageError` when it is none, or the limits do not allow it."""
        if mode not in ("ask", "auto", "observe"):
            raise UsageError(f"{mode!r} is no mode. Choose ask, auto or observe.")
        self.settings.mode = mode
        if self.settings.mode != mode:
            raise UsageError(
                f"this system's limits allow no mode above {self.settings.mode}, which is in force."
            )


def _folder() -> str:
    """Return the working directory, empty when it was removed."""
    try:
        return os.getcwd()
    except OSError:
        return ""


_PATH = re.compile(r"""(['"])((?:/|~/)[^'"\n]{1,400})\1""")
_VIRTUAL = ("/proc", "/sys", "/dev", "/run")
_SYSTEM = (*_VIRTUAL, "/boot", "/etc", "/usr", "/var")


def _named_paths(failure: Failure) -> Iterator[str]:
    """Yield the existing files and folders that the failed cell names in full.

    A folder is left out when it is the system's, or holds a person's home.
    """
    source = failure.cell.source if failure.cell else ""
    for match in islice(_PATH.finditer(source), 50):
        path = os.path.realpath(os.path.expanduser(match[2]))
        file = os.path.isfile(path) and not path.startswith(_VIRTUAL)
        if file or (os.path.isdir(path) and not _is_broad(path)):
            yield path


def _is_broad(folder: str) -> bool:
    home = os.path.realpath(os.path.expanduser("~"))
    return folder.count("/") < 2 or within(home, folder) or folder.startswith(_SYSTEM)
