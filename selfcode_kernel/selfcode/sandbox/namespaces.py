"""Namespaces of its own for the calling process, and the loss of every capability in them."""

from __future__ import annotations

import errno
import os
import re
import struct
from contextlib import suppress
from pathlib import Path

from selfcode.sandbox.mounts import cut_off
from selfcode.sandbox.process import fork_quietly
from selfcode.sandbox.syscalls import call, prctl

NEW_MOUNTS, _NEW_CGROUP, _NEW_NAMES, _NEW_IPC = 1 << 17, 1 << 25, 1 << 26, 1 << 27
_NEW_USERS, _NEW_PROCESSES, _NEW_NETWORK = 1 << 28, 1 << 29, 1 << 30
_ALL_BUT_USERS = NEW_MOUNTS | _NEW_CGROUP | _NEW_NAMES | _NEW_IPC | _NEW_PROCESSES | _NEW_NETWORK
_KINDS = {
    "user": 0,
    "mount": NEW_MOUNTS,
    "process": _NEW_PROCESSES,
    "network": _NEW_NETWORK,
    "IPC": _NEW_IPC,
    "host name": _NEW_NAMES,
    "cgroup": _NEW_CGROUP,
}

_PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT = 24, 38, 47
_AMBIENT_CLEAR_ALL = 4
_SETFCAP = 31
_CAPABILITIES = 0x20080522
# An overlay works with the powers of who mounted it, and its work folder has no permissions at all.
_MOUNTING = 1 << 21 | 1 << 1  # CAP_SYS_ADMIN, CAP_DAC_OVERRIDE


class NoNamespaces(OSError):
    """The system does not let the process have namespaces of its own."""


def enter() -> None:
    """Move the calling process into new namespaces of all kinds (its children into a new pid one).

    Of all but time: a namespace of clocks only shifts what they show, and hides nothing.
    The user keeps its number; no other one exists. Raises `NoNamespaces` when the system does not
    allow it at all, `OSError` when it stopped half-way. The process must have one thread only.
    """
    user, group = os.getuid(), os.getgid()
    if user == 0 and not _has_capability(_SETFCAP):
        raise NoNamespaces(errno.EPERM, "root may not map itself without CAP_SETFCAP")
    try:
        call("unshare", _NEW_USERS | _ALL_BUT_USERS)
    except OSError as error:
        raise NoNamespaces(error.errno, error.strerror) from error
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    try:
        cut_off()
    except OSError as error:  # Ubuntu's AppArmor lets a namespace be made and takes its powers
        raise NoNamespaces(error.errno, error.strerror) from error


def refused_kinds() -> tuple[str, ...]:
    """Return the kinds of namespaces that the system does not let the calling process have."""
    if _can_enter(_ALL_BUT_USERS):
        return ()
    return tuple(kind for kind, flag in _KINDS.items() if not _can_enter(flag))


def _can_enter(flag: int) -> bool:
    process = fork_quietly()
    if process == 0:
        try:
            call("unshare", _NEW_USERS | flag)
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitpid(process, 0)[1] == 0


def _has_capability(capability: int) -> bool:
    status = Path("/proc/self/status").read_text()
    effective = re.search(r"^CapEff:\s*(\w+)", status, re.MULTILINE)
    return bool(effective and int(effective[1], 16) >> capability & 1)


def renounce() -> None:
    """Bar the calling process and all it starts from ever gaining a privilege."""
    for capability in range(64):
        with suppress(OSError):
            prctl(_PR_CAPBSET_DROP, capability)
    with suppress(OSError):
        prctl(_PR_CAP_AMBIENT, _AMBIENT_CLEAR_ALL)
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def drop_capabilities(*, keep_mounting: bool = False) -> None:
    """Drop every capability of the calling process, or all but those to mount."""
    kept = _MOUNTING if keep_mounting else 0
    call(
        "capset",
        struct.pack("<Ii", _CAPABILITIES, 0),
        struct.pack("<6I", kept, kept, 0, 0, 0, 0),
    )
