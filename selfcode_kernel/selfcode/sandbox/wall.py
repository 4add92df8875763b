"""The wall: its layers, closed in order; one that does not close is a `WallError` that names it."""

from __future__ import annotations

import os
import resource
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from selfcode.errors import WallError
from selfcode.records import Isolation
from selfcode.sandbox import landlock
from selfcode.sandbox.folder import Folder
from selfcode.sandbox.namespaces import NoNamespaces, drop_capabilities, enter, renounce
from selfcode.sandbox.root import DEVICES, Root
from selfcode.sandbox.seccomp import close_calls
from selfcode.sandbox.syscalls import ARCHITECTURES, MACHINE, die_with_parent
from selfcode.sandbox.view import View

_MEMORY = 4 << 30
_FILE_SIZE = 64 << 20
_DESCRIPTORS = 256


class Ground(Protocol):
    """What a trial stands on: the files it sees, fresh for each."""

    home: str
    start: str
    readable: list[str]

    @property
    def writable(self) -> list[str]:
        """Where a trial may write."""
        ...

    def refresh(self) -> None:
        """Throw away what the last trial wrote."""
        ...

    def changes(self) -> tuple[str, ...]:
        """Return what the trial changed in the working directory."""
        ...

    def discard(self) -> None:
        """Throw away what the last trial wrote, without a new layer."""
        ...

    def remove(self) -> None:
        """Throw away everything."""
        ...


@dataclass(frozen=True)
class Enclosure:
    """The outer part of the wall, closed: what every trial of a place shares."""

    isolation: Isolation
    ground: Ground
    memory: int
    descriptors: int
    home_files: Mapping[str, str]


def reason(error: OSError) -> str:
    """Return why the system refused, with the file if it was about one."""
    text = error.strerror or str(error)
    return f"{text}: {error.filename}" if error.filename else text


@contextmanager
def layer(name: str) -> Iterator[None]:
    """Turn what the system refuses inside into the `WallError` of the layer `name`."""
    try:
        yield
    except OSError as error:
        raise WallError(name, reason(error)) from error


def check_platform() -> None:
    """Raise `WallError` unless this is a platform on which there is a wall at all."""
    if sys.platform != "linux" or MACHINE not in ARCHITECTURES:
        raise WallError("platform", f"{sys.platform} on {MACHINE} is not supported")


def enclose(view: View, minimum: Isolation) -> Enclosure:
    """Close the outer part around the calling process and all that it forks; raises `WallError`.

    The level is A, or B where the system allows no namespaces and `minimum` lets that pass. The
    calling process keeps the power to mount, which `close` takes from each trial.
    """
    with suppress(OSError):  # should memory run out, a trial is to end and not the kernel
        Path("/proc/self/oom_score_adj").write_text("1000")
    with layer("private root"):
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        highest = max(map(int, os.listdir("/proc/self/fd")))
        home_files = view.home_files()
        root = Root(view.paths(), view.directory())
    isolation, ground = _ground(root, view, minimum)
    with layer("privileges"):
        renounce()
        drop_capabilities(keep_mounting=isolation is Isolation.A)
    limits = size + _MEMORY, highest + _DESCRIPTORS
    return Enclosure(isolation, ground, *limits, home_files)


def _ground(root: Root, view: View, minimum: Isolation) -> tuple[Isolation, Ground]:
    try:
        with layer("namespaces"):
            enter()
    except WallError as error:
        if minimum is Isolation.A or not isinstance(error.__cause__, NoNamespaces):
            raise
        with layer("scratch folder"):
            return Isolation.B, Folder(view.paths(), view.directory())
    with layer("private root"):
        root.enter()
    return Isolation.A, root


def refresh(enclosure: Enclosure) -> None:
    """Lay out fresh ground for the next trial; raises `WallError`."""
    with layer("scratch folder"):
        enclosure.ground.refresh()
        for name, file in enclosure.home_files.items():
            link = os.path.join(enclosure.ground.home, name)
            os.makedirs(os.path.dirname(link), exist_ok=True)
            os.symlink(file, link)


def close(enclosure: Enclosure, channel: socket.socket) -> None:
    """Close the inner part around the calling process, which is a trial; raises `WallError`.

    The listener of the seccomp layer goes to the other end of `channel`.
    """
    ground = enclosure.ground
    with layer("limits"):
        _limit(enclosure)
    with layer("privileges"):
        drop_capabilities()
        die_with_parent()
    with layer("Landlock"):
        landlock.restrict(ground.readable, [*ground.writable, *DEVICES])
    with layer("seccomp"):
        close_calls(channel, metadata=enclosure.isolation is Isolation.A)


def _limit(enclosure: Enclosure) -> None:
    limits = {
        resource.RLIMIT_AS: enclosure.memory,
        resource.RLIMIT_FSIZE: _FILE_SIZE,
        resource.RLIMIT_NOFILE: enclosure.descriptors,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    for limit, wanted in limits.items():
        hard = resource.getrlimit(limit)[1]
        lower = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        resource.setrlimit(limit, (lower, lower))
