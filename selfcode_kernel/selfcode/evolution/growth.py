"""Grows a repair: tries thousands of candidates behind the wall, has the few that pass judged.

The trials only sort out: a batch runs candidates and tests in one walled child, so what it says of
a candidate is a reason to judge it, never a reason to accept it.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from selfcode.generation.search import edits
from selfcode.protocols import Place
from selfcode.records import Candidate, Outcome, Patch, Repair, Verdict
from selfcode.validation.cases import LATE
from selfcode.validation.script import PASSED
from selfcode.validation.spec import Names, Spec, check_tests

FIRST_BATCH, BATCH = 64, 768
BATCH_SECONDS = 1.0
FIRST_SECONDS = 0.5
SLACK = 1.2
_GRACE = 0.5
_REST = 0.5
_TRACING = 20  # how many times as long code may take while its lines are noted
_LIMITS = (0.006, 0.1, 2.0)

Rules = Callable[[str], Iterable[Candidate]]
Judge = Callable[[Candidate], Verdict]


def grow(
    source: str,
    spec: Spec,
    *,
    place: Place,
    seconds: float,
    judge: Judge,
    rules: Rules | None = None,
    limit: int = 3,
) -> Repair:
    """Return the repairs of `source` that meet `spec` and that `judge` accepts, best first.

    It is anytime: it ends after `limit` patches, when what is left is much less likely than the
    first patch, or after `seconds`. A source that already meets the spec gives no patch and no
    candidate tried. `rules` proposes candidates that go before those of the search. Raises what
    `place.run` raises.
    """
    began = time.monotonic()
    growth = Growth(spec, place, judge, limit, began, began + seconds)
    growth.run(source, rules)
    patches = sorted(growth.patches, key=lambda patch: patch.candidate.cost)
    return Repair(tuple(patches), growth.tried, time.monotonic() - began)


@dataclass(frozen=True)
class _Tested:
    """What a child that ran the tests on a source says: it could have been meddled with."""

    cases: dict[str, str]
    failing: list[set[int]]
    seconds: float

    @classmethod
    def read(cls, answer: Any) -> _Tested | None:
        """Return what `answer` says, None when it is no answer of the job."""
        try:
            cases = {str(name): str(status) for name, status, _ in answer["cases"]}
            failing = [{int(line) for line in lines} for lines in answer["failing"]]
            seconds = float(answer["seconds"])
        except (TypeError, ValueError, KeyError, OverflowError):
            return None
        return cls(cases, failing, seconds) if 0 <= seconds <= BATCH_SECONDS else None


@dataclass
class Growth:
    """One search under way: what it found, what it tried, and when it must end."""

    spec: Spec
    place: Place
    judge: Judge
    limit: int
    began: float
    end: float
    patches: list[Patch] = field(default_factory=list)
    tried: int = 0
    late: list[Candidate] = field(default_factory=list)
    baseline: float = 0.0
    target: str = ""

    @property
    def left(self) -> float:
        """The seconds left."""
        return self.end - time.monotonic()

    def run(self, source: str, rules: Rules | None) -> None:
        """Try what the rules propose, then the search, then once more what took too long."""
        proposed = list(rules(source)) if rules else []
        lines = self._failing_lines(source)
        if lines is None:
            return
        found = _searched(source, self.spec, lines)
        self._try_all(itertools.chain(proposed, found), _LIMITS[0])
        for limit in _LIMITS[1:]:
            if not self.patches:
                waiting, self.late = self.late, []
                self._try_all(iter(waiting), limit)

    def _failing_lines(self, source: str) -> list[int] | None:
        """Return the lines that run in every failing case; None if no case fails."""
        try:
            names = Names.of(source)
        except SyntaxError:
            return []
        self.target = self.spec.target or next(reversed([*names.functions]), "")
        first = self._tests(source, FIRST_SECONDS, lines=False)
        if first and set(first.cases.values()) == {PASSED}:
            held = check_tests(self.spec, source, self.place, max(0.0, self.left))
            return _all_lines(source) if held.outcome is Outcome.REJECTED else None
        if first and LATE not in first.cases:
            self.baseline = first.seconds
        traced = self._tests(source, FIRST_SECONDS + _TRACING * self.baseline, lines=True)
        if traced is None or (self.baseline and LATE in traced.cases):
            # tracing slowed it down so much that no failing case was seen
            return _all_lines(source)
        failing = [lines for lines in traced.failing if lines]
        common = set.intersection(*failing) if failing else set()
        return sorted(common or set().union(*failing)) or _all_lines(source)

    def _tests(self, source: str, seconds: float, *, lines: bool) -> _Tested | None:
        fields = {"names": [], "functions": {}, "lines": lines}
        return _Tested.read(self._ask("tests", seconds, source=source, **fields))

    def _ask(self, kind: str, seconds: float = BATCH_SECONDS, **fields: Any) -> Any:
        """Return the answer of a walled child, None if it gave none in time."""
        seconds = max(0.0, min(seconds, self.left))
        request = self.spec.request(kind, **{"source": None, **fields})
        request = {**request, "target": self.target, "seconds": seconds}
        trial = self.place.run(request, seconds + min(_GRACE, max(self.left - seconds, 0.05)))
        return trial.value if trial.ok else None

    def _try_all(self, candidates: Iterator[Candidate], limit: float) -> None:
        for batch in _batches(candidates):
            if self._enough(batch[0]):
                return
            self._try_batch(batch, limit)

    def _enough(self, candidate: Candidate) -> bool:
        if len(self.patches) >= self.limit or self.left <= 0:
            return True
        best = min((patch.candidate.cost for patch in self.patches), default=candidate.cost)
        return candidate.cost > best + SLACK

    def _try_batch(self, batch: Sequence[Candidate], limit: float) -> None:
        """Try `batch` in one child; where it hangs or dies, in halves, so that one costs itself."""
        while batch and self.left > 0:
            sources = [candidate.after for candidate in batch]
            answer = self._ask("batch", sources=sources, limit=limit + 3 * self.baseline)
            answer = answer if _is_sound(answer, len(batch)) else None
            if answer is None and len(batch) == 1:
                self.tried += 1
                return
            if answer is None:
                middle = len(batch) // 2
                self._try_batch(batch[:middle], limit)
                batch = batch[middle:]
                continue
            self.tried += answer["next"]
            self.late += [batch[index] for index in answer["late"]]
            for index in answer["passed"]:
                self._judge(batch[index])
            batch = batch[max(1, answer["next"]) :]

    def _judge(self, candidate: Candidate) -> None:
        if not self._enough(candidate):
            verdict = self.judge(candidate)
            if verdict:
                self.patches.append(Patch(candidate, verdict, candidate.explanation))
                rest = max(_REST, (time.monotonic() - self.began) / 2)
                self.end = min(self.end, time.monotonic() + rest)


def _is_sound(answer: Any, size: int) -> bool:
    """Whether a batch's answer is one; a candidate in it could have meddled with it."""
    if not isinstance(answer, dict) or answer.keys() != {"passed", "late", "next"}:
        return False
    passed, late, following = answer["passed"], answer["late"], answer["next"]
    if type(passed) is not list or type(late) is not list or type(following) is not int:
        return False
    indexes = all(type(index) is int and 0 <= index < size for index in [*passed, *late])
    return indexes and 0 <= following <= size


def _all_lines(source: str) -> list[int]:
    return list(range(1, source.count("\n") + 2))


def _searched(source: str, spec: Spec, lines: list[int]) -> Iterator[Candidate]:
    try:
        yield from edits(source, target=spec.target or None, lines=lines, strings=spec.strings)
    except SyntaxError:
        return


def _batches(candidates: Iterator[Candidate]) -> Iterator[list[Candidate]]:
    """Yield a small batch first, for an early answer, then large ones."""
    size = FIRST_BATCH
    while batch := list(itertools.islice(candidates, size)):
        yield batch
        size = BATCH
