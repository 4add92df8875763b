"""What a trial lacks that the code needs: a network, other programs, files, a person, a GPU.

`Watch` notes it in the trial's own process as it is asked for, also where a library hides the
failure; `unmet` is the trusted side. What fails for want of it proves nothing against the code.
"""

from __future__ import annotations

import builtins
import errno
import getpass
import io
import os
import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from types import FrameType
from typing import Any, NoReturn

from selfcode.validation.capabilities import KNOWN_MODULES

Needs = dict[str, list[str]]

_MOST, _LONGEST = 40, 300
_EVENTS = {
    **dict.fromkeys(
        "socket.connect socket.bind socket.sendto socket.getaddrinfo socket.gethostbyname "
        "socket.gethostbyaddr urllib.Request http.client.connect ftplib.connect smtplib.connect "
        "imaplib.open poplib.connect webbrowser.open".split(),
        "network",
    ),
    **dict.fromkeys(
        "subprocess.Popen os.system os.exec os.posix_spawn os.spawn os.fork os.forkpty pty.spawn "
        "os.startfile".split(),
        "subprocess",
    ),
}
_SAID = {
    "network": "the network",
    "subprocess": "another program",
    "gpu": "a GPU",
    "memory": "more memory than a trial has",
    "module": "a library that is not installed here",
}
_NETWORK_CALLS = frozenset(
    "socket connect bind listen accept accept4 sendto sendmsg sendmmsg".split()
)
_PROGRAM_CALLS = frozenset("fork vfork clone clone3 execve execveat".split())
_THE_CODES_OWN = frozenset(
    getattr(errno, name)
    for name in "ENOENT EEXIST EISDIR ENOTDIR EBADF EINVAL ENOTEMPTY EPIPE ECHILD ESRCH".split()
)
"""What an `OSError` says that has to do with the code, not with the wall."""
_PROBERS = (
    *("/platform.py", "/uuid.py", "/ctypes/util.py", "/matplotlib/font_manager.py"),
    *("/loky/backend/context.py", "/threadpoolctl.py"),
)
"""What asks `uname` and its like, and goes on when there is no answer."""
_GPU = re.compile(r"\b(CUDA|cuDNN|NVIDIA|GPUs?|ROCm|MPS backend)\b")
_DEEPEST = 12


class NeedsPerson(BaseException):
    """The code asks a person for input, which a trial cannot answer."""


class Watch:
    """Notes what the code of this process asks for and a trial has not; only for a trial's process.

    `is_users` tells from a file name whether code is the user's rather than a library's.
    """

    def __init__(self, is_users: Callable[[str], bool]) -> None:
        self.needs: Needs = {}
        self._is_users = is_users

    def begin(self) -> None:
        """Watch from now on; there is no end to it but that of the process."""
        sys.addaudithook(self._heard)
        for module, name in ((builtins, "input"), (getpass, "getpass")):
            vars(module)[name] = self._ask
        sys.stdin = _Asked(self._ask)
        kind = type(os.environ)
        known = kind.__getitem__

        def look_up(environment: Any, key: Any) -> Any:
            try:
                return known(environment, key)
            except KeyError:
                self._missed(str(key), sys._getframe(1))
                raise

        kind.__getitem__ = look_up  # type: ignore[method-assign]  # the class is `os`'s own

    def note(self, kind: str, what: str) -> None:
        """Note that `what`, of one kind, was asked for."""
        found = self.needs.setdefault(kind, [])
        if len(found) < _MOST and what[:_LONGEST] not in found:
            found.append(what[:_LONGEST])

    def see(self, error: BaseException | None) -> None:
        """Note what `error`, and every exception behind it, says is missing."""
        for part in _behind(error):
            for kind, what in _lacking(part):
                self.note(kind, what)

    def _ask(self, prompt: str = "", stream: object = None) -> NoReturn:
        self.note("person", "input")
        raise NeedsPerson(prompt, stream)

    def _heard(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            self._opened(args)
        elif (kind := _EVENTS.get(event)) is not None:
            self.note("probes" if _is_probe(sys._getframe(1)) else kind, event)

    def _opened(self, args: tuple[Any, ...]) -> None:
        path, mode, flags = args
        if not isinstance(path, (str, bytes)):
            return
        writing = bool(isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR))
        if writing or (isinstance(mode, str) and set(mode) & set("wax+")):
            self.note("writes", os.fsdecode(path))
        elif not os.path.lexists(path):
            self.note("files", os.fsdecode(path))

    def _missed(self, key: str, frame: FrameType | None) -> None:
        """Note a variable that is not set, if the code gave no value to take in its place."""
        while frame is not None and frame.f_code.co_filename in _LOOK_UPS:
            if frame.f_locals.get("default") is not None:
                return
            frame = frame.f_back
        filename = frame.f_code.co_filename if frame else ""
        if (
            os.path.basename(filename) == "webbrowser.py"
        ):  # it looks for a display and then gives up
            self.note("network", "webbrowser.open")
        elif frame is not None and self._is_users(filename):
            self.note("environment", key)


_LOOK_UPS = frozenset({os.__file__, "<frozen os>", "<frozen _collections_abc>"})


class _Asked(io.StringIO):
    """A standard input that nobody writes to: to read from it is to ask a person."""

    def __init__(self, ask: Callable[[], NoReturn]) -> None:
        super().__init__()
        self._ask = ask

    def read(self, _size: int | None = -1, /) -> str:
        self._ask()

    def readline(self, _size: int = -1, /) -> str:  # type: ignore[override]  # it never returns
        self._ask()

    def __next__(self) -> str:  # type: ignore[override]  # as above
        self._ask()


def _is_probe(frame: FrameType | None) -> bool:
    """Return whether a library asks of its own accord, and does without an answer."""
    for _ in range(_DEEPEST):
        if frame is None:
            return False
        if frame.f_code.co_filename.endswith(_PROBERS):
            return True
        frame = frame.f_back
    return False


def is_users_code(filename: str) -> bool:
    """Return whether code in `filename` is no library's: a cell's, or a file outside of Python."""
    libraries = {os.path.dirname(os.__file__), *filter(None, (sys.prefix, sys.base_prefix))}
    inside = any(filename.startswith(folder.rstrip("/") + "/") for folder in libraries)
    return not inside and not filename.startswith("<frozen")


def _behind(error: BaseException | None) -> Iterator[BaseException]:
    """Yield `error`, what it is made of, and what it came from."""
    pending, seen = [error], set[int]()
    while pending and len(seen) < _DEEPEST:
        part = pending.pop(0)
        if part is None or id(part) in seen:
            continue
        seen.add(id(part))
        yield part
        pending += [part.__cause__, part.__context__]
        pending += [a for a in (*part.args, getattr(part, "reason", None)) if _is_error(a)]
        pending += list(getattr(part, "exceptions", ()))[:_DEEPEST]


def _is_error(value: object) -> bool:
    return isinstance(value, BaseException)


def _lacking(error: BaseException) -> Iterator[tuple[str, str]]:
    text = _text(error)
    if isinstance(error, ModuleNotFoundError):
        if str(error.name).partition(".")[0] in KNOWN_MODULES:
            yield "module", str(error.name)
    elif isinstance(error, ImportError):
        if "cannot import name" not in text:  # else a library says what else it would need
            yield "module", text
    elif isinstance(error, OSError):
        path = error.filename
        if error.errno == errno.ENOENT and isinstance(path, (str, bytes)):
            yield "files", os.fsdecode(path)
            yield "failed", os.fsdecode(path)
        elif error.errno is not None and error.errno not in _THE_CODES_OWN:
            yield "system", text
    elif isinstance(error, MemoryError):
        yield "memory", text
    elif isinstance(error, EOFError) and "reading a line" in text:
        yield "person", "input"
    elif isinstance(error, KeyError) and _frame_of(error) in _LOOK_UPS:
        yield "environment", text.strip("'")
    if type(error).__module__ == "webbrowser":
        yield "network", "webbrowser.open"
    if isinstance(error, (RuntimeError, AssertionError, OSError)) and _GPU.search(text):
        yield "gpu", text


def _text(error: BaseException) -> str:
    try:
        return " ".join(str(error).split())[:_LONGEST]
    except Exception:  # noqa: BLE001 - the candidate's own __str__
        return type(error).__name__


def _frame_of(error: BaseException) -> str:
    """Return the file of the code that raised `error`."""
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    return step.tb_frame.f_code.co_filename if step else ""


def unmet(
    needs: Mapping[str, Any],
    refused: Collection[str],
    shows: Callable[[str], bool],
    *,
    failed: bool,
) -> str:
    """Return what a trial could not show of the code, such as "asks for input", or `""`.

    `needs` is the word of the trial's process; `failed`: the code did not run to its end.
    """
    told = {kind: [str(what) for what in found] for kind, found in needs.items()}
    for kind, calls in (("network", _NETWORK_CALLS), ("subprocess", _PROGRAM_CALLS)):
        unexplained = "probes" not in told and not calls.isdisjoint(refused)
        if kind in told or unexplained:
            by = [*told.get(kind, ()), *(call for call in refused if call in calls)]
            return f"needs {_SAID[kind]}, which the wall refuses ({', '.join(by[:3])})"
    if "person" in told:
        return "asks for input"
    return _unmet_by_failure(told, refused, shows) if failed else ""


def _unmet_by_failure(
    told: Mapping[str, list[str]], refused: Collection[str], shows: Callable[[str], bool]
) -> str:
    for kind in ("gpu", "memory", "module"):
        if kind in told:
            return f"needs {_SAID[kind]} ({told[kind][0]})"
    if names := told.get("environment"):
        return f"reads the environment, which is empty behind the wall ({', '.join(names[:3])})"
    hidden = [p for p in told.get("failed", ()) if not shows(p)]
    hidden += [p for p in told.get("files", ()) if not shows(p) and os.path.exists(p)]
    if hidden:
        return f"needs {hidden[0]}, which the wall does not show"
    if system := told.get("system"):
        return f"does what the wall does not allow ({system[0]})"
    return f"needs what the wall refuses ({', '.join(list(refused)[:3])})" if refused else ""
