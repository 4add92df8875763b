"""What a trial cannot show is undecided, with the reason; what the code gets wrong is not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from textwrap import dedent

import pytest

import selfcode
from selfcode.agent import TwinJob
from selfcode.records import Candidate, Cell, Example, Failure, Finding, Outcome, Target, as_json
from selfcode.sandbox.twin import Twin
from selfcode.sandbox.view import View
from selfcode.validation.capabilities import CAPABILITIES
from selfcode.validation.trial import Rerun, read_trial

ACCEPTED, UNDECIDED, REJECTED = Outcome.ACCEPTED, Outcome.UNDECIDED, Outcome.REJECTED

NEEDS = {
    "urllib": (
        "from urllib.request import urlopen\nt = urlopen('http://localhost:9/a')",
        "network",
    ),
    "urllib, wrapped": (
        """
        import urllib.request, urllib.error
        class FetchError(Exception): pass
        try:
            urllib.request.urlopen("https://example.org")
        except urllib.error.URLError as error:
            raise FetchError("no data") from error
        """,
        "network",
    ),
    "urllib, swallowed, fails later": (
        """
        import urllib.request
        def fetch(url):
            try:
                return urllib.request.urlopen(url).read()
            except Exception:
                return None
        lines = fetch("https://example.org").splitlines()
        """,
        "network",
    ),
    "urllib, swallowed, goes on": (
        """
        import urllib.request
        try:
            page = urllib.request.urlopen("https://example.org").read()
        except OSError:
            page = b""
        """,
        "network",
    ),
    "socket": ("import socket\ns = socket.socket()\ns.connect(('localhost', 80))", "network"),
    "name look-up": ("import socket\nh = socket.gethostbyname('example.org')", "network"),
    "http client": (
        "import http.client\nc = http.client.HTTPConnection('x.org')\nc.request('GET', '/')",
        "network",
    ),
    "smtp": ("import smtplib\nsmtplib.SMTP('localhost')", "network"),
    "a table from an address": (
        "import pandas as pd\ndf = pd.read_csv('https://example.org/a.csv')",
        "network",
    ),
    "asyncio connection": (
        "import asyncio\nasyncio.run(asyncio.open_connection('localhost', 80))",
        "network",
    ),
    "a browser": ("import webbrowser\nwebbrowser.open('https://example.org')", "network"),
    "a data set": (
        "from sklearn.datasets import fetch_openml\nd = fetch_openml('iris', version=1)",
        "network",
    ),
    "a server": (
        "import http.server\nhttp.server.HTTPServer(('', 0), http.server.BaseHTTPRequestHandler)",
        "network",
    ),
    "subprocess": ("import subprocess\nsubprocess.run(['ls'], check=True)", "another program"),
    "subprocess, wrapped": (
        """
        import subprocess
        try:
            subprocess.check_output("ls", shell=True)
        except Exception as error:
            raise ValueError("git is needed")
        """,
        "another program",
    ),
    "os.system": ("import os\nassert os.system('true') == 0", "another program"),
    "os.system, ignored": ("import os\nos.system('mkdir out')", "another program"),
    "os.popen": ("import os\nn = int(os.popen('nproc').read())", "another program"),
    "fork": ("import os\nos.fork()", "another program"),
    "multiprocessing": (
        """
        import multiprocessing
        with multiprocessing.get_context("fork").Pool(2) as pool:
            r = pool.map(abs, [1])
        """,
        "",
    ),
    "process pool": (
        """
        from concurrent.futures import ProcessPoolExecutor
        with ProcessPoolExecutor(2) as pool:
            r = list(pool.map(abs, [1]))
        """,
        "",
    ),
    "asyncio program": (
        "import asyncio\nasyncio.run(asyncio.create_subprocess_exec('ls'))",
        "another program",
    ),
    "pip": (
        """
        import subprocess, sys
        subprocess.check_call([sys.executable, "-m", "pip", "install", "x"])
        """,
        "another program",
    ),
    "input": ("n = int(input('n? '))", "asks for input"),
    "input, swallowed": (
        "try:\n    n = int(input())\nexcept:\n    n = None\nn + 1",
        "asks for input",
    ),
    "a line of the standard input": ("import sys\nn = int(sys.stdin.readline())", "asks for input"),
    "lines of the standard input": (
        "import sys\nn = [int(x) for x in sys.stdin]",
        "asks for input",
    ),
    "a password": ("import getpass\np = getpass.getpass()", "asks for input"),
    "a password, imported": ("from getpass import getpass\np = getpass('key: ')", "asks for input"),
    "an environment variable": ("import os\nk = os.environ['SOME_KEY']", "reads the environment"),
    "an environment variable, none": (
        "import os\nheader = 'Bearer ' + os.environ.get('SOME_KEY')",
        "reads the environment",
    ),
    "getenv, none": (
        "from os import getenv\nk = getenv('SOME_KEY').strip()",
        "reads the environment",
    ),
    "an environment variable, asked for": (
        "import os\nif 'SOME_KEY' not in os.environ:\n    raise RuntimeError('set SOME_KEY first')",
        "reads the environment",
    ),
    "an environment variable, wrapped": (
        """
        import os
        try:
            key = os.environ["SOME_KEY"]
        except KeyError:
            raise ValueError("set SOME_KEY first") from None
        """,
        "reads the environment",
    ),
    "a file elsewhere": ("t = open('/home/someone/notes.txt').read()", "does not show"),
    "a file elsewhere, as a table": (
        "import pandas as pd\ndf = pd.read_csv('/srv/data/a.csv')",
        "does not show",
    ),
    "a file elsewhere, swallowed": (
        "try:\n    t = open('/etc/hostname').read()\nexcept OSError:\n    t = None\nt.strip()",
        "does not show",
    ),
    "a file elsewhere, wrapped": (
        """
        class ConfigError(Exception): pass
        def load(path):
            try:
                return open(path).read()
            except OSError as error:
                raise ConfigError(path)
        load("/home/someone/config.json")
        """,
        "does not show",
    ),
    "a folder elsewhere": ("import os\nos.listdir('/home/someone')", "does not show"),
    "writing elsewhere": ("open('/usr/lib/selfcode-test', 'w')", "does not allow"),
    "a GPU": ("raise RuntimeError('Found no NVIDIA driver on your system')", "needs a GPU"),
    "memory": ("x = bytearray(1 << 50)", "more memory"),
    "a library": ("import tensorflow as tf", "not installed"),
}

GENUINE = {
    "a division": "1 / 0",
    "a type": "x = [1] + 'a'",
    "after a variable with a default": "import os\nn = int(os.environ.get('N', '3'))\n1 / 0",
    "a module that is none": "import json\njson.load_all('x')",
    "an error of the code's own": "raise OSError('the model did not converge')",
    "a folder read as a file": "import tempfile\nopen(tempfile.gettempdir())",
    "an index": "x = [1, 2][5]",
    "threads": "import threading\nt = threading.Thread(target=print)\nt.start(); t.join()\n{}['a']",
}

GOOD = {
    "threads": "import threading\nt = threading.Thread(target=print)\nt.start()\nt.join()",
    "asyncio": "import asyncio\nasyncio.run(asyncio.sleep(0))",
    "a temporary file": "import tempfile\nf = tempfile.TemporaryFile()\nf.write(b'a')",
    "a file of its own": "open('a.txt', 'w').write('x')\nt = open('a.txt').read()",
    "a variable with a default": "import os\nn = int(os.environ.get('N', '3'))",
    "a variable of its own": "import os\nos.environ['A'] = 'b'\nb = os.environ['A']",
    "a database": "import sqlite3\nsqlite3.connect(':memory:').execute('select 1')",
    "what a library asks a program for": "import platform\np = platform.platform()",
    "a figure": "import matplotlib.pyplot as plt\nplt.plot([1, 2])",
    "a model": (
        "from sklearn.linear_model import LinearRegression\n"
        "m = LinearRegression().fit([[1], [2]], [1, 2])"
    ),
}


def vetted(source: str, **options: object) -> Finding:
    """Return the last finding on `source` with every capability granted."""
    granted = [*CAPABILITIES]
    verdict = selfcode.vet(dedent(source), capabilities=granted, **options)
    return verdict.findings[-1]


@pytest.mark.parametrize("name", NEEDS)
def test_what_a_trial_cannot_give_leaves_a_text_undecided(name: str) -> None:
    source, reason = NEEDS[name]
    finding = vetted(source)
    assert (finding.check, finding.outcome) == ("import", UNDECIDED), finding
    assert reason in finding.reason


@pytest.mark.parametrize("name", NEEDS)
def test_what_a_trial_cannot_give_leaves_tests_undecided(name: str) -> None:
    source, _ = NEEDS[name]
    body = "\n".join(f"    {line}" for line in dedent(source).strip().splitlines())
    function = f"def f():\n{body}\n    return 1\n"
    finding = vetted(function, tests=[Example((), expected=2)])
    assert (finding.check, finding.outcome) == ("tests", UNDECIDED), finding


@pytest.mark.parametrize("name", GENUINE)
def test_what_the_code_gets_wrong_is_rejected(name: str) -> None:
    finding = vetted(GENUINE[name])
    assert (finding.check, finding.outcome) == ("import", REJECTED), finding


@pytest.mark.parametrize("name", GOOD)
def test_what_a_trial_can_show_is_accepted(name: str) -> None:
    finding = vetted(GOOD[name])
    assert (finding.check, finding.outcome) == ("import", ACCEPTED), finding


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("df['a'] = 1", "it needs df, which it does not define"),
        ("df = df.dropna()", "it needs df, which it does not define"),
        ("if True:\n    count += 1", "it needs count, which it does not define"),
        ("import sys\nif sys.argv:\n    sys.exit(2)", "it ends the process"),
    ],
)
def test_what_only_a_session_could_tell_is_undecided(source: str, reason: str) -> None:
    finding = vetted(source)
    assert (finding.outcome, reason in finding.reason) == (UNDECIDED, True)


def test_the_verdict_names_the_files_that_a_text_would_write() -> None:
    finding = vetted("import pandas as pd\npd.DataFrame({'a': [1]}).to_csv('out.csv')")
    assert (finding.outcome, finding.details) == (ACCEPTED, ("would write out.csv",))


# the twin ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Iterator[str]:
    before = os.getcwd()
    path = tmp_path_factory.mktemp("work")
    (path / "there.txt").write_text("x")
    os.chdir(path)
    yield str(path)
    os.chdir(before)


def tried(folder: str, rest: str) -> Finding:
    """Return the twin's finding on a cell whose first statement is repaired and whose rest is."""
    before = f"start = 1 / nought\n{dedent(rest).strip()}\n"
    after = before.replace("nought", "1")
    namespace = {"__name__": "__main__"}
    cell = Cell("c1", before, before, "<cell>", 1)
    try:
        exec(compile(before, "<cell>", "exec"), namespace)
    except NameError as error:
        failure = Failure(error, cell, namespace)
    job = TwinJob(Rerun(failure, lambda *_: None, lambda text: text, lambda: None), ())
    view = View((), folder)
    twin = Twin.fork(job, working_directory=folder)
    try:
        candidate = Candidate(Target("cell", "c1"), before, after, "test", "")
        request = {"verb": "try", "candidate": as_json(candidate), "limit": 1}
        return read_trial(twin.run(request, 10), view.shows)
    finally:
        twin.close()


@pytest.mark.parametrize("name", NEEDS)
def test_what_the_twin_cannot_give_leaves_a_cell_undecided(name: str, folder: str) -> None:
    source, reason = NEEDS[name]
    if name == "a library":
        pytest.skip("the kernel that the twin is a copy of has not got it either")
    finding = tried(folder, source)
    assert finding.outcome is UNDECIDED, finding
    assert reason in finding.reason


@pytest.mark.parametrize("name", GENUINE)
def test_what_a_cell_gets_wrong_is_rejected_in_the_twin(name: str, folder: str) -> None:
    assert tried(folder, GENUINE[name]).outcome is REJECTED


@pytest.mark.parametrize("name", GOOD)
def test_what_the_twin_can_show_is_accepted(name: str, folder: str) -> None:
    finding = tried(folder, GOOD[name])
    assert finding.outcome is ACCEPTED, finding


def test_a_missing_file_of_the_working_directory_is_the_codes_own_fault(folder: str) -> None:
    assert tried(folder, "open('there.txt').read()").outcome is ACCEPTED
    assert tried(folder, "open('missing.txt').read()").outcome is REJECTED


def test_the_twin_says_which_files_a_cell_would_write_and_writes_none(folder: str) -> None:
    finding = tried(folder, "import pathlib\npathlib.Path('new.txt').write_text('a')")
    assert finding.outcome is ACCEPTED
    assert "would write new.txt" in finding.details
    assert os.listdir(folder) == ["there.txt"]
