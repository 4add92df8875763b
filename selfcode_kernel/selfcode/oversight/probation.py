"""Probation: a newly approved function proves itself, call by call, before it runs unwatched.

Each call is first rehearsed: a twin is forked on the thread that calls, and behind the wall both
versions make the call, each on the copied arguments and state. Then the call is made live, once:

- by the new version, if the rehearsal was good (see `rehearsal.judge`);
- by the old one, if it was bad; with that the patch is reverted;
- by the old one as well, if it could not be told (the wall does not let it run, it takes too long,
  it asks for input, both versions fail in different ways): then the call does not count.

So a caller gets the right value and the live state is what one ordinary call leaves. After the
wanted number of good calls the patch is promoted: its functions run by themselves. Calls that a
function on probation makes of itself, or of others of the same patch, belong to the outer call. A
version that a person makes live by its number runs by itself.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from selfcode.errors import SandboxError
from selfcode.integration.detours import Detour
from selfcode.oversight.rehearsal import Case, Kind, Rehearsal, judge
from selfcode.protocols import Job, Place
from selfcode.records import Target, message_of


@dataclass(frozen=True)
class Rehearsing:
    """Where and how calls are rehearsed.

    `fork` forks a twin that answers a job and may read the given files; `prepare` cuts a child off
    the shell; `seconds` is the time for one version; `why_not` says why nothing can be tried here,
    empty when it can.
    """

    fork: Callable[[Job, tuple[str, ...]], Place]
    prepare: Callable[[], None]
    seconds: Callable[[], float]
    why_not: Callable[[], str]


class Probation:
    """One patch on probation: `good` of the `wanted` good calls are made; `open_calls` by reason.

    `concluded` hears once that it is over, with the case that made it so, and makes it so; it is
    called on the thread of the call. `told` hears of each new reason for which a call is open.
    """

    def __init__(
        self,
        targets: tuple[Target, ...],
        hash_: str,
        wanted: int,
        rehearsing: Rehearsing,
        concluded: Callable[[Probation, Case], None],
        told: Callable[[Probation, str], None],
    ) -> None:
        self.targets, self.hash, self.wanted = targets, hash_, wanted
        self.good, self.open_calls = 0, Counter[str]()
        self.detours: list[Detour] = []
        self.version = ""
        self._rehearsing, self._concluded, self._told = rehearsing, concluded, told
        self._lock, self._local = threading.Lock(), threading.local()
        self._process, self._pinned = os.getpid(), "old"

    @property
    def is_live(self) -> bool:
        """Whether calls of any of its functions are still rehearsed."""
        return not self.version and any(detour.is_live for detour in self.detours)

    def chooser(self, detour: Detour) -> Callable[..., Any]:
        """Return what takes the calls of `detour`, now one of this probation's."""
        self.detours.append(detour)
        return partial(self._call, detour)

    def _call(self, detour: Detour, /, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        version = self._settled() or self._choose(detour, args, kwargs)
        with self._inside(version):
            return getattr(detour, version)(*args, **kwargs)

    def _settled(self) -> str:
        """Return the version to run where no rehearsal is needed, or empty.

        In a process that the user forked there is none, so that the old version runs.
        """
        if os.getpid() != self._process:
            return "new" if _rehearsing_other(self) else self._pinned
        return self.version or getattr(self._local, "version", "")

    @contextmanager
    def _inside(self, version: str) -> Iterator[None]:
        outer = getattr(self._local, "version", "")
        self._local.version = version
        try:
            yield
        finally:
            self._local.version = outer

    def _choose(self, detour: Detour, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
        case = self._rehearse(detour, args, kwargs)
        over, first = self._count(case)
        if over:
            self._concluded(self, case)
        elif first:
            self._told(self, case.reason)
        return "new" if case.kind is Kind.GOOD and self.version != "old" else "old"

    def _count(self, case: Case) -> tuple[bool, bool]:
        """Return whether `case` ends the probation, and whether it is open for a new reason."""
        with self._lock:
            if self.version:
                return False, False
            if case.kind is Kind.OPEN:
                self.open_calls[case.reason] += 1
                return False, self.open_calls[case.reason] == 1
            if case.kind is Kind.BAD:
                self.version = "old"
            else:
                self.good += 1
                self.version = "new" if self.good >= self.wanted else ""
            return bool(self.version), False

    def _rehearse(self, detour: Detour, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Case:
        rehearsing = self._rehearsing
        job = Rehearsal(self.hash, detour, args, kwargs, rehearsing.prepare, self._pin)
        try:
            twin = rehearsing.fork(job, _files((*args, *kwargs.values())))
            try:
                return judge(lambda v: twin.run({"version": v}, rehearsing.seconds()))
            finally:
                twin.close()
        except (SandboxError, OSError, MemoryError) as error:
            return Case(Kind.OPEN, message_of(error))
        except Exception as error:  # noqa: BLE001 - neither a forged answer nor a defect of ours may
            return Case(Kind.OPEN, f"the answer is unusable ({type(error).__name__})")

    def _pin(self, version: str) -> None:
        """Run `version` in all calls of this child, and the new ones of other probations."""
        global _rehearsed
        self._pinned, _rehearsed = version, self

    def end(self, version: str) -> None:
        """Run `version` from now on; nothing more is rehearsed."""
        with self._lock:
            self.version = version


_rehearsed: Probation | None = None


def _rehearsing_other(probation: Probation) -> bool:
    return _rehearsed is not None and _rehearsed is not probation


def _files(values: tuple[Any, ...]) -> tuple[str, ...]:
    """Return the files that the arguments name in full: a rehearsal may read them."""
    found = []
    for value in values:
        if isinstance(value, (str, os.PathLike)):
            with suppress(TypeError, ValueError, OSError):
                path = os.path.realpath(os.fspath(value))
                if os.path.isabs(value) and os.path.isfile(path) and not path.startswith(_NEVER):
                    found.append(path)
    return tuple(found)


_NEVER = ("/proc", "/sys", "/dev", "/run")
