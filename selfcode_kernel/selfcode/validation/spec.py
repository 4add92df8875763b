"""What a function must do, as tests or examples, and whether a candidate does it.

The decision is made from values: the candidate's process gets calls and gives back what they gave,
the tests run in another process against those values, and examples are compared here. What cannot
cross as a value is decided by the assertion in the candidate's own process, and is called weaker.
"""

from __future__ import annotations

import ast
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from selfcode.errors import UsageError
from selfcode.protocols import Place
from selfcode.records import Example, Finding, Outcome, Target
from selfcode.validation.cases import named
from selfcode.validation.direct import Claim, claims_of, is_readable
from selfcode.validation.needs import unmet
from selfcode.validation.sameness import same
from selfcode.validation.script import FAILED, PASSED, SETUP, UNREAD, script
from selfcode.validation.values import encode, opaque, spell

ROUNDS = 8
WEAK = "the assertion ran in the candidate's own process"
Json = dict[str, Any]
Cases = dict[str, tuple[str, str]]


@dataclass(frozen=True)
class CaseResult:
    """One case: passed, failed or (None) not decided; `weak` evidence could have been forged."""

    name: str
    passed: bool | None
    reason: str = ""
    weak: bool = False


@dataclass(frozen=True)
class Spec:
    """Tests as text, or examples of calls of `target`; made by `Spec.parse`."""

    target: str
    text: str = ""
    examples: tuple[Json, ...] = ()

    @classmethod
    def parse(cls, tests: str | Sequence[Example], target: str | None = None) -> Spec:
        """Return the spec that `tests` describe; raises `UsageError` when they describe none."""
        name = Target.parse(target).name if target else ""
        if isinstance(tests, str):
            _check_text(tests)
            return cls(name, text=tests)
        if not name:
            raise UsageError("Examples are calls of one function: name it with target=.")
        if not tests:
            raise UsageError("There is no example. Give at least one selfcode.Example(...).")
        return cls(name, examples=tuple(_example(name, i, e) for i, e in enumerate(tests, 1)))

    @cached_property
    def strings(self) -> frozenset[str]:
        """The strings that the tests or examples speak of."""
        if self.text:
            nodes = ast.walk(ast.parse(self.text))
            found = (n.value for n in nodes if isinstance(n, ast.Constant))
            return frozenset(value for value in found if isinstance(value, str))
        return frozenset(_strings([[e["args"], e.get("expected")] for e in self.examples]))

    @cached_property
    def called(self) -> frozenset[str]:
        """The names that the tests do nothing with but call."""
        nodes = list(ast.walk(ast.parse(self.text)))
        calls = Counter(
            n.func.id for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
        )
        uses = Counter(n.id for n in nodes if isinstance(n, ast.Name))
        return frozenset(name for name, times in calls.items() if uses[name] == times)

    def request(self, kind: str, source: str | None, **fields: Any) -> Json:
        """Return a request to the job `cases.run_request` that holds the tests or examples."""
        tests: Json = {"examples": self.examples} if self.examples else {"text": self.text}
        return {"kind": kind, "source": source, "target": self.target, **tests, **fields}


def _check_text(text: str) -> None:
    try:
        tests = script(text)
    except (SyntaxError, ValueError, RecursionError) as error:
        where = f"line {error.lineno}: {error.msg}" if isinstance(error, SyntaxError) else error
        raise UsageError(f"The tests are not Python: {where}. Correct them first.") from error
    if not tests.cases:
        raise UsageError(
            "The tests check nothing. Write `assert f(1) == 2` lines or test_ functions."
        )
    for function in ast.walk(ast.parse(text)):
        if isinstance(function, ast.FunctionDef) and function.name in tests.functions:
            required = len(function.args.args) - len(function.args.defaults)
            if required > 0:
                raise UsageError(
                    f"{function.name} takes arguments, and there are no fixtures here. Write it "
                    "as a function without arguments."
                )


def _example(target: str, number: int, example: Example) -> Json:
    if not isinstance(example, Example):
        raise UsageError(
            f"Example {number} is {example!r}: write selfcode.Example(args=(...), ...)."
        )
    args, kwargs = encode(list(example.args)), encode(dict(example.kwargs))
    data: Json = {"name": f"example {number}", "args": args, "kwargs": kwargs}
    if example.raises is None:
        data["expected"] = encode(example.expected)
    else:
        data["raises"] = _class_name(example.raises)
    note = opaque([args, kwargs, data.get("expected")])
    if note is not None:
        raise UsageError(
            f"Example {number} holds an object of type {note['type']}, which cannot be sent to "
            "another process. Write the tests as text that builds it."
        )
    return {**data, "call": _call_text([target, args, kwargs])}


def _strings(data: Any) -> Iterator[str]:
    """Yield the strings in a value as JSON."""
    if isinstance(data, str):
        yield data
    for part in (
        data.get("v") or [] if isinstance(data, dict) else data if isinstance(data, list) else []
    ):
        yield from _strings(part)


def _class_name(raises: type[BaseException] | str) -> str:
    return raises if isinstance(raises, str) else f"{raises.__module__}.{raises.__qualname__}"


def _call_text(call: Sequence[Any]) -> str:
    name, args, kwargs = call
    named_args = [f"{key}={spell(value)}" for key, value in kwargs["v"]]
    return f"{name}({', '.join([*map(spell, args), *named_args])})"


class _Unanswered(Exception):
    """A child gave no usable answer; the message says why."""


@dataclass(frozen=True)
class Names:
    """What the top level of a source defines: functions (name: whether async), classes, all."""

    functions: dict[str, bool]
    classes: frozenset[str]
    all: frozenset[str]

    @classmethod
    def of(cls, source: str) -> Names:
        """Return the names that `source` defines; raises `SyntaxError`."""
        body = ast.parse(source).body
        functions = {
            s.name: isinstance(s, ast.AsyncFunctionDef)
            for s in body
            if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))
        }
        classes = frozenset(s.name for s in body if isinstance(s, ast.ClassDef))
        nodes = [n for s in body for n in ast.walk(s)]
        stored = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        imported = {
            (n.asname or n.name).partition(".")[0] for n in nodes if isinstance(n, ast.alias)
        }
        return cls(functions, classes, frozenset({*functions, *classes, *stored, *imported}))


@dataclass
class Examination:
    """One candidate under one spec: asks the children, and reads their answers with distrust."""

    spec: Spec
    source: str
    place: Place
    end: float
    refused: tuple[str, ...] = ()
    needs: dict[str, list[str]] = field(default_factory=dict)

    def results(self) -> tuple[CaseResult, ...]:
        """Return what becomes of every case; raises what `Place.run` raises."""
        try:
            names = Names.of(self.source)
            if self.spec.examples:
                return self._examples()
            return self._claims(names) or self._text(names)
        except SyntaxError as error:
            return (_failed("definition", f"the code is not Python: {error.msg}"),)
        except _Unanswered as error:
            return (_failed("run", str(error)),)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError):
            return (_failed("run", "the candidate's process gave an unusable answer"),)

    def _ask(self, request: Json) -> Any:
        left = self.end - time.monotonic()
        if left <= 0:
            raise _Unanswered("the tests did not finish in time")
        trial = self.place.run({**request, "seconds": left * 0.9}, left)
        self.refused = tuple(dict.fromkeys([*self.refused, *trial.refused]))
        if not trial.ok:
            raise _Unanswered(trial.error or "the candidate's process ended without an answer")
        for kind, found in trial.value["needs"].items():
            self.needs[kind] = [*self.needs.get(kind, ()), *map(str, found)]
        return trial.value

    def _outcomes(self, calls: Sequence[Any]) -> list[Any]:
        """Return what each of `calls` gives in a fresh process that holds only the candidate."""
        answer = self._ask({"kind": "calls", "source": self.source, "calls": calls})
        if "broken" in answer:
            raise _Unanswered(str(answer["broken"]))
        outcomes: list[Any] = answer["outcomes"]
        if outcomes and "late" in outcomes[-1]:
            raise _Unanswered(f"{_call_text(calls[len(outcomes) - 1])} did not finish in time")
        if len(outcomes) != len(calls):
            raise ValueError(outcomes)
        return outcomes

    def _examples(self) -> tuple[CaseResult, ...]:
        examples = self.spec.examples
        outcomes = self._outcomes([[self.spec.target, e["args"], e["kwargs"]] for e in examples])
        return tuple(map(_judge, examples, outcomes))

    def _claims(self, names: Names) -> tuple[CaseResult, ...]:
        """Return the results of tests that only say what calls give; of others, nothing."""
        claims = claims_of(self.spec.text, names.functions)
        if claims is None or any(names.functions.values()):
            return ()
        outcomes = self._outcomes([claim.call for claim in claims])
        if not all(map(is_readable, outcomes)):
            return ()
        objections = map(Claim.objection, claims, outcomes)
        return tuple(
            CaseResult(f"line {claim.line}", not objection, objection)
            for claim, objection in zip(claims, objections, strict=True)
        )

    def _text(self, names: Names) -> tuple[CaseResult, ...]:
        """Run the tests apart from the candidate, against the outcomes of the calls they make."""
        answer = self._tests(names, [])
        for _ in range(ROUNDS):
            calls = answer["calls"]
            outcomes = self._outcomes(calls)
            answer = self._tests(names, list(zip(calls, outcomes, strict=True)))
            if not answer["pending"] and answer["calls"] == calls:
                return self._decided(names, _by_name(answer), outcomes)
        return (CaseResult("run", None, "the tests make other calls each time they run"),)

    def _tests(self, names: Names, known: list[Any], source: str | None = None) -> Any:
        """Run the tests against calls with `known` outcomes, or on the `source` itself."""
        target = self.spec.target or next(reversed([*names.functions]), "")
        functions = dict.fromkeys(names.all & self.spec.called, False) | names.functions
        others = [] if source else sorted(names.all - functions.keys())
        fields = {"names": others, "functions": functions, "target": target, "lines": False}
        return self._ask(self.spec.request("tests", source, known=known, **fields))

    def _decided(
        self, names: Names, apart: Cases, outcomes: Sequence[Any]
    ) -> tuple[CaseResult, ...]:
        """Decide each case apart from the candidate; what was not read there, in its process."""
        statuses = {status for status, _ in apart.values()}
        foreign = "" if self._mentions(names.classes) else _own(outcomes)
        if UNREAD not in statuses or FAILED in statuses:
            return tuple(_apart(name, *case, foreign) for name, case in apart.items())
        own = _by_name(self._tests(names, [], self.source))
        if any(status != PASSED for status, _ in own.values()):
            return tuple(CaseResult(n, s == PASSED, r) for n, (s, r) in own.items())
        if apart.get(SETUP, (PASSED,))[0] == UNREAD:
            del apart[SETUP]
        every = {**dict.fromkeys(own, (UNREAD, "")), **apart}
        return tuple(_combined(name, *case, foreign) for name, case in every.items())

    def _mentions(self, classes: frozenset[str]) -> bool:
        return not classes.isdisjoint(re.findall(r"\w+", self.spec.text))


def _own(outcomes: Sequence[Any]) -> str:
    """Return the name of a class of the candidate's own among the outcomes."""
    notes = [opaque(outcome.get("value")) for outcome in outcomes]
    return next((str(note["type"]) for note in notes if note and note["own"]), "")


def _by_name(answer: Any) -> Cases:
    return {name: (status, reason) for name, status, reason in answer["cases"]}


def _apart(name: str, status: str, reason: str, foreign: str) -> CaseResult:
    """Return the result of a case as it was found apart from the candidate."""
    if status == PASSED:
        return CaseResult(name, True)
    if status == FAILED:
        return _failed(name, reason)
    if foreign:
        return _failed(name, f"it gave an object of its own type {foreign}, which no test names")
    return CaseResult(name, None, f"{reason} cannot be compared apart from the candidate")


def _combined(name: str, status: str, reason: str, foreign: str) -> CaseResult:
    """Return the result of a case that passed in the candidate's own process."""
    if status != UNREAD or foreign:
        return _apart(name, status, reason, foreign)
    return CaseResult(name, True, f"{WEAK}: {reason}" if reason else WEAK, weak=True)


def _failed(name: str, reason: str) -> CaseResult:
    return CaseResult(name, False, reason)


def _judge(example: Json, outcome: Json) -> CaseResult:
    """Compare what one example's call gave with what it should give."""
    name, call = example["name"], example["call"]
    if "raises" in outcome:
        what = f"raised {outcome['raises']}"
        passed: bool | None = "raises" in example and named(example["raises"], outcome["names"])
    else:
        what = f"gave {spell(outcome['value'])}"
        passed = "expected" in example and same(example["expected"], outcome["value"])
    wanted = f"to raise {example['raises']}" if "raises" in example else spell(example["expected"])
    return CaseResult(name, passed, "" if passed else f"{call} {what}, expected {wanted}")


def _everything(_path: str) -> bool:
    return True


def check_tests(
    spec: Spec,
    source: str,
    place: Place,
    timeout: float,
    shows: Callable[[str], bool] = _everything,
) -> Finding:
    """Return the finding "tests" on `source`; raises what `place.run` raises.

    Rejected when a case fails or none ran, undecided when a case cannot be compared or the wall
    refused what it may have needed; `shows` tells whether it shows a path.
    """
    began = time.perf_counter()
    examination = Examination(spec, source, place, time.monotonic() + timeout)
    results = examination.results()
    refused = examination.refused
    lacks = unmet(examination.needs, refused, shows, failed=True)
    lacks += f"; the wall refused {', '.join(refused)}" if refused else ""
    outcome, reason = _decide(results, lacks)
    details = [f"{r.name}: {r.reason}" for r in results if r.reason]
    details += [f"would write {path}" for path in examination.needs.get("writes", ())]
    return Finding("tests", outcome, reason, time.perf_counter() - began, tuple(details))


def _decide(results: Sequence[CaseResult], lacks: str) -> tuple[Outcome, str]:
    failed = [r for r in results if r.passed is False]
    if not results:
        return Outcome.REJECTED, "no assertion was reached"
    if failed:
        count = f" ({len(failed)} of {len(results)} cases fail)" if len(results) > 1 else ""
        if lacks:
            return Outcome.UNDECIDED, f"{failed[0].reason}; the code {lacks}"
        return Outcome.REJECTED, f"{failed[0].reason}{count}"
    undecided = [r for r in results if r.passed is None]
    if undecided:
        return Outcome.UNDECIDED, undecided[0].reason
    weak = sum(r.weak for r in results)
    note = f" ({weak} weaker: {WEAK})" if weak else ""
    return Outcome.ACCEPTED, f"{len(results)} of {len(results)} cases{note}"
