"""Hostile snippets by group: none may reach its goal, and each must leave the worker at work.

A snippet puts into `result` what it reached. Independent of that, what lies outside is looked at
after each, no secret from there may stand in the answer, and the run must end in time.
"""

import os
import socket
import time

import pytest

from danger.corpus import SNIPPETS
from danger.witnesses import CANARY, GRANTED, OUTSIDE, Outside, at_rest, processes, settles
from selfcode.records import Isolation
from selfcode.sandbox.worker import Worker

pytestmark = pytest.mark.danger

TIMEOUT, MARGIN = 0.2, 1.0


@pytest.fixture(scope="module")
def outside():
    assert "SELFCODE_OUTER_WALL" in os.environ
    outside = Outside()
    yield outside
    outside.end()


@pytest.fixture(scope="module")
def alone(outside):
    """How many processes there are without a worker."""
    return at_rest()


@pytest.fixture(scope="module")
def worker(alone, outside):
    worker = Worker("selfcode.sandbox.script:run_source", readable=[str(GRANTED)])
    assert worker.run({"source": "result = 1"}, 5).value == 1
    yield worker
    worker.close()


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda s: f"{s.group}: {s.name}")
def test_no_hostile_snippet_reaches_its_goal(worker, outside, snippet):
    ran = worker.run({"source": snippet.source}, TIMEOUT if snippet.ends else 5)
    assert not ran.value, ran
    assert ran.ok or snippet.ends, ran
    assert CANARY not in repr(ran)
    assert ran.error.isprintable()
    assert ran.isolation is Isolation.A
    assert ran.seconds < TIMEOUT + MARGIN
    assert outside.differences() == []


def test_a_worker_that_went_through_all_of_it_works_on_and_left_nothing(worker, alone, outside):
    count = at_rest()
    pids = set(processes())
    assert worker.run({"source": "result = 1"}, 5).value == 1
    assert settles(count)
    assert len(pids - set(processes())) <= 1, "other processes than the waiting child changed"
    worker.close()
    assert settles(alone), "the worker, its server and its waiting children"
    assert outside.differences() == []


def test_the_witnesses_would_tell_of_an_escape(outside):
    with socket.create_connection(("127.0.0.1", 47111)):
        time.sleep(0.05)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", "\0selfcode-outside")
    assert outside.contacts() == ["tcp", "abstract"]
    (OUTSIDE / "secret").chmod(0o600)
    os.kill(outside.process.pid, 10)
    assert outside.differences() == ["files", "process"]
