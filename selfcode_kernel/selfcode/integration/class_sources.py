"""The text of live classes: they do not say where they stand, so it is found and checked."""

from __future__ import annotations

import ast
import sys
import types
from collections.abc import Iterator, Mapping
from typing import Any

from selfcode.integration.functions import nested_code, same_code
from selfcode.integration.layers import own_functions
from selfcode.integration.sources import codes_in, texts_of_file, virtual_files
from selfcode.integration.text import Path, bound_names, class_statements, extract, replace
from selfcode.source import DEFINITION


def class_text(cls: type, path: Path, replaced: Mapping[Path, str]) -> str:
    """Return the text of a live class; empty when it is not known.

    `replaced` gives the texts of what was injected into the class on its own.
    """
    best = ""
    for around in _texts_around(cls):
        text = extract(around, path)
        for member, new in replaced.items():
            text = replace(text, (path[-1], *member[len(path) :]), new)
        names = len(_written(text, cls.__name__))
        if text and _is_text_of(text, around, cls):
            if any(own_functions(cls)):
                return text
            # Only names and literals tell: the text that accounts for most of them is the one.
            best = text if names > len(_written(best, cls.__name__)) or not best else best
    return best


def _texts_around(cls: type) -> Iterator[str]:
    """Yield the texts that may hold the class statement, the likeliest first."""
    module = sys.modules.get(cls.__module__)
    file = getattr(module, "__file__", None)
    names = [f.__code__.co_filename for f in own_functions(cls)]
    names += [file] if file else virtual_files()
    for name in dict.fromkeys(names):
        for lines in texts_of_file(name, vars(module) if module else {}):
            text = "".join(lines)
            if f"class {cls.__name__}" in text:
                yield text


def _is_text_of(text: str, around: str, cls: type) -> bool:
    """Return whether `text` is what the live class was made of, as far as can be seen."""
    statement = class_statements(text).get(cls.__name__)
    if statement is None or not _names_match(statement, cls):
        return False
    live = [f.__code__ for f in own_functions(cls)]
    if not live:
        defined = any(isinstance(s, DEFINITION) for s in statement.body)
        return not defined and _literals_match(statement, cls)
    path = tuple(cls.__qualname__.split("."))
    return any(_holds_all(codes, live) for codes in codes_in(text, path, around))


def _holds_all(codes: list[types.CodeType], live: list[types.CodeType]) -> bool:
    """Return whether each live function is among those defined inside the classes in `codes`."""
    found = [*codes]
    for code in found:
        found.extend(nested_code(code))
    return all(
        any(c.co_qualname == code.co_qualname and same_code(code, c) for c in found)
        for code in live
    )


def _written(text: str, name: str) -> set[str]:
    statement = class_statements(text).get(name)
    return {n for s in statement.body for n in bound_names(s)} if statement else set()


def _names_match(statement: ast.ClassDef, cls: type) -> bool:
    """Return whether the body's names and annotations are those of the live class."""
    written = {name for s in statement.body for name in bound_names(s)}
    annotated = {
        s.target.id: ast.unparse(s.annotation)
        for s in statement.body
        if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)
    }
    noted = vars(cls).get("__annotations__", {})
    same = annotated.keys() == noted.keys() and all(
        _may_be(noted[name], text) for name, text in annotated.items()
    )
    return same and written <= {*vars(cls), *noted}


def _may_be(annotation: Any, text: str) -> bool:
    """Return whether a live annotation may have been written as `text`."""
    if isinstance(annotation, type):
        return annotation.__name__ == text.rpartition(".")[2]
    return not isinstance(annotation, str) or annotation == text


def _literals_match(statement: ast.ClassDef, cls: type) -> bool:
    """Return whether each literal in the class body is the live value of its name."""
    for part in statement.body:
        value, names = getattr(part, "value", None), bound_names(part)
        if len(names) == 1 and isinstance(value, ast.Constant):
            live = vars(cls).get(names[0])
            if type(live) is not type(value.value) or live != value.value:
                return False
    return True
