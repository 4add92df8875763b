"""The processes of a place: an outer one that watches, one for each lane, one for each trial.

The outer process closes the outer part of the wall, forks the first lane into the new namespaces
and ends it, and with it all others, when the kernel goes. A lane answers requests one after the
other; lanes work side by side. Each request is run by a process forked ahead of it, which closes
the inner part of the wall before it reads the request. Trials cannot fork, so that to kill that one
process is to end the trial.
"""

from __future__ import annotations

import gc
import os
import select
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any, NoReturn

from selfcode.errors import WallError
from selfcode.sandbox.channel import Channel
from selfcode.sandbox.child import Child
from selfcode.sandbox.inside import warm_up
from selfcode.sandbox.order import Order
from selfcode.sandbox.process import fork_quietly
from selfcode.sandbox.syscalls import die_with_parent, prctl
from selfcode.sandbox.wall import Enclosure, enclose, layer

_PR_SET_CHILD_SUBREAPER = 36
_PAUSE = 1  # ms: the kernel is to have the answer before the next fork takes the processor


@contextmanager
def telling(lanes: Sequence[Channel]) -> Iterator[None]:
    """Tell the kernel why no place came to be, if that happens inside, and end the process."""
    try:
        yield
    except WallError as error:
        _tell(lanes, error)
    except Exception as error:  # noqa: BLE001 -- nobody else is there to hear of it
        _tell(lanes, WallError("set-up", f"{type(error).__name__}: {error}"))


def _tell(lanes: Sequence[Channel], error: WallError) -> NoReturn:
    for lane in lanes:
        with suppress(OSError):
            lane.send({"wall": [error.layer, error.reason]})
    os._exit(1)


def run_place(lanes: Sequence[Channel], order: Order, parent: int) -> NoReturn:
    """Be the outer process of a place that process `parent` talks to through `lanes`."""
    with telling(lanes):
        kernel = os.pidfd_open(parent)
        if os.getppid() != parent:
            os._exit(1)
        enclosure = enclose(order.view, order.minimum)
        with layer("fork"):
            prctl(_PR_SET_CHILD_SUBREAPER, 1)
            first = fork_quietly()
        if first == 0:
            os.close(kernel)
            _run_lanes(lanes, replace(order, avoided=parent), enclosure)
    for lane in lanes:
        lane.stream.close()
    _watch(kernel, first)
    enclosure.ground.remove()
    os._exit(0)


def _watch(kernel: int, first: int) -> None:
    """Return when all lanes have ended, which they must as soon as the kernel or the first has."""
    ended = os.pidfd_open(first)
    poller = select.poll()
    for descriptor in (kernel, ended):
        poller.register(descriptor, select.POLLIN)
    poller.poll()
    signal.pidfd_send_signal(ended, signal.SIGKILL)
    with suppress(ChildProcessError):
        while True:
            os.wait()


def _run_lanes(lanes: Sequence[Channel], order: Order, enclosure: Enclosure) -> NoReturn:
    with telling(lanes):
        die_with_parent()
        mine = lanes[0]
        for lane in lanes[1:]:
            with layer("fork"):
                if fork_quietly() == 0:
                    die_with_parent()
                    mine = lane
                    break
        for lane in lanes:
            if lane is not mine:
                lane.stream.close()
    with telling([mine]):
        _Lane(mine, order, enclosure).serve()
    os._exit(0)


class _Lane:
    """Answers the requests that come through one channel, until the kernel closes its end."""

    def __init__(self, kernel: Channel, order: Order, enclosure: Enclosure) -> None:
        self._kernel, self._order, self._enclosure = kernel, order, enclosure
        self._spare: list[Child] = []
        self._done: list[Child] = []

    def serve(self) -> None:
        """Answer every request; raises `WallError`."""
        gc.freeze()  # for a trial to look at what it inherits would copy all of it
        warm_up()
        self._fork()
        self._spare[0].wait_for_wall()
        self._kernel.send({"isolation": self._enclosure.isolation})
        while (request := self._next()) is not None:
            if not self._spare:
                self._fork()
            child = self._spare.pop(0)
            child.wait_for_wall()
            self._done.append(child)
            self._kernel.send(child.run(request))
            child.stop()
        for child in (*self._spare, *self._done):
            child.end()

    def _next(self) -> dict[str, Any] | None:
        """Return the next request; while none is there, make ready for those to come."""
        pause: int | None = _PAUSE
        while not self._is_asked(pause):
            pause = 0
            if len(self._spare) < self._order.spare:
                self._fork()
            elif self._done:
                self._done.pop(0).end()
            else:
                pause = None
        while len(self._done) > self._order.spare:
            self._done.pop(0).end()
        try:
            return self._kernel.receive()
        except EOFError:
            return None

    def _is_asked(self, pause: int | None) -> bool:
        """Return whether a request is there within `pause` ms, or else note what spares did."""
        waiting = {c.waits_for.fileno(): c for c in self._spare if c.waits_for is not None}
        poller = select.poll()
        for descriptor in (self._kernel.stream.fileno(), *waiting):
            poller.register(descriptor, select.POLLIN)
        ready = {descriptor for descriptor, _ in poller.poll(pause)}
        for descriptor in ready & waiting.keys():
            waiting[descriptor].settle()
        return self._kernel.stream.fileno() in ready

    def _fork(self) -> None:
        others = [number for child in (*self._spare, *self._done) for number in child.descriptors]
        self._spare.append(Child(self._kernel, self._order, self._enclosure, others))
