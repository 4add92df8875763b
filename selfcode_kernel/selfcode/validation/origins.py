"""Where the names of a text come from: the modules and members that they may stand for.

Everything is read from the syntax; nothing is imported. A name that the text does not import may
stand for the module that notebooks import under it (`ASSUMED`): another cell may have done so.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from selfcode.validation.capabilities import ASSUMED, LONE_MODULES, RISKY_MODULES

_DEEPEST = 8
"""How many assignments a name is followed through."""

_TRACEABLE = frozenset({ast.Name, ast.Attribute, ast.Call, ast.BinOp, ast.NamedExpr})
_DISPLAYS = (ast.List, ast.Tuple, ast.Set)
_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler, ast.MatchAs)
_PATH = "pathlib.Path()"
_PATH_METHODS = frozenset(
    f"{_PATH}.{name}"
    for name in "absolute expanduser joinpath resolve with_name with_stem with_suffix".split()
)


class Origins:
    """The dotted origins of the expressions of one text, once every node was learnt.

    `known` maps further names to modules. An instance of a class is written with parentheses:
    `pathlib.Path().rename`.
    """

    def __init__(self, known: Mapping[str, str]) -> None:
        self.imported: defaultdict[str, set[str]] = defaultdict(set)
        self.bound: set[str] = set()
        self.values: defaultdict[str, list[ast.expr]] = defaultdict(list)
        self.contexts: set[str] = set()
        self._stores: Counter[str] = Counter()
        self._traced: defaultdict[str, set[int]] = defaultdict(set)
        self._loops: defaultdict[str, list[str]] = defaultdict(list)
        self._stars: set[str] = set()
        self._memo: dict[int, tuple[str, ...]] = {}
        self._known = {**ASSUMED, **known}
        self._learners: dict[type[ast.AST], Callable[..., None]] = {
            ast.Import: self._import,
            ast.ImportFrom: self._import_from,
            ast.Name: self._name,
            ast.arg: lambda node: self._bind(node.arg),
            ast.Assign: self._assignment,
            ast.AnnAssign: self._single,
            ast.NamedExpr: self._single,
            ast.For: self._loop,
            ast.comprehension: self._loop,
            ast.withitem: self._context,
            **dict.fromkeys(_NAMED, self._named),
        }

    def is_free(self, name: str) -> bool:
        """Return whether the text reads `name` without binding it."""
        return name not in self.bound and name not in self.imported

    def traced(self, name: str, depth: int = 0) -> Sequence[ast.expr]:
        """Return the values of `name` if the text shows all that it can be, else nothing."""
        loops = self._loops.get(name, ())
        known = len(self._traced.get(name, ())) + len(loops)
        if self._stores[name] != known or name in self.imported or depth > _DEEPEST:
            return ()
        found = [*self.values.get(name, ())]
        for source in loops:
            items = self.traced(source, depth + 1)
            if not items or not all(isinstance(value, _DISPLAYS) for value in items):
                return ()
            found += [item for value in items for item in getattr(value, "elts", ())]
        return found

    def rebound(self, name: str) -> bool:
        """Return whether the text binds `name` more than once."""
        return self._stores[name] + len(self.imported.get(name, ())) > 1

    def certain(self, node: ast.expr) -> str:
        """Return the one dotted origin that `node` has whatever happens, or `""`."""
        root = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if not isinstance(root, ast.Name) or self._stores[root.id]:
            return ""
        found = self.of(node)
        return found[0] if len(found) == 1 else ""

    def of(self, node: ast.expr, depth: int = 0) -> tuple[str, ...]:
        """Return every dotted name that `node` may stand for, as far as the text shows."""
        if type(node) not in _TRACEABLE:
            return ()
        if (found := self._memo.get(id(node))) is None:
            self._memo[id(node)] = ()
            found = self._memo[id(node)] = tuple(dict.fromkeys(self._find(node, depth)))
        return found

    def modules(self) -> dict[str, str]:
        """Return what each imported name stands for."""
        return {name: origin for name, origins in self.imported.items() for origin in origins}

    def learn(self, node: ast.AST) -> None:
        """Take note of what `node` binds."""
        if (learner := self._learners.get(type(node))) is not None:
            learner(node)

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            top = alias.name.partition(".")[0]
            self.imported[alias.asname or top].add(alias.name if alias.asname else top)

    def _import_from(self, node: ast.ImportFrom) -> None:
        module = node.module if node.module and not node.level else ""
        for alias in node.names:
            if alias.name == "*":
                self._stars.add(module)
            else:
                self.imported[alias.asname or alias.name].add(_step(module, alias.name))

    def _name(self, node: ast.Name) -> None:
        if type(node.ctx) is not ast.Load:
            self._bind(node.id)

    def _bind(self, name: str) -> None:
        self.bound.add(name)
        self._stores[name] += 1

    def _named(
        self, node: ast.FunctionDef | ast.ClassDef | ast.ExceptHandler | ast.MatchAs
    ) -> None:
        if node.name:
            self._bind(node.name)

    def _assignment(self, node: ast.Assign) -> None:
        for target in node.targets:
            self._assign(target, node.value)

    def _loop(self, node: ast.For | ast.comprehension) -> None:
        if isinstance(node.iter, _DISPLAYS):
            for item in node.iter.elts:
                self._assign(node.target, item)
        elif isinstance(node.iter, ast.Name) and isinstance(node.target, ast.Name):
            self._loops[node.target.id].append(node.iter.id)

    def _context(self, node: ast.withitem) -> None:
        if isinstance(node.optional_vars, ast.Name):
            self.contexts.add(node.optional_vars.id)
            self._assign(node.optional_vars, node.context_expr)

    def _single(self, node: ast.AnnAssign | ast.NamedExpr) -> None:
        if node.value is not None:
            self._assign(node.target, node.value)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self.values[target.id].append(value)
            self._traced[target.id].add(id(target))
        elif (
            isinstance(target, (ast.Tuple, ast.List))
            and isinstance(value, (ast.Tuple, ast.List))
            and len(target.elts) == len(value.elts)
        ):
            for part, item in zip(target.elts, value.elts, strict=True):
                self._assign(part, item)

    def _find(self, node: ast.expr, depth: int) -> Iterable[str]:
        if depth > _DEEPEST:
            return
        match node:
            case ast.Name():
                yield from self._of_name(node.id, depth)
            case ast.Attribute():
                bases = self._of_base(node)
                yield from (_step(base, node.attr) for base in bases)
                if not bases and node.attr in LONE_MODULES:
                    yield node.attr
            case ast.Call(func=ast.Name(id="get_ipython")):
                yield "get_ipython()"
            case ast.Call():
                yield from self._of_call(node, depth)
            case ast.BinOp(op=ast.Div(), left=left):
                yield from (base for base in self.of(left, depth + 1) if base == _PATH)
            case ast.NamedExpr():
                yield from self.of(node.value, depth + 1)
            case _:
                return

    def _of_base(self, node: ast.Attribute) -> tuple[str, ...]:
        """Return the origins of what `node` is an attribute of, long chains without recursion."""
        chain = [node.value]
        while isinstance(chain[-1], ast.Attribute) and id(chain[-1]) not in self._memo:
            chain.append(chain[-1].value)
        for part in reversed(chain):
            found = self.of(part)
        return found

    def _of_name(self, name: str, depth: int) -> Iterable[str]:
        yield from sorted(self.imported.get(name, ()))
        for value in self.values.get(name, ()):
            yield from self.of(value, depth + 1)
        # Also when the text binds it: a binding that never happens would hide the module.
        if name in self._known and name not in self.imported:
            yield self._known[name]
        if self.is_free(name):
            yield from (_step(module, name) for module in sorted(self._stars))

    def _of_call(self, node: ast.Call, depth: int) -> Iterable[str]:
        for function in self.of(node.func, depth + 1):
            if function == "IPython.get_ipython":
                yield "get_ipython()"
            elif function == "pathlib.Path" or function in _PATH_METHODS:
                yield _PATH


def _step(base: str, attribute: str) -> str:
    """Return the dotted name of `attribute` of `base`: a module inside a module is that module."""
    if base == _PATH:
        return _PATH if attribute == "parent" else f"{base}.{attribute}"
    standard = base.partition(".")[0] in sys.stdlib_module_names
    if (
        attribute != base
        and base.islower()
        and attribute in (RISKY_MODULES if standard else LONE_MODULES)
    ):
        return attribute
    return f"{base}.{attribute}"
