"""Shared memory made private: a fork would write through to `np.memmap` files and shared blocks."""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from selfcode.sandbox.syscalls import LIBC

_READ, _WRITE, _EXECUTE = 1, 2, 4
_PRIVATE, _FIXED, _ANONYMOUS = 0x02, 0x10, 0x20
_FAILED = ctypes.c_void_p(-1).value
_PIECE = 16 << 20

_LINE = re.compile(r"(\w+)-(\w+) (.)(.)(.)s (\w+) \w+:\w+ (\d+) *(.*)")

LIBC.mmap.restype = ctypes.c_void_p
LIBC.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]


@dataclass(frozen=True)
class _Mapping:
    start: int
    end: int
    protection: int
    offset: int
    inode: int
    path: str

    @property
    def size(self) -> int:
        return self.end - self.start

    @property
    def of_hardware(self) -> bool:
        """Whether it reaches a device: reading it may do anything, so it is not even copied."""
        memory = ("/dev/shm/", "/dev/zero", "/SYSV", "/memfd:")
        return self.path.startswith(("/dev/", "anon_inode:")) and not self.path.startswith(memory)


def make_private() -> tuple[str, ...]:
    """Give the calling process its own copy of every memory mapping that it shares with others.

    Mappings of hardware become unreadable; their names are returned. Raises `OSError`, some
    mappings then still shared.
    """
    shared = list(_shared())
    if not shared:
        return ()
    memory = os.open("/proc/self/mem", os.O_RDONLY | os.O_CLOEXEC)
    try:
        for mapping in shared:
            _replace(mapping, memory)
    finally:
        os.close(memory)
    return tuple(sorted({mapping.path for mapping in shared if mapping.of_hardware}))


def _shared() -> Iterator[_Mapping]:
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as table:
        for line in table:
            if match := _LINE.match(line):
                yield _parse(match)


def _parse(match: re.Match[str]) -> _Mapping:
    start, end, read, write, execute, offset, inode, path = match.groups()
    protection = (read == "r") * _READ | (write == "w") * _WRITE | (execute == "x") * _EXECUTE
    return _Mapping(int(start, 16), int(end, 16), protection, int(offset, 16), int(inode), path)


def _replace(mapping: _Mapping, memory: int) -> None:
    if mapping.of_hardware:
        _map(mapping, 0, _ANONYMOUS, -1, 0)
    elif (file := _open_again(mapping)) is not None:
        try:
            _map(mapping, mapping.protection, 0, file, mapping.offset)
        finally:
            os.close(file)
    else:
        _copy(mapping, memory)


def _open_again(mapping: _Mapping) -> int | None:
    """Return the mapped file, opened for reading; None when it has no name or not that file."""
    if not mapping.path.startswith("/") or mapping.path.endswith(" (deleted)"):
        return None
    try:
        file = os.open(mapping.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    if os.fstat(file).st_ino == mapping.inode:  # btrfs and overlayfs show another device here
        return file
    os.close(file)
    return None


def _copy(mapping: _Mapping, memory: int) -> None:
    """Put a copy in the mapping's place, piece by piece; what cannot be read becomes zeros."""
    for start in range(mapping.start, mapping.end, _PIECE):
        size = min(_PIECE, mapping.end - start)
        piece = _Mapping(start, start + size, mapping.protection, 0, 0, "")
        try:
            data = os.pread(memory, size, start)
        except OSError:
            data = b""
        _map(piece, _READ | _WRITE, _ANONYMOUS, -1, 0)
        ctypes.memmove(start, data, len(data))
        if mapping.protection != _READ | _WRITE:
            _protect(piece)


def _protect(mapping: _Mapping) -> None:
    place, size = ctypes.c_void_p(mapping.start), ctypes.c_size_t(mapping.size)
    if LIBC.mprotect(place, size, mapping.protection) < 0:
        raise OSError(ctypes.get_errno(), "mprotect")


def _map(mapping: _Mapping, protection: int, flags: int, file: int, offset: int) -> None:
    flags |= _PRIVATE | _FIXED
    place = LIBC.mmap(mapping.start, mapping.size, protection, flags, file, offset)
    if place in (None, _FAILED):
        raise OSError(ctypes.get_errno(), f"a shared mapping of {mapping.path or 'memory'}")
