"""Calls in the wrong shape: brackets, missing or needless parentheses, results that are None."""

from __future__ import annotations

import ast
import builtins
import inspect
import json
import re
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from selfcode.generation.rules.import_lines import line_edit
from selfcode.generation.rules.site import Proposal, Site
from selfcode.source import Edit

ONE_SEQUENCE = frozenset(
    "concatenate stack vstack hstack dstack column_stack concat block join any all sum set list "
    "tuple frozenset from_iterable".split()
)
_SHAPED = frozenset("zeros ones empty".split())
_SPREAD = frozenset("rand randn".split())
_UNCALLED = (types.MethodType, types.BuiltinMethodType, types.FunctionType)
_PASSING = ("dict_keys", "dict_values", "dict_items", "zip", "map", "filter", "generator",
            "enumerate", "reversed", "odict_keys", "odict_values", "odict_items")  # fmt: skip


def arguments_in_brackets(site: Site) -> Iterator[Proposal]:
    """Propose `zeros((2, 3))` for `zeros(2, 3)`, `concat([a, b])` for `concat(a, b)`."""
    node = site.node
    if not isinstance(node, ast.Call) or not isinstance(site.error, TypeError):
        return
    name, arguments = _function_name(node), node.args
    shown = [site.segment(a) for a in arguments]
    if any(isinstance(a, ast.Starred) for a in arguments) or not arguments:
        return
    numbers = all(isinstance(site.live.known(a), int) for a in arguments)
    between = _between(arguments)
    if name in _SHAPED and "as a data type" in site.message and numbers:
        said = f"`{name}` takes the shape as one tuple"
        yield site.propose(_rewritten(between, f"({', '.join(shown)})"), said, 0.2)
    elif name in _SPREAD and len(arguments) == 1 and isinstance(arguments[0], ast.Tuple):
        said = f"`{name}` takes the sizes one by one"
        yield site.propose(_rewritten(between, shown[0].strip("()").rstrip(", ")), said, 0.2)
    elif name in ONE_SEQUENCE and len(arguments) > 1 and _refuses_several(site.message):
        said = f"`{name}` takes one list of what it works on"
        yield site.propose(_rewritten(between, f"[{', '.join(shown)}]"), said, 0.3)
    elif name == "isinstance" and len(arguments) == 2 and isinstance(arguments[1], ast.List):
        said = "`isinstance` takes several types as a tuple"
        yield site.propose(site.put(arguments[1], f"({shown[1][1:-1]})"), said, 0.2)


def _refuses_several(message: str) -> bool:
    signs = (
        "integer scalar",
        "takes 1 positional",
        "exactly one argument",
        "at most",
        "iterable of",
    )
    return any(sign in message for sign in signs)


def _function_name(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _between(arguments: list[ast.expr]) -> tuple[int, int, int, int]:
    first, last = arguments[0], arguments[-1]
    end_line, end_column = last.end_lineno or 0, last.end_col_offset or 0
    return first.lineno, first.col_offset, end_line, end_column


def _rewritten(span: tuple[int, int, int, int], text: str) -> Edit:
    return Edit(*span, text)


def method_not_called(site: Site) -> Iterator[Proposal]:
    """Propose the parentheses that a method or function without arguments lacks."""
    words = ("method", "function")
    if not isinstance(site.error, (TypeError, AttributeError)):
        return
    if not any(word in site.message for word in words):
        return
    for part in [site.iterated] if site.iterated else _operands(site.node):
        value = site.live.known(part)
        if not isinstance(value, _UNCALLED) or isinstance(part, ast.Call):
            continue
        shown, parent = site.segment(part), site.parents.get(part)
        said = f"`{shown}` is a function; it has to be called"
        subscript = isinstance(parent, ast.Subscript) and parent.value is part
        if _callable_without(value) and not (subscript and _takes_one(value)):
            yield site.propose(site.put(part, f"{shown}()"), said, 0.3)
        elif subscript and isinstance(parent, ast.Subscript):
            new = f"{shown}({site.segment(parent.slice)})"
            yield site.propose(site.put(parent, new), said, 0.3)


def _operands(node: ast.expr | None) -> list[ast.expr]:
    if node is None:
        return []
    inner = [n for n in ast.iter_child_nodes(node) if isinstance(n, ast.expr)]
    return [*inner, node]


def _parameters(function: Any) -> list[inspect.Parameter] | None:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None


def _callable_without(function: Any) -> bool:
    known = _parameters(function)
    various = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return known is None or all(
        p.default is not inspect.Parameter.empty or p.kind in various for p in known
    )


def _takes_one(function: Any) -> bool:
    return bool(_parameters(function))


def value_called(site: Site) -> Iterator[Proposal]:
    """Propose to index, to read or to name what is called but is no function."""
    node = site.node
    if "object is not callable" not in site.message or not isinstance(node, ast.Call):
        return
    value, shown = site.live.known(node.func), site.segment(node.func)
    if value is None or callable(value):
        return
    if isinstance(value, types.ModuleType):
        last = value.__name__.rpartition(".")[2]
        if callable(getattr(value, last, None)):
            said = f"`{shown}` is a module; it holds a `{last}`"
            yield site.propose(site.put(node.func, f"{shown}.{last}"), said, 0.2)
    elif not node.args and not node.keywords:
        if isinstance(node.func, ast.Attribute):
            said = f"`{shown}` is a value, not a method"
            yield site.propose(site.put(node, shown), said, 0.2)
    elif len(node.args) == 1 and not node.keywords:
        index = ast.Subscript(node.func, node.args[0], ast.Load())
        probe = ast.fix_missing_locations(ast.copy_location(index, node))
        if site.live.known(probe, site) is not site:
            said = f"`{shown}` is a {type(value).__name__}: it is indexed with brackets"
            new = f"{site.atom(node.func)}[{site.segment(node.args[0])}]"
            yield site.propose(site.put(node, new), said, 0.2)


def shadowed_builtin(site: Site) -> Iterator[Proposal]:
    """Propose to take a function of Python back whose name a variable took: `sum = 0`."""
    node = site.node
    if "object is not callable" not in site.message or not isinstance(node, ast.Call):
        return
    function = node.func
    if not isinstance(function, ast.Name) or function.id in site.live.locals:
        return
    original = getattr(builtins, function.id, None)
    if callable(original) and not callable(site.live.globals.get(function.id, original)):
        line = line_edit(site, f"from builtins import {function.id}")
        said = f"`{function.id}` was made a variable; this takes Python's own back"
        yield site.propose(line, said, 0.4)


def iterator_as_list(site: Site) -> Iterator[Proposal]:
    """Propose `list(...)` around what can only be walked through once, or has no order number."""
    found = re.search(
        r"'(\w+)' object is not subscriptable|object of type '(\w+)' has no len|"
        r"'(\w+)' object has no attribute '(?:sort|append|index|pop|reverse|extend|copy)'|"
        r"not '?(dict_\w+)|'(dict_\w+)' and 'list'|Population must be a (sequence)",
        site.message,
    )
    if found is None:
        return
    kind = next(group for group in found.groups() if group)
    if kind not in (*_PASSING, "sequence"):
        return
    for part in _sources(site.node):
        value = site.live.known(part)
        written = isinstance(part, ast.Call) and _function_name(part) in (
            "zip", "map", "filter", "keys", "values", "items", "enumerate", "reversed",
        )  # fmt: skip
        fits = type(value).__name__ in _PASSING or (value is None and written)
        if fits or isinstance(part, ast.GeneratorExp):
            shown = site.segment(part)
            said = f"a {kind} has no order number and no length; a list has both"
            yield site.propose(site.put(part, f"list({shown})"), said, 0.2)
            return


def _sources(node: ast.expr | None) -> list[ast.expr]:
    if isinstance(node, (ast.Subscript, ast.Attribute)):
        return [node.value]
    if isinstance(node, ast.Call):
        inner = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        return [*inner, *node.args]
    return [node.left, node.right] if isinstance(node, ast.BinOp) else []


def json_text_or_file(site: Site) -> Iterator[Proposal]:
    """Propose `json.loads` for texts and `json.load` for files, `dumps` and `dump` likewise."""
    node = site.node
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    function, names = site.live.known(node.func), ("load", "loads", "dump", "dumps")
    if function not in [getattr(json, name) for name in names] or not node.args:
        return
    argument = site.live.known(node.args[0])
    name, shown = node.func.attr, site.segment(node.args[0])
    module = site.segment(node.func.value)
    if name == "load" and isinstance(argument, (str, bytes)):
        if isinstance(argument, str) and Path(argument[:255]).is_file():
            edit = site.put(node.args[0], f"open({shown})")
            yield site.propose(edit, f"`{shown}` is the name of a file", 0.3)
        else:
            edit = site.put(node.func, f"{module}.loads")
            yield site.propose(edit, f"`{shown}` is a text; `load` reads files", 0.2)
    wrong = {"loads": hasattr(argument, "read"), "dumps": len(node.args) == 2}
    if wrong.get(name):
        edit = site.put(node.func, f"{module}.{name[:-1]}")
        yield site.propose(edit, f"`{name}` works on texts, `{name[:-1]}` on files", 0.2)
    if name == "dump" and len(node.args) == 1 and not node.keywords:
        edit = site.put(node.func, f"{module}.dumps")
        yield site.propose(edit, "`dump` writes to a file, `dumps` gives the text", 0.2)


def method_without_self(site: Site) -> Iterator[Proposal]:
    """Propose the `self` that a method in the same text lacks."""
    found = re.search(r"(\w+)\(\) takes (\d+) positional arguments? but (\d+) w", site.message)
    if found is None or int(found.group(3)) != int(found.group(2)) + 1:
        return
    for owner in site.nodes:
        for method in owner.body if isinstance(owner, ast.ClassDef) else []:
            if not isinstance(method, ast.FunctionDef) or method.name != found.group(1):
                continue
            arguments = method.args.args
            if method.decorator_list or (arguments and arguments[0].arg in ("self", "cls")):
                continue
            line, column = _after_bracket(site, method)
            new = "self, " if arguments else "self"
            said = f"the method `{method.name}` does not take the object itself"
            yield site.propose(Edit(line, column, line, column, new), said, 0.3)


def _after_bracket(site: Site, method: ast.FunctionDef) -> tuple[int, int]:
    line = site.python.splitlines()[method.lineno - 1].encode()
    return method.lineno, line.index(b"(", method.col_offset) + 1


def hashable_key(site: Site) -> Iterator[Proposal]:
    """Propose `tuple(x)` where a list is used as a key or an element of a set."""
    node = site.node
    if "unhashable type: 'list'" not in site.message or not site.innermost:
        return
    if isinstance(node, ast.Subscript):
        keys = [node.slice]
    elif isinstance(node, ast.Call) and _function_name(node) in ("add", "get", "setdefault"):
        keys = node.args[:1]
    elif isinstance(node, ast.Compare):
        keys = [node.left]
    else:
        return
    for key in keys:
        if isinstance(site.live.known(key), list):
            shown = site.segment(key)
            said = f"`{shown}` is a list, which cannot be a key; a tuple can"
            yield site.propose(site.put(key, f"tuple({shown})"), said, 0.4)


CALLS: tuple[Callable[[Site], Iterator[Proposal]], ...] = (
    arguments_in_brackets, method_not_called, value_called, shadowed_builtin, iterator_as_list,
    json_text_or_file, method_without_self, hashable_key,
)  # fmt: skip
