"""The seams: protocols with one verb each. Proposers are one of N, checks are worst of N."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from selfcode.records import Candidate, Diagnosis, Failure, Finding, Trial


@dataclass(frozen=True)
class Scene:
    """What a proposer may look at: the diagnosis and the live objects it speaks of.

    It exists only behind the wall (in a twin or worker child), so evaluating an expression of the
    user's code here cannot touch the session. `frames` are the live frames, one for each of
    `diagnosis.frames`.
    """

    diagnosis: Diagnosis
    failure: Failure
    frames: tuple[types.FrameType, ...]


class Proposer(Protocol):
    """Writes candidates for a scene, the likeliest first."""

    @property
    def name(self) -> str:
        """What the proposer is called in settings and displays."""
        ...

    def propose(self, scene: Scene) -> Iterable[Candidate]:
        """Yield candidates; it may be stopped after any of them."""
        ...


class Check(Protocol):
    """Decides on a candidate: one reason to say no."""

    @property
    def name(self) -> str:
        """What the check is called in verdicts."""
        ...

    def check(self, candidate: Candidate) -> tuple[Finding, ...]:
        """Return what this check says, one finding per tool; it raises only when it is broken."""
        ...


class Job(Protocol):
    """What a place runs in a walled child: one JSON request in, one JSON answer out."""

    def __call__(self, request: Mapping[str, Any]) -> Any:
        """Answer `request`; whatever it raises becomes the error of the trial."""
        ...


class Place(Protocol):
    """Somewhere candidate code may run: a twin, a worker, a fresh process."""

    @property
    def name(self) -> str:
        """What the place is called in verdicts."""
        ...

    def run(self, request: Mapping[str, Any], timeout: float) -> Trial:
        """Run the place's job on `request` in a walled child, at most `timeout` seconds.

        Raises `WallError` when a layer cannot be closed and `PlaceLost` when the place is gone.
        """
        ...

    def close(self) -> None:
        """End the place and everything in it; calling it twice is fine."""
        ...
