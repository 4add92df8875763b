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
    magic_use,
    names_a_file,
    opening_needs,
    parsed,
    query_code,
    texts_of,
    walk,
    walks_attributes,
)
from selfcode.validation.leaving import EXITS, STOPS
from selfcode.validation.reading import Reading
from selfcode.validation.scope import Scope, Use
from selfcode.validation.spelling import begins_harmless, filled, is_simple, spelt
from selfcode.validation.statements import STATEMENTS, is_disguise

_SHADOWABLE = frozenset({"dir", "input", "exit", "quit", "reload"})
_OPENERS = frozenset(
    "open io.open builtins.open codecs.open gzip.open bz2.open lzma.open tarfile.open "
    "zipfile.ZipFile gzip.GzipFile h5py.File".split()
)
_FILES = frozenset({"file-read", "file-write"})
_SPLITTERS = frozenset({"urllib.parse.urlsplit", "urllib.parse.urlparse"})
_TIMERS = frozenset({"timeit.timeit", "timeit.repeat", "timeit.Timer"})
_BY_NAME = frozenset({"getattr", "setattr", "delattr"})
_SELVES = frozenset({"self", "cls", "mcs", "other"})
_NAMEDTUPLE = frozenset({"_asdict", "_replace", "_fields", "_make", "_field_defaults"})
_VIEWS = frozenset("items keys values get copy".split())
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


class _Reader(Scope):
    """Walks one tree; `inner_trees` collects the trees of constant texts that are code."""

    def __init__(self, tree: ast.Module, known: Mapping[str, str]) -> None:
        super().__init__(walk(tree), known)
        self.inner_trees: list[ast.Module] = []
        self._handlers: dict[type[ast.AST], Callable[..., Iterable[Use]]] = {
            **STATEMENTS,
            ast.Name: self._name,
            ast.Attribute: self._attribute,
            ast.Call: self._call,
            ast.ExceptHandler: self._handler,
            ast.ImportFrom: self._import_from,
            ast.MatchClass: self._match_class,
        }

    def uses(self) -> Iterator[Use]:
        """Yield every use, in no particular order."""
        for node in self.nodes:
            if (handler := self._handlers.get(type(node))) is not None:
                yield from (use for use in handler(node) if not self._is_in_memory(use))
            elif type(node) not in NODES:
                yield Use("introspection", f"{type(node).__name__} syntax", node)

    def _is_in_memory(self, use: Use) -> bool:
        """Return whether the file that it reads or writes is a buffer in memory."""
        call = self.calls.get(id(use.node)) if use.capability in _FILES else None
        return call is not None and self.instances.writes_to_memory(call)

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

    def _is_harmless_call(self, name: str, node: ast.Name) -> bool:
        """Return whether a built-in is the text's own name, or is called so that it only tells."""
        if name in _SHADOWABLE and not self.origins.is_free(name):
            return True
        call = self.calls.get(id(node))
        if name in ("vars", "dir"):
            given = call.args if call and not call.keywords else []
            told = len(given) == 1 and not isinstance(given[0], ast.Starred)
            return told and not self.origins.of(given[0])
        if name in STOPS and self.leaving.only_catches(node):
            return True
        return name in EXITS and self.leaving.may_exit(node)

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
                yield self.use(BUILTINS.get(name, "introspection"), name, node)
            return
        capability = capability_of(origin)
        if origin == "sys.exit" and self.leaving.may_exit(node):
            return
        if origin in _TIMERS:
            yield from self._timed(origin, node)
            return
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
        if isinstance(node, ast.Attribute) and self.instances.is_own_method(node):
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

    def _is_plain_fact(self, node: ast.Attribute) -> bool:
        """Return whether reading a special name tells no more than `type(x)` or `vars(x)` does."""
        base, then = node.value, self.bases.get(id(node))
        if node.attr == "__class__":
            own = isinstance(base, ast.Name) and base.id in _SELVES
            return then in READABLE or (then is None and (own or id(node) in self.calls))
        if node.attr == "__mro__":
            return self.instances.is_class(base)
        if node.attr == "__dict__":
            return self.instances.is_self(base) or (
                then in _VIEWS and not self.origins.of(base) and not self.instances.is_class(base)
            )
        return False

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
        if "display" in (_id(function), _attr(function)) and _has(node, "raw"):
            yield Use("browser", "display of raw data", node)
        spread = any(keyword.arg is None for keyword in node.keywords)
        if spread and (_attr(function) or _id(function)).endswith("Namespace") and self.has_makings:
            yield Use("introspection", "attributes by computed name", node)

    def _by_name(self, function: str, node: ast.Call) -> Iterator[Use]:
        """Yield the uses of `getattr(base, name)`: those of `base.name`, for all it may be."""
        if len(node.args) < 2 or _is_starred(node):
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

    def _is_let_pass(self, base: ast.expr, name: ast.expr) -> bool:
        """Return whether an attribute whose name only comes when the text runs can do no harm."""
        own = self.instances.is_self(base)
        if self.origins.of(base) or self.instances.is_class(base) or isinstance(base, ast.Call):
            return False
        if begins_harmless(name, own=own):
            return True
        roots = [n.id for n in walk(name) if isinstance(n, ast.Name)]
        if not is_simple(name) or any(map(self.origins.is_free, roots)) or self.has_makings:
            return False
        return own or not (isinstance(base, ast.Name) and self._is_walked(base.id))

    def _is_walked(self, name: str) -> bool:
        """Return whether `name` is given attributes of itself: a walk between objects."""
        values = self.origins.values.get(name, ())
        return any(isinstance(v, ast.Call) and _id(v.func) == "getattr" for v in values)

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

    def _query(self, attribute: str, node: ast.expr, call: ast.Call | None) -> Iterator[Use]:
        """Yield the uses of a text that pandas evaluates: its own when constant, else unknown."""
        if call is not None and not call.args and not call.keywords:
            return
        if attribute == "query" and self._is_no_table(node, call):
            return
        expressions = [] if call is None else [*call.args[:1]]
        expressions += [k.value for k in call.keywords if k.arg == "expr"] if call else []
        values = [value for e in expressions for value in self.values(e)]
        codes = [query_code(self._text_of(value)) for value in values]
        if not codes or None in codes:
            yield self.use("dynamic-code", f".{attribute}", node)
        for code in filter(None, codes):
            yield from self._inner(code, node)

    def _text_of(self, node: ast.expr) -> object:
        """Return the text that `node` is or, for all that can be told, comes to."""
        if isinstance(node, ast.Constant):
            return node.value
        return None if self.has_makings else filled(node, self.origins)

    def _is_no_table(self, node: ast.expr, call: ast.Call | None) -> bool:
        """Return whether `query` is that of an address, or is asked for points, not by a text."""
        if call is not None:
            return isinstance(call.args[0] if call.args else None, (ast.List, ast.Tuple))
        base = node.value if isinstance(node, ast.Attribute) else node
        values = self.origins.traced(base.id) if isinstance(base, ast.Name) else [base]
        return bool(values) and all(
            isinstance(v, ast.Call) and self.origins.certain(v.func) in _SPLITTERS for v in values
        )

    def _timed(self, origin: str, node: ast.expr) -> Iterator[Use]:
        """Yield the uses of the code that `timeit` is given as a text."""
        call = self.calls.get(id(node))
        given = [] if call is None else [*call.args[:2]]
        given += [k.value for k in call.keywords if k.arg in ("stmt", "setup")] if call else []
        for code in given:
            texts = spelt(code, self.origins)
            if texts is None and not isinstance(code, (ast.Lambda, ast.Name)):
                yield self.use("dynamic-code", origin, node)
            for text in texts or ():
                yield from self._inner(text, node)
        names = [code.id for code in given if isinstance(code, ast.Name)]
        if not given or any(n not in self.own or self.origins.rebound(n) for n in names):
            yield self.use("dynamic-code", origin, node)

    def _doctests(self, node: ast.expr) -> Iterator[Use]:
        """Yield the uses of the examples in the docstrings."""
        constants = (n.value for n in self.nodes if isinstance(n, ast.Constant))
        for text in (t for t in constants if isinstance(t, str) and ">>> " in t):
            lines = (line.strip() for line in text.splitlines())
            code = [line[4:] for line in lines if line.startswith((">>> ", "... "))]
            yield from self._inner("\n".join(code), node)

    def _inner(self, code: str, node: ast.AST) -> Iterator[Use]:
        """Yield the uses of `code`, a constant of this text, at the place where it stands."""
        try:
            tree = parsed(code)
        except SyntaxError:
            name = "code in a text that does not parse"
            yield Use("dynamic-code", name, node, frozenset({code}))
            return
        reading = _read_tree(tree, {**self.known, **self.origins.modules()})
        self.inner_trees.extend(reading.trees)
        yield from reading.uses

    def _format(self, node: ast.expr) -> Iterator[Use]:
        """Yield a use when the text may walk attributes: `"{0.__class__}".format(x)`."""
        if not isinstance(node, ast.Attribute):
            return
        for value in self.values(node.value):
            text = value.value if isinstance(value, ast.Constant) else None
            computed = not isinstance(text, str)
            if self.has_makings if computed else walks_attributes(str(text)):
                capability = "private" if computed else "introspection"
                yield Use(capability, ".format of a computed text", node)

    def _opened(self, name: str, node: ast.expr) -> Iterator[Use]:
        """Yield what opening a file needs by its mode; a mode that is computed may be any."""
        call = self.calls.get(id(node))
        for capability in opening_needs(name, call):
            yield self.use(capability, name, node)

    def _magic(self, origin: str, node: ast.expr) -> Iterator[Use]:
        capability, name, code = magic_use(origin, self.calls.get(id(node)))
        if code is not None:
            yield from self._inner(code, node)
        elif capability:
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


def _has(call: ast.Call, name: str) -> bool:
    return any(keyword.arg == name for keyword in call.keywords)


def _is_starred(call: ast.Call) -> bool:
    return bool(call.args) and isinstance(call.args[0], ast.Starred)


def _is_one_value(call: ast.Call) -> bool:
    """Return whether the only argument is one value: `Path.replace` rather than `str.replace`."""
    return (
        len(call.args) == 1
        and not call.keywords
        and not isinstance(call.args[0], (ast.Dict, ast.Starred, ast.Name))
    )
