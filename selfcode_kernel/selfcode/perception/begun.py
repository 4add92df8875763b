"""What a failed cell had done before it failed; told in a twin child, where time does not press."""

from __future__ import annotations

import ast
import inspect
import linecache
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from selfcode.effects import (
    MISSING,
    Function,
    Running,
    effects,
    is_one_shot,
    label,
    names_read,
)
from selfcode.perception.drawing import drawn
from selfcode.perception.frames import Origin, Step, origin_of, steps
from selfcode.perception.suspects import moved_by
from selfcode.records import NOTHING_BEGUN, Begun, Effect, Failure
from selfcode.resumption import index_at
from selfcode.source import FUNCTION, first_line, parse

_LONGEST_FILE = 500_000


def begun(failure: Failure) -> Begun:
    """Return what the statements of the failed cell had done, as running them again would show.

    What cannot be told counts as an effect. Never raises.
    """
    cell, trace = failure.cell, steps(failure)
    if cell is None or not trace or trace[0].frame.filename != cell.filename:
        return NOTHING_BEGUN
    try:
        body = parse(cell.code).body
    except SyntaxError:
        return NOTHING_BEGUN
    failing = index_at(body, (trace[0].frame.line, max(trace[0].frame.column, 0)))
    try:
        return _begun(failure, body[: failing + 1], trace)
    except Exception:  # noqa: BLE001 - whatever the live values raise: then nothing is known
        unknown = (Effect("", "what the failing statement did"),)
        return Begun((*((),) * failing, unknown))


def _begun(failure: Failure, ran: Sequence[ast.stmt], trace: Sequence[Step]) -> Begun:
    world, names = _Texts(failure), failure.namespace

    def value(name: str) -> Any:
        return names.get(name, MISSING)

    found = [effects(statement, world, value) for statement in ran[:-1]]
    running = [_running(step) for step in trace[1:] if not _is_class_body(step)]
    found += [effects(s, world, value, trace[0].frame, running) for s in ran[-1:]]
    read = sorted(set().union(*map(names_read, ran)))
    one_shot = tuple(name for name in read if is_one_shot(value(name)))
    return Begun(tuple(found), one_shot, drawn(ran[:-1], names))


def _running(step: Step) -> Running:
    live = step.live
    library = step.origin is Origin.LIBRARY
    return Running(live.f_code, step.frame, live.f_locals, live.f_globals, library)


def _is_class_body(step: Step) -> bool:
    return not step.live.f_code.co_flags & inspect.CO_OPTIMIZED


@dataclass
class _Texts:
    """The texts of the user's functions, as they were when they were defined."""

    failure: Failure
    trees: dict[str, ast.Module] = field(default_factory=dict)

    def text_of(self, code: types.CodeType) -> Function | None:
        """Return the function that `code` runs, None for a library's; raises `LookupError`."""
        name = code.co_filename
        cell = self.failure.cell
        own = cell is not None and name == cell.filename
        if not own and origin_of(name) is Origin.LIBRARY:
            return None
        line = code.co_firstlineno + self._moved(code)
        kind = ast.Lambda if code.co_name == "<lambda>" else FUNCTION
        nodes = [node for node in ast.walk(self._tree(name)) if isinstance(node, kind)]
        found = [node for node in nodes if _begins(node, line, code.co_name)]
        if len(found) != 1:
            raise LookupError(name)
        return found[0]

    def _moved(self, code: types.CodeType) -> int:
        """Return by how many lines a file has moved a function; raises `LookupError`."""
        name = code.co_filename
        if origin_of(name) is not Origin.MODULE:
            return 0
        linecache.checkcache(name)
        try:
            lines = moved_by("".join(linecache.getlines(name)), name, code)
        except SyntaxError:
            lines = None
        if lines is None:
            raise LookupError(name)
        return lines

    def _tree(self, filename: str) -> ast.Module:
        if filename not in self.trees:
            cell = self.failure.cell
            own = cell is not None and filename == cell.filename
            text = cell.code if cell and own else "".join(linecache.getlines(filename))
            try:
                self.trees[filename] = parse(text[:_LONGEST_FILE])
            except SyntaxError as error:
                raise LookupError(filename) from error
        return self.trees[filename]

    def outer(self, names: Mapping[str, Any], name: str) -> Effect:
        """Return the effect of changing a global name: the cell's own, or one of a module."""
        if names is self.failure.namespace:
            return Effect(name, label(name, names.get(name, MISSING)))
        return Effect("", f"`{names.get('__name__', '?')}.{name}`")


def _begins(node: Function, line: int, name: str) -> bool:
    """Return whether `node` is a function of that name whose code says that it begins there."""
    if isinstance(node, ast.Lambda):
        return node.lineno == line
    return (node.name, first_line(node)) == (name, line)
