"""Hostile snippets by group: none may reach its goal, and each must leave the worker at work.

A snippet sets `result` to something true when it reached its goal. Independent of that, what lies
outside is looked at after each: files, a process, and sockets that count what reaches them.
"""

import os
import socket
import subprocess
import time
from pathlib import Path

import pytest

from danger.hostile import SNIPPETS
from selfcode.records import Isolation
from selfcode.sandbox import close_workers, trial

pytestmark = pytest.mark.danger

# Here each attempt is made to its end; the other groups are ended by the wall.
CARRIED_OUT = "read write metadata sockets processes signals kernel namespaces".split()
OUTSIDE = Path("/tmp/outside")


class Outside:
    """What lies outside the wall: any change to it, or contact with it, is an escape."""

    def __init__(self):
        OUTSIDE.mkdir()
        (OUTSIDE / "secret").write_text("the secret")
        self.process = subprocess.Popen(["sleep", "600"])
        self.sockets = {
            "tcp": _bound(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 47111)),
            "udp": _bound(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 47111)),
            "unix": _bound(socket.AF_UNIX, socket.SOCK_STREAM, str(OUTSIDE / "stream")),
            "abstract": _bound(socket.AF_UNIX, socket.SOCK_DGRAM, "\0selfcode-outside"),
        }
        self.before = self.state()

    def state(self):
        files = {}
        for path in [Path("/tmp"), OUTSIDE, *sorted(OUTSIDE.iterdir()), *Path("/etc").iterdir()]:
            facts = path.lstat()
            content = path.read_bytes() if path.is_file() else b""
            files[str(path)] = (facts.st_mode, facts.st_uid, facts.st_mtime_ns, content)
        return files, self.process.poll(), self.contacts()

    def contacts(self):
        return [name for name, bound in self.sockets.items() if _was_reached(bound)]

    def end(self):
        self.process.kill()
        self.process.wait()
        for bound in self.sockets.values():
            bound.close()


def _bound(family, kind, address):
    bound = socket.socket(family, kind)
    bound.bind(address)
    bound.setblocking(False)
    if kind == socket.SOCK_STREAM:
        bound.listen()
    return bound


def _was_reached(bound):
    try:
        if bound.type == socket.SOCK_STREAM:
            bound.accept()[0].close()
        else:
            bound.recv(1)
    except BlockingIOError:
        return False
    return True


@pytest.fixture(scope="module")
def outside():
    assert "SELFCODE_OUTER_WALL" in os.environ
    trial("")
    outside = Outside()
    yield outside
    close_workers()
    outside.end()


@pytest.mark.parametrize("name", SNIPPETS)
def test_no_hostile_snippet_reaches_its_goal(outside, name):
    began = time.monotonic()
    ran = trial(SNIPPETS[name], timeout=0.7)
    assert time.monotonic() - began < 3
    assert not ran.value, ran
    assert ran.ok or name.partition(":")[0] not in CARRIED_OUT, ran
    assert ran.isolation is Isolation.A
    assert outside.state() == outside.before
    assert trial("result = 1").value == 1


def test_the_witnesses_would_tell_of_an_escape(outside):
    with socket.create_connection(("127.0.0.1", 47111)):
        time.sleep(0.05)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", "\0selfcode-outside")
    assert outside.contacts() == ["tcp", "abstract"]
    (OUTSIDE / "secret").chmod(0o600)
    assert outside.state() != outside.before
