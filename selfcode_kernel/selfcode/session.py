"""The composition root, one per shell: it owns the state and chooses proposers and checks by name.

The notebook layer hands it failures and shows the events that it publishes; plain Python can do the
same.
"""

from __future__ import annotations

import os
import queue
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from selfcode.agent import Agent, Budget, Proposal, TwinJob
from selfcode.decisions import Approval, Decisions, Pending
from selfcode.errors import SandboxError, SelfcodeError, UsageError
from selfcode.generation.rules import Rules
from selfcode.integration.cells import Cells
from selfcode.integration.lineage import Lineages
from selfcode.ledger import Ledger
from selfcode.perception import why_declined
from selfcode.protocols import Proposer
from selfcode.records import Cell, Failure, Isolation
from selfcode.sandbox.levels import isolation
from selfcode.sandbox.twin import Twin
from selfcode.settings import Selfcode
from selfcode.validation.checks import standard_checks
from selfcode.validation.gate import Gate
from selfcode.validation.reviewers import Reviewers
from selfcode.validation.trial import Rerun, line_in_cell


_WAITING = 2


@dataclass(frozen=True)
class Host:
    """What the session needs of the shell: its live names, and three functions.

    `transform` turns a cell's text into Python; `prepare` cuts a forked child off the shell's own
    channels; `at_safe_point` runs a function on the main thread between two cells.
    """

    namespace: dict[str, Any]
    transform: Callable[[str], str]
    prepare: Callable[[], None]
    at_safe_point: Callable[[Callable[[], None]], None]


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


Event = Proposed | Declined | AutoApproved
Listener = Callable[[Event, object], None]


@dataclass(frozen=True)
class _Work:
    """A failure with its twin, and the token that tells listeners where it happened."""

    failure: Failure
    twin: Twin
    token: object
    failing_line: int


class Session:
    """Everything that one shell owns; `close` leaves no thread, process or descriptor behind.

    `publish` hears of each event, on the agent's thread, with the token given with the failure.
    """

    def __init__(self, settings: Selfcode, host: Host, ledger: str, publish: Listener) -> None:
        self.settings, self.host, self._publish = settings, host, publish
        self.isolation = isolation()
        self.ledger = Ledger(ledger)
        self.ledger.recover()
        self.cells, self.lineages = Cells(), Lineages(host.namespace)
        name = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self.decisions = Decisions(settings, self.ledger, self.lineages, self.cells, name)
        self.proposers: Sequence[Proposer] = (Rules(),)
        self._reviewers = Reviewers()
        self._reviewers.start()
        self.gate = Gate(standard_checks(host.transform, self._reviewers, lambda: settings.capabilities))
        self.last: Proposal | None = None
        self._work: queue.Queue[_Work | None] = queue.Queue()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="selfcode-agent", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the agent, its twin and the reviewers; calling it twice is fine."""
        self._closing = True
        self._work.put(None)
        self._thread.join(timeout=10)
        self._reviewers.close()
        self.ledger.close()

    # -- failures -------------------------------------------------------------------------------

    def consider(self, failure: Failure, token: object = None) -> None:
        """Look at `failure`: fork the twin now, on the main thread; all else on the agent's.

        Never raises for what a failure holds: what cannot be looked at is published as declined.
        """
        line = why_declined(failure) or self._why_not()
        if line:
            self._publish(Declined(line), token)
            return
        try:
            twin = self._fork(failure)
        except (SandboxError, OSError, MemoryError) as error:
            self._publish(Declined(f"no copy of the live state could be made: {error}"), token)
            return
        line_number = line_in_cell(failure, failure.error) or 0
        self._work.put(_Work(failure, twin, token, line_number))

    def _why_not(self) -> str:
        floor = Isolation(self.settings.minimum_isolation)
        if self.isolation > floor:
            return (
                f"nothing is tried here: the isolation level is {self.isolation} and the settings "
                f"ask for {floor} at least. See `%selfcode doctor`."
            )
        return ""

    def _fork(self, failure: Failure) -> Twin:
        rerun = Rerun(failure, self._inject_in_twin, self.host.transform, self.host.prepare)
        return Twin.fork(TwinJob(rerun, self.proposers), working_directory=os.getcwd())

    def _inject_in_twin(self, target: str, source: str) -> object:
        return self.lineages.inject(target, source)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the agent has nothing to do; return whether that is so."""
        with self._work.all_tasks_done:
            return self._work.all_tasks_done.wait_for(lambda: not self._work.unfinished_tasks, timeout)

    # -- the agent's thread -----------------------------------------------------------------------

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            try:
                self._publish(self._pursue(work), work.token)
            except (SelfcodeError, OSError) as error:
                self._publish(Declined(f"the failure could not be looked at: {error}"), work.token)
            finally:
                work.twin.close()
                self._work.task_done()

    def _stopped(self) -> bool:
        """Return whether the present pursuit should end: on closing, or when twins pile up."""
        return self._closing or self._work.qsize() >= _WAITING

    def _pursue(self, work: _Work) -> Event:
        settings = self.settings
        budget = Budget(settings.seconds, settings.trial_seconds, settings.candidates)
        agent = Agent(self.gate, budget, self.isolation, work.twin.shows, self._stopped)
        proposal = self.last = agent.pursue(work.twin)
        if proposal.diagnosis.declined:
            return Declined(proposal.diagnosis.declined)
        offered = [
            self.decisions.offer(patch, work.failure.cell, work.failing_line)
            for patch in reversed(proposal.patches)
        ]
        pending = tuple(reversed(offered))
        if pending and settings.mode == "auto":
            self._approve_when_safe(pending[0], work.token)
        return Proposed(proposal, pending)

    def _approve_when_safe(self, pending: Pending, token: object) -> None:
        if self.decisions.why_not_auto(pending):
            return

        def approve() -> None:
            try:
                approval = self.decisions.approve_by_auto(pending)
            except SelfcodeError as error:
                self._publish(Declined(f"not approved by the auto mode: {error}"), token)
            else:
                self._publish(AutoApproved(approval), token)

        self.host.at_safe_point(approve)

    # -- what a person asks -----------------------------------------------------------------------

    def set_mode(self, mode: str) -> None:
        """Change the mode; raises `UsageError` when it is none, or the limits do not allow it."""
        if mode not in ("ask", "auto", "observe"):
            raise UsageError(f"{mode!r} is no mode. Choose ask, auto or observe.")
        self.settings.mode = mode
        if self.settings.mode != mode:
            raise UsageError(
                f"this system's limits allow no mode above {self.settings.mode}; it is in force now."
            )
