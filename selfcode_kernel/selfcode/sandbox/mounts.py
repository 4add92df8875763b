"""Mounting, as far as the wall needs it; every function raises `OSError`."""

from __future__ import annotations

import os
import struct

from selfcode.sandbox.syscalls import LIBC, call, checked

READ_ONLY, NO_SETUID, NO_DEVICES, NO_EXEC = 1, 2, 4, 8
_REMOUNT, _BIND, _RECURSIVE, _PRIVATE = 1 << 5, 1 << 12, 1 << 14, 1 << 18
_DETACH, _WORKING_DIRECTORY, _AT_RECURSIVE = 2, -100, 0x8000


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    """Attach `source` to the tree at `target`, as the system call does."""
    words = [os.fsencode(word) if word else None for word in (source, target, kind, data)]
    checked(LIBC.mount(words[0], words[1], words[2], flags, words[3]), f"mount {target}")


def unmount(target: str) -> None:
    """Take what is mounted at `target` out of the tree; it ends with its last user."""
    checked(LIBC.umount2(os.fsencode(target), _DETACH), f"umount {target}")


def cut_off() -> None:
    """Stop mounts from spreading from the calling process's namespace to others and back."""
    mount("", "/", flags=_PRIVATE | _RECURSIVE)


def bind(source: str, target: str, flags: int) -> None:
    """Show `source` and all mounted below it at `target`, which is made, with the mount `flags`."""
    _make_mount_point(source, target)
    mount(source, target, flags=_BIND | _RECURSIVE)
    attributes = struct.pack("<4Q", flags, 0, 0, 0)
    path = os.fsencode(target)
    call("mount_setattr", _WORKING_DIRECTORY, path, _AT_RECURSIVE, attributes, len(attributes))


def _make_mount_point(source: str, target: str) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    elif not os.path.lexists(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC))


def pivot(root: str, old: str) -> None:
    """Make the mount `root` the root of the tree; the former one appears at its folder `old`."""
    os.chdir(root)
    os.mkdir(old)
    call("pivot_root", b".", os.fsencode(old))
    os.chdir("/")


def set_read_only(target: str) -> None:
    """Make the mount at `target` read-only, without set-user-id programs and devices."""
    mount("", target, flags=_REMOUNT | _BIND | READ_ONLY | NO_SETUID | NO_DEVICES)


def mount_points() -> list[str]:
    """Return where something is mounted, in the order in which it was."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as table:
        fields = [line.split(" ")[4] for line in table]
    for mark in (" ", "\t", "\n", "\\"):
        fields = [field.replace(f"\\{ord(mark):03o}", mark) for field in fields]
    return fields
