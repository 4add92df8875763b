"""What a text would change of the ground of the session, and what of it the text would hand on."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterator, Mapping, Sequence

from selfcode.ground import PROTECTED, top
from selfcode.validation.files import named_file
from selfcode.validation.grammar import magic_use, parsed, texts_of, walk
from selfcode.validation.places import kept_in_sight
from selfcode.validation.traces import IN_EVERY_MODULE, Traces, folded

_CHANGERS = frozenset(
    "append add clear discard extend insert pop popitem remove setdefault update merge __setitem__ "
    "__delitem__ __setattr__ __delattr__ register unregister register_magic_function "
    "register_magics register_cell_magic set_custom_exc add_traits unobserve".split()
)
_PATCHERS = frozenset(
    "setattr delattr reload patch object vars swap __setattr__ __delattr__ setitem delitem "
    "__setitem__ __delitem__".split()
)
_TRACERS = frozenset(
    "sys.settrace sys.setprofile sys.addaudithook sys.set_asyncgen_hooks threading.settrace "
    "threading.setprofile threading.settrace_all_threads threading.setprofile_all_threads".split()
)
_RUNNERS = frozenset("exec eval compile timeit repeat run_cell ex runcode".split())
_SHELL_MEMBERS = frozenset(
    "run_line_magic run_cell_magic system getoutput magic display_formatter colors config "
    "__class__".split()
)
_OPEN_PLACES = ("sys.path.", "sys.stdout.", "sys.stderr.", "sys.stdin.")
_SOURCES = frozenset(
    "selfcode builtins __builtins__ sys importlib sys.modules sys.meta_path sys.path_hooks "
    "sys.path_importer_cache get_ipython()".split()
)
"""What leads to everything: it may be looked at and kept under a name, but not handed on."""

_EXPRESSIONS = (ast.Name, ast.Attribute, ast.Call, ast.Subscript)
_KNOWN = {"__builtins__": "__builtins__", "selfcode": "selfcode"}


class Changes:
    """Finds the places of a tree that change or hand on what is protected.

    `known` tells what live names stand for, `files` what the session keeps on the disk.
    """

    def __init__(self, tree: ast.Module, known: Mapping[str, str], files: Sequence[str]) -> None:
        self._nodes = walk(tree)
        self._live, self._files = known, files
        self._origins = Traces({**_KNOWN, **known})
        for node in self._nodes:
            self._origins.learn(node)

    def found(self) -> Iterator[str]:
        """Yield one line for each, by place."""
        in_sight = kept_in_sight(self._nodes)
        for node in self._nodes:
            yield from self._bound(node)
            match node:
                case ast.Attribute(ctx=ast.Store() | ast.Del()):
                    yield from self._change(node.value, node, f".{node.attr}")
                    if node.attr in IN_EVERY_MODULE:
                        yield f"line {node.lineno}: {node.attr} may not be changed."
                case ast.Subscript(ctx=ast.Store() | ast.Del()):
                    yield from self._change(node.value, node, "[...]")
                    yield from self._change(node, node, "")
                case ast.Call():
                    yield from self._call(node)
                case ast.AugAssign(target=ast.Name() as name):
                    yield from self._change(name, node, "")
                case ast.Attribute():
                    yield from self._member(node)
                case ast.Constant() | ast.BinOp():
                    yield from self._text(node)
                case ast.keyword(arg=str(name)):
                    yield from self._named(name, node.value)
                case _:
                    pass
            if isinstance(node, _EXPRESSIONS) and _is_read(node):
                yield from self._used(node, id(node) in in_sight)

    # -- names ------------------------------------------------------------------------------------

    def _bound(self, node: ast.AST) -> Iterator[str]:
        """Yield the session's own names that `node` binds, and imports of what is selfcode's."""
        match node:
            case ast.Name(ctx=ast.Store() | ast.Del(), id=name):
                names = [name]
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names = [node.name, *(["get_ipython"] if node.name == "selfcode" else [])]
            case ast.ExceptHandler() | ast.MatchAs() | ast.MatchStar():
                names = [node.name or ""]
            case ast.Import() | ast.ImportFrom():
                names = [a.asname or a.name for a in node.names if not _is_the_shells(node, a)]
                yield from self._import(node)
            case _:
                return
        line = getattr(node, "lineno", 1)
        yield from (f"line {line}: {n} may not be changed." for n in names if n in IN_EVERY_MODULE)

    def _import(self, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
        if isinstance(node, ast.ImportFrom):
            names = [node.module] if node.module and not node.level else []
        else:
            names = [a.name for a in node.names if a.name != "selfcode"]
        for name in names:
            if top(name) == "selfcode":
                yield f"line {node.lineno}: a candidate may not use {name}."

    def _named(self, name: str, value: ast.expr) -> Iterator[str]:
        """Yield a keyword that names what is protected: `globals().update(get_ipython=...)`."""
        if name in IN_EVERY_MODULE or named_file(name, self._files):
            yield f"line {value.lineno}: {name} may not be changed."

    # -- what is protected ------------------------------------------------------------------------

    def _protected(self, node: ast.expr) -> str:
        """Return the protected thing that `node` is or belongs to, or `""`."""
        return next((o for o in self._origins.of(node) if top(o) in PROTECTED), "")

    def _change(self, base: ast.expr, node: ast.expr | ast.stmt, what: str) -> Iterator[str]:
        if origin := self._protected(base):
            yield f"line {node.lineno}: {origin}{what} may not be changed."

    def _used(self, node: ast.expr, in_sight: bool) -> Iterator[str]:
        line = getattr(node, "lineno", 1)
        for origin in self._origins.of(node):
            if origin.startswith("selfcode."):
                yield f"line {line}: a candidate may not use {origin}."
            elif not in_sight and (origin in _SOURCES or self._is_live(node, origin)):
                yield f"line {line}: {origin} may not be handed on."

    def _is_live(self, node: ast.expr, origin: str) -> bool:
        """Return whether `node` is a live name for an object that serves the session."""
        return "()" in origin and isinstance(node, ast.Name) and node.id in self._live

    def _member(self, node: ast.Attribute) -> Iterator[str]:
        owner = self._protected(node.value) if node.attr in _CHANGERS else ""
        if owner and not f"{owner}.".startswith(_OPEN_PLACES):
            yield f"line {node.lineno}: {owner}.{node.attr}(...) may not be called."
        for origin in self._origins.of(node):
            shell, _, member = origin.partition("().")
            if shell == "get_ipython" and top(member) not in _SHELL_MEMBERS:
                yield f"line {node.lineno}: {origin} belongs to the session."

    # -- calls ------------------------------------------------------------------------------------

    def _call(self, node: ast.Call) -> Iterator[str]:
        function = node.func
        name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
        if name in _PATCHERS or _is_patch(function):
            yield from self._patch(node)
        if name in _RUNNERS:
            yield from self._inner(node)
        for origin in self._origins.of(function):
            if origin in _TRACERS:
                yield f"line {node.lineno}: {origin} may not be called."
            elif origin.startswith(("get_ipython().run_", "get_ipython().magic")):
                yield from self._magic(origin, node)
        if any(top(origin) == "selfcode" for origin in self._origins.of(node)):
            yield f"line {node.lineno}: a candidate may not use selfcode."

    def _patch(self, node: ast.Call) -> Iterator[str]:
        for argument in node.args[:1]:
            named = next((t for t in texts_of([argument]) if top(t) in PROTECTED), "")
            if origin := self._protected(argument) or named:
                yield f"line {node.lineno}: {origin} may not be patched."

    def _inner(self, node: ast.Call) -> Iterator[str]:
        """Yield what the texts that a call runs would change; the policy judges computed ones."""
        for text in filter(None, map(folded, node.args)):
            with contextlib.suppress(SyntaxError):
                yield from Changes(parsed(text), self._live, self._files).found()

    def _magic(self, member: str, node: ast.Call) -> Iterator[str]:
        if any("selfcode" in text.lower() for text in texts_of(node.args)):
            yield f"line {node.lineno}: a candidate may not command selfcode."
        code = magic_use(member, node)[2]
        if code is not None:
            with contextlib.suppress(SyntaxError):  # the policy judges what does not parse
                yield from Changes(parsed(code), self._live, self._files).found()

    def _text(self, node: ast.expr) -> Iterator[str]:
        text = folded(node)
        if text is not None and (found := named_file(text, self._files)):
            yield f"line {node.lineno}: {found!r} belongs to selfcode or Jupyter."


def _is_read(node: ast.expr) -> bool:
    return isinstance(getattr(node, "ctx", None) or ast.Load(), ast.Load)


def _is_the_shells(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> bool:
    """Return whether it is `from IPython import get_ipython`, which binds what is bound already."""
    module = getattr(node, "module", None) or ""
    return top(module) == "IPython" and alias.name == "get_ipython" and not alias.asname


def _is_patch(function: ast.expr) -> bool:
    """Return whether it is such as `mock.patch.dict`."""
    match function:
        case ast.Attribute(attr="dict" | "multiple", value=ast.Name(id=name)):
            return name == "patch"
        case ast.Attribute(attr="dict" | "multiple", value=ast.Attribute(attr=name)):
            return name == "patch"
        case _:
            return False
