"""The wall: its layers, closed in order; one that does not close is a `WallError` that names it."""

from __future__ import annotations

import errno
import os
import resource
import signal
import socket
import sys
import tempfile
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
from selfcode.sandbox.seccomp import close_calls, prepare_calls
from selfcode.sandbox.syscalls import ARCHITECTURES, MACHINE, die_with_parent, prctl
from selfcode.sandbox.view import View

_MEMORY = 4 << 30
_FILE_SIZE = 64 << 20
_DESCRIPTORS = 256
_PROCESSES = 4096
_NO_CORE = 1  # a limit of 0 still lets a core dump through to a program, 1 does not
_PR_SET_DUMPABLE = 4


class Ground(Protocol):
    """What the trials of a place stand on: the files they see, fresh for each."""

    start: str
    readable: list[str]

    def new_home(self) -> str:
        """Return the home of the next trial."""
        ...

    def writable(self, home: str) -> list[str]:
        """Return where the trial with that `home` may write."""
        ...

    def lay_out(self) -> int:
        """Lay out what only the calling process, a trial, may change.

        Returns a descriptor of what `changes` reads, -1 when there is none.
        """
        ...

    def changes(self, layer: int) -> tuple[str, ...]:
        """Return what a trial changed in the working directory."""
        ...

    def overflows(self, home: str) -> bool:
        """Return whether the trial with that `home` has written more than it may."""
        ...

    def discard(self, home: str) -> None:
        """Throw away what the trial with that `home` wrote."""
        ...

    def remove(self) -> None:
        """Throw away everything."""
        ...


@dataclass(frozen=True)
class Enclosure:
    """The outer part of the wall, closed: what every trial of a place shares.

    `processes` is a descriptor of `/proc` as it is outside, which no trial keeps.
    """

    isolation: Isolation
    ground: Ground
    memory: int
    descriptors: int
    home_files: Mapping[str, str]
    processes: int


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


def try_handles() -> None:
    """Raise `OSError` unless processes can be watched and ended by handle."""
    handle = os.pidfd_open(os.getpid())
    try:
        signal.pidfd_send_signal(handle, 0)
    finally:
        os.close(handle)


def check_host() -> None:
    """Raise `WallError` when no place can be taken here at all."""
    check_platform()
    with layer("process handles"):
        try_handles()


def enclose(view: View, minimum: Isolation) -> Enclosure:
    """Close the outer part around the calling process and all that it forks; raises `WallError`.

    The level is A, or B where the system allows no namespaces and `minimum` lets that pass. The
    calling process keeps the power to mount, which `close` takes from each trial.
    """
    with suppress(OSError):  # should memory run out, a trial is to end and not the kernel
        Path("/proc/self/oom_score_adj").write_text("1000")
    with layer("threads"):
        processes = open_processes()
        check_alone(processes)
    with layer("private root"):
        size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        highest = max(map(int, os.listdir("/proc/self/fd")))
        home_files = view.home_files()
        root = Root(view.paths(), view.directory(), view.hidden())
    isolation, ground = _ground(root, view, minimum)
    with layer("privileges"):
        renounce()
        drop_capabilities(keep_mounting=isolation is Isolation.A)
    prepare_calls(metadata=isolation is Isolation.A)
    limits = size + _MEMORY, highest + _DESCRIPTORS
    return Enclosure(isolation, ground, *limits, home_files, processes)


def open_processes() -> int:
    """Return a descriptor of `/proc`; raises `OSError`."""
    return os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def check_alone(processes: int) -> None:
    """Raise `OSError` when the calling process has a second thread: the wall would miss that."""
    tasks = os.open("self/task", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=processes)
    try:
        count = len(os.listdir(tasks))
    finally:
        os.close(tasks)
    if count > 1:
        raise OSError(errno.EBUSY, "a library of this session starts a thread in every fork")


def _ground(root: Root, view: View, minimum: Isolation) -> tuple[Isolation, Ground]:
    try:
        with layer("namespaces"):
            enter()
    except WallError as error:
        if minimum is Isolation.A or not isinstance(error.__cause__, NoNamespaces):
            raise
        with layer("scratch folder"):
            return Isolation.B, Folder(view.paths(), view.directory(), view.hidden())
    with layer("private root"):
        root.enter()
    return Isolation.A, root


def lay_out(enclosure: Enclosure, home: str) -> int:
    """Lay out fresh ground for the calling process, which is a trial; raises `WallError`.

    Returns what `Ground.lay_out` does.
    """
    with layer("scratch folder"):
        changes = enclosure.ground.lay_out()
        for name, file in enclosure.home_files.items():
            link = os.path.join(home, name)
            os.makedirs(os.path.dirname(link), exist_ok=True)
            os.symlink(file, link)
        os.environ.update(HOME=home, TMPDIR=home)
        tempfile.tempdir = None
        os.chdir(enclosure.ground.start or home)
    return changes


def close(enclosure: Enclosure, home: str, channel: socket.socket) -> None:
    """Close the inner part around the calling process, which is a trial; raises `WallError`.

    The listener of the seccomp layer goes to the other end of `channel`.
    """
    ground = enclosure.ground
    with layer("threads"):
        check_alone(enclosure.processes)
        os.close(enclosure.processes)
    with layer("limits"):
        limit(enclosure.memory, enclosure.descriptors)
        if enclosure.isolation is Isolation.A:  # elsewhere all that the user runs would count
            resource.setrlimit(resource.RLIMIT_NPROC, (_PROCESSES, _PROCESSES))
    with layer("privileges"):
        os.setsid()
        drop_capabilities()
        die_with_parent()
        _set_dumpable()
    with layer("Landlock"):
        landlock.restrict(ground.readable, [*ground.writable(home), *DEVICES])
    with layer("seccomp"):
        close_calls(channel, metadata=enclosure.isolation is Isolation.A)


def limit(memory: int, descriptors: int) -> None:
    """Limit what the calling process may use; raises `OSError`."""
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_FSIZE: _FILE_SIZE,
        resource.RLIMIT_NOFILE: descriptors,
        resource.RLIMIT_CORE: _NO_CORE,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    for number, wanted in limits.items():
        hard = resource.getrlimit(number)[1]
        lower = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        resource.setrlimit(number, (lower, lower))


def _set_dumpable() -> None:
    """Let the place's server look at the trial, unless a core dump of it would go to a program."""
    silent = resource.getrlimit(resource.RLIMIT_CORE)[0] == _NO_CORE
    prctl(_PR_SET_DUMPABLE, int(silent))
