"""Import lines: where one goes in the text, and which names it brings along."""

from __future__ import annotations

import ast
import linecache
import re
from collections.abc import Iterable

from selfcode.generation.rules.conventions import EXPORTS
from selfcode.generation.rules.scopes import at_beginning
from selfcode.generation.rules.site import Site
from selfcode.source import Edit, first_line

_FROM = re.compile(r"(?m)^\s*from\s+([\w.]+)\s+import\b")


def line_edit(site: Site, line: str) -> Edit:
    """Return the edit that adds an import line after the imports that begin the text.

    In a function of the user's own module it goes into the function.
    """
    target, function = site.suspect.target, site.function
    if not target.is_cell and target.module != "__main__" and _is_in_body(site, function):
        assert function is not None
        return at_beginning(site, function, line)
    at = _place_for_import(site)
    return Edit(at, 0, at, 0, f"{line}\n")


def _is_in_body(site: Site, function: ast.FunctionDef | ast.AsyncFunctionDef | None) -> bool:
    body = function.body if function is not None else []
    return any(node is site.statement for statement in body for node in ast.walk(statement))


def _place_for_import(site: Site) -> int:
    body = site.tree.body
    place = first_line(body[0])
    for statement in body:
        if isinstance(statement, ast.Expr) and site.is_magic(statement):
            place = (statement.end_lineno or statement.lineno) + 1
            continue
        if statement is body[0] and isinstance(statement, ast.Expr):
            continue
        if not isinstance(statement, (ast.Import, ast.ImportFrom)):
            break
        if statement.lineno >= site.line:
            return statement.lineno
        place = (statement.end_lineno or statement.lineno) + 1
    return place


def names_edit(site: Site, module: str, names: list[str]) -> Edit:
    """Return the edit that imports `names` from `module`: in the import that is there, or anew."""
    for statement in site.tree.body:
        if not isinstance(statement, ast.ImportFrom) or statement.module != module:
            continue
        last = statement.names[-1]
        if statement.lineno < site.line and last.name != "*":
            line, column = last.end_lineno or 0, last.end_col_offset or 0
            return Edit(line, column, line, column, "".join(f", {name}" for name in names))
    return line_edit(site, f"from {module} import {', '.join(names)}")


def imported_from(site: Site) -> Iterable[str]:
    """Return the modules from which the text, its file or an earlier cell imports names."""
    inputs = site.scene.failure.namespace.get("In") or ()
    if site.suspect.target.module != "__main__" and not site.suspect.target.is_cell:
        inputs = ()
    file = "".join(linecache.getlines(site.frame.f_code.co_filename))
    texts = [site.python, file, *(text for text in inputs if isinstance(text, str))]
    return dict.fromkeys(module for text in texts for module in _FROM.findall(text))


def also_missing(site: Site, module: str, word: str) -> list[str]:
    """Return the other names in the text that nothing defines and that `module` usually gives."""
    bound = {name for name, _ in site.live.names()}
    bound |= {
        n.id for n in site.nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)
    }
    bound |= {n.arg for n in site.nodes if isinstance(n, ast.arg)}
    bound |= {n.asname or n.name for n in site.nodes if isinstance(n, ast.alias)}
    defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    bound |= {n.name for n in site.nodes if isinstance(n, defined)}
    read = (n for n in site.nodes if isinstance(n, ast.Name) and n.id not in bound and n.id != word)
    certain = (
        n for n in read if not isinstance(site.parents.get(n), ast.Attribute) or n.id[0].isupper()
    )
    return list(dict.fromkeys(n.id for n in certain if module in EXPORTS.get(n.id, ())))
