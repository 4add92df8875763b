"""Every system call is tried in a trial of its own: exactly the published ones get through."""

import platform

import pytest

from danger.census import PUBLISHED, taken, written
from selfcode.sandbox.worker import Worker

pytestmark = pytest.mark.danger


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the list is that of x86_64")
def test_exactly_the_published_calls_get_through():
    worker = Worker("selfcode.sandbox.script:run_source")
    try:
        census = written(taken(worker))
    finally:
        worker.close()
    assert census == PUBLISHED.read_text()
