"""The tripwire: an audit hook that stops injected code at what its patch was not approved for.

It is a tripwire and not a wall: it sees what Python's audit events tell, and code that is out to
evade it can (native memory, helpers of the user's own, a thread that runs a library's function).
Injected code are definitions; the rest of a cell that is run on is the user's cell.
Never taken for the injected code's doing: what the user's own code does that it calls (a callback,
a helper, an object's method), what importing does, what logging handlers and finalizers do, what
tools around the session do, and what a library does for itself (its caches, its own threads).
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import threading
import types
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from selfcode.errors import CapabilityExceeded
from selfcode.oversight.deeds import KNOWN, SELFCODE, Deed, deed
from selfcode.perception.frames import Origin, is_library, origin_of
from selfcode.sandbox.view import View, within
from selfcode.validation.capabilities import (
    LIBRARIES,
    MEMBERS,
    attribute_capability,
    capability_of,
)


@dataclass(frozen=True)
class Trip:
    """One event that was stopped: what injected code was about to do without approval."""

    target: str
    hash: str
    event: str
    capability: str
    about: str


@dataclass(frozen=True)
class Watch:
    """What one injected text was approved for; `report` hears of what it tries beyond that.

    `granted` is what a person has granted at the time of an event. `report` is called on a thread
    of its own, once for each kind of trip.
    """

    target: str
    hash: str
    approved: frozenset[str]
    report: Callable[[Trip], None]
    granted: Callable[[], Iterable[str]] = tuple


_watched: dict[str, Watch] = {}
_trips: list[Trip] = []
_state = threading.local()
_process = os.getpid()
_hooked = False
_told = False


def watch(filename: str, what: Watch) -> None:
    """Watch the code that bears `filename`, which one injected text alone does."""
    global _hooked, _process
    _process = os.getpid()
    _watched[filename] = what
    if not _hooked:
        _hooked = True
        sys.addaudithook(_hook)


def unwatch(report: Callable[[Trip], None]) -> None:
    """Forget every watch that reports to `report`; the hook, which stays, is inert without any."""
    for filename in [f for f, w in _watched.items() if w.report == report]:
        del _watched[filename]
    if not _watched:
        _trips.clear()


@contextmanager
def noting() -> Iterator[list[Trip]]:
    """Collect what is stopped meanwhile, each kind once: for a forked process of its own."""
    _trips.clear()
    yield _trips


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watched or event not in KNOWN or getattr(_state, "busy", False):
        return
    _state.busy = True
    try:
        trip = _trip(event, arguments, sys._getframe(1))
    except Exception as error:  # noqa: BLE001 - a defect of ours must not break the user's code
        trip = None
        _tell_once(error)
    finally:
        _state.busy = False
    if trip is not None:
        raise CapabilityExceeded(trip.target, trip.event, trip.capability, trip.about)


def _trip(event: str, arguments: tuple[Any, ...], frame: types.FrameType) -> Trip | None:
    found = _culprit(frame)
    if found is None:
        return None
    (what, entry), done = found, deed(event, arguments)
    if done is None:
        return None
    approved = (what.approved | {*what.granted()}) - {SELFCODE}
    if done.capability in approved or _is_own(done, entry, approved):
        return None
    trip = Trip(what.target, what.hash, event, done.capability, done.path)
    kind = (trip.hash, trip.target, trip.event, trip.capability)
    if all(kind != (t.hash, t.target, t.event, t.capability) for t in _trips):
        _trips.append(trip)
        _report(what, trip)
    return trip


def _report(what: Watch, trip: Trip) -> None:
    """Report in another thread: this one may hold any lock. In a fork nobody is to be told."""
    if os.getpid() != _process:
        return
    reporter = threading.Thread(target=what.report, args=(trip,), name="selfcode-tripwire")
    reporter.start()
    reporter.join(_REPORT_SECONDS)


_REPORT_SECONDS = 1.0


def _tell_once(error: Exception) -> None:
    global _told
    if not _told:
        _told = True
        text = f"selfcode: the tripwire is broken and lets events pass ({type(error).__name__})."
        print(text, file=sys.stderr)  # noqa: T201 - nobody else can be told from here


# -- whose doing it is ----------------------------------------------------------------------------

_TOOLS = frozenset(
    "selfcode pydevd _pydevd_bundle _pydevd_sys_monitoring debugpy coverage ipykernel comm zmq "
    "tornado jupyter_client ipywidgets".split()
)
_WRAPPERS = frozenset({"wrapper", "wrapped", "inner", "_wrapper", "inner_f"})
_IMPORTING = "<frozen importlib._bootstrap>"
_TYPED = ("<stdin>", "<python-input")
_HANDLING = frozenset({("logging", "Logger.callHandlers"), ("weakref", "finalize.__call__")})


def _culprit(frame: types.FrameType | None) -> tuple[Watch, types.FrameType | None] | None:
    """Return whose doing the event in `frame` is, if it is that of injected code.

    With it comes the library's frame that the injected code entered, past what merely wraps it, or
    None when it did it itself.
    """
    entry = None
    while frame is not None:
        code = frame.f_code
        what = _watched.get(code.co_filename)
        if what is not None:
            return what, entry
        if _is_users(code.co_filename) or _is_apart(frame):
            return None
        if entry is None or code.co_name not in _WRAPPERS:
            entry = frame
        frame = frame.f_back
    return None


@cache
def _is_users(filename: str) -> bool:
    """Return whether the code of that file is the user's own, and so not the injected code's."""
    return filename.startswith(_TYPED) or origin_of(filename) is not Origin.LIBRARY


def _is_apart(frame: types.FrameType) -> bool:
    """Return whether the frame does what is nobody's doing: importing, handling, finalizing."""
    code, module = frame.f_code, _module(frame)
    return (
        code.co_filename == _IMPORTING
        or code.co_name == "__del__"
        or module.partition(".")[0] in _TOOLS
        or (module, code.co_qualname) in _HANDLING
    )


def _module(frame: types.FrameType) -> str:
    name = frame.f_globals.get("__name__")
    return name if type(name) is str else ""


# -- what a library does for itself ---------------------------------------------------------------

_DOORS = frozenset("pathlib io codecs bz2 gzip lzma tarfile zipfile configparser tokenize".split())
_NAMES_A_FILE = re.compile("to_|open")
_SYSTEM = ("/proc", "/sys", "/dev", "/etc", "/usr/share")


def _is_own(done: Deed, entry: types.FrameType | None, approved: frozenset[str]) -> bool:
    """Return whether the deed is the business of the library that was entered, not its caller's.

    A library that needs no capability starts its own threads, builds its own code, reads its own
    files and keeps its own caches; what is called by an approved name may do whatever that takes.
    """
    if done.capability == "file-read" and _is_library_file(done.path):
        return True
    if entry is None or done.capability == SELFCODE:
        return False
    module = _module(entry)
    top, dotted = module.partition(".")[0], f"{module}.{entry.f_code.co_qualname}"
    needed, named = capability_of(dotted), attribute_capability(entry.f_code.co_name)
    if (needed or named) in approved:
        return True
    harmless = needed == "" or (needed is None and top in LIBRARIES)
    if not done.capability.startswith("file-"):
        return harmless and done.capability != "network"
    if top in sys.stdlib_module_names:
        return MEMBERS.get(dotted) == "" or (harmless and top not in _DOORS)
    if named.startswith("file-") or _NAMES_A_FILE.match(entry.f_code.co_name):
        return False
    return done.capability == "file-read" or _is_housekeeping(done.path)


@cache
def _library_folders() -> tuple[str, ...]:
    own = {os.path.abspath(entry) for entry in sys.path if not is_library(f"{entry}{os.sep}")}
    shown = [path for path in View().paths() if path and path not in own]
    return tuple({path for given in shown for path in (given, os.path.realpath(given))})


def _is_library_file(path: str) -> bool:
    return bool(path) and any(within(path, folder) for folder in _library_folders())


def _is_housekeeping(path: str) -> bool:
    """Return whether it is where libraries keep what is theirs: hidden, temporary, the system's."""
    hidden = any(part.startswith(".") or part == "__pycache__" for part in path.split(os.sep))
    return hidden or any(within(path, top) for top in (*_SYSTEM, tempfile.gettempdir()))
