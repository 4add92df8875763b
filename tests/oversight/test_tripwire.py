"""The tripwire: whose doing an event is, and what injected code is stopped at."""

import json
import logging
import os
import pickle
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import zoneinfo
from pathlib import Path

import pandas as pd
import pytest

from selfcode.errors import CapabilityExceeded
from selfcode.integration.lineage import Lineages
from selfcode.oversight.register import Register

OLD = "def work(x):\n    return x\n"
HELD = {
    "make": os.mkdir,
    "remove": os.remove,
    "run": os.system,
    "popen": subprocess.Popen,
    "connect": socket.create_connection,
    "evaluate": eval,
    "load": pickle.loads,
    "opener": open,
    "write": Path.write_text,
    "table": pd.DataFrame({"a": [1]}),
    "to": sqlite3.connect,
    "pickled": pickle.dumps(Path),
}


class Bench:
    """A name space with an injected `work`, approved for what the old code did."""

    def __init__(self):
        self.names = {"__name__": "bench", **HELD}
        self.trips = []
        self.granted = []
        self.register = Register(self.names, lambda: self.granted, self.report)
        self.lineages = Lineages(self.names, self.register.announce)
        exec(compile(OLD, "<bench>", "exec"), self.names)

    def report(self, trip):
        self.trips.append((trip.target, trip.event, trip.capability))

    def user(self, text):
        """Run `text` as code of the user's own: in a file that exists and is no library's."""
        exec(compile(text, __file__, "exec"), self.names)

    def inject(self, body, granted=(), old=OLD):
        text = "def work(x):\n" + "".join(f"    {line}\n" for line in body.splitlines())
        self.granted[:] = granted
        self.register.admit("f" * 64, [old])
        self.lineages.inject("work", text, origin="f" * 64, namespace=self.names)
        return self.names["work"]


@pytest.fixture
def bench(tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setattr(tempfile, "tempdir", str(Path("/var/tmp")))
    bench = Bench()
    yield bench
    bench.register.close()


STOPPED = {
    "a folder is made": ("make('x')", "os.mkdir", "file-write"),
    "a file is opened for writing": ("opener('x', 'w')", "open", "file-write"),
    "a file is appended to by a descriptor": (
        "import os\nos.open('x', os.O_APPEND | os.O_CREAT)",
        "open",
        "file-write",
    ),
    "a file is written through pathlib": (
        "import pathlib\nwrite(pathlib.Path('x'), 't')",
        "open",
        "file-write",
    ),
    "a table is written": ("getattr(table, 'to_' + 'csv')('x')", "open", "file-write"),
    "a table is written to a hidden file": (
        "getattr(table, 'to_' + 'csv')('.hidden')",
        "open",
        "file-write",
    ),
    "a file of the user's is read": ("opener('/etc/hostname').read()", "open", "file-read"),
    "a folder is listed": ("import os\nos.listdir('/')", "os.listdir", "file-read"),
    "a file is removed": ("remove('x')", "os.remove", "file-delete"),
    "a file is renamed": ("import os\nos.rename('x', 'y')", "os.rename", "file-delete"),
    "a database is opened": ("to('x.sqlite')", "sqlite3.connect", "file-write"),
    "a connection is opened": ("connect(('127.0.0.1', 9))", "socket.getaddrinfo", "network"),
    "a shell runs": ("run('true')", "os.system", "subprocess"),
    "a program runs": ("popen(['true'])", "subprocess.Popen", "subprocess"),
    "a text is evaluated": ("evaluate('1 + 1')", "compile", "dynamic-code"),
    "a pickle is loaded": ("load(pickled)", "pickle.find_class", "dynamic-code"),
    "a library is loaded by ctypes": (
        "import ctypes\nctypes.CDLL(None)",
        "ctypes.dlopen",
        "native",
    ),
    "a process is signalled": ("import os\nos.kill(os.getpid(), 0)", "os.kill", "process"),
    "selfcode is reached": ("import selfcode.cli.kernelspec", "import", "selfcode"),
    "the work is hidden in an inner function": (
        "def inner():\n    make('x')\nreturn [inner() for _ in 'a']",
        "os.mkdir",
        "file-write",
    ),
    "the work is hidden in a library's call": (
        "import functools\nreturn functools.reduce(lambda a, b: make(b), ['a', 'x'])",
        "os.mkdir",
        "file-write",
    ),
    "the environment is set": ("import os\nos.environ['A'] = '1'", "os.putenv", "environment"),
}


@pytest.mark.parametrize(("body", "event", "capability"), STOPPED.values(), ids=STOPPED)
def test_injected_code_is_stopped_at_what_it_was_not_approved_for(bench, body, event, capability):
    for name in [n for n in sys.modules if n == "selfcode.cli.kernelspec"]:
        del sys.modules[name]
    work = bench.inject(body)
    with pytest.raises(CapabilityExceeded) as stopped:
        work(1)
    assert (stopped.value.event, stopped.value.capability) == (event, capability)
    assert stopped.value.target == "__main__:work"
    assert "%selfcode revert __main__:work" in str(stopped.value)
    assert os.listdir() == []
    assert bench.trips in ([("__main__:work", event, capability)], [])


APPROVED = {
    "by a person": ("make('x')", ["file-write"], OLD),
    "as the old code did it": ("make('x')", [], "import os\ndef work(x):\n    os.mkdir('y')\n"),
    "with what it takes inside": (
        "import shutil\nopener('x', 'w').close()\nshutil.copy2('x', 'y')",
        ["file-write", "file-read"],
        OLD,
    ),
    "a program with its threads and pipes": (
        "import subprocess\nreturn subprocess.run(['true'], capture_output=True, timeout=9)",
        ["subprocess"],
        OLD,
    ),
}


@pytest.mark.parametrize(("body", "granted", "old"), APPROVED.values(), ids=APPROVED)
def test_what_was_approved_is_done(bench, body, granted, old):
    bench.inject(body, granted, old)(1)
    assert bench.trips == []


USER = """
import logging, os, tempfile, weakref, threading
def save(text):
    with open('saved', 'a') as file:
        file.write(text)
def apply_to(function):
    return function('a')
class Note:
    def __repr__(self):
        save('r')
        return 'note'
    def __del__(self):
        save('d')
log = logging.getLogger('bench')
log.addHandler(logging.FileHandler('log', delay=True))
log.propagate = False
"""

PASSES = {
    "a callback of the user's writes": "return x(str(1))",
    "a helper of the user's writes": "save('h')",
    "a method of the user's runs inside a library": "return f'{Note()!r}'",
    "a callback is called by a library": "return list(map(x, ['a', 'b']))",
    "a handler of the user's opens its file": "log.warning('told')",
    "a library is imported lazily": "import xml.dom.expatbuilder as found\nreturn found",
    "a module of the user's is imported": "import mine\nreturn mine.VALUE",
    "a class is made of a text by the standard library": (
        "import collections\nreturn collections.namedtuple('P', 'a b')(1, 2)"
    ),
    "a dataclass is made": (
        "import dataclasses\n@dataclasses.dataclass\nclass P:\n    a: int = 1\nreturn P()"
    ),
    "a time zone is read": "import zoneinfo\nreturn zoneinfo.ZoneInfo('Europe/Rome')",
    "a temporary folder of the user's ends": "held.clear()",
    "a literal is read": "import ast\nreturn ast.literal_eval('[1]')",
    "a table is queried": "return table.query('a == 1')",
    "coroutines are run": "import asyncio\nreturn asyncio.run(asyncio.sleep(0, 3))",
    "a warning is given": "import warnings\nwarnings.simplefilter('always')\nwarnings.warn('w')",
    "a failure is told": (
        "import traceback\ntry:\n    1 / 0\nexcept ZeroDivisionError:\n"
        "    return traceback.format_exc()"
    ),
    "a library looks for versions of others": (
        "import pandas.compat._optional as found\n"
        "return found.import_optional_dependency('numpy', min_version='1')"
    ),
    "a database in memory": "return to(':memory:')",
    "nothing is written": "opener('/dev/null', 'w').close()",
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("body", PASSES.values(), ids=PASSES)
def test_what_is_not_the_doing_of_the_injected_code_passes(bench, body, monkeypatch):
    Path("mine.py").write_text("VALUE = [open('made', 'w').close()]\n")
    monkeypatch.syspath_prepend(str(Path.cwd()))
    zoneinfo.ZoneInfo.clear_cache()
    sys.modules.pop("xml.dom.expatbuilder", None)
    bench.user(USER)
    if "held" in body:
        bench.user("held = [tempfile.TemporaryDirectory()]")
    bench.inject(body)(bench.names["save"])
    assert bench.trips == []
    sys.modules.pop("mine", None)
    logging.getLogger("bench").handlers.clear()


def test_the_users_own_code_may_do_anything_while_injected_code_merely_is_on_the_stack(bench):
    bench.user(USER)
    work = bench.inject("return x(lambda: make('x'))")
    with pytest.raises(CapabilityExceeded):
        work(lambda function: function())
    bench.user("def outer():\n    os.mkdir('fine')\n    return work(lambda f: os.mkdir('too'))")
    bench.names["outer"]()
    assert sorted(os.listdir()) == ["fine", "too"]


def test_a_trip_is_told_once_for_each_kind_and_stopped_each_time(bench):
    work = bench.inject("return [opener(f'other{x}', 'w')]")
    for number in range(3):
        with pytest.raises(CapabilityExceeded):
            work(number)
    assert bench.trips == [("__main__:work", "open", "file-write")]


def test_injected_code_is_held_to_its_approval_in_any_thread(bench):
    work = bench.inject("make('x')")
    stopped = []

    def call():
        try:
            work(1)
        except CapabilityExceeded as error:
            stopped.append(error.capability)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    assert stopped == ["file-write"]


def test_the_hook_is_inert_when_its_session_is_closed_and_is_added_once(bench):
    work = bench.inject("make(x)")
    bench.register.close()
    work("x")
    again = Bench()
    with pytest.raises(CapabilityExceeded):
        again.inject("make(x)")("y")
    again.register.close()
    program = """
import sys
added = []
sys.addaudithook(lambda event, _: added.append(event) if event == 'sys.addaudithook' else None)
from selfcode.oversight import tripwire
for number in range(3):
    tripwire.watch(f'<{number}>', tripwire.Watch('t', 'h', frozenset(), print))
    tripwire.unwatch(print)
print(len(added), len(tripwire._watched))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.stdout == "1 0\n", ran.stderr


def test_a_fault_inside_the_hook_lets_the_event_pass_and_says_so_once(bench, monkeypatch, capsys):
    from selfcode.oversight import tripwire

    work = bench.inject("make(x)")
    monkeypatch.setattr(tripwire, "_told", False)
    monkeypatch.setattr(tripwire, "deed", lambda *_: json.loads("{"))
    work("x")
    work("y")
    assert sorted(os.listdir()) == ["x", "y"]
    told = capsys.readouterr().err
    assert told == "selfcode: the tripwire is broken and lets events pass (JSONDecodeError).\n"


def test_what_a_person_grants_later_counts_but_nobody_can_grant_selfcode(bench):
    work = bench.inject("make(x)\nimport selfcode.cli.kernelspec")
    with pytest.raises(CapabilityExceeded):
        work("a")
    bench.granted[:] = ["file-write", "selfcode"]
    sys.modules.pop("selfcode.cli.kernelspec", None)
    with pytest.raises(CapabilityExceeded, match="selfcode"):
        work("b")
    assert os.listdir() == ["b"]


def test_an_older_version_made_live_again_is_held_to_its_own_approval(bench):
    work = bench.inject("make(x)", ["file-write"])
    work("a")
    bench.lineages.revert("work")
    assert work("b") == "b"
    bench.lineages.revert("work", 2)
    work("c")
    assert sorted(os.listdir()) == ["a", "c"]
