"""A cell to evolve: its program and its tests, and what changes a definition until they hold."""

from __future__ import annotations

import ast
import time
from dataclasses import replace
from functools import partial

from selfcode.errors import UsageError
from selfcode.evolution.growth import grow
from selfcode.protocols import Place
from selfcode.records import (
    Candidate,
    Diagnosis,
    Finding,
    Isolation,
    Kind,
    Outcome,
    Proposal,
    Target,
    Verdict,
)
from selfcode.source import DEFINITION, Definition, definitions, lines_of, parse
from selfcode.validation.gate import Gate
from selfcode.validation.spec import Spec, check_tests


def split(cell: str) -> tuple[str, str]:
    """Return the program of `cell`, up to its last definition, and its tests, all that follows.

    Functions called `test...` are tests. Raises `SyntaxError`, and `UsageError` when there is no
    definition to evolve.
    """
    body = parse(cell).body
    last = max((i for i, s in enumerate(body) if _is_program(s)), default=None)
    if last is None:
        raise UsageError("the cell defines nothing to evolve. Write a function, then its asserts.")
    end = body[last].end_lineno or body[last].lineno
    lines = lines_of(cell)
    return "".join(lines[:end]), "".join(["\n"] * end + lines[end:])


def _is_program(statement: ast.stmt) -> bool:
    return isinstance(statement, DEFINITION) and not statement.name.lower().startswith("test")


def evolve(
    program: str, spec: Spec, place: Place, gate: Gate, isolation: Isolation, seconds: float
) -> Proposal | None:
    """Return the changes of one definition of `program` that meet `spec`; None if it does already.

    Raises `SandboxError` when the place is lost.
    """
    began = time.monotonic()
    held = check_tests(spec, program, place, seconds)
    if held.outcome is Outcome.ACCEPTED:
        return None

    def judge(candidate: Candidate) -> Verdict:
        narrow = narrowed(candidate)
        if narrow is None:
            return Verdict.of((), isolation)
        return gate.judge(narrow, partial(_test, candidate.after), isolation, place.name)

    def _test(source: str, _narrow: Candidate) -> Finding:
        return check_tests(spec, source, place, seconds)

    left = seconds - (time.monotonic() - began)
    repair = grow(program, spec, place=place, seconds=left, judge=judge)
    narrow = [(patch, narrowed(patch.candidate)) for patch in repair.patches]
    patches = tuple(replace(patch, candidate=change) for patch, change in narrow if change)
    diagnosis = Diagnosis(Kind.GOAL, "", held.reason, f"a test fails: {held.reason}", (), ())
    return Proposal(diagnosis, patches, (), repair.tried, time.monotonic() - began)


def narrowed(candidate: Candidate, module: str = "__main__") -> Candidate | None:
    """Return the candidate as a change of the one definition in which its program differs.

    None when it changes anything else: what a search may change is one definition at a time.
    """
    before, after = candidate.before, candidate.after
    try:
        old, new = definitions(before), definitions(after)
    except SyntaxError:
        return None
    if [d.name for d in old] != [d.name for d in new] or _rest(before, old) != _rest(after, new):
        return None
    changed = [(a, b) for a, b in zip(old, new, strict=True) if a.text != b.text]
    if len(changed) != 1:
        return None
    ((was, becomes),) = changed
    target = Target(module, was.name)
    return replace(candidate, target=target, before=was.text, after=becomes.text)


def _rest(text: str, inside: list[Definition]) -> list[str]:
    """Return the lines of `text` that belong to no definition."""
    covered = {n for d in inside for n in range(d.first_line, d.last_line + 1)}
    return [line for n, line in enumerate(text.splitlines(), 1) if n not in covered]
