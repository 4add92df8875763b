"""Which process wrote an entry, and whether it has surely ended."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def this_process() -> dict[str, Any]:
    """Return what tells this process from every other one, on this machine and on others."""
    return {
        "host": socket.gethostname(),
        "boot": _read("/proc/sys/kernel/random/boot_id"),
        "space": _link("/proc/self/ns/pid"),
        "pid": os.getpid(),
        "born": _born(os.getpid()),
    }


def has_ended(process: Mapping[str, Any]) -> bool:
    """Return whether `process` has ended for sure.

    False for one that cannot be looked at from here: on another machine, in another container.
    """
    here = this_process()
    if process.get("host") != here["host"]:
        return False
    if process.get("boot") != here["boot"]:
        return True
    if process.get("space") != here["space"]:
        return False
    return not _runs(process.get("pid"), process.get("born"))


def _runs(pid: Any, born: Any) -> bool:
    if sys.platform == "win32" or not isinstance(pid, int) or pid <= 0:
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    now = _born(pid)
    return now == born and now != _ZOMBIE


_ZOMBIE = "zombie"


def _born(pid: int) -> str:
    """Return when a process began, in ticks since the boot; numbers of processes are reused."""
    fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    if fields and fields[0] in "ZX":
        return _ZOMBIE
    return fields[19] if len(fields) > 19 else ""


def _read(path: str) -> str:
    try:
        return Path(path).read_text(errors="replace").strip()
    except OSError:
        return ""


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""
