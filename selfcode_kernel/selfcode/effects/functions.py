"""Functions as text and as live objects: parameters, names of their own, what they wrap."""

from __future__ import annotations

import ast
import inspect
import types
from collections.abc import Sequence
from typing import Any

from selfcode.effects.scope import MISSING, Origins
from selfcode.records import Effect
from selfcode.source import DEFINITION

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

_DEEPEST = 8


def parameters(node: Function) -> list[ast.arg]:
    """Return the parameters of a function, in the order in which positions fill them."""
    given = node.args
    starred = [a for a in (given.vararg, given.kwarg) if a]
    return [*given.posonlyargs, *given.args, *given.kwonlyargs, *starred]


def plain_methods(kind: type, *names: str) -> list[types.FunctionType]:
    """Return the methods of those names that are written in Python."""
    found = [inspect.getattr_static(kind, name, None) for name in names]
    return [method for method in found if isinstance(method, types.FunctionType)]


def unwrapped(live: Any) -> list[types.FunctionType]:
    """Return a function, and the ones that it wraps."""
    found: list[types.FunctionType] = []
    while live is not MISSING and live is not None and len(found) < _DEEPEST:
        if isinstance(live, types.FunctionType):
            found.append(live)
        held = getattr(live, "__dict__", None)
        live = held.get("__wrapped__") if isinstance(held, dict) else None
    return found


def shared_defaults(text: Function) -> dict[str, Origins]:
    """Return the parameters whose default is one object for all calls, which calls may change."""
    given = text.args
    places = [*given.posonlyargs, *given.args]
    pairs = list(zip(reversed(places), reversed(given.defaults), strict=False))
    pairs += [(a, d) for a, d in zip(given.kwonlyargs, given.kw_defaults, strict=True) if d]
    shared = (ast.List, ast.Dict, ast.Set, ast.Call)
    return {
        parameter.arg: frozenset({Effect("", f"the default of `{parameter.arg}`")})
        for parameter, default in pairs
        if isinstance(default, shared)
    }


def body_of(text: Function) -> Sequence[ast.AST]:
    """Return what a call of the function runs."""
    return [text.body] if isinstance(text, ast.Lambda) else text.body


def local_names(text: Function) -> frozenset[str]:
    """Return the names that are a function's own."""
    names = {parameter.arg for parameter in parameters(text)}
    shared: set[str] = set()
    pending: list[ast.AST] = list(body_of(text))
    while pending:
        node = pending.pop()
        names |= (
            {node.id} if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else set()
        )
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            shared.update(node.names)
        if isinstance(node, DEFINITION):
            names.add(node.name)
        elif not isinstance(node, ast.Lambda):
            pending.extend(ast.iter_child_nodes(node))
    return frozenset(names - shared)
