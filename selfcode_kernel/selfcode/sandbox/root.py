"""The private root: a file system in which only what a trial may read exists, and nothing stays.

Everything is bound read-only. For each trial a fresh sized tmpfs serves as `/tmp`, as `/dev/shm`
and as the upper layer of an overlay of the working directory, and is thrown away afterwards.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice

from selfcode.sandbox.mounts import (
    NO_DEVICES,
    NO_EXEC,
    NO_SETUID,
    READ_ONLY,
    bind,
    mount,
    mount_points,
    pivot,
    set_read_only,
    unmount,
)
from selfcode.sandbox.namespaces import NEW_MOUNTS
from selfcode.sandbox.syscalls import call
from selfcode.sandbox.view import within

SCRATCH = "/tmp"
SHARED_MEMORY = "/dev/shm"
DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")

_OLD, _TRIAL, _BELOW, _LOWER = "/.old", "/.trial", "/.below", "/.lower"
_COVER, _EMPTY = "/.cover", "/.empty"
_STILL = READ_ONLY | NO_SETUID | NO_DEVICES
_LOOSE = NO_SETUID | NO_DEVICES
_SIZE = "size=256m,nr_inodes=20000,mode=700"
_OVERLAY = f"lowerdir={_COVER}:{_LOWER},upperdir={_TRIAL}/upper,workdir={_TRIAL}/work,userxattr"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_MOST_CHANGES, _MOST_SEEN = 1000, 5000
_COMPARED = 4 << 20


def trace(path: str) -> tuple[str, dict[str, str]]:
    """Return the real path of `path`, and the symbolic links on the way with their targets."""
    links: dict[str, str] = {}
    for _ in range(40):
        parts = path.strip("/").split("/")
        heads = ("/" + "/".join(parts[: i + 1]) for i in range(len(parts)))
        link = next((head for head in heads if os.path.islink(head)), None)
        if link is None:
            break
        links[link] = os.readlink(link)
        target = os.path.join(os.path.dirname(link), links[link])
        path = os.path.normpath(target + path[len(link) :])
    return path, links


class Root:
    """The private root of one place: planned before anything changes, then entered once."""

    def __init__(self, readable: Iterable[str], directory: str, hidden: Iterable[str] = ()) -> None:
        self._hidden = [path for path in hidden if directory and within(path, directory)]
        self._links: dict[str, str] = {}
        self.directory = self._trace(directory) if directory else ""
        real = sorted({self._trace(path) for path in readable if os.path.exists(path)})
        self.readable = [p for p in real if not any(within(p, o) for o in real if o != p)]
        self._home = SHARED_MEMORY if self.directory == SCRATCH else SCRATCH
        self.start = self.directory or self._home
        inner = [p for p in mount_points() if directory and within(p, self.directory)]
        self._inner = [path for path in inner if path != self.directory]

    def new_home(self) -> str:
        """Return the home of the next trial."""
        return self._home

    def writable(self, _home: str) -> list[str]:
        """Return where a trial may write."""
        return [SCRATCH, SHARED_MEMORY, *filter(None, [self.directory])]

    def _trace(self, path: str) -> str:
        real, links = trace(os.path.abspath(path))
        self._links |= links
        return real

    def enter(self) -> None:
        """Make the root that of the calling process's mount namespace; needs CAP_SYS_ADMIN."""
        mount("none", SCRATCH, "tmpfs", _LOOSE, "size=4m,mode=755")
        pivot(SCRATCH, _OLD.strip("/"))
        for path in (SCRATCH, SHARED_MEMORY, _TRIAL):
            os.makedirs(path)
        for path in DEVICES:
            bind(_OLD + path, path, READ_ONLY | NO_SETUID)
        for path in self.readable:
            self._show(path)
        if self.directory:
            bind(_OLD + self.directory, _LOWER, _STILL)
            self._make(self.directory)
            self._cover()
        self._link()
        unmount(_OLD)
        os.rmdir(_OLD)
        set_read_only("/")

    def _show(self, path: str) -> None:
        """Bind `path`, out of the way when each trial's own mounts will cover its place."""
        if within(path, SCRATCH):
            bind(_OLD + path, _BELOW + path, _STILL)
        elif not (self.directory and within(path, self.directory)):
            bind(_OLD + path, path, _STILL)

    def _make(self, path: str) -> None:
        if not within(path, SCRATCH):
            os.makedirs(path, exist_ok=True)

    def _cover(self) -> None:
        """Make the layer that takes what is hidden out of the working directory."""
        os.makedirs(_EMPTY)
        os.makedirs(_COVER)
        for path in self._hidden:
            cover = _COVER + path[len(self.directory) :]
            os.makedirs(os.path.dirname(cover), exist_ok=True)
            os.mknod(cover, stat.S_IFCHR)  # number 0, which any user may make: "not there"

    def _link(self, *, scratch: bool = False) -> None:
        for link, target in self._links.items():
            if within(link, SCRATCH) is scratch and not os.path.lexists(link):
                os.makedirs(os.path.dirname(link), exist_ok=True)
                os.symlink(target, link)

    def lay_out(self) -> int:
        """Lay out a fresh throwaway layer, which only the calling process sees.

        Returns a descriptor of what `changes` reads, -1 when there is none.
        """
        call("unshare", NEW_MOUNTS)
        mount("none", _TRIAL, "tmpfs", _LOOSE, _SIZE)
        for name in ("upper", "work", "scratch", "memory"):
            os.mkdir(f"{_TRIAL}/{name}", 0o700)
        bind(f"{_TRIAL}/scratch", SCRATCH, _LOOSE | NO_EXEC)
        bind(f"{_TRIAL}/memory", SHARED_MEMORY, _LOOSE | NO_EXEC)
        for path in self.readable:
            if within(path, SCRATCH):
                bind(_BELOW + path, path, _STILL)
        layered = self._lay_over_directory() if self.directory else False
        if self.directory:
            unmount(_LOWER)  # to Landlock it would be the same folder, with what is hidden in it
        self._link(scratch=True)
        return os.open(f"{_TRIAL}/upper", _FOLDER) if layered else -1

    def _lay_over_directory(self) -> bool:
        os.makedirs(self.directory, exist_ok=True)
        try:
            mount("none", self.directory, "overlay", _LOOSE, _OVERLAY)
        except OSError:  # then the directory can be read, and a trial that writes in it fails
            bind(_LOWER, self.directory, _STILL)
            for path in self._hidden:
                bind(_EMPTY if os.path.isdir(path) else DEVICES[0], path, _STILL)
            return False
        for path in self._inner:
            with suppress(OSError):
                bind(_LOWER + path[len(self.directory) :], path, _STILL)
        return True

    def changes(self, layer: int) -> tuple[str, ...]:
        """Return what a trial made, changed or removed in the working directory."""
        found = (path for path in islice(_files(layer), _MOST_SEEN) if not _same(layer, path))
        return tuple(sorted(islice(found, _MOST_CHANGES)))

    def overflows(self, _home: str) -> bool:
        """Return False: the throwaway layer has a size."""
        return False

    def discard(self, _home: str) -> None:
        """Do nothing: what a trial wrote ends with it."""

    def remove(self) -> None:
        """Do nothing: the private root ends with the processes in it."""


def _files(layer: int) -> Iterator[str]:
    """Yield the paths, relative to the folder `layer`, of all below it that is not a folder."""
    pending = ["."]
    for _ in range(_MOST_SEEN):
        if not pending:
            return
        above = pending.pop()
        with suppress(OSError), _opened(layer, above) as folder, os.scandir(folder) as entries:
            for entry in entries:
                path = os.path.normpath(f"{above}/{entry.name}")
                if entry.is_dir(follow_symlinks=False):
                    pending.append(path)
                else:
                    yield path


@contextmanager
def _opened(layer: int, path: str) -> Iterator[int]:
    folder = os.open(path, _FOLDER, dir_fd=layer)
    try:
        yield folder
    finally:
        os.close(folder)


def _same(layer: int, path: str) -> bool:
    """Return whether the upper file holds what the lower one does: opened, not changed."""
    try:
        return _content(path, layer) == _content(f"{_LOWER}/{path}")
    except OSError:
        return False


def _content(path: str, folder: int | None = None) -> bytes:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with open(os.open(path, flags, dir_fd=folder), "rb") as file:
        facts = os.fstat(file.fileno())
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > _COMPARED:
            raise OSError(f"{path} is not compared")
        return file.read()
