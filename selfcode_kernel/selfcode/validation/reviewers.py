"""RestrictedPython and Bandit as checks: second opinions, shown, in a warm process of their own.

Importing Bandit takes half a second and both read hostile texts, so neither belongs in the kernel.
"""

from __future__ import annotations

import itertools
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Collection
from typing import Any

from selfcode.records import Finding, Outcome

Issue = dict[str, Any]

_NAMES = ("restrictedpython", "bandit")

_BY_CAPABILITY = {
    "dynamic-code": "B102 B301 B302 B307 B403 B506 B614 B615",
    "network": "B104 B310 B312 B321 B401 B402",
    "subprocess": "B404 B602 B603 B604 B605 B606 B607 B609",
    "file-write": "B108 B306",
    "file-delete": "B103",
}
_CAPABILITY = {test: name for name, tests in _BY_CAPABILITY.items() for test in tests.split()}
"""The capability of which a test of Bandit is a sign: with the one granted, the other is shown."""

_ABOUT_DATA = frozenset(
    "B303 B304 B305 B311 B313 B314 B315 B316 B317 B318 B319 B320 B324 B405 B406 B407 B408 B409 "
    "B410 B411 B413 B608 B610 B611".split()
)
"""Tests of weak hashes, and of parsers and queries of hostile data: to run them harms nobody."""


class _Lost(Exception):
    """The process died or did not answer in time; the message says which."""


class Reviewers:
    """The two reviewers in one process, started on demand and again after its death.

    `strict` makes what RestrictedPython newly refuses decisive; otherwise it only advises. Safe to
    use from several threads.
    """

    def __init__(self, *, strict: bool = False) -> None:
        self.strict = strict
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)

    def start(self) -> None:
        """Start the process if it is not there; it warms up while the caller goes on."""
        with self._lock:
            self._started()

    def review(
        self,
        before: str | None,
        after: str,
        timeout: float = 5.0,
        granted: Collection[str] = (),
    ) -> tuple[Finding, Finding]:
        """Return what RestrictedPython and Bandit say of `after` against `before`.

        What is a sign of a capability that is `granted`, or concerns only data, never decides.

        Both are undecided, with one reason, when there is no answer within `timeout` seconds.
        """
        start = time.perf_counter()
        try:
            reply = self._ask({"before": before, "after": after}, start + timeout)
        except _Lost as error:
            seconds = time.perf_counter() - start
            one, two = (Finding(name, Outcome.UNDECIDED, str(error), seconds) for name in _NAMES)
            return one, two
        seconds = time.perf_counter() - start
        return (
            _restricted_finding(*reply["restrictedpython"], strict=self.strict, seconds=seconds),
            _bandit_finding(*reply["bandit"], granted=granted, seconds=seconds),
        )

    def close(self) -> None:
        """End the process for good; calling it twice is fine."""
        self._closed = True
        with self._lock:
            self._end()

    def _ask(self, texts: dict[str, str | None], deadline: float) -> dict[str, Any]:
        if not self._lock.acquire(timeout=max(0.0, deadline - time.perf_counter())):
            raise _Lost("the reviewers are busy with other candidates. Try again.")
        try:
            return _exchange(self._started(), next(self._numbers), texts, deadline)
        except (_Lost, OSError, ValueError, KeyError) as error:
            self._end()
            if isinstance(error, _Lost):
                raise
            raise _Lost(
                f"the review process is gone ({type(error).__name__}). Try again."
            ) from error
        finally:
            self._lock.release()

    def _started(self) -> subprocess.Popen[bytes]:
        """Return the running process, a new one if need be; the caller holds the lock."""
        if self._closed:
            raise _Lost("the reviewers are closed. Load the extension again.")
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._process is None:
            module = "selfcode.validation.review_process"
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-m", module, str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                start_new_session=True,
                bufsize=0,
            )
        return self._process

    def _end(self) -> None:
        """End the process and close its pipes; the caller holds the lock."""
        if (process := self._process) is None:
            return
        self._process = None
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _exchange(
    process: subprocess.Popen[bytes], number: int, texts: dict[str, str | None], deadline: float
) -> dict[str, Any]:
    """Send one request and return its reply; raises `_Lost`, `OSError` or `ValueError`."""
    assert process.stdin is not None
    assert process.stdout is not None
    line = json.dumps({"id": number, **texts}).encode() + b"\n"
    _send(process.stdin.fileno(), line, deadline)
    reply = json.loads(_receive(process.stdout.fileno(), deadline))
    if not isinstance(reply, dict) or reply.get("id") != number:
        raise ValueError("the reply belongs to another request")
    return reply


def _send(pipe: int, data: bytes, deadline: float) -> None:
    os.set_blocking(pipe, False)
    view = memoryview(data)
    while view:
        _wait(pipe, deadline, writing=True)
        view = view[os.write(pipe, view) :]


def _receive(pipe: int, deadline: float) -> bytes:
    """Return one line."""
    data = bytearray()
    while not data.endswith(b"\n"):
        _wait(pipe, deadline, writing=False)
        if not (chunk := os.read(pipe, 1 << 16)):
            raise _Lost("the review process died. Try again.")
        data += chunk
    return bytes(data)


def _wait(pipe: int, deadline: float, *, writing: bool) -> None:
    left = deadline - time.perf_counter()
    ready = select.poll()
    ready.register(pipe, select.POLLOUT if writing else select.POLLIN)
    if left <= 0 or not ready.poll(left * 1000):
        raise _Lost("the reviewers did not answer in time. Try again.")


def _split(before: list[Issue] | str, after: list[Issue]) -> tuple[list[Issue], list[Issue]]:
    """Return the issues of `after` of which `before` had as many, kind by kind, and the new ones.

    The line's text does not count: a repair changes the very line that the user's issue is on.
    """
    old = Counter(_key(issue) for issue in before) if isinstance(before, list) else Counter()
    there: list[Issue] = []
    new: list[Issue] = []
    for issue in after:
        known = old[_key(issue)] > 0
        old[_key(issue)] -= known
        (there if known else new).append(issue)
    return there, new


def _key(issue: Issue) -> str:
    return str(issue.get("test", issue["text"]))


def _restricted_finding(
    before: list[Issue] | str, after: list[Issue] | str, *, strict: bool, seconds: float
) -> Finding:
    if isinstance(after, str):
        return Finding(_NAMES[0], Outcome.UNDECIDED, f"it could not read it: {after}", seconds)
    there, new = _split(before, after)
    details = (
        *(f"line {i['line']}: {i['text']}" for i in new),
        *(f"line {i['line']}: {i['text']} (already there)" for i in there),
    )
    if not details:
        return Finding(_NAMES[0], Outcome.ACCEPTED, "knows every construct", seconds)
    if strict and new:
        reason = f"{_counted(len(new), 'new construct')} it does not know"
        return Finding(_NAMES[0], Outcome.REJECTED, reason, seconds, details)
    mode = "already there" if strict else "advisory"
    reason = f"{_counted(len(details), 'construct')} it does not know ({mode})"
    return Finding(_NAMES[0], Outcome.ACCEPTED, reason, seconds, details)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def _bandit_finding(
    before: list[Issue] | str,
    after: list[Issue] | str,
    *,
    granted: Collection[str],
    seconds: float,
) -> Finding:
    if isinstance(after, str):
        return Finding(_NAMES[1], Outcome.UNDECIDED, f"it could not read it: {after}", seconds)
    there, new = _split(before, after)
    details = (*map(_described, new), *(f"{_described(i)} (already there)" for i in there))
    grave = [issue for issue in new if _is_grave(issue, granted)]
    if grave:
        more = f" (and {len(grave) - 1} more)" if len(grave) > 1 else ""
        return Finding(
            _NAMES[1], Outcome.REJECTED, f"new: {_described(grave[0])}{more}", seconds, details
        )
    counts = [f"{len(new)} minor and new"] * bool(new) + [f"{len(there)} already there"] * bool(
        there
    )
    return Finding(
        _NAMES[1], Outcome.ACCEPTED, ", ".join(counts) or "finds nothing", seconds, details
    )


def _is_grave(issue: Issue, granted: Collection[str]) -> bool:
    if issue["test"] in _ABOUT_DATA or _CAPABILITY.get(issue["test"]) in granted:
        return False
    rank = (issue["severity"], issue["confidence"])
    return rank[0] == "HIGH" or rank == ("MEDIUM", "HIGH")


def _described(issue: Issue) -> str:
    rank = f"{issue['severity'].lower()}, {issue['confidence'].lower()} confidence"
    return f"line {issue['line']}: {issue['test']} {issue['text']} ({rank})"
