import time
from textwrap import dedent

import pytest

from selfcode.evolution.growth import grow
from selfcode.records import Candidate, Example, Isolation, Target, Verdict
from selfcode.sandbox.worker import Worker
from selfcode.validation.spec import Spec, check_tests


@pytest.fixture(scope="module")
def place():
    worker = Worker("selfcode.validation.cases:run_request")
    yield worker
    worker.close()


@pytest.fixture
def judge(place):
    def with_spec(spec):
        def judge(candidate):
            return Verdict.of([check_tests(spec, candidate.after, place, 5.0)], Isolation.A)

        return judge

    return with_spec


@pytest.fixture
def repair(place, judge):
    def repair(source, tests, target=None, seconds=10.0, **options):
        spec = Spec.parse(tests if isinstance(tests, list) else dedent(tests), target)
        judged = options.pop("judge", None) or judge(spec)
        return grow(dedent(source), spec, place=place, seconds=seconds, judge=judged, **options)

    return repair


WRONG = {
    "a mean that starts at one": (
        """
        def mean(xs):
            total = 1
            for x in xs:
                total += x
            return total / len(xs)
        """,
        "assert mean([1, 2, 3]) == 2\nassert mean([5]) == 5\nassert mean([0, 0]) == 0",
        "    total = 0\n",
    ),
    "an endless binary search": (
        """
        def find(xs, x):
            low, high = 0, len(xs)
            while low < high:
                mid = (low + high) // 2
                if xs[mid] < x:
                    low = mid
                else:
                    high = mid
            return low
        """,
        "assert find([1, 3, 5, 7], 5) == 2\nassert find([1, 3], 4) == 2\nassert find([], 1) == 0",
        "            low = mid + 1\n",
    ),
    "a helper that the target calls": (
        """
        def even(n):
            return n % 2 == 1

        def evens(xs):
            return [x for x in xs if even(x)]
        """,
        "assert even(2)\ndef test_evens():\n    assert evens([1, 2, 3, 4]) == [2, 4]",
        "    return n % 2 == 0\n",
    ),
    "a method": (
        """
        class Account:
            def __init__(self):
                self.balance = 0

            def withdraw(self, amount):
                self.balance += amount
                return self.balance
        """,
        "a = Account()\nassert a.withdraw(5) == -5\nassert a.withdraw(2) == -7",
        "        self.balance -= amount\n",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_function_is_repaired_and_judged(repair, name):
    source, tests, line = WRONG[name]
    found = repair(source, tests)
    assert any(line in patch.source for patch in found.patches), found
    assert all(patch.verdict for patch in found.patches)
    assert [p.candidate.cost for p in found.patches] == sorted(
        p.candidate.cost for p in found.patches
    )
    assert len(found.patches) <= 3
    assert found.tried > 0


def test_examples_guide_the_search_too(repair):
    examples = [Example(([3, 1, 2],), expected=3), Example(([-1],), expected=-1)]
    found = repair("def top(xs):\n    return min(xs)\n", examples, "top")
    assert found.patches[0].source == "def top(xs):\n    return max(xs)\n"
    assert found.patches[0].target == Target("__main__", "top")
    assert found.patches[0].summary == "use `max` instead of `min` on line 2"


def test_a_source_that_already_meets_the_spec_is_left_alone(repair):
    found = repair("def f(x):\n    return x\n", "assert f(1) == 1")
    assert (found.patches, found.tried) == ((), 0)


def test_what_the_judge_rejects_is_no_patch(repair):
    asked = []

    def reject(candidate):
        asked.append(candidate)
        return Verdict.of((), Isolation.A)

    found = repair("def f(x):\n    return x - 1\n", "assert f(1) == 2", judge=reject)
    assert found.patches == ()
    assert asked


def test_what_the_rules_propose_goes_first(repair):
    source = "def f(x):\n    return y\n"
    rule = Candidate(Target("__main__", "f"), source, source.replace("y", "x"), "rules", "x", 0.1)
    found = repair(source, "assert f(1) == 1\nassert f(2) == 2", rules=lambda _: [rule])
    assert found.patches[0].candidate is rule


def test_a_rule_can_repair_what_is_not_python(repair):
    source = "def f(x)\n    return x\n"
    good = source.replace("(x)", "(x):")
    rule = Candidate(Target("__main__", "f"), source, good, "rules", "add the colon", 0.1)
    found = repair(source, "assert f(1) == 1", rules=lambda _: [rule])
    assert [patch.source for patch in found.patches] == [good]


@pytest.mark.parametrize("seconds", [0.3, 1.5])
def test_the_time_is_kept_whatever_the_candidates_do(repair, seconds):
    source = "def f(n):\n    while n != 0:\n        n = n * 3 + 1\n    return sum(range(n))\n"
    began = time.monotonic()
    found = repair(source, "assert f(7) == 'never'\nassert f(8) == 'ever'", seconds=seconds)
    assert time.monotonic() - began < seconds + 0.6
    assert found.patches == ()


def test_candidates_that_kill_or_stall_their_process_cost_only_themselves(repair):
    source = "def f(x):\n    return 9 ** x ** 8 % 7\n"
    found = repair(source, "assert f(9) == 9 ** 9 * 8 % 7\nassert f(2) == 81 * 8 % 7")
    assert "9 ** x * 8 % 7" in [p.source.split("return ")[1].strip() for p in found.patches]
