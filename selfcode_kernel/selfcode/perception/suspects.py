"""Which definition or cell of the user's may be to blame, and what its text is."""

from __future__ import annotations

import linecache
import os
import sys
import types
from collections.abc import Iterator, Mapping
from typing import Any

from selfcode.perception.frames import TIMED, Origin, Step
from selfcode.records import Cell, Failure, Suspect, Target
from selfcode.source import Definition, definition_at

_MOST = 4
_INJECTED = "<selfcode "


class Unavailable(Exception):
    """The text of a place is not known for certain; its text says why, for a person."""


def suspects(failure: Failure, trace: tuple[Step, ...]) -> tuple[Suspect, ...]:
    """Return the suspects, the innermost first; raises `Unavailable` when that one has no text."""
    found: dict[Target, Suspect] = {}
    seen: set[types.CodeType] = set()
    for index in reversed(range(len(trace))):
        code = trace[index].live.f_code
        if trace[index].origin is Origin.LIBRARY or len(found) == _MOST or code in seen:
            continue
        seen.add(code)
        try:
            suspect = _suspect(failure, trace[index], index, 0.5 ** len(found))
        except Unavailable:
            if not found:
                raise
            continue
        found.setdefault(suspect.target, suspect)
    if not found:
        raise Unavailable("none of the user's code is in the traceback")
    return tuple(found.values())


def _suspect(failure: Failure, step: Step, index: int, weight: float) -> Suspect:
    name, line = step.frame.filename, step.frame.line
    if failure.cell and (name == failure.cell.filename or name in TIMED):
        shift = magic_lines(failure.cell, line)
        target = Target("cell", failure.cell.id)
        return Suspect(target, weight, failure.cell.source, name, 1 - shift, index)
    module = "__main__"
    live: Mapping[str, Any] = failure.namespace
    if step.origin is Origin.MODULE or step.live.f_globals is not failure.namespace:
        module = str(step.live.f_globals.get("__name__", ""))
        live = vars(sys.modules[module]) if module in sys.modules else {}
    definition, moved = _definition(step)
    _require_alive(definition, live, name)
    definition, moved = _as_injected(definition, moved, live, step)
    target = Target(module, definition.name)
    return Suspect(target, weight, definition.text, name, definition.first_line - moved, index)


def magic_lines(cell: Cell, line: int) -> int:
    """Return how many magic lines of the cell come before the Python that ran.

    Raises `Unavailable` when the texts cannot be matched or `line` itself is a magic.
    """
    source, code = cell.source.splitlines(), cell.code.splitlines()
    for shift in (0, 1):
        begins = shift == 0 or (source and source[0].startswith("%%"))
        if begins and len(source) - shift == len(code) >= line >= 1:
            if source[line - 1 + shift] != code[line - 1]:
                raise Unavailable(f"line {line + shift} of the cell is a magic, not Python")
            return shift
    raise Unavailable("the cell's magics hide which line of it ran")


def _definition(step: Step) -> tuple[Definition, int]:
    """Return the definition that a frame runs, and by how many lines its file has moved it since.

    Raises `Unavailable` when the file holds another text than what runs.
    """
    name, line = step.frame.filename, step.frame.line
    linecache.checkcache(name)
    text = "".join(linecache.getlines(name))
    try:
        moved = moved_by(text, name, step.live.f_code) if step.origin is Origin.MODULE else 0
        definition = definition_at(text, line + moved) if moved is not None else None
    except SyntaxError as error:
        raise Unavailable(f"the source of `{step.frame.function}` does not parse") from error
    if moved is None:
        file = os.path.basename(name)
        raise Unavailable(f"{file} was changed since it was imported: reload it first")
    if definition is None:
        raise Unavailable(f"`{step.frame.function}` is not in a top-level `def` or `class`")
    return definition, moved


def _as_injected(
    definition: Definition, moved: int, live: Mapping[str, Any], step: Step
) -> tuple[Definition, int]:
    """Return the definition as an injection has made it since, where the frame ran a kept part.

    Of a class whose one method was changed the others still bear the name of their first text.
    """
    files = dict.fromkeys(_filenames(live[definition.name]))
    newer = [name for name in linecache.cache if name in files and name.startswith(_INJECTED)]
    if not newer or newer[-1] == step.frame.filename:
        return definition, moved
    text = "".join(linecache.getlines(newer[-1]))
    now = moved_by(text, newer[-1], step.live.f_code)
    found = definition_at(text, step.frame.line + now) if now is not None else None
    if found is None or now is None:
        raise Unavailable(f"`{definition.name}` was changed since; an older version of it ran")
    return found, now


def moved_by(text: str, filename: str, code: types.CodeType) -> int | None:
    """Return how many lines further down `text` holds what `code` was compiled from.

    None when it does not hold it any more.
    """
    pending = [compile(text, filename, "exec", dont_inherit=True)]
    lines = []
    while pending:
        made = pending.pop()
        if _same_code(made, code):
            lines.append(made.co_firstlineno - code.co_firstlineno)
        pending.extend(c for c in made.co_consts if isinstance(c, types.CodeType))
    return min(lines, key=abs, default=None)


def _same_code(made: types.CodeType, code: types.CodeType) -> bool:
    """Return whether two code objects do the same with the same names, wherever they stand."""
    if (made.co_qualname, made.co_code) != (code.co_qualname, code.co_code):
        return False
    plain = [
        [c for c in each.co_consts if not isinstance(c, types.CodeType)] for each in (made, code)
    ]
    return made.co_names == code.co_names and repr(plain[0]) == repr(plain[1])


def _require_alive(definition: Definition, live: Mapping[str, Any], filename: str) -> None:
    """Raise `Unavailable` when the live name no longer is what `definition` made."""
    if definition.name not in live:
        raise Unavailable(f"`{definition.name}` is no longer defined under its name")
    files = set(_filenames(live[definition.name]))
    if files and filename not in files:
        raise Unavailable(f"`{definition.name}` was redefined since; an older version of it ran")


def _filenames(live: object) -> Iterator[str]:
    """Yield the file names of the code that a live function or class runs."""
    members = list(vars(live).values()) if isinstance(live, type) else [live]
    for member in members:
        function = member.fget if isinstance(member, property) else member
        while function is not None and not hasattr(function, "__code__"):
            wrapped = getattr(function, "__wrapped__", None)
            function = wrapped or getattr(function, "__func__", None)
        while function is not None:
            yield function.__code__.co_filename
            function = getattr(function, "__wrapped__", None)
