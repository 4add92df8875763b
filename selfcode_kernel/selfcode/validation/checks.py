"""The static checks as the gate's: parse, guard, policy, reviewers.

The guard goes before the policy, so that no attempt on what is protected ends as another refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import TypeGuard

from selfcode.protocols import Check
from selfcode.records import Candidate, Change, Finding, Outcome, Target
from selfcode.validation.guard import check_guard
from selfcode.validation.policy import check_parse, check_policy
from selfcode.validation.reviewers import Reviewers

Judge = Callable[[Target, str, str], tuple[Finding, ...]]
Refused = Callable[[Candidate, Finding], None]


def _unheard(_candidate: Candidate, _finding: Finding) -> None:
    """Take a refusal that nobody asked to hear of."""


@dataclass(frozen=True)
class StaticCheck:
    """A check of the Python that each of a candidate's targets had before and would have after.

    `transform` turns the text of a cell into Python; definitions are Python as they are. `refused`
    hears of each finding that rejects a candidate.
    """

    name: str
    judge: Judge
    transform: Callable[[str], str]
    refused: Refused = _unheard

    def check(self, candidate: Candidate) -> tuple[Finding, ...]:
        """Return what the check says of the candidate: of each change, the worst."""
        findings = self._findings(candidate)
        for finding in findings:
            if finding.outcome is Outcome.REJECTED:
                self.refused(candidate, finding)
        return findings

    def _findings(self, candidate: Candidate) -> tuple[Finding, ...]:
        if not candidate.also:
            return self._judged(candidate.changes[0])
        named: dict[str, list[Finding]] = {}
        for change in candidate.changes:
            for finding in self._judged(change):
                said = replace(finding, reason=f"{change.target}: {finding.reason}")
                named.setdefault(finding.check, []).append(said)
        return tuple(map(_worst, named.values()))

    def _judged(self, change: Change) -> tuple[Finding, ...]:
        before, after = change.before, change.after
        if change.target.is_cell:
            before, after = self.transform(before), self.transform(after)
        return self.judge(change.target, before, after)


def _worst(findings: Sequence[Finding]) -> Finding:
    """Return the worst of one check's findings, with the details and seconds of all."""
    outcome = Outcome.worst(finding.outcome for finding in findings)
    worst = next(finding for finding in findings if finding.outcome is outcome)
    details = tuple(detail for finding in findings for detail in finding.details)
    return replace(worst, seconds=sum(f.seconds for f in findings), details=details)


def standard_checks(
    transform: Callable[[str], str],
    reviewers: Reviewers,
    granted: Callable[[], Sequence[str]],
    namespace: Mapping[str, object],
    timeout: float = 10.0,
    *,
    files: Sequence[str] = (),
    refused: Refused = _unheard,
) -> tuple[Check, ...]:
    """Return the static checks.

    `granted` names the capabilities granted at the time of a check; `namespace` are the live names,
    of which is only asked what they stand for; `files` is what the session keeps on the disk.
    `refused` hears of each candidate that the guard rejects.
    """

    def parse(_target: Target, _before: str, after: str) -> tuple[Finding, ...]:
        return (check_parse(after),)

    def policy(_target: Target, before: str, after: str) -> tuple[Finding, ...]:
        return (check_policy(before, after, granted(), modules=_modules(namespace)),)

    def guard(target: Target, before: str, after: str) -> tuple[Finding, ...]:
        return (check_guard(target, after, namespace, files, before),)

    def review(_target: Target, before: str, after: str) -> tuple[Finding, ...]:
        return reviewers.review(before, after, timeout, granted())

    return (
        StaticCheck("parse", parse, transform),
        StaticCheck("guard", guard, transform, refused),
        StaticCheck("policy", policy, transform),
        StaticCheck("restrictedpython+bandit", review, transform),
    )


def _modules(namespace: Mapping[str, object]) -> dict[str, str]:
    live = list(namespace.items())  # one step, so that a running cell cannot change it meanwhile
    return {name: value.__name__ for name, value in live if _is_module(value)}


def _is_module(value: object) -> TypeGuard[ModuleType]:
    """Return whether it is a module, without asking the object itself, which may do anything."""
    return issubclass(type(value), ModuleType)
