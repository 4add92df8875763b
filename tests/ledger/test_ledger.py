"""The ledger keeps what was decided: appended, sealed, durable, and told apart when touched."""

import json
import os
import re
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
from contextlib import closing

import pytest

from selfcode.errors import BrokenSeal, LedgerError, UsageError
from selfcode.ledger import Ledger, check_chain
from selfcode.records import Entry, Finding, Isolation, Outcome, Verdict, as_json, from_json


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "ledger.sqlite"


@pytest.fixture
def ledger(path):
    ledger = Ledger(path)
    yield ledger
    ledger.close()


def fill(ledger, count=5):
    return [ledger.append("s", "propose", f"__main__:f{n}", "ab" * 32, n=n) for n in range(count)]


def test_an_entry_comes_back_as_it_was_written(ledger):
    verdict = Verdict.of([Finding("parse", Outcome.ACCEPTED, "fine", 0.25)], Isolation.A, "twin")
    written = [
        ledger.append("s1", "propose", "__main__:f", "ab" * 32, verdict=verdict, diff="-a\n+b\n"),
        ledger.append("s2", "reject", "__main__:g", "cd" * 32, because="Größe \ud800 ☃"),
        ledger.append("s1", "mode"),
    ]
    assert ledger.entries() == tuple(written)
    assert [e.number for e in written] == [1, 2, 3]
    assert written[0].data == {"verdict": as_json(verdict), "diff": "-a\n+b\n"}
    assert written[1].data == {"because": "Größe \ud800 ☃"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{3}\+00:00", written[0].time)
    assert ledger.entries(target="__main__:f") == (written[0],)
    assert ledger.entries(session="s1") == (written[0], written[2])
    assert ledger.entries(session="s1", limit=1) == (written[2],)
    assert ledger.entries(limit=0) == ()
    assert ledger.verify() == 3
    assert ledger.head == (3, written[2].seal)


def test_an_empty_ledger_holds(ledger):
    assert (ledger.verify(), ledger.entries(), ledger.head) == (0, (), (0, ""))


def test_it_is_there_again_after_closing(path):
    first = Ledger(path)
    written = fill(first)
    first.close()
    first.close()
    second = Ledger(str(path))
    assert second.entries() == tuple(written)
    assert second.append("s", "mode").number == 6
    assert second.verify() == 6
    second.close()
    with pytest.raises(LedgerError, match="closed"):
        first.append("s", "mode")


def test_only_the_owner_may_read_it(path, ledger):
    fill(ledger)
    ledger.export(path.parent / "out.jsonl")
    modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in (path.parent, *path.parent.iterdir())}
    assert modes.pop("data") == 0o700
    assert set(modes) >= {"ledger.sqlite", "ledger.sqlite.head", "out.jsonl"}
    assert set(modes.values()) == {0o600}


NOT_JSON = {"an object": object(), "not a number": float("nan"), "a set": {1}}


@pytest.mark.parametrize("case", NOT_JSON)
def test_data_that_is_no_json_is_refused_and_nothing_is_written(case, ledger):
    with pytest.raises(UsageError, match="records and JSON values"):
        ledger.append("s", "propose", value=NOT_JSON[case])
    assert ledger.verify() == 0


def test_threads_share_a_ledger(ledger):
    threads = [threading.Thread(target=fill, args=(ledger, 20)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.verify() == 80


WRITER = """
import sys
from selfcode.ledger import Ledger
ledger = Ledger(sys.argv[1])
print('ready', flush=True)
sys.stdin.readline()
for n in range(int(sys.argv[2])):
    ledger.append(sys.argv[3], 'propose', 'm:f', n=n)
    print(n, flush=True)
"""


def start(path, count, name, text=WRITER):
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(text), path, str(count), name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_several_kernels_write_at_once(path):
    writers = [start(path, 100, f"kernel {n}") for n in range(5)]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=60)
        assert writer.returncode == 0
    ledger = Ledger(path)
    assert ledger.verify() == 500
    for n in range(5):
        entries = ledger.entries(session=f"kernel {n}")
        assert [e.data["n"] for e in entries] == list(range(100))
    ledger.close()


def test_several_kernels_begin_a_ledger_at_once(path):
    writers = [start(path, 1, f"kernel {n}") for n in range(4)]
    for writer in writers:
        writer.communicate("go\n", timeout=60)
        assert writer.returncode == 0
    with closing(Ledger(path)) as ledger:
        assert ledger.verify() == 4


def test_what_was_appended_before_a_kill_is_there_and_the_chain_holds(path):
    for round_ in range(3):
        writer = start(path, 100_000, f"killed {round_}")
        writer.stdin.write("go\n")
        writer.stdin.flush()
        assert writer.stdout.readline() == "ready\n"
        said = [writer.stdout.readline() for _ in range(50)][-1]
        writer.kill()
        said = [*writer.stdout.read().splitlines(keepends=True), said]
        writer.wait()
        writer.stdin.close()
        writer.stdout.close()
        last = max(int(line) for line in said if line.endswith("\n"))
        with closing(Ledger(path)) as ledger:
            written = ledger.entries(session=f"killed {round_}")
            assert [e.data["n"] for e in written] == list(range(len(written)))
            assert len(written) in (last + 1, last + 2)
            ledger.verify()


APPROVER = """
import os, signal, sys
from selfcode.ledger import Ledger
ledger = Ledger(sys.argv[1])
ledger.append('dead', 'approve', 'm:done', 'aa')
ledger.append('dead', 'injected', 'm:done', 'aa')
ledger.append('dead', 'approve', 'm:failed', 'bb')
ledger.append('dead', 'not injected', 'm:failed', 'bb')
ledger.append('dead', 'approve', 'm:cut', 'cc', by='user')
ledger.append('dead', 'revert', 'm:back')
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_kill_interrupted_is_recorded_by_the_next_session(path):
    start(path, 0, "", APPROVER).communicate(timeout=60)
    ledger = Ledger(path)
    ledger.append("alive", "approve", "m:mine", "dd")
    cut, back = ledger.unfinished()
    assert (cut.action, cut.target, cut.hash, cut.data["by"]) == ("approve", "m:cut", "cc", "user")
    assert (back.action, back.target) == ("revert", "m:back")
    recovered = ledger.recover()
    told = [(e.session, e.action, e.target, e.hash, e.data) for e in recovered]
    assert told == [
        ("dead", "interrupted", "m:cut", "cc", {"intent": cut.number}),
        ("dead", "interrupted", "m:back", "", {"intent": back.number}),
    ]
    assert ledger.unfinished() == ledger.recover() == ()
    assert ledger.verify() == 9
    ledger.close()


ELSEWHERE = {
    "another machine": {"host": "elsewhere"},
    "another container": {"space": "pid:[1]"},
}


@pytest.mark.parametrize("case", ELSEWHERE)
def test_a_process_that_cannot_be_seen_from_here_is_not_called_dead(case, ledger, monkeypatch):
    from selfcode.ledger import book, process

    seen = {**process.this_process(), "pid": 2**22, **ELSEWHERE[case]}
    monkeypatch.setattr(book, "this_process", lambda: seen)
    ledger.append("far", "approve", "m:f", "aa")
    assert ledger.unfinished() == ()


GONE = {
    "a reused number": {"born": "1"},
    "an earlier boot": {"boot": "0"},
    "no such process": {"pid": 2**22},
}


@pytest.mark.parametrize("case", GONE)
def test_a_process_that_has_surely_ended_is_called_dead(case, ledger, monkeypatch):
    from selfcode.ledger import book, process

    seen = {**process.this_process(), **GONE[case]}
    monkeypatch.setattr(book, "this_process", lambda: seen)
    entry = ledger.append("gone", "approve", "m:f", "aa")
    assert ledger.unfinished() == (entry,)


def test_an_export_reads_back(path, ledger):
    written = fill(ledger, 30)
    out = path.parent / "out.jsonl"
    out.write_text("an older export")
    assert ledger.export(out) == 30
    read = [from_json(Entry, json.loads(line)) for line in out.read_text().splitlines()]
    assert read == written
    assert check_chain(read) == written[-1]
    with pytest.raises(BrokenSeal, match="entry 2 "):
        check_chain([read[0], *read[2:]])
    with pytest.raises(UsageError, match="is the ledger itself"):
        ledger.export(path)
    with pytest.raises(LedgerError, match="No such file"):
        ledger.export(path.parent / "nowhere" / "out.jsonl")
    assert ledger.verify() == 30


STATEMENTS = {
    "update": "UPDATE entries SET action = 'approve' WHERE number = 2",
    "delete": "DELETE FROM entries WHERE number = 5",
    "delete all": "DELETE FROM entries",
    "insert in between": (
        "INSERT INTO entries SELECT 9, time, session, action, target, hash, data, seal "
        "FROM entries WHERE number = 1"
    ),
    "replace": (
        "INSERT OR REPLACE INTO entries SELECT 2, time, session, action, target, hash, data, seal "
        "FROM entries WHERE number = 1"
    ),
    "move the head back": "UPDATE head SET number = 3",
    "remove the head": "DELETE FROM head",
}


@pytest.mark.parametrize("case", STATEMENTS)
def test_the_file_itself_refuses_all_but_appending(case, path, ledger):
    written = fill(ledger)
    raw = sqlite3.connect(path)
    with closing(raw), pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute(STATEMENTS[case])
    assert ledger.entries() == tuple(written)
    assert ledger.verify() == 5


TAMPERED = {
    "an action": ("UPDATE entries SET action = 'approve' WHERE number = 2", 2),
    "a time": ("UPDATE entries SET time = '2020-01-01' WHERE number = 5", 5),
    "a session": ("UPDATE entries SET session = 'x' WHERE number = 1", 1),
    "a target": ("UPDATE entries SET target = 'm:x' WHERE number = 3", 3),
    "a hash": ("UPDATE entries SET hash = '' WHERE number = 3", 3),
    "a seal": ("UPDATE entries SET seal = 'ab' WHERE number = 4", 4),
    "data": ("""UPDATE entries SET data = '{"n":7}' WHERE number = 3""", 3),
    "data that is no JSON": ("UPDATE entries SET data = 'x' WHERE number = 3", 3),
    "data of another type": ("UPDATE entries SET data = x'00' WHERE number = 3", 3),
    "the first removed": ("DELETE FROM entries WHERE number = 1", 1),
    "one removed": ("DELETE FROM entries WHERE number = 3", 3),
    "one removed and the rest renumbered": (
        """DELETE FROM entries WHERE number = 3;
        UPDATE entries SET number = number - 1 WHERE number > 3""",
        3,
    ),
    "two swapped": (
        """UPDATE entries SET number = 99 WHERE number = 2;
        UPDATE entries SET number = 2 WHERE number = 3;
        UPDATE entries SET number = 3 WHERE number = 99""",
        2,
    ),
    "the last removed": ("DELETE FROM entries WHERE number = 5", 5),
    "the last removed and the head moved": (
        """DELETE FROM entries WHERE number = 5;
        UPDATE head SET number = 4, seal = (SELECT seal FROM entries WHERE number = 4)""",
        5,
    ),
    "all removed": ("DELETE FROM entries", 1),
    "all removed and the head moved": ("DELETE FROM entries; UPDATE head SET number = 0", 0),
    "one added": (
        """INSERT INTO entries SELECT 6, time, session, action, target, hash, data, seal
        FROM entries WHERE number = 5""",
        6,
    ),
    "the head removed": ("DELETE FROM head", 0),
}


def tamper(path, script):
    with closing(sqlite3.connect(path)) as raw:
        names = raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in names:
            raw.execute(f"DROP TRIGGER {name}")
        raw.executescript(script)
        raw.commit()


@pytest.mark.parametrize("case", TAMPERED)
def test_tampering_is_found_and_the_entry_named(case, path, ledger):
    script, number = TAMPERED[case]
    fill(ledger)
    tamper(path, script)
    with pytest.raises(BrokenSeal) as broken:
        ledger.verify()
    assert broken.value.number == number


def reseal(path, keep):
    """Do what verify cannot see alone: cut the end off, and the head and the anchor with it."""
    tamper(path, f"DELETE FROM entries WHERE number > {keep}")
    with closing(sqlite3.connect(path)) as raw:
        seal = raw.execute("SELECT seal FROM entries WHERE number = ?", (keep,)).fetchone()[0]
        raw.execute("UPDATE head SET number = ?, seal = ?", (keep, seal))
        raw.commit()
    path.with_name("ledger.sqlite.head").write_text(f"{keep:012} {seal}\n")


def test_a_head_that_was_kept_elsewhere_finds_even_a_forged_end(path, ledger):
    fill(ledger)
    kept = ledger.head
    reseal(path, 3)
    assert ledger.verify() == 3
    with pytest.raises(BrokenSeal) as broken:
        ledger.verify(kept)
    assert broken.value.number == 4
    with pytest.raises(BrokenSeal, match="entry 2 "):
        ledger.verify((2, "0" * 64))


def test_an_older_copy_put_in_place_of_the_ledger_is_found(path):
    with closing(Ledger(path)) as ledger:
        fill(ledger, 3)
    copy = path.read_bytes()
    with closing(Ledger(path)) as ledger:
        fill(ledger, 4)
    path.write_bytes(copy)
    with closing(Ledger(path)) as ledger, pytest.raises(BrokenSeal) as broken:
        ledger.verify()
    assert broken.value.number == 4


def test_a_changed_anchor_is_found_and_a_missing_one_is_made_anew(path, ledger):
    fill(ledger)
    anchor = path.with_name("ledger.sqlite.head")
    anchor.write_text("nonsense")
    with pytest.raises(BrokenSeal, match="does not hold one number"):
        ledger.verify()
    anchor.unlink()
    assert ledger.verify() == 5
    entry = ledger.append("s", "mode")
    assert anchor.read_text() == f"000000000006 {entry.seal}\n"
    assert ledger.verify() == 6


def make_text(path):
    path.write_text("not a database at all, but long enough to be taken for one" * 20)


def make_other(path):
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE mine (x)")


def make_newer(path):
    Ledger(path).close()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA user_version = 99")


def make_damaged(path):
    with closing(Ledger(path)) as ledger:
        fill(ledger, 200)
    data = bytearray(path.read_bytes())
    data[100:4096] = b"\xff" * 3996
    path.write_bytes(data)


UNUSABLE = {
    "text": (make_text, "no SQLite database. Move it away"),
    "another database": (make_other, "is a database of something else"),
    "a newer layout": (make_newer, "by a newer selfcode (layout 99, this one knows 1). Update"),
    "damage": (make_damaged, "it is damaged. Move it away"),
    "a folder": (lambda path: path.mkdir(), "Is a directory"),
    "a file for a folder": (
        lambda path: (path.parent.rmdir(), path.parent.write_text("")),
        "File exists",
    ),
}


@pytest.mark.parametrize("case", UNUSABLE)
def test_a_file_that_cannot_be_a_ledger_is_refused_with_the_next_step(case, path):
    make, said = UNUSABLE[case]
    path.parent.mkdir()
    make(path)
    with pytest.raises(LedgerError, match=re.escape(said)):
        Ledger(path)


def test_a_locked_ledger_is_waited_for_and_then_named(path, monkeypatch):
    from selfcode.ledger import store

    monkeypatch.setattr(store, "WAIT", 0.2)
    ledger = Ledger(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="another program holds it"):
            ledger.append("s", "mode")
        other.execute("ROLLBACK")
    assert ledger.append("s", "mode").number == 1
    ledger.close()


def test_a_full_disk_is_named_and_nothing_is_half_written(path, ledger):
    fill(ledger)
    ledger._writer.execute("PRAGMA max_page_count = 12")
    with pytest.raises(LedgerError, match=r"the disk is full\. Make room"):
        ledger.append("s", "propose", diff="x" * 100_000)
    assert ledger.verify() == 5
    assert ledger.append("s", "mode").number == 6


READ_ONLY = """
import os, sys
os.setgroups([]), os.setgid(65534), os.setuid(65534)
from selfcode.ledger import Ledger
from selfcode.errors import LedgerError
try:
    Ledger(sys.argv[1])
except LedgerError as error:
    print(error)
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become someone else")
def test_a_ledger_that_may_not_be_written_is_named(tmp_path):
    tmp_path.chmod(0o755)
    path = tmp_path / "ledger.sqlite"
    Ledger(path).close()
    path.chmod(0o444)
    text = READ_ONLY.replace("os.setgroups", "from selfcode.ledger import Ledger\nos.setgroups", 1)
    said = start(path, 0, "", text).communicate(timeout=60)[0]
    assert "cannot be used: Permission denied. Check the file" in said


def test_on_a_network_disk_a_rollback_journal_is_used(path, monkeypatch):
    from selfcode.ledger import store

    monkeypatch.setattr(store, "_filesystem", lambda _: "nfs4")
    with closing(Ledger(path)) as ledger:
        fill(ledger)
        assert ledger.verify() == 5
        with closing(sqlite3.connect(path)) as raw:
            assert raw.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_a_forked_child_must_open_its_own(ledger):
    fill(ledger)
    child = os.fork()
    if not child:
        try:
            ledger.append("child", "mode")
        except LedgerError:
            ledger.close()
            os._exit(0)
        os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert ledger.append("s", "mode").number == 6
    assert ledger.verify() == 6
