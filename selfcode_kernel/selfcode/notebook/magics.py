"""The magics: parse, call the session, show. Errors are one line that says what to do next."""

from __future__ import annotations

import argparse
import shlex
from typing import TYPE_CHECKING, Any

from IPython.core.error import TryNext
from IPython.core.error import UsageError as ShellUsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from selfcode.errors import SelfcodeError, UsageError
from selfcode.evolution.program import split
from selfcode.freeze import LIFTED, STILL
from selfcode.notebook import after, commands, views
from selfcode.notebook.blocks import Tone
from selfcode.notebook.display import Notice, Rejected, Reverted, VersionDiff
from selfcode.notebook.shell import has_kernel
from selfcode.records import Target
from selfcode.validation.spec import Spec

if TYPE_CHECKING:
    from selfcode.decisions import Approval
    from selfcode.notebook.front import Front


class SelfcodeMagic:
    """`%selfcode COMMAND`: see, judge, approve, go back."""

    def __init__(self, front: Front) -> None:
        self._front = front

    def register(self, shell: InteractiveShell) -> None:
        """Add the magic and its completion to `shell`."""
        shell.magics_manager.register_function(self.run, "line", "selfcode")
        shell.set_hook("complete_command", self._complete, str_key="%selfcode")

    def unregister(self, shell: InteractiveShell) -> None:
        """Take the magic and its completion out of `shell`."""
        shell.magics_manager.magics["line"].pop("selfcode", None)
        shell.strdispatchers["complete_command"].strs.pop("%selfcode", None)

    def run(self, line: str) -> None:
        """Repairs of failing cells: see, judge, approve, go back. `%selfcode --help` tells more."""
        try:
            arguments = commands.parse(commands.parser(), shlex.split(line) or ["status"])
            if arguments is not None:
                getattr(self, f"_{arguments.command}")(arguments)
        except (SelfcodeError, ValueError, OSError) as error:
            raise ShellUsageError(f"selfcode: {error}") from error

    def _complete(self, _shell: InteractiveShell, event: Any) -> list[str]:
        line = event.line.lstrip()
        if not line.startswith("%selfcode"):
            raise TryNext
        words = line.split()[1:]
        before = words if line.endswith(" ") else words[:-1]
        decisions = self._front.session.decisions
        patches = [pending.patch.hash[:12] for pending in decisions.pending]
        targets = [str(version.target) for version in decisions.history()]
        return commands.completions(before, patches, sorted(set(targets)))

    # -- one method for each subcommand -----------------------------------------------------------

    def _status(self, _arguments: argparse.Namespace) -> None:
        display(views.status(self._front.session))

    def _on(self, _arguments: argparse.Namespace) -> None:
        self._front.session.settings.on = True
        display(Notice("selfcode looks at failing cells."))

    def _off(self, _arguments: argparse.Namespace) -> None:
        self._front.session.settings.on = False
        display(Notice("selfcode leaves failing cells alone until `%selfcode on`."))

    def _freeze(self, _arguments: argparse.Namespace) -> None:
        begun = self._front.session.begin_freeze()
        said = "Frozen" if begun else "It is frozen already"
        display(Notice(f"{said}, in all your kernels. {STILL} {LIFTED}", Tone.BAD))

    def _unfreeze(self, _arguments: argparse.Namespace) -> None:
        if not self._front.session.freeze.why():
            raise UsageError("nothing is frozen.")
        self._front.lift_freeze("%selfcode unfreeze")
        display(Notice("The freeze is lifted, in all your kernels.", Tone.GOOD))

    def _mode(self, arguments: argparse.Namespace) -> None:
        if arguments.mode:
            self._front.session.set_mode(arguments.mode)
        display(Notice(f"The mode is {self._front.session.settings.mode}."))

    def _fix(self, arguments: argparse.Namespace) -> None:
        self._front.session.freeze.require_off()
        if not self._front.consider_last():
            raise UsageError("Python remembers no failure in this session.")
        if arguments.wait:
            self._front.session.wait(self._front.session.settings.seconds)

    def _show(self, arguments: argparse.Namespace) -> None:
        display(views.waiting(self._find(arguments.patch), self._front.session))

    def _find(self, name: str | None) -> Any:
        """Return the waiting patch of that name, with patience for one still in the making."""
        session = self._front.session
        session.wait(session.settings.seconds)
        return session.decisions.find(name)

    def _approve(self, arguments: argparse.Namespace) -> None:
        session = self._front.session
        pending = self._find(arguments.patch)
        if arguments.resume:
            session.decisions.require_rest(pending)
        approval = session.decisions.approve(
            pending, undecided=arguments.undecided, probation=arguments.probation
        )
        display(views.approved(approval, here=has_kernel(self._front.shell)))
        if arguments.resume:
            self._resume(arguments)
        else:
            self._rewrite(approval, resumes=False)

    def _promote(self, arguments: argparse.Namespace) -> None:
        probations = self._front.session.decisions.probations
        display(after.told(probations.promote(self._target(arguments.target))))

    def _resume(self, arguments: argparse.Namespace) -> None:
        approval = self._front.session.decisions.take_resumable()
        self._rewrite(approval, resumes=True)
        resumed = self._front.resume(approval, arguments.repeat)
        if resumed.left:
            self._front.shell.set_next_input(resumed.left)
            display(Notice("The rest of the cell awaits something: run it from the next cell."))
        if resumed.error is not None:
            raise UsageError("the rest of the cell failed, see above; the next proposal follows.")

    def _rewrite(self, approval: Approval, resumes: bool) -> None:
        """Hand the defining cell's new text to the front end, which puts it into a cell.

        A terminal would make it the next input, where it is not wanted when it has just run.
        """
        shell = self._front.shell
        if approval.rewrites and (has_kernel(shell) or not resumes):
            shell.set_next_input(approval.rewrites[0].text, replace=True)

    def _reject(self, arguments: argparse.Namespace) -> None:
        pending = self._find(arguments.patch)
        self._front.session.decisions.reject(pending, " ".join(arguments.because))
        display(Rejected(pending.patch, " ".join(arguments.because)))

    def _history(self, arguments: argparse.Namespace) -> None:
        display(views.history(self._front.session, self._target(arguments.target)))

    def _diff(self, arguments: argparse.Namespace) -> None:
        target = Target.parse(arguments.target)
        decisions = self._front.session.decisions
        text = decisions.diff(target, arguments.first, arguments.second)
        display(VersionDiff(target, arguments.first, arguments.second, text))

    def _revert(self, arguments: argparse.Namespace) -> None:
        target = self._target(arguments.target)
        reversal = self._front.session.decisions.revert(target, arguments.to)
        display(Reverted(reversal.versions, " ".join(reversal.notes)))
        if reversal.rewrites:
            self._front.shell.set_next_input(reversal.rewrites[0].text, replace=True)

    def _target(self, name: str | None) -> Target | None:
        return Target.parse(name) if name else None

    def _context(self, _arguments: argparse.Namespace) -> None:
        display(views.context(self._front.session.last))

    def _ledger(self, arguments: argparse.Namespace) -> None:
        ledger = self._front.session.ledger
        if arguments.action == "verify":
            display(Notice(f"The ledger holds: {ledger.verify()} entries match their seals."))
            return
        if not arguments.file:
            raise UsageError("name the file to write: `%selfcode ledger export FILE`.")
        count = ledger.export(arguments.file)
        display(Notice(f"Wrote {count} entries to {arguments.file}."))

    def _doctor(self, _arguments: argparse.Namespace) -> None:
        display(views.doctor(self._front.session))


class EvolveMagic:
    """`%%evolve`: change the cell's definitions until its asserts hold."""

    def __init__(self, front: Front) -> None:
        self._front = front

    def register(self, shell: InteractiveShell) -> None:
        """Add the magic to `shell`."""
        shell.magics_manager.register_function(self.run, "cell", "evolve")

    def unregister(self, shell: InteractiveShell) -> None:
        """Take the magic out of `shell`."""
        shell.magics_manager.magics["cell"].pop("evolve", None)

    def run(self, line: str, cell: str) -> None:
        """Change the cell's definitions until its asserts hold. `%%evolve --help` tells more."""
        try:
            arguments = commands.parse(commands.evolve_parser(), shlex.split(line))
            if arguments is None:
                return
            self._front.session.freeze.require_off()
            program, tests = split(self._front.session.host.transform(cell))
            spec = Spec.parse(tests)
        except (SelfcodeError, ValueError) as error:
            raise ShellUsageError(f"selfcode: {error}") from error
        self._front.run_text(program)
        self._front.evolve(program, spec, arguments.seconds)
