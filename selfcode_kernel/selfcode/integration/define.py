"""New source is run in the live name space, and what it bound is handed over, not left there."""

from __future__ import annotations
import __future__

import ast
import types
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from selfcode.errors import BrokenSource
from selfcode.integration.functions import nested_code
from selfcode.integration.journal import MISSING
from selfcode.integration.layers import is_function
from selfcode.integration.place import Place
from selfcode.integration.text import binds, bound_names
from selfcode.source import DEFINITION


@dataclass(frozen=True)
class Program:
    """Parsed source for one place, under the name of its virtual file."""

    place: Place
    text: str
    filename: str
    body: tuple[ast.stmt, ...]

    @classmethod
    def parse(cls, place: Place, text: str, filename: str) -> Program:
        """Return the program; raises `BrokenSource` unless it parses and defines the target."""
        code = _compiled(place, text, filename, ast.PyCF_ONLY_AST)
        assert isinstance(code, ast.Module)
        program = cls(place, text, filename, tuple(code.body))
        if not any(binds(statement, place.path[-1]) for statement in code.body):
            raise BrokenSource(str(place.target), f"it does not define {place.path[-1]}")
        return program

    def compiled(self, body: Sequence[ast.stmt]) -> types.CodeType:
        """Return the code of `body`, which keeps the line numbers of the text."""
        tree = ast.fix_missing_locations(ast.Module(list(body), []))
        code = _compiled(self.place, tree, self.filename, 0)
        assert isinstance(code, types.CodeType)
        return code

    @property
    def defined(self) -> list[str]:
        """The names that definitions in the source bind, in order, and the target's own."""
        names = [s.name for s in self.body if isinstance(s, DEFINITION)]
        return list(dict.fromkeys([*names, self.place.path[0]]))


def _compiled(place: Place, source: str | ast.Module, filename: str, flags: int) -> Any:
    flags |= _futures(place.namespace)
    try:
        return compile(source, filename, "exec", flags, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise BrokenSource(str(place.target), _told(error)) from error


def _futures(namespace: dict[str, Any]) -> int:
    """Return the compiler flags of the future statements that the module was compiled with."""
    flags = 0
    for name in __future__.all_feature_names:
        feature: __future__._Feature = getattr(__future__, name)
        flags |= feature.compiler_flag if namespace.get(name) is feature else 0
    return flags


def _told(error: BaseException) -> str:
    """Return one line about `error`, also when its own text cannot be had."""
    try:
        text = str(error).partition("\n")[0]
    except Exception:  # noqa: BLE001 - the text of a foreign error may be computed by any code
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


class _Names:
    """The names of a module at one moment, so that what changed is known and can be taken back."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self._dicts = [namespace]
        if isinstance(namespace.get("__annotations__"), dict):
            self._dicts.append(namespace["__annotations__"])
        self._before = [dict(d) for d in self._dicts]

    def take_back(self) -> list[Change]:
        """Bring the names back; return what had changed: dict, name, before, after."""
        changes = []
        for names, before in zip(self._dicts, self._before, strict=True):
            for name in [*names, *(n for n in before if n not in names)]:
                old, new = before.get(name, MISSING), names.get(name, MISSING)
                if old is not new and name != "__builtins__":
                    changes.append((names, name, old, new))
        for names, name, old, _ in changes:
            if old is MISSING:
                del names[name]
            else:
                names[name] = old
        return changes


Change = tuple[dict[str, Any], str, Any, Any]


@contextmanager
def defining(place: Place, changes: list[Change]) -> Iterator[None]:
    """Let source be run in the live name space; at the end all names are as they were before.

    What it changed is added to `changes` then: the dict, the name, its value before and after.
    Raises `BrokenSource` from whatever the source raises.
    """
    names = _Names(place.namespace)
    try:
        yield
    except (KeyboardInterrupt, BrokenSource):
        raise
    except BaseException as error:
        raise BrokenSource(str(place.target), _told(error)) from error
    finally:
        changes += names.take_back()


def run(program: Program, body: Sequence[ast.stmt]) -> None:
    """Run `body` in the live name space."""
    if body:
        exec(program.compiled(body), program.place.namespace)


def run_in_class(program: Program, owner: type, body: Sequence[ast.stmt]) -> dict[str, Any]:
    """Run definitions as if they stood in the body of the live class; return what they bound.

    Private names, `super()` and names of the class body work; no class is made, so neither a
    metaclass nor `__init_subclass__` hears of it.
    """
    if not body:
        return {}
    path = owner.__qualname__.split(".")
    code = program.compiled(_as_body(path, body))
    for name in path:
        code = next(c for c in nested_code(code) if c.co_name == name)
    names: dict[str, Any] = dict(vars(owner))
    exec(code, program.place.namespace, names)
    cell = names.get("__classcell__")
    if cell is not None:
        cell.cell_contents = owner
    bound = [name for statement in body for name in bound_names(statement)]
    return {name: _as_attribute(owner, name, names[name]) for name in bound}


def _as_body(path: Sequence[str], body: Sequence[ast.stmt]) -> list[ast.stmt]:
    inner = list(body)
    for name in reversed(path):
        holder = ast.parse(f"class {name}: pass").body[0]
        assert isinstance(holder, ast.ClassDef)
        holder.body = inner
        inner = [ast.copy_location(holder, inner[0])]
    return inner


def _as_attribute(owner: type, name: str, value: Any) -> Any:
    """Return `value` as making a class would have stored it."""
    if name in _IMPLICIT and is_function(value):
        return _IMPLICIT[name](value)
    named = getattr(type(value), "__set_name__", None)
    if named is not None:
        named(value, owner, name)
    return value


_IMPLICIT: dict[str, Any] = {
    "__new__": staticmethod,
    "__init_subclass__": classmethod,
    "__class_getitem__": classmethod,
}
