"""Where expressions come from, followed further than `Origins` does: for the guard alone.

Items, chosen values, looked-up names and computed imports are followed to the module or the shell
that they lead to; `getattr(sys, "modules")["json"]` is `json`.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator, Mapping

from selfcode.validation.origins import Origins

_DEEPEST = 12
_FURTHER = (ast.Subscript, ast.IfExp, ast.BoolOp, ast.Await, ast.List, ast.Tuple, ast.Dict, ast.Set)
_IMPORTERS = frozenset(
    "__import__ builtins.__import__ importlib.__import__ importlib.import_module".split()
)
_LOOK_UPS = frozenset({"sys.modules.get", "sys.modules.pop", "sys.modules.setdefault"})
_ROUNDABOUT = {
    **dict.fromkeys(("__builtins__", "f_builtins"), "builtins.__dict__"),
    **dict.fromkeys(("__loader__", "__spec__"), "importlib.__loader__"),
    **dict.fromkeys(("__globals__", "f_globals", "f_locals"), "globals()"),
}
"""Attributes that lead from anything to what is protected."""
IN_EVERY_MODULE = {
    "get_ipython": "IPython.get_ipython",
    "__builtins__": "__builtins__",
    "__import__": "builtins.__import__",
    "__loader__": "importlib.__loader__",
    "__spec__": "importlib.__spec__",
}
"""Names of the session that every module or cell can read, and what they stand for."""


class Traces(Origins):
    """The origins of the expressions of one text, followed through containers and look-ups."""

    def __init__(self, known: Mapping[str, str]) -> None:
        super().__init__(known)
        self._learners |= {ast.arguments: self._defaults, ast.withitem: self._context}

    def of(self, node: ast.expr, depth: int = 0) -> tuple[str, ...]:
        """Return every dotted name that `node` may stand for, as far as the text shows."""
        if not isinstance(node, _FURTHER):
            return super().of(node, depth)
        if (found := self._memo.get(id(node))) is None:
            self._memo[id(node)] = ()
            found = self._memo[id(node)] = tuple(dict.fromkeys(self._find(node, depth)))
        return found

    def _defaults(self, node: ast.arguments) -> None:
        named = [*node.posonlyargs, *node.args]
        pairs = [*zip(reversed(named), reversed(node.defaults), strict=False)]
        pairs += [(a, d) for a, d in zip(node.kwonlyargs, node.kw_defaults, strict=True) if d]
        for argument, default in pairs:
            self.values[argument.arg].append(default)

    def _context(self, node: ast.withitem) -> None:
        if node.optional_vars is not None:
            self._assign(node.optional_vars, node.context_expr)

    def _find(self, node: ast.expr, depth: int) -> Iterable[str]:
        if depth > _DEEPEST:
            return
        match node:
            case ast.Subscript():
                yield from self._item(node, depth + 1)
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                yield from self._any(items, depth)
            case ast.Dict(values=items) | ast.BoolOp(values=items):
                yield from self._any(items, depth)
            case ast.IfExp(body=body, orelse=other):
                yield from self._any([body, other], depth)
            case ast.Await(value=value):
                yield from self.of(value, depth + 1)
            case ast.Attribute(attr=attribute) if attribute in _ROUNDABOUT:
                yield _ROUNDABOUT[attribute]
                yield from super()._find(node, depth)
            case ast.Attribute(attr="__self__", value=ast.Name(id=name)) if hasattr(builtins, name):
                yield "builtins"
            case _:
                yield from super()._find(node, depth)

    def _any(self, nodes: Iterable[ast.expr], depth: int) -> Iterator[str]:
        for node in nodes:
            yield from self.of(node, depth + 1)

    def _item(self, node: ast.Subscript, depth: int) -> Iterator[str]:
        """Yield what an item is: a module, a module's own name, or a part of what holds it."""
        key = folded(node.slice)
        for base in self.of(node.value, depth):
            if base == "sys.modules" and key:
                yield key
            elif base.endswith(".__dict__") and key:
                yield f"{base.removesuffix('.__dict__')}.{key}"
            elif base == "globals()" and key:
                yield from (IN_EVERY_MODULE[key],) if key in IN_EVERY_MODULE else ()
                yield from self._of_name(key, depth)
            else:
                yield base

    def _of_call(self, node: ast.Call, depth: int) -> Iterable[str]:
        first = node.args[0] if node.args else None
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in ("globals", "locals", "vars") and first is None:
            yield "globals()"
        elif name == "vars" and first is not None:
            yield from (f"{base}.__dict__" for base in self.of(first, depth + 1))
        elif name == "type" and len(node.args) == 1 and first is not None:
            yield from (f"{base}.__class__" for base in self.of(first, depth + 1))
        elif name == "getattr" and first is not None and len(node.args) > 1:
            if (attribute := folded(node.args[1])) is not None:
                read = ast.copy_location(ast.Attribute(first, attribute, ast.Load()), node)
                yield from self._find(read, depth + 1)
        else:
            yield from self._called(node, first, name, depth)
            yield from super()._of_call(node, depth)

    def _called(
        self, node: ast.Call, first: ast.expr | None, name: str, depth: int
    ) -> Iterator[str]:
        text = folded(first) if first is not None else None
        for function in {name, *self.of(node.func, depth + 1)}:
            top, _, rest = function.partition(".")
            if function in _IMPORTERS | _LOOK_UPS and text:
                yield text if "import_module" in function else text.partition(".")[0]
            elif top in ("IPython", "ipykernel") and rest.endswith((".instance", ".get_ipython")):
                yield "get_ipython()"
            elif function == "importlib.reload" and first is not None:
                yield from self.of(first, depth + 1)


def folded(node: ast.expr | None) -> str | None:
    """Return the text that `node` is, also when it is put together of constants; else None."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.Constant(value=bytes() as raw):
            return raw.decode("latin-1")
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            parts = folded(left), folded(right)
            return None if parts[0] is None or parts[1] is None else parts[0] + parts[1]
        case ast.JoinedStr(values=values):
            texts = [folded(value) for value in values]
            return None if None in texts else "".join(filter(None, texts))
        case _:
            return None
