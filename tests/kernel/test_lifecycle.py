"""Loading, reloading and unloading leave nothing behind; a dead twin harms nobody."""

import os
import signal
import time

import psutil
import pytest

from conftest import Kernel

pytestmark = pytest.mark.kernel

WHAT_IS_HERE = """
import os, threading, gc
def what_is_here():
    shell = get_ipython()
    hooks = {name: len(found) for name, found in shell.events.callbacks.items()}
    threads = sorted(t.name for t in threading.enumerate())
    files = len(os.listdir('/proc/self/fd'))
    task = f'/proc/{os.getpid()}/task'
    children = [c for t in os.listdir(task) for c in open(f'{task}/{t}/children').read().split()]
    kinds = shell.magics_manager.magics.values()
    magics = [n for kind in kinds for n in kind if n in ('selfcode', 'evolve')]
    settings = [c for c in shell.configurables if type(c).__name__ == 'Selfcode']
    hook = '%selfcode' in shell.strdispatchers['complete_command'].strs
    return hooks, threads, files, children, magics, settings, hook
"""


@pytest.fixture
def bare(kernel):
    kernel.run("%unload_ext selfcode")
    kernel.run(WHAT_IS_HERE)
    kernel.run("what_is_here()")  # imports and sockets that the first call makes
    return kernel


def test_the_headline_is_one_line_with_mode_proposers_checks_and_isolation(kernel):
    line = kernel.headline.strip()
    assert "\n" not in line
    for part in ("mode ask", "proposers: rules", "policy", "bandit", "trial", "isolation A"):
        assert part in line, line


def test_unloading_leaves_no_hook_thread_child_or_descriptor(bare):
    before = bare.value("what_is_here()")
    for _ in range(3):
        bare.run("%load_ext selfcode")
        _, proposal = bare.fail("total = 1\nprint(totl)")
        assert "total" in proposal.shown
        bare.run("%selfcode approve --resume")
        bare.run("%reload_ext selfcode")
        bare.fail("total = 1\nprint(totl)")
        bare.run("%unload_ext selfcode")
    # ipykernel itself lets go of what an ended thread published through only after ten seconds
    deadline = time.monotonic() + 30
    while (after := bare.value("what_is_here()")) != before and time.monotonic() < deadline:
        time.sleep(1)
    assert after == before


def test_reloading_keeps_one_hook_and_unloading_twice_is_fine(kernel):
    kernel.run("%reload_ext selfcode")
    assert kernel.value("len(get_ipython().events.callbacks['post_run_cell'])") == "1"
    assert not kernel.run("%unload_ext selfcode").error
    assert not kernel.run("%unload_ext selfcode").error
    assert not kernel.run("%load_ext selfcode").error


def _descendants(pid: int) -> set[int]:
    return {child.pid for child in psutil.Process(pid).children(recursive=True)}


def test_a_killed_twin_ends_in_one_clear_line_and_the_next_failure_is_looked_at(kernel):
    kernel.run("import time")
    before = _descendants(kernel.pid)
    code = "total = 1\nprint(totl)\ntime.sleep(3)"
    # with stop_on_error the kernel may still be dropping requests when the next cell is sent
    parent = kernel.client.execute(code, allow_stdin=False, stop_on_error=False)
    deadline = time.monotonic() + 10
    twins: set[int] = set()
    while not twins and time.monotonic() < deadline:
        twins = _descendants(kernel.pid) - before
    for twin in twins:
        os.kill(twin, signal.SIGKILL)
    shown = []
    while not shown:
        message = kernel.client.get_iopub_msg(timeout=20)
        if message["msg_type"] == "display_data" and message["parent_header"]["msg_id"] == parent:
            shown.append(message["content"]["data"]["text/plain"])
    assert shown[0].startswith("selfcode proposes nothing"), shown
    _, proposal = kernel.fail("total = 1\nprint(totl)")
    assert "+print(total)" in proposal.shown


def test_a_killed_kernel_takes_its_twin_with_it(kernel):
    kernel.client.execute("import time\ntotal = 1\nprint(totl)\ntime.sleep(60)", allow_stdin=False)
    deadline = time.monotonic() + 10
    family: set[int] = set()
    while len(family) < 3 and time.monotonic() < deadline:
        family = _descendants(kernel.pid)
    assert len(family) >= 3, "no twin was seen"
    os.kill(kernel.pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while any(_alive(pid) for pid in family) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [pid for pid in family if _alive(pid)]


def _alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_ledger_that_is_none_keeps_selfcode_from_loading_with_one_line(tmp_path):
    ledger = tmp_path / "data" / "selfcode" / "ledger.sqlite"
    ledger.parent.mkdir(parents=True)
    ledger.write_text("this is no database, and it is longer than a page of one" * 100)
    kernel = Kernel(tmp_path)
    assert kernel.headline.startswith("UsageError: selfcode is not loaded: ")
    assert kernel.run("1 / 0").error.startswith("ZeroDivisionError")
    kernel.close()


def test_settings_come_from_the_configuration_of_ipython_and_from_config(tmp_path):
    profile = tmp_path / "ipython" / "profile_default"
    profile.mkdir(parents=True)
    (profile / "ipython_config.py").write_text("c.Selfcode.mode = 'observe'\n")
    kernel = Kernel(tmp_path)
    assert "mode observe" in kernel.headline
    assert "auto_per_hour" in kernel.run("%config Selfcode").text
    kernel.run("%config Selfcode.mode = 'ask'")
    assert "mode is ask" in kernel.run("%selfcode mode").shown
    kernel.close()
