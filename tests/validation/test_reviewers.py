"""RestrictedPython and Bandit are asked in a process of their own, which may die at any time."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from selfcode.records import Finding, Outcome
from selfcode.validation.reviewers import Reviewers

ORDINARY = "\n".join(
    f"def f{n}(a, b):\n    c = a.dot(b) + {n}\n    return c.sum()" for n in range(8)
)


@pytest.fixture(scope="module")
def reviewers() -> Iterator[Reviewers]:
    found = Reviewers()
    found.start()
    yield found
    found.close()


def process_of(reviewers: Reviewers) -> subprocess.Popen[bytes]:
    process = reviewers._process
    assert process is not None
    return process


def summary(finding: Finding) -> tuple[str, str, str]:
    return finding.check, finding.outcome.value, finding.reason


def test_ordinary_code_raises_no_objection(reviewers) -> None:
    restricted, bandit = reviewers.review(ORDINARY, ORDINARY.replace("sum", "mean"))
    assert summary(restricted) == ("restrictedpython", "accepted", "knows every construct")
    assert summary(bandit) == ("bandit", "accepted", "finds nothing")


def test_what_restrictedpython_does_not_know_is_shown_but_does_not_decide(reviewers) -> None:
    finding, _ = reviewers.review("df['b'] = 1", "df['b'] += 1\nx: int = 2")
    assert summary(finding)[1:] == ("accepted", "2 constructs it does not know (advisory)")
    assert finding.details == (
        "line 1: Augmented assignment of object items and slices is not allowed.",
        "line 2: AnnAssign statements are not allowed.",
    )


def test_strict_makes_only_what_is_new_decisive() -> None:
    strict = Reviewers(strict=True)
    try:
        old, _ = strict.review("d['b'] += 1", "x = 1\nd['b'] += 1")
        new, _ = strict.review("d['b'] += 1", "d['b'] += 1\nd['c'] += 1")
    finally:
        strict.close()
    assert summary(old)[1:] == ("accepted", "1 construct it does not know (already there)")
    assert summary(new)[1:] == ("rejected", "1 new construct it does not know")


@pytest.mark.parametrize(
    ("after", "outcome"),
    [
        ("import subprocess\nsubprocess.call(cmd, shell=True)", "rejected"),
        ("import pickle\npickle.loads(data)", "rejected"),
        ("import subprocess\nsubprocess.call(cmd, shell=True)  # nosec", "rejected"),
        ("import yaml\nyaml.load(text, Loader=yaml.Loader)", "rejected"),
        ("import hashlib\nhashlib.md5(data)", "accepted"),
        ("import xml.etree.ElementTree as E\nE.fromstring(data)", "accepted"),
        ("assert x == 1", "accepted"),
        ("import random\nrandom.random()", "accepted"),
    ],
)
def test_bandit_rejects_what_is_new_and_grave(reviewers, after: str, outcome: str) -> None:
    _, finding = reviewers.review("x = 1", after)
    assert (finding.outcome.value, bool(finding.details)) == (outcome, True)


@pytest.mark.parametrize(
    ("after", "capability"),
    [
        ("import pickle\npickle.loads(data)", "dynamic-code"),
        ("from urllib.request import urlopen\nurlopen(address)", "network"),
        ("import subprocess\nsubprocess.call(cmd, shell=True)", "subprocess"),
    ],
)
def test_what_a_granted_capability_covers_is_shown_and_does_not_decide(
    reviewers, after: str, capability: str
) -> None:
    _, refused = reviewers.review(None, after)
    _, shown = reviewers.review(None, after, granted=[capability])
    assert (refused.outcome, shown.outcome) == (Outcome.REJECTED, Outcome.ACCEPTED)
    assert refused.details == shown.details


def test_what_bandit_found_in_the_old_code_is_shown_as_already_there(reviewers) -> None:
    before = "import pickle\ny = pickle.loads(data)\nz = y.mena()"
    _, finding = reviewers.review(before, before.replace("mena", "mean"))
    assert summary(finding) == ("bandit", "accepted", "2 already there")
    assert all(line.endswith("(already there)") for line in finding.details)


def test_the_same_issue_on_a_second_line_is_new(reviewers) -> None:
    line = "y = pickle.loads(data)"
    _, finding = reviewers.review(f"import pickle\n{line}", f"import pickle\n{line}\n{line}")
    assert finding.outcome is Outcome.REJECTED


@pytest.mark.parametrize("text", ["x = (", "\ud800", "-" * 50_000 + "1", "x" + ".a" * 5000])
def test_a_text_that_cannot_be_read_is_undecided_or_refused(reviewers, text: str) -> None:
    _, bandit = reviewers.review("x = 1", text)
    assert bandit.outcome is Outcome.UNDECIDED
    assert summary(reviewers.review("x = 1", "x = 2")[1])[1] == "accepted"


def test_an_old_text_that_cannot_be_read_covers_nothing(reviewers) -> None:
    _, finding = reviewers.review("x = (", "import pickle\npickle.loads(data)")
    assert finding.outcome is Outcome.REJECTED


def test_after_its_death_the_next_review_has_a_new_process(reviewers) -> None:
    reviewers.review("x = 1", "x = 2")
    first = process_of(reviewers)
    first.kill()
    first.wait()
    assert reviewers.review("x = 1", "x = 2")[1].outcome is Outcome.ACCEPTED
    assert process_of(reviewers).pid != first.pid


def test_a_process_that_does_not_answer_is_undecided_and_ended(reviewers) -> None:
    reviewers.review("x = 1", "x = 2")
    stopped = process_of(reviewers)
    os.kill(stopped.pid, signal.SIGSTOP)
    began = time.perf_counter()
    findings = reviewers.review("x = 1", "x = 2", timeout=0.2)
    assert time.perf_counter() - began < 2
    reason = "the reviewers did not answer in time. Try again."
    assert [summary(f)[1:] for f in findings] == [("undecided", reason)] * 2
    assert stopped.poll() is not None
    assert reviewers.review("x = 1", "x = 2")[1].outcome is Outcome.ACCEPTED


def test_a_process_that_dies_while_it_is_asked_is_undecided(reviewers) -> None:
    reviewers.review("x = 1", "x = 2")
    process = process_of(reviewers)
    os.kill(process.pid, signal.SIGSTOP)
    threading.Timer(0.2, process.kill).start()
    findings = reviewers.review("x = 1", "x = 2", timeout=5)
    assert {f.outcome for f in findings} == {Outcome.UNDECIDED}


def test_several_threads_get_their_own_answers(reviewers) -> None:
    found: dict[int, str] = {}

    def ask(number: int) -> None:
        after = "d['a'] += 1\n" * number + "x = 1"
        found[number] = reviewers.review("x = 1", after)[0].reason

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(2, 8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = {n: f"{n} constructs it does not know (advisory)" for n in range(2, 8)}
    assert found == expected


def test_closing_twice_leaves_no_process_and_no_descriptor() -> None:
    before = set(os.listdir("/proc/self/fd"))
    reviewers = Reviewers()
    reviewers.start()
    process = process_of(reviewers)
    reviewers.close()
    reviewers.close()
    assert process.poll() is not None
    assert set(os.listdir("/proc/self/fd")) == before
    findings = reviewers.review("x = 1", "x = 2")
    reason = "the reviewers are closed. Load the extension again."
    assert [summary(f)[1:] for f in findings] == [("undecided", reason)] * 2


def test_starting_does_not_wait_for_the_process_to_warm_up() -> None:
    reviewers = Reviewers()
    began = time.perf_counter()
    reviewers.start()
    seconds = time.perf_counter() - began
    reviewers.close()
    assert seconds < 0.2


def test_the_process_sees_nothing_of_the_users_environment(reviewers, monkeypatch) -> None:
    reviewers.review("x = 1", "x = 2")
    environment = Path(f"/proc/{process_of(reviewers).pid}/environ").read_bytes()
    assert b"=" not in environment.replace(b"LC_CTYPE=C.UTF-8", b"")


PARENT = """
import os, sys, time
from selfcode.validation.reviewers import Reviewers
reviewers = Reviewers()
reviewers.review("x = 1", "x = 2")
if os.fork() == 0:
    time.sleep(20)  # a twin: it holds the other end of the pipes
    os._exit(0)
print(reviewers._process.pid, flush=True)
os.kill(os.getpid(), 9)
"""


def test_the_process_ends_with_its_parent_although_a_fork_holds_the_pipes() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        review = int(parent.stdout.readline())
        parent.wait()
        deadline = time.monotonic() + 10
        while is_running(review) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not is_running(review)


def is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def test_a_warm_review_takes_milliseconds(reviewers, capsys) -> None:
    reviewers.review(ORDINARY, ORDINARY)
    seconds = []
    for number in range(40):
        began = time.perf_counter()
        reviewers.review(ORDINARY, f"{ORDINARY}\nn = {number}")
        seconds.append(time.perf_counter() - began)
    median = statistics.median(seconds) * 1000
    with capsys.disabled():
        print(f"\nreviewers: {median:.1f} ms median for a warm review of 25 lines")
    assert median < 100
