"""The ledger: entries are appended, never changed, and sealed one to the next."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from selfcode.errors import BrokenSeal, LedgerError, UsageError
from selfcode.ledger.anchor import read_anchor, write_anchor
from selfcode.ledger.chain import GENESIS, canonical, check_chain, seal_of
from selfcode.ledger.process import has_ended, this_process
from selfcode.ledger.store import connect, create, transaction, translated
from selfcode.records import Entry, as_json

_COLUMNS = "number, time, session, action, target, hash, data, seal"
_OUTCOMES = {
    "approve": ("injected", "not injected", "interrupted"),
    "revert": ("reverted", "not reverted", "interrupted"),
}
_OPEN_INTENTS = f"""
SELECT {_COLUMNS} FROM entries AS intent WHERE action = ? AND NOT EXISTS (
    SELECT 1 FROM entries AS outcome
    WHERE outcome.session = intent.session AND outcome.number > intent.number
    AND outcome.target = intent.target AND outcome.hash = intent.hash
    AND outcome.action IN (?, ?, ?)
) ORDER BY number
"""


class Ledger:
    """An append-only record in one SQLite file; several kernels may write to it at once.

    Each entry is sealed with everything before it, so a change, removal, insertion or move is
    found by `verify`. Not found is what a person does who may write the file and seals the whole
    rest anew, anchor included, unless a seal was kept elsewhere: see `head` and `verify`.

    The threads of a process may share it; a forked child must open its own. Raises `LedgerError`
    with the next step whenever the file cannot be used.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).absolute()
        self._anchor = self.path.with_name(f"{self.path.name}.head")
        self._lock = threading.Lock()
        self._owner = os.getpid()
        create(self.path)
        with translated(self.path):
            self._writer: sqlite3.Connection | None = connect(self.path)

    def close(self) -> None:
        """Let go of the file; calling it twice is fine."""
        with self._lock:
            writer, self._writer = self._writer, None
            if writer is not None and self._owner == os.getpid():
                writer.close()

    def append(
        self, session: str, action: str, target: str = "", hash: str = "", **data: Any
    ) -> Entry:
        """Return the new entry, which is on the disk by then.

        `data` may hold records and JSON values. The intents `approve` and `revert` also note the
        process, so that `unfinished` can tell an interrupted one from one that still runs.
        """
        with self._writing() as writer:
            entry = _append(writer, session, action, target, hash, data)
        self._note(entry)
        return entry

    def entries(
        self, target: str | None = None, session: str | None = None, limit: int | None = None
    ) -> tuple[Entry, ...]:
        """Return the entries of `target` and `session`, oldest first: the last `limit`."""
        query = (
            f"SELECT {_COLUMNS} FROM entries WHERE (?1 IS NULL OR target = ?1) "
            "AND (?2 IS NULL OR session = ?2) ORDER BY number DESC LIMIT ?3"
        )
        with self._reading() as reader:
            rows = reader.execute(query, (target, session, -1 if limit is None else limit))
            return tuple(reversed([_entry(row) for row in rows]))

    @property
    def head(self) -> tuple[int, str]:
        """Number and seal of the newest entry: keep it elsewhere, and `verify` against it."""
        with self._reading() as reader:
            return _head(reader)

    def verify(self, kept: tuple[int, str] | None = None) -> int:
        """Return how many entries there are, each of them matching its seal.

        Raises `BrokenSeal` that names the first entry which does not, or which is gone. `kept` is a
        `head` noted before: that very entry must still be there, which no one can forge.
        """
        # The anchor is never ahead of the ledger, so it has to be read before it.
        noted = [anchor for anchor in (kept, read_anchor(self._anchor)) if anchor]
        with self._reading() as reader:
            head = _head(reader)
            last = check_chain(_entry(row) for row in _rows(reader))
            count, seal = (last.number, last.seal) if last else (0, GENESIS)
            if count < head[0]:
                raise BrokenSeal(count + 1, f"it is gone, and all up to entry {head[0]} with it")
            if (count, seal) != head:
                raise BrokenSeal(count, "it is not the entry that was noted as the newest")
            for number, known in noted:
                self._check_noted(reader, count, number, known)
        return count

    def _check_noted(self, reader: sqlite3.Connection, count: int, number: int, known: str) -> None:
        if number > count:
            raise BrokenSeal(count + 1, f"it is gone, and all up to entry {number} with it")
        found = reader.execute("SELECT seal FROM entries WHERE number = ?", (number,)).fetchone()
        if number and found != (known,):
            raise BrokenSeal(number, "its seal is not the one that was noted when it was written")

    def export(self, file: str | os.PathLike[str]) -> int:
        """Write all entries to `file`, one JSON object per line; return how many there are.

        The file appears whole or not at all, readable by its owner only.
        """
        path = Path(file).absolute()
        if path in (self.path, self._anchor):
            raise UsageError(f"{path} is the ledger itself. Name another file to export to.")
        with self._reading() as reader, _replacing(path) as stream:
            count = 0
            for row in _rows(reader):
                stream.write(json.dumps(as_json(_entry(row))) + "\n")
                count += 1
        return count

    def unfinished(self) -> tuple[Entry, ...]:
        """Return the intents without an outcome whose process has surely ended, oldest first."""
        with self._reading() as reader:
            return _unfinished(reader)

    def recover(self) -> tuple[Entry, ...]:
        """Give each unfinished intent the outcome `interrupted`; return these new entries."""
        with self._writing() as writer:
            found = tuple(
                _append(writer, i.session, "interrupted", i.target, i.hash, {"intent": i.number})
                for i in _unfinished(writer)
            )
        for entry in found[-1:]:
            self._note(entry)
        return found

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        if self._owner != os.getpid():
            raise LedgerError("a forked process must open the ledger anew: Ledger(path).")
        with self._lock:
            if self._writer is None:
                raise LedgerError("the ledger is closed. Load selfcode again to open it.")
            with translated(self.path), transaction(self._writer):
                yield self._writer

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection that sees one state of the ledger, and does not hold up writers."""
        with translated(self.path), closing(connect(self.path)) as reader:
            reader.execute("PRAGMA query_only = ON")
            reader.execute("BEGIN")
            yield reader

    def _note(self, entry: Entry) -> None:
        with translated(self._anchor):
            write_anchor(self._anchor, entry.number, entry.seal)


def _append(
    writer: sqlite3.Connection,
    session: str,
    action: str,
    target: str,
    hash_: str,
    data: dict[str, Any],
) -> Entry:
    """Return the new entry, written in the transaction that `writer` is in."""
    if action in _OUTCOMES:
        data = {**data, "process": this_process()}
    try:
        content = json.loads(canonical(as_json(data)))
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"the ledger takes records and JSON values only: {error}") from error
    number, previous = _head(writer)
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    texts = [_storable(text) for text in (session, action, target, hash_)]
    entry = _entry((number + 1, now, *texts, canonical(content), ""))
    entry = replace(entry, seal=seal_of(previous, entry))
    row = (entry.number, now, *texts, canonical(content), entry.seal)
    writer.execute(f"INSERT INTO entries ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    writer.execute("UPDATE head SET number = ?, seal = ?", (entry.number, entry.seal))
    return entry


def _storable(text: str) -> str:
    """Return `text` with what UTF-8 cannot hold (lone surrogates) spelt out."""
    return text.encode("utf-8", "backslashreplace").decode()


def _head(connection: sqlite3.Connection) -> tuple[int, str]:
    head = connection.execute("SELECT number, seal FROM head").fetchone()
    if head is None:
        raise BrokenSeal(0, "the note of the newest entry was removed")
    return head[0], head[1]


def _rows(reader: sqlite3.Connection) -> sqlite3.Cursor:
    return reader.execute(f"SELECT {_COLUMNS} FROM entries ORDER BY number")


def _entry(row: tuple[Any, ...]) -> Entry:
    number, now, session, action, target, hash_, data, seal = row
    try:
        return Entry(number, now, session, action, target, hash_, json.loads(data), seal)
    except (ValueError, TypeError, RecursionError) as error:
        raise BrokenSeal(number, "its data is not the JSON that was written") from error


def _unfinished(connection: sqlite3.Connection) -> tuple[Entry, ...]:
    found = [
        _entry(row)
        for intent, outcomes in _OUTCOMES.items()
        for row in connection.execute(_OPEN_INTENTS, (intent, *outcomes))
    ]
    return tuple(
        entry
        for entry in sorted(found, key=lambda e: e.number)
        if has_ended(entry.data.get("process", {}))
    )


@contextmanager
def _replacing(path: Path) -> Iterator[Any]:
    """Yield a stream whose text takes the place of the file at `path` when all went well."""
    stream = NamedTemporaryFile(  # noqa: SIM115 - it is renamed, not removed, on the way out
        "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
    )
    try:
        with stream:
            yield stream
        os.replace(stream.name, path)
    except BaseException:
        Path(stream.name).unlink(missing_ok=True)
        raise
