"""The live values that the failing code saw: names, sub-expressions, labels."""

from __future__ import annotations

import ast
import builtins
import sys
import types
import warnings
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

_PLAIN = (
    ast.Name, ast.Constant, ast.Attribute, ast.Subscript, ast.Slice, ast.Tuple, ast.List,
    ast.Dict, ast.UnaryOp, ast.BinOp, ast.Compare, ast.Load, ast.operator, ast.unaryop,
    ast.cmpop, ast.Call, ast.keyword, ast.Starred,
)  # fmt: skip
_TRUSTED = frozenset(
    "builtins pandas numpy math json re collections datetime itertools functools string random "
    "statistics operator decimal fractions pathlib os posixpath scipy sklearn seaborn".split()
)
_CHANGING = frozenset(
    "open input exec eval print next iter exit quit compile breakpoint setattr delattr help pop "
    "popitem popleft append appendleft extend insert remove clear update add discard sort reverse "
    "setdefault read readline readlines write writelines close seek send throw system popen "
    "rename unlink rmdir mkdir makedirs removedirs replace touch chdir putenv kill fork abort "
    "_exit seed shuffle fit partial_fit".split()
)
_LAZY = frozenset("groupby rolling expanding keys items values get head tail len range".split())
_LARGE = 200_000
_LABELS = 20_000


class Unknown(Exception):
    """The value is not known without running code that may have effects."""


class Live:
    """Evaluates expressions as the failing frame sees its names, as far as that changes nothing."""

    def __init__(self, frame: types.FrameType, enclosing: Sequence[types.FrameType]) -> None:
        self.globals = frame.f_globals
        self.locals: dict[str, Any] = {}
        for outer in (*reversed(enclosing), frame):
            if outer.f_locals is not outer.f_globals:
                self.locals.update(outer.f_locals)

    def names(self) -> Iterator[tuple[str, Any]]:
        """Yield each visible name with its value, the innermost and most recent first."""
        seen: set[str] = set()
        for scope in (self.locals, self.globals, vars(builtins)):
            for name in reversed(list(scope)):
                if isinstance(name, str) and name not in seen:
                    seen.add(name)
                    yield name, scope[name]

    def modules(self) -> Iterator[tuple[str, types.ModuleType]]:
        """Yield the imported modules with the names under which the code sees them."""
        for name, value in self.names():
            # Not isinstance, which asks the object itself and may run the user's code.
            if issubclass(type(value), types.ModuleType) and not name.startswith("_"):
                yield name, value

    def get(self, name: str) -> Any:
        """Return the value of a name; raises `Unknown`."""
        for scope in (self.locals, self.globals, vars(builtins)):
            if name in scope:
                return scope[name]
        raise Unknown(name)

    def value(self, node: ast.expr) -> Any:
        """Return the value of an expression; raises `Unknown` when it has effects or fails."""
        if isinstance(node, ast.Name):
            return self.get(node.id)
        if isinstance(node, ast.Starred):
            raise Unknown(ast.unparse(node))
        for part in ast.walk(node):
            if not isinstance(part, _PLAIN):
                raise Unknown(type(part).__name__)
            if isinstance(part, ast.Call):
                self._require_pure(part)
        code = compile(ast.Expression(node), "<expression>", "eval", dont_inherit=True)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return eval(code, self.globals, self.locals)
        except Exception as error:
            raise Unknown(ast.unparse(node)) from error

    def known(self, node: ast.expr | None, default: Any = None) -> Any:
        """Return the value of an expression, or `default` when it is not known."""
        try:
            return default if node is None else self.value(node)
        except Unknown:
            return default

    def known_with(self, node: ast.expr, name: str, value: Any) -> Any:
        """Return what an expression would be if `name` were `value`; None when it is not known."""
        old = self.locals
        self.locals = {**old, name: value}
        try:
            return self.known(node)
        finally:
            self.locals = old

    def _require_pure(self, call: ast.Call) -> None:
        if any(keyword.arg in ("inplace", "out", "file") for keyword in call.keywords):
            raise Unknown(ast.unparse(call))
        function = self.value(call.func)
        owner = getattr(function, "__self__", None)
        kind = function if isinstance(owner, (types.ModuleType, type(None))) else type(owner)
        module = getattr(kind, "__module__", None) or "builtins"
        name = getattr(function, "__name__", "")
        if module.partition(".")[0] not in _TRUSTED or name in _CHANGING or _writes(name):
            raise Unknown(ast.unparse(call))
        if size_of(owner) > _LARGE and name not in _LAZY:
            raise Unknown(ast.unparse(call))


def _writes(name: str) -> bool:
    kept = ("to_numpy", "to_dict", "to_list", "to_frame", "to_datetime", "to_numeric")
    return name.startswith(("to_", "save", "dump", "read_", "load")) and name not in kept


def size_of(value: object) -> int:
    """Return the length of `value`, 0 when it has none."""
    try:
        return len(value)  # type: ignore[arg-type]  # anything without a length is handled
    except Exception:  # noqa: BLE001 - the user's own __len__
        return 0


def is_kind(value: object, *names: str) -> bool:
    """Return whether the type of `value` has one of `names` (`pandas.DataFrame`) among its bases.

    Nothing is imported: of a library that is not loaded there can be no value.
    """
    for name in names:
        module, _, kind = name.rpartition(".")
        loaded = getattr(sys.modules.get(module), kind, None)
        if isinstance(loaded, type) and isinstance(value, loaded):
            return True
    return False


def is_table(value: object) -> bool:
    """Return whether `value` has labels of pandas: a frame, a series, an index or groups."""
    return is_kind(value, "pandas.DataFrame", "pandas.Series", "pandas.Index") or (
        type(value).__module__.startswith("pandas.core.groupby")
    )


def labels_of(value: object) -> list[Any]:
    """Return the keys, columns or index labels by which `value` may be asked.

    Of very many, the 20,000 that are first and the 20,000 that are last.
    """
    if type(value).__module__.startswith(("pandas.core.indexing", "pandas.core.groupby")):
        return labels_of(getattr(value, "obj", None))
    if not is_table(value):
        keys = getattr(value, "keys", None)
        asked = callable(keys) and not isinstance(value, type)
        return _ends(keys()) if callable(keys) and asked else _fields_of(value)
    axes = [getattr(value, "columns", None), getattr(value, "index", value)]
    return [label for axis in axes if axis is not None for label in _axis_labels(axis)]


def _ends(keys: Any) -> list[Any]:
    if size_of(keys) <= 2 * _LABELS:
        return list(keys)
    last = islice(reversed(keys), _LABELS) if hasattr(keys, "__reversed__") else ()
    return [*islice(keys, _LABELS), *last]


def _axis_labels(axis: Any) -> Iterator[Any]:
    if is_kind(axis, "pandas.MultiIndex"):
        for level in axis.levels:
            yield from _axis_labels(level)
    elif not is_kind(axis, "pandas.RangeIndex", "pandas.DatetimeIndex"):
        yield from axis[:_LABELS].tolist()
        yield from axis[max(len(axis) - _LABELS, _LABELS) :].tolist()
    yield from (name for name in getattr(axis, "names", ()) if name is not None)


def _fields_of(value: object) -> list[Any]:
    fields = getattr(getattr(value, "dtype", None), "names", None)
    groups = getattr(getattr(value, "re", None), "groupindex", None)
    return list(fields or groups or ())
