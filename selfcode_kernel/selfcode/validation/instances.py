"""Objects that a text makes itself: instances of its own classes, and buffers in memory.

What is called on them does nothing to the world, however it is called: `shop.load()` of a class
with a method `load`, `df.to_csv(io.StringIO())`. Only what the text shows beyond doubt counts.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from selfcode.validation.origins import Origins

_BUFFERS = frozenset({"io.StringIO", "io.BytesIO"})
_FILE_KEYWORDS = frozenset(
    "filepath_or_buffer path_or_buf path_or_buffer buf file fname path excel_writer".split()
)
_PLAIN_DECORATORS = frozenset(
    "dataclass dataclasses.dataclass total_ordering functools.total_ordering final "
    "typing.final runtime_checkable unique staticmethod classmethod abstractmethod "
    "abc.abstractmethod override functools.cache functools.lru_cache cache lru_cache".split()
)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Instances:
    """The classes that a text defines, and which expressions are their instances or buffers."""

    def __init__(self, nodes: Sequence[ast.AST], origins: Origins) -> None:
        self._origins = origins
        self._classes: dict[str, ast.ClassDef] = {}
        self._selves: dict[int, str] = {}
        found = [node for node in nodes if isinstance(node, ast.ClassDef)]
        names = Counter(node.name for node in found)
        methods = {node.name: set(_instance_methods(node)) for node in found}
        changed = (n for n in nodes if isinstance(n, ast.Attribute) and type(n.ctx) is not ast.Load)
        meddled = {n.value.id for n in changed if isinstance(n.value, ast.Name)}
        handed = _handed_around(nodes, methods) if found else frozenset()
        for node in found:
            if names[node.name] == 1 and node.name not in meddled and _is_as_it_reads(node):
                self._classes[node.name] = node
                if node.name not in handed:
                    self._selves.update((id(name), node.name) for name in _selves(node))

    def is_own_method(self, node: ast.Attribute) -> bool:
        """Return whether `node` is a method that the class of its object defines in this text."""
        kind = self._class_of(node.value)
        return bool(kind) and self._defines(kind, node.attr)

    def has_method(self, name: str) -> bool:
        """Return whether a class of the text defines a method called `name`."""
        return any(
            isinstance(s, _FUNCTIONS) and s.name == name
            for statement in self._classes.values()
            for s in statement.body
        )

    def is_self(self, node: ast.expr) -> bool:
        """Return whether `node` is the instance (or class) in a method of a class of the text."""
        return id(node) in self._selves

    def is_class(self, node: ast.expr) -> bool:
        """Return whether `node` is one of the classes of the text."""
        return isinstance(node, ast.Name) and node.id in self._classes

    def writes_to_memory(self, call: ast.Call) -> bool:
        """Return whether the file that `call` is given is a buffer in memory."""
        files = [*call.args[:1], *(k.value for k in call.keywords if k.arg in _FILE_KEYWORDS)]
        return bool(files) and all(map(self._is_buffer, files))

    def _class_of(self, node: ast.expr) -> str:
        if id(node) in self._selves:
            return self._selves[id(node)]
        calls = [node]
        if isinstance(node, ast.Name):
            calls = [] if node.id in self._origins.contexts else [*self._origins.traced(node.id)]
        kinds = {_called(call) for call in calls}
        kind = kinds.pop() if len(kinds) == 1 else ""
        return kind if kind in self._classes and not self._origins.rebound(kind) else ""

    def _defines(self, kind: str, name: str, depth: int = 0) -> bool:
        statement = self._classes.get(kind)
        if statement is None or depth > len(self._classes):
            return False
        found = [s for s in statement.body if isinstance(s, _FUNCTIONS) and s.name == name]
        if found:
            return len(found) == 1 and all(map(_is_plain, found[0].decorator_list))
        bases = [base.id if isinstance(base, ast.Name) else "" for base in statement.bases]
        if not all(base in self._classes for base in bases):
            return False
        return any(self._defines(base, name, depth + 1) for base in bases)

    def _is_buffer(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            values = self._origins.traced(node.id)
            return bool(values) and all(map(self._is_buffer, values))
        return isinstance(node, ast.Call) and self._origins.certain(node.func) in _BUFFERS


def _instance_methods(node: ast.ClassDef) -> Iterator[str]:
    for method in node.body:
        if isinstance(method, _FUNCTIONS):
            decorators = {d.id for d in method.decorator_list if isinstance(d, ast.Name)}
            if not decorators & {"classmethod", "staticmethod"}:
                yield method.name


def _handed_around(nodes: Sequence[ast.AST], methods: Mapping[str, set[str]]) -> frozenset[str]:
    """Return which classes are used as values, so that a method may get any object as `self`."""
    ordinary: set[int] = set()
    for node in nodes:
        match node:
            case ast.Call(func=function, args=args):
                ordinary.add(id(function))
                if isinstance(function, ast.Name) and function.id in ("isinstance", "issubclass"):
                    ordinary.update(id(part) for arg in args for part in ast.walk(arg))
            case ast.ClassDef(bases=bases):
                ordinary.update(map(id, bases))
            case ast.Attribute(value=ast.Name() as name, attr=attribute):
                if attribute not in methods.get(name.id, ()):
                    ordinary.add(id(name))
            case ast.AnnAssign(annotation=annotation) | ast.arg(annotation=annotation):
                ordinary.update(id(part) for part in ast.walk(annotation or node))
            case _:
                pass
    loads = (n for n in nodes if isinstance(n, ast.Name) and n.id in methods)
    return frozenset(name.id for name in loads if id(name) not in ordinary)


def _called(node: ast.expr) -> str:
    known = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    return node.func.id if known else ""  # type: ignore[attr-defined]  # a call of a name


def _is_as_it_reads(node: ast.ClassDef) -> bool:
    """Return whether the methods of a class are those that its body shows."""
    names = {s.name for s in node.body if isinstance(s, _FUNCTIONS)}
    made_otherwise = node.keywords or names & {"__getattribute__", "__new__"}
    return not made_otherwise and all(map(_is_plain, node.decorator_list))


def _is_plain(decorator: ast.expr) -> bool:
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(target) in _PLAIN_DECORATORS


def _selves(node: ast.ClassDef) -> Iterator[ast.Name]:
    """Yield the names in the methods of a class that stand for the instance or the class."""
    for method in node.body:
        if not isinstance(method, _FUNCTIONS) or not method.args.args:
            continue
        if any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in method.decorator_list):
            continue
        first = method.args.args[0].arg
        names = [n for n in ast.walk(method) if isinstance(n, ast.Name) and n.id == first]
        if all(isinstance(name.ctx, ast.Load) for name in names):
            yield from names
