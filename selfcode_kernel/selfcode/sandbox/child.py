"""One trial, as its server drives it: a process that waits, runs the job once and is killed."""

from __future__ import annotations

import math
import os
import resource
import select
import signal
import socket
import time
from collections.abc import Collection
from contextlib import suppress
from typing import Any

from selfcode.errors import WallError
from selfcode.sandbox.channel import BrokenMessage, Channel, Inbox
from selfcode.sandbox.inside import CLOSED, LAYER, MOST_ANSWER, OPEN, be_trial
from selfcode.sandbox.order import Order
from selfcode.sandbox.process import fork_avoiding
from selfcode.sandbox.seccomp import LISTENER, Listener
from selfcode.sandbox.standstill import BETWEEN_LOOKS, FIRST_LOOK, Onlooker
from selfcode.sandbox.wall import Enclosure, layer

_MOST_REFUSED = 200
_PROCESSORS = os.cpu_count() or 1
_PROMPT = 64 << 10  # an answer of this size is passed on without waiting
_SETUP_SECONDS = 10.0
_ENDING_MILLISECONDS = 100
_LONGEST_PATH = 500


class Child:
    """A process that closes the whole wall around itself and waits for its one request.

    `run` and `end` come once each. `strangers` are the descriptors of the server that are no
    business of a trial. Raises `WallError`.
    """

    def __init__(
        self, kernel: Channel, order: Order, enclosure: Enclosure, strangers: Collection[int]
    ) -> None:
        self._kernel, self._ground, self._lost = kernel, enclosure.ground, order.lost
        with layer("scratch folder"):
            self._home = self._ground.new_home()
        with layer("fork"):
            mine, theirs = socket.socketpair()
            self._process = fork_avoiding(order.avoided)
        if self._process == 0:
            strangers = (*strangers, kernel.stream.fileno(), mine.fileno())
            be_trial(theirs, strangers, order, enclosure, self._home)
        theirs.close()
        self._channel = Channel(mine)
        self._handle = os.pidfd_open(self._process)
        self._onlooker = Onlooker(enclosure.processes, self._handle)
        self._layer, self._closed = -1, False
        self._listener: Listener | None = None
        self._refused: dict[str, None] = {}
        self._count = 0

    @property
    def descriptors(self) -> list[int]:
        """The server's ends of what connects it to the process."""
        ends = (self._channel.stream.fileno(), self._handle, self._listener_number, self._layer)
        return [descriptor for descriptor in ends if descriptor >= 0]

    @property
    def waits_for(self) -> socket.socket | None:
        """What becomes readable when `settle` gets further; None when the wall is closed."""
        return None if self._closed else self._channel.stream

    def wait_for_wall(self) -> None:
        """Return when the wall is closed; raises `WallError` when it cannot be."""
        while not self._closed:
            self.settle()

    def settle(self) -> None:
        """Take note of one more step of the closing wall; raises `WallError`."""
        stream = self._channel.stream
        stream.settimeout(_SETUP_SECONDS)
        try:
            mark, received, _, _ = socket.recv_fds(stream, 1, 1)
            self._take(mark, received)
        except (OSError, EOFError, BrokenMessage) as error:
            raise WallError("trial process", str(error)) from error

    def _take(self, mark: bytes, received: list[int]) -> None:
        if mark == LAYER and received:
            (self._layer,) = received
        elif mark == LISTENER and received:
            self._listener = Listener(received[0])
        elif mark == OPEN:
            raise WallError(*self._channel.receive()["wall"])
        elif mark == CLOSED and self._listener:
            self._closed = True
        else:
            raise WallError("trial process", "it ended while the wall was being closed")

    def run(self, message: dict[str, Any]) -> dict[str, Any]:
        """Return the reply to the kernel's `message`: the trial's answer and what was seen of it.

        The answer is passed on as it came, unread: it is the candidate's word.
        """
        started = time.monotonic()
        timeout = float(message["timeout"])
        answer, error = None, ""
        try:
            self._limit_cpu(timeout)
            self._channel.send(message, started + timeout)
            answer = self._watch(started + timeout)
        except _Stopped as stopped:
            error = str(stopped)
        except TimeoutError:
            error = f"stopped after {timeout:g} s"
        except (OSError, BrokenMessage) as broken:
            error = f"the answer is unusable: {broken}"
        if answer is None or len(answer) > _PROMPT:
            self.stop()
        if error and self._lost:
            error += f" ({', '.join(self._lost)} does not survive a copy of the session)"
        changes = self._ground.changes(self._layer) if self._layer >= 0 else ()
        return {
            "answer": answer.decode(errors="replace") if answer is not None else None,
            "error": error,
            "refused": list(self._refused),
            "files": [path[:_LONGEST_PATH] for path in changes],
            "seconds": time.monotonic() - started,
        }

    def _limit_cpu(self, timeout: float) -> None:
        seconds = math.ceil(timeout * _PROCESSORS) + 1
        resource.prlimit(self._process, resource.RLIMIT_CPU, (seconds, seconds))

    def _watch(self, deadline: float) -> bytes:
        """Return the answer, refusing what is refused meanwhile; raises `TimeoutError` and more."""
        poller = select.poll()
        poller.register(self._channel.stream, select.POLLIN)
        poller.register(self._listener_number, select.POLLIN)
        poller.register(self._kernel.stream, select.POLLRDHUP)
        inbox = Inbox(MOST_ANSWER)
        look = time.monotonic() + FIRST_LOOK
        while (now := time.monotonic()) < deadline:
            if now >= look:
                look = now + BETWEEN_LOOKS
                self._look()
            for number, event in poller.poll(max(min(deadline, look) - now, 0) * 1000):
                if number == self._kernel.stream.fileno():
                    os._exit(0)
                if number == self._channel.stream.fileno():
                    if (body := self._read(inbox)) is not None:
                        return body
                elif event & select.POLLIN:
                    self._refuse()
                else:
                    poller.unregister(number)
        raise TimeoutError

    def _look(self) -> None:
        if complaint := self._onlooker.complaint():
            raise _Stopped(complaint)
        if self._ground.overflows(self._home):
            raise _Stopped("stopped: it wrote more than 256 MB")

    @property
    def _listener_number(self) -> int:
        return self._listener.descriptor if self._listener else -1

    def _read(self, inbox: Inbox) -> bytes | None:
        data = self._channel.stream.recv(65536)
        if not data:
            raise _Stopped(self._how_it_ended())
        return inbox.feed(data)

    def _refuse(self) -> None:
        if self._listener and (name := self._listener.refuse()):
            self._refused[name] = None
            self._count += 1
        if self._count > _MOST_REFUSED:
            raise _Stopped(f"stopped after {_MOST_REFUSED} refused system calls")

    def _how_it_ended(self) -> str:
        """Say how the process ended whose end of the stream is closed, if it ended at all."""
        poller = select.poll()
        poller.register(self._handle, select.POLLIN)
        poller.poll(_ENDING_MILLISECONDS)
        ended = os.waitid(os.P_PIDFD, self._handle, os.WEXITED | os.WNOWAIT | os.WNOHANG)
        if ended is None:
            return "it closed its channel without an answer"
        if ended.si_code == os.CLD_EXITED:
            return "it ended without an answer"
        if ended.si_status == signal.SIGSYS:
            self._refused["a call by a foreign convention"] = None
        return f"it was ended by {signal.Signals(ended.si_status).name}"

    def end(self) -> None:
        """End the process, wait until it is gone and let go of all that it had."""
        self.stop()
        os.waitpid(self._process, 0)
        for descriptor in (self._handle, self._listener_number, self._layer):
            if descriptor >= 0:
                os.close(descriptor)
        self._channel.stream.close()
        self._ground.discard(self._home)

    def stop(self) -> None:
        """Kill the process and its group, of which there is nothing else: it cannot fork."""
        signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        with suppress(ProcessLookupError):  # it does not lead a group before its wall is closed
            os.killpg(self._process, signal.SIGKILL)


class _Stopped(Exception):
    """The process has ended, or must, before it has answered; says why."""
