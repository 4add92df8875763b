"""The worker: a warm, walled-off process that did not come from the kernel.

Its own side of things is `main`, which a fresh interpreter runs.
"""

from __future__ import annotations

import importlib
import os
import socket
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NoReturn

from selfcode.errors import PlaceLost
from selfcode.protocols import Job
from selfcode.records import Isolation, Trial
from selfcode.sandbox.channel import Channel
from selfcode.sandbox.detach import let_go
from selfcode.sandbox.order import Order
from selfcode.sandbox.place import Connection
from selfcode.sandbox.server import run_place, telling
from selfcode.sandbox.view import View
from selfcode.sandbox.wall import check_platform, layer

Profile = Literal["std", "sci"]

_MAIN = "import sys; sys.path.append(sys.argv[1]); import selfcode.sandbox.worker as w; w.main()"
_STREAM = 3
_PRELOADED = {
    "std": "ast collections copy dataclasses datetime decimal functools itertools json math random "
    "re statistics string textwrap typing",
    "sci": "numpy numpy.linalg numpy.random pandas",
}


class Worker:
    """A warm process for one job, named `package.module:function`; each run is a fork of it.

    It is started by `start` or the first `run`, and anew after it was lost. With the profile `sci`
    numpy and pandas are loaded already. Trials may read `readable`; there is no working directory.
    """

    name = "worker child"

    def __init__(
        self,
        job: str,
        *,
        profile: Profile = "std",
        readable: Sequence[str] = (),
        minimum: Isolation = Isolation.B,
    ) -> None:
        self._order = {
            "job": job,
            "profile": profile,
            "readable": [os.fspath(path) for path in readable],
            "home": os.path.expanduser("~"),
            "minimum": minimum,
            "parent": os.getpid(),
        }
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._closed = False

    def start(self) -> None:
        """Start the process unless it runs, without waiting for it; raises `WallError`."""
        self._connected()

    def _connected(self) -> Connection:
        with self._lock:
            if self._closed:
                raise PlaceLost("the worker was closed. Make a new one.")
            if self._connection is None or not self._connection.is_open:
                self._connection = _spawn(self.name, self._order)
            return self._connection

    def run(self, request: Mapping[str, Any], timeout: float) -> Trial:
        """Run the job on `request` in a walled process of its own, at most `timeout` seconds.

        Raises `WallError`, `PlaceLost`, and `UsageError` when the request is not JSON.
        """
        return self._connected().run(request, timeout)

    def close(self) -> None:
        """End the process and everything in it; calling it twice is fine."""
        with self._lock:
            self._closed = True
            if self._connection is not None:
                self._connection.close()


def _spawn(name: str, order: Mapping[str, Any]) -> Connection:
    check_platform()
    source_root = str(Path(__file__).parents[2])
    command = [sys.executable, "-I", "-c", _MAIN, source_root]
    kept = {key: os.environ[key] for key in ("LD_LIBRARY_PATH",) if key in os.environ}
    with layer("worker process"):
        ours, theirs = socket.socketpair()
        try:
            process = os.posix_spawn(
                sys.executable,
                command,
                {"LANG": "C.UTF-8", **kept},
                file_actions=[(os.POSIX_SPAWN_DUP2, theirs.fileno(), _STREAM)],
            )
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
    connection = Connection(name, process, ours)
    connection.begin(order)
    return connection


def main() -> NoReturn:
    """Be the worker's outer process."""
    channel = Channel(socket.socket(fileno=_STREAM))
    try:
        with telling(channel):
            let_go([_STREAM])
            order = channel.receive()
            ready = _prepare(order)
        run_place(channel, ready, order["parent"])
    finally:
        os._exit(1)


def _prepare(order: Mapping[str, Any]) -> Order:
    """Import what trials will need, while that can still be done."""
    for profile in ("std", order["profile"]):
        for module in _PRELOADED[profile].split():
            importlib.import_module(module)
    module, _, function = order["job"].partition(":")
    job: Job = getattr(importlib.import_module(module), function)
    view = View(tuple(order["readable"]), home=order["home"])
    return Order(job, view, Isolation(order["minimum"]))
