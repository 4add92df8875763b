"""Landlock: the calling process loses every file, TCP and signalling right that it is not given."""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterable

from selfcode.sandbox.syscalls import call

_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_REMOVE, _MAKE_DIR, _MAKE_FILE, _MAKE_LINK = 3 << 4, 1 << 7, 1 << 8, 1 << 12
_REFER, _TRUNCATE, _IOCTL = 1 << 13, 1 << 14, 1 << 15

_READ = _READ_FILE | _READ_DIR
_CHANGE = _WRITE_FILE | _REMOVE | _MAKE_DIR | _MAKE_FILE | _MAKE_LINK | _REFER | _TRUNCATE
_OF_A_FILE = _WRITE_FILE | _READ_FILE | _TRUNCATE

# The rights that exist from each version of the interface on: (files, network, scopes).
_FILES = {1: (1 << 13) - 1, 2: _REFER, 3: _TRUNCATE, 5: _IOCTL}
_NETWORK = {4: 0b11}
_SCOPES = {6: 0b11}

# Without the right to refuse truncation (version 3), a file that may only be read can be emptied.
OLDEST = 3


def version() -> int:
    """Return the version of the kernel's Landlock interface, 0 when there is none."""
    try:
        return call("landlock_create_ruleset", None, 0, 1)
    except OSError:
        return 0


def restrict(readable: Iterable[str], writable: Iterable[str]) -> None:
    """Take every right from the calling process but those on and below the given paths.

    Nothing can be executed, connected or bound, and no process outside can be signalled. Paths
    that do not exist are skipped. Raises `OSError`; needs no_new_privs.
    """
    found = version()
    if found < OLDEST:
        raise OSError(95, f"Landlock version {OLDEST} is needed (Linux 6.2), found {found}")
    files = _rights(_FILES, found)
    attributes = struct.pack("<QQQ", files, _rights(_NETWORK, found), _rights(_SCOPES, found))
    known = attributes[: 8 if found < 4 else 16 if found < 6 else 24]
    ruleset = call("landlock_create_ruleset", known, len(known), 0)
    for paths, rights in ((readable, _READ), (writable, _READ | _CHANGE)):
        for path in paths:
            _allow(ruleset, path, rights & files)
    call("landlock_restrict_self", ruleset, 0)
    os.close(ruleset)


def _rights(by_version: dict[int, int], found: int) -> int:
    return sum(rights for since, rights in by_version.items() if since <= found)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(os.fstat(place).st_mode):
        rights &= _OF_A_FILE
    call("landlock_add_rule", ruleset, 1, struct.pack("<Qi", rights, place), 0)
    os.close(place)
