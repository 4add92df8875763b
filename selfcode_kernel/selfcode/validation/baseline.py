"""What the old code could do, and so what a repair of it may do.

Each use in the new text that is not granted must be covered by the old text in one of these ways:

1. *Same kind.* Reading files and environment variables is covered when the old code did so at all.
2. *Same operation.* Everything else is covered when the old code had the same operation (`to_csv`,
   `os.system`, a bare `except`, `._name`, the import of the same module) and the constant texts
   given to it are not new: a repair does not write to another file, ask another address or run
   another command. Starting programs, deleting, running code from texts, native memory, control of
   the process and introspection may moreover not stand at more places than before.
3. *Named.* `os.remove(path)` in a cell that lacks `import os`: the old code named the member by the
   very dotted name that it now gets. A bare name (`urlopen(url)`) or the name of an unknown module
   counts as well, but never for starting programs, running code from texts, native memory, control
   of the process (but for its classes: `ThreadPoolExecutor`), deleting or introspection.
4. *Misspelt.* `pd.read_cvs` becomes `pd.read_csv`: the use stands where, in its kind of statement,
   the old text had the same dotted name but for one part that is spelt nearly the same, that
   nothing is known of, and that is gone from the new text. This never covers running code from
   texts, native memory, control of the process, deleting or introspection; starting programs only
   as a member of a module that the old text spells right.
5. *Renamed.* `inspect.getargspec` becomes `inspect.getfullargspec`: a member of a module that the
   installed Python no longer has, and that is gone from the new text, covers one that needs the
   same capability, stands in the same module and holds the letters of the old name in order.

When the old text does not parse (the failure was a syntax error), a use is covered when its name
and its texts stand in the old text. When there is no old text, nothing is covered.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cached_property

from rapidfuzz.distance import OSA

from selfcode.validation.capabilities import ATTRIBUTES, MEMBERS
from selfcode.validation.grammar import walk
from selfcode.validation.reading import Place, Reading, Spelling, spelling
from selfcode.validation.scope import Use
from selfcode.validation.uses import read

_SAME_KIND = frozenset({"file-read", "environment"})
_COUNTED = frozenset(
    {"subprocess", "file-delete", "dynamic-code", "native", "process", "introspection"}
)
_NEVER_MISSPELT = _COUNTED - {"subprocess"}
_LEAST_RENAMED = 6
_MODE = re.compile(r"[rwxabt+U]{0,4}")


class Baseline:
    """What the old text `before` covers; `known` is what names of other cells stand for."""

    def __init__(self, before: str | None, known: tuple[tuple[str, str], ...] = ()) -> None:
        self._text = before or ""
        self._texts: frozenset[str] = frozenset()
        self._old: Reading | None = None
        with contextlib.suppress(SyntaxError, RecursionError):
            self._old = read(self._text, known)
            self._texts = self._old.texts
        imported = self._old.origins.modules() if self._old else {}
        self.known = tuple(sorted({**dict(known), **imported}.items()))
        uses = self._old.uses if self._old else ()
        self._kinds = {use.capability for use in uses}
        self._imports = {_key(use) for use in uses if use.imported}
        self._places = Counter(_key(use) for use in uses if not use.imported)
        self._done = {use.operation for use in uses}

    def refuse(self, new: Reading, granted: frozenset[str]) -> Iterator[tuple[Use, str]]:
        """Yield each use of `new` that neither the old text nor `granted` covers, and why."""
        seen: Counter[tuple[str, str]] = Counter()
        uses = [use for use in new.uses if use.capability not in granted]
        for use in uses:
            seen[_key(use)] += not use.imported
            if why := self._objection(use, seen[_key(use)], new):
                yield use, why
        if address := self._new_address(new):
            yield from (
                (use, f"and the old text has no address {address!r}")
                for use in uses
                if use.capability == "network"
            )

    def _objection(self, use: Use, nth: int, new: Reading) -> str:
        """Return why `use`, the `nth` of its operation, is not covered, or `""`."""
        if use.capability in _SAME_KIND and use.capability in self._kinds:
            return ""
        if self._old is None:
            return "" if self._stands_in_text(use, nth) else "which the old code did not use"
        known = self._is_known(use, nth) or self._is_renamed(use, nth, new)
        if not known and not self._is_misspelt(use, new):
            return self._why_not(use)
        if use.capability not in _SAME_KIND and (text := self._new_text(use)) is not None:
            return f"and the old code did not give it {text!r}"
        return ""

    def _is_known(self, use: Use, nth: int) -> bool:
        key, counted = _key(use), use.capability in _COUNTED
        if use.imported and key in self._imports:
            return True
        most = 0 if use.imported and counted else self._places[key]
        if most and (nth <= most or not counted):
            return True
        return self._is_named(use)

    def _is_named(self, use: Use) -> bool:
        """Return whether the old code named it but could not reach it."""
        if use.operation in self._done:
            return False
        if "." in use.name and use.name in self._chains:
            return True
        if use.capability in _COUNTED and not _is_class_of_process(use):
            return False
        return use.operation in self._free_names

    def _why_not(self, use: Use) -> str:
        if self._places[_key(use)]:
            return "at more places than in the old code"
        if use.capability in self._kinds:
            return "and the old code did not do it this way"
        return "which the old code did not use"

    # texts -------------------------------------------------------------------------------

    def _new_text(self, use: Use) -> str | None:
        """Return a constant text given to `use` that the old text does not hold, or None."""
        for text in sorted(use.texts - self._texts):
            if _MODE.fullmatch(text) or (use.capability == "file-write" and self._is_near(text)):
                continue
            return text
        return None

    def _is_near(self, text: str) -> bool:
        return any(_near(old, text) for old in self._texts)

    def _new_address(self, new: Reading) -> str | None:
        """Return an address that only the new text holds, or None."""
        if not any(use.capability == "network" for use in new.uses):
            return None
        return next((t for t in sorted(new.texts - self._texts) if "://" in t), None)

    def _stands_in_text(self, use: Use, nth: int) -> bool:
        """Return whether the old text, which does not parse, holds the use word by word."""
        word = re.findall(r"\w+", use.name)[-1:]
        count = re.findall(r"\w+", self._text).count(word[0]) if word else 0
        quoted = (f"{q}{text}{q}" for text in use.texts for q in "'\"" if text)
        known = sum(text in self._text for text in quoted)
        return count >= nth and known >= len(use.texts - {""})

    # names -------------------------------------------------------------------------------

    @cached_property
    def _chains(self) -> frozenset[str]:
        """The dotted names of the old text whose first name it does not bind."""
        assert self._old is not None
        chains = (_chain(node) for tree in self._old.trees for node in walk(tree))
        free = self._old.origins.is_free
        return frozenset(c for c in chains if c and free(c.partition(".")[0]))

    @cached_property
    def _free_names(self) -> frozenset[str]:
        names = {chain.partition(".")[0] for chain in self._chains}
        return frozenset(name for name in names if not hasattr(builtins, name))

    @cached_property
    def _spellings(self) -> dict[Place, list[Spelling]]:
        """The spellings of the attributes and names of the old text, by place."""
        assert self._old is not None
        found = defaultdict(list)
        for node, place in self._old.placed:
            found[place].append(spelling(node))
        return found

    def _is_misspelt(self, use: Use, new: Reading) -> bool:
        if use.capability.startswith("import:"):
            return self._is_misspelt_import(use, new)
        if use.capability in _NEVER_MISSPELT or not isinstance(use.node, (ast.Attribute, ast.Name)):
            return False
        if use.capability == "subprocess" and use.name.startswith("."):
            return False
        meant, place = spelling(use.node), new.place_of.get(id(use.node), ())
        least = 4 if use.name.startswith(".") else 3
        for old in self._spellings.get(place, ()):
            last_only = use.capability == "subprocess" and old[:-1] != meant[:-1]
            if (slip := _slip(old, meant, least)) and not last_only:
                return slip not in new.names
        return False

    def _is_renamed(self, use: Use, nth: int, new: Reading) -> bool:
        module, _, name = use.name.rpartition(".")
        loaded, kept = sys.modules.get(module), {other.name for other in new.uses}
        return loaded is not None and any(
            capability == use.capability
            and places >= nth
            and old.rpartition(".")[0] == module
            and old not in kept
            and not hasattr(loaded, gone := old.rpartition(".")[2])
            and len(gone) >= _LEAST_RENAMED
            and _in_order(gone, name)
            for (capability, old), places in self._places.items()
        )

    def _is_misspelt_import(self, use: Use, new: Reading) -> bool:
        kept = {other.name for other in new.uses if other.capability.startswith("import:")}
        gone = {name for capability, name in self._imports if capability.startswith("import:")}
        return any(_near(old, use.name) for old in gone - kept)


def _key(use: Use) -> tuple[str, str]:
    """Return what makes two uses the same operation: for the grave ones, of the same module too."""
    return use.capability, use.name if use.capability in _COUNTED else use.operation


def _is_class_of_process(use: Use) -> bool:
    """Return whether it is such as `ThreadPoolExecutor`, which is hardly meant by accident."""
    return use.capability == "process" and use.operation[:1].isupper()


def _chain(node: ast.AST) -> str:
    """Return the dotted name that `node` is, or `""`."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else ""


def _slip(old: Spelling, new: Spelling, least: int) -> str:
    """Return the one name of `old` that is misspelt in it if `new` is meant, or `""`."""
    if len(old) != len(new):
        return ""
    different = [pair for pair in zip(old, new, strict=True) if pair[0] != pair[1]]
    wrong, right = different[0] if len(different) == 1 else ("", "")
    meant = wrong.isidentifier() and _near(wrong, right, least) and _is_unknown(wrong)
    return wrong if meant else ""


def _is_unknown(name: str) -> bool:
    return name not in ATTRIBUTES and name not in MEMBERS and not hasattr(builtins, name)


def _in_order(letters: str, name: str) -> bool:
    rest = iter(name)
    return all(letter in rest for letter in letters)


def _near(old: str, new: str, least: int = 4) -> bool:
    """Return whether `new` may be what was meant by `old`: one slip, two in longer names."""
    slips = 2 if min(len(old), len(new)) >= 6 else 1
    return len(old) >= least and old != new and OSA.distance(old, new, score_cutoff=slips) <= slips
