"""A kernel killed between intent and injection leaves a trace and a sound ledger."""

import pytest

from conftest import Kernel

pytestmark = pytest.mark.kernel

KILL_AT_INJECTION = """
import os, signal
from selfcode.integration.lineage import Lineages
Lineages.inject = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)
"""


def test_an_approval_cut_off_by_kill_9_is_recorded_as_interrupted(tmp_path):
    first = Kernel(tmp_path)
    first.run("def last(values):\n    return values[len(values)]")
    first.fail("last([1, 2])")
    first.run(KILL_AT_INJECTION)
    first.client.execute("%selfcode approve", allow_stdin=False)
    first.manager.provisioner.process.wait(timeout=20)
    first.close()

    second = Kernel(tmp_path)
    assert "match their seals" in second.run("%selfcode ledger verify").shown
    second.run("%selfcode ledger export all.jsonl")
    second.run(
        "import json\nentries = [json.loads(line) for line in open('all.jsonl')]\n"
        "actions = [entry['action'] for entry in entries]"
    )
    assert second.value("actions") == "['propose', 'approve', 'interrupted']"
    second.close()
