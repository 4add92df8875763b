"""The same loop in terminal IPython, on a real pseudo-terminal."""

import os
import re
import sys

import pexpect
import pytest

pytestmark = pytest.mark.kernel


@pytest.fixture
def terminal(tmp_path):
    environment = {
        **os.environ,
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "JUPYTER_DATA_DIR": str(tmp_path / "data"),
        "TERM": "xterm-256color",
    }
    environment.pop("NO_COLOR", None)
    arguments = ["-m", "IPython", "--no-banner", "--no-confirm-exit", "--simple-prompt"]
    child = pexpect.spawn(
        sys.executable, arguments, env=environment, cwd=str(tmp_path), timeout=30, encoding="utf-8"
    )
    child.setwinsize(50, 120)
    child.expect(r"In \[1\]: ")
    child.sendline("%load_ext selfcode")
    child.expect(r"selfcode is on[^\n]*isolation")
    child.expect(r"In \[2\]: ")
    yield child
    child.close(force=True)


def test_a_failure_is_proposed_for_approved_and_resumed_in_a_terminal(terminal):
    terminal.sendline("total = 20; result = totl + 1")
    terminal.expect("NameError")
    terminal.expect("selfcode proposes")
    terminal.expect(r"\+.*result = total \+ 1")
    terminal.expect("Approve")
    terminal.sendline("%selfcode approve --resume")
    terminal.expect("Approved")
    terminal.sendline("print('result is', result)")
    terminal.expect("result is 21")


def test_a_rest_that_awaits_runs_in_the_terminal_itself(terminal):
    terminal.sendline("import asyncio; wait = asyncio.sleep; log = ['once']")
    terminal.expect(r"In \[3\]: ")
    terminal.sendline("log.append(await wiat(0, 'rest'))")
    terminal.expect("Reject")
    terminal.sendline("%selfcode approve --resume")
    terminal.expect("Approved")
    terminal.sendline("print('+'.join(log))")
    terminal.expect(r"once\+rest")


def test_the_terminal_text_is_coloured_and_leaving_is_clean(terminal):
    terminal.sendline("total = 20; result = totl + 1")
    terminal.expect("selfcode proposes")
    terminal.expect("Reject")
    assert re.search(r"\x1b\[[0-9;]+m", terminal.before)
    terminal.sendline("exit")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 0
