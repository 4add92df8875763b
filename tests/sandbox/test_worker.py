"""The worker: a warm walled-off process that did not come from the kernel."""

import os
import signal
import threading
import time

import pytest

from selfcode.errors import PlaceLost, WallError
from selfcode.sandbox import root, trial
from selfcode.sandbox.worker import Worker

SOURCE = "selfcode.sandbox.script:run_source"


@pytest.fixture
def worker():
    worker = Worker(SOURCE)
    yield worker
    worker.close()


def run(worker, source, timeout=5):
    return worker.run({"source": source}, timeout)


def test_a_trial_answers_its_result(worker):
    trial = run(worker, "result = [1, 'two', None]")
    assert (trial.ok, trial.value, trial.place) == (True, [1, "two", None], "worker child")


def test_no_trial_sees_what_another_did(worker):
    run(worker, "import builtins, math; builtins.left = math.left = 1; open('left', 'w')")
    look = "import builtins, math, os; result = [hasattr(builtins, 'left'), hasattr(math, 'left')]"
    assert run(worker, look + "; result += ['left' in os.listdir('/tmp')]").value == [False] * 3


def test_starting_does_not_wait(worker):
    began = time.monotonic()
    worker.start()
    assert time.monotonic() - began < 0.05
    assert run(worker, "result = 1").ok


def test_nothing_of_the_environment_is_passed_on(worker, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "value")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    trial = run(worker, "import os, sys; result = [sorted(os.environ), '/nowhere' in sys.path]")
    names, found = trial.value
    assert not found
    assert set(names) == set(
        "HOME LANG MPLBACKEND OMP_NUM_THREADS OPENBLAS_NUM_THREADS TMPDIR USER".split()
    )


def test_granted_files_can_be_read(tmp_path):
    (tmp_path / "given").write_text("text")
    worker = Worker(SOURCE, readable=[str(tmp_path / "given")])
    try:
        trial = run(worker, f"result = open({str(tmp_path / 'given')!r}).read()")
        assert trial.value == "text"
    finally:
        worker.close()


def test_the_sci_profile_has_numpy_and_pandas_loaded():
    loaded = "import sys; result = [n in sys.modules for n in ('numpy', 'pandas')]"
    assert trial(loaded, profile="sci").value == [True, True]
    assert trial(loaded).value == [False, False]
    average = "import pandas as pd\nresult = pd.DataFrame({'a': [1, 3]}).a.mean()"
    assert trial(average, profile="sci").value == 2.0


def test_a_lost_worker_is_told_and_the_next_run_starts_another(worker):
    assert run(worker, "result = 1").ok
    os.kill(worker._connection._process, signal.SIGKILL)
    with pytest.raises(PlaceLost):
        run(worker, "result = 1")
    assert run(worker, "result = 2").value == 2


def test_a_closed_worker_stays_closed(worker):
    worker.start()
    worker.close()
    worker.close()
    with pytest.raises(PlaceLost, match="closed"):
        run(worker, "result = 1")


def test_a_job_that_cannot_be_found_is_told():
    worker = Worker("selfcode.sandbox.script:missing")
    try:
        with pytest.raises(WallError, match="missing"):
            run(worker, "")
    finally:
        worker.close()


def test_a_worker_started_in_a_thread_that_ends_lives_on(worker):
    thread = threading.Thread(target=worker.start)
    thread.start()
    thread.join()
    assert run(worker, "result = 1").ok
    time.sleep(0.1)
    assert run(worker, "result = 1").ok


def test_text_that_does_not_compile_and_results_that_are_not_json_are_told():
    assert trial("result =").error.startswith("SyntaxError: invalid syntax")
    assert trial("result = {1}").error == (
        "the answer is not JSON: Object of type set is not JSON serializable"
    )
    assert trial("x = 1").value is None
    assert trial("print('noise'); result = 1").value == 1


ORDINARY = {
    "asyncio": "import asyncio\nasync def f():\n await asyncio.sleep(0)\n return 1\n"
    "result = asyncio.run(f())",
    "threads": "import concurrent.futures as c\nwith c.ThreadPoolExecutor(4) as pool:\n"
    " result = sum(pool.map(int, '0010'))",
    "locks": "import multiprocessing\nwith multiprocessing.Lock(): result = 1",
    "temporary files": "import tempfile\nwith tempfile.TemporaryDirectory() as d:\n"
    " open(d + '/f', 'w').write('x'); result = len(open(d + '/f').read())",
    "sqlite": "import sqlite3\nc = sqlite3.connect('/tmp/db'); c.execute('create table t (x)')\n"
    "c.execute('insert into t values (1)'); result = c.execute('select x from t').fetchone()[0]",
    "time zones": "import datetime, zoneinfo\nz = zoneinfo.ZoneInfo('Asia/Tokyo')\n"
    "result = 1 if datetime.datetime(2024, 1, 1, tzinfo=z).utcoffset() else 0",
    "files": "import os, pathlib, shutil\np = pathlib.Path('/tmp/a'); p.write_text('x')\n"
    "shutil.copy2(p, '/tmp/b'); os.chmod('/tmp/b', 0o600); os.rename('/tmp/b', '/tmp/c')\n"
    "os.link('/tmp/c', '/tmp/d'); os.symlink('/tmp/c', '/tmp/e'); result = len('x')",
    "signals to itself": "import signal\nhit = []\nsignal.signal(10, lambda *a: hit.append(1))\n"
    "signal.raise_signal(10); result = len(hit)",
    "numpy": "import numpy as np\nresult = int(np.linalg.det(np.eye(200)))",
    "pandas": "import pandas as pd\nf = pd.DataFrame({'a': [1]}); f.to_csv('/tmp/f.csv')\n"
    "result = int(pd.read_csv('/tmp/f.csv').a.sum())",
    "matplotlib": "import matplotlib.pyplot as p\np.plot([1, 2]); p.savefig('/tmp/p.png')\n"
    "result = open('/tmp/p.png', 'rb').read(4)[1] == ord('P') and 1",
}


def test_ordinary_code_runs_without_a_refusal():
    import matplotlib.font_manager  # noqa: F401 -- writes the list of fonts that trials are shown

    trials = {name: trial(source, profile="sci", timeout=30) for name, source in ORDINARY.items()}
    told = {name: (t.value, t.error, t.refused) for name, t in trials.items()}
    assert told == dict.fromkeys(ORDINARY, (1, "", ()))


def test_what_a_trial_sees_is_read_only_device_files_too_but_for_its_own_scratch(worker):
    paths = [*root.DEVICES, "/", os.path.dirname(os.__file__), root.SCRATCH, root.SHARED_MEMORY]
    source = f"import os\nresult = [os.statvfs(p).f_flag & os.ST_RDONLY for p in {paths}]"
    source += "\nopen('/dev/null', 'w').write('x')"
    assert run(worker, source).value == [1, 1, 1, 1, 1, 1, 0, 0]
