from functools import partial
from textwrap import dedent

import pytest

from selfcode.errors import UsageError
from selfcode.records import Example, Outcome
from selfcode.sandbox.twin import Twin
from selfcode.sandbox.worker import Worker
from selfcode.validation.cases import run_request
from selfcode.validation.spec import Spec, check_tests

ACCEPTED, UNDECIDED, REJECTED = Outcome.ACCEPTED, Outcome.UNDECIDED, Outcome.REJECTED
ADD = "def add(a, b):\n    return a + b\n"
WEAKER = "weaker: the assertion ran in the candidate's own process)"


@pytest.fixture(scope="module")
def place():
    worker = Worker("selfcode.validation.cases:run_request")
    yield worker
    worker.close()


def decide(place, source, tests, target=None, timeout=10.0):
    spec = Spec.parse(tests if isinstance(tests, list) else dedent(tests), target)
    finding = check_tests(spec, dedent(source), place, timeout)
    assert finding.check == "tests"
    return finding.outcome, finding.reason


TEXTS = {
    "plain assertions": (ADD, "assert add(1, 2) == 3\nassert 5 == add(2, 3)", "2 of 2 cases"),
    "a loop": (ADD, "for a, c in [(1, 3), (5, 7)]:\n    assert add(a, 2) == c", "1 of 1 cases"),
    "set-up and a tolerance": (ADD, "x = .1\nassert abs(add(x, .2) - .3) < 1e-9", "1 of 1 cases"),
    "a benchmark's check": (ADD, "def check(f):\n    assert f(1, 2) == 3", "1 of 1 cases"),
    "test functions": (
        ADD,
        "def test_a():\n    r = add(1, 2)\n    assert r == 3\ndef test_b():\n    add(1, 2)",
        "2 of 2 cases",
    ),
    "unittest": (
        ADD,
        """
        import unittest
        class TestAdd(unittest.TestCase):
            def setUp(self):
                self.one = 1
            def test_sum(self):
                self.assertEqual(add(self.one, 2), 3)
            def test_refusal(self):
                with self.assertRaises(TypeError):
                    add(1, "a")
        """,
        "2 of 2 cases",
    ),
    "an expected exception of the candidate's own class": (
        "class Odd(ValueError): pass\ndef f(x):\n    raise Odd('no')",
        """
        try:
            f(1)
            assert False
        except ValueError as error:
            assert 'no' in str(error)
            assert type(error).__name__ == 'Odd'
        """,
        "2 of 2 cases",
    ),
    "an argument changed in place": (
        "def f(xs):\n    xs.sort()\n    return xs",
        "x = [3, 1]\nassert f(x) is x\nassert x == [1, 3]",
        "2 of 2 cases",
    ),
    "iterators in and out": (
        "def f(xs):\n    yield from sorted(xs)",
        "assert list(f(x for x in (2, 1))) == [1, 2]",
        "1 of 1 cases",
    ),
    "a coroutine": (
        "async def f(x):\n    return x",
        "import asyncio\nassert asyncio.run(f(3)) == 3\nasync def test_f():\n    await f(2)",
        "2 of 2 cases",
    ),
    "random arguments": (
        ADD,
        "import random\nfor _ in range(9):\n    a = random.random()\n    assert add(a, 1) == a + 1",
        "1 of 1 cases",
    ),
    "a function that is printed from and counts its calls": (
        "n = 0\ndef f():\n    global n\n    n += 1\n    print('noise')\n    return n",
        "assert f() == 1\nassert f() == 2",
        "2 of 2 cases",
    ),
    "a class": (
        ("class Stack:\n    def __init__(self):\n        self.all = []\n"
        "    def push(self, x):\n        self.all.append(x)\n        return self.all"),
        "s = Stack()\nassert s.push(1) == [1]",
        f"1 of 1 cases (1 {WEAKER}",
    ),
    "a function that gives a function": (
        "def adder(n):\n    return lambda x: x + n",
        "assert adder(1)(2) == 3\nassert callable(adder)",
        f"2 of 2 cases (1 {WEAKER}",
    ),
    "a function as an argument": (
        "def twice(f, x):\n    return f(f(x))",
        "assert twice(lambda x: x + 1, 1) == 3",
        f"1 of 1 cases (1 {WEAKER}",
    ),
}  # fmt: skip


CHAINED = {
    "each call takes what the last one gave": "x = inc(0)\ny = inc(x)\nassert inc(y) == 3",
    "calls in each other": "assert inc(inc(inc(inc(0)))) == 4",
    "a loop until a value comes": "n = 0\nwhile n < 5:\n    n = inc(n)\nassert n == 5",
    "calls behind a branch": "x = inc(1)\nif x == 2:\n    assert inc(2) == 3\nelse:\n    inc(9)",
}


@pytest.mark.parametrize("name", CHAINED)
def test_calls_that_depend_on_earlier_ones_are_found_out(place, name):
    outcome, reason = decide(place, "def inc(n):\n    return n + 1", CHAINED[name])
    assert (outcome, reason) == (ACCEPTED, "1 of 1 cases")


VECTOR = """
class Vector:
    def __init__(self, x): self.x = x
    def __add__(self, other): return Vector(self.x + other.x)
    def __eq__(self, other): return type(other) is Vector and self.x == other.x
    def __len__(self): return 1
    def __lt__(self, other): return True
    def __bool__(self): return True
"""
LIBRARY = "import re\ndef f():\n    return re.match('a', 'a')"

OWN_WORD = {
    "objects of a tested class among themselves": (
        VECTOR, "assert Vector(1) + Vector(2) == Vector(3)\nassert len(Vector(1)) == 1", ACCEPTED,
    ),
    "an object of a tested class against a number": (VECTOR, "assert Vector(1) < 3", UNDECIDED),
    "the truth of an object of a tested class": (VECTOR, "assert Vector(1)", UNDECIDED),
    "a method of a library's object": (LIBRARY, "assert f().group() == 'a'", ACCEPTED),
    "the truth of a library's object": (LIBRARY, "assert f()", UNDECIDED),
    "a library's object against a number": (LIBRARY, "assert not f() > 3", UNDECIDED),
    "a library's object against a value": (LIBRARY, "assert f() == 3", REJECTED),
    "very much against a value": (
        "def f():\n    return list(range(300_000))", "assert f() == [1]", UNDECIDED,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OWN_WORD)
def test_what_an_object_says_of_itself_is_weaker_evidence_or_none(place, name):
    source, tests, expected = OWN_WORD[name]
    outcome, reason = decide(place, source, tests)
    assert (outcome, "weaker" in reason) == (expected, expected is ACCEPTED)


@pytest.mark.parametrize("name", TEXTS)
def test_a_right_function_is_accepted(place, name):
    source, tests, reason = TEXTS[name]
    assert decide(place, source, tests) == (ACCEPTED, reason)


WRONG = {
    "a wrong value": ("return a - b", "assert add(1, 2) == 3", "add(1, 2) gave -1, expected 3"),
    "the call on the right": ("return 4", "assert 3 <= add(1, 2) != 4\nassert 5 < add(1, 2)", None),
    "an exception": (
        "return a / 0",
        "assert add(1, 2) == 3",
        "add(1, 2) raised ZeroDivisionError: division by zero",
    ),
    "no return": ("a + b", "assert add(1, 2) == 3", "add(1, 2) gave None, expected 3"),
    "an endless loop": (
        "\n    while True: pass",
        "assert add(1, 2) == 3",
        "add(1, 2) did not finish in time",
    ),
    "an endless recursion": (
        "return add(a, b)",
        "assert add(1, 2) == 3",
        "add(1, 2) raised RecursionError: maximum recursion depth exceeded",
    ),
    "no truth": ("return 0", "assert add(1, 2)", "add(1, 2) does not hold"),
    "a failing set-up": (
        "return a + b",
        "x = add(1)\nassert x",
        "line 1 of the tests raised TypeError: add() missing 1 required positional argument: 'b'",
    ),
    "not Python": ("return a +", "assert add(1, 2) == 3", "the code is not Python: invalid syntax"),
    "an assertion that is not reached": (
        "return a",
        "if add(1, 2) == 3:\n    assert True",
        "no assertion was reached",
    ),
    "the second of two": (
        "return 3",
        "assert add(1, 2) == 3\nassert add(2, 2) == 4",
        "add(2, 2) gave 3, expected 4 (1 of 2 cases fail)",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_function_is_rejected_with_the_first_reason(place, name):
    body, tests, reason = WRONG[name]
    outcome, said = decide(place, f"def add(a, b):\n    {body}\n", tests, timeout=2.0)
    assert outcome is REJECTED
    assert reason is None or said == reason


def test_examples_compare_type_and_value(place):
    right = [Example((1, 2), expected=3), Example((), {"a": 1, "b": 2.0}, expected=3.0)]
    assert decide(place, ADD, right, "add") == (ACCEPTED, "2 of 2 cases")
    wrong = [Example((1, 2.0), expected=3)]
    assert decide(place, ADD, wrong, "add") == (REJECTED, "add(1, 2.0) gave 3.0, expected 3")


def test_an_example_may_want_an_exception_by_type_or_name(place):
    source = "class Odd(ValueError): pass\ndef f(x):\n    raise Odd(x)"
    for raises in (ValueError, "ValueError", "Odd", Exception):
        assert decide(place, source, [Example((1,), raises=raises)], "f")[0] is ACCEPTED
    assert decide(place, source, [Example((1,), raises=KeyError)], "f") == (
        REJECTED,
        "f(1) raised Odd: 1, expected to raise builtins.KeyError",
    )


def test_examples_give_each_call_fresh_arguments(place):
    shared = [2, 1]
    source = "def f(xs):\n    xs.append(3)\n    return xs"
    examples = [Example((shared,), expected=[2, 1, 3])] * 2
    assert decide(place, source, examples, "f") == (ACCEPTED, "2 of 2 cases")
    assert shared == [2, 1]


def test_a_method_can_be_the_target_of_examples(place):
    source = "class A:\n    @staticmethod\n    def f(x):\n        return x"
    assert decide(place, source, [Example((1,), expected=1)], "A.f")[0] is ACCEPTED


def test_what_fails_where_the_wall_refused_something_is_left_undecided(place):
    source = "import socket\ndef f():\n    return socket.socket() and 1"
    outcome, reason = decide(place, source, [Example((), expected=1)], "f")
    assert outcome is UNDECIDED
    assert "the wall refused socket" in reason


def test_in_a_twin_the_candidate_and_its_tests_find_the_live_names():
    live = {"RATE": 3, "twice": lambda x: x * 2, "tax": None}
    twin = Twin.fork(partial(run_request, live=live))
    try:
        tests = "assert tax(2) == 4 * RATE\nassert twice(2) == 4"
        assert decide(twin, "def tax(x):\n    return twice(x) * RATE", tests) == (
            ACCEPTED,
            "2 of 2 cases",
        )
    finally:
        twin.close()


def test_tests_that_make_other_calls_each_time_are_left_undecided(place):
    tests = "import time\nassert add(time.time(), 0) > 0"
    assert decide(place, ADD, tests) == (UNDECIDED, "the tests make other calls each time they run")


def test_the_request_that_holds_the_candidate_holds_no_expected_value():
    asked = []

    class Listening:
        name = "none"

        def run(self, request, timeout):
            asked.append(request)
            raise KeyboardInterrupt

    spec = Spec.parse([Example((1, 2), expected="SECRET")], "add")
    with pytest.raises(KeyboardInterrupt):
        check_tests(spec, ADD, Listening(), 1.0)
    assert "SECRET" not in repr(asked)


@pytest.mark.parametrize(
    ("tests", "target", "message"),
    [
        ("", None, "The tests check nothing"),
        ("x = 1", None, "The tests check nothing"),
        ("assert (", None, "The tests are not Python: line 1: '.' was never closed"),
        ("def test_a(tmp_path):\n    assert 1", None, "test_a takes arguments"),
        ([], "add", "There is no example"),
        ([Example((1, 2), expected=3)], None, "name it with target="),
        ([(1, 2)], "add", r"Example 1 is \(1, 2\)"),
        ([Example((object(),), expected=3)], "add", "an object of type object"),
    ],
)
def test_tests_that_say_nothing_are_bad_input(tests, target, message):
    with pytest.raises(UsageError, match=message):
        Spec.parse(tests, target)
