"""How strong the wall is here: each layer is really tried, in processes made for that."""

from __future__ import annotations

import functools
import mmap
import os
import resource
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from selfcode.errors import SandboxError
from selfcode.records import Isolation
from selfcode.sandbox import landlock
from selfcode.sandbox.channel import BrokenMessage, Channel
from selfcode.sandbox.namespaces import (
    NoNamespaces,
    drop_capabilities,
    enter,
    refused_kinds,
    renounce,
)
from selfcode.sandbox.process import fork_quietly
from selfcode.sandbox.root import SCRATCH, Root
from selfcode.sandbox.seccomp import Listener, close_calls
from selfcode.sandbox.view import View
from selfcode.sandbox.wall import (
    check_alone,
    check_platform,
    limit,
    open_processes,
    reason,
    try_handles,
)

_SECONDS = 15.0
_MUCH = 1 << 40

_ADVICE = {
    "platform": "Candidates can be tried on Linux (x86_64, aarch64) only.",
    "process handles": "Linux 5.4 or later is needed.",
    "threads": "/proc must be mounted: it shows whether a thread would stay outside the wall.",
    "namespaces": (
        "Allow unprivileged user namespaces (sysctl user.max_user_namespaces, kernel."
        "unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns; for one kind "
        "user.max_*_namespaces), or start the container with a seccomp profile that lets `unshare` "
        "and `mount` through."
    ),
    "private root": "The container must let a user namespace mount tmpfs and bind folders.",
    "throwaway overlay": (
        "Cells that write files cannot be tried: Linux 5.11 or later with overlayfs is needed."
    ),
    "privileges": "The process must be allowed to give up its own capabilities.",
    "limits": "The process must be allowed to lower its own limits (setrlimit, prlimit).",
    "Landlock": (
        f"Linux 6.2 or later (Landlock {landlock.OLDEST}) with landlock among the kernel's "
        "security modules (boot option lsm=) is needed."
    ),
    "seccomp": "The kernel must let a process filter its own system calls, with notification.",
}

_OPTIONAL = frozenset({"throwaway overlay"})
_WITHOUT_NAMESPACES = frozenset({"namespaces", "private root"})


@dataclass(frozen=True)
class Layer:
    """One layer of the wall: whether it holds, why not, and what to do about that."""

    name: str
    holds: bool
    reason: str = ""
    advice: str = ""


def layers() -> tuple[Layer, ...]:
    """Return every layer as it was found to be just now; the calling process stays as it is."""
    try:
        check_platform()
        reasons = _ask_a_child()
    except SandboxError as error:
        return (Layer("platform", False, str(error), _ADVICE["platform"]),)
    return tuple(
        Layer(name, not reason, reason, _ADVICE[name] if reason else "")
        for name, reason in reasons.items()
    )


@functools.cache
def isolation() -> Isolation:
    """Return how strong the wall is here, found out once."""
    missing = {found.name for found in layers() if not found.holds} - _OPTIONAL
    if not missing:
        return Isolation.A
    return Isolation.B if missing == _WITHOUT_NAMESPACES else Isolation.C


def _ask_a_child() -> dict[str, str]:
    """Return why each layer does not hold, empty when it does, as a forked process finds it."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = fork_quietly()
        if process == 0:
            _try_layers(Channel(theirs))
        theirs.close()
        try:
            return dict(Channel(ours).receive(time.monotonic() + _SECONDS))
        except (OSError, EOFError, BrokenMessage) as error:
            raise SandboxError(f"the layers could not be tried: {error}") from error
        finally:
            os.kill(process, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(process, 0)


def _try_layers(channel: Channel) -> NoReturn:
    try:
        found = {"process handles": _reason(try_handles)}
        found["threads"] = _reason(lambda: check_alone(open_processes()))
        if not found["threads"]:  # without /proc nothing else can be tried
            _try_walls(found)
        channel.send(found)
    finally:
        os._exit(0)


def _try_walls(found: dict[str, str]) -> None:
    root = Root(View().paths(), View(working_directory=SCRATCH).directory())
    found["namespaces"] = _reason(_enter_namespaces)
    found["private root"] = found["namespaces"] or _reason(root.enter)
    found["throwaway overlay"] = found["private root"] or _reason(lambda: _lay_over(root))
    found["privileges"] = _reason(renounce) or _reason(drop_capabilities)
    found["limits"] = _reason(_run_out_of_memory)
    found["Landlock"] = _reason(_lock_out)
    found["seccomp"] = _reason(_refuse_a_socket)


def _reason(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except OSError as error:
        return reason(error)
    return ""


def _enter_namespaces() -> None:
    kinds = refused_kinds()
    try:
        enter()
    except NoNamespaces as error:
        raise OSError(error.errno, f"{', '.join(kinds)}: {error.strerror}".lstrip(": ")) from error


def _run_out_of_memory() -> None:
    """Limit the memory and see whether more can still be had."""
    limit(_MUCH, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    try:
        mmap.mmap(-1, _MUCH).close()
    except OSError:
        return
    raise OSError("it lets a process take more memory than it may")


def _lay_over(root: Root) -> None:
    if root.lay_out() < 0:
        raise OSError("overlayfs cannot be mounted")


def _lock_out() -> None:
    """Give up every file and see whether one can still be opened."""
    landlock.restrict([], [])
    try:
        os.close(os.open("/dev/null", os.O_RDONLY))
    except PermissionError:
        return
    raise OSError("it lets files through")


def _refuse_a_socket() -> None:
    """Filter the calls of a process of its own and see whether one is refused by name."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        process = os.fork()
        if process == 0:
            _open_a_socket(theirs)
        theirs.close()
        try:
            refused = _supervise(ours)
        finally:
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
    if refused != "socket":
        raise OSError("refused calls are not reported")


def _supervise(channel: socket.socket) -> str:
    channel.settimeout(_SECONDS / 2)
    _, listeners, _, _ = socket.recv_fds(channel, 1, 1)
    if not listeners:
        raise OSError("the filter cannot be installed")
    return Listener(listeners[0]).refuse()


def _open_a_socket(channel: socket.socket) -> NoReturn:
    try:
        close_calls(channel, metadata=False)
        socket.socket()
    finally:
        os._exit(0)
