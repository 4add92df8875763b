"""How a forked process lets go of its parent, before anything else is done in it.

Threads, locks and the interpreter are CPython's business; memory, descriptors, streams, signals,
the garbage collector and the environment are ours.
"""

from __future__ import annotations

import faulthandler
import gc
import os
import signal
import sys
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from selfcode.sandbox.mappings import make_private
from selfcode.sandbox.root import SCRATCH
from selfcode.sandbox.survival import mend_thread_pools, note_hardware

_ACCESS = os.O_ACCMODE | os.O_APPEND
_MOST_COPIED = 16 << 20

# The streams that were replaced: the end of such an object would close a descriptor.
_KEPT: list[Any] = []

_ENVIRONMENT = {
    "HOME": SCRATCH,
    "TMPDIR": SCRATCH,
    "USER": "selfcode",
    "LANG": "C.UTF-8",
    "MPLBACKEND": "Agg",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


@dataclass(frozen=True)
class OpenFile:
    """A file that the parent had open: what is needed to open it again in the private root."""

    descriptor: int
    path: str
    flags: int
    position: int

    def open_again(self) -> None:
        """Open it under its old number, if it exists and can be opened that way; or do nothing."""
        writes = self.flags & os.O_ACCMODE != os.O_RDONLY
        try:
            if writes and os.stat(self.path).st_size > _MOST_COPIED:
                return
            file = os.open(self.path, self.flags | os.O_CLOEXEC)
            os.lseek(file, self.position, os.SEEK_SET)
            os.dup2(file, self.descriptor, inheritable=False)
            os.close(file)
        except OSError:
            return


@dataclass(frozen=True)
class Left:
    """What a process left behind when it let go: open files, and hardware in words."""

    files: tuple[OpenFile, ...]
    hardware: tuple[str, ...]


def let_go(keep: Collection[int]) -> Left:
    """Cut the calling process off from its parent and return what it leaves behind.

    Of its descriptors only those in `keep` still work. The others keep their numbers, so that a
    stale object cannot reach what is opened later, but every use of them fails.
    """
    mapped = make_private()
    gc.disable()
    faulthandler.disable()
    sys.settrace(None)
    sys.setprofile(None)
    reset_signals()
    _replace_streams()
    mend_thread_pools()
    hardware = note_hardware([*mapped, *_devices()])
    files = _disable_descriptors(keep)
    os.setsid()
    sys.dont_write_bytecode = True
    os.environ.clear()
    os.environ.update(_ENVIRONMENT)
    if "asyncio" in sys.modules:
        sys.modules["asyncio"]._set_running_loop(None)
    return Left(tuple(files), hardware)


def reset_signals() -> None:
    """Handle every signal as a fresh Python does, and block none."""
    signal.set_wakeup_fd(-1)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def _replace_streams() -> None:
    """Silence the standard streams, also for those who hold the old objects.

    A notebook's streams send what is printed through a socket of the kernel; a logging handler that
    was set up earlier would do so from here.
    """
    for stream in (sys.stdout, sys.stderr):
        for name, quiet in (("write", len), ("flush", _nothing), ("writelines", _nothing)):
            try:
                setattr(stream, name, quiet)
            except AttributeError:
                break
    for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        stream = os.fdopen(number, "w" if number else "r", errors="replace", closefd=False)
        for place in (name, f"__{name}__"):
            _KEPT.append(getattr(sys, place))
            setattr(sys, place, stream)


def _nothing(*_: object) -> None:
    pass


def _devices() -> Iterator[str]:
    """Yield the devices that are open."""
    for descriptor in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            path = os.readlink(f"/proc/self/fd/{descriptor}")
            if path.startswith("/dev/"):
                yield path


def _disable_descriptors(keep: Collection[int]) -> list[OpenFile]:
    null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
    inert = os.open("/dev/null", os.O_PATH | os.O_CLOEXEC)
    files = []
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        if descriptor < 3:
            os.dup2(null, descriptor)
        elif descriptor not in (*keep, null, inert):
            files += _regular_file(descriptor)
            os.dup2(inert, descriptor, inheritable=False)
    os.close(null)
    os.close(inert)
    return files


def _regular_file(descriptor: int) -> list[OpenFile]:
    """Return the file behind `descriptor`, if it is one that has a name."""
    try:
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        with open(f"/proc/self/fdinfo/{descriptor}") as table:
            facts = dict(line.split(":\t") for line in table if ":\t" in line)
    except OSError:
        return []
    if not os.path.isfile(path) or not os.path.samestat(os.stat(path), os.fstat(descriptor)):
        return []
    return [OpenFile(descriptor, path, int(facts["flags"], 8) & _ACCESS, int(facts["pos"]))]
