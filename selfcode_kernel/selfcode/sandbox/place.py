"""The kernel's end of a place: asks for trials, never hangs, ends everything on close."""

from __future__ import annotations

import os
import select
import signal
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from selfcode.errors import PlaceLost, UsageError, WallError
from selfcode.records import Isolation, Trial
from selfcode.sandbox.channel import BrokenMessage, Channel, decode

_SETUP_SECONDS = 15.0
_MARGIN_SECONDS = 2.0
_ENDING_SECONDS = 1.0


class Connection:
    """A place's process and the channel to it; `run` may be called from any thread."""

    def __init__(self, name: str, process: int, stream: socket.socket) -> None:
        self.name = name
        self._process = process
        self._handle = os.pidfd_open(process)
        self._channel = Channel(stream)
        self._lock = threading.Lock()
        self._isolation: Isolation | None = None
        self._open = True

    @property
    def is_open(self) -> bool:
        """Whether it was neither closed nor found to be lost."""
        return self._open

    def begin(self, order: Mapping[str, Any]) -> None:
        """Send what the process is to do before it is ready; never waits for it."""
        self._channel.send(order)

    def run(self, request: Mapping[str, Any], timeout: float) -> Trial:
        """Run the job on `request` in a walled process of its own, at most `timeout` seconds.

        Raises `WallError`, `PlaceLost`, and `UsageError` when the request is not JSON.
        """
        with self._lock:
            return self._trial(self._ask({"request": dict(request), "timeout": timeout}, timeout))

    def _ask(self, message: dict[str, Any], timeout: float) -> dict[str, Any]:
        try:
            self._wait_until_ready()
            deadline = time.monotonic() + timeout + _MARGIN_SECONDS
            self._channel.send(message, deadline)
            return _checked(self._channel.receive(deadline))
        except TypeError as error:
            raise UsageError(f"the request is not JSON: {error}") from error
        except (OSError, EOFError, BrokenMessage) as error:
            self._end()
            raise PlaceLost(f"the {self.name} is gone ({error}). Try again.") from error
        except WallError:
            self._end()
            raise

    def _wait_until_ready(self) -> None:
        if not self._open:
            raise EOFError("it was closed")
        if self._isolation is None:
            message = self._channel.receive(time.monotonic() + _SETUP_SECONDS)
            self._isolation = Isolation(_checked(message)["isolation"])

    def _trial(self, reply: dict[str, Any]) -> Trial:
        answer = _read_answer(reply)
        return Trial(
            ok=answer["ok"],
            value=answer["value"],
            error=answer["error"],
            refused=tuple(reply["refused"]),
            files=tuple(reply["files"]),
            seconds=reply["seconds"],
            isolation=self._isolation or Isolation.C,
            place=self.name,
        )

    def close(self) -> None:
        """End the place and everything in it; calling it twice is fine."""
        with suppress(
            OSError
        ):  # a run that is under way gets an end of file and lets go of the lock
            self._channel.stream.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._end()

    def _end(self) -> None:
        if not self._open:
            return
        self._open = False
        self._channel.stream.close()
        if not _ended(self._handle, _ENDING_SECONDS):
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        with suppress(ChildProcessError):  # the user's own code may have waited for any child
            os.waitpid(self._process, 0)
        os.close(self._handle)


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
    return {"ok": ok, "value": answer.get("value"), "error": error}
