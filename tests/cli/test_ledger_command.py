"""`selfcode ledger` on a real ledger: whole, changed afterwards, exported, and no ledger at all."""

import json
import sqlite3

import pytest

from selfcode.cli import main
from selfcode.ledger import Ledger


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    path = tmp_path / "jupyter" / "selfcode" / "ledger.sqlite"
    path.parent.mkdir(parents=True)
    entries = Ledger(str(path))
    for number in range(3):
        entries.append("session", "propose", "__main__:f", f"{number:064}")
    entries.close()
    return path


def test_a_whole_ledger_is_verified(ledger, capsys):
    assert main(["ledger", "verify"]) == 0
    assert capsys.readouterr().out == (
        f"The ledger holds: 3 entries match their seals ({ledger}).\n"
    )


def test_an_entry_changed_afterwards_ends_with_1(ledger, capsys):
    connection = sqlite3.connect(ledger)
    (table,) = next(iter(connection.execute("SELECT name FROM sqlite_master WHERE type='table'")))
    triggers = connection.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall()
    for (trigger,) in triggers:
        connection.execute(f"DROP TRIGGER {trigger}")
    connection.execute(f"UPDATE {table} SET action = 'approve' WHERE number = 2")
    connection.commit()
    connection.close()
    assert main(["ledger", "verify", "--ledger", str(ledger)]) == 1
    assert capsys.readouterr().err.startswith("selfcode: entry 2 of the ledger does not match")


def test_an_export_holds_every_entry_and_overwrites_nothing(ledger, tmp_path, capsys):
    target = tmp_path / "entries.jsonl"
    assert main(["ledger", "export", str(target)]) == 0
    lines = target.read_text().splitlines()
    assert [json.loads(line)["number"] for line in lines] == [1, 2, 3]
    assert main(["ledger", "export", str(target)]) == 2
    assert target.read_text().splitlines() == lines
    assert "exists already" in capsys.readouterr().err


def test_a_file_that_is_no_ledger_is_one_line(tmp_path, capsys):
    other = tmp_path / "other.sqlite"
    other.write_text("this is no database, but a text that is long enough to be read as one" * 20)
    assert main(["ledger", "verify", "--ledger", str(other)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("selfcode: ")
