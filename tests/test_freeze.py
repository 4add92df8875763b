"""The off switch of plain Python: every doubt freezes, every deciding call is refused."""

import inspect
import os
import threading
import time
from pathlib import Path

import pytest

import selfcode
from selfcode import face
from selfcode.cli import main
from selfcode.errors import Frozen, PlaceLost, RefusedError
from selfcode.freeze import Freeze

WRONG = "def double(x):\n    return 3 * x"
TESTS = "assert double(2) == 4"


@pytest.fixture
def freeze(tmp_path):
    return Freeze(tmp_path / "data" / "selfcode" / "frozen", (str(tmp_path / "system"),))


@pytest.fixture
def of_this_process(freeze, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(freeze.marker.parents[1]))
    face._freeze.cache_clear()
    yield freeze
    face._freeze.cache_clear()


def _directory(marker: Path) -> None:
    marker.mkdir(parents=True)


def _dangling(marker: Path) -> None:
    marker.parent.mkdir(parents=True)
    marker.symlink_to("nowhere")


def _loop(marker: Path) -> None:
    marker.parent.parent.mkdir(parents=True)
    marker.parent.symlink_to(marker.parent)


def _no_folder(marker: Path) -> None:
    marker.parent.parent.mkdir(parents=True)
    marker.parent.write_text("")


def _written(content: bytes):
    def write(marker: Path) -> None:
        marker.parent.mkdir(parents=True)
        marker.write_bytes(content)

    return write


DOUBTS = {
    "an empty marker": _written(b""),
    "a marker that says it is off": _written(b'{"frozen": false}'),
    "a marker of bytes": _written(b"\xff\x1b[2J" * 100),
    "a folder": _directory,
    "a link to nothing": _dangling,
    "a folder that links to itself": _loop,
    "a folder that is a file": _no_folder,
}


@pytest.mark.parametrize("name", DOUBTS)
def test_every_doubt_about_the_marker_freezes_in_one_clean_line(freeze, name):
    assert freeze.why() == ""
    DOUBTS[name](freeze.marker)
    why = freeze.why()
    assert why.startswith("selfcode is frozen")
    assert why.isprintable()
    with pytest.raises(Frozen, match="selfcode is frozen"):
        freeze.require_off()


@pytest.mark.parametrize(
    ("limits", "frozen"),
    [
        ('{"Selfcode": {"frozen": true}}', True),
        ('{"Selfcode": {"frozen": false}}', False),
        ('{"Selfcode": {"mode": "ask"}}', False),
        ('{"Selfcode": {"frozen": "yes"}}', True),
        ("{", True),
        ("", True),
    ],
)
def test_an_administrators_limits_freeze_and_so_do_broken_ones(freeze, limits, frozen):
    folder = Path(freeze.folders[0])
    folder.mkdir()
    (folder / "selfcode_config.json").write_text(limits)
    assert bool(freeze.why()) is frozen
    assert bool(freeze.by_administrator()) is frozen


def test_the_first_who_freezes_is_remembered_and_the_marker_is_private(freeze):
    os.umask(before := os.umask(0))
    assert freeze.begin("command line")
    assert not freeze.begin("user")
    os.umask(before)
    assert "by the command line" in freeze.why()
    assert freeze.marker.stat().st_mode & 0o777 == 0o600
    assert freeze.marker.parent.stat().st_mode & 0o777 == 0o700


def test_lifting_asks_for_a_new_word_each_time_and_notes_the_intent_first(freeze):
    freeze.begin("user")
    noted, prompts = [], []

    def note(action, **data):
        noted.append((action, freeze.marker.exists()))

    def wrong(prompt):
        prompts.append(prompt)
        return prompts[0].split()[1] if len(prompts) > 1 else "y"

    def nobody(prompt):
        raise EOFError

    for ask in (wrong, wrong, nobody):
        with pytest.raises(RefusedError, match="the word was not typed"):
            freeze.lift(note, "user", ask)
    freeze.lift(note, "user", lambda prompt: f" {prompt.split()[1]}\n")
    assert len(set(prompts)) == 2
    assert noted == [("refused", True)] * 3 + [("unfreeze", True)]
    assert freeze.why() == ""


def test_nothing_is_lifted_that_cannot_be_noted(freeze):
    freeze.begin("user")

    def note(action, **data):
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        freeze.lift(note, "user", lambda prompt: prompt.split()[1])
    assert freeze.why()


def test_an_administrators_freeze_is_not_even_asked_about(freeze):
    Path(freeze.folders[0]).mkdir()
    (Path(freeze.folders[0]) / "selfcode_config.json").write_text('{"Selfcode": {"frozen": true}}')
    noted = []
    with pytest.raises(RefusedError, match="administrator"):
        freeze.lift(lambda *a, **k: noted.append((a, k)), "user", pytest.fail)
    assert [action for (action,), _ in noted] == ["refused"]


def test_what_runs_when_a_freeze_begins_is_ended_and_leaves_no_thread(freeze):
    ended = threading.Event()

    def work():
        assert ended.wait(5)
        raise PlaceLost("the twin is closed")

    threading.Timer(0.1, freeze.begin, ["user"]).start()
    with pytest.raises(Frozen), freeze.ending(ended.set):
        work()
    with pytest.raises(Frozen), freeze.ending(pytest.fail):
        pytest.fail("it ran")
    assert "selfcode-freeze" not in [thread.name for thread in threading.enumerate()]


def test_a_result_that_came_too_late_is_not_given(freeze):
    with pytest.raises(Frozen), freeze.ending(lambda: None):
        freeze.begin("user")


def test_a_ledger_that_cannot_be_written_keeps_nobody_from_freezing(of_this_process, capsys):
    of_this_process.marker.parent.mkdir(parents=True)
    of_this_process.marker.with_name("ledger.sqlite").write_text("no database" * 500)
    assert main(["freeze"]) == 1
    printed = capsys.readouterr()
    assert printed.out.startswith("Frozen, in all your kernels.")
    assert printed.err.startswith("selfcode: the ledger ")
    assert of_this_process.why()
    assert main(["unfreeze"]) == 1
    assert of_this_process.why()


def double(x):
    return 3 * x


CALLS = {
    "vet": lambda folder: selfcode.vet(WRONG, tests=TESTS),
    "repair": lambda folder: selfcode.repair(WRONG, tests=TESTS),
    "evolve": lambda folder: selfcode.evolve(WRONG, tests=TESTS),
    "inject": lambda folder: selfcode.inject(double, "def double(x):\n    return 2 * x"),
    "propose": lambda folder: selfcode.propose(ValueError("1")),
    "heal": lambda folder: selfcode.heal(folder / "none.ipynb", folder / "out.ipynb"),
}


@pytest.mark.parametrize("name", CALLS)
def test_each_deciding_function_of_the_face_is_refused_while_frozen(
    of_this_process, tmp_path, name
):
    of_this_process.begin("user")
    with pytest.raises(Frozen, match="`selfcode unfreeze`"):
        CALLS[name](tmp_path)
    assert double(2) == 6


def test_going_back_works_while_frozen(of_this_process):
    selfcode.inject(double, "def double(x):\n    return 2 * x")
    assert double(2) == 4
    of_this_process.begin("user")
    selfcode.revert(double)
    assert double(2) == 6
    assert "3 * x" in inspect.getsource(double)


SLOW = "import time\n\n\ndef double(x):\n    time.sleep(20)\n    return 2 * x"


def test_a_trial_under_way_ends_when_frozen_and_the_next_one_works(of_this_process):
    began = time.monotonic()
    threading.Timer(1.0, of_this_process.begin, ["command line"]).start()
    with pytest.raises(Frozen):
        selfcode.vet(SLOW, tests=TESTS, timeout=30)
    assert time.monotonic() - began < 8
    of_this_process.marker.unlink()
    assert selfcode.repair(WRONG, tests=TESTS).patches
