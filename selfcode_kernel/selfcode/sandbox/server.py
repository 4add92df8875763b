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
import socket
from typing import Any, NoReturn

from selfcode.errors import WallError
from selfcode.sandbox.channel import Channel
from selfcode.sandbox.child import Child
from selfcode.sandbox.order import Order
from selfcode.sandbox.syscalls import die_with_parent
from selfcode.sandbox.wall import Enclosure, enclose, layer


def run_place(stream: socket.socket, order: Order, parent: int) -> NoReturn:
    """Be the outer process of a place that process `parent` talks to through `stream`."""
    try:
        _run_outer(Channel(stream), order, parent)
    finally:
        os._exit(0)


def _run_outer(channel: Channel, order: Order, parent: int) -> None:
    kernel = os.pidfd_open(parent)
    if os.getppid() != parent:
        return
    try:
        enclosure = enclose(order.view, order.minimum)
        with layer("fork"):
            inner = os.fork()
    except WallError as error:
        channel.send(wall_message(error))
        return
    if inner == 0:
        os.close(kernel)
        _run_inner(channel, order, enclosure, parent)
    channel.stream.close()
    _watch(kernel, inner)
    enclosure.ground.remove()


def _watch(kernel: int, inner: int) -> None:
    """Return when the inner process has ended, which it must as soon as the kernel has."""
    ended = os.pidfd_open(inner)
    poller = select.poll()
    for descriptor in (kernel, ended):
        poller.register(descriptor, select.POLLIN)
    poller.poll()
    signal.pidfd_send_signal(ended, signal.SIGKILL)
    os.waitpid(inner, 0)


def wall_message(error: WallError) -> dict[str, Any]:
    """Return the message that says that the wall is not closed."""
    return {"wall": [error.layer, error.reason]}


def _run_inner(channel: Channel, order: Order, enclosure: Enclosure, parent: int) -> NoReturn:
    try:
        die_with_parent()
        _serve(channel, order, enclosure, parent)
    finally:
        os._exit(0)


def _serve(channel: Channel, order: Order, enclosure: Enclosure, avoided: int) -> None:
    """Answer requests until the kernel closes its end."""
    spare = _spare(channel, order, enclosure, avoided)
    if isinstance(spare, WallError):
        channel.send(wall_message(spare))
        return
    channel.send({"isolation": enclosure.isolation})
    while True:
        try:
            request = channel.receive()
        except EOFError:
            break
        if isinstance(spare, WallError):
            channel.send(wall_message(spare))
        else:
            channel.send(spare.run(request))
            spare.end()
        spare = _spare(channel, order, enclosure, avoided)
    enclosure.ground.discard()


def _spare(channel: Channel, order: Order, enclosure: Enclosure, avoided: int) -> Child | WallError:
    """Return the process for the next request, forked ahead of it, or why there is none."""
    try:
        return Child(channel, order, enclosure, avoided)
    except WallError as error:
        return error
