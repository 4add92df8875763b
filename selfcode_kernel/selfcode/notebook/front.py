"""The session in an IPython shell: failures go out to the agent, events come back to the person."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from IPython.core.error import UsageError as ShellUsageError
from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell
from jupyter_core.paths import SYSTEM_CONFIG_PATH, jupyter_data_dir

from selfcode.decisions import Approval
from selfcode.errors import SelfcodeError, UsageError
from selfcode.notebook import views
from selfcode.notebook.magics import EvolveMagic, SelfcodeMagic
from selfcode.notebook.person import asking, objection
from selfcode.notebook.resume import Resumed, resume
from selfcode.notebook.shell import (
    Publisher,
    cut_channels,
    failure_of,
    last_failure,
    plain_code,
)
from selfcode.records import Cell, Failure
from selfcode.session import Event, Host, Session
from selfcode.settings import Selfcode, system_limits
from selfcode.validation.spec import Spec

_ATTRIBUTE = "_selfcode_front"


class Front:
    """Ties a session to a shell; `close` takes every hook back."""

    def __init__(self, shell: InteractiveShell) -> None:
        self.shell = shell
        self.publisher = Publisher(shell)
        settings = Selfcode(system_limits(SYSTEM_CONFIG_PATH), parent=shell)
        ledger = settings.ledger or str(Path(jupyter_data_dir()) / "selfcode" / "ledger.sqlite")
        host = Host(
            shell.user_ns,
            lambda source: plain_code(shell, source),
            cut_channels(shell),
            self.at_safe_point,
            lambda: self._place,
        )
        self._due: list[Callable[[], None]] = []
        self._running: list[ExecutionInfo] = []
        self._place: object = None
        self._last: Failure | None = None
        self.session = Session(settings, host, ledger, self._show)
        self._magics = (SelfcodeMagic(self), EvolveMagic(self))

    @classmethod
    def of(cls, shell: InteractiveShell) -> Front | None:
        """Return the front that is open in `shell`, or None."""
        return getattr(shell, _ATTRIBUTE, None)

    def open(self) -> None:
        """Hang the hooks into the shell: events, magics, the entry in `%config`."""
        setattr(self.shell, _ATTRIBUTE, self)
        self.shell.events.register("pre_run_cell", self._before_cell)
        self.shell.events.register("post_run_cell", self._after_cell)
        configurables: list[Any] = self.shell.configurables
        configurables.append(self.session.settings)
        for magic in self._magics:
            magic.register(self.shell)

    def close(self) -> None:
        """Take every hook back and end the session."""
        self.shell.events.unregister("pre_run_cell", self._before_cell)
        self.shell.events.unregister("post_run_cell", self._after_cell)
        configurables: list[Any] = self.shell.configurables
        configurables.remove(self.session.settings)
        for magic in self._magics:
            magic.unregister(self.shell)
        self.session.close()
        delattr(self.shell, _ATTRIBUTE)

    # -- events of the shell ----------------------------------------------------------------------

    def _before_cell(self, info: ExecutionInfo) -> None:
        self._do_what_is_due()
        self._running.append(info)
        self._place = self.publisher.place()

    def _after_cell(self, result: ExecutionResult | None) -> None:
        running, self._running = self._running, self._running[:-1]
        if result is None or result.info is None:
            return
        info = result.info
        if not self._running:
            number = result.execution_count or 0
            cell_id = getattr(info, "cell_id", None) or f"In[{number}]"
            succeeded = bool(result.success)
            self.session.cells.remember(cell_id, str(info.raw_cell), number, succeeded)
        outer = running[0] if running else info
        failure = None if result.success else failure_of(self.shell, result, outer)
        self._last = failure or self._last
        if self.session.settings.on:
            self.consider(failure)
        if not self._running:
            self._do_what_is_due()

    def consider(self, failure: Failure | None, again: bool = False) -> None:
        """Hand a failure to the session; what comes of it shows under the cell that runs now."""
        if failure is not None:
            self.session.consider(failure, self.publisher.place(), again)

    def run_text(self, text: str) -> None:
        """Run `text` in the live names as a part of the cell that runs now."""
        number = self.shell.execution_count
        name = self.shell.compile.cache(text, number, raw_code=text)
        exec(compile(text, name, "exec", dont_inherit=True), self.shell.user_ns)

    def evolve(self, program: str, spec: Spec, seconds: float) -> None:
        """Let the session evolve `program`; what comes of it shows under the cell that runs now."""
        self.session.evolve(program, spec, seconds, self.publisher.place())

    def consider_last(self) -> bool:
        """Consider the last failure, also one from before; return whether there is one."""
        failure = self._last or last_failure(self.shell)
        self.consider(failure, again=True)
        return failure is not None

    def lift_freeze(self, command: str) -> None:
        """Lift the freeze if a person typed `command` and types a word too; else `RefusedError`."""
        why_not = objection(self.shell, command, [str(info.raw_cell) for info in self._running])
        self.session.lift_freeze(asking(self.shell), why_not)

    def resume(self, approval: Approval, repeat: bool = False) -> Resumed:
        """Run the rest of the cell that failed; what it raised is considered already.

        Raises `RepeatsEffects` when running it would change something a second time.
        """
        cell, text = approval.pending.cell, approval.failed_text
        if cell is None:
            raise UsageError("the failure was in no cell of this session: nothing is left to run.")
        resumed = resume(self.shell, approval.pending, cell, text, repeat)
        error = resumed.error
        if error is not None:
            code = plain_code(self.shell, text)
            name = self.shell.compile.get_code_name(text, code, cell.number)
            again = Cell(cell.id, text, code, name, cell.number)
            self.session.cells.remember(cell.id, text, cell.number)
            self.consider(Failure(error, again, self.shell.user_ns))
        return resumed

    def at_safe_point(self, due: Callable[[], None]) -> None:
        """Run `due` on the main thread when no cell runs: at once if possible, else after it."""
        self._due.append(due)
        loop = getattr(getattr(self.shell, "kernel", None), "io_loop", None)
        if loop is not None:
            loop.add_callback(self._do_what_is_due)

    def _do_what_is_due(self) -> None:
        while self._due and not self._running:
            self._due.pop(0)()

    # -- events of the session --------------------------------------------------------------------

    def _show(self, event: Event, place: object) -> None:
        self.publisher.show(views.view(event, self.session), place)


def load(shell: InteractiveShell) -> None:
    """Open selfcode in `shell` and say so in one line, or in one line why not."""
    unload(shell)
    try:
        front = Front(shell)
    except (SelfcodeError, OSError) as error:
        raise ShellUsageError(f"selfcode is not loaded: {error}") from error
    front.open()
    print(views.headline(front.session))  # noqa: T201 - the one line that `%load_ext` shows


def unload(shell: InteractiveShell) -> None:
    """Close selfcode in `shell`, if it is open."""
    front: Any = Front.of(shell)
    if front is not None:
        front.close()
