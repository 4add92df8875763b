"""The same calls from plain Python: vet, repair, evolve, inject, revert, watch and propose."""

import subprocess
import sys

import psutil
import pytest

import selfcode
from selfcode import Example, Isolation, NotSwappable, Outcome, SwapError, UsageError

MEAN = """
def mean(values):
    total = 0
    for i in range(len(values) - 1):
        total += values[i]
    return total / len(values)
"""
TESTS = "assert mean([1, 2, 3]) == 2\nassert mean([0, 10]) == 5"
RIGHT = MEAN.replace("len(values) - 1", "len(values)")

VETTED = {
    "passing tests": (RIGHT, {"tests": TESTS}, Outcome.ACCEPTED, "tests"),
    "failing tests": (MEAN, {"tests": TESTS}, Outcome.REJECTED, "tests"),
    "passing examples": (RIGHT, {"tests": [Example(([2, 4],), expected=3.0)]}, "accepted", "tests"),
    "an example that raises": (
        RIGHT,
        {"tests": [Example(([],), raises=ZeroDivisionError)]},
        Outcome.ACCEPTED,
        "tests",
    ),
    "no tests: one import": (RIGHT, {}, Outcome.ACCEPTED, "import"),
    "an import that raises": ("1 / 0", {}, Outcome.REJECTED, "import"),
    "no Python": ("def f(:", {}, Outcome.REJECTED, "parse"),
    "a capability that nobody granted": (
        "import os\nos.system('true')",
        {},
        Outcome.REJECTED,
        "policy",
    ),
    "an endless loop": ("while True: pass", {"timeout": 1.0}, Outcome.REJECTED, "import"),
    "a result that is no JSON": (
        "import decimal\nresult = decimal.Decimal(1)",
        {},
        "accepted",
        "import",
    ),
    "code that imports numpy": ("import numpy as np\nx = np.ones(3)", {}, "accepted", "import"),
}


@pytest.mark.parametrize(("source", "options", "outcome", "last"), VETTED.values(), ids=VETTED)
def test_vet(source, options, outcome, last):
    verdict = selfcode.vet(source, **options)
    assert (verdict.outcome, verdict.findings[-1].check) == (outcome, last), verdict.findings
    assert bool(verdict) is (outcome == Outcome.ACCEPTED)
    assert verdict.isolation is Isolation.A
    assert all(f.reason and f.seconds >= 0 for f in verdict.findings)


def test_what_the_old_code_could_do_is_the_baseline_and_more_must_be_granted():
    reads = "def read(path):\n    return open(path).read()"
    assert selfcode.vet(reads).outcome is Outcome.REJECTED
    assert selfcode.vet(reads, before=reads.replace("path)", "pth)")).outcome is Outcome.ACCEPTED
    assert selfcode.vet(reads, capabilities=["file-read"])


@pytest.mark.parametrize("tests", ["", "x = 1", "assert (", []])
def test_tests_that_check_nothing_are_an_error_with_the_next_step(tests):
    with pytest.raises(UsageError):
        selfcode.vet(RIGHT, tests=tests)


def test_repair_gives_judged_patches_best_first_and_what_it_cost():
    repair = selfcode.repair(MEAN, tests=TESTS)
    best = repair.patches[0]
    assert "range(len(values))" in best.source
    assert "-    for i in range(len(values) - 1):" in best.diff()
    assert len(best.hash) == 64
    assert best.verdict
    assert best.verdict.findings[-1].check == "tests"
    assert repair.tried > 0
    assert repair.seconds < 10
    assert selfcode.vet(best.source, tests=TESTS)


def test_repair_of_a_method_by_examples_and_of_what_already_passes():
    source = "def double(x):\n    return x * 3\n"
    repair = selfcode.repair(source, tests=[Example((2,), expected=4)], target="double")
    assert repair.patches
    right = selfcode.repair("def double(x):\n    return x * 2\n", tests="assert double(2) == 4")
    assert (right.patches, right.tried) == ((), 0)


def triple(x):
    return x * 2


def test_evolve_takes_a_live_function():
    evolved = selfcode.evolve(triple, tests="assert triple(2) == 6\nassert triple(5) == 15")
    version = selfcode.inject(triple, evolved.patches[0].source)
    assert (triple(2), triple(5), version.number) == (6, 15, 2)
    selfcode.revert(triple)
    assert triple(2) == 4


def target(x):
    return x


def test_inject_and_revert_raise_swap_errors_and_leave_everything_as_it_was():
    alias = target
    with pytest.raises(SwapError):
        selfcode.inject(target, "def target(x:")
    with pytest.raises(NotSwappable):
        selfcode.inject(target, "class target:\n    pass")
    assert alias(3) == 3


def test_a_watched_failure_is_raised_all_the_same_and_has_a_proposal():
    program = """
import selfcode, linecache
source = "def last(values):\\n    return values[len(values)]\\n"
linecache.cache["<made>"] = (len(source), None, source.splitlines(True), "<made>")
exec(compile(source, "<made>", "exec"))
try:
    with selfcode.watch() as watched:
        last([1, 2])
except IndexError:
    proposal = selfcode.propose(watched.failure)
    print(proposal.diagnosis.error, len(proposal.patches), proposal.diagnosis.declined)
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert ran.stdout.startswith("IndexError"), ran.stderr
    assert ran.stderr == ""


def test_leaving_python_leaves_no_process_behind():
    program = (
        "import selfcode, psutil; selfcode.vet('x = 1'); "
        "print(*[p.pid for p in psutil.Process().children(True)])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.split()
    assert not [pid for pid in map(int, ran.stdout.split()) if psutil.pid_exists(pid)]
