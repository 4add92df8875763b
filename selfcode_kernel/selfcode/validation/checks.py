"""The static checks as the gate's, in the order of their cost: parse, policy, guard, reviewers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

from selfcode.protocols import Check
from selfcode.records import Candidate, Finding
from selfcode.validation.guard import check_guard
from selfcode.validation.policy import check_parse, check_policy
from selfcode.validation.reviewers import Reviewers

Judge = Callable[[Candidate, str, str], tuple[Finding, ...]]


@dataclass(frozen=True)
class StaticCheck:
    """A check of the Python that a candidate's target had before and would have after.

    `transform` turns the text of a cell into Python; definitions are Python as they are.
    """

    name: str
    judge: Judge
    transform: Callable[[str], str]

    def check(self, candidate: Candidate) -> tuple[Finding, ...]:
        """Return what the check says of the candidate."""
        before, after = candidate.before, candidate.after
        if candidate.target.is_cell:
            before, after = self.transform(before), self.transform(after)
        return self.judge(candidate, before, after)


def standard_checks(
    transform: Callable[[str], str],
    reviewers: Reviewers,
    granted: Callable[[], Sequence[str]],
    namespace: Mapping[str, object],
    timeout: float = 10.0,
) -> tuple[Check, ...]:
    """Return the static checks.

    `granted` names the capabilities granted at the time of a check; `namespace` are the live names,
    of which only the modules are looked at.
    """

    def parse(_candidate: Candidate, _before: str, after: str) -> tuple[Finding, ...]:
        return (check_parse(after),)

    def policy(_candidate: Candidate, before: str, after: str) -> tuple[Finding, ...]:
        return (check_policy(before, after, granted(), modules=_modules(namespace)),)

    def guard(candidate: Candidate, _before: str, after: str) -> tuple[Finding, ...]:
        return (check_guard(candidate.target, after),)

    def review(_candidate: Candidate, before: str, after: str) -> tuple[Finding, ...]:
        return reviewers.review(before, after, timeout)

    judges: tuple[tuple[str, Judge], ...] = (
        ("parse", parse),
        ("policy", policy),
        ("guard", guard),
        ("restrictedpython+bandit", review),
    )
    return tuple(StaticCheck(name, judge, transform) for name, judge in judges)


def _modules(namespace: Mapping[str, object]) -> dict[str, str]:
    live = list(namespace.items())  # one step, so that a running cell cannot change it meanwhile
    return {name: value.__name__ for name, value in live if isinstance(value, ModuleType)}
