"""One trial: a process that closes the wall around itself, runs the job once and is killed.

What the process does is in the functions at the end; the class is how its server drives it.
"""

from __future__ import annotations

import gc
import math
import os
import resource
import select
import signal
import socket
import time
from collections.abc import Collection
from contextlib import suppress
from typing import Any, NoReturn

from selfcode.errors import WallError
from selfcode.protocols import Job
from selfcode.sandbox.channel import BrokenMessage, Channel, Inbox, decode, encode
from selfcode.sandbox.order import Order
from selfcode.sandbox.process import fork_quietly
from selfcode.sandbox.seccomp import LISTENER, Listener
from selfcode.sandbox.standstill import BETWEEN_LOOKS, FIRST_LOOK, Onlooker
from selfcode.sandbox.survival import serve_waiting_work
from selfcode.sandbox.wall import Enclosure, close, lay_out, layer

_MOST_ANSWER = 1 << 20
_MOST_REFUSED = 200
_PROMPT = 64 << 10  # an answer of this size is passed on without waiting
_SETUP_SECONDS = 10.0
_LONGEST_LINE = 500
_USUAL = """
def usual(text):
    counts = {}
    for word in text.split():
        counts[word] = counts.get(word, 0) + 1
    return sorted(counts.items(), key=lambda pair: -pair[1])
result = [[*pair, f"{pair[1] / 3:.2f}"] for pair in usual("a b a" * 9)]
"""

_CLOSED, _OPEN, _LAYER = b"C", b"O", b"D"


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
            self._process = _fork(order.avoided)
        if self._process == 0:
            for descriptor in (*strangers, kernel.stream.fileno(), mine.fileno()):
                os.close(descriptor)
            _be_trial(theirs, order, enclosure, self._home)
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
        if mark == _LAYER and received:
            (self._layer,) = received
        elif mark == LISTENER and received:
            self._listener = Listener(received[0])
        elif mark == _OPEN:
            raise WallError(*self._channel.receive()["wall"])
        elif mark == _CLOSED and self._listener:
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
        return {
            "answer": answer.decode(errors="replace") if answer is not None else None,
            "error": error,
            "refused": list(self._refused),
            "files": self._ground.changes(self._layer) if self._layer >= 0 else (),
            "seconds": time.monotonic() - started,
        }

    def _limit_cpu(self, timeout: float) -> None:
        seconds = math.ceil(timeout * (os.cpu_count() or 1)) + 1
        resource.prlimit(self._process, resource.RLIMIT_CPU, (seconds, seconds))

    def _watch(self, deadline: float) -> bytes:
        """Return the answer, refusing what is refused meanwhile; raises `TimeoutError` and more."""
        poller = select.poll()
        poller.register(self._channel.stream, select.POLLIN)
        poller.register(self._listener_number, select.POLLIN)
        poller.register(self._kernel.stream, select.POLLRDHUP)
        inbox = Inbox(_MOST_ANSWER)
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
        ended = os.waitid(os.P_PIDFD, self._handle, os.WEXITED | os.WNOWAIT)
        if ended is None or ended.si_code == os.CLD_EXITED:
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


def _fork(avoided: int) -> int:
    """Fork so that the child does not have the number `avoided`.

    Libraries tell a fork by its process number, and in a new pid namespace that of the kernel may
    come again.
    """
    while True:
        process = fork_quietly()
        if process == 0 and os.getpid() == avoided:
            os._exit(0)
        if process == 0 or process != avoided:
            return process
        os.waitpid(process, 0)


def _be_trial(stream: socket.socket, order: Order, enclosure: Enclosure, home: str) -> NoReturn:
    try:
        if _close_wall(stream, order, enclosure, home):
            message = Channel(stream).receive()
            gc.enable()
            serve_waiting_work()
            stream.sendall(_answer(order.job, message["request"]))
            stream.recv(1)  # the end of a process is slow: the server passes the answer on first
    finally:
        os._exit(0)


def _close_wall(stream: socket.socket, order: Order, enclosure: Enclosure, home: str) -> bool:
    try:
        if (changes := lay_out(enclosure, home)) >= 0:
            with layer("scratch folder"):
                socket.send_fds(stream, [_LAYER], [changes])
                os.close(changes)
        close(enclosure, home, stream)
    except WallError as error:
        stream.sendall(_OPEN + encode({"wall": [error.layer, error.reason]}))
        return False
    for file in order.files:  # not earlier: what is open when the wall closes stays open
        file.open_again()
    gc.freeze()  # to look at what was inherited would copy all of it
    _warm_up()
    stream.sendall(_CLOSED)
    return True


def _warm_up() -> None:
    """Have the memory copied, while nobody waits, that every run writes to."""
    namespace: dict[str, Any] = {}
    exec(compile(_USUAL, "<warm-up>", "exec"), namespace)
    decode(encode({"ok": True, "value": namespace["result"], "error": ""})[4:])


def _answer(job: Job, request: dict[str, Any]) -> bytes:
    """Return the message that holds what `job` answers, or the one line that says why not."""
    try:
        answer = encode({"ok": True, "value": job(request), "error": ""})
    except BrokenMessage as error:
        return _refusal(f"the answer is not JSON: {error}")
    except BaseException as error:  # noqa: BLE001 -- the trial ends here whatever was raised
        return _refusal(_one_line(error))
    if len(answer) > _MOST_ANSWER:
        return _refusal(f"the answer is larger than {_MOST_ANSWER >> 20} MiB")
    return answer


def _refusal(error: str) -> bytes:
    return encode({"ok": False, "value": None, "error": error})


def _one_line(error: BaseException) -> str:
    name = type(error).__name__
    try:
        text = next(iter(str(error).splitlines()), "")
    except BaseException:  # noqa: BLE001 -- the candidate's own exception may do anything
        text = "its message cannot be shown"
    return f"{name}: {text}"[:_LONGEST_LINE] if text else name
