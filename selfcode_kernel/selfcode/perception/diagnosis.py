"""From a failure to a diagnosis: what happened, where, and whether anything can be proposed."""

from __future__ import annotations

import os

from selfcode.errors import CapabilityExceeded
from selfcode.perception.frames import Origin, Step, leaf, steps
from selfcode.perception.suspects import Unavailable, suspects
from selfcode.records import Diagnosis, Failure, Kind, Suspect, message_of

LONGEST_CELL = 100_000
"""Characters; a longer cell is not looked at."""
_SHOWN = 160
_STOPS: dict[type[BaseException], str] = {
    KeyboardInterrupt: "The cell was interrupted; there is nothing to repair.",
    SystemExit: "The cell asked the interpreter to exit; there is nothing to repair.",
    GeneratorExit: "A generator was closed; there is nothing to repair.",
    MemoryError: "The memory ran out; no change of one line is known to help.",
    AssertionError: "An assertion does not hold; what the code should do instead is not known.",
}


def why_declined(failure: Failure) -> str:
    """Return why nothing can be proposed, one line, or the empty string; never raises.

    Quick enough for the kernel's main thread, unlike `diagnose`, which also reads sources.
    """
    error = leaf(failure.error)
    for kind, line in _STOPS.items():
        if isinstance(error, kind):
            return line
    if isinstance(error, CapabilityExceeded):
        return str(error)
    if failure.cell and len(failure.cell.source) > LONGEST_CELL:
        size = len(failure.cell.source) // 1000
        return f"The cell is too long to look at ({size} kB; {LONGEST_CELL // 1000} kB at most)."
    if isinstance(error, SyntaxError):
        return _does_not_parse(error)
    return _raised_on_purpose(steps(failure))


def diagnose(failure: Failure) -> Diagnosis:
    """Return what happened and the ranked suspects, or why there are none; never raises."""
    error, trace = leaf(failure.error), steps(failure)
    declined = why_declined(failure)
    found: tuple[Suspect, ...] = ()
    if not declined:
        declined, found = _find(failure, trace)
    name, message = type(error).__name__, message_of(error)
    summary = f"{name}: {message}" if message else name
    if len(summary) > _SHOWN:
        summary = f"{summary[:_SHOWN]}…"
    if found:
        summary += f" in {_place(failure, found[0], trace)}"
    frames = tuple(step.frame for step in trace)
    return Diagnosis(Kind.ERROR, name, message, summary, frames, found, declined)


def _find(failure: Failure, trace: tuple[Step, ...]) -> tuple[str, tuple[Suspect, ...]]:
    try:
        return "", suspects(failure, trace)
    except Unavailable as error:
        return f"{error}.", ()


def _does_not_parse(error: SyntaxError) -> str:
    foreign = error.filename is not None and os.path.exists(error.filename)
    what = f"`{error.filename}`" if foreign else "The cell"
    where = f" (line {error.lineno})" if error.lineno else ""
    return f"{what} does not parse: {error.msg}{where}."


def _raised_on_purpose(trace: tuple[Step, ...]) -> str:
    if not trace or trace[-1].origin is Origin.LIBRARY or not trace[-1].raises:
        return ""
    frame = trace[-1].frame
    where = "The cell" if frame.function == "<module>" else f"`{frame.function}`"
    return f"{where} raised this itself (line {frame.line}); that is no mistake of the line."


def _place(failure: Failure, suspect: Suspect, trace: tuple[Step, ...]) -> str:
    line = trace[suspect.frame].frame.line  # as the traceback above says it
    if suspect.target.is_cell:
        number = failure.cell.number if failure.cell else ""
        return f"cell {number}, line {line}"
    own = suspect.target.module == "__main__"
    return f"`{suspect.target.name if own else suspect.target}`, line {line}"
