"""The gate: runs the checks in the order of their cost, stops at the first rejection."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from selfcode.protocols import Check
from selfcode.records import Candidate, Finding, Isolation, Outcome, Verdict


class Gate:
    """Checks in order, and the one verdict over what they find.

    The checks are worst of N: adding one can only tighten the gate. A gate without checks rejects,
    and a check that breaks rejects.
    """

    def __init__(self, checks: Sequence[Check]) -> None:
        self.checks = tuple(checks)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the checks, in the order in which they run."""
        return tuple(check.name for check in self.checks)

    def judge(
        self,
        candidate: Candidate,
        run: Callable[[Candidate], Finding],
        isolation: Isolation,
        place: str,
    ) -> Verdict:
        """Return the verdict on `candidate`: all checks first, then `run`, which executes it."""
        findings: list[Finding] = []
        for check in self.checks:
            findings.extend(guarded(check.name, partial(check.check, candidate)))
            if any(finding.outcome is Outcome.REJECTED for finding in findings):
                return Verdict.of(findings, isolation)
        findings.extend(guarded("trial", lambda: (run(candidate),)))
        return Verdict.of(findings, isolation, place)


def guarded(name: str, check: Callable[[], Sequence[Finding]]) -> tuple[Finding, ...]:
    """Return what `check` finds with its seconds; if it breaks: one rejection."""
    began = time.perf_counter()
    try:
        found = tuple(check())
    except Exception as error:  # noqa: BLE001 - a broken check must never let a candidate through
        reason = f"the check itself broke: {type(error).__name__}: {error}"
        found = (Finding(name, Outcome.REJECTED, reason),)
    seconds = time.perf_counter() - began
    return tuple(_timed(finding, seconds / len(found)) for finding in found)


def _timed(finding: Finding, seconds: float) -> Finding:
    if finding.seconds:
        return finding
    return Finding(finding.check, finding.outcome, finding.reason, seconds, finding.details)
