"""The text of live definitions, checked against their code; and virtual files for injected text."""

from __future__ import annotations

import ast
import inspect
import itertools
import linecache
import tokenize
import types
from collections.abc import Iterator
from typing import Any

from selfcode.integration.functions import nested_code, same_code
from selfcode.integration.layers import definition_layer
from selfcode.integration.text import Path, dedented, lines_of, shifted
from selfcode.source import parse


def add_virtual_file(label: str, text: str) -> str:
    """Return the name of a new virtual file that holds `text`, for tracebacks and `inspect`."""
    names = itertools.chain(
        [f"<selfcode {label}>"], (f"<selfcode {label} #{n}>" for n in itertools.count(2))
    )
    name = next(name for name in names if name not in linecache.cache)
    # An entry without a time stamp is one that `linecache.checkcache` leaves alone.
    linecache.cache[name] = (len(text), None, lines_of(text), name)
    return name


def drop_virtual_file(name: str) -> None:
    """Forget a virtual file."""
    linecache.cache.pop(name, None)


def virtual_files() -> list[str]:
    """Return the names of the virtual files, cells among them, the newest first."""
    entries = reversed(list(linecache.cache.items()))
    return [name for name, entry in entries if len(entry) == 4 and entry[1] is None]


def function_text(value: Any, path: Path) -> str:
    """Return the text of the live function or property `value`; empty when it is not known.

    A text whose code is not the live code, as when the file changed on disk, is not known.
    """
    parts = [value.fget, value.fset, value.fdel] if type(value) is property else [value]
    return "".join(_one_function(part, path) for part in parts if part is not None)


def _one_function(value: Any, path: Path) -> str:
    function = definition_layer(value, ".".join(path))
    if function is None:
        return ""
    code = function.__code__
    for lines in texts_of_file(code.co_filename, function.__globals__):
        try:
            block = inspect.getblock(lines[code.co_firstlineno - 1 :])
        except (SyntaxError, tokenize.TokenError, IndexError):
            continue
        text = dedented("".join(block))
        found = (c for codes in codes_in(text, path, "".join(lines)) for c in codes)
        if any(same_code(code, c) for c in found):
            return text
    return ""


def texts_of_file(name: str, module: dict[str, Any]) -> Iterator[list[str]]:
    """Yield what is cached of a file, which may be older than the disk, then what is on it."""
    cached = linecache.getlines(name, module)
    yield cached
    linecache.checkcache(name)
    fresh = linecache.getlines(name, module)
    if fresh is not cached:
        yield fresh


def codes_in(text: str, path: Path, around: str) -> Iterator[list[types.CodeType]]:
    """Yield the code that `text` defines inside the classes of `path`: alone, then in its file.

    Calls on a name that the same text imports are compiled in a way of their own, so the imports of
    the text `around` may have to stand before it.
    """
    for name in reversed(path[:-1]):
        text = f"class {name}:\n{shifted(text, 4)}"
    yield _compiled(text, path)
    yield _compiled(_imports(around) + text, path)


def _compiled(text: str, path: Path) -> list[types.CodeType]:
    try:
        code = compile(text, "<text>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return []
    for name in path[:-1]:
        code = next(c for c in nested_code(code) if c.co_name == name)
    return list(nested_code(code))


def _imports(text: str) -> str:
    try:
        pending: list[ast.AST] = [*parse(text).body]
    except SyntaxError:
        return ""
    found = []
    for node in pending:
        if isinstance(node, ast.Import) or (
            isinstance(node, ast.ImportFrom) and node.module != "__future__"
        ):
            found.append(f"{ast.unparse(node)}\n")
        elif not isinstance(node, _SCOPE):
            pending.extend(ast.iter_child_nodes(node))
    return "".join(found)


_SCOPE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.expr)
