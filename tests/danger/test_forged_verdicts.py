"""Wrong candidates that try to pass: none may be accepted, whatever form the tests have.

Plain assertions are tried with the whole gate, in `test_forged_gate.py`.
"""

from dataclasses import dataclass

import pytest

from danger.forgeries import FORGERIES
from selfcode.records import Example, Outcome
from selfcode.sandbox.worker import Worker
from selfcode.validation.spec import Spec, check_tests

pytestmark = pytest.mark.danger

SPECS = {
    "tolerance, in a loop": Spec.parse(
        "for a in range(3):\n  s = add(a, 2) - a\n  assert abs(s - 2) < 1e-9\n  assert not s - 2"
    ),
    "unittest": Spec.parse(
        "import unittest\n"
        "class TestAdd(unittest.TestCase):\n"
        "    def test_sum(self):\n"
        "        self.assertEqual(add(1, 2), 3)\n"
        "        self.assertEqual(add(2, 2), 4)\n"
        "        self.assertTrue(add(1, 2))\n"
    ),
    "examples": Spec.parse(
        [Example((1, 2), expected=3), Example((1, "a"), raises=TypeError)], "add"
    ),
}


@dataclass(frozen=True)
class Forgery:
    """One wrong candidate, given to every spec."""

    name: str
    source: str
    group: str = "verdict forgery: tests"


CASES = [Forgery(name, source) for name, source in FORGERIES.items()]


@pytest.fixture(scope="module")
def place():
    worker = Worker("selfcode.validation.cases:run_request")
    yield worker
    worker.close()


@pytest.mark.parametrize("spec", SPECS)
def test_the_honest_function_is_accepted(place, spec):
    finding = check_tests(SPECS[spec], "def add(a, b):\n    return a + b", place, 10.0)
    assert finding.outcome is Outcome.ACCEPTED
    assert "weaker" not in finding.reason


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_forged_verdict_is_accepted(place, case):
    found = {name: check_tests(spec, case.source, place, 0.5) for name, spec in SPECS.items()}
    assert {name: f.reason for name, f in found.items() if f.outcome is Outcome.ACCEPTED} == {}
    assert all(f.reason for f in found.values())
