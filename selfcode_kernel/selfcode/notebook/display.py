"""What a person sees: each view is a value that shows itself as HTML and as text.

Every text form holds the whole unified diff, the verdict line by line, the hash, and what to do.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TextIO

from selfcode.notebook import html, terminal
from selfcode.notebook.blocks import (
    Actions,
    Block,
    Diff,
    Facts,
    Fold,
    Heading,
    Line,
    Row,
    Table,
    Tone,
)
from selfcode.records import Candidate, Finding, Isolation, Outcome, Patch, Target, Verdict, Version

Bundle = dict[str, str]

_SHORT = 12
_BRIEF = 3
CAVEAT = "Accepted means that every check passed. Whether it is what you meant, only you can tell."


def short(hash_: str) -> str:
    """Return the first letters of a hash, as people read and type them."""
    return hash_[:_SHORT]


class View:
    """Something to look at; a subclass says of which blocks it is made."""

    def blocks(self) -> tuple[Block, ...]:
        """Return what the view is made of, the most important first."""
        raise NotImplementedError

    def bundle(self) -> Bundle:
        """Return the view as a mime bundle: HTML and plain text."""
        label = f"selfcode: {type(self).__name__.lower()}"
        blocks = self.blocks()
        return {"text/html": html.page(blocks, label), "text/plain": terminal.plain(blocks)}

    def text(self, file: TextIO | None = None) -> str:
        """Return the text form, coloured if `file` (standard output) is such a terminal."""
        return terminal.fitting(self.blocks(), file or sys.stdout)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Bundle:
        del include, exclude
        return {**self.bundle(), "text/plain": self.text()}

    def __repr__(self) -> str:
        return terminal.plain(self.blocks())


class Judged(Protocol):
    """A candidate with the verdict on it: a patch, or one that was refused."""

    @property
    def candidate(self) -> Candidate:
        """The new source."""
        ...

    @property
    def verdict(self) -> Verdict:
        """What the gate says of it."""
        ...


# -- proposals ------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Proposal(View):
    """Patches that wait for a decision, best first.

    `resumable` tells whether a failed cell has a rest to run, `forbidden` why nothing can be
    approved now (empty: it can), `files` what an approval of the first rewrites, `tried` how many
    candidates were judged, in how many `seconds`. `repeats` says for each patch what running on
    would change a second time; `awaits` whether the rest awaits something.
    """

    patches: tuple[Patch, ...]
    resumable: bool = True
    forbidden: str = ""
    files: tuple[str, ...] = ()
    tried: int = 0
    seconds: float = 0.0
    repeats: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    awaits: bool = False

    def blocks(self) -> tuple[Block, ...]:
        """Return one patch whole; several as a choice, or the best with the others folded away."""
        best, *others = self.patches
        if best.verdict or not others:
            return (*self._patch(best), *(self._other(patch) for patch in others), *self._footer())
        head = Heading(f"selfcode found {len(self.patches)} repairs: choose one", Tone.OPEN)
        choices = (block for patch in self.patches for block in self._patch(patch, summary=False))
        return (head, Line(best.summary, quiet=True), *choices, *self._footer())

    def _patch(self, patch: Patch, summary: bool = True) -> tuple[Block, ...]:
        verdict, tone = patch.verdict, Tone.of(patch.verdict.outcome)
        aside = (*map(str, patch.targets), short(patch.hash))
        does = patch.candidate.explanation.strip()
        title = f"selfcode proposes: {does}" if summary else _sentence(does)
        return (
            Heading(title, tone, str(verdict.outcome), aside),
            *([Line(patch.summary, quiet=True)] if summary and patch.summary else []),
            _change(patch),
            evidence(verdict),
            *self._actions(patch),
        )

    def _actions(self, patch: Patch) -> tuple[Block, ...]:
        name = short(patch.hash)
        reject = ("Reject", f"`%selfcode reject {name}`")
        if forbidden := self.forbidden or _not_approvable(patch.verdict):
            return Line(forbidden, Tone.BAD), Actions((reject,))
        risk = "" if patch.verdict else " --undecided"
        repeats = self.repeats.get(patch.hash, ())
        resume = " --resume" if self.resumable and not repeats else ""
        warning = (Line(repeating(repeats), Tone.OPEN),) if repeats else ()
        approve = ("Approve", f"`%selfcode approve {name}{risk}{resume}`")
        return *warning, Actions((approve, reject))

    def _other(self, patch: Patch) -> Fold:
        title = f"Another repair: {patch.candidate.explanation}"
        return Fold(title, self._patch(patch, summary=False))

    def _footer(self) -> tuple[Block, ...]:
        tried = f"{_count(self.tried, 'candidate')} tried in {self.seconds:.1f} s."
        shown = [tried] if self.tried else []
        shown += [f"Approving rewrites `{file}` too." for file in self.files]
        if self.resumable and not self.forbidden and not self.repeats:
            later = "; it awaits something, so a notebook gets it as its next cell"
            shown.append(f"`--resume` also runs the rest of the cell{later * self.awaits}.")
        return (Line(" ".join(shown), quiet=True),) if shown else ()


def repeating(what: Sequence[str]) -> str:
    """Return what running on would do a second time, and what to do instead."""
    return (
        f"Running on would change {' and '.join(what)} a second time. Approve without `--resume`, "
        "set that right, then run the repaired cell."
    )


def _change(patch: Patch) -> Block:
    diff = patch.diff()
    return Diff(diff) if diff else Line("Only line ends differ, so the diff is empty.", Tone.OPEN)


def _not_approvable(verdict: Verdict) -> str:
    if verdict.outcome is Outcome.REJECTED:
        return "A check rejects this patch, so it cannot be approved."
    return ""


def evidence(verdict: Verdict) -> Fold:
    """Return the verdict line by line."""
    rows = tuple(map(_finding, verdict.findings))
    accepted = sum(finding.outcome is Outcome.ACCEPTED for finding in verdict.findings)
    seconds = sum(finding.seconds for finding in verdict.findings)
    said = f"{accepted} of {_count(len(rows), 'check')} accept it"
    title = f"Evidence: {said}, {_milliseconds(seconds)}, {_where(verdict)}"
    table = Table(("Check", "Outcome", "Time", "What it says"), rows, CAVEAT)
    return Fold(title, (table,), opened=True)


def _finding(finding: Finding) -> Row:
    time = _milliseconds(finding.seconds)
    cells = (finding.check, str(finding.outcome), time, finding.reason)
    return Row(cells, Tone.of(finding.outcome), finding.details)


def _where(verdict: Verdict) -> str:
    if not verdict.place:
        return "not run"
    return f"run in a {verdict.place}, isolation {verdict.isolation}"


@dataclass(frozen=True, repr=False)
class Declined(View):
    """Nothing was tried; `reason` says why."""

    reason: str

    def blocks(self) -> tuple[Block, ...]:
        """Return one line."""
        return (Line(f"selfcode proposes nothing: {self.reason}", quiet=True),)


@dataclass(frozen=True, repr=False)
class NothingPassed(View):
    """Candidates were tried and none passed; `refused` are they, with their verdicts."""

    refused: Sequence[Judged]
    summary: str = ""
    seconds: float = 0.0

    def blocks(self) -> tuple[Block, ...]:
        """Return one line, and what was tried."""
        told = f" {self.summary}" if self.summary else ""
        if not self.refused:
            return (Line(f"selfcode knows no repair for this failure.{told}", quiet=True),)
        tried = f"{_count(len(self.refused), 'candidate')} in {self.seconds:.1f} s"
        line = Line(f"selfcode found no repair that passes: {tried}.{told}", quiet=True)
        columns = ("Candidate", "Check", "Outcome", "What it says")
        rows = tuple(map(_refusal, self.refused))
        table = Table(columns, rows, "Nothing was changed; your failure stands as it was.", _BRIEF)
        return line, Fold("What was tried", (table,))


def _refusal(judged: Judged) -> Row:
    worst = next(
        (f for f in judged.verdict.findings if f.outcome is judged.verdict.outcome),
        Finding("gate", Outcome.REJECTED, "no check ran"),
    )
    cells = (judged.candidate.explanation, worst.check, str(worst.outcome), worst.reason)
    return Row(cells, Tone.of(judged.verdict.outcome))


# -- decisions ------------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Approved(View):
    """A patch became live as `versions`; `by` is `user` or `auto`, `note` what else happened.

    What the auto mode approved is shown whole, for nobody has seen it yet.
    """

    patch: Patch
    versions: Sequence[Version]
    by: str = "user"
    note: str = ""

    def blocks(self) -> tuple[Block, ...]:
        """Return one line and how to go back; of an auto approval the diff and evidence too."""
        who = "The auto mode approved" if self.by == "auto" else "Approved"
        now = ", ".join(f"`{v.target}` is now version {v.number}" for v in self.versions)
        done = f"{who} {short(self.patch.hash)}: {now}."
        note = (Line(self.note),) if self.note else ()
        target = f" {self.versions[0].target}" if len(self.versions) == 1 else ""
        back = Actions((("Go back", f"`%selfcode revert{target}`"),))
        if self.by != "auto":
            return (Line(done, Tone.GOOD), *note, back)
        patch = self.patch
        why = Line(f"{_sentence(patch.candidate.explanation)} {patch.summary}".strip(), quiet=True)
        return Line(done, Tone.GOOD), why, _change(patch), evidence(patch.verdict), *note, back


@dataclass(frozen=True, repr=False)
class Rejected(View):
    """A patch was rejected by a person, perhaps with a reason."""

    patch: Patch
    because: str = ""

    def blocks(self) -> tuple[Block, ...]:
        """Return one line."""
        why = f" because {self.because}" if self.because else ""
        line = f"Rejected {short(self.patch.hash)}{why}. Nothing was changed."
        return (Line(line, Tone.PLAIN),)


@dataclass(frozen=True, repr=False)
class Reverted(View):
    """Each of `versions` is live again."""

    versions: Sequence[Version]
    note: str = ""

    def blocks(self) -> tuple[Block, ...]:
        """Return one line, and how to see the versions."""
        lines = [f"`{v.target}` is back at version {v.number}." for v in self.versions]
        note = (Line(self.note),) if self.note else ()
        target = f" {self.versions[0].target}" if len(self.versions) == 1 else ""
        back = Actions((("All versions", f"`%selfcode history{target}`"),))
        return (*(Line(line, Tone.GOOD) for line in lines), *note, back)


@dataclass(frozen=True, repr=False)
class Notice(View):
    """One line, good or bad news or neither."""

    line: str
    tone: Tone = Tone.PLAIN

    def blocks(self) -> tuple[Block, ...]:
        """Return the line."""
        return (Line(self.line, self.tone),)


# -- looking back ---------------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class History(View):
    """The versions of one or more targets, oldest first.

    `on_probation` tells by the hash of a patch how far its probation is.
    """

    versions: Sequence[Version]
    on_probation: Mapping[str, str] = field(default_factory=dict)

    def blocks(self) -> tuple[Block, ...]:
        """Return a table of the versions, or the line that there are none."""
        if not self.versions:
            return (Line("No version yet: nothing was injected in this session."),)
        columns = ("Target", "Version", "Made by", "Lines", "")
        rows = tuple(_version(v, self.on_probation.get(v.origin, "")) for v in self.versions)
        return Heading("Versions"), Table(columns, rows, _how_back())


def _how_back() -> str:
    return "`%selfcode diff TARGET V1 V2` compares two; `%selfcode revert TARGET --to V` goes back."


def _version(version: Version, probation: str) -> Row:
    origin = {"user": "you", "caller": "a call from Python"}.get(version.origin)
    made_by = origin or f"patch {short(version.origin)}"
    live = ", ".join(filter(None, ["live now", probation])) if version.current else ""
    lines = str(len(version.source.splitlines()))
    cells = (str(version.target), str(version.number), made_by, lines, live)
    return Row(cells, Tone.GOOD if version.current else Tone.PLAIN)


@dataclass(frozen=True, repr=False)
class VersionDiff(View):
    """The unified diff between two versions of a target."""

    target: Target
    first: int
    second: int
    diff: str

    def blocks(self) -> tuple[Block, ...]:
        """Return the diff, or the line that there is no difference."""
        pair = f"versions {self.first} and {self.second}"
        if not self.diff:
            return (Line(f"`{self.target}`: {pair} are the same."),)
        return Heading(f"`{self.target}`: from version {self.first} to {self.second}"), Diff(
            self.diff
        )


# -- the state of things --------------------------------------------------------------------------


@dataclass(frozen=True, repr=False)
class Status(View):
    """What the session is set to do, and what waits for a decision.

    `frozen` says why everything is frozen, empty when nothing is.
    """

    mode: str
    on: bool
    proposers: Sequence[str]
    checks: Sequence[str]
    isolation: Isolation
    ledger: str
    pending: Sequence[Patch] = ()
    limits: Mapping[str, object] = field(default_factory=dict)
    frozen: str = ""
    probation: tuple[Block, ...] = ()

    def blocks(self) -> tuple[Block, ...]:
        """Return the settings as pairs, what is on probation, then the waiting patches."""
        watching = "looks at failing cells" if self.on else "is off; `%selfcode on` starts it"
        limits = ", ".join(f"{name} = {value}" for name, value in self.limits.items())
        facts = (
            ("mode", f"{self.mode}: {_MODES.get(self.mode, '')}"),
            ("proposers", ", ".join(self.proposers)),
            ("checks", ", ".join(self.checks)),
            ("isolation", f"{self.isolation}: {_LEVELS[self.isolation]}"),
            ("system limits", limits or "none"),
            ("ledger", self.ledger),
        )
        head = Heading(f"selfcode {watching}", Tone.GOOD if self.on else Tone.OPEN)
        if self.frozen:
            head = Heading(self.frozen, Tone.BAD)
        return head, Facts(facts), *self.probation, *self._waiting()

    def _waiting(self) -> tuple[Block, ...]:
        if not self.pending:
            return (Line("No patch waits for a decision.", quiet=True),)
        rows = tuple(map(_waiting, self.pending))
        caption = "`%selfcode show PATCH` shows one whole."
        return (Table(("Patch", "Verdict", "Target", "What it does"), rows, caption),)


_MODES = {
    "ask": "a person approves each patch",
    "auto": "approves by itself what the settings allow",
    "observe": "proposes, and lets nothing be approved",
}
_LEVELS = {
    Isolation.A: "the whole wall holds",
    Isolation.B: "no namespaces here, the other layers hold",
    Isolation.C: "no wall here, so candidates are not tried on live state",
}


def _waiting(patch: Patch) -> Row:
    outcome = patch.verdict.outcome
    targets = ", ".join(map(str, patch.targets))
    cells = (short(patch.hash), str(outcome), targets, patch.candidate.explanation)
    return Row(cells, Tone.of(outcome))


class Layer(Protocol):
    """One layer of the wall, as `selfcode.sandbox.levels` describes it."""

    @property
    def name(self) -> str:
        """What the layer is called."""
        ...

    @property
    def holds(self) -> bool:
        """Whether it could be closed here."""
        ...

    @property
    def reason(self) -> str:
        """What was found."""
        ...

    @property
    def advice(self) -> str:
        """What to do when it does not hold."""
        ...


@dataclass(frozen=True, repr=False)
class Doctor(View):
    """The layers of the wall, whether each holds here, and what to do."""

    isolation: Isolation
    layers: Sequence[Layer]
    versions: Mapping[str, str] = field(default_factory=dict)

    def blocks(self) -> tuple[Block, ...]:
        """Return the isolation level, the layers, the versions of what matters."""
        tones = {Isolation.A: Tone.GOOD, Isolation.B: Tone.OPEN, Isolation.C: Tone.BAD}
        head = Heading(
            f"Isolation {self.isolation}: {_LEVELS[self.isolation]}", tones[self.isolation]
        )
        columns = ("Layer", "Holds", "What was found", "What to do")
        table = Table(columns, tuple(map(_layer, self.layers)), "Each layer was tried just now.")
        facts = (Facts(tuple(self.versions.items())),) if self.versions else ()
        return head, table, *facts


def _layer(layer: Layer) -> Row:
    holds = "yes" if layer.holds else "no"
    tone = Tone.GOOD if layer.holds else Tone.BAD
    return Row((layer.name, holds, layer.reason, layer.advice), tone)


def headline(mode: str, proposers: Sequence[str], checks: Sequence[str], level: Isolation) -> str:
    """Return the one line that greets: mode, proposers, checks, isolation level."""
    return (
        f"selfcode is on · mode {mode} · proposers: {', '.join(proposers)} · "
        f"checks: {', '.join(checks)} · isolation {level} · `%selfcode --help`"
    )


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.0095 else f"{seconds * 1000:.1f} ms"
