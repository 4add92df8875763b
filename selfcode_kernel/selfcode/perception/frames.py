"""The frames of a failure that matter, with the origin of the code that each of them runs."""

from __future__ import annotations

import dis
import linecache
import os
import sysconfig
import types
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import islice
from pathlib import Path

from selfcode.records import Failure, Frame

TIMED = frozenset({"<timed exec>", "<timed eval>", "<magic-timeit>"})
_KEPT = 25
_RAISE = dis.opmap["RAISE_VARARGS"]


class Origin(StrEnum):
    """Whose code a frame runs: a cell's, the user's own module's, or a library's."""

    CELL = "cell"
    MODULE = "module"
    LIBRARY = "library"


@dataclass(frozen=True)
class Step:
    """One frame of the traceback, live and as text; `raises` when a `raise` statement runs."""

    live: types.FrameType
    frame: Frame
    origin: Origin
    raises: bool


def leaf(error: BaseException) -> BaseException:
    """Return `error`, or the first single exception inside when it is a group."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def steps(failure: Failure) -> tuple[Step, ...]:
    """Return the steps from the cell (or the first of the user's code) inwards.

    Of a very deep traceback only both ends are kept. Empty when no code of the user's ran.
    """
    entries = []
    entry = leaf(failure.error).__traceback__
    while entry is not None:
        entries.append(entry)
        entry = entry.tb_next
    cell = failure.cell.filename if failure.cell else ""
    files = [entry.tb_frame.f_code.co_filename for entry in entries]
    begin = files.index(cell) if cell in files else _first_of_user(files)
    kept = entries[begin:]
    if len(kept) > 2 * _KEPT:
        kept = kept[:_KEPT] + kept[-_KEPT:]
    return tuple(_step(entry, cell) for entry in kept)


def live_frames(failure: Failure) -> tuple[types.FrameType, ...]:
    """Return the live frames, one for each of the diagnosis' frames."""
    return tuple(step.live for step in steps(failure))


def _first_of_user(files: list[str]) -> int:
    user = (i for i, name in enumerate(files) if origin_of(name) is not Origin.LIBRARY)
    return next(user, len(files))


def _step(entry: types.TracebackType, cell: str) -> Step:
    code, last = entry.tb_frame.f_code, entry.tb_lasti
    spots = next(islice(code.co_positions(), last // 2, None), (None,) * 4)
    line, end_line, column, end_column = (-1 if spot is None else spot for spot in spots)
    if line < 0:
        line = end_line = entry.tb_lineno
    name = code.co_filename
    frame = Frame(name, code.co_qualname, line, end_line, column, end_column)
    origin = Origin.CELL if name == cell else origin_of(name)
    return Step(entry.tb_frame, frame, origin, last >= 0 and code.co_code[last] == _RAISE)


def origin_of(filename: str) -> Origin:
    """Return whose code bears `filename`; code without any source counts as a library's."""
    if filename in TIMED:
        return Origin.CELL
    if is_library(filename):
        return Origin.LIBRARY
    if os.path.exists(filename):
        return Origin.MODULE
    return Origin.CELL if linecache.getlines(filename) else Origin.LIBRARY


@cache
def is_library(filename: str) -> bool:
    """Return whether `filename` is that of a library or the interpreter, or no file at all."""
    if filename.startswith("<frozen") or filename in ("", "<string>", "<stdin>"):
        return True
    parts = Path(filename).parts
    return (
        "site-packages" in parts
        or "dist-packages" in parts
        or filename.startswith(_library_folders())
    )


@cache
def _library_folders() -> tuple[str, ...]:
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    paths = {sysconfig.get_path(name) for name in names}
    own = str(Path(__file__).parents[1])
    return tuple(f"{path}{os.sep}" for path in {*paths, own} if path)
