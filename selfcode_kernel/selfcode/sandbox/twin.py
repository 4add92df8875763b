"""The twin: a copy-on-write fork of the live kernel, walled off, where candidates are tried."""

from __future__ import annotations

import os
import random
import signal
import socket
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

from selfcode.protocols import Job
from selfcode.records import Isolation
from selfcode.sandbox.channel import Channel
from selfcode.sandbox.detach import let_go
from selfcode.sandbox.order import Order
from selfcode.sandbox.place import Connection
from selfcode.sandbox.process import fork_quietly
from selfcode.sandbox.server import run_place, telling
from selfcode.sandbox.view import View
from selfcode.sandbox.wall import check_host, layer


class Twin(Connection):
    """A frozen copy of the process that forked it; each run sees the state as it was then."""

    @classmethod
    def fork(
        cls,
        job: Job,
        *,
        readable: Sequence[str] = (),
        working_directory: str | None = None,
        minimum: Isolation = Isolation.B,
    ) -> Twin:
        """Fork the calling process and return as soon as that is done; the wall closes meanwhile.

        `job` and all it reaches are those of the fork. Trials may read `readable` and start in
        `working_directory` (None: the current one), whose changes are thrown away. Where not even
        the level `minimum` can be had, every run raises `WallError`. Raises `WallError` when the
        system does not fork.
        """
        check_host()
        view = View(tuple(readable), _directory(working_directory))
        order = Order(_same_randomness(job), view, minimum)
        with layer("fork"):
            ours, theirs = socket.socketpair()
            try:
                process = _fork(theirs, order)
            except OSError:
                ours.close()
                raise
            finally:
                theirs.close()
        return cls("twin child", process, [ours])


def _fork(stream: socket.socket, order: Order) -> int:
    """Fork; the child serves `order` and never returns. Raises `OSError`."""
    parent = os.getpid()
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        process = fork_quietly()
        if process == 0:
            _be_twin(stream, order, parent)
        return process
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _be_twin(stream: socket.socket, order: Order, parent: int) -> NoReturn:
    lanes = [Channel(stream)]
    try:
        with telling(lanes), layer("detachment"):
            left = let_go([stream.fileno()])
        run_place(lanes, replace(order, files=left.files, lost=left.hardware), parent)
    finally:
        os._exit(1)


def _same_randomness(job: Job) -> Job:
    """Return `job` with the random numbers that the kernel would draw: a fork draws others."""
    state = random.getstate()

    def run(request: Mapping[str, Any]) -> Any:
        random.setstate(state)
        return job(request)

    return run


def _directory(wanted: str | None) -> str:
    try:
        return os.getcwd() if wanted is None else wanted
    except OSError:  # the folder was removed
        return ""
