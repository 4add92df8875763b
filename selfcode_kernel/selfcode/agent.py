"""The loop: failure -> diagnosis -> candidates -> verdict -> patch.

`TwinJob` is the half that runs behind the wall, on the copied live objects; `Agent` the trusted
half: it asks for candidates, has each judged, and keeps what is accepted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from rapidfuzz.distance import Postfix, Prefix

from selfcode.errors import PlaceLost, UsageError
from selfcode.perception import begun, diagnose
from selfcode.perception.frames import live_frames
from selfcode.protocols import Place, Proposer, Scene
from selfcode.records import (
    Candidate,
    Cell,
    Diagnosis,
    Failure,
    Finding,
    Isolation,
    Outcome,
    Patch,
    Proposal,
    Refusal,
    Trial,
    Verdict,
    as_json,
    from_json,
)
from selfcode.validation.gate import Gate
from selfcode.validation.trial import Rerun, read_trial

_ANSWER_CHARACTERS = 400_000
_CHAIN = 4
_FURTHER = 3
_RIVAL_MARGIN = 0.5
_UNDECIDED_SHOWN = 2


@dataclass(frozen=True)
class Budget:
    """What the agent may use for one failure: seconds in all, seconds per trial, candidates."""

    seconds: float = 10.0
    trial_seconds: float = 5.0
    candidates: int = 24


@dataclass(frozen=True)
class TwinJob:
    """What a twin child answers: `propose` candidates, or `try` one, on the live objects."""

    rerun: Rerun
    proposers: Sequence[Proposer]

    def __call__(self, request: Mapping[str, Any]) -> Any:
        """Answer one request of the `Agent`."""
        rerun = replace(self.rerun, begun=begun(self.rerun.failure))
        return replace(self, rerun=rerun)._answer(request)

    def _answer(self, request: Mapping[str, Any]) -> Any:
        if request["verb"] == "propose again":
            return self._propose_again(request["limit"])
        if request["candidate"] is None:
            return self._propose(self.rerun.failure, request["limit"])
        candidate = from_json(Candidate, request["candidate"])
        if request["verb"] == "try":
            return self.rerun(candidate)
        return self._propose_after(candidate, request["limit"])

    def _propose(self, failure: Failure, limit: int) -> dict[str, Any]:
        diagnosis = replace(diagnose(failure), begun=self.rerun.begun)
        scene = Scene(diagnosis, failure, live_frames(failure))
        found: list[Candidate] = []
        if not diagnosis.declined:
            written = (c for proposer in self.proposers for c in proposer.propose(scene))
            found = list(_within_answer(islice(written, limit)))
        return {"diagnosis": as_json(diagnosis), "candidates": as_json(found)}

    def _propose_again(self, limit: int) -> dict[str, Any] | None:
        """Propose for the failure as it shows now, with what changed since; None if it is gone.

        Where the rest of the cell now fails in another way, it may be for the wall's own sake, so
        that the failure of then is what counts.
        """
        then = self.rerun.failure
        error, _ = self.rerun.run(None)
        if error is None:
            return None
        same = type(error) is type(then.error)
        return self._propose(replace(then, error=error) if same else then, limit)

    def _propose_after(self, candidate: Candidate, limit: int) -> dict[str, Any] | None:
        """Propose for the failure that shows once `candidate` is in place; None without one."""
        error, _ = self.rerun.run(candidate)
        if error is None:
            return None
        failure = replace(self.rerun.failure, error=error)
        for change in candidate.changes:
            if change.target.is_cell and failure.cell:
                failure = replace(failure, cell=self._edited(failure.cell, change.after))
        return self._propose(failure, limit)

    def _edited(self, cell: Cell, source: str) -> Cell:
        return replace(cell, source=source, code=self.rerun.transform(source))


def _within_answer(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """Yield candidates, each once, as long as the answer stays within what a place may return."""
    seen, room = set(), _ANSWER_CHARACTERS
    for candidate in candidates:
        room -= len(candidate.before) + len(candidate.after)
        if room < 0:
            return
        if candidate.hash not in seen and candidate.before != candidate.after:
            seen.add(candidate.hash)
            yield candidate


@dataclass(frozen=True)
class _Idea:
    """A candidate with the diagnosis that it answers; `depth` counts the repairs it combines."""

    candidate: Candidate
    diagnosis: Diagnosis
    depth: int = 1


class Agent:
    """Turns a failure, seen in a place that holds its live objects, into a proposal.

    `shows` tells whether the wall shows a path; `stopped` is asked between candidates.
    """

    def __init__(
        self,
        gate: Gate,
        budget: Budget,
        isolation: Isolation,
        shows: Callable[[str], bool],
        stopped: Callable[[], bool],
    ) -> None:
        self.gate, self.budget, self.isolation = gate, budget, isolation
        self._shows, self._stopped = shows, stopped

    def pursue(self, place: Place) -> Proposal:
        """Return the proposal for the failure that `place` holds.

        Raises `SandboxError` when the place is lost; then nothing was proposed.
        """
        began = time.monotonic()
        answer = self._ask(place, "propose")
        if answer is None:
            raise PlaceLost("the failure could not be diagnosed: there was no answer")
        return self._try(place, *answer, began)

    def pursue_again(self, place: Place) -> Proposal | None:
        """Return the proposal for the failure as it shows now; None when the cell would run.

        Raises `SandboxError` when the place is lost; then nothing was proposed.
        """
        began = time.monotonic()
        answer = self._ask(place, "propose again")
        return self._try(place, *answer, began) if answer else None

    def _try(
        self, place: Place, diagnosis: Diagnosis, ideas: Sequence[_Idea], began: float
    ) -> Proposal:
        waiting = list(ideas)
        patches: list[Patch] = []
        refused: list[Refusal] = []
        stopped = False
        while waiting and len(patches) + len(refused) < self.budget.candidates:
            idea = waiting.pop(0)
            best = patches[0].candidate.cost if patches else idea.candidate.cost
            late = time.monotonic() - began > self.budget.seconds
            stopped = self._stopped()
            if late or stopped or idea.candidate.cost > best + _RIVAL_MARGIN:
                break
            verdict, trial = self._judge(place, idea.candidate)
            if verdict:
                patches.append(Patch(idea.candidate, verdict, diagnosis.summary))
                continue
            refused.append(Refusal(idea.candidate, verdict))
            early = len(refused) <= _FURTHER
            if idea.depth < _CHAIN and _still_fails(trial, idea.diagnosis, or_alike=early):
                waiting[:0] = self._further(place, idea)
        seconds = time.monotonic() - began
        tried = len(patches) + len(refused)
        offered = settle_rivals(patches) or _undecided(refused, diagnosis)
        return Proposal(diagnosis, offered, tuple(refused), tried, seconds, stopped)

    def _ask(
        self, place: Place, verb: str, after: Candidate | None = None
    ) -> tuple[Diagnosis, list[_Idea]] | None:
        """Ask the place for a diagnosis and candidates, with `after` already in place.

        None when nothing fails. Raises `PlaceLost` when there is no answer.
        """
        request = {"verb": verb, "limit": self.budget.candidates, "candidate": as_json(after)}
        trial = place.run(request, self.budget.trial_seconds)
        if not trial.ok:
            raise PlaceLost(f"the failure could not be diagnosed: {trial.error}")
        if trial.value is None:
            return None
        diagnosis, candidates = _read(trial.value)
        ordered = sorted(candidates, key=lambda c: c.cost)
        return diagnosis, [_Idea(candidate, diagnosis) for candidate in ordered]

    def _judge(self, place: Place, candidate: Candidate) -> tuple[Verdict, Trial | None]:
        trials: list[Trial] = []

        def run(candidate: Candidate) -> Finding:
            request = {"verb": "try", "candidate": as_json(candidate)}
            trials.append(place.run(request, self.budget.trial_seconds))
            return read_trial(trials[0], self._shows)

        verdict = self.gate.judge(candidate, run, self.isolation, place.name)
        return verdict, trials[0] if trials else None

    def _further(self, place: Place, idea: _Idea) -> list[_Idea]:
        """Return what to try where the mistake is gone and another one shows further on."""
        answer = self._ask(place, "propose", idea.candidate)
        if answer is None:
            return []
        diagnosis, ideas = answer
        if not _moved_on(idea, diagnosis):
            return []
        joined = [_join(idea.candidate, further.candidate) for further in ideas]
        return [_Idea(c, diagnosis, idea.depth + 1) for c in joined if c]


def _read(answer: Any) -> tuple[Diagnosis, list[Candidate]]:
    """Return what a twin child says; raises `PlaceLost` where live objects have meddled with it."""
    try:
        diagnosis = from_json(Diagnosis, answer["diagnosis"])
        candidates = [from_json(Candidate, item) for item in answer["candidates"]]
        for suspect in diagnosis.suspects:
            _ = diagnosis.frames[suspect.frame]
    except (UsageError, KeyError, TypeError, IndexError) as error:
        raise PlaceLost("the failure could not be diagnosed: the answer is not one") from error
    return diagnosis, candidates


def _still_fails(trial: Trial | None, diagnosis: Diagnosis, *, or_alike: bool) -> bool:
    """Return whether the trial ended in another failure than the diagnosed one.

    With `or_alike` one with the same words counts too: it may be of another place.
    """
    error = trial.value.get("error") if trial and trial.ok else None
    if not error:
        return False
    return or_alike or (error["type"], error["message"]) != _said(diagnosis)


def _said(diagnosis: Diagnosis) -> tuple[str, str]:
    return diagnosis.error, diagnosis.message


def _moved_on(idea: _Idea, later: Diagnosis) -> bool:
    """Return whether `later` fails elsewhere, or further on in the text where the idea's did.

    What is evaluated later ends further to the right, even where it begins at the same place.
    """
    if later.declined or not later.suspects:
        return False
    suspect, now = idea.diagnosis.suspects[0], later.suspects[0]
    if now.target != suspect.target:
        return _said(later) != _said(idea.diagnosis)
    ended, ends = _end(idea.diagnosis), _end(later)
    grown = _grown(suspect.text.encode(), now.text.encode(), ended)
    if grown is None or ends == ended + grown:
        return _said(later) != _said(idea.diagnosis)
    return ends > ended + grown


def _end(diagnosis: Diagnosis) -> int:
    """Return where in the first suspect's text the failing expression ends, in bytes."""
    suspect = diagnosis.suspects[0]
    frame = diagnosis.frames[suspect.frame]
    above = suspect.text.encode().splitlines(keepends=True)[: frame.end_line - suspect.first_line]
    return sum(map(len, above)) + max(frame.end_column, 0)


def _grown(before: bytes, after: bytes, place: int) -> int | None:
    """Return by how much `place` in `before` has moved in `after`; None inside what was changed."""
    begin = Prefix.similarity(before, after)
    same = Postfix.similarity(before[begin:], after[begin:])
    if place >= len(before) - same:
        return len(after) - len(before)
    return 0 if place <= begin else None


def _join(first: Candidate, second: Candidate) -> Candidate | None:
    """Return the candidate that makes the changes of both, the second on top of the first."""
    changes = {change.target: change for change in first.changes}
    for change in second.changes:
        known = changes.get(change.target)
        if known and known.after.rstrip() != change.before.rstrip():
            return None
        changes[change.target] = replace(known, after=change.after) if known else change
    main, *also = changes.values()
    said = dict.fromkeys([first.explanation, second.explanation])
    return replace(
        first,
        before=main.before,
        after=main.after,
        also=tuple(also),
        explanation="; then ".join(said),
        cost=first.cost + second.cost,
    )


def settle_rivals(patches: Sequence[Patch]) -> tuple[Patch, ...]:
    """Return `patches` with what they cannot all be said marked as undecided.

    When several equally likely candidates pass and leave different values behind, no evidence
    tells which one is meant: each of them becomes undecided, for a person to choose.
    """
    likely = [p for p in patches if p.candidate.cost <= patches[0].candidate.cost + _RIVAL_MARGIN]
    results = {_trial_of(patch).details for patch in likely}
    if len(results) < 2:
        return tuple(patches[:1])
    reason = f"{len(likely)} repairs make the cell run, with different results: choose one"
    finding = Finding("rivals", Outcome.UNDECIDED, reason)
    return tuple(
        replace(
            patch,
            verdict=Verdict.of(
                (*patch.verdict.findings, finding), patch.verdict.isolation, patch.verdict.place
            ),
        )
        for patch in likely
    )


def _undecided(refused: Sequence[Refusal], diagnosis: Diagnosis) -> tuple[Patch, ...]:
    """Return what no check speaks against, but the trial could not show: for a person to judge."""
    open_ones = [r for r in refused if r.verdict.outcome is Outcome.UNDECIDED]
    patches = [Patch(r.candidate, r.verdict, diagnosis.summary) for r in open_ones]
    return tuple(patches[:_UNDECIDED_SHOWN])


def _trial_of(patch: Patch) -> Finding:
    return next(finding for finding in patch.verdict.findings if finding.check == "trial")
