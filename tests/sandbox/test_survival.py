"""What does not survive a fork works in the twin all the same, or ends at once with its name."""

import asyncio
import concurrent.futures
import ctypes
import json
import mmap
import multiprocessing.pool
import os
import queue
import shutil
import subprocess
import sys
import threading
import time

import numpy as np
import pandas as pd
import pytest

from selfcode.sandbox import trial
from selfcode.sandbox.twin import Twin

STANDSTILL = "stopped: it waits for a thread, lock or event that is not there and cannot come"
DEADLINE = 20.0


@pytest.fixture
def fork():
    """Fork twins whose job runs a text on live names and answers its global `result`."""
    twins = []

    def fork(live):
        def job(request):
            exec(request["text"], live)
            return live.get("result")

        twins.append(Twin.fork(job))
        return lambda text, timeout=DEADLINE: twins[-1].run({"text": text}, timeout)

    yield fork
    for twin in twins:
        twin.close()


def test_an_executor_whose_threads_are_gone_starts_new_ones(fork):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        assert list(pool.map(abs, [-1, -2, -3])) == [1, 2, 3]
        run = fork({"pool": pool})
        ran = run("result = [list(pool.map(abs, range(-9, 0))), pool.submit(int, '7').result()]")
        assert (ran.value, ran.error) == ([list(range(9, 0, -1)), 7], "")
        assert pool.submit(int, "5").result(5) == 5


def test_work_that_waited_for_a_thread_of_an_executor_is_done_in_the_twin(fork):
    go, begun = threading.Event(), threading.Event()

    def hold():
        begun.set()
        go.wait()

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pool.submit(hold)
        waiting = pool.submit(pow, 2, 10)
        begun.wait()
        ran = fork({"waiting": waiting})("result = waiting.result()")
        go.set()
        assert (ran.value, ran.error, waiting.result(5)) == (1024, "", 1024)


def test_the_default_executor_of_asyncio_works_in_the_twin(fork):
    text = "import asyncio\nasync def f():\n return await asyncio.to_thread(int, '3')\n"
    assert fork({})(text + "result = asyncio.run(f())").value == 3


def held_lock():
    lock, go, held = threading.Lock(), threading.Event(), threading.Event()

    def hold():
        with lock:
            held.set()
            go.wait()

    threading.Thread(target=hold, daemon=True).start()
    held.wait()
    return {"lock": lock, "keep": go}, go.set


def running_future():
    pool, go, begun = (
        concurrent.futures.ThreadPoolExecutor(1),
        threading.Event(),
        threading.Event(),
    )

    def hold():
        begun.set()
        go.wait()

    future = pool.submit(hold)
    begun.wait()
    return {"future": future}, lambda: (go.set(), pool.shutdown())


def consumed_queue():
    work = queue.Queue()

    def consume():
        while work.get() is not None:
            work.task_done()
        work.task_done()

    thread = threading.Thread(target=consume)
    thread.start()
    return {"work": work}, lambda: (work.put(None), thread.join())


def produced_queue():
    return {"work": queue.SimpleQueue()}, lambda: None


def unset_event():
    return {"event": threading.Event(), "condition": threading.Condition()}, lambda: None


def thread_pool():
    pool = multiprocessing.pool.ThreadPool(2)
    pool.map(abs, [1, 2])
    return {"pool": pool}, lambda: (pool.terminate(), pool.join())


def future_of_a_loop():
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def stop():
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    return {"loop": loop, "asyncio": asyncio}, stop


WAITING = {
    "a lock that a thread held": (held_lock, "lock.acquire()"),
    "work that a thread was doing": (running_future, "future.result()"),
    "a queue that a thread served": (consumed_queue, "work.put(1); work.join()"),
    "a queue that a thread filled": (produced_queue, "work.get()"),
    "an event that a thread sets": (unset_event, "event.wait()"),
    "a condition that a thread notifies": (unset_event, "with condition: condition.wait()"),
    "an old kind of thread pool": (thread_pool, "pool.map(abs, [1])"),
    "a loop that a thread runs": (
        future_of_a_loop,
        "asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result()",
    ),
    "a future that nobody sets": (
        unset_event,
        "import asyncio\nasync def f(): await asyncio.Future()\nasyncio.run(f())",
    ),
    "threads that wait for each other": (
        unset_event,
        "import threading as t\none = t.Barrier(3)\nt.Thread(target=one.wait).start(); one.wait()",
    ),
}


@pytest.mark.parametrize("case", WAITING)
def test_what_waits_for_a_thread_that_the_fork_left_behind_is_stopped_at_once(case, fork):
    make, text = WAITING[case]
    live, end = make()
    try:
        began = time.monotonic()
        ran = fork(live)(text)
        assert (ran.ok, ran.error) == (False, STANDSTILL)
        assert time.monotonic() - began < DEADLINE / 2
    finally:
        end()


PATIENT = {
    "a pause": "import time; time.sleep(1.2)",
    "a wait with a limit": "import threading; threading.Event().wait(1.2)",
    "an alarm": "import signal as s\ns.signal(14, lambda *a: None); s.alarm(1); s.pause()",
    "an alarm that ends a wait": "import signal, threading\n"
    "class Late(Exception): pass\n"
    "def late(*a): raise Late\n"
    "signal.signal(14, late); signal.setitimer(0, 1.2)\n"
    "try: threading.Lock().__enter__() or threading.Event().wait()\n"
    "except Late: pass",
    "a thread that works": "import threading, time\n"
    "t = threading.Thread(target=time.sleep, args=(1.2,)); t.start(); t.join()",
    "a thread that computes": "import threading\n"
    "t = threading.Thread(target=lambda: sum(range(2 * 10**7))); t.start(); t.join()",
    "a sleeping loop": "import asyncio\nasyncio.run(asyncio.sleep(1.2))",
    "busy executors": "import concurrent.futures as c, time\n"
    "with c.ThreadPoolExecutor(3) as p: list(p.map(time.sleep, [0.3] * 12))",
}


def test_what_waits_for_something_that_comes_is_left_alone(fork):
    run = fork({})
    ran = {name: run(f"{text}\nresult = 1") for name, text in PATIENT.items()}
    assert {name: (t.value, t.error) for name, t in ran.items()} == dict.fromkeys(PATIENT, (1, ""))


def test_a_worker_child_that_stands_still_is_stopped_too():
    ran = trial("import threading\nlock = threading.Lock()\nlock.acquire(); lock.acquire()")
    assert ran.error == STANDSTILL


def test_endless_new_threads_are_stopped(fork):
    text = (
        "import threading\nthreading.stack_size(1 << 16)\nstop = threading.Event()\n"
        "while True: threading.Thread(target=stop.wait, args=(99,)).start()"
    )
    ran = fork({})(text)
    assert (ran.ok, ran.error) == (False, "stopped: it had more than 512 threads")


HANDLER = """
import json, os, threading, time
from selfcode.sandbox.twin import Twin

started = []
def restart():
    thread = threading.Thread(target=time.sleep, args=(60,), daemon=True)
    thread.start()
    started.append(thread)
os.register_at_fork(after_in_child=restart)
twin = Twin.fork(lambda request: [threading.active_count(), started[0].is_alive()])
ran = twin.run({}, 5)
twin.close()
threading.Thread(target=time.sleep, args=(0,)).start()
print(json.dumps([ran.value, ran.error, ran.isolation]))
"""

NATIVE_HANDLER = """
import ctypes, os, threading, time, _thread
from selfcode.errors import WallError
from selfcode.sandbox.twin import Twin

os.register_at_fork(after_in_child=lambda: _thread.start_new_thread(time.sleep, (60,)))
twin = Twin.fork(lambda request: 1)
try:
    print(twin.run({}, 5))
except WallError as error:
    print(error.layer)
twin.close()
"""


def test_a_library_that_starts_a_thread_in_every_fork_starts_none_behind_the_wall():
    done = subprocess.run([sys.executable, "-c", HANDLER], capture_output=True, text=True)
    assert (done.stderr, json.loads(done.stdout)) == ("", [[1, False], "", "A"])


def test_a_thread_that_would_escape_the_wall_keeps_it_from_closing():
    done = subprocess.run([sys.executable, "-c", NATIVE_HANDLER], capture_output=True, text=True)
    assert (done.stderr, done.stdout) == ("", "threads\n")


LOOPS = """
import asyncio, json
from selfcode.sandbox.survival import lost_with
from selfcode.sandbox.twin import Twin

async def main():
    task = asyncio.ensure_future(asyncio.sleep(9))
    lock = asyncio.Lock()
    await lock.acquire()
    waiter = asyncio.ensure_future(lock.acquire())
    await asyncio.sleep(0)

    def job(request):
        async def wait():
            await {"task": task, "lock": lock.acquire()}[request["what"]]
        try:
            asyncio.run(wait())
        except RuntimeError as error:
            return lost_with(error)

    twin = Twin.fork(job)
    ran = [twin.run({"what": what}, 5).value for what in ("task", "lock")]
    twin.close()
    task.cancel(), waiter.cancel()
    print(json.dumps(ran))

asyncio.run(main())
"""


def test_what_belongs_to_the_loop_of_the_session_is_named():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOOPS], capture_output=True, text=True
    )
    assert (done.stderr, json.loads(done.stdout)) == ("", ["the event loop of the session"] * 2)


ACCELERATOR = """
import json, mmap
from selfcode.sandbox.survival import lost_with
from selfcode.sandbox.twin import Twin

with open("/dev/nvidia0", "w+b") as device:
    device.write(bytes(4096))
    device.flush()
    memory = mmap.mmap(device.fileno(), 4096)
    def job(request):
        if request["what"] == "touch":
            return memory[0]
        if request["what"] == "raise":
            try:
                raise RuntimeError("CUDA error: initialization error")
            except RuntimeError as error:
                return lost_with(error)
        try:
            {}["missing"]
        except KeyError as error:
            return lost_with(error)
    twin = Twin.fork(job)
    ran = [twin.run({"what": what}, 5) for what in ("touch", "raise", "other")]
    twin.close()
print(json.dumps([[t.value, t.error] for t in ran]))
"""


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="a /dev of its own takes bubblewrap")
def test_a_live_accelerator_is_named_when_a_trial_fails_for_want_of_it():
    wall = "bwrap --unshare-user --dev-bind / / --proc /proc --tmpfs /dev --dev /dev"
    command = [*wall.split(), sys.executable, "-c", ACCELERATOR]
    done = subprocess.run(command, capture_output=True, text=True)
    name = "the accelerator at /dev/nvidia0"
    lost = f"it was ended by SIGSEGV ({name} does not survive a copy of the session)"
    assert done.stderr == ""
    assert json.loads(done.stdout) == [[None, lost], [name, ""], ["", ""]]


def saved_array(folder):
    np.save(folder / "a.npy", np.ones(5000, "u1"))
    table = np.load(folder / "a.npy", mmap_mode="r+")
    return table, lambda: int(table[4999])


def raw_map(folder):
    (folder / "raw").write_bytes(b"\1" * 5000)
    file = os.open(folder / "raw", os.O_RDWR)
    memory = mmap.mmap(file, 5000)
    os.close(file)
    (folder / "raw").unlink()
    return memory, lambda: memory[4999]


def array_over_shared_memory(folder):
    array = np.frombuffer(mmap.mmap(-1, 5000), "u1")
    array[:] = 1
    return array, lambda: int(array[4999])


def column_over_a_map(folder):
    table = np.memmap(folder / "table", dtype="u1", mode="w+", shape=5000)
    table[:] = 1
    frame = pd.DataFrame({"a": pd.Series(np.asarray(table), copy=False)}, copy=False)
    assert np.shares_memory(frame["a"].to_numpy(), table)
    return np.asarray(table), lambda: int(frame["a"].iloc[4999])


def arrow_file(folder):
    arrow = pytest.importorskip("pyarrow")
    (folder / "arrow").write_bytes(b"\1" * 5000)
    file = arrow.memory_map(str(folder / "arrow"), "r+")
    buffer = file.read_buffer(5000)
    array = np.ctypeslib.as_array((ctypes.c_ubyte * 5000).from_address(buffer.address))
    return array, lambda: (int(array[4999]), file.size())[0]


@pytest.mark.parametrize(
    "make",
    [
        saved_array,
        raw_map,
        array_over_shared_memory,
        column_over_a_map,
        arrow_file,
    ],
)
def test_what_shares_memory_is_private_to_the_trial(make, fork, tmp_path):
    shared, value = make(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    ran = fork({"shared": shared})(
        "seen = int(shared[4999]); shared[:] = 66 if hasattr(shared, 'shape') else b'B' * 5000\n"
        "result = [seen, int(shared[4999])]"
    )
    assert (ran.value, ran.error) == ([1, 66], "")
    assert value() == 1
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
