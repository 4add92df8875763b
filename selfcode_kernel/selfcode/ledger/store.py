"""The ledger's SQLite file: how it is made and opened, and what its faults mean to a person."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from selfcode.errors import LedgerError

SCHEMA = 1
WAIT = 10.0
_APPLICATION = 0x53434C47
_NETWORK = frozenset(
    "9p afs beegfs ceph cifs fuse.ceph fuse.gcsfuse fuse.glusterfs fuse.s3fs fuse.sshfs gpfs "
    "lustre ncpfs nfs nfs4 orangefs smb3 smbfs virtiofs".split()
)
_TABLES = """
CREATE TABLE entries (
    number INTEGER PRIMARY KEY,
    time TEXT NOT NULL,
    session TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    hash TEXT NOT NULL,
    data TEXT NOT NULL,
    seal TEXT NOT NULL
);
CREATE INDEX entries_of_target ON entries (target);
CREATE INDEX entries_of_session ON entries (session);
CREATE TABLE head (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER, seal TEXT);
INSERT INTO head VALUES (1, 0, '');
CREATE TRIGGER entries_stay BEFORE DELETE ON entries
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER entries_stay_as_written BEFORE UPDATE ON entries
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER entries_go_to_the_end BEFORE INSERT ON entries
    WHEN NEW.number IS NOT (SELECT number + 1 FROM head)
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER head_stays BEFORE DELETE ON head
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER head_follows BEFORE UPDATE ON head
    WHEN NEW.number IS NOT OLD.number + 1
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
"""


def create(path: Path) -> None:
    """Make the file and its folder, readable by their owner only, and check what is there.

    Raises `LedgerError` when the file is something else, or newer than this selfcode.
    """
    with translated(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        with closing(connect(path)) as connection:
            _choose_journal(connection, path)
            with transaction(connection):
                _lay_out(connection, path)


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection whose commits are on the disk when they return."""
    connection = sqlite3.connect(
        path, timeout=WAIT, isolation_level=None, check_same_thread=False, cached_statements=16
    )
    # In WAL mode EXTRA is FULL; with a rollback journal it also syncs the folder, without which
    # a power failure can bring the journal, and so the state before the commit, back.
    connection.execute("PRAGMA synchronous = EXTRA")
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Hold the write lock; commit at the end, or roll back whatever is raised."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _choose_journal(connection: sqlite3.Connection, path: Path) -> None:
    """Use a write-ahead log where it works: its shared memory does not cross a network."""
    if _filesystem(path) in _NETWORK:
        return
    deadline = time.monotonic() + WAIT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            # Changing the mode does not wait for a lock, unlike everything else.
            if "locked" not in str(error) or time.monotonic() > deadline:
                connection.execute("PRAGMA journal_mode = DELETE")
                return
            time.sleep(0.01)


def _filesystem(path: Path) -> str:
    """Return the type of the file system that holds `path`, empty where it is not told."""
    try:
        lines = Path("/proc/self/mountinfo").read_text(errors="replace").splitlines()
        holder = os.fspath(path.resolve())
    except OSError:
        return ""
    kind, longest = "", -1
    for line in lines:
        mount, _, rest = line.partition(" - ")
        point = mount.split()[4].replace("\\040", " ")
        inside = holder == point or holder.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= longest:
            kind, longest = rest.split()[0], len(point)
    return kind


def _lay_out(connection: sqlite3.Connection, path: Path) -> None:
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if application != _APPLICATION and (tables or application):
        raise LedgerError(
            f"{path} is a database of something else, not a ledger. Name another file with "
            "`c.Selfcode.ledger`."
        )
    if version > SCHEMA:
        raise LedgerError(
            f"{path} was written by a newer selfcode (layout {version}, this one knows {SCHEMA}). "
            "Update selfcode, or name another file with `c.Selfcode.ledger`."
        )
    if not version:
        for statement in _statements(_TABLES):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {_APPLICATION}")
        connection.execute(f"PRAGMA user_version = {SCHEMA}")


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of `script`: `executescript` would commit before it begins."""
    text = ""
    for line in script.splitlines(keepends=True):
        text += line
        if sqlite3.complete_statement(text):
            yield text
            text = ""


_NEXT_STEPS = {
    "SQLITE_FULL": "the disk is full. Make room, then try again",
    "SQLITE_READONLY": "it may only be read. Give yourself write access to it and its folder",
    "SQLITE_PERM": "you may not read it. Give yourself access to it and its folder",
    "SQLITE_CANTOPEN": "it cannot be opened. Check that its folder exists and is yours",
    "SQLITE_BUSY": "another program holds it. Close what has it open, then try again",
    "SQLITE_LOCKED": "another program holds it. Close what has it open, then try again",
    "SQLITE_NOTADB": "it is no SQLite database. Move it away; a new ledger is then begun",
    "SQLITE_CORRUPT": "it is damaged. Move it away with its -wal file and bring back a copy",
    "SQLITE_IOERR": "the disk reports an error. Check the disk, then try again",
}


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raise `LedgerError` with the next step for whatever SQLite or the system reports."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        known = (step for prefix, step in _NEXT_STEPS.items() if name.startswith(prefix))
        step = next(known, f"{error}. Run `%selfcode ledger verify`")
        raise LedgerError(f"the ledger {path} cannot be used: {step}.") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise LedgerError(
            f"the ledger {path} cannot be used: {reason}. Check the file, its folder and the disk."
        ) from error
