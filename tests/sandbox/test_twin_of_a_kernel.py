"""The twin of a real ipykernel: forked in its event loop, between its threads and sockets."""

import json
import time

import pytest
from jupyter_client.manager import start_new_kernel

pytestmark = pytest.mark.kernel

PREPARE = """
import logging, sys, threading, time
import numpy as np
from IPython.display import display
from selfcode.sandbox.twin import Twin

logging.basicConfig(stream=sys.stderr, level="INFO", force=True)
kept = sys.stdout
block = np.ones(1 << 27)
shell = get_ipython()

def job(request):
    exec(request["text"], shell.user_ns)
    return shell.user_ns.get("result")

def take(result):
    global twin, held
    if result.error_in_exec:
        began = time.perf_counter()
        twin = Twin.fork(job)
        held = time.perf_counter() - began

shell.events.register("post_run_cell", take)
"""

TRY = """
trial = twin.run({"text": '''
import os
print("printed"); print("kept", file=kept, flush=True); logging.info("logged"); display("shown")
block += 1
result = [float(block.sum()), failing + 1, threading.active_count(), sys.stdout.closed]
'''}, 10)
print(__import__("json").dumps([trial.ok, trial.value, trial.error, held]))
"""


@pytest.fixture(autouse=True)
def nothing_is_left_behind(family_of):
    """The client keeps sockets of its own, so only processes are counted."""
    before = family_of()
    yield
    assert family_of() == before


@pytest.fixture
def run():
    manager, client = start_new_kernel()

    def run(code):
        client.execute(code)
        heard = []
        while True:
            message = client.get_iopub_msg(timeout=30)
            if message["msg_type"] in ("stream", "error", "display_data"):
                heard.append(message["content"])
            if message["content"].get("execution_state") == "idle":
                return heard

    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_a_trial_in_the_kernels_twin_is_silent_and_the_kernel_goes_on(run):
    assert run(PREPARE) == []
    (error,) = run("failing = 1\n1 / 0")
    assert error["ename"] == "ZeroDivisionError"
    (said,) = run(TRY)
    ok, value, text, held = json.loads(said["text"])
    assert (ok, value, text) == (True, [2.0 * (1 << 27), 2, 1, False], "")
    assert held < 0.1
    assert run("float(block[0]) == 1.0 and print('as it was')")[0]["text"] == "as it was\n"
    assert run("twin.close(); print('closed')")[0]["text"] == "closed\n"
    began = time.monotonic()
    assert run("print('alive')")[0]["text"] == "alive\n"
    assert time.monotonic() - began < 5
