"""The text of live definitions, checked against their code; and virtual files for injected text."""

from __future__ import annotations

import ast
import inspect
import itertools
import linecache
import sys
import textwrap
import tokenize
import types
from collections.abc import Iterator, Mapping
from typing import Any

from selfcode.integration.functions import nested_code, same_code
from selfcode.integration.layers import definition_layer, layers
from selfcode.integration.text import (
    Path,
    bound_names,
    class_statements,
    extract,
    lines_of,
    replace,
    shifted,
)
from selfcode.source import DEFINITION


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


def live_text(value: Any, path: Path, replaced: Mapping[Path, str]) -> str:
    """Return the text of the live definition `value`, called `path`; empty when it is not known.

    `replaced` gives the texts of methods that were injected on their own. A text whose code is not
    the live code (the file changed on disk since) counts as not known.
    """
    if isinstance(value, type):
        return _class_text(value, path, replaced)
    parts = [value.fget, value.fset, value.fdel] if isinstance(value, property) else [value]
    return "".join(_function_text(part, path) for part in parts if part is not None)


def _function_text(value: Any, path: Path) -> str:
    function = definition_layer(value, ".".join(path))
    if function is None:
        return ""
    code = function.__code__
    for lines in _texts_of_file(code.co_filename, function.__globals__):
        try:
            block = inspect.getblock(lines[code.co_firstlineno - 1 :])
        except (SyntaxError, tokenize.TokenError, IndexError):
            continue
        text = textwrap.dedent("".join(block))
        if any(same_code(code, found) for found in _codes_in(text, path)):
            return text
    return ""


def _texts_of_file(name: str, module: dict[str, Any]) -> Iterator[list[str]]:
    """Yield what is cached of a file, which may be older than the disk, then what is on it."""
    cached = linecache.getlines(name, module)
    yield cached
    linecache.checkcache(name)
    fresh = linecache.getlines(name, module)
    if fresh is not cached:
        yield fresh


def _codes_in(text: str, path: Path) -> Iterator[types.CodeType]:
    """Yield the functions that `text` defines when it stands inside the classes of `path`."""
    for depth, name in enumerate(reversed(path[:-1])):
        del depth
        text = f"class {name}:\n{shifted(text, 4)}"
    try:
        code = compile(text, "<text>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return
    for name in path[:-1]:
        code = next(c for c in nested_code(code) if c.co_name == name)
    yield from nested_code(code)


def _class_text(cls: type, path: Path, replaced: Mapping[Path, str]) -> str:
    for text in _texts_around(cls):
        found = extract(text, path)
        if not found:
            continue
        for method, new in replaced.items():
            found = replace(found, (path[-1], *method[len(path) :]), new)
        if _is_text_of(found, cls):
            return found
    return ""


def _texts_around(cls: type) -> Iterator[str]:
    """Yield the texts that may hold the class statement, the likeliest first."""
    module = sys.modules.get(cls.__module__)
    globals_ = vars(module) if module else {}
    names = [f.__code__.co_filename for f in _own_functions(cls)]
    names += [getattr(module, "__file__", None) or ""]
    names += [name for name, entry in reversed(linecache.cache.items()) if _is_virtual(entry)]
    for name in dict.fromkeys(names):
        if name:
            yield from ("".join(lines) for lines in _texts_of_file(name, globals_))


def _is_virtual(entry: tuple[Any, ...]) -> bool:
    return len(entry) == 4 and entry[1] is None


def _own_functions(cls: type) -> Iterator[types.FunctionType]:
    prefix = f"{cls.__qualname__}."
    for value in list(vars(cls).values()):
        for layer in layers(value):
            if layer.__code__.co_qualname.startswith(prefix):
                yield layer


def _is_text_of(text: str, cls: type) -> bool:
    """Return whether `text` is what the live class was made of, as far as can be seen."""
    statement = class_statements(text).get(cls.__name__)
    if statement is None:
        return False
    written = {name for s in statement.body for name in bound_names(s)}
    if not written <= {*vars(cls), *vars(cls).get("__annotations__", {})}:
        return False
    # Compiled inside the classes that hold it, since private names and qualified names need them.
    path = tuple(cls.__qualname__.split("."))
    codes = list(_codes_in(text, path))
    body = next((c for c in codes if c.co_name == cls.__name__), None)
    live = [f.__code__ for f in _own_functions(cls) if "<locals>" not in f.__code__.co_qualname]
    if body is None or not all(any(same_code(c, n) for n in nested_code(body)) for c in live):
        return False
    defined = {s.name for s in statement.body if isinstance(s, DEFINITION)}
    return bool(live) or (not defined and _constants_match(statement, cls))


def _constants_match(statement: ast.ClassDef, cls: type) -> bool:
    """Return whether each literal in the class body is the live value of its name."""
    for part in statement.body:
        value = getattr(part, "value", None)
        names = bound_names(part)
        if len(names) == 1 and isinstance(value, ast.Constant):
            live = vars(cls).get(names[0])
            if type(live) is not type(value.value) or live != value.value:
                return False
    return True
