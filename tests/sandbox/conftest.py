"""After every test: no process, no descriptor and no mount more than before."""

from multiprocessing import resource_tracker

import pytest

from soak import belongings, family

resource_tracker.ensure_running()


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
