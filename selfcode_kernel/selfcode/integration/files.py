"""Module files: the lines of one definition are put right on disk, everything else stays."""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
import tokenize
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path

from selfcode.errors import SwapError
from selfcode.records import Change
from selfcode.source import Definition, definitions, lines_of, splice


def file_of(module: str) -> Path | None:
    """Return the source file of an imported module, links followed, or None."""
    name = getattr(sys.modules.get(module), "__file__", None)
    if not isinstance(name, str) or not name.endswith(".py") or not os.path.isfile(name):
        return None
    return Path(name).resolve()


def rewrite_file(path: Path, change: Change) -> None:
    """Put the new text of a definition in the place of the old one, in one step.

    Line ends, encoding and mode stay. Raises `SwapError` when the file does not hold the old text
    just once, and `OSError` when it cannot be written; then it is as it was.
    """
    data = path.read_bytes()
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
        new = _spliced(text, change).encode(encoding)
    except (SyntaxError, UnicodeError) as error:
        raise SwapError(f"{path.name} is no Python text that can be changed ({error})") from error
    if not os.access(path, os.W_OK):
        raise PermissionError(13, "it may not be written", str(path))
    replace_file(path, new)


def _spliced(text: str, change: Change) -> str:
    definition = _find(text, change)
    last = lines_of(text)[definition.last_line - 1]
    end = last[len(last.rstrip("\r\n")) :]
    new = change.after.rstrip("\n")
    return splice(text, definition, new.replace("\n", end or "\n") + end)


def _find(text: str, change: Change) -> Definition:
    wanted = change.before.rstrip("\n")
    plain = ((d, "\n".join(d.text.splitlines())) for d in definitions(text))
    found = [definition for definition, written in plain if written == wanted]
    if len(found) != 1:
        raise SwapError(f"it does not hold the text of `{change.target.name}` that was judged")
    return found[0]


def replace_file(path: Path, data: bytes) -> None:
    """Make `data` the content of an existing file, all at once; raises `OSError`.

    What Python compiled of it is removed: with the same size in the same second it counts as fresh.
    """
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(number, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(number)
        shutil.copymode(path, name)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
    with suppress(OSError, NotImplementedError):
        os.unlink(cache_from_source(str(path)))
