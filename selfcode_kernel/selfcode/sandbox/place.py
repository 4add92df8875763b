"""The kernel's end of a place: asks for trials, never hangs, ends everything on close."""

from __future__ import annotations

import os
import select
import signal
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from selfcode.errors import PlaceLost, SandboxError, UsageError, WallError
from selfcode.records import Isolation, Trial
from selfcode.sandbox.channel import BrokenMessage, Channel, decode, encode

_SETUP_SECONDS = 15.0
_MARGIN_SECONDS = 2.0
_ENDING_SECONDS = 1.0
_LONGEST_LINE = 500


@dataclass
class _Lane:
    """One channel to the place, for one run at a time; the level is known once it is ready."""

    channel: Channel
    isolation: Isolation | None = None

    def ask(self, message: bytes, timeout: float) -> dict[str, Any]:
        """Return the reply to `message`; raises `WallError` and what channels raise."""
        if self.isolation is None:
            ready = self.channel.receive(time.monotonic() + _SETUP_SECONDS)
            self.isolation = Isolation(_checked(ready)["isolation"])
        deadline = time.monotonic() + timeout + _MARGIN_SECONDS
        self.channel.send_encoded(message, deadline)
        return _checked(self.channel.receive(deadline))


class Connection:
    """A place's process and the channels to it.

    `run` may be called from any thread; as many runs as there are channels go on side by side, and
    the others wait.
    """

    def __init__(self, name: str, process: int, streams: Sequence[socket.socket]) -> None:
        self.name = name
        self._process, self._owner = process, os.getpid()
        self._handle = os.pidfd_open(process)
        self._lanes = [_Lane(Channel(stream)) for stream in streams]
        self._free = list(reversed(self._lanes))
        self._changed = threading.Condition()
        self._end: SandboxError | None = None

    @property
    def is_open(self) -> bool:
        """Whether it was neither closed nor found to be lost; never so in a fork of its owner."""
        return self._end is None and self._is_owner

    @property
    def _is_owner(self) -> bool:
        return os.getpid() == self._owner

    def begin(self, order: Mapping[str, Any]) -> None:
        """Send what the process is to do before it is ready; never waits for it."""
        self._lanes[0].channel.send(order)

    def run(self, request: Mapping[str, Any], timeout: float) -> Trial:
        """Run the job on `request` in a walled process of its own, at most `timeout` seconds.

        Raises `WallError`, `PlaceLost`, and `UsageError` when the request is not JSON.
        """
        try:
            message = encode({"request": dict(request), "timeout": timeout})
        except BrokenMessage as error:
            raise UsageError(f"the request cannot be sent: {error}") from error
        with self._free_lane() as lane:
            try:
                return self._trial(lane.ask(message, timeout), lane)
            except WallError as error:
                self._break(error)
                raise
            except (OSError, EOFError, BrokenMessage) as error:
                lost = PlaceLost(f"the {self.name} is gone ({error}). Take a new one.")
                self._break(lost)
                raise lost from error
            except BaseException:  # an interrupt: the reply to come would be taken for the next
                self._break(PlaceLost(f"a run in the {self.name} was interrupted. Take a new one."))
                raise

    @contextmanager
    def _free_lane(self) -> Iterator[_Lane]:
        if not self._is_owner:
            raise PlaceLost(f"the {self.name} belongs to another process. Take a new one.")
        with self._changed:
            self._changed.wait_for(lambda: self._free or self._end)
            if self._end is not None:
                raise self._end.with_traceback(None)
            lane = self._free.pop()
        try:
            yield lane
        finally:
            with self._changed:
                self._free.append(lane)
                self._changed.notify_all()
                self._finish()

    def _trial(self, reply: dict[str, Any], lane: _Lane) -> Trial:
        answer = _read_answer(reply)
        return Trial(
            ok=answer["ok"],
            value=answer["value"],
            error=answer["error"],
            refused=tuple(reply["refused"]),
            files=tuple(map(_plain, reply["files"])),
            seconds=reply["seconds"],
            isolation=lane.isolation or Isolation.C,
            place=self.name,
        )

    def close(self) -> None:
        """End the place and everything in it; calling it twice is fine."""
        if not self._is_owner:
            return  # a fork of the owner exits, the place goes on
        self._break(PlaceLost(f"the {self.name} is closed. Take a new one."))
        with self._changed:
            self._changed.wait_for(lambda: self._handle < 0, _MARGIN_SECONDS + _ENDING_SECONDS)

    def _break(self, why: SandboxError) -> None:
        """Let no more runs begin and end those under way: they find the end of their streams."""
        with self._changed:
            self._end = self._end or why
            for lane in self._lanes:
                with suppress(OSError):
                    lane.channel.stream.shutdown(socket.SHUT_RDWR)
            self._changed.notify_all()
            self._finish()

    def _finish(self) -> None:
        """End the process of what has ended, once no run is under way; under the lock."""
        if self._end is None or self._handle < 0 or len(self._free) < len(self._lanes):
            return
        for lane in self._lanes:
            lane.channel.stream.close()
        if not _ended(self._handle, _ENDING_SECONDS):
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        with suppress(ChildProcessError):  # the user's own code may have waited for any child
            os.waitpid(self._process, 0)
        os.close(self._handle)
        self._handle = -1
        self._changed.notify_all()


def _ended(handle: int, seconds: float) -> bool:
    poller = select.poll()
    poller.register(handle, select.POLLIN)
    return bool(poller.poll(seconds * 1000))


def _checked(message: dict[str, Any]) -> dict[str, Any]:
    if "wall" in message:
        raise WallError(*message["wall"])
    return message


def _read_answer(reply: dict[str, Any]) -> dict[str, Any]:
    """Return the trial's answer with fields of the right types, whatever the candidate sent."""
    failed = {"ok": False, "value": None, "error": reply["error"]}
    if reply["error"]:
        return failed
    try:
        answer = decode(reply["answer"].encode())
    except BrokenMessage:
        answer = {}
    ok, error = answer.get("ok"), answer.get("error")
    if not isinstance(ok, bool) or not isinstance(error, str):
        return failed | {"error": "the answer is unusable: it is not one of the trial's own"}
    return {"ok": ok and not error, "value": answer.get("value"), "error": _plain(error)}


def _plain(text: str) -> str:
    """Return `text` as one line of limited length that cannot steer a terminal."""
    characters = (c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return "".join(characters)[:_LONGEST_LINE]
