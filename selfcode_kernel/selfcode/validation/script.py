"""Tests as a script in which every `assert` is a case of its own.

A failed assertion is noted and the script goes on, so that one run tells about all of them.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import reprlib
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from selfcode.validation.values import Incomparable, Unreadable, encode, opaque

FILENAME = "<tests>"
SETUP = "set-up"
PASSED, UNREAD, OPEN, FAILED = "passed", "unread", "open", "failed"
_WORST = (PASSED, UNREAD, OPEN, FAILED)

_OPERATORS: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Eq: ("==", "=="),
    ast.NotEq: ("!=", "!="),
    ast.Lt: ("<", ">"),
    ast.LtE: ("<=", ">="),
    ast.Gt: (">", "<"),
    ast.GtE: (">=", "<="),
    ast.Is: ("is", "is"),
    ast.IsNot: ("is not", "is not"),
    ast.In: ("in", "holding"),
    ast.NotIn: ("not in", "not holding"),
}


class Pending(BaseException):
    """The outcome of a call is not known yet; out of reach of the tests' `except Exception`."""


class Enough(BaseException):
    """A case failed in a run that stops at the first failure."""


class Late(BaseException):
    """The time is up; out of reach of `except Exception` in the code that it stops."""


def show(value: object) -> str:
    """Return a short `repr` of `value`, or its type when that raises."""
    try:
        return _SHORT.repr(value)
    except Exception:  # noqa: BLE001 - the repr is the candidate's and may raise anything
        return f"a {type(value).__name__}"


_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 80
_SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxdict = _SHORT.maxset = 12


@dataclass(frozen=True)
class Script:
    """Tests ready to run: `functions` and `classes` hold tests to call once the code ran.

    `checks` says whether `check(candidate)` is called with the target, as benchmarks do.
    """

    code: types.CodeType
    functions: tuple[str, ...]
    classes: tuple[str, ...]
    checks: bool
    cases: int

    def run(self, namespace: dict[str, Any], log: Log, target: object) -> None:
        """Run every test in `namespace` and note in `log` what becomes of each case."""
        namespace.update({"__case__": log.case, "__name__": "tests"})
        with log.unit(SETUP):
            exec(self.code, namespace)
        if log.pending or log.found.get(SETUP, (PASSED,))[0] != PASSED:
            return
        if self.checks:
            with log.unit("check"):
                namespace["check"](target)
        for name in self.functions:
            with log.unit(name):
                _finish(namespace[name]())
        for name in self.classes:
            for title, test in _methods(namespace[name]):
                with log.unit(title):
                    test()


def _finish(value: Any) -> None:
    if inspect.iscoroutine(value):
        asyncio.run(value)


def _methods(kind: type) -> Iterator[tuple[str, Any]]:
    """Yield the tests of a test class, each on an instance of its own."""
    for name in [name for name in dir(kind) if name.startswith("test")]:
        title = f"{kind.__name__}.{name}"
        if hasattr(kind, "debug"):
            yield title, lambda name=name: kind(name).debug()
        else:
            yield title, lambda name=name: _finish(getattr(kind(), name)())


def script(text: str) -> Script:
    """Return the tests in `text` ready to run; raises `SyntaxError`."""
    tree = ast.parse(text)
    named = {s.name: s for s in tree.body if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))}
    classes = [s.name for s in tree.body if isinstance(s, ast.ClassDef) and _is_test_class(s)]
    called = _called(tree)
    functions = [name for name in named if name.startswith("test") and name not in called]
    check = named.get("check")
    checks = check is not None and "check" not in called and len(check.args.args) == 1
    instrument = _Instrument()
    tree = ast.fix_missing_locations(instrument.visit(tree))
    code = compile(tree, FILENAME, "exec", dont_inherit=True, optimize=0)
    cases = instrument.cases + len(functions) + len(classes)
    return Script(code, tuple(functions), tuple(classes), checks, cases)


def _is_test_class(statement: ast.ClassDef) -> bool:
    bases = [ast.unparse(base) for base in statement.bases]
    return statement.name.startswith("Test") or any(base.endswith("TestCase") for base in bases)


def _called(tree: ast.Module) -> set[str]:
    """Return the names of the functions that the module's own statements call."""
    definitions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    nodes = (n for s in tree.body if not isinstance(s, definitions) for n in ast.walk(s))
    return {n.func.id for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}


class _Instrument(ast.NodeTransformer):
    """Turns every check into a case, and `assert LEFT op RIGHT` into one that sees both sides."""

    def __init__(self) -> None:
        self.cases = 0

    def visit_Assert(self, node: ast.Assert) -> ast.With:
        self.cases += 1
        note = [f"line {node.lineno}", ast.unparse(node.test), "", ""]
        if isinstance(node.test, ast.Compare) and len(node.test.ops) == 1:
            note = [note[0], *_sides(node.test)]
            node.test.left = _seen(node.test.left)
            node.test.comparators = [_seen(node.test.comparators[0])]
        return _in_case(node, note)

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        return self._checking(node, node.value)

    def visit_With(self, node: ast.With) -> ast.stmt:
        self.generic_visit(node)
        return self._checking(node, node.items[0].context_expr)

    def _checking(self, node: ast.stmt, call: ast.expr) -> ast.stmt:
        """Make a case of a statement that checks by a call: `assertEqual`, `raises`."""
        name = (
            ast.unparse(call.func).lower().rpartition(".")[2] if isinstance(call, ast.Call) else ""
        )
        if not name.startswith("assert") and name != "raises":
            return node
        self.cases += 1
        return _in_case(node, [f"line {node.lineno}", ast.unparse(call), "", ""])


def _in_case(node: ast.stmt, note: list[str]) -> ast.With:
    call = ast.Call(ast.Name("__case__", ast.Load()), [ast.Constant(part) for part in note], [])
    item = ast.withitem(call, ast.Name("__seen__", ast.Store()))
    return ast.copy_location(ast.With([item], [node]), node)


def _seen(side: ast.expr) -> ast.expr:
    function = ast.Attribute(ast.Name("__seen__", ast.Load()), "see", ast.Load())
    return ast.copy_location(ast.Call(function, [side], []), side)


def _sides(test: ast.Compare) -> tuple[str, str, str]:
    """Return the text of the tested side, the operator as seen from it, and whether it is right."""
    left, right = test.left, test.comparators[0]
    forth, back = _OPERATORS[type(test.ops[0])]
    calls = [any(isinstance(n, ast.Call) for n in ast.walk(side)) for side in (left, right)]
    if calls == [False, True]:
        return ast.unparse(right), back, "right"
    return ast.unparse(left), forth, "left"


@dataclass
class Log:
    """What became of each case: passed, failed, unread or open.

    Unread: it uses something that is not here. Open: it compares a value that has no JSON form, and
    what the candidate's own process would say of that is no evidence.

    `names` are those that only the candidate defines: to miss one makes a case unread, not failed.
    `guarded`: an object of a class of the candidate's own does not equal a value of a plain type,
    whatever its `==` says. `notice` is told each exception that ends a case. `lines` fills while a
    case runs; those of failed cases are kept.
    """

    names: frozenset[str] = frozenset()
    stop: bool = False
    guarded: bool = False
    notice: Callable[[BaseException], object] = id
    found: dict[str, tuple[str, str]] = field(default_factory=dict)
    pending: bool = False
    current: str = ""
    lines: set[int] = field(default_factory=set)
    failing: list[list[int]] = field(default_factory=list)

    def case(self, name: str, text: str, operator: str, side: str) -> Case:
        """Return the case of one `assert` statement, to run it in."""
        return Case(self, name, text, operator, side)

    def unit(self, name: str) -> Case:
        """Return the case of a whole test, which counts only when it holds no other."""
        return Case(self, name, "", "", "", len(self.found))

    def note(self, name: str, status: str, reason: str = "") -> None:
        """Note the outcome of a case; of a case that runs again the worst is kept."""
        known = self.found.get(name, (PASSED, ""))
        self.found[name] = max(known, (status, reason), key=lambda n: _WORST.index(n[0]))
        if status == FAILED:
            self.failing.append(sorted(self.lines))
        self.lines.clear()
        if status == FAILED and self.stop:
            raise Enough


@dataclass
class Case:
    """One case while it runs; it notes what happens and lets the script go on."""

    log: Log
    name: str
    text: str
    operator: str
    side: str
    before: int | None = None
    sides: list[Any] = field(default_factory=list)

    def see(self, value: Any) -> Any:
        """Return `value`, remembered as one side of the comparison."""
        self.sides.append(value)
        return value

    def __enter__(self) -> Case:
        if self.before is None:
            self.log.current = self.text
        return self

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> bool:
        if error is None:
            self._passed()
        elif isinstance(error, Pending):
            self.log.pending = True
        elif isinstance(error, Incomparable):
            self.log.note(self.name, OPEN, str(error))
        elif isinstance(error, Unreadable):
            self.log.note(self.name, UNREAD, str(error))
        elif isinstance(error, NameError) and error.name in self.log.names:
            self.log.note(self.name, UNREAD, f"the tests use {error.name}")
        elif isinstance(error, (Late, Enough, GeneratorExit)):
            return False
        else:
            self.log.notice(error)
            self.log.note(self.name, FAILED, self._why(error))
        return True

    def _passed(self) -> None:
        if self.before is not None:
            if self.name != SETUP and len(self.log.found) == self.before:
                self.log.note(self.name, PASSED)
            return
        if self.log.guarded and self.operator == "==" and len(self.sides) == 2:
            notes = [opaque(encode(side)) for side in self.sides]
            if any(n is not None and n["own"] for n in notes) and None in notes:
                self.log.note(self.name, FAILED, self._comparison())
                return
        self.log.note(self.name, PASSED)

    def _why(self, error: BaseException) -> str:
        if self.before is not None:
            where = _line(error)
            return f"{f'line {where} of the tests' if where else self.name} raised {told(error)}"
        if not isinstance(error, AssertionError) or (self.operator and len(self.sides) < 2):
            return f"{self.text} raised {told(error)}"
        if self.operator:
            return self._comparison()
        return f"{self.text} does not hold" + (f": {told(error)}" if error.args else "")

    def _comparison(self) -> str:
        got, expected = self.sides if self.side == "left" else reversed(self.sides)
        operator = "" if self.operator == "==" else f"{self.operator} "
        return f"{self.text} gave {show(got)}, expected {operator}{show(expected)}"


def told(error: BaseException) -> str:
    """Return the type and first line of `error`, even when its `str` raises."""
    try:
        lines = str(error).splitlines()
    except Exception:  # noqa: BLE001 - the message is the candidate's and may raise anything
        lines = []
    lines = [line for line in lines if line.strip()]
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__


def _line(error: BaseException) -> int:
    """Return the line of the tests where `error` left them, 0 if it did not come from them."""
    line, step = 0, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == FILENAME:
            line = step.tb_lineno
        step = step.tb_next
    return line
