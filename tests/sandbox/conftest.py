"""After every test: no process, no descriptor and no mount more than before."""

import gc
import os
from multiprocessing import resource_tracker
from pathlib import Path

import pytest

resource_tracker.ensure_running()


def family(ancestor=None):
    """Return the numbers of all processes below `ancestor` (default: this one)."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(text.rpartition(")")[2].split()[1])
    found, pending = set(), {ancestor or os.getpid()}
    while pending:
        pending = {child for child, parent in parents.items() if parent in pending}
        found |= pending
    return found


def belongings():
    gc.collect()
    return family(), len(os.listdir("/proc/self/fd")), Path("/proc/self/mountinfo").read_text()


@pytest.fixture
def family_of():
    return family


@pytest.fixture(autouse=True)
def nothing_is_left_behind():
    from selfcode.sandbox import close_workers

    before = belongings()
    yield
    close_workers()
    assert belongings() == before
