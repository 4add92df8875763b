"""What a text would do if it ran: every place that needs a capability, found in its syntax alone.

A thing counts where it is *read*, not where it is called, so that `f = os.system` and
`map(eval, texts)` count as well. Importing a module does nothing; using a dangerous member does.
Constant texts that are code themselves (`df.query("...")`, the body under `%%time`) are read too.
This sees intent that stands in the text. It is not a wall: who can run code can always hide it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from selfcode.validation.capabilities import (
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
    LOOKING_UP,
    NODES,
    READABLE,
    TEXT_OR_FILE,
    is_built_text,
    is_dunder,
    names_a_file,
    opening_needs,
    parsed,
    texts_of,
    walk,
)
from selfcode.validation.harmless import Harmless, has_keyword
from selfcode.validation.reading import Reading
from selfcode.validation.scope import Use
from selfcode.validation.spelling import spelt
from selfcode.validation.statements import STATEMENTS, is_disguise

_OPENERS = frozenset(
    "open io.open builtins.open codecs.open gzip.open bz2.open lzma.open tarfile.open "
    "zipfile.ZipFile gzip.GzipFile h5py.File".split()
)
_BACKENDS = frozenset({"matplotlib.use", "matplotlib.pyplot.switch_backend"})
_TIMERS = frozenset({"timeit.timeit", "timeit.repeat", "timeit.Timer"})
_BY_NAME = frozenset({"getattr", "setattr", "delattr"})
_SELVES = frozenset({"self", "cls", "mcs", "other"})
_NAMEDTUPLE = frozenset({"_asdict", "_replace", "_fields", "_make", "_field_defaults"})
_SETTINGS = frozenset({"options", "backends", "config", "rcParams", "display"})


@lru_cache(maxsize=32)
def read(source: str, known: tuple[tuple[str, str], ...] = ()) -> Reading:
    """Return what `source` would use; `known` names modules that other cells bound.

    Raises `SyntaxError` for what does not parse and `RecursionError` for what is nested too deep.
    """
    return _read_tree(parsed(source), dict(known))


def _read_tree(tree: ast.Module, known: Mapping[str, str]) -> Reading:
    reader = _Reader(tree, known)
    uses = tuple(reader.uses())
    return Reading((tree, *reader.inner_trees), uses, reader.origins)


class _Reader(Harmless):
    """Walks one tree."""

    def __init__(self, tree: ast.Module, known: Mapping[str, str]) -> None:
        super().__init__(walk(tree), known)
        self._handlers: dict[type[ast.AST], Callable[..., Iterable[Use]]] = {
            **STATEMENTS,
            ast.Name: self._name,
            ast.Attribute: self._attribute,
            ast.Call: self._call,
            ast.ExceptHandler: self._handler,
            ast.ImportFrom: self._import_from,
            ast.MatchClass: self._match_class,
        }

    def read(self, tree: ast.Module, known: Mapping[str, str]) -> Reading:
        """Return what another tree would use."""
        return _read_tree(tree, known)

    def uses(self) -> Iterator[Use]:
        """Yield every use, in no particular order."""
        for node in self.nodes:
            if (handler := self._handlers.get(type(node))) is not None:
                yield from (use for use in handler(node) if not self._is_in_memory(use))
            elif type(node) not in NODES:
                yield Use("introspection", f"{type(node).__name__} syntax", node)

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
            if not self._is_harmless_call(name, node):
                yield self.use(BUILTINS[name], name, node)
        elif name in _BY_NAME:
            if id(node) not in self.calls:
                yield Use("introspection", f"{name} as a value", node)
        elif name == "get_ipython":
            yield from self._shell(node)
        else:
            yield from self._origin_of_name(node)

    def _origin_of_name(self, node: ast.Name) -> Iterator[Use]:
        origins = self.origins.of(node)
        for origin in origins:
            if origin in RISKY_MODULES:
                if id(node) not in self.bases:
                    yield Use("introspection", f"{origin} as a value", node)
            else:
                yield from self._member(origin, node)
        if not origins and id(node) in self.calls and self.origins.is_free(node.id):
            yield from self._unknown(node.id, node)

    def _shell(self, node: ast.Name) -> Iterator[Use]:
        call = self.calls.get(id(node))
        if call is None or id(call) not in self.bases:
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
                if id(node) not in self.bases:
                    yield Use("introspection", f"{origin} as a value", node)
            elif not self._said_already(node, origin):
                yield from self._member(origin, node)

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
                yield self.use(BUILTINS.get(name, "introspection"), name, node)
            return
        capability = capability_of(origin)
        if MEMBERS.get(f"{origin}.{self.bases.get(id(node))}") == "":
            return  # a harmless member of a module that is not: `importlib.util.find_spec`
        if origin == "sys.exit" and self.leaving.may_exit(node):
            return
        if origin in _TIMERS:
            yield from self._timed(origin, node)
            return
        if origin in _BACKENDS and not self._is_given_a_text(node):
            yield self.use("dynamic-code", "a plotting backend by name", node)
        if origin == "doctest.testmod":
            yield from self._doctests(node)
            return
        if origin in ("operator.attrgetter", "operator.methodcaller"):
            yield from self._getter(node)
        elif capability:
            yield self.use(capability, origin, node)
        elif origin not in MEMBERS and "." in origin:
            head, _, attribute = origin.rpartition(".")
            yield from self._unknown(attribute, node, head)

    def _unknown(self, attribute: str, node: ast.expr, base: str = "") -> Iterator[Use]:
        """Yield the uses of an attribute by its own name; `base` is its module when known."""
        call = self.calls.get(id(node))
        name = f"{base}.{attribute}"
        if isinstance(node, ast.Attribute) and self._is_the_texts_own(node, call):
            return
        if attribute == "open":
            yield from self._opened(name, node)
        elif attribute in TEXT_OR_FILE:
            if call is None or names_a_file(call):
                yield self.use("file-write", name, node)
        elif attribute in ("query", "eval"):
            yield from self._query(attribute, node, call)
        elif attribute in ("attrgetter", "methodcaller"):
            yield from self._getter(node)
        elif attribute in ("format", "format_map"):
            yield from self._format(node)
        elif attribute in ("extractall", "extract"):
            if not (isinstance(node, ast.Attribute) and _attr(node.value) == "str") and call:
                yield self.use("file-write", name, node)
        elif attribute == "replace" and call is not None and _is_one_value(call):
            yield self.use("file-delete", name, node)
        elif capability := attribute_capability(attribute):
            yield self.use(capability, name, node)
            if capability == "file-read" and call and any("://" in t for t in texts_of(call.args)):
                yield self.use("network", name, node)

    def _dunder(self, node: ast.Attribute) -> Iterator[Use]:
        if node.attr in READABLE or node.attr in DEFINABLE or self._is_plain_fact(node):
            return
        yield Use("introspection", f".{node.attr}", node)

    def _private(self, node: ast.Attribute, origins: Sequence[str]) -> Iterator[Use]:
        base = node.value
        if any(origin.partition(".")[0] in KNOWN_MODULES for origin in origins):
            yield Use("introspection", origins[0], node)
        elif not (
            (isinstance(base, ast.Name) and base.id in _SELVES)
            or node.attr in self.own | _NAMEDTUPLE
        ):
            yield Use("private", f".{node.attr}", node)

    def _stored(self, node: ast.Attribute, origins: Sequence[str]) -> Iterator[Use]:
        if is_dunder(node.attr) and node.attr not in READABLE:
            yield Use("introspection", f".{node.attr}", node)
        for origin in origins:
            if origin.endswith("plotting.backend"):
                yield Use("dynamic-code", "a plotting backend by name", node)
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
        if "display" in (_id(function), _attr(function)) and has_keyword(node, "raw"):
            yield Use("browser", "display of raw data", node)
        spread = any(keyword.arg is None for keyword in node.keywords)
        if spread and (_attr(function) or _id(function)).endswith("Namespace") and self.has_makings:
            yield Use("introspection", "attributes by computed name", node)

    def _by_name(self, function: str, node: ast.Call) -> Iterator[Use]:
        """Yield the uses of `getattr(base, name)`: those of `base.name`, for all it may be."""
        if len(node.args) < 2 or any(isinstance(a, ast.Starred) for a in node.args):
            yield Use("introspection", f"{function} by computed name", node)
            return
        base, name = node.args[:2]
        texts = spelt(name, self.origins)
        if texts is None:
            if not self._is_let_pass(base, name):
                yield Use("introspection", f"{function} by computed name", node)
            return
        context = ast.Load() if function == "getattr" else ast.Store()
        for text in texts:
            attribute = ast.Attribute(base, text, context)
            yield from self._attribute(ast.copy_location(attribute, node))

    def _aggregated(self, node: ast.Call) -> Iterator[Use]:
        """Yield what pandas would look up by name, as in `df.agg("to_pickle")`."""
        arguments = [*node.args, *(k.value for k in node.keywords)]
        if _attr(node.func) in LOOKING_UP and self.has_makings:
            names = [a.id for a in arguments[:1] if isinstance(a, ast.Name)]
            if any(
                n in self.origins.bound - self.own and not self.origins.traced(n) for n in names
            ):
                yield Use("introspection", f".{_attr(node.func)} by computed name", node)
        for value in (v for a in arguments for v in self.values(a)):
            if is_built_text(value):
                yield Use("introspection", f".{_attr(node.func)} by computed name", node)
        for text in texts_of([v for a in arguments for v in self.values(a)]):
            capability = attribute_capability(text)
            if capability or text in TEXT_OR_FILE or text in ("query", "eval"):
                yield Use(capability or "file-write", f".{text}", node)
            elif text.startswith("_"):
                yield Use("introspection", f".{text}", node)

    def _getter(self, node: ast.expr) -> Iterator[Use]:
        call = self.calls.get(id(node))
        if call is None or not all(isinstance(a, ast.Constant) for a in call.args):
            yield self.use("introspection", "attributes by computed name", node)
            return
        for part in (part for text in texts_of(call.args) for part in text.split(".")):
            attribute = ast.Attribute(ast.Constant(None), part, ast.Load())
            yield from self._attribute(ast.copy_location(attribute, call))

    def _opened(self, name: str, node: ast.expr) -> Iterator[Use]:
        """Yield what opening a file needs by its mode; a mode that is computed may be any."""
        call = self.calls.get(id(node))
        for capability in opening_needs(name, call):
            yield self.use(capability, name, node)

    # imports and patterns --------------------------------------------------------------

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
                if alias.asname and is_disguise(origin, alias.asname):
                    yield Use("introspection", f"{origin} as {alias.asname}", node, imported=True)
            elif origin.rpartition(".")[2] == alias.name and origin not in _OPENERS:
                name = ast.copy_location(ast.Name(alias.name, ast.Load()), node)
                uses = (
                    ()
                    if "attrgetter" in origin or "methodcaller" in origin
                    else (self._member(origin, name))
                )
                yield from (replace(use, imported=True) for use in uses)

    def _handler(self, node: ast.ExceptHandler) -> Iterator[Use]:
        if node.type is None and id(node) in self.leaving.endless:
            yield Use("process", "bare except", node)

    def _match_class(self, node: ast.MatchClass) -> Iterator[Use]:
        for name in node.kwd_attrs:
            attribute = ast.Attribute(ast.Constant(None), name, ast.Load())
            yield from self._attribute(ast.copy_location(attribute, node))


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
