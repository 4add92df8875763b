"""What Python's audit events say that code does, in the names of the policy's capabilities.

Read from the event alone; who did it, and whether it is their own business, is asked elsewhere.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

SELFCODE = "selfcode"
"""What stands for a capability that nobody can grant: to reach selfcode itself."""


class Deed(NamedTuple):
    """What an event does: the capability that it needs, and the file that it is about, if any."""

    capability: str
    path: str = ""


_EVENTS = {
    "file-read": """
        os.listdir os.scandir os.walk os.fwalk glob.glob glob.glob/2 pathlib.Path.glob
        pathlib.Path.rglob
    """,
    "file-write": """
        os.mkdir os.truncate shutil.copyfile shutil.copytree shutil.make_archive
        shutil.unpack_archive tempfile.mkstemp tempfile.mkdtemp
    """,
    "file-delete": """
        os.remove os.rename os.rmdir os.link os.symlink os.chmod os.lchmod os.chown os.utime
        os.chflags os.lchflags os.setxattr os.removexattr shutil.rmtree shutil.move shutil.chown
        shutil.copymode shutil.copystat
    """,
    "network": """
        socket.connect socket.bind socket.getaddrinfo socket.gethostbyname socket.gethostbyaddr
        socket.getnameinfo socket.sendto socket.sendmsg socket.sethostname urllib.Request
        http.client.connect ftplib.connect imaplib.open nntplib.connect poplib.connect
        smtplib.connect telnetlib.Telnet.open webbrowser.open
    """,
    "subprocess": """
        subprocess.Popen os.system os.exec os.posix_spawn os.spawn os.fork os.forkpty pty.spawn
        os.startfile
    """,
    "environment": "os.putenv os.unsetenv",
    "native": """
        ctypes.dlopen ctypes.dlsym ctypes.dlsym/handle ctypes.call_function ctypes.cdata
        ctypes.cdata/buffer ctypes.addressof ctypes.string_at ctypes.wstring_at ctypes.memoryview_at
        ctypes.seh_exception ctypes.set_errno mmap.__new__ sqlite3.enable_load_extension
        sqlite3.load_extension
    """,
    "dynamic-code": """
        exec compile code.__new__ function.__new__ marshal.loads marshal.load pickle.find_class
        cpython.run_command cpython.run_file cpython.run_module cpython.run_interactivehook
        code.interact
    """,
    "process": """
        os.kill os.killpg os.chdir os.fchdir signal.pthread_kill resource.setrlimit
        resource.prlimit _thread.start_new_thread _thread.start_joinable_thread builtins.breakpoint
        pdb.Pdb
    """,
    "introspection": """
        sys._current_frames sys._current_exceptions sys.settrace sys.setprofile sys.addaudithook
        gc.get_objects gc.get_referrers gc.get_referents
    """,
}

_WITHOUT_PATH = frozenset({"shutil.unpack_archive", "tempfile.mkstemp", "tempfile.mkdtemp"})
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def _opened(path: Any, mode: Any, flags: Any) -> Deed | None:
    text = _path(path)
    if not text or text == os.devnull:
        return None
    writes = any(c in "wax+" for c in mode) if isinstance(mode, str) else flags & _WRITES
    return Deed("file-write" if writes else "file-read", text)


def _database(path: Any, *_: Any) -> Deed | None:
    text = _path(path)
    return None if text in ("", ":memory:") else Deed("file-write", text)


def _socket(_self: Any, family: Any, *_: Any) -> Deed | None:
    """Return nothing for a socket of this machine alone, as an event loop makes for itself."""
    return None if family in (-1, socket.AF_UNIX) else Deed("network")


def _imported(module: Any, *_: Any) -> Deed | None:
    own = isinstance(module, str) and module.partition(".")[0] == "selfcode"
    return Deed(SELFCODE) if own else None


def _changed(_object: Any, name: Any, *_: Any) -> Deed | None:
    return Deed("introspection") if name == "__code__" else None


_READERS: dict[str, Callable[..., Deed | None]] = {
    "open": _opened,
    "sqlite3.connect": _database,
    "socket.__new__": _socket,
    "import": _imported,
    "object.__setattr__": _changed,
}

_CAPABILITY = {name: capability for capability, names in _EVENTS.items() for name in names.split()}

KNOWN: Mapping[str, object] = {**_CAPABILITY, **_READERS}
"""The events that can be a deed: all others are passed by at once."""


def deed(event: str, arguments: tuple[Any, ...]) -> Deed | None:
    """Return what a `KNOWN` event does; None when it does nothing that needs a capability."""
    reader = _READERS.get(event)
    if reader is not None:
        return reader(*arguments)
    capability = _CAPABILITY[event]
    if not capability.startswith("file-") or event in _WITHOUT_PATH or not arguments:
        return Deed(capability)
    return Deed(capability, _path(arguments[0]))


def _path(value: Any) -> str:
    """Return the absolute path that `value` is; empty for a descriptor and all else."""
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if isinstance(value, bytes):
        value = os.fsdecode(value)
    if not isinstance(value, str):
        return ""
    return value if value in ("", ":memory:") else os.path.abspath(value)
