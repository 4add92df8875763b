"""Forgeries against the whole gate: tests through `vet`, the import check, the twin, repairs.

Here the static checks stand before what runs; what they let pass must still not be accepted.
"""

from dataclasses import dataclass

import pytest

import selfcode
from danger.forgeries import ANSWER, FORGERIES
from danger.liars import IMPORTS, PROGRAMS, REST
from selfcode.agent import Budget, TwinJob
from selfcode.face import _reviewers
from selfcode.records import Candidate, Cell, Failure, Isolation, Outcome, Target
from selfcode.sandbox.twin import Twin
from selfcode.validation.checks import standard_checks
from selfcode.validation.gate import Gate
from selfcode.validation.trial import Rerun, read_trial

pytestmark = pytest.mark.danger

TESTS = "assert add(1, 2) == 3\nassert add(2, 2) == 4"


@dataclass(frozen=True)
class Case:
    group: str
    name: str
    source: str


def cases(group, texts):
    return [Case(f"verdict forgery: {group}", name, text) for name, text in texts.items()]


def named(case):
    return case.name


@pytest.mark.parametrize("case", cases("vet", FORGERIES), ids=named)
def test_vet_accepts_no_forged_verdict(case):
    verdict = selfcode.vet(case.source, tests=TESTS, timeout=0.5)
    assert verdict.outcome is not Outcome.ACCEPTED, verdict


@pytest.mark.parametrize("case", cases("import check", IMPORTS), ids=named)
def test_what_does_not_run_as_an_import_is_not_said_to(case):
    verdict = selfcode.vet(case.source.replace("ANSWER", ANSWER), timeout=0.5)
    assert verdict.outcome is not Outcome.ACCEPTED, verdict


@pytest.fixture(scope="module")
def judged():
    """Return a function that judges the rest of a failed cell as the agent does."""
    code = "total = 1 + '1'\nassert total == 2\nshown = total"
    namespace = {"__name__": "__main__"}
    try:
        exec(compile(code, "<cell>", "exec"), namespace)
    except TypeError as error:
        failure = Failure(error, Cell("c", code, code, "<cell>", 1), namespace)
    rerun = Rerun(failure, lambda name, text: None, lambda text: text, lambda: None)
    twin = Twin.fork(TwinJob(rerun, ()))
    gate = Gate(standard_checks(lambda text: text, _reviewers(), lambda: (), namespace))

    def judge(after):
        candidate = Candidate(Target("cell", "c"), code, after, "test", "")

        def run(candidate):
            request = {"verb": "try", "candidate": selfcode.records.as_json(candidate)}
            return read_trial(twin.run(request, Budget().trial_seconds / 10), lambda path: True)

        return gate.judge(candidate, run, Isolation.A, twin.name)

    yield judge
    twin.close()


def test_an_honest_repair_of_the_cell_is_accepted(judged):
    assert judged("total = 1 + int('1')\nassert total == 2\nshown = total")


@pytest.mark.parametrize("case", cases("trial in the twin", REST), ids=named)
def test_a_cell_that_does_not_run_to_its_end_is_not_said_to(judged, case):
    verdict = judged(case.source.replace("ANSWER", ANSWER))
    assert verdict.outcome is not Outcome.ACCEPTED, verdict


@pytest.mark.parametrize("case", cases("evolve", PROGRAMS), ids=named)
def test_a_program_that_lies_gets_no_repair_that_is_wrong(case):
    source = case.source.replace("ANSWER", ANSWER)
    repair = selfcode.repair(source, tests=TESTS, target="add", seconds=0.8)
    for patch in repair.patches:
        honest = {}
        exec(compile(patch.source, "<patch>", "exec"), honest)
        assert [honest["add"](5, 7), honest["add"](0, 0)] == [12, 0]
    held = selfcode.vet(source, tests=TESTS, timeout=0.5).outcome is Outcome.ACCEPTED
    assert held is False
