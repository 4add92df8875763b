"""The child's side of a spec: the one job that runs a candidate, its tests, or both, on request.

Where a decision is made, the tests and the candidate run in different processes: a request of kind
"calls" holds the candidate and never an expected value; a request of kind "tests" without a source
holds the tests and the outcomes of the calls that they make, as values. Which calls these are is
learnt from the tests alone: a list that a process with both hands out could tell the answers. Only
"batch", which sorts out candidates that are judged again afterwards, and "tests" with a source hold
both.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import gc
import inspect
import random
import signal
import sys
import time
import types
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from selfcode.validation.doubles import Stub, raised
from selfcode.validation.needs import Watch, is_users_code
from selfcode.validation.sameness import same
from selfcode.validation.script import FAILED, PASSED, Enough, Late, Log, script, told
from selfcode.validation.values import CANDIDATE, decode, encode

FILENAME = "<candidate>"
LATE = "time"
Namespace = dict[str, Any]
Runner = Callable[[Namespace, Log], None]


_LIVE: Namespace = {}  # the job's own, in a process that answers one request


class Broken(Exception):
    """The candidate does not compile, or raised while it was being defined."""


def run_request(request: Mapping[str, Any], *, live: Mapping[str, Any] | None = None) -> Any:
    """Answer one request of a spec or a search, by its kind; what the code prints is dropped.

    `live` are names that the candidate and its tests find defined, unless they define them. The
    answer but that of a batch tells under `"needs"` what was asked for and a trial has not.
    """
    kinds = {"tests": _tests, "calls": _calls, "batch": _batch}
    _LIVE.clear()
    _LIVE.update(live or {})
    watch = Watch(is_users_code)
    with contextlib.redirect_stdout(_Sink()), contextlib.redirect_stderr(_Sink()):
        random.seed(0)
        return kinds[request["kind"]](request, watch)


class _Sink:
    """A stream that forgets what is written to it."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        """Do nothing: nothing is kept."""


def _load(source: str) -> Namespace:
    """Return the names that `source` defines, as the module that it would be."""
    module = types.ModuleType(CANDIDATE)
    sys.modules[CANDIDATE] = module
    module.__dict__.update(_live())
    try:
        code = compile(source, FILENAME, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        value = eval(code, module.__dict__)
        if inspect.iscoroutine(value):
            asyncio.run(value)
    except Late:
        raise
    except BaseException as error:
        raise Broken(f"the code does not run: {told(error)}") from error
    return module.__dict__


def _live(hidden: Collection[str] = ()) -> Namespace:
    """Return the live names but those that are `hidden` because the candidate defines them."""
    known = frozenset(hidden)
    return {n: v for n, v in _LIVE.items() if n not in known and not n.startswith("__")}


def _resolve(namespace: Namespace, name: str) -> Any:
    """Return what a dotted `name` means; raises `Broken` when the candidate does not define it."""
    first, *rest = name.split(".")
    try:
        found = namespace[first]
        for part in rest:
            found = getattr(found, part)
    except (KeyError, AttributeError):
        raise Broken(f"the code defines no {name}") from None
    return found


def _call(function: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]) -> Any:
    value = function(*args, **kwargs)
    return asyncio.run(value) if inspect.iscoroutine(value) else value


@contextlib.contextmanager
def _deadline(seconds: float, *, computing: bool = False) -> Iterator[None]:
    """Raise `Late` in the block after `seconds`, again and again until it ends.

    `computing`: count the seconds of the processor, up to many times as long on the clock. The
    clock's own timer is used for both, because that of the processor is only as fine as a tick.
    """
    armed, began, used = True, time.monotonic(), time.process_time()

    def stop(_number: int, _frame: object) -> None:
        idle = computing and time.process_time() - used < seconds
        if armed and not (idle and time.monotonic() - began < 20 * seconds + 0.2):
            raise Late

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, seconds / 4)
    try:
        yield
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)


def _runner(request: Mapping[str, Any]) -> Runner:
    """Return what runs the request's tests, or its examples, on the names of a candidate."""
    if "examples" in request:
        return lambda names, log: _run_examples(names, log, request)
    tests, target = script(request["text"]), request["target"]

    def run(names: Namespace, log: Log) -> None:
        tests.run(dict(names), log, _resolve(names, target) if tests.checks else None)

    return run


def _run_examples(names: Namespace, log: Log, request: Mapping[str, Any]) -> None:
    function = _resolve(names, request["target"])
    for example in request["examples"]:
        with log.case(example["name"], example["call"], "", ""):
            _check_example(function, example)


def _check_example(function: Callable[..., Any], example: Mapping[str, Any]) -> None:
    try:
        value = _call(function, decode(example["args"]), decode(example["kwargs"]))
    except Exception as error:
        if "raises" not in example or not named(example["raises"], raised(error)["names"]):
            raise
        return
    if "raises" in example or not same(example["expected"], encode(value)):
        raise AssertionError


def named(wanted: str, names: list[str]) -> bool:
    """Whether an exception whose classes are `names` is `wanted`, with or without its module."""
    return any(wanted in (name, name.rpartition(".")[2]) for name in names)


def _tests(request: Mapping[str, Any], watch: Watch) -> Any:
    """Run all tests: on the candidate itself if there is a source, else on stubs."""
    source, functions = request["source"], request["functions"]
    calls: list[Any] = []
    log = Log(frozenset(request["names"]), guarded=True, notice=watch.see)
    watch.begin()
    began = time.process_time()
    try:
        with _deadline(request["seconds"]):
            if source is None:
                names = _live([*request["names"], *functions])
                names |= Stub.all(functions, request["known"], log, calls)
            else:
                names = dict(_load(source))
                if request["lines"]:
                    sys.settrace(_tracer(log.lines))
            _runner(request)(names, log)
    except Late:
        log.failing.append(sorted(log.lines))
        log.found[LATE] = (FAILED, f"{log.current or 'the code'} did not finish in time")
    except Broken as error:
        watch.see(error)
        log.found = {"definition": (FAILED, str(error))}
    finally:
        sys.settrace(None)
    return {
        "cases": [[name, *found] for name, found in log.found.items()],
        "calls": calls,
        "pending": log.pending,
        "failing": log.failing,
        "seconds": time.process_time() - began,
        "needs": watch.needs,
    }


def _tracer(lines: set[int]) -> Callable[..., Any]:
    """Return a trace function that adds the candidate's lines to `lines` as they run."""

    def local(frame: types.FrameType, event: str, _: object) -> Any:
        if event == "line":
            lines.add(frame.f_lineno)
        return local

    def trace(frame: types.FrameType, _event: str, _: object) -> Any:
        return local if frame.f_code.co_filename == FILENAME else None

    return trace


def _calls(request: Mapping[str, Any], watch: Watch) -> Any:
    """Make the calls one after the other; the answer ends early where the time is up."""
    outcomes: list[Any] = []
    watch.begin()
    try:
        with _deadline(request["seconds"]):
            names = _load(request["source"])
            for name, args, kwargs in request["calls"]:
                outcomes.append(_outcome(_resolve(names, name), args, kwargs, watch))
    except Late:
        outcomes.append({"late": True})
    except Broken as error:
        watch.see(error)
        return {"broken": str(error), "needs": watch.needs}
    return {"outcomes": outcomes, "needs": watch.needs}


def _outcome(function: Callable[..., Any], args: Any, kwargs: Any, watch: Watch) -> Any:
    """Return what a call gives or raises, and its arguments where it changed them."""
    given = decode(args), decode(kwargs)
    try:
        value = _call(function, *given)
        itself = [i for i, arg in enumerate(given[0]) if arg is value]
        outcome = {"value": encode(value), "itself": itself[:1]}
    except Late:
        raise
    except BaseException as error:  # noqa: BLE001 - SystemExit and its kind are outcomes here
        watch.see(error)
        outcome = raised(error)
    after = encode(given[0]), encode(given[1])
    return outcome if after == (args, kwargs) else {**outcome, "after": after}


def _batch(request: Mapping[str, Any], _watch: Watch) -> Any:
    """Say which sources pass every test; `next` is the first that was not tried in the time."""
    run, end = _runner(request), time.monotonic() + request["seconds"]
    answer: dict[str, Any] = {"passed": [], "late": [], "next": 0}
    gc.disable()
    for index, source in enumerate(request["sources"]):
        if time.monotonic() > end:
            break
        status = _attempt(source, run, request["limit"])
        if status:
            answer[status].append(index)
        answer["next"] = index + 1
    return answer


def _attempt(source: str, run: Runner, limit: float) -> str:
    log = Log(stop=True)
    try:
        with _deadline(limit, computing=True):
            run(_load(source), log)
    except Late:
        return "late"
    except (Broken, Enough):
        return ""
    passed = [status == PASSED for status, _ in log.found.values()]
    return "passed" if passed and all(passed) else ""
