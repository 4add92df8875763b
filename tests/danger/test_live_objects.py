"""Hostile objects in the session's own namespace, met by the diagnosis and the rules in the twin.

They may spoil what is proposed, never more: the session's own objects are not touched, the agent
comes back in time with a proposal or a `SandboxError`, and what is offered can do no more than the
cell could.
"""

import time
from dataclasses import dataclass

import pytest

from danger.forgeries import ANSWER
from danger.objects import OBJECTS
from selfcode.agent import Agent, Budget, TwinJob
from selfcode.errors import SelfcodeError
from selfcode.face import _reviewers
from selfcode.generation.rules import Rules
from selfcode.records import Cell, Failure, Isolation, Outcome, Proposal
from selfcode.sandbox.twin import Twin
from selfcode.validation.checks import standard_checks
from selfcode.validation.gate import Gate
from selfcode.validation.policy import check_policy
from selfcode.validation.trial import Rerun

pytestmark = pytest.mark.danger

CELL = "x = thing.nmae + total"


@dataclass(frozen=True)
class Case:
    name: str
    source: str
    group: str = "live objects"


def failing(case):
    """Return the failure of a cell that meets the hostile `thing`, and what touched it so far."""
    touched = []
    namespace = {"__name__": "__main__", "total": 1, "touched": touched}
    exec(compile(case.source.replace("ANSWER", ANSWER), "<setup>", "exec"), namespace)
    code = namespace.get("cell", CELL)
    try:
        exec(compile(code, "<cell>", "exec"), namespace)
    except BaseException as error:
        touched.clear()
        return Failure(error, Cell("c", code, code, "<cell>", 1), namespace)
    raise AssertionError("the cell did not fail")


def pursued(failure):
    rerun = Rerun(failure, lambda name, text: None, lambda text: text, lambda: None)
    gate = Gate(standard_checks(lambda text: text, _reviewers(), lambda: (), {}))
    agent = Agent(gate, Budget(3.0, 0.5, 8), Isolation.A, lambda path: True, lambda: False)
    twin = Twin.fork(TwinJob(rerun, (Rules(),)))
    try:
        return agent.pursue(twin)
    except SelfcodeError as error:
        return error
    finally:
        twin.close()


@pytest.mark.parametrize("case", [Case(*item) for item in OBJECTS.items()], ids=lambda c: c.name)
def test_a_hostile_object_spoils_at_most_the_proposal(case):
    failure = failing(case)
    began = time.monotonic()
    came = pursued(failure)
    assert time.monotonic() - began < 8
    assert failure.namespace["touched"] == []
    for patch in came.patches if isinstance(came, Proposal) else ():
        assert check_policy(failure.cell.code, patch.source).outcome is Outcome.ACCEPTED


def test_with_harmless_objects_the_same_failure_is_repaired():
    case = Case("harmless", "cell = 'totl = total + 1\\nshown = toal * 2'\ntoa = 1")
    came = pursued(failing(case))
    assert any(patch.candidate.after != patch.candidate.before for patch in came.patches)
