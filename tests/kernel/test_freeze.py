"""`%selfcode freeze` stops everything, everywhere, at once; only a person lifts it."""

import json
import os
import queue
import re
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pexpect
import psutil
import pytest
from nbclient import NotebookClient

from conftest import Kernel, Ran

pytestmark = pytest.mark.kernel

FAILING = "total = 1\nresult = totl + 1"
EVOLVED = "%%evolve\ndef one():\n    return 2\nassert one() == 1"
FROZEN = "selfcode is frozen since "
NEXT = "`%selfcode unfreeze`"
SELFCODE = [sys.executable, "-c", "import sys; from selfcode.cli import main; sys.exit(main())"]


def typed(kernel: Kernel, code: str, answer=lambda word: word) -> tuple[Ran, list[str]]:
    """Run a cell as a front end that can ask; return it, and the prompts that it showed."""
    client = kernel.client
    parent = client.execute(code, allow_stdin=True, stop_on_error=False)
    prompts: list[str] = []
    end = time.monotonic() + 30
    reply = None
    while reply is None and time.monotonic() < end:
        try:
            request = client.get_stdin_msg(timeout=0.05)
            prompts.append(request["content"]["prompt"])
            word = re.search(r"Type (\w+) ", prompts[-1])
            client.input(answer(word[1] if word else ""))
        except queue.Empty:
            pass
        try:
            reply = client.get_shell_msg(timeout=0.05)
            reply = reply if reply["parent_header"].get("msg_id") == parent else None
        except queue.Empty:
            pass
    assert reply, "the cell did not end"
    ran = Ran()
    kernel._collect(ran, parent, 5, until_idle=True)
    return ran, prompts


def entries(kernel: Kernel) -> list[dict]:
    kernel.run("%selfcode ledger export entries.jsonl")
    lines = (kernel.folder / "entries.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def is_frozen(kernel: Kernel) -> bool:
    return (kernel.folder / "data" / "selfcode" / "frozen").exists()


@pytest.fixture(scope="module")
def one_kernel(tmp_path_factory):
    kernel = Kernel(tmp_path_factory.mktemp("frozen"))
    kernel.run("%selfcode freeze")
    yield kernel
    kernel.close()


def test_a_freeze_stops_every_command_that_changes_code_and_says_what_to_do_next(kernel):
    kernel.fail(FAILING)
    assert "Frozen, in all your kernels" in kernel.run("%selfcode freeze").shown
    for command in ("approve", "approve --resume", "fix", "fix --wait", "resume"):
        ran = kernel.run(f"%selfcode {command}")
        assert ran.text.startswith(f"UsageError: selfcode: {FROZEN}"), (command, ran)
        assert NEXT in ran.text
        assert len(ran.text.strip().splitlines()) == 1
    evolved = kernel.run(EVOLVED)
    assert evolved.text.startswith(f"UsageError: selfcode: {FROZEN}")
    assert kernel.value("'one' in globals(), 'result' in globals()") == "(False, False)"
    shown = kernel.run("%selfcode status").shown
    assert shown.startswith("✗ selfcode is frozen since")
    assert NEXT in shown
    assert NEXT in kernel.run("%selfcode show").shown


def test_a_failure_while_frozen_is_not_looked_at_and_forks_nothing(one_kernel):
    before = psutil.Process(one_kernel.pid).children(recursive=True)
    failed, shown = one_kernel.fail(FAILING)
    assert failed.error.startswith("NameError")
    assert shown.shown.startswith(f"selfcode proposes nothing: {FROZEN}")
    assert psutil.Process(one_kernel.pid).children(recursive=True) == before


def test_the_freeze_outlives_a_kernel_that_is_killed_and_the_headline_says_so(tmp_path):
    first = Kernel(tmp_path)
    first.run("%selfcode freeze")
    first.close()
    marker = tmp_path / "data" / "selfcode" / "frozen"
    assert marker.stat().st_mode & 0o777 == 0o600
    second = Kernel(tmp_path)
    assert second.headline.startswith(FROZEN)
    assert "by the user" in second.headline
    assert NEXT in second.headline
    assert len(second.headline.strip().splitlines()) == 1
    assert FROZEN in second.fail(FAILING)[1].shown
    second.run("%unload_ext selfcode")
    assert second.run("%load_ext selfcode").text.startswith(FROZEN)
    second.close()


def test_two_kernels_are_frozen_and_unfrozen_as_one(tmp_path):
    first, second = Kernel(tmp_path), Kernel(tmp_path)
    second.fail(FAILING)
    first.run("%selfcode freeze")
    assert FROZEN in second.run("%selfcode approve").text
    assert second.value("'result' in globals()") == "False"
    ran, prompts = typed(second, "%selfcode unfreeze")
    assert "The freeze is lifted" in ran.shown
    assert len(prompts) == 1
    assert "+result = total + 1" in first.fail(FAILING)[1].shown
    assert not second.run("%selfcode approve --resume").text
    assert second.value("result") == "2"
    told = [(e["action"], e["data"].get("attempt"), e["data"].get("by")) for e in entries(first)]
    assert told == [
        ("propose", None, None),
        ("freeze", None, "user"),
        ("refused", "approve", "user"),
        ("unfreeze", None, "user"),
        ("propose", None, None),
        ("approve", None, "user"),
        ("injected", None, None),
    ]
    assert "match their seals" in first.run("%selfcode ledger verify").shown
    first.close()
    second.close()


def test_a_trial_under_way_in_another_kernel_ends_and_proposes_nothing(tmp_path):
    first, second = Kernel(tmp_path), Kernel(tmp_path)
    second.run("import time")
    warm = set(psutil.Process(second.pid).children(recursive=True))
    second.run("total = 1\nprint(totl)\ntime.sleep(4)")
    deadline = time.monotonic() + 10
    while len(twins := _children(second, warm)) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert twins, "no twin was seen"
    first.run("%selfcode freeze")
    began = time.monotonic()
    _gone, alive = psutil.wait_procs(twins, timeout=3)
    assert not alive
    assert time.monotonic() - began < 2
    later = Ran()
    second._collect(later, second.parent, 10, until_idle=False)
    assert later.shown.startswith(f"selfcode proposes nothing: {FROZEN}")
    assert "propose" not in [entry["action"] for entry in entries(second)]
    first.close()
    second.close()


def _children(kernel: Kernel, known: set) -> list:
    return [c for c in psutil.Process(kernel.pid).children(recursive=True) if c not in known]


def test_a_search_under_way_has_ended_when_freeze_returns(kernel):
    warm = set(psutil.Process(kernel.pid).children(recursive=True))
    kernel.run(
        "%%evolve --seconds 30\ndef f(x):\n    return x + 1\nassert f(1) == 99\nassert f(2) == 7"
    )
    parent = kernel.parent
    began = time.monotonic()
    kernel.run("%selfcode freeze")
    assert time.monotonic() - began < 3
    assert _children(kernel, warm) == []
    later = Ran()
    kernel._collect(later, parent, 5, until_idle=False)
    if later.displays:  # else it was shown before the freeze was sent
        assert FROZEN in later.shown


def test_the_auto_mode_approves_nothing_while_frozen(kernel):
    kernel.run("%selfcode mode auto")
    kernel.run("def last(values):\n    return values[len(values)]")
    kernel.run("%selfcode freeze")
    kernel.fail("last([1, 2])")
    assert kernel.run("last([1, 2])").error.startswith("IndexError")


def test_going_back_works_while_frozen(kernel):
    kernel.run("def last(values):\n    return values[len(values)]")
    kernel.fail("last([1, 2])")
    kernel.run("%selfcode approve")
    kernel.run("%selfcode freeze")
    assert "back at version 1" in kernel.run("%selfcode revert last").shown
    assert kernel.run("last([1, 2])").error.startswith("IndexError")
    assert "also while frozen" in kernel.run("%selfcode --help").text


# name: a cell that a program, not a person, would lift the freeze with
ATTEMPTS = {
    "a magic called by code": "get_ipython().run_line_magic('selfcode', 'unfreeze')",
    "a cell run by code": "get_ipython().run_cell('%selfcode unfreeze')",
    "a cell run by a function": (
        "def help_out():\n    return get_ipython().run_cell('%selfcode unfreeze', True)\nhelp_out()"
    ),
    "the command among other lines": "x = 1\n%selfcode unfreeze",
    "the command behind a comment": (
        "get_ipython().run_line_magic('selfcode', 'unfreeze')  # %selfcode unfreeze"
    ),
    "a timed command": "%time get_ipython().run_line_magic('selfcode', 'unfreeze')",
    "the magic's own function": (
        "get_ipython().magics_manager.magics['line']['selfcode']('unfreeze')"
    ),
    "automagic": "selfcode unfreeze",
    "an input that is answered by code": (
        "import builtins\nbuiltins.input = lambda prompt='': prompt.split()[1]\n"
        "get_ipython().kernel.raw_input = builtins.input\n"
        "get_ipython().run_line_magic('selfcode', 'unfreeze')"
    ),
    "a request that code makes up": (
        "kernel = get_ipython().kernel\n"
        "import asyncio\n"
        "await kernel.do_execute('%selfcode unfreeze', False, True, {}, True)"
    ),
    "a made up cell event": (
        "from IPython.core.interactiveshell import ExecutionInfo\n"
        "shell = get_ipython()\n"
        "shell.events.trigger('pre_run_cell', ExecutionInfo('%selfcode unfreeze', 1, 0, 1, 'a'))\n"
        "shell.run_line_magic('selfcode', 'unfreeze')"
    ),
    "a transformer of cells": (
        "def becomes(lines):\n"
        "    return ['%selfcode unfreeze\\n'] if lines == ['bait\\n'] else lines\n"
        "get_ipython().input_transformers_cleanup.append(becomes)"
    ),
    "a transformed cell": "bait",
}


@pytest.mark.parametrize("name", ATTEMPTS)
def test_no_code_lifts_the_freeze_even_where_every_question_is_answered(one_kernel, name):
    ran, prompts = typed(one_kernel, ATTEMPTS[name])
    assert prompts == [], ran
    assert is_frozen(one_kernel)
    if name != "a transformer of cells":
        assert "typed by a person" in ran.text, ran


def test_every_attempt_to_lift_it_is_in_the_ledger(one_kernel):
    before = len(entries(one_kernel))
    typed(one_kernel, ATTEMPTS["a magic called by code"])
    (entry,) = entries(one_kernel)[before:]
    assert entry["action"] == "refused"
    assert entry["data"]["attempt"] == "unfreeze"
    assert "typed by a person" in entry["data"]["reason"]


def test_a_person_types_the_command_and_the_word(one_kernel):
    _, (first,) = typed(one_kernel, "%selfcode unfreeze", answer=lambda word: "yes")
    assert is_frozen(one_kernel)
    refused, (second,) = typed(one_kernel, "%selfcode unfreeze", answer=lambda word: "")
    assert "the word was not typed" in refused.text
    assert first != second
    assert "cannot ask a person" in one_kernel.run("%selfcode unfreeze").text
    assert is_frozen(one_kernel)
    lifted, _ = typed(one_kernel, "  %selfcode  unfreeze\n")
    assert "The freeze is lifted" in lifted.shown
    assert not is_frozen(one_kernel)
    assert "nothing is frozen" in typed(one_kernel, "%selfcode unfreeze")[0].text
    one_kernel.run("%selfcode freeze")


def test_what_code_put_in_the_place_of_input_is_not_asked(one_kernel):
    one_kernel.run(
        "import builtins\nanswered = []\n"
        "builtins.input = lambda prompt='': answered.append(prompt) or prompt.split()[1]\n"
        "get_ipython().kernel.raw_input = builtins.input"
    )
    _, prompts = typed(one_kernel, "%selfcode unfreeze", answer=lambda word: "no")
    assert len(prompts) == 1
    assert is_frozen(one_kernel)
    assert one_kernel.value("answered") == "[]"


def test_a_marker_that_cannot_be_looked_at_counts_as_frozen(tmp_path):
    kernel = Kernel(tmp_path)
    kernel.fail(FAILING)
    folder = tmp_path / "data" / "selfcode"
    folder.rename(tmp_path / "elsewhere")
    folder.write_text("")  # the marker's folder is no folder any more
    refused = kernel.run("%selfcode show")
    assert "cannot be told" in refused.shown
    folder.unlink()
    (tmp_path / "elsewhere").rename(folder)
    assert not kernel.run("%selfcode approve --resume").text
    kernel.close()


def test_an_administrators_limit_freezes_at_once_and_no_user_lifts_it(tmp_path):
    limits = tmp_path / "system"
    limits.mkdir()
    kernel = Kernel(tmp_path, load=False)
    kernel.run(f"import jupyter_core.paths as p\np.SYSTEM_CONFIG_PATH.append({str(limits)!r})")
    kernel.run("%load_ext selfcode")
    kernel.fail(FAILING)
    (limits / "selfcode_config.json").write_text('{"Selfcode": {"frozen": true}}')
    assert "frozen by this system's administrator" in kernel.run("%selfcode approve").text
    assert "frozen by this system's administrator" in kernel.run("%reload_ext selfcode").text
    assert "frozen = True" in kernel.run("%selfcode status").shown
    ran, prompts = typed(kernel, "%selfcode unfreeze")
    assert "only they can lift it" in ran.text
    assert prompts == []
    kernel.run("%config Selfcode.frozen = False")
    assert "frozen = True" in kernel.run("%selfcode status").shown
    (limits / "selfcode_config.json").write_text("not json")
    assert "selfcode is frozen: " in kernel.run("%selfcode fix").text
    kernel.close()


def test_help_and_completion_know_both_commands(one_kernel):
    shown = one_kernel.run("%selfcode --help").text
    assert "freeze" in shown
    assert "only a person" in one_kernel.run("%selfcode unfreeze --help").text
    for code, wanted in {"%selfcode fre": "freeze", "%selfcode unf": "unfreeze"}.items():
        one_kernel.client.complete(code)
        reply = one_kernel.client.get_shell_msg(timeout=20)
        while reply["msg_type"] != "complete_reply":
            reply = one_kernel.client.get_shell_msg(timeout=20)
        assert wanted in reply["content"]["matches"]


# -- other ways in --------------------------------------------------------------------------------


@pytest.fixture
def account(tmp_path, monkeypatch):
    """A user whose selfcode is frozen, by the command line."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    frozen = subprocess.run([*SELFCODE, "freeze"], capture_output=True, text=True, check=False)
    assert frozen.returncode == 0, frozen.stderr
    assert frozen.stdout.startswith("Frozen, in all your kernels.")
    return tmp_path


def _marker(folder: Path) -> Path:
    return folder / "data" / "selfcode" / "frozen"


def test_a_notebook_that_nbclient_runs_cannot_lift_it(account):
    cells = ["%load_ext selfcode", "%selfcode unfreeze"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    NotebookClient(notebook, timeout=60, allow_errors=True).execute()
    said = "".join(output.get("text", "") for output in notebook.cells[1].outputs)
    assert "cannot ask a person" in said
    assert _marker(account).exists()


def test_heal_stops_before_it_runs_anything_and_writes_nothing(account):
    cells = [
        nbformat.v4.new_code_cell("open('ran', 'w').close()"),
        nbformat.v4.new_code_cell(FAILING),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), account / "broken.ipynb")
    command = [*SELFCODE, "heal", "broken.ipynb", "-o", "healed.ipynb", "--yes"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=account)
    assert ran.returncode == 1
    assert ran.stderr.startswith(f"selfcode: {FROZEN}")
    assert len(ran.stderr.splitlines()) == 1
    assert not (account / "healed.ipynb").exists()
    assert not (account / "ran").exists()


FREEZING = (
    "import subprocess, sys\n"
    "program = \"from selfcode.cli import main; main(['freeze'])\"\n"
    "subprocess.run([sys.executable, '-c', program], check=True)"
)


@pytest.mark.parametrize("last", [FAILING, "result = 2"])
def test_a_notebook_that_is_frozen_while_it_is_healed_is_not_written(account, last):
    _marker(account).unlink()
    cells = [nbformat.v4.new_code_cell(text) for text in (FREEZING, last)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), account / "broken.ipynb")
    command = [*SELFCODE, "heal", "broken.ipynb", "-o", "healed.ipynb", "--yes"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=account)
    assert ran.returncode == 1
    assert "Not healed" in ran.stdout
    assert FROZEN in ran.stdout
    assert not (account / "healed.ipynb").exists()


def test_the_command_line_lifts_it_only_for_who_types_the_word_at_a_terminal(account):
    piped = subprocess.run(
        [*SELFCODE, "unfreeze"],
        input="y\n" * 20,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,  # as a kernel's children are: without a terminal
    )
    assert piped.returncode == 1
    assert "Type `selfcode unfreeze` in a terminal" in piped.stderr
    assert _marker(account).exists()
    for answer, code in (("no", 1), ("the word", 0)):
        child = pexpect.spawn(SELFCODE[0], [*SELFCODE[1:], "unfreeze"], encoding="utf-8")
        child.expect(r"Type (\w+) to lift the freeze: ")
        child.sendline(child.match[1] if code == 0 else answer)
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == code
        assert _marker(account).exists() is (code == 1)
    exported = subprocess.run(
        [*SELFCODE, "ledger", "export", str(account / "all.jsonl")], check=True, capture_output=True
    )
    assert not exported.stderr
    lines = (account / "all.jsonl").read_text().splitlines()
    assert [json.loads(line)["action"] for line in lines] == [
        "freeze",
        "refused",
        "refused",
        "unfreeze",
    ]


def test_terminal_ipython_asks_at_the_terminal_and_only_for_what_was_typed(account):
    arguments = ["-m", "IPython", "--no-banner", "--no-confirm-exit", "--simple-prompt"]
    environment = {**os.environ, "TERM": "dumb"}
    child = pexpect.spawn(
        sys.executable, arguments, env=environment, cwd=str(account), timeout=30, encoding="utf-8"
    )
    child.expect(r"In \[1\]: ")
    child.sendline("%load_ext selfcode")
    child.expect("selfcode is frozen since")
    child.expect(r"In \[2\]: ")
    child.sendline("get_ipython().run_cell('%selfcode unfreeze')")
    child.expect("typed by a person")
    child.expect(r"In \[3\]: ")
    child.sendline("%selfcode unfreeze")
    child.expect(r"Type (\w+) to lift the freeze: ")
    child.sendline(child.match[1])
    child.expect("The freeze is lifted")
    assert not _marker(account).exists()
    child.close(force=True)
