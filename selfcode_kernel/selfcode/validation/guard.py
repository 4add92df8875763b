"""The guard: what may never be changed, whatever the old code did.

selfcode itself, `builtins`, `sys`, the import system, Jupyter's own modules and Python's standard
library cannot be targets, and a candidate may not assign into, delete from or patch those that hold
the session together. Static, on the syntax.
"""

from __future__ import annotations

import ast
import contextlib
import sys
import time
from collections.abc import Iterator

from selfcode.records import Finding, Outcome, Target
from selfcode.validation.grammar import magic_use, parsed, texts_of, walk
from selfcode.validation.origins import Origins

PROTECTED = frozenset(
    "selfcode builtins sys importlib _frozen_importlib _frozen_importlib_external _imp imp pkgutil "
    "runpy zipimport site sitecustomize usercustomize sysconfig IPython ipykernel jupyter_client "
    "jupyter_core jupyter_server jupyterlab notebook nbclient nbformat comm ipywidgets traitlets "
    "zmq debugpy bandit RestrictedPython get_ipython() __builtins__".split()
)
"""Modules (by their first name) that candidates may not change."""

_OWN_NAMES = frozenset({"test", "this", "antigravity", "__main__"})
_CHANGERS = frozenset(
    "append add clear discard extend insert pop popitem remove setdefault update __setitem__ "
    "__delitem__ __setattr__ __delattr__ register unregister register_magic_function "
    "register_magics register_cell_magic set_custom_exc add_traits unobserve".split()
)
_PATCHERS = frozenset("setattr delattr reload patch object vars swap".split())
_TRACERS = frozenset(
    f"sys.{name}" for name in "settrace setprofile addaudithook set_asyncgen_hooks".split()
)
_SHELL_MEMBERS = frozenset(
    "run_line_magic run_cell_magic system getoutput magic display_formatter colors config".split()
)
_SHELL_NAMES = frozenset({"get_ipython", "__builtins__", "__import__", "__loader__", "__spec__"})
_OPEN_PLACES = ("sys.path.", "sys.stdout.", "sys.stderr.", "sys.stdin.")


def check_guard(target: Target, source: str) -> Finding:
    """Return whether `target` may be changed at all and `source` leaves the session's ground alone.

    It raises for no text; one that does not parse is rejected.
    """
    start = time.perf_counter()
    details = tuple(dict.fromkeys(_objections(target, source)))
    outcome = Outcome.REJECTED if details else Outcome.ACCEPTED
    reason = details[0] if details else "leaves selfcode, Python and Jupyter as they are"
    return Finding("guard", outcome, reason, time.perf_counter() - start, details)


def _objections(target: Target, source: str) -> Iterator[str]:
    top = target.module.partition(".")[0]
    standard = top in sys.stdlib_module_names and top not in _OWN_NAMES
    if top in PROTECTED or standard:
        yield f"{target.module} cannot be repaired here: it is not code of this notebook."
    if not target.is_cell and target.name.partition(".")[0] in _SHELL_NAMES:
        yield f"{target.name} belongs to the session and cannot be a target."
    try:
        yield from _Changes(parsed(source)).found()
    except SyntaxError as error:
        yield f"it does not parse: {error.msg} (line {error.lineno or 1})."
    except RecursionError:
        yield "it is nested too deep to be judged."


class _Changes:
    """Finds the places of a tree that change what is protected."""

    def __init__(self, tree: ast.Module) -> None:
        self._nodes = walk(tree)
        self._origins = Origins({"__builtins__": "__builtins__", "selfcode": "selfcode"})
        for node in self._nodes:
            self._origins.learn(node)

    def found(self) -> Iterator[str]:
        """Yield one line for each change, by place."""
        for node in self._nodes:
            match node:
                case ast.Attribute(ctx=ast.Store() | ast.Del()):
                    yield from self._change(node.value, node, f".{node.attr}")
                case ast.Subscript(ctx=ast.Store() | ast.Del()):
                    yield from self._change(node.value, node, "[...]")
                case ast.Name(ctx=ast.Store() | ast.Del()) if node.id in _SHELL_NAMES:
                    yield f"line {node.lineno}: {node.id} may not be changed."
                case ast.FunctionDef() | ast.ClassDef() if node.name in _SHELL_NAMES:
                    yield f"line {node.lineno}: {node.name} may not be changed."
                case ast.ImportFrom(module=str(module)) if _top(module) == "selfcode":
                    yield f"line {node.lineno}: a candidate may not use {module}."
                case ast.Import() if any(a.name.startswith("selfcode.") for a in node.names):
                    yield f"line {node.lineno}: a candidate may not use selfcode's own modules."
                case ast.Call():
                    yield from self._call(node)
                case ast.AugAssign(target=ast.Name() as name):
                    yield from self._change(name, node, "")
                case ast.Attribute():
                    yield from self._shell_member(node)
                case _:
                    pass

    def _protected(self, node: ast.expr) -> str:
        """Return the protected thing that `node` is or belongs to, or `""`."""
        return next((o for o in self._origins.of(node) if _top(o) in PROTECTED), "")

    def _change(self, base: ast.expr, node: ast.expr | ast.stmt, what: str) -> Iterator[str]:
        if origin := self._protected(base):
            yield f"line {node.lineno}: {origin}{what} may not be changed."

    def _call(self, node: ast.Call) -> Iterator[str]:
        function = node.func
        name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
        if isinstance(function, ast.Attribute) and name in _CHANGERS:
            origin = self._protected(function.value)
            if origin and not f"{origin}.".startswith(_OPEN_PLACES):
                yield f"line {node.lineno}: {origin}.{name}(...) may not be called."
        if name in _PATCHERS:
            yield from self._patch(node)
        for origin in self._origins.of(function):
            if origin in _TRACERS:
                yield f"line {node.lineno}: {origin} may not be called."
            elif origin.startswith(("get_ipython().run_", "get_ipython().magic")):
                yield from self._magic(origin, node)

    def _patch(self, node: ast.Call) -> Iterator[str]:
        for argument in node.args[:1]:
            named = next((t for t in texts_of([argument]) if _top(t) in PROTECTED), "")
            if origin := self._protected(argument) or named:
                yield f"line {node.lineno}: {origin} may not be patched."

    def _magic(self, member: str, node: ast.Call) -> Iterator[str]:
        if any("selfcode" in text.lower() for text in texts_of(node.args)):
            yield f"line {node.lineno}: a candidate may not command selfcode."
        code = magic_use(member, node)[2]
        if code is not None:
            with contextlib.suppress(SyntaxError):  # the policy judges what does not parse
                yield from _Changes(parsed(code)).found()

    def _shell_member(self, node: ast.Attribute) -> Iterator[str]:
        for origin in self._origins.of(node):
            shell, _, member = origin.partition("().")
            if shell == "get_ipython" and member.partition(".")[0] not in _SHELL_MEMBERS:
                yield f"line {node.lineno}: {origin} belongs to the session."
            elif origin.startswith("selfcode."):
                yield f"line {node.lineno}: a candidate may not use {origin}."


def _top(dotted: str) -> str:
    return dotted.partition(".")[0]
