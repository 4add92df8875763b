"""The functions of the public face, for plain Python; `selfcode` imports this on first use.

Each keeps what it needs for the process (a warm worker, the reviewers, the lineages) and ends it
when the process ends. While everything is frozen each but `watch` and `revert` raises `Frozen`.
"""

from __future__ import annotations

import atexit
import inspect
import sys
import textwrap
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selfcode.agent import Agent, Budget, TwinJob
from selfcode.errors import ProtectedTarget, UsageError
from selfcode.evolution.growth import grow
from selfcode.freeze import Freeze
from selfcode.generation.rules import Rules
from selfcode.integration.lineage import Lineages
from selfcode.ledger import Ledger
from selfcode.records import (
    Candidate,
    Example,
    Failure,
    Finding,
    Isolation,
    Outcome,
    Proposal,
    Repair,
    Target,
    Verdict,
    Version,
)
from selfcode.sandbox.levels import isolation
from selfcode.sandbox.spawn import Profile
from selfcode.sandbox.twin import Twin
from selfcode.sandbox.view import View
from selfcode.sandbox.worker import Worker
from selfcode.source import FUNCTION, parse
from selfcode.validation.checks import standard_checks
from selfcode.validation.gate import Gate
from selfcode.validation.guard import check_guard
from selfcode.validation.importing import check_import
from selfcode.validation.policy import check_parse
from selfcode.validation.reviewers import Reviewers
from selfcode.validation.spec import Spec, check_tests
from selfcode.validation.trial import Rerun

if TYPE_CHECKING:
    from selfcode.cli.healing import Report

Tests = str | Sequence[Example]

_ON_NUMPY = ("numpy", "pandas", "scipy", "sklearn", "matplotlib", "seaborn", "statsmodels")
"""Libraries that need numpy, which a worker can have loaded already."""
_PROFILES: tuple[Profile, ...] = ("std", "sci")


def _claimed() -> Isolation:
    """Return the isolation level that verdicts claim: a place that is weaker runs nothing."""
    return min(isolation(), Isolation.B)


@cache
def _warm(profile: Profile) -> Worker:
    worker = Worker("selfcode.validation.cases:run_request", profile=profile, minimum=_claimed())
    atexit.register(worker.close)
    return worker


@cache
def _freeze() -> Freeze:
    return Freeze.of_user()


def _is_frozen() -> bool:
    return bool(_freeze().why())


def _end_workers() -> None:
    """End what runs behind the wall; the next call begins with fresh workers."""
    for profile in _PROFILES:
        _warm(profile).close()
    _warm.cache_clear()


def _worker(source: str) -> Worker:
    """Return the worker that has loaded what `source` is likely to import."""
    return _warm("sci" if any(name in source for name in _ON_NUMPY) else "std")


@cache
def _reviewers() -> Reviewers:
    reviewers = Reviewers()
    atexit.register(reviewers.close)
    return reviewers


@cache
def _lineages() -> Lineages:
    return Lineages()


def _gate(capabilities: Collection[str] = ()) -> Gate:
    granted = tuple(capabilities)
    return Gate(standard_checks(lambda text: text, _reviewers(), lambda: granted, {}))


def vet(
    source: str,
    *,
    before: str | None = None,
    tests: Tests | None = None,
    capabilities: Collection[str] = (),
    timeout: float = 10.0,
) -> Verdict:
    """Return the verdict on `source`: every static check, then its tests behind the wall.

    `before` is the code that it replaces: what that could do already is its baseline, to which
    `capabilities` are added. Without `tests` the source is only run once, as an import. Nothing of
    it runs in this process. Truthy only when accepted. Raises `UsageError` for tests that check
    nothing and `SandboxError` when the wall cannot be closed.
    """
    spec = None if tests is None else Spec.parse(tests, _last_function(source))
    candidate = Candidate(Target("__main__", "source"), before or "", source, "caller", "")
    run = partial(_run, spec, timeout)
    with _freeze().ending(_end_workers):
        return _gate(capabilities).judge(candidate, run, isolation(), Worker.name)


def _last_function(source: str) -> str | None:
    """Return the name of the last function of `source`: the one that examples call."""
    try:
        functions = [s.name for s in parse(source).body if isinstance(s, FUNCTION)]
    except SyntaxError:
        return "source"
    return functions[-1] if functions else None


def _run(spec: Spec | None, timeout: float, candidate: Candidate) -> Finding:
    source, worker = candidate.after, _worker(candidate.after)
    if spec is not None:
        return check_tests(spec, source, worker, timeout, _shows)
    return check_import(source, worker, timeout, _shows)


def _shows(path: str) -> bool:
    """Return whether a worker's trials see `path`."""
    return View().shows(path)


def repair(
    source: str, *, tests: Tests, target: str | None = None, seconds: float = 10.0
) -> Repair:
    """Return the repairs of `source` that make `tests` pass, best first.

    `tests` are assert-style text, or examples of the function named by `target`. A source that
    passes already gives no patch and nothing tried. Raises `UsageError` for tests that check
    nothing and `SandboxError` when the wall cannot be closed.
    """
    spec = Spec.parse(tests, target)
    gate = _gate()

    def judge(candidate: Candidate) -> Verdict:
        run = partial(_run, spec, seconds)
        return gate.judge(candidate, run, isolation(), Worker.name)

    with _freeze().ending(_end_workers):
        return grow(source, spec, place=_worker(source), seconds=seconds, judge=judge)


def evolve(target: Callable[..., Any] | str, *, tests: Tests, seconds: float = 60.0) -> Repair:
    """Return changes of a function (live, or its source text) that make `tests` hold, best first.

    Nothing is injected: `selfcode.inject(target, patch.source)` makes one live.
    """
    if isinstance(target, str):
        return repair(target, tests=tests, seconds=seconds)
    try:
        source = inspect.getsource(target)
    except (OSError, TypeError) as error:
        raise UsageError(f"the source of {target!r} is not known: give it as text.") from error
    name = getattr(target, "__name__", None)
    return repair(textwrap.dedent(source), tests=tests, target=name, seconds=seconds)


def inject(target: Any, source: str) -> Version:
    """Make `source` the live code of `target` and return the new version; state is kept.

    `target` is a live function or class, or its name `module:qualname`. Nothing is vetted but that
    it leaves selfcode, Python and Jupyter as they are: call `vet` first. Raises subclasses of
    `SwapError` and leaves everything as it was; an attempt on what is protected is noted in the
    ledger.
    """
    _freeze().require_off()
    try:
        _require_ground(target, source)
        return _lineages().inject(target, source)
    except ProtectedTarget as error:
        name = target if isinstance(target, str) else str(getattr(target, "__qualname__", ""))
        with closing(Ledger(_freeze().marker.with_name("ledger.sqlite"))) as ledger:
            ledger.append(
                "caller", "refused", name, attempt="inject", by="caller", reason=str(error)
            )
        raise


def _require_ground(target: Any, source: str) -> None:
    """Raise `ProtectedTarget` when `source` would change what the guard protects."""
    live = target.__globals__ if inspect.isfunction(target) else vars(sys.modules["__main__"])
    finding = check_guard(Target("cell", "source"), source, live)
    parses = check_parse(source).outcome is Outcome.ACCEPTED
    if parses and finding.outcome is Outcome.REJECTED:
        raise ProtectedTarget(f"the new source reaches what it may not: {finding.reason}")


def revert(target: Any, to: int | None = None) -> Version:
    """Make version `to` of `target` live again, by default the one before the present one."""
    return _lineages().revert(target, to)


@dataclass
class Watched:
    """What `watch` saw: the failure, or None."""

    failure: Failure | None = None


@contextmanager
def watch() -> Iterator[Watched]:
    """Note the exception that leaves the `with` block, for `propose`; it is raised all the same."""
    watched = Watched()
    caller = sys._getframe(2).f_globals
    try:
        yield watched
    except Exception as error:
        watched.failure = Failure(error, None, caller)
        raise


def propose(failure: Failure | BaseException, *, seconds: float = 10.0) -> Proposal:
    """Return the diagnosis of a failure and the candidates for it, judged.

    Outside a notebook there is no rest of a cell to try them on, so that a candidate is at best
    undecided: `vet` or `repair` it with tests. Raises `SandboxError` where no wall can be closed.
    """
    if isinstance(failure, BaseException):
        failure = Failure(failure, None, vars(sys.modules["__main__"]))
    rerun = Rerun(failure, _lineages().inject, lambda text: text, lambda: None)
    view = View(working_directory=str(Path.cwd()))
    budget = Budget(seconds=seconds)
    twin = Twin.fork(
        TwinJob(rerun, (Rules(),)),
        working_directory=view.working_directory,
        minimum=_claimed(),
    )
    try:
        with _freeze().ending(twin.close):
            return Agent(_gate(), budget, isolation(), view.shows, _is_frozen).pursue(twin)
    finally:
        twin.close()


def heal(notebook: str | Path, output: str | Path) -> Report:
    """Run a notebook, repair what fails, and write it to `output` if it then runs to its end.

    Every accepted patch is approved; the report says what was changed. Raises `UsageError` for what
    is no notebook of Python.
    """
    from selfcode.cli.healing import heal

    return heal(Path(notebook), Path(output), decide=lambda _mend: True)
