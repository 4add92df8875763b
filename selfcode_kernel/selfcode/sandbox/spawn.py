"""Places that a fresh interpreter (`python -I`) runs, with nothing of the kernel in them.

Their own side of things is `main`.
"""

from __future__ import annotations

import importlib
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal, NoReturn

from selfcode.protocols import Job
from selfcode.records import Isolation
from selfcode.sandbox.channel import Channel
from selfcode.sandbox.detach import let_go
from selfcode.sandbox.order import Order
from selfcode.sandbox.place import Connection
from selfcode.sandbox.server import run_place, telling
from selfcode.sandbox.view import View
from selfcode.sandbox.wall import check_host, layer

Profile = Literal["std", "sci"]

_MAIN = "import sys; sys.path.append(sys.argv[1]); import selfcode.sandbox.spawn as s; s.main()"
_FIRST_STREAM = 3
_PRELOADED = {
    "std": "ast collections copy dataclasses datetime decimal functools itertools json math random "
    "re statistics string textwrap typing",
    "sci": "numpy numpy.linalg numpy.random pandas",
}


def new_order(
    job: str, *, profile: Profile | None, readable: Sequence[str], minimum: Isolation
) -> dict[str, Any]:
    """Return what `spawn` is to start: `job` by name, with the modules of `profile` loaded."""
    return {
        "job": job,
        "profile": profile,
        "readable": [os.fspath(path) for path in readable],
        "home": os.path.expanduser("~"),
        "minimum": minimum,
        "lanes": 1,
        "spare": 1,
    }


def spawn(name: str, order: Mapping[str, Any]) -> Connection:
    """Start the place that `order` describes, without waiting for it; raises `WallError`."""
    check_host()
    source_root = str(Path(__file__).parents[2])
    command = [sys.executable, "-I", "-c", _MAIN, source_root, str(order["lanes"])]
    kept = {key: os.environ[key] for key in ("LD_LIBRARY_PATH",) if key in os.environ}
    pairs: list[tuple[socket.socket, socket.socket]] = []
    with layer("worker process"), ExitStack() as undo:
        for _ in range(order["lanes"]):
            ours, theirs = socket.socketpair()
            pairs.append((ours, theirs))
            undo.callback(ours.close)
        try:
            process = os.posix_spawn(
                sys.executable,
                command,
                {"LANG": "C.UTF-8", **kept},
                file_actions=_handing_over([theirs.fileno() for _, theirs in pairs]),
            )
        finally:
            for _, theirs in pairs:
                theirs.close()
        undo.pop_all()
    connection = Connection(name, process, [ours for ours, _ in pairs])
    connection.begin({**order, "parent": os.getpid()})
    return connection


def _handing_over(descriptors: Sequence[int]) -> list[tuple[int, ...]]:
    """Return how they become the new process's, in order; what one replaces was read before."""
    high = max(descriptors) + _FIRST_STREAM + len(descriptors)
    numbers = range(len(descriptors))
    away = [(os.POSIX_SPAWN_DUP2, descriptors[n], high + n) for n in numbers]
    home = [(os.POSIX_SPAWN_DUP2, high + n, _FIRST_STREAM + n) for n in numbers]
    return [*away, *home, *((os.POSIX_SPAWN_CLOSE, high + n) for n in numbers)]


def main() -> NoReturn:
    """Be the outer process of a place."""
    streams = range(_FIRST_STREAM, _FIRST_STREAM + int(sys.argv[2]))
    lanes = [Channel(socket.socket(fileno=stream)) for stream in streams]
    try:
        with telling(lanes):
            let_go(streams)
            order = lanes[0].receive()
            ready = _prepare(order)
        run_place(lanes, ready, order["parent"])
    finally:
        os._exit(1)


def _prepare(order: Mapping[str, Any]) -> Order:
    """Import what trials will need, while that can still be done."""
    for profile in ("std", order["profile"]) if order["profile"] else ():
        for module in _PRELOADED[profile].split():
            importlib.import_module(module)
    module, _, function = order["job"].partition(":")
    job: Job = getattr(importlib.import_module(module), function)
    view = View(tuple(order["readable"]), home=order["home"])
    return Order(job, view, Isolation(order["minimum"]), spare=order["spare"])
