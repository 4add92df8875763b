"""The values that the parts of selfcode hand to each other: frozen and comparable.

Only `Failure` holds live objects; everything else is text and numbers, can cross a process boundary
as JSON (`as_json`, `from_json`) and be shown to a person as it is.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

from selfcode.errors import UsageError

R = TypeVar("R")
_MESSAGE = 500


class Outcome(StrEnum):
    """What a check or the whole gate says of a candidate; `REJECTED` is the worst."""

    ACCEPTED = "accepted"
    UNDECIDED = "undecided"
    REJECTED = "rejected"

    @classmethod
    def worst(cls, outcomes: typing.Iterable[Outcome]) -> Outcome:
        """Return the worst of `outcomes`; of none at all: `REJECTED` (a gate without checks)."""
        order = list(cls)
        return max(outcomes, key=order.index, default=cls.REJECTED)


class Kind(StrEnum):
    """What kind of gap a diagnosis describes."""

    ERROR = "error"
    SLOW = "slow"
    GOAL = "goal missed"
    CAPABILITY = "capability missing"


class Isolation(StrEnum):
    """How strong the wall is here: A all layers, B no user namespaces, C no wall at all."""

    A = "A"
    B = "B"
    C = "C"


@dataclass(frozen=True)
class Target:
    """A definition or a cell by name: `module:qualname`, or `cell:id`."""

    module: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Target:
        """Return the target that `text` names; a bare name is one of `__main__`."""
        module, colon, name = text.rpartition(":")
        if not name.strip():
            raise UsageError(f"{text!r} names nothing. Write a name, or module:name.")
        return cls(module if colon else "__main__", name)

    @property
    def is_cell(self) -> bool:
        """Whether the whole cell is meant rather than one definition."""
        return self.module == "cell"

    def __str__(self) -> str:
        return f"{self.module}:{self.name}"


@dataclass(frozen=True)
class Cell:
    """A cell as it was run.

    `source` is what the user wrote, `code` the Python that IPython made of it, `filename` the name
    its code objects bear, `number` the execution count, `id` the front end's (or a made up) name.
    """

    id: str
    source: str
    code: str
    filename: str
    number: int


@dataclass(frozen=True)
class Failure:
    """An exception with its live frames, the cell that raised it and the live names."""

    error: BaseException
    cell: Cell | None
    namespace: dict[str, Any]


@dataclass(frozen=True)
class Effect:
    """A change that code makes, and would make a second time if it ran again.

    `name` is the cell's name for what it changes, empty where it has none, as for a file; `shown`
    is a phrase for a person. `rebinds`: the name gets a new value, the old one stays as it was.
    """

    name: str
    shown: str
    rebinds: bool = False


@dataclass(frozen=True)
class Begun:
    """What a failed cell had done: the effects of each statement, of the failing one until then.

    `one_shot` are names whose values are used up by reading them; `drawn` the indices of the
    statements that drew figures which are closed by now.
    """

    effects: tuple[tuple[Effect, ...], ...] = ()
    one_shot: tuple[str, ...] = ()
    drawn: tuple[int, ...] = ()


NOTHING_BEGUN = Begun()


@dataclass(frozen=True)
class Frame:
    """One line of the traceback, innermost last; lines and columns as in `dis.Positions`."""

    filename: str
    function: str
    line: int
    end_line: int
    column: int
    end_column: int


@dataclass(frozen=True)
class Suspect:
    """One definition or cell that may be to blame.

    `text` is its source; `first_line` the line of its file or cell where `text` begins; `frame`
    the index in `Diagnosis.frames` (and in the live traceback) of the frame inside it.
    """

    target: Target
    weight: float
    text: str
    filename: str
    first_line: int
    frame: int


@dataclass(frozen=True)
class Diagnosis:
    """What kind of gap it is, where it comes from, and the evidence.

    `declined` is empty, or the one line that says why nothing can be proposed; `begun` what the
    failed cell had done, where it matters to what is left to run.
    """

    kind: Kind
    error: str
    message: str
    summary: str
    frames: tuple[Frame, ...]
    suspects: tuple[Suspect, ...]
    declined: str = ""
    begun: Begun = NOTHING_BEGUN


def message_of(error: BaseException) -> str:
    """Return the text of `error` on one line, even when its `__str__` raises."""
    try:
        return " ".join(str(error).split())[:_MESSAGE]
    except Exception:  # noqa: BLE001 - the user's own __str__
        return "(its text cannot be shown)"


def short_hash(text: str) -> str:
    """Return the first twelve hex digits of the SHA-256 of `text`."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def unified_diff(before: str, after: str, name: str) -> str:
    """Return the unified diff from `before` to `after`, empty when they are equal."""
    old, new = (text.splitlines() for text in (before, after))
    lines = difflib.unified_diff(old, new, f"{name} (before)", f"{name} (after)", lineterm="")
    return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True)
class Change:
    """New source for one target."""

    target: Target
    before: str
    after: str

    def diff(self) -> str:
        """Return the unified diff from the old source to the new one."""
        return unified_diff(self.before, self.after, str(self.target))


@dataclass(frozen=True)
class Candidate:
    """New source for its targets, not judged yet; `cost` orders candidates, the likeliest lowest.

    Nearly always there is one target; `also` are the changes of others that only together with the
    first make sense. No target stands in it twice.
    """

    target: Target
    before: str
    after: str
    proposer: str
    explanation: str
    cost: float = 1.0
    also: tuple[Change, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """Every change, each of another target: what is judged, injected and reverted as one."""
        return Change(self.target, self.before, self.after), *self.also

    @property
    def targets(self) -> tuple[Target, ...]:
        """What the changes are of."""
        return tuple(change.target for change in self.changes)

    def diff(self) -> str:
        """Return the unified diffs from the old sources to the new ones."""
        return "".join(change.diff() for change in self.changes)

    @cached_property
    def hash(self) -> str:
        """SHA-256 over the targets with their texts before and after: what an approval names."""
        body = json.dumps([[str(c.target), c.before, c.after] for c in self.changes])
        return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Finding:
    """What one check says: its name, outcome, one reason, and the seconds it took."""

    check: str
    outcome: Outcome
    reason: str
    seconds: float = 0.0
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The decision of the gate with its evidence; truthy only when accepted.

    `place` says where the candidate ran (twin child, worker child, fresh process), `isolation` how
    strong the wall was there.
    """

    outcome: Outcome
    findings: tuple[Finding, ...]
    isolation: Isolation
    place: str = ""

    @classmethod
    def of(
        cls, findings: typing.Iterable[Finding], isolation: Isolation, place: str = ""
    ) -> Verdict:
        """Return the verdict whose outcome is the worst of `findings`; of none: rejected."""
        found = tuple(findings)
        return cls(Outcome.worst(f.outcome for f in found), found, isolation, place)

    def __bool__(self) -> bool:
        return self.outcome is Outcome.ACCEPTED


@dataclass(frozen=True)
class Patch:
    """A judged change: one value gives the diff, the hash and the code that is injected."""

    candidate: Candidate
    verdict: Verdict
    summary: str = ""

    @property
    def target(self) -> Target:
        """What the patch changes, the first of it where there is more."""
        return self.candidate.target

    @property
    def source(self) -> str:
        """The whole new source of `target`."""
        return self.candidate.after

    @property
    def targets(self) -> tuple[Target, ...]:
        """What the patch changes, together."""
        return self.candidate.targets

    @property
    def hash(self) -> str:
        """SHA-256 over the targets with their texts before and after."""
        return self.candidate.hash

    def diff(self) -> str:
        """Return the unified diffs from the old sources to the new ones."""
        return self.candidate.diff()


@dataclass(frozen=True)
class Refusal:
    """A candidate that was not accepted, with the verdict that says why."""

    candidate: Candidate
    verdict: Verdict


@dataclass(frozen=True)
class Proposal:
    """What came of one diagnosis: patches, best first, what was refused, how many were tried.

    `stopped` tells whether it was ended from outside before all were tried.
    """

    diagnosis: Diagnosis
    patches: tuple[Patch, ...] = ()
    refused: tuple[Refusal, ...] = ()
    tried: int = 0
    seconds: float = 0.0
    stopped: bool = False


@dataclass(frozen=True)
class Version:
    """One state of a target; `origin` is who made it: `user`, `caller` or a patch hash."""

    target: Target
    number: int
    source: str
    origin: str
    current: bool = True


@dataclass(frozen=True)
class Example:
    """One call and what it gives: `expected`, or the exception (type or name) that it `raises`."""

    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    expected: Any = None
    raises: type[BaseException] | str | None = None


@dataclass(frozen=True)
class Repair:
    """What a search for a repair found: judged patches, best first, and what it cost."""

    patches: tuple[Patch, ...]
    tried: int
    seconds: float


@dataclass(frozen=True)
class Trial:
    """One run of a candidate behind the wall.

    `value` is the JSON answer, `error` one line (empty when all went well), `refused` the system
    calls that the wall refused, by name, `files` what it would have written.
    """

    ok: bool
    value: Any = None
    error: str = ""
    refused: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    seconds: float = 0.0
    isolation: Isolation = Isolation.C
    place: str = ""


@dataclass(frozen=True)
class Entry:
    """One line of the ledger; `seal` binds it to everything written before it."""

    number: int
    time: str
    session: str
    action: str
    target: str
    hash: str
    data: Mapping[str, Any]
    seal: str


def as_json(record: Any) -> Any:
    """Return `record` as JSON values: dataclasses become objects, tuples become arrays."""
    if is_dataclass(record) and not isinstance(record, type):
        return {f.name: as_json(getattr(record, f.name)) for f in fields(record)}
    if isinstance(record, (list, tuple)):
        return [as_json(item) for item in record]
    if isinstance(record, Mapping):
        return {str(key): as_json(value) for key, value in record.items()}
    return str(record) if isinstance(record, StrEnum) else record


def from_json(kind: type[R], data: Any) -> R:
    """Return the record of type `kind` that `as_json` made `data` of; raises `UsageError`."""
    try:
        return typing.cast(R, _build(kind, data))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"not the JSON of a {kind.__name__}: {error!r}") from error


def _build(kind: Any, data: Any) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        return typing.cast(Any, kind)(**{name: _build(hints[name], data[name]) for name in data})
    if origin is tuple:
        return tuple(_build(arguments[0], item) for item in data)
    if origin in (types.UnionType, typing.Union):
        return None if data is None else _build(arguments[0], data)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(data)
    if kind in (str, int, float, bool) and not isinstance(data, (kind, int)):
        raise ValueError(f"{data!r} is not a {kind.__name__}")
    return data
