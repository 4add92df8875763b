"""Hostile snippets in the twin of a session: what the session holds stays as it was.

The session is this process. All that it holds is looked at after each snippet from here.
"""

import ctypes

import pytest

from danger.corpus import snippets
from danger.live import GROUPS
from danger.session import Session
from danger.witnesses import CANARY, Outside
from selfcode.records import Isolation
from selfcode.sandbox.twin import Twin

pytestmark = pytest.mark.danger


@pytest.fixture(scope="module")
def outside():
    outside = Outside()
    yield outside
    outside.end()


@pytest.fixture(scope="module")
def session(outside):
    session = Session()
    yield session
    session.end()


@pytest.fixture(scope="module")
def twin(session):
    def job(request):
        names = dict(session.names)
        exec(request["source"], names)
        return names["result"]

    twin = Twin.fork(job)
    yield twin
    twin.close()


@pytest.mark.parametrize("snippet", list(snippets(GROUPS)), ids=lambda s: f"{s.group}: {s.name}")
def test_what_the_session_holds_stays_as_it_was(twin, session, snippet):
    ran = twin.run({"source": snippet.source}, 2.0)
    assert not ran.value, ran
    assert CANARY not in repr(ran)
    assert ran.isolation is Isolation.A
    assert session.state() == session.before
    assert twin.run({"source": "result = table"}, 2.0).value == [1, 2, 3]


def test_the_witnesses_in_the_session_would_tell(session, twin):
    session.names["memmap"][0] = 66
    session.names["connection"].send(b"B")
    ctypes.memset(ctypes.addressof(ctypes.c_char.from_buffer(session.names["anonymous"])), 66, 1)
    state = session.state()
    told = [name for name, value in state.items() if value != session.before[name]]
    assert told == ["memory", "files", "arrived"]
