"""What a text would do if it ran: every place that needs a capability, found in its syntax alone.

A thing counts where it is *read*, not where it is called, so that `f = os.system` and
`map(eval, texts)` count as well. Importing a module does nothing; using a dangerous member does.
Constant texts that are code themselves (`df.query("...")`, the body under `%%time`) are read too.
This sees intent that stands in the text. It is not a wall: who can run code can always hide it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from selfcode.source import parse
from selfcode.validation.capabilities import (
    ASSUMED,
    BUILTINS,
    KNOWN_MODULES,
    MEMBERS,
    RISKY_MODULES,
    attribute_capability,
    capability_of,
)
from selfcode.validation.grammar import (
    AGGREGATORS,
    DEFINABLE,
    NEUTRAL_KEYWORDS,
    NODES,
    READABLE,
    TEXT_OR_FILE,
    is_built_text,
    is_dunder,
    magic_use,
    names_a_file,
    opening_needs,
    query_code,
    texts_of,
    walks_attributes,
)
from selfcode.validation.origins import Origins

_SHADOWABLE = frozenset({"dir", "vars", "input", "exit", "quit", "locals", "reload"})
_OPENERS = frozenset(
    "open io.open builtins.open codecs.open gzip.open bz2.open lzma.open tarfile.open "
    "zipfile.ZipFile gzip.GzipFile h5py.File".split()
)
_BY_NAME = frozenset({"getattr", "setattr", "delattr"})
_SELVES = frozenset({"self", "cls", "mcs", "other"})
_NAMEDTUPLE = frozenset({"_asdict", "_replace", "_fields", "_make", "_field_defaults"})
_SETTINGS = frozenset({"options", "backends", "config", "rcParams", "display"})
_FLAGS = {
    "shell": "subprocess",
    "allow_pickle": "dynamic-code",
    "trust_remote_code": "dynamic-code",
}


@dataclass(frozen=True, eq=False)
class Use:
    """One place that needs a capability: `name` as a person would say it, such as `os.system`.

    `texts` are the constant texts that the call is given; `imported` marks an import statement.
    """

    capability: str
    name: str
    node: ast.AST
    texts: frozenset[str] = frozenset()
    imported: bool = False

    @property
    def operation(self) -> str:
        """What is done, without the object that it is done to: `system`."""
        return self.name.rpartition(".")[2]

    @property
    def line(self) -> int:
        """The line of the text where it stands."""
        return getattr(self.node, "lineno", 1)


@dataclass(frozen=True)
class Reading:
    """The uses of a text, with the trees they were found in (the text's own first)."""

    trees: tuple[ast.Module, ...]
    uses: tuple[Use, ...]
    origins: Origins


@lru_cache(maxsize=32)
def read(source: str, known: tuple[tuple[str, str], ...] = ()) -> Reading:
    """Return what `source` would use; `known` names modules that other cells bound.

    Raises `SyntaxError` for what does not parse and `RecursionError` for what is nested too deep.
    """
    return _read_tree(parse(source), dict(known))


def _read_tree(tree: ast.Module, known: Mapping[str, str]) -> Reading:
    reader = _Reader(tree, known)
    uses = tuple(reader.uses())
    return Reading((tree, *reader.inner_trees), uses, reader.origins)


class _Reader:
    """Walks one tree; `inner_trees` collects the trees of constant texts that are code."""

    def __init__(self, tree: ast.Module, known: Mapping[str, str]) -> None:
        self.inner_trees: list[ast.Module] = []
        self.origins = Origins(known)
        self._known = known
        self._nodes = list(ast.walk(tree))
        self._calls: dict[int, ast.Call] = {}
        self._bases: set[int] = set()
        self._own: set[str] = set()
        for node in self._nodes:
            self._learn(node)
        self._handlers: dict[type[ast.AST], Callable[..., Iterable[Use]]] = {
            ast.Name: self._name,
            ast.Attribute: self._attribute,
            ast.Call: self._call,
            ast.Import: self._import,
            ast.ImportFrom: self._import_from,
            ast.FunctionDef: self._definition,
            ast.AsyncFunctionDef: self._definition,
            ast.ExceptHandler: self._handler,
            ast.MatchClass: self._match_class,
            ast.keyword: self._keyword,
        }

    def uses(self) -> Iterator[Use]:
        """Yield every use, in no particular order."""
        for node in self._nodes:
            if (handler := self._handlers.get(type(node))) is not None:
                yield from handler(node)
            elif type(node) not in NODES:
                yield Use("introspection", f"{type(node).__name__} syntax", node)

    def _learn(self, node: ast.AST) -> None:
        self.origins.learn(node)
        if isinstance(node, ast.Call):
            self._calls[id(node.func)] = node
        elif isinstance(node, ast.Attribute):
            self._bases.add(id(node.value))
            if not isinstance(node.ctx, ast.Load):
                self._own.add(node.attr)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self._own.add(node.name)

    # names -------------------------------------------------------------------------------

    def _name(self, node: ast.Name) -> Iterator[Use]:
        name = node.id
        if is_dunder(name) and name not in READABLE | DEFINABLE and name not in BUILTINS:
            yield Use("introspection", name, node)
        if not isinstance(node.ctx, ast.Load):
            return
        if name == "open":
            yield from self._opened("open", node)
        elif name in BUILTINS:
            if name not in _SHADOWABLE or self.origins.is_free(name):
                yield self._use(BUILTINS[name], name, node)
        elif name in _BY_NAME:
            if id(node) not in self._calls:
                yield Use("introspection", f"{name} as a value", node)
        elif name == "get_ipython":
            yield from self._shell(node)
        else:
            yield from self._origin_of_name(node)

    def _origin_of_name(self, node: ast.Name) -> Iterator[Use]:
        origins = self.origins.of(node)
        for origin in origins:
            if origin in RISKY_MODULES:
                if id(node) not in self._bases:
                    yield Use("introspection", f"{origin} as a value", node)
            else:
                yield from self._member(origin, node)
        if not origins and id(node) in self._calls and self.origins.is_free(node.id):
            yield from self._unknown(node.id, node)

    def _shell(self, node: ast.Name) -> Iterator[Use]:
        call = self._calls.get(id(node))
        if call is None or id(call) not in self._bases:
            yield Use("introspection", "get_ipython() as a value", node)

    # attributes --------------------------------------------------------------------------

    def _attribute(self, node: ast.Attribute) -> Iterator[Use]:
        origins = self.origins.of(node)
        if not isinstance(node.ctx, ast.Load):
            yield from self._stored(node, origins)
        elif is_dunder(node.attr):
            yield from self._dunder(node)
        elif node.attr.startswith("_"):
            yield from self._private(node, origins)
        elif not origins:
            yield from self._unknown(node.attr, node)
        for origin in origins if isinstance(node.ctx, ast.Load) else ():
            if origin in RISKY_MODULES:
                if id(node) not in self._bases:
                    yield Use("introspection", f"{origin} as a value", node)
            elif not self._said_already(node, origin):
                yield from self._member(origin, node)

    def _said_already(self, node: ast.Attribute, origin: str) -> bool:
        """Return whether the use is that of the base: `os.environ` in `os.environ.get`."""
        base = origin.rpartition(".")[0]
        return (
            origin not in MEMBERS
            and base not in RISKY_MODULES
            and bool(capability_of(base))
            and isinstance(node.value, (ast.Attribute, ast.Name))
        )

    def _member(self, origin: str, node: ast.expr) -> Iterator[Use]:
        """Yield the uses of a member whose dotted name is known."""
        if origin in _OPENERS:
            yield from self._opened(origin, node)
            return
        if origin.startswith("get_ipython()."):
            yield from self._magic(origin, node)
            return
        if origin.startswith("builtins."):
            if (name := origin.partition(".")[2]) in BUILTINS or name in _BY_NAME:
                yield self._use(BUILTINS.get(name, "introspection"), name, node)
            return
        capability = capability_of(origin)
        if origin in ("operator.attrgetter", "operator.methodcaller"):
            yield from self._getter(node)
        elif capability:
            yield self._use(capability, origin, node)
        elif origin not in MEMBERS and "." in origin:
            head, _, attribute = origin.rpartition(".")
            yield from self._unknown(attribute, node, head)

    def _unknown(self, attribute: str, node: ast.expr, base: str = "") -> Iterator[Use]:
        """Yield the uses of an attribute by its own name; `base` is its module when known."""
        call = self._calls.get(id(node))
        name = f"{base}.{attribute}"
        if attribute == "open":
            yield from self._opened(name, node)
        elif attribute in TEXT_OR_FILE:
            if call is None or names_a_file(call):
                yield self._use("file-write", name, node)
        elif attribute in ("query", "eval"):
            yield from self._query(attribute, node, call)
        elif attribute in ("attrgetter", "methodcaller"):
            yield from self._getter(node)
        elif attribute == "format":
            yield from self._format(node)
        elif attribute in ("extractall", "extract"):
            if not (isinstance(node, ast.Attribute) and _attr(node.value) == "str") and call:
                yield self._use("file-write", name, node)
        elif attribute == "replace" and call is not None and _is_one_value(call):
            yield self._use("file-delete", name, node)
        elif capability := attribute_capability(attribute):
            yield self._use(capability, name, node)
            if capability == "file-read" and call and any("://" in t for t in texts_of(call.args)):
                yield self._use("network", name, node)

    def _dunder(self, node: ast.Attribute) -> Iterator[Use]:
        if node.attr in READABLE or node.attr in DEFINABLE:
            return
        yield Use("introspection", f".{node.attr}", node)

    def _private(self, node: ast.Attribute, origins: Sequence[str]) -> Iterator[Use]:
        base = node.value
        if any(origin.partition(".")[0] in KNOWN_MODULES for origin in origins):
            yield Use("introspection", origins[0], node)
        elif not (
            (isinstance(base, ast.Name) and base.id in _SELVES)
            or node.attr in self._own | _NAMEDTUPLE
        ):
            yield Use("private", f".{node.attr}", node)

    def _stored(self, node: ast.Attribute, origins: Sequence[str]) -> Iterator[Use]:
        if is_dunder(node.attr) and node.attr not in READABLE:
            yield Use("introspection", f".{node.attr}", node)
        for origin in origins:
            if "()" not in origin and not _SETTINGS & set(origin.split(".")):
                yield Use("introspection", f"assignment to {origin}", node)

    # calls -------------------------------------------------------------------------------

    def _call(self, node: ast.Call) -> Iterator[Use]:
        function = node.func
        if isinstance(function, ast.Name):
            if function.id in _BY_NAME:
                yield from self._by_name(function.id, node)
            elif function.id == "type" and (len(node.args) > 1 or _is_starred(node)):
                yield Use("introspection", "type() with three arguments", node)
        if _attr(function) in AGGREGATORS:
            yield from self._aggregated(node)
        if _attr(function) in ("SimpleNamespace", "Namespace") or _id(function) in (
            "SimpleNamespace",
            "Namespace",
        ):
            if any(k.arg is None and isinstance(k.value, ast.Dict) for k in node.keywords):
                yield Use("introspection", "attributes by computed name", node)

    def _by_name(self, function: str, node: ast.Call) -> Iterator[Use]:
        """Yield the uses of `getattr(base, "name")`: those of `base.name`."""
        if len(node.args) >= 2 and isinstance(name := node.args[1], ast.Constant):
            context = ast.Load() if function == "getattr" else ast.Store()
            attribute = ast.Attribute(node.args[0], str(name.value), context)
            yield from self._attribute(ast.copy_location(attribute, node))
        else:
            yield Use("introspection", f"{function} by computed name", node)

    def _aggregated(self, node: ast.Call) -> Iterator[Use]:
        """Yield what pandas would look up by name, as in `df.agg("to_pickle")`."""
        arguments = [*node.args, *(k.value for k in node.keywords)]
        for value in (v for a in arguments for v in self._values(a)):
            if is_built_text(value):
                yield Use("introspection", f".{_attr(node.func)} by computed name", node)
        for text in texts_of([v for a in arguments for v in self._values(a)]):
            capability = attribute_capability(text)
            if capability or text in TEXT_OR_FILE or text in ("query", "eval"):
                yield Use(capability or "file-write", f".{text}", node)
            elif text.startswith("_"):
                yield Use("introspection", f".{text}", node)

    def _values(self, node: ast.expr) -> Sequence[ast.expr]:
        """Return what `node` may be: the values a name was given, else itself."""
        if isinstance(node, ast.Name) and node.id in self.origins.values:
            return self.origins.values[node.id]
        return [node]

    def _getter(self, node: ast.expr) -> Iterator[Use]:
        call = self._calls.get(id(node))
        if call is None or not all(isinstance(a, ast.Constant) for a in call.args):
            yield self._use("introspection", "attributes by computed name", node)
            return
        for part in (part for text in texts_of(call.args) for part in text.split(".")):
            attribute = ast.Attribute(ast.Constant(None), part, ast.Load())
            yield from self._attribute(ast.copy_location(attribute, call))

    def _query(self, attribute: str, node: ast.expr, call: ast.Call | None) -> Iterator[Use]:
        """Yield the uses of a text that pandas evaluates: its own when constant, else unknown."""
        if call is not None and not call.args and not call.keywords:
            return
        expressions = [] if call is None else [*call.args[:1]]
        expressions += [k.value for k in call.keywords if k.arg == "expr"] if call else []
        values = [value for e in expressions for value in self._values(e)]
        codes = [query_code(v.value) for v in values if isinstance(v, ast.Constant)]
        if len(codes) < len(values) or not codes or None in codes:
            yield self._use("dynamic-code", f".{attribute}", node)
        for code in filter(None, codes):
            yield from self._inner(code, node)

    def _inner(self, code: str, node: ast.AST) -> Iterator[Use]:
        """Yield the uses of `code`, a constant of this text, at the place where it stands."""
        try:
            tree = parse(code)
        except SyntaxError:
            yield Use("dynamic-code", "code in a text that does not parse", node)
            return
        reading = _read_tree(tree, {**self._known, **self.origins.modules()})
        self.inner_trees.extend(reading.trees)
        yield from reading.uses

    def _format(self, node: ast.expr) -> Iterator[Use]:
        """Yield a use when the text may walk attributes: `"{0.__class__}".format(x)`."""
        if not isinstance(node, ast.Attribute):
            return
        for value in self._values(node.value):
            text = value.value if isinstance(value, ast.Constant) else None
            if not isinstance(text, str) or walks_attributes(text):
                yield Use("introspection", ".format of a computed text", node)

    def _opened(self, name: str, node: ast.expr) -> Iterator[Use]:
        """Yield what opening a file needs by its mode; a mode that is computed may be any."""
        call = self._calls.get(id(node))
        for capability in opening_needs(name, call):
            yield self._use(capability, name, node)

    def _magic(self, origin: str, node: ast.expr) -> Iterator[Use]:
        capability, name, code = magic_use(origin, self._calls.get(id(node)))
        if code is not None:
            yield from self._inner(code, node)
        elif capability:
            yield self._use(capability, name, node)

    # statements --------------------------------------------------------------------------

    def _import(self, node: ast.Import) -> Iterator[Use]:
        for alias in node.names:
            top = alias.name.partition(".")[0]
            if top not in KNOWN_MODULES:
                yield Use(f"import:{top}", top, node, imported=True)
            if "._" in alias.name:
                yield Use("introspection", alias.name, node, imported=True)
            local = alias.asname or top
            if top in RISKY_MODULES and local not in (top, alias.name.rpartition(".")[2]):
                if ASSUMED.get(local) != alias.name and capability_of(alias.name):
                    yield Use("introspection", f"{alias.name} as {local}", node, imported=True)

    def _import_from(self, node: ast.ImportFrom) -> Iterator[Use]:
        module = node.module or ""
        top = "." if node.level else module.partition(".")[0]
        if top not in KNOWN_MODULES:
            yield Use(f"import:{top}", top, node, imported=True)
            return
        for alias in node.names:
            if alias.name == "*":
                yield Use("introspection", f"everything of {module}", node, imported=True)
            elif alias.name.startswith("_") or "._" in module:
                yield Use("introspection", f"{module}.{alias.name}", node, imported=True)
            else:
                yield from self._imported(alias, node)

    def _imported(self, alias: ast.alias, node: ast.ImportFrom) -> Iterator[Use]:
        for origin in self.origins.imported.get(alias.asname or alias.name, ()):
            if origin in RISKY_MODULES:
                if alias.asname and alias.asname != origin:
                    yield Use("introspection", f"{origin} as {alias.asname}", node, imported=True)
            elif origin.rpartition(".")[2] == alias.name and origin not in _OPENERS:
                name = ast.copy_location(ast.Name(alias.name, ast.Load()), node)
                uses = () if "attrgetter" in origin or "methodcaller" in origin else (
                    self._member(origin, name)
                )
                yield from (replace(use, imported=True) for use in uses)

    def _definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Use]:
        if node.name in ("_repr_html_", "_repr_javascript_", "_repr_mimebundle_"):
            yield Use("browser", node.name, node)
        elif is_dunder(node.name) and node.name not in DEFINABLE:
            yield Use("introspection", f"def {node.name}", node)

    def _handler(self, node: ast.ExceptHandler) -> Iterator[Use]:
        if node.type is None:
            yield Use("process", "bare except", node)

    def _match_class(self, node: ast.MatchClass) -> Iterator[Use]:
        for name in node.kwd_attrs:
            attribute = ast.Attribute(ast.Constant(None), name, ast.Load())
            yield from self._attribute(ast.copy_location(attribute, node))

    def _keyword(self, node: ast.keyword) -> Iterator[Use]:
        off = isinstance(node.value, ast.Constant) and not node.value.value
        if node.arg in _FLAGS and not off:
            yield Use(_FLAGS[node.arg], f"{node.arg}=", node)
        elif node.arg is not None and is_dunder(node.arg):
            yield Use("introspection", f"{node.arg}=", node)

    def _use(self, capability: str, name: str, node: ast.expr) -> Use:
        call = self._calls.get(id(node))
        if call is None:
            return Use(capability, name, node)
        arguments = [*call.args]
        arguments += [k.value for k in call.keywords if k.arg not in NEUTRAL_KEYWORDS]
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call):
            if any(o.startswith("pathlib.") for o in self.origins.of(node.value)):
                arguments.append(node.value)
        return Use(capability, name, node, frozenset(texts_of(arguments)))


def _attr(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else ""


def _id(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _is_starred(call: ast.Call) -> bool:
    return bool(call.args) and isinstance(call.args[0], ast.Starred)


def _is_one_value(call: ast.Call) -> bool:
    """Return whether the only argument is one value: `Path.replace` rather than `str.replace`."""
    return (
        len(call.args) == 1
        and not call.keywords
        and not isinstance(call.args[0], (ast.Dict, ast.Starred, ast.Name))
    )
