"""Which calls change what they are called on, or something outside; which only look."""

from __future__ import annotations

import ast
import io
import os
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from selfcode.effects.scope import MISSING, names_read

_GROWING = frozenset(
    "append appendleft extend extendleft insert add update pop popleft popitem remove discard "
    "clear reverse rotate put put_nowait get_nowait write writelines writerow writerows subtract "
    "commit to_sql send sendall".split()
)
_OF_TABLES = frozenset("pop insert update".split())
"""Of those, what changes a table or an array in place: its `add` gives a new one."""
CHANGE_FIRST = frozenset(
    "shuffle heappush heappop heapreplace heappushpop insort insort_left insort_right next".split()
)
"""Functions that change their first argument."""
LOOK = frozenset("close seek tell flush fileno readable writable seekable rollback".split())
"""Methods of what is used up by reading that read nothing."""
_AGAIN = frozenset(
    "astype strip lower upper title fillna round to_datetime to_numeric sorted int float str abs "
    "clip dropna drop_duplicates sort_values sort_index copy list dict set tuple".split()
)
"""Calls that change nothing any more when they are given their own result."""
OUTSIDE = frozenset(
    "os.rename os.replace os.remove os.unlink os.mkdir os.rmdir os.system posix.rename "
    "posix.replace posix.remove posix.unlink posix.mkdir posix.rmdir posix.system shutil.move "
    "shutil.rmtree subprocess.run subprocess.call subprocess.check_call subprocess.Popen "
    "requests.post requests.put requests.patch requests.delete".split()
)
_TABLES = ("pandas", "numpy", "polars")
_IMMUTABLE = (str, bytes, int, float, complex, tuple, frozenset, range, type(None))
_READING = ("select", "pragma", "explain", "with", "values")
_SETTLED = ("create table if not", "create index if not", "drop table if", "insert or ", "delete ")


def _unknown(node: ast.expr) -> Any:
    return node.value if isinstance(node, ast.Constant) else MISSING


def is_one_shot(value: Any) -> bool:
    """Return whether reading uses `value` up: an iterator, an open file, a cursor."""
    return any("__next__" in vars(kind) for kind in type(value).__mro__)


def is_plain(value: Any) -> bool:
    """Return whether `value` cannot be changed in place."""
    return isinstance(value, _IMMUTABLE)


def changes(value: Any, method: str) -> bool:
    """Return whether a call of `method` changes `value` in place; text alone when it is missing."""
    kind = type(value)
    module = kind.__module__.partition(".")[0]
    if value is not MISSING and isinstance(value, (*_IMMUTABLE, types.ModuleType)):
        return False
    if method == "get":
        return module in ("queue", "_queue", "multiprocessing")
    return method in (_OF_TABLES if module in _TABLES else _GROWING)


def changes_data(call: ast.Call) -> bool:
    """Return whether `execute` runs a statement of SQL whose repetition shows."""
    first = call.args[0] if call.args else None
    texts = [n.value for n in ast.walk(first) if isinstance(n, ast.Constant)] if first else []
    text = " ".join(str(texts[0]).split()).lower() if texts else ""
    return not text.startswith((*_READING, *_SETTLED))


def is_settled(value: ast.expr, text: str) -> bool:
    """Return whether `value`, made of what `text` says, is the same when it is made once more."""
    while isinstance(value, ast.Call):
        function, arguments = value.func, value.args
        name = getattr(function, "attr", getattr(function, "id", ""))
        if name not in _AGAIN:
            return False
        inner = function.value if isinstance(function, ast.Attribute) else None
        from_module = not isinstance(inner, ast.Name) or ast.unparse(inner) == text
        value = inner if inner and from_module else arguments[0] if arguments else value.func
        if isinstance(value, ast.Attribute) and value.attr in ("str", "dt"):
            value = value.value
    return ast.unparse(value) == text


def says(call: ast.Call, option: str, value: object = True) -> bool:
    """Return whether a call is given `option=value`."""
    return any(
        k.arg == option and isinstance(k.value, ast.Constant) and k.value.value == value
        for k in call.keywords
    )


def sets_anew(call: ast.Call) -> bool:
    """Return whether `setattr` gives an object what is made of the object itself."""
    if not isinstance(call.func, ast.Name) or call.func.id != "setattr" or len(call.args) != 3:
        return False
    return bool(names_read(call.args[0]) & names_read(call.args[2]))


def read_by(call: ast.Call) -> str:
    """Return what a look-up by a call reads, as if it were written `d[k]` or `x.name`."""
    function, arguments = call.func, call.args
    if isinstance(function, ast.Attribute) and function.attr == "get" and arguments:
        return f"{ast.unparse(function.value)}[{ast.unparse(arguments[0])}]"
    match arguments:
        case [owner, ast.Constant(value=str(name)), *_] if ast.unparse(function) == "getattr":
            return f"{ast.unparse(owner)}.{name}"
    return ""


def opens(call: ast.expr | None, live: Callable[[ast.expr], Any] = _unknown) -> str:
    """Return what lasting thing a call opens so that writing adds to it; empty if it does not.

    That is a file to append to, or a database that is not one of memory. `live` gives the value of
    an expression, where it is known, to call a file by its name.
    """
    if not isinstance(call, ast.Call):
        return ""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name == "open":
        of_path = isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) not in (
            "io",
            "codecs",
            "gzip",
        )
        place = 0 if of_path else 1
        given = [k.value for k in call.keywords if k.arg == "mode"] + call.args[place : place + 1]
        mode = given[0].value if given and isinstance(given[0], ast.Constant) else ""
        adds = isinstance(mode, str) and any(c in mode for c in "ax+") and "w" not in mode
        path = call.func.value if of_path and isinstance(call.func, ast.Attribute) else None
        return f"the file {named(path or _first(call), live)}" if adds else ""
    if name in ("connect", "create_engine") and call.args:
        memory = "memory" in ast.unparse(call.args[0])
        return "" if memory else f"the database {named(call.args[0], live)}"
    return ""


def _first(call: ast.Call) -> ast.expr | None:
    return call.args[0] if call.args else None


def named(path: ast.expr | None, live: Callable[[ast.expr], Any]) -> str:
    """Return how to call the file of a path: by its name where that is known."""
    known = live(path) if path else MISSING
    if isinstance(known, (str, Path)):
        return f"`{os.path.basename(known)}`"
    return f"`{ast.unparse(path)}`" if path else ""


def label(name: str, value: Any) -> str:
    """Return what to call the live value of `name`: an open file by its own name."""
    path = value.name if isinstance(value, (io.TextIOWrapper, io.BufferedReader)) else None
    if isinstance(path, str):
        return f"the file `{os.path.basename(path)}`"
    return f"`{name}`"
