"""The twin: what a trial sees, what it cannot change, how it ends."""

import asyncio
import logging
import mmap
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from multiprocessing.shared_memory import SharedMemory

import numpy as np
import pytest

from selfcode.errors import PlaceLost, UsageError
from selfcode.records import Isolation, Trial
from selfcode.sandbox.twin import Twin


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def fork(folder):
    """Fork twins whose job runs a text on live names and answers its global `result`."""
    twins = []

    def fork(live=None, **options):
        live = {} if live is None else live

        def job(request):
            exec(request["text"], live)
            return live.get("result")

        twins.append(Twin.fork(job, **options))
        return lambda text, timeout=10: twins[-1].run({"text": text}, timeout)

    fork.twins = twins
    yield fork
    for twin in twins:
        twin.close()


def test_a_trial_works_on_the_live_objects_and_leaves_them_as_they_were(fork):
    live = {"numbers": [1, 2, 3], "table": np.arange(4)}
    run = fork(live)
    trial = run("numbers.append(4); table += 1; result = [numbers, table.tolist()]")
    assert (trial.ok, trial.value) == (True, [[1, 2, 3, 4], [1, 2, 3, 4]])
    assert live["numbers"] == [1, 2, 3]
    assert live["table"].tolist() == [0, 1, 2, 3]
    assert "result" not in live


def test_every_trial_sees_the_state_of_the_fork_whatever_happened_since(fork):
    live = {"numbers": [1]}
    run = fork(live)
    live["numbers"].append("later")
    assert [run("numbers.append(2); result = numbers").value for _ in range(3)] == [[1, 2]] * 3


def test_a_trial_draws_the_random_numbers_that_the_session_would_draw(fork):
    random.seed(7)
    run = fork()
    draw = "import random; result = [random.random(), random.gauss(0, 1)]"
    first, second = run(draw).value, run(draw).value
    assert first == second == [random.random(), random.gauss(0, 1)]


def test_the_record_of_a_trial_is_complete(fork):
    trial = fork()("import socket\ntry: socket.socket()\nexcept OSError: result = 5")
    assert trial == Trial(
        ok=True,
        value=5,
        refused=("socket",),
        seconds=trial.seconds,
        isolation=Isolation.A,
        place="twin child",
    )
    assert 0 < trial.seconds < 5


def test_shared_memory_of_every_kind_is_private_to_the_trial(fork, folder):
    table = np.memmap(folder / "table", dtype="u1", mode="w+", shape=5000)
    block = SharedMemory(create=True, size=5000)
    anonymous = mmap.mmap(-1, 5000)
    with open(folder / "read", "w+b") as file:
        file.write(b"\1" * 5000)
        file.flush()
        reading = mmap.mmap(file.fileno(), 5000, prot=mmap.PROT_READ)
    table[:] = 1
    block.buf[:5000] = anonymous[:] = b"\1" * 5000
    live = {"table": table, "block": block.buf, "anonymous": anonymous, "reading": reading}
    try:
        run = fork(live)
        trial = run(
            "seen = [int(table[9]), block[9], anonymous[9], reading[9]]\n"
            "table[:] = 66; block[:5000] = anonymous[:] = b'B' * 5000\n"
            "result = [seen, [int(table[4999]), block[4999], anonymous[4999]]]"
        )
        assert trial.value == [[1, 1, 1, 1], [66, 66, 66]]
        assert set(table) == set(bytes(block.buf[:5000])) == set(anonymous[:]) == {1}
        assert set((folder / "table").read_bytes()) == {1}
    finally:
        del live["block"]
        block.close()
        block.unlink()


def test_what_a_trial_writes_in_the_working_directory_is_told_and_thrown_away(fork, folder):
    (folder / "kept.csv").write_text("a,b\n1,2\n")
    (folder / "gone.csv").write_text("old")
    run = fork()
    trial = run(
        "import os\n"
        "open('new.csv', 'w').write('x'); os.makedirs('deep/er'); open('deep/er/f', 'w').close()\n"
        "open('kept.csv', 'a').write('3,4'); os.remove('gone.csv'); open('kept.csv').close()\n"
        "result = [open('kept.csv').read(), sorted(os.listdir('.'))]"
    )
    assert trial.value == ["a,b\n1,2\n3,4", ["deep", "kept.csv", "new.csv"]]
    assert trial.files == ("deep/er/f", "gone.csv", "kept.csv", "new.csv")
    assert run("import os; result = sorted(os.listdir('.'))").value == ["gone.csv", "kept.csv"]
    assert sorted(os.listdir(folder)) == ["gone.csv", "kept.csv"]
    assert (folder / "kept.csv").read_text() == "a,b\n1,2\n"


def test_files_that_the_session_has_open_can_be_used_without_harm(fork, folder):
    (folder / "data.txt").write_text("one\ntwo\nthree\n")
    database = sqlite3.connect(folder / "rows.sqlite")
    database.execute("create table rows (number)")
    database.execute("insert into rows values (1)")
    database.commit()
    with open("data.txt") as data, open("log.txt", "w") as log:
        assert data.readline() == "one\n"
        log.write("begun\n")
        log.flush()
        run = fork({"data": data, "log": log, "database": database})
        trial = run(
            "log.write('more'); log.flush(); database.execute('insert into rows values (2)')\n"
            "database.commit()\n"
            "rows = database.execute('select number from rows order by 1').fetchall()\n"
            "result = [data.readline(), rows, open('log.txt').read()]"
        )
        assert trial.value == ["two\n", [[1], [2]], "begun\nmore"]
        assert trial.files == ("log.txt", "rows.sqlite")
        assert run("result = data.readline()").files == ()
        assert data.readline() == "two\n"
    assert database.execute("select number from rows").fetchall() == [(1,)]
    assert (folder / "log.txt").read_text() == "begun\n"
    database.close()


def test_only_what_is_granted_can_be_read(fork, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside")
    for name in ("granted", "withheld"):
        (outside / name).write_text(name)
    run = fork(readable=[str(outside / "granted")])
    read = "result = open({!r}).read()"
    assert run(read.format(str(outside / "granted"))).value == "granted"
    assert run(read.format(str(outside / "withheld"))).error.startswith("FileNotFoundError")
    assert run(read.format("/etc/passwd")).error.startswith("FileNotFoundError")
    assert "granted" in run(f"open({str(outside / 'granted')!r}, 'w')").error
    assert (outside / "granted").read_text() == "granted"


def test_scratch_files_are_not_shared_with_the_next_trial(fork):
    run = fork()
    text = (
        "import os, tempfile\nseen = os.listdir('/tmp') + os.listdir('/dev/shm')\n"
        "open('/tmp/mine', 'w').close(); open('/dev/shm/mine', 'w').close()\n"
        "result = [[n for n in seen if 'mine' in n], tempfile.gettempdir(), os.environ['HOME']]"
    )
    assert [run(text).value for _ in range(2)] == [[[], "/tmp", "/tmp"]] * 2


def test_nothing_of_the_users_environment_and_descriptors_is_left(fork, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "value")
    ours, theirs = socket.socketpair()
    with ours, theirs:
        run = fork({"theirs": theirs, "number": theirs.fileno()})
        trial = run(
            "import os\nresult = ['SECRET_KEY' in os.environ, os.environ.get('MPLBACKEND')]\n"
            "for use in (lambda: theirs.send(b'x'), lambda: os.write(number, b'x'),\n"
            "            lambda: os.read(number, 1)):\n"
            "    try: use()\n"
            "    except OSError as error: result.append(error.strerror)\n"
        )
        assert trial.value == [False, "Agg", *["Bad file descriptor"] * 3]
        ours.setblocking(False)
        with pytest.raises(BlockingIOError):
            ours.recv(1)


def test_what_is_printed_and_logged_goes_nowhere(fork, capfd):
    handler = logging.StreamHandler(sys.stderr)
    run = fork({"handler": handler, "kept": sys.stdout})
    trial = run(
        "import logging, os, sys\nprint('printed'); print('kept', file=kept, flush=True)\n"
        "handler.emit(logging.makeLogRecord({'msg': 'logged'})); os.write(1, b'raw')\n"
        "sys.__stderr__.write('raw'); result = 1"
    )
    assert (trial.ok, capfd.readouterr()) == (True, ("", ""))


SPINNING = {
    "in python": "while True: pass",
    "in C": "pow(7, 10**9)",
    "in a regular expression": "import re; re.match('(a|a)*b', 'a' * 99)",
    "sleeping": "import time; time.sleep(99)",
    "deaf to exceptions": "while True:\n try: time\n except BaseException: pass",
    "deaf to signals": "import signal\nfor s in range(1, 32):\n"
    " try: signal.signal(s, signal.SIG_IGN)\n except OSError: pass\nwhile True: pass",
    "in threads": "import threading\nf = lambda: exec('while True: pass')\n"
    "[threading.Thread(target=f).start() for _ in range(4)]\nf()",
}


def test_a_trial_ends_at_its_deadline_whatever_it_does(fork):
    run = fork()
    for name, text in SPINNING.items():
        began = time.monotonic()
        trial = run(text, 0.3)
        assert (trial.ok, trial.error) == (False, "stopped after 0.3 s"), name
        assert time.monotonic() - began < 1.5, name
    assert run("result = 1").ok


EVERYWHERE = """
import os
for number in range(3, 200):
    try:
        os.write(number, {})
    except OSError:
        pass
"""

ENDS = {
    "os._exit": ("import os; os._exit(0)", "it ended without an answer"),
    "crash": ("import ctypes; ctypes.string_at(0)", "it was ended by SIGSEGV"),
    "abort": ("import os; os.abort()", "it was ended by SIGABRT"),
    "SystemExit": ("raise SystemExit(3)", "SystemExit: 3"),
    "KeyboardInterrupt": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "out of memory": ("x = bytearray(1 << 40)", "MemoryError"),
    "colours": ("raise ValueError('\\x1b[2J')", "ValueError: \\x1b[2J"),
    "deep": ("f = lambda: f()\nf()", "RecursionError: maximum recursion depth exceeded"),
    "not JSON": (
        "result = {1}",
        "the answer is not JSON: Object of type set is not JSON serializable",
    ),
    "too large": ("result = 'x' * (1 << 20)", "the answer is larger than 1 MiB"),
    "several lines": ("raise ValueError('one\\ntwo')", "ValueError: one"),
    "unprintable": (
        "class E(Exception):\n def __str__(self): raise E\nraise E",
        "E: its message cannot be shown",
    ),
    "forged": (
        EVERYWHERE.format(r"b'\x02\0\0\0{}'"),
        "the answer is unusable: it is not one of the trial's own",
    ),
    "flood": (
        EVERYWHERE.format(r"b'\xff\xff\xff\x7f' + b'x' * (1 << 21)"),
        "the answer is unusable: a message of more than 1 MiB",
    ),
    "many refusals": (
        "import socket\nwhile True:\n try: socket.socket()\n except OSError: pass",
        "stopped after 200 refused system calls",
    ),
}


def test_the_end_of_a_trial_is_told_in_one_line(fork):
    run = fork()
    ends = {name: run(text) for name, (text, _) in ENDS.items()}
    assert {name: trial.error for name, trial in ends.items()} == {
        name: error for name, (_, error) in ENDS.items()
    }
    assert not any(trial.ok for trial in ends.values())


def test_a_hundred_trials_leave_nothing_behind(fork):
    run = fork()
    assert [run("result = 1; open('f', 'w').close()").value for _ in range(100)] == [1] * 100


def test_a_dead_twin_is_told_at_once(fork, family_of):
    run = fork()
    assert run("result = 1").ok
    below = family_of(fork.twins[0]._process)
    os.kill(fork.twins[0]._process, signal.SIGKILL)
    _wait_until_gone(below)
    for _ in range(2):
        began = time.monotonic()
        with pytest.raises(PlaceLost, match="twin child is gone"):
            run("result = 1")
        assert time.monotonic() - began < 1


def test_a_twin_that_stands_still_is_given_up(fork, monkeypatch):
    monkeypatch.setattr("selfcode.sandbox.place._MARGIN_SECONDS", 0.2)
    run = fork()
    assert run("result = 1").ok
    (inner,) = _children(fork.twins[0]._process)
    os.kill(inner, signal.SIGSTOP)
    with pytest.raises(PlaceLost):
        run("result = 1", 0.2)


def _children(process):
    with open(f"/proc/{process}/task/{process}/children") as children:
        return [int(number) for number in children.read().split()]


def test_closing_ends_a_run_that_is_under_way(fork):
    run = fork()
    assert run("result = 1").ok
    errors = []

    def wait():
        try:
            run("while True: pass", 60)
        except PlaceLost as error:
            errors.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.2)
    fork.twins[0].close()
    thread.join(5)
    assert len(errors) == 1
    fork.twins[0].close()


def test_runs_from_many_threads_wait_for_each_other(fork):
    run = fork({"live": 1})
    values = []
    threads = [
        threading.Thread(target=lambda n=n: values.append(run(f"result = live + {n}").value))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(values) == list(range(1, 9))


def test_a_twin_taken_in_a_thread_that_ends_lives_on(fork):
    runs = []
    thread = threading.Thread(target=lambda: runs.append(fork({"live": 2})))
    thread.start()
    thread.join()
    assert runs[0]("result = live").value == 2


def test_a_twin_taken_inside_a_running_event_loop_can_run_one_of_its_own(fork):
    async def take():
        return fork()

    run = asyncio.run(take())
    text = "import asyncio\nasync def f():\n await asyncio.sleep(0)\n return 3\n"
    assert run(text + "result = asyncio.run(f())").value == 3


def test_native_threads_that_the_fork_left_behind_are_not_waited_for(fork):
    cluster = pytest.importorskip("sklearn.cluster")
    rows = np.random.default_rng(1).random((3000, 4))
    means = cluster.KMeans(2, n_init=1, random_state=1).fit(rows)
    text = "result = means.fit(rows).cluster_centers_.tolist()"
    run = fork({"rows": rows, "means": means})
    assert np.allclose(run(text).value, means.cluster_centers_)


def test_a_fork_of_the_session_that_exits_leaves_the_twin_alone(fork):
    run = fork()
    process = os.fork()
    if process == 0:
        fork.twins[0].close()
        os._exit(0)
    os.waitpid(process, 0)
    assert run("result = 1").ok


def test_a_request_that_is_not_json_is_the_callers_mistake_and_the_twin_lives_on(fork):
    run = fork()
    with pytest.raises(UsageError):
        fork.twins[0].run({"text": {1}}, 5)
    assert run("result = 1").ok


KERNEL = """
import sys, time
from selfcode.sandbox.twin import Twin
from selfcode.sandbox.worker import Worker

def job(request):
    while request["spin"]:
        pass

twin, worker = Twin.fork(job), Worker("selfcode.sandbox.script:run_source")
twin.run({"spin": False}, 5), worker.run({"source": ""}, 5)
print("ready", flush=True)
twin.run({"spin": sys.argv[1] == "busy"}, 60)
time.sleep(60)
"""


@pytest.mark.parametrize("state", ["busy", "idle"])
def test_when_the_kernel_is_killed_everything_ends_with_it(state, family_of):
    command = [sys.executable, "-c", KERNEL, state]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as kernel:
        assert kernel.stdout.readline() == b"ready\n"
        time.sleep(0.2)
        below = family_of(kernel.pid)
        kernel.kill()
    assert len(below) >= 8
    _wait_until_gone(below)


def _wait_until_gone(processes):
    deadline = time.monotonic() + 5
    while any(map(_lives, processes)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(_lives, processes))


def _lives(process):
    return os.path.exists(f"/proc/{process}")


SECRETS = ".ssh/id .netrc .config/tool/token .local/share/jupyter/runtime/key".split()
OPEN = "notes.txt project/.env .local/lib/module.py".split()


@pytest.mark.parametrize("level", ["A", "A, no overlay", "B"])
def test_secrets_in_a_home_that_is_the_working_directory_are_not_shown(level, tmp_path):
    for name in (*SECRETS, *OPEN):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    command = [sys.executable, "-c", AT_HOME, level, *SECRETS, *OPEN]
    environment = {"HOME": str(tmp_path)}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""
    assert done.stdout.split() == [level[0], "True", *OPEN]


AT_HOME = """
import os, sys
from selfcode.sandbox import root, seccomp
from selfcode.sandbox.syscalls import prctl
from selfcode.sandbox.twin import Twin
from selfcode.sandbox.view import View

if sys.argv[1] == "B":
    prctl(38, 1)
    seccomp.install(seccomp.refusing("unshare"))
if sys.argv[1] == "A, no overlay":
    root._OVERLAY = "lowerdir=/nowhere"

def job(request):
    found = []
    for name in sys.argv[2:]:
        for folder in (".", "/.lower", "/.trial/upper", "/.cover"):
            try:
                found.append(open(os.path.join(folder, name)).read())
            except OSError:
                pass
    return found

library = os.path.expanduser("~/.local/lib")
twin = Twin.fork(job, readable=[library])
ran = twin.run({}, 9)
twin.close()
view = View((library,), os.getcwd())
shown = [name for name in sys.argv[2:] if view.shows(name)]
print(ran.isolation, shown == ran.value and ran.files == (), *ran.value or [ran.error])
"""
