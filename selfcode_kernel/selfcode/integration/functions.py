"""Function objects: their whole state, set in place so that no thread meets a half-changed one."""

from __future__ import annotations

import ctypes
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

# From 3.14 on annotations are computed on demand; reading them could raise.
_ANNOTATIONS = "__annotate__" if sys.version_info >= (3, 14) else "__annotations__"


class FunctionState(NamedTuple):
    """Everything that a function object does not share with its name space."""

    code: types.CodeType
    closure: tuple[types.CellType, ...] | None
    defaults: tuple[Any, ...] | None
    kwdefaults: dict[str, Any] | None
    doc: str | None
    annotations: Any
    name: str
    qualname: str

    @classmethod
    def of(cls, function: types.FunctionType) -> FunctionState:
        """Return the present state of `function`."""
        return cls(
            function.__code__,
            function.__closure__,
            function.__defaults__,
            function.__kwdefaults__,
            function.__doc__,
            getattr(function, _ANNOTATIONS),
            function.__name__,
            function.__qualname__,
        )

    @property
    def call(self) -> tuple[Any, ...]:
        """The part that decides what a call does."""
        return self[:4]

    def put_into(self, function: types.FunctionType) -> None:
        """Make this the state of `function`; a call in another thread sees the old or the new."""
        now = FunctionState.of(function)
        if not _same(now[1:4], self[1:4]):
            _park(function, now)
            if now.closure is not self.closure:
                _set_closure(function, self.closure)
            function.__defaults__ = self.defaults
            function.__kwdefaults__ = self.kwdefaults
        if function.__code__ is not self.code:
            function.__code__ = self.code
        function.__doc__ = self.doc
        setattr(function, _ANNOTATIONS, self.annotations)
        function.__name__, function.__qualname__ = self.name, self.qualname


class FunctionWrite:
    """A function's state before and after."""

    __slots__ = ("after", "before", "function")

    def __init__(
        self, function: types.FunctionType, before: FunctionState, after: FunctionState
    ) -> None:
        self.function, self.before, self.after = function, before, after

    def forward(self) -> None:
        """Bring in the new state."""
        self.after.put_into(self.function)

    def backward(self) -> None:
        """Bring back the old state."""
        self.before.put_into(self.function)


def _same(first: tuple[Any, ...], second: tuple[Any, ...]) -> bool:
    return all(a is b for a, b in zip(first, second, strict=True))


def _park(function: types.FunctionType, now: FunctionState) -> None:
    """Put `function` on code that calls a copy of its old version.

    Code that copies free variables reads past the end of a closure that has become shorter, and
    new code with old defaults misses arguments.
    """
    function.__code__ = forwarding(copy_of(function, now), now)


def copy_of(function: types.FunctionType, state: FunctionState) -> types.FunctionType:
    """Return a function of its own in the same module that does what `state` says."""
    copy = types.FunctionType(
        state.code, function.__globals__, state.name, state.defaults, state.closure
    )
    copy.__kwdefaults__ = state.kwdefaults
    return copy


def forwarding(call: Callable[..., Any], state: FunctionState) -> types.CodeType:
    """Return code for a function in `state` that hands every call on to `call`.

    It declares as many free variables as the closure has, so that it may be set, and copies none
    of them. Whoever looks for its source finds that of `state`.
    """
    return _STUB.replace(
        co_consts=tuple(call if c == _PLACE else c for c in _STUB.co_consts),
        co_freevars=tuple(f"free{i}" for i in range(len(state.closure or ()))),
        co_name=state.code.co_name,
        co_qualname=state.code.co_qualname,
        co_filename=state.code.co_filename,
        co_firstlineno=state.code.co_firstlineno,
    )


_PLACE = "what is called"


def _stub(*args: Any, **kwargs: Any) -> Any:
    __tracebackhide__ = True
    call: Any = "what is called"
    return call(*args, **kwargs)


_STUB = _stub.__code__


def _set_closure(function: types.FunctionType, closure: tuple[types.CellType, ...] | None) -> None:
    put = ctypes.pythonapi.PyFunction_SetClosure
    put.argtypes, put.restype = [ctypes.py_object, ctypes.py_object], ctypes.c_int
    put(function, closure)


def nested_code(code: types.CodeType) -> Iterator[types.CodeType]:
    """Yield the code objects directly inside `code`."""
    return (c for c in code.co_consts if isinstance(c, types.CodeType))


_FUTURES = 0x1FF0000


def same_code(first: types.CodeType, second: types.CodeType) -> bool:
    """Return whether both do the same, wherever they were written."""
    return _essence(first) == _essence(second)


def _essence(code: types.CodeType) -> tuple[Any, ...]:
    return (
        code.co_code,
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        code.co_argcount,
        code.co_posonlyargcount,
        code.co_kwonlyargcount,
        code.co_flags & ~_FUTURES,
        tuple(_constant(c) for c in code.co_consts),
    )


def _constant(value: Any) -> Any:
    """Return what tells `value` from other constants: 1 is not True, and 0.0 is not -0.0."""
    if isinstance(value, types.CodeType):
        return _essence(value)
    if isinstance(value, tuple):
        return tuple(map(_constant, value))
    return type(value), sorted(map(repr, value)) if isinstance(value, frozenset) else repr(value)
