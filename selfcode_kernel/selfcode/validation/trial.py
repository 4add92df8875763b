"""The trial of a candidate on the copied live state: the rest of the cell is run with it.

`Rerun` runs inside a twin child, behind the wall; `read_trial` is the trusted side.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from selfcode.records import (
    NOTHING_BEGUN,
    Begun,
    Candidate,
    Failure,
    Finding,
    Outcome,
    Trial,
    message_of,
)
from selfcode.resumption import Resumption, resumption
from selfcode.sandbox.survival import lost_with
from selfcode.source import END, Spot
from selfcode.validation.evidence import Before
from selfcode.validation.needs import Watch, is_users_code, unmet
from selfcode.validation.standing import Standing, may_change

_AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_FALLEN, _OUTPUT = 12, 20_000


@dataclass(frozen=True)
class Rerun:
    """Runs what is left of a failed cell with a candidate in place; only for a twin child.

    `inject` puts a definition into the live objects, `transform` turns a cell's text into Python,
    `prepare` cuts the child off the kernel's own channels (display, input); `begun` is what the
    cell had done before it failed.
    """

    failure: Failure
    inject: Callable[[str, str], object]
    transform: Callable[[str], str]
    prepare: Callable[[], None]
    begun: Begun = NOTHING_BEGUN

    def __call__(self, candidate: Candidate | None) -> dict[str, Any]:
        """Return what happened: `error` is None, or its type, message and line in the cell."""
        error, report = self.run(candidate)
        return {**report, "error": error and self._describe_error(error)}

    def run(self, candidate: Candidate | None) -> tuple[BaseException | None, dict[str, Any]]:
        """Return the live exception that ended the run, or None, and what the run left behind.

        Without a candidate the rest of the cell is run as it is.
        """
        namespace = self.failure.namespace
        before = Before.of(namespace, ())
        output = io.StringIO()
        self.prepare()
        watch = Watch(is_users_code)
        watch.begin()
        standing = Standing(namespace) if candidate and self._may_change(candidate) else None
        plan: Resumption | None = None
        shown: object = None
        raised: BaseException | None = None
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            try:
                plan = self._plan(candidate)
                before = Before.of(namespace, plan.statements)
                shown = self._execute(plan)
            except BaseException as error:  # noqa: BLE001 - whatever ends the run is the answer
                raised = error
        watch.see(raised)
        statements = plan.statements if plan else ()
        return raised, {
            "statements": len(statements),
            "doubled": list(plan.doubled) if plan else [],
            "values": before.evidence(namespace, statements, shown),
            "output": output.getvalue()[:_OUTPUT],
            "fallen": standing.fallen()[:_FALLEN] if standing else [],
            "needs": watch.needs,
        }

    def _may_change(self, candidate: Candidate) -> bool:
        texts = [
            (self.transform(c.before), self.transform(c.after))
            if c.target.is_cell
            else (c.before, c.after)
            for c in candidate.changes
        ]
        return any(may_change(before, after) for before, after in texts)

    def _plan(self, candidate: Candidate | None) -> Resumption:
        cell = self.failure.cell
        before = after = cell.code if cell else ""
        for change in candidate.changes if candidate else ():
            if change.target.is_cell:
                before, after = self.transform(change.before), self.transform(change.after)
            else:
                self.inject(str(change.target), change.after)
        plan = resumption(before, after, self.failed(), self.begun)
        for definition in plan.redefined:
            self.inject(f"__main__:{definition.name}", definition.text)
        return plan

    def failed(self) -> Spot:
        """Return where in the cell it failed; its end when it failed nowhere in it."""
        return spot_in_cell(self.failure, self.failure.error)

    def _execute(self, plan: Resumption) -> object:
        """Run the statements and return the value of the last one if it is an expression."""
        filename = self.failure.cell.filename if self.failure.cell else "<cell>"
        statements = list(plan.statements)
        last = statements.pop() if statements and isinstance(statements[-1], ast.Expr) else None
        self._run(ast.Module(statements, []), filename, "exec")
        if not isinstance(last, ast.Expr):
            return None
        return self._run(ast.Expression(last.value), filename, "eval")

    def _run(self, tree: ast.Module | ast.Expression, filename: str, mode: str) -> object:
        code = compile(ast.fix_missing_locations(tree), filename, mode, _AWAIT, dont_inherit=True)
        value = eval(code, self.failure.namespace)
        return asyncio.run(value) if inspect.iscoroutine(value) else value

    def _describe_error(self, error: BaseException) -> dict[str, Any]:
        return {
            "type": type(error).__name__,
            "same": _words(error) == _words(self.failure.error),
            "message": message_of(error),
            "line": spot_in_cell(self.failure, error)[0],
            "lost": lost_with(error),
        }


def spot_in_cell(failure: Failure, error: BaseException) -> Spot:
    """Return where in the failure's cell the traceback of `error` begins, or the cell's end."""
    filename = failure.cell.filename if failure.cell else None
    entry = error.__traceback__
    while entry is not None:
        code = entry.tb_frame.f_code
        if code.co_filename == filename:
            *_, column, _end = next(islice(code.co_positions(), entry.tb_lasti // 2, None))
            return entry.tb_lineno, column or 0
        entry = entry.tb_next
    return END


def _words(error: BaseException) -> tuple[type[BaseException], str]:
    return type(error), message_of(error)


def read_trial(trial: Trial, shown_paths: Callable[[str], bool]) -> Finding:
    """Return what `trial` says of the candidate.

    `shown_paths` tells whether the wall shows a path at all: what fails for want of it, of a
    system call or of time proves nothing against the candidate and is undecided.
    """
    if trial.ok and (fallen := trial.value.get("fallen")):
        reason = f"it changes {fallen[0]}, on which this session stands"
        return Finding("guard", Outcome.REJECTED, reason, trial.seconds, tuple(fallen))
    report = trial.value if trial.ok else {"needs": {}, "error": None}
    error = report["error"]
    failed = bool(error) or not trial.ok
    if lacks := unmet(report["needs"], trial.refused, shown_paths, failed=failed):
        said = f" ({error['type']}: {error['message']})" if error else ""
        return _finding(Outcome.UNDECIDED, f"the rest of the cell {lacks}{said}", trial)
    if not trial.ok:
        return _finding(Outcome.UNDECIDED, f"the trial did not finish: {trial.error}", trial)
    if error and error["lost"]:
        lost = f"{error['lost']} does not survive in the copy of the session"
        return _finding(Outcome.UNDECIDED, f"{lost} ({error['type']}: {error['message']})", trial)
    again = f", {_repeating(report['doubled'])}" if report["doubled"] else ""
    if error:
        where = "" if error["line"] == END[0] else f" on line {error['line']}"
        said = f"{error['type']}: {error['message']}{where}"
        if again and not error["same"]:
            return _finding(Outcome.UNDECIDED, f"{said}, perhaps for{again[1:]}", trial)
        return _finding(Outcome.REJECTED, said, trial)
    count = report["statements"]
    if not count:
        return _finding(Outcome.UNDECIDED, "nothing is left to run that would show it", trial)
    noun = "statement" if count == 1 else "statements"
    return _finding(Outcome.ACCEPTED, f"{count} {noun} ran to the end of the cell{again}", trial)


def _repeating(what: Sequence[str]) -> str:
    return f"changing {', '.join(what)} a second time"


def _finding(outcome: Outcome, reason: str, trial: Trial) -> Finding:
    report = trial.value if trial.ok else {}
    mark = " (with repeated effects)" if report.get("doubled") else ""
    details = [f"{name} = {text}{mark}" for name, text in report.get("values", {}).items()]
    details += [f"would write {path}" for path in trial.files]
    details += [f"the wall refused {call}" for call in trial.refused]
    return Finding("trial", outcome, reason, trial.seconds, tuple(details))
