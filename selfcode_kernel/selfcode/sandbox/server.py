"""The processes of a place: an outer one that watches, an inner one that serves, one per trial.

The outer process closes the outer part of the wall, forks the inner one into the new namespaces and
ends it when the kernel goes. The inner one answers requests: each is run by a process forked ahead
of it, which closes the inner part of the wall before it reads the request. Trials cannot fork, so
that to kill that one process is to end the trial.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from selfcode.errors import WallError
from selfcode.sandbox.channel import Channel
from selfcode.sandbox.child import Child
from selfcode.sandbox.order import Order
from selfcode.sandbox.syscalls import die_with_parent
from selfcode.sandbox.wall import Enclosure, enclose, layer


@contextmanager
def telling(channel: Channel) -> Iterator[None]:
    """Tell the kernel why no place came to be, if that happens inside, and end the process."""
    try:
        yield
    except WallError as error:
        channel.send(_wall_message(error))
        os._exit(1)
    except Exception as error:  # noqa: BLE001 -- nobody else is there to hear of it
        channel.send(_wall_message(WallError("set-up", f"{type(error).__name__}: {error}")))
        os._exit(1)


def run_place(channel: Channel, order: Order, parent: int) -> NoReturn:
    """Be the outer process of a place that process `parent` talks to through `channel`."""
    with telling(channel):
        kernel = os.pidfd_open(parent)
        if os.getppid() != parent:
            os._exit(1)
        enclosure = enclose(order.view, order.minimum)
        with layer("fork"):
            inner = os.fork()
        if inner == 0:
            os.close(kernel)
            _run_inner(channel, order, enclosure, parent)
    channel.stream.close()
    _watch(kernel, inner)
    enclosure.ground.remove()
    os._exit(0)


def _watch(kernel: int, inner: int) -> None:
    """Return when the inner process has ended, which it must as soon as the kernel has."""
    ended = os.pidfd_open(inner)
    poller = select.poll()
    for descriptor in (kernel, ended):
        poller.register(descriptor, select.POLLIN)
    poller.poll()
    signal.pidfd_send_signal(ended, signal.SIGKILL)
    os.waitpid(inner, 0)


def _wall_message(error: WallError) -> dict[str, Any]:
    return {"wall": [error.layer, error.reason]}


def _run_inner(channel: Channel, order: Order, enclosure: Enclosure, avoided: int) -> NoReturn:
    """Answer requests until the kernel closes its end."""
    with telling(channel):
        die_with_parent()
        spare = Child(channel, order, enclosure, avoided)
        channel.send({"isolation": enclosure.isolation})
        while request := _next(channel):
            channel.send(spare.run(request))
            spare.end()
            spare = Child(channel, order, enclosure, avoided)
        spare.end()
        enclosure.ground.discard()
    os._exit(0)


def _next(channel: Channel) -> dict[str, Any] | None:
    try:
        return channel.receive()
    except EOFError:
        return None
