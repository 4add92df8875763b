"""Files that are not where the code looks, but nearly are."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from selfcode.generation.rules.nearness import distance, nearest
from selfcode.generation.rules.site import Proposal, Site, text_in

_MOST_ENTRIES = 2_000


def misplaced_file(site: Site) -> Iterator[Proposal]:
    """Propose the existing file whose name is nearest to one that was not found."""
    error = site.error
    if not isinstance(error, FileNotFoundError) or not isinstance(error.filename, (str, bytes)):
        return
    wanted = os.fsdecode(error.filename)
    for place in (site, *site.outer):
        constants = _written(place, wanted)
        if constants:
            written = text_in(constants[0]) or ""
            for name, cost in _files_meant(written, wanted):
                edits = [place.put(c, _literal(place, c, name)) for c in constants]
                said = f"there is no file {written!r}; the nearest is {name!r}"
                yield place.propose(edits, said, cost)
            return


def _written(place: Site, wanted: str) -> list[ast.Constant]:
    """Return the texts in the code that make up the end of the path that was looked for."""
    found = [(n, text_in(n) or "") for n in place.nodes if isinstance(n, ast.Constant)]
    exact = [n for n, text in found if text and os.path.normpath(text) == os.path.normpath(wanted)]
    ends = [n for n, text in found if "." in text and wanted.endswith(f"{os.sep}{text}")]
    return exact or ends


def _files_meant(written: str, wanted: str) -> Iterator[tuple[str, float]]:
    """Yield how `written` could be spelt to reach a file that exists, with costs."""
    path, folder = Path(wanted), os.path.dirname(written)
    for name, cost in _near_files(path.parent, path.name):
        yield os.path.join(folder, name), cost
    if os.path.isabs(wanted) or written != wanted:
        return
    found = [p for p in _nearby(Path()) if p.name == path.name]
    for place in found[:2]:
        yield str(place), 0.4 if len(found) == 1 else 0.9
    if (Path("..") / path).is_file():
        yield os.path.join("..", written), 0.5
    if not found and not path.parent.is_dir():
        near = nearest(path.parent.name, _folders(path.parent.parent))
        for name, far in near[:1]:
            if (path.parent.parent / name / path.name).is_file():
                yield str(path.parent.parent / name / path.name), 0.3 + 0.6 * far


def _near_files(folder: Path, wanted: str) -> Iterator[tuple[str, float]]:
    stem, extension = os.path.splitext(wanted)
    try:
        with os.scandir(folder) as entries:
            names = [e.name for e in islice(entries, _MOST_ENTRIES) if e.is_file()]
    except OSError:
        return
    for name in names:
        other, suffix = os.path.splitext(name)
        far = distance(stem, other) if stem != other else 0.0
        if far is None or name == wanted:
            continue
        if suffix.lower() == extension.lower():
            yield name, 0.3 + 0.6 * far
        elif not extension and far == 0 and names_with(names, stem) == 1:
            yield name, 0.3
        elif far == 0 and _same_kind(suffix, extension) and names_with(names, stem) == 1:
            yield name, 0.5


def names_with(names: list[str], stem: str) -> int:
    """Return how many of `names` have that stem."""
    return sum(os.path.splitext(name)[0] == stem for name in names)


def _same_kind(one: str, other: str) -> bool:
    """Return whether two extensions name one format, so that the same call reads both."""
    kinds = ({".csv", ".txt", ".tsv", ".csv.gz"}, {".jpg", ".jpeg"}, {".xls", ".xlsx"},
             {".yml", ".yaml"}, {".json", ".jsonl"}, {".htm", ".html"})  # fmt: skip
    return any({one.lower(), other.lower()} <= kind - {".tsv", ".jsonl"} for kind in kinds)


def _nearby(root: Path) -> Iterator[Path]:
    for pattern in ("*/*", "*/*/*"):
        yield from (p for p in islice(root.glob(pattern), _MOST_ENTRIES) if p.is_file())


def _folders(root: Path) -> list[str]:
    try:
        return [entry.name for entry in os.scandir(root) if entry.is_dir()]
    except OSError:
        return []


def _literal(place: Site, constant: ast.Constant, name: str) -> str:
    written, old = place.segment(constant), text_in(constant) or ""
    return written.replace(old, name) if old in written else repr(name)
