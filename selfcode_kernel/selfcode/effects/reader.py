"""Collects the effects of code on what was there before, through calls of the user's functions."""

from __future__ import annotations

import ast
import functools
import inspect
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from selfcode.effects import tables
from selfcode.effects.evaluation import COMPREHENSION, Evaluation, find
from selfcode.effects.functions import (
    Function,
    body_of,
    local_names,
    parameters,
    plain_methods,
    shared_defaults,
    unwrapped,
)
from selfcode.effects.scope import HERE, MISSING, Origins, Scope, names_read, names_set
from selfcode.records import Effect, Frame

_DEEPEST = 8


class World(Protocol):
    """Where the text of functions comes from, and what their outer names are to the cell."""

    def text_of(self, code: types.CodeType) -> Function | None:
        """Return the function that `code` runs, None for a library's; raises `LookupError`."""
        ...

    def outer(self, names: Mapping[str, Any], name: str) -> Effect:
        """Return the effect of changing `name`, found in the global names `names`."""
        ...


@dataclass(frozen=True)
class Running:
    """A call that was running at the failure: its code, its place in it, and its names."""

    code: types.CodeType
    frame: Frame
    names: Mapping[str, Any]
    outer_names: Mapping[str, Any]
    library: bool = False


@dataclass
class Found:
    """What was found: effects, and what bounds the search: the functions that are being read."""

    effects: set[Effect] = field(default_factory=set)
    reading: set[types.CodeType] = field(default_factory=set)


class Reader(Evaluation):
    """Adds the effects of what it reads to `found`; `running` are the calls inside the spot."""

    def __init__(
        self,
        scope: Scope,
        world: World,
        found: Found,
        spot: ast.AST | None = None,
        running: Sequence[Running] = (),
    ) -> None:
        super().__init__(scope, spot)
        self._world, self._found, self._running = world, found, running
        self._loaded: set[str] = set()

    def _change(self, origins: Iterable[Effect], rebinds: bool = False) -> None:
        self._found.effects.update(replace(e, rebinds=True) if rebinds else e for e in origins)

    def _change_outside(self, what: str) -> None:
        self._change([Effect("", what)])

    def use_up(self, node: ast.expr) -> None:
        """Note that reading from `node` used its value up, if it is of that kind."""
        if tables.is_one_shot(self.scope.live(node)):
            self._change(self.scope.origins(node))

    def done(self, node: ast.AST) -> None:
        """Note what `node` did by being evaluated."""
        match node:
            case ast.Call():
                self._called(node)
            case ast.AugAssign():
                self._augmented(node.target)
            case ast.Assign():
                for target in node.targets:
                    self._assigned(target, node.value)
            case ast.AnnAssign() | ast.NamedExpr() if node.value is not None:
                self._assigned(node.target, node.value)
            case ast.Delete():
                parts = [t for t in node.targets if not isinstance(t, ast.Name)]
                self._change(self.scope.union(parts))
            case ast.Starred() | ast.YieldFrom():
                self.use_up(node.value)
            case ast.Compare() if isinstance(node.ops[0], (ast.In, ast.NotIn)):
                self.use_up(node.comparators[0])
            case ast.Attribute() | ast.Subscript() if isinstance(node.ctx, ast.Load):
                self._loaded.add(ast.unparse(node))
                found = self.scope.live(node)
                if isinstance(found, property) and isinstance(found.fget, types.FunctionType):
                    self._follow(found.fget, None, [self.scope.origins(node)])
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self.scope.own[node.name] = HERE

    def _augmented(self, target: ast.expr) -> None:
        origins = self.scope.origins(target)
        if not isinstance(target, ast.Name):
            self._change(origins)
        elif target.id not in self.scope.local:
            self._change(origins, rebinds=tables.is_plain(self.scope.value(target.id)))
        elif not tables.is_plain(self.scope.value(target.id)):
            self._change(origins)

    def _assigned(self, target: ast.expr, value: ast.expr) -> None:
        for part in ast.walk(target):
            if isinstance(part, (ast.Attribute, ast.Subscript)) and isinstance(part.ctx, ast.Store):
                text = ast.unparse(part)
                if text in self._loaded and not tables.is_settled(value, text):
                    self._change(self.scope.origins(part))
        bound, origins = names_set(target), self.scope.origins(value)
        built = (bound & names_read(value)) - self.scope.local - set(self.scope.own)
        for name in built:
            if _calls_method_of(value, name):
                self._found.effects -= self.scope.outer(name)  # the method gave a new value
            self._change(self.scope.outer(name), rebinds=True)
        self.scope.own.update(dict.fromkeys(bound - built, origins))

    # -- calls ------------------------------------------------------------------------------------

    def _called(self, node: ast.Call) -> None:
        function = node.func
        name = getattr(function, "attr", getattr(function, "id", ""))
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        self._loaded.add(tables.read_by(node))
        for argument in arguments:
            self.use_up(argument)
            self._handed_over(argument, node)
        if isinstance(function, ast.Attribute):
            self._method(node, function)
        if node.args and (name in tables.CHANGE_FIRST or tables.sets_anew(node)):
            self._change(self.scope.origins(node.args[0]))
        for callee, bound in self._callees(function):
            self._follow(callee, node, bound)

    def _method(self, node: ast.Call, function: ast.Attribute) -> None:
        live, method = self.scope.live(function.value), function.attr
        if isinstance(live, types.ModuleType):
            dotted = f"{live.__name__}.{method}"
            if dotted in tables.OUTSIDE:
                self._change_outside(f"what `{ast.unparse(function)}` changed")
            return
        origins = self.scope.origins(function.value)
        if node.args and method.startswith("to_") and tables.says(node, "mode", "a"):
            self._change_outside(f"the file {tables.named(node.args[0], self.scope.live)}")
        if method.startswith("execute"):
            self._change(origins if tables.changes_data(node) else HERE)
        elif tables.changes(live, method) or tables.says(node, "inplace"):
            self._change(origins)
        elif method not in tables.LOOK:
            self.use_up(function.value)

    def _handed_over(self, argument: ast.expr, node: ast.Call) -> None:
        """Read a function that is handed to a call, which may call it any number of times."""
        if isinstance(argument, (ast.Name, ast.Attribute)):
            for callee, bound in self._callees(argument):
                self._follow(callee, None, bound, self._operands(node))

    def _operands(self, node: ast.AST) -> Origins:
        """Return the origins of all that stands in `node`: what it calls may be given any of it."""
        names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
        kinds = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, type)
        return self.scope.union(n for n in names if not isinstance(self.scope.live(n), kinds))

    def _callees(self, function: ast.expr) -> list[tuple[types.FunctionType, list[Origins]]]:
        """Return the functions that a call of `function` runs, with the origins of its `self`."""
        live, bound = self.scope.live(function), list[Origins]()
        if isinstance(live, (staticmethod, classmethod)):
            live = live.__func__
        elif isinstance(live, types.MethodType):
            live, bound = live.__func__, [self.scope.origins(function)]
        elif isinstance(live, functools.partial):
            bound = [HERE] * len(live.args)
            live = live.func
        elif isinstance(live, type):
            return [(found, [HERE]) for found in plain_methods(live, "__init__", "__post_init__")]
        elif isinstance(function, ast.Attribute):
            owner = self.scope.live(function.value)
            if not isinstance(owner, (types.ModuleType, type)):
                bound = [self.scope.origins(function.value)]
        elif live is not MISSING and not isinstance(live, types.FunctionType):
            bound = [self.scope.origins(function)]
            return [(found, bound) for found in plain_methods(type(live), "__call__")] + [
                (inner, []) for inner in unwrapped(live)
            ]
        return [(found, bound) for found in unwrapped(live)]

    def _follow(
        self,
        function: types.FunctionType,
        node: ast.Call | None,
        bound: Sequence[Origins],
        others: Origins = HERE,
    ) -> None:
        """Read all of a function of the user's that was called."""
        code, reading = function.__code__, self._found.reading
        if code in reading or len(reading) > _DEEPEST:
            return
        text = self._text(code)
        if text is not None:
            own, live = self._arguments(text, node, bound, others)
            closure = dict(inspect.getclosurevars(function).nonlocals)
            names = {**dict.fromkeys(local_names(text), MISSING), **closure, **live}
            scope = self._inner(text, own, names, function.__globals__)
            reading.add(code)
            Reader(scope, self._world, self._found).read(body_of(text))
            reading.discard(code)

    def _text(self, code: types.CodeType) -> Function | None:
        try:
            return self._world.text_of(code)
        except LookupError:
            self._change_outside(f"what `{code.co_name}` did")
            return None

    def _arguments(
        self, text: Function, node: ast.Call | None, bound: Sequence[Origins], others: Origins
    ) -> tuple[dict[str, Origins], dict[str, Any]]:
        """Return the origins, and the live values, of the parameters of a call."""
        names = [parameter.arg for parameter in parameters(text)]
        own = dict.fromkeys(names, others) | shared_defaults(text)
        own |= dict(zip(names, bound, strict=False))
        if node is None:
            return own, {}
        given = dict(zip(names[len(bound) :], node.args, strict=False))
        given |= {k.arg: k.value for k in node.keywords if k.arg}
        own |= {name: self.scope.origins(value) for name, value in given.items()}
        live = {name: self.scope.live(value) for name, value in given.items()}
        if bound and names and isinstance(node.func, ast.Attribute):
            live[names[0]] = self.scope.live(node.func.value)
        return own, live

    def _inner(
        self,
        text: Function,
        own: dict[str, Origins],
        names: Mapping[str, Any],
        outer_names: Mapping[str, Any],
    ) -> Scope:
        local = local_names(text)

        def value(name: str) -> Any:
            return names[name] if name in names else outer_names.get(name, MISSING)

        def outer(name: str) -> Origins:
            if name in names:
                return frozenset({Effect("", f"`{name}`")})
            return frozenset({self._world.outer(outer_names, name)})

        return Scope(value, outer, tables.opens, local, {n: own[n] for n in own if n in local})

    # -- the failure ------------------------------------------------------------------------------

    def failing(self, node: ast.AST) -> None:
        """Note what the failing operation had done: the calls that were still running in it."""
        if isinstance(node, ast.Call):
            for argument in node.args:
                self.use_up(argument)
                self._handed_over(argument, node)
        running = [call for call in self._running if not _is_inside(node, call)]
        if not running:
            return
        first = running[0]
        whole = len(running) == len(self._running)
        if whole and not first.library and self._is_direct(node, first.code):
            self._enter(first, node, running[1:])
            return
        others = self._operands(node)
        for call in running:
            if not call.library:
                self._enter(call, None, (), others)

    def _is_direct(self, node: ast.AST, code: types.CodeType) -> bool:
        """Return whether `node` itself, and once, called what runs `code`."""
        if not isinstance(node, ast.Call):
            return not isinstance(node, COMPREHENSION)
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if code.co_name in (name, "__init__", "__call__", "__new__"):
            return True
        return any(callee.__code__ is code for callee, _ in self._callees(node.func))

    def _enter(
        self,
        call: Running,
        node: ast.AST | None,
        running: Sequence[Running],
        others: Origins = HERE,
    ) -> None:
        """Read a function that was running: up to the failure if `node` called it, else all."""
        text = self._text(call.code)
        if text is None:
            return
        names = [parameter.arg for parameter in parameters(text)]
        called = node if isinstance(node, ast.Call) else None
        bound = self._bound_by(called, names) if node is not None else []
        if node is not None and called is None:
            others = self._operands(node)
        own, _ = self._arguments(text, called, bound, others)
        scope = self._inner(text, own, call.names, call.outer_names)
        spot = find(body_of(text), call.frame) if node is not None else None
        self._found.reading.add(call.code)
        Reader(scope, self._world, self._found, spot, running).read(body_of(text))
        self._found.reading.discard(call.code)

    def _bound_by(self, called: ast.Call | None, names: Sequence[str]) -> list[Origins]:
        """Return the origins of the first parameter where it is what the method was called on."""
        if called is None or names[:1] not in (["self"], ["cls"]):
            return []
        if isinstance(self.scope.live(called.func), type):
            return [HERE]
        receiver = called.func.value if isinstance(called.func, ast.Attribute) else called.func
        return [self.scope.origins(receiver)]


def _is_inside(node: ast.AST, call: Running) -> bool:
    """Return whether `call` runs a part of `node` that was read with it: a comprehension's."""
    name, first = call.code.co_name, call.code.co_firstlineno
    lines = range(getattr(node, "lineno", 0), (getattr(node, "end_lineno", 0) or 0) + 1)
    return name.startswith("<") and first in lines and not call.library


def _calls_method_of(value: ast.expr, name: str) -> bool:
    """Return whether `value` calls a method of `name`."""
    while isinstance(value, (ast.Call, ast.Attribute, ast.Subscript)):
        value = value.func if isinstance(value, ast.Call) else value.value
    return isinstance(value, ast.Name) and value.id == name
