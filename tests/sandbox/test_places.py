"""The three places to run: one interface, the same wall, several callers at once."""

import _thread
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest

from selfcode.errors import PlaceLost, UsageError
from selfcode.protocols import Place
from selfcode.records import Trial
from selfcode.sandbox import FreshProcess, Twin, Worker
from selfcode.sandbox.process import fork_quietly
from selfcode.sandbox.script import run_source

JOB = "selfcode.sandbox.script:run_source"
PLACES = {
    "twin child": lambda: Twin.fork(run_source),
    "worker child": lambda: Worker(JOB),
    "fresh process": lambda: FreshProcess(JOB),
}


@pytest.fixture(params=PLACES)
def place(request):
    place: Place = PLACES[request.param]()
    assert place.name == request.param
    yield place
    place.close()


def run(place, source, timeout=10):
    return place.run({"source": source}, timeout)


def in_threads(work, numbers):
    """Run `work` for each of `numbers` in a thread of its own until all have ended."""
    threads = [threading.Thread(target=work, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


LOOK = """
import os, socket
seen = sorted(n for n in os.environ if n not in ('HOME', 'TMPDIR'))
try: socket.socket()
except OSError as error: seen.append(error.strerror)
try: open('/etc/passwd')
except OSError as error: seen.append(error.strerror)
result = seen
"""


def test_every_place_has_the_same_wall(place):
    ran = run(place, LOOK)
    assert ran == Trial(
        ok=True,
        value=[
            *"LANG MPLBACKEND OMP_NUM_THREADS OPENBLAS_NUM_THREADS USER".split(),
            "Operation not permitted",
            "No such file or directory",
        ],
        refused=("socket",),
        seconds=ran.seconds,
        isolation="A",
        place=place.name,
    )


def test_every_place_ends_a_run_at_its_deadline(place):
    began = time.monotonic()
    assert run(place, "while True: pass", 0.3).error == "stopped after 0.3 s"
    assert time.monotonic() - began < 5


def test_every_place_says_what_it_cannot_be_asked(place):
    with pytest.raises(UsageError, match="cannot be sent"):
        place.run({"source": object()}, 1)


def test_every_place_is_gone_once_it_is_closed(place):
    assert run(place, "result = 1").value == 1
    place.close()
    place.close()
    with pytest.raises(PlaceLost, match="closed"):
        run(place, "result = 1")


def test_closing_ends_the_runs_under_way(place):
    assert run(place, "result = 1").ok
    ends = []

    def wait():
        try:
            ends.append(run(place, "while True: pass", 60))
        except PlaceLost as error:
            ends.append(error)

    threads = [threading.Thread(target=wait) for _ in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    place.close()
    for thread in threads:
        thread.join(20)
    assert [type(end) for end in ends] == [PlaceLost] * 4


@pytest.mark.parametrize("name", ["worker child", "fresh process"])
def test_runs_from_two_threads_go_on_side_by_side(name):
    place = PLACES[name]()
    stamps = []

    def work(_):
        text = "import time\na = time.monotonic(); time.sleep(1); result = [a, time.monotonic()]"
        stamps.append(run(place, text).value)

    try:
        assert run(place, "result = 1").ok
        in_threads(work, range(2))
    finally:
        place.close()
    (one, one_end), (two, two_end) = stamps
    assert max(one, two) < min(one_end, two_end)


def test_many_callers_get_each_the_answer_to_their_own_request():
    worker = Worker(JOB)
    wrong = []

    def work(number):
        for step in range(10):
            if run(worker, f"result = [{number}, {step}]").value != [number, step]:
                wrong.append((number, step))

    try:
        in_threads(work, range(8))
    finally:
        worker.close()
    assert wrong == []


def test_an_interrupted_run_does_not_leave_its_answer_to_the_next(place):
    assert run(place, "result = 1").ok
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    threading.Timer(0.5, _thread.interrupt_main).start()
    with pytest.raises(KeyboardInterrupt):
        run(place, "import time; time.sleep(5); result = 'old'")
    if place.name == "twin child":
        with pytest.raises(PlaceLost, match="interrupted"):
            run(place, "result = 'new'")
    else:
        assert run(place, "result = 'new'").value == "new"


def test_a_fork_of_its_owner_never_mixes_its_answers_with_those_of_a_place(place):
    assert run(place, "result = 'parent'").value == "parent"
    process = fork_quietly()
    if process == 0:
        try:
            mine = {run(place, "result = 'child'").value for _ in range(5)} == {"child"}
        except PlaceLost as error:
            mine = place.name == "twin child" and "another process" in str(error)
        place.close()
        os._exit(0 if mine else 1)
    assert {run(place, "result = 'parent'").value for _ in range(20)} == {"parent"}
    assert os.waitpid(process, 0)[1] == 0


LEVEL_B = """
import json, os, tempfile, threading
from pathlib import Path
from selfcode.sandbox import Worker

worker = Worker("selfcode.sandbox.script:run_source")
stay = "open('left', 'w'); import glob, time; time.sleep(0.3); result = glob.glob('*')"
ran = []
def work():
    ran.append(worker.run({"source": stay}, 9))
threads = [threading.Thread(target=work) for _ in "ab"]
[thread.start() for thread in threads], [thread.join() for thread in threads]
fill = '''
import itertools
for n in itertools.count():
    with open(str(n), 'wb') as file: file.write(bytes(32 << 20))
'''
full = worker.run({"source": fill}, 30)
worker.close()
print(json.dumps([[t.value, t.isolation] for t in ran] + [full.error]))
print([p.name for p in Path(tempfile.gettempdir()).glob("selfcode-*")])
"""


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed")
def test_without_namespaces_trials_side_by_side_have_scratch_folders_of_limited_size():
    wall = "bwrap --unshare-user --disable-userns --ro-bind / / --dev /dev --proc /proc"
    command = [*wall.split(), "--tmpfs", "/tmp", sys.executable, "-c", LEVEL_B]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90)
    assert done.stderr == ""
    told, left = done.stdout.splitlines()
    assert told == '[[["left"], "B"], [["left"], "B"], "stopped: it wrote more than 256 MB"]'
    assert left == "[]"
