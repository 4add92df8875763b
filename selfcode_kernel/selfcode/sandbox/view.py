"""What a walled process may read: its interpreter and libraries, what it is granted, no more."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from glob import glob

_SYSTEM = """
/lib /lib32 /lib64 /usr/lib /usr/lib32 /usr/lib64 /usr/local/lib /etc/ld.so.cache
/usr/share/zoneinfo /etc/localtime /usr/share/fonts /usr/local/share/fonts /etc/fonts
/usr/share/fontconfig /etc/mime.types
""".split()

_FONT_LISTS = ".cache/matplotlib"

_TOO_MUCH = ("/", "/usr", "/usr/local", "/home", "/root", "/etc", "/var", "/tmp")


@dataclass(frozen=True)
class View:
    """What is granted on top of interpreter and libraries.

    `readable` are files and folders; `working_directory` is the folder in which trials start, whose
    changes are thrown away, empty for none; `home` is the user's own.
    """

    readable: tuple[str, ...] = ()
    working_directory: str = ""
    home: str = field(default_factory=lambda: os.path.expanduser("~"))

    def paths(self) -> list[str]:
        """Return every path that may be read, without the working directory."""
        granted = (*self.readable, *self.home_files().values())
        return [*_SYSTEM, *_interpreter(), *_libraries(), *granted]

    def home_files(self) -> dict[str, str]:
        """Return what trials find in their home: names there, and the files that they stand for.

        Without its list of fonts, matplotlib looks for them with a program for a second.
        """
        folder = os.path.join(self.home, _FONT_LISTS)
        return {f"{_FONT_LISTS}/{os.path.basename(p)}": p for p in glob(f"{folder}/fontlist*.json")}

    def directory(self) -> str:
        """Return the working directory, empty when there is none or it is too much to show."""
        path = os.path.realpath(self.working_directory) if self.working_directory else ""
        return path if os.path.isdir(path) and path != "/" else ""

    def hidden(self) -> list[str]:
        """Return what is kept from trials though it lies in the working directory.

        Keys, tokens and histories lie in the dotted files and folders of the user's home. Of those
        only what may be read on its own account stays.
        """
        home, directory = os.path.realpath(self.home), self.directory()
        if not directory or not within(home, directory):
            return []
        shown = [os.path.realpath(path) for path in self.paths()]
        return sorted(path for path in _beyond(home, shown) if _dotted(path, home))

    def shows(self, path: str) -> bool:
        """Return whether a trial can see `path`, or could if it existed."""
        real = os.path.realpath(os.path.join(self.working_directory, path))
        if any(within(real, place) for place in self.hidden()):
            return False
        return any(within(real, top) for top in map(os.path.realpath, self._tops()))

    def _tops(self) -> Iterator[str]:
        yield from self.paths()
        if self.directory():
            yield self.directory()


def within(path: str, folder: str) -> bool:
    """Return whether `path` is `folder` or lies below it; both absolute and normal."""
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def without(folder: str, hidden: Iterable[str]) -> list[str]:
    """Return the paths in `folder` that together hold all of it but `hidden`."""
    held = [path for path in hidden if within(path, folder)]
    if not held:
        return [folder]
    if folder in held:
        return []
    return [path for entry in _entries(folder) for path in without(entry, held)]


def _beyond(folder: str, shown: Sequence[str]) -> Iterator[str]:
    """Yield the paths in `folder` that together hold all of it but `shown`."""
    for path in _entries(folder):
        if any(within(path, place) for place in shown):
            continue
        if any(within(place, path) for place in shown):
            yield from _beyond(path, shown)
        else:
            yield path


def _entries(folder: str) -> list[str]:
    with suppress(OSError):
        return [os.path.join(folder, name) for name in os.listdir(folder)]
    return []


def _dotted(path: str, home: str) -> bool:
    return os.path.relpath(path, home).startswith(".")


def _interpreter() -> Iterator[str]:
    for prefix in {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}:
        yield from _below(prefix)
    yield sys.executable or ""  # an embedded interpreter has none


def _below(prefix: str) -> Iterable[str]:
    return (f"{prefix}/lib", f"{prefix}/lib64") if prefix in _TOO_MUCH else (prefix,)


def _libraries() -> Iterator[str]:
    for entry in sys.path:
        path = os.path.abspath(entry)
        home = os.path.expanduser("~")
        if entry and path not in _TOO_MUCH and not within(home, path):
            yield path
