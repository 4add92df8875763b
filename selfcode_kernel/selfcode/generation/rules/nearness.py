"""How near two spellings are: tells a slip of the fingers from another word.

A wrong match is worse than none. Words are compared part by part (`start_date`, `startDate`), short
parts hardly may differ, digits must agree, and keys that lie side by side cost less than others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice

from rapidfuzz import process
from rapidfuzz.distance import OSA

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
_ROWS = ("qwertyuiop", "asdfghjkl;", "zxcvbnm,.")
_VOWELS = frozenset("aeiou")
_SOUNDS = ({"c", "s", "z"}, {"c", "k"}, {"i", "y"})
_FAR = 1.5
_PLURALS = {
    "child": "children", "person": "people", "man": "men", "woman": "women", "foot": "feet",
    "tooth": "teeth", "mouse": "mice", "index": "indices", "matrix": "matrices",
    "vertex": "vertices", "appendix": "appendices", "axis": "axes", "analysis": "analyses",
    "basis": "bases", "crisis": "crises", "thesis": "theses", "hypothesis": "hypotheses",
    "criterion": "criteria", "phenomenon": "phenomena", "datum": "data", "medium": "media",
    "leaf": "leaves", "half": "halves", "shelf": "shelves", "life": "lives", "knife": "knives",
}  # fmt: skip
_MOST = 50_000
_KEPT = 12


def _neighbours() -> frozenset[tuple[str, str]]:
    spots = {key: (x, y) for y, row in enumerate(_ROWS) for x, key in enumerate(row)}
    return frozenset(
        (a, b)
        for a, (ax, ay) in spots.items()
        for b, (bx, by) in spots.items()
        if a != b and abs(ay - by) <= 1 and -1 <= (bx - ax) + (by - ay) * 0.5 <= 1
    )


_NEIGHBOURS = _neighbours()


def nearest(word: str, choices: Iterable[str], most: int = 3) -> list[tuple[str, float]]:
    """Return the spellings that `word` may have been meant to be, nearest first, with distances.

    The distance is 0 when only case, spaces or underscores differ. Looks at 50,000 choices at most.
    """
    known = list(islice(choices, _MOST))
    found = process.extract(
        word.casefold(), known, scorer=OSA.distance, processor=str.casefold, score_cutoff=5,
        limit=_KEPT,
    )  # fmt: skip
    near = _measured(word, (other for other, _, _ in found))
    near = near or _measured(word, _reordered(word, known))
    return sorted(near.items(), key=lambda pair: pair[1])[:most]


def _measured(word: str, others: Iterable[str]) -> dict[str, float]:
    scored = {other: distance(word, other) for other in others if other != word}
    return {other: far for other, far in scored.items() if far is not None}


def _reordered(word: str, known: Sequence[str]) -> Iterable[str]:
    """Yield those of `known` that hold the parts of `word` in another order."""
    wanted = sorted(parts(word))
    if len(wanted) > 1:
        alike = (k for k in known if abs(len(k) - len(word)) < 3 and wanted[0] in k.casefold())
        yield from (k for k in alike if sorted(parts(k)) == wanted)


def squeezed(word: str) -> str:
    """Return `word` without case, spaces and punctuation."""
    return "".join(character for character in word.casefold() if character.isalnum())


def parts(word: str) -> list[str]:
    """Return the parts of an identifier or label, folded: `startDate 2` gives start, date, 2."""
    return [part.casefold() for part in _PARTS.findall(word)]


def distance(word: str, other: str) -> float | None:
    """Return how far `other` is from `word`, or None when it is another word."""
    a, b = squeezed(word), squeezed(other)
    if a == b:
        return 0.0 if a else None
    mine, theirs = parts(word), parts(other)
    if [p for p in mine if p.isdigit()] != [p for p in theirs if p.isdigit()]:
        return None
    if len(mine) > 1 and sorted(mine) == sorted(theirs):
        return 0.5
    if len(mine) != len(theirs):
        return _slips(a, b, len(a))
    slips = [_part(p, q, len(a)) for p, q in zip(mine, theirs, strict=True)]
    known = [slip for slip in slips if slip is not None]
    return sum(known) if len(known) == len(slips) else None


def _part(a: str, b: str, whole: int) -> float | None:
    """Return the distance of one part: a plural that is formed wrongly is near to the right one."""
    return 0.7 if b in _plurals_meant(a) or a in _plurals_meant(b) else _slips(a, b, whole)


def _plurals_meant(word: str) -> tuple[str, ...]:
    """Return the plural for one that adds an `s` where the word has another plural."""
    one = word.removesuffix("s")
    if one == word:
        return ()
    if one in _PLURALS.values():
        return (one,)
    ending = f"{one[:-1]}ies" if one[-1:] == "y" and one[-2:-1] not in _VOWELS else f"{one}es"
    return tuple(filter(None, (_PLURALS.get(one), ending if len(one) > 2 else None)))


def _slips(a: str, b: str, whole: int) -> float | None:
    """Return the weighted edits from one part to the other, or None when there are too many.

    A part of two letters may lack a third in a word of six letters or more, `whole` in all.
    """
    if a == b:
        return 0.0
    if _undoubled(a) == _undoubled(b):
        return 0.5
    shorter, longer = sorted((a, b), key=len)
    short = len(shorter)
    ending = longer[short:] if longer.startswith(shorter) else ""
    # Another ending makes another word: filter, filtered.
    if not _begin_alike(a, b, short) or (len(ending) > 1 and ending != "es"):
        return None
    far = _weighted(a, b, short)
    lacking = short == 2 and len(longer) == 3 and whole > 5
    return far if far <= (1.0 if lacking else _allowed(short)) else None


def _allowed(length: int) -> float:
    for bound, most in ((2, 0.7), (5, 1.0), (8, 2.0), (10, 2.5)):
        if length <= bound:
            return most
    return 3.0


def _undoubled(word: str) -> str:
    return re.sub(r"(.)\1+", r"\1", word)


def _begin_alike(a: str, b: str, short: int) -> bool:
    if a[:1] == b[:1] or (a[:2] == b[1::-1] and short > 1):
        return True
    if short >= 5 and (a[1:3] == b[:2] or b[1:3] == a[:2]):
        return True
    return short >= 6 and (a[0], b[0]) in _NEIGHBOURS and a[1:3] == b[1:3]


def _weighted(a: str, b: str, short: int) -> float:
    """Return the optimal string alignment distance with weights; a swap of letters costs 0.7."""
    rows: list[list[float]] = [[float(j) for j in range(len(b) + 1)]]
    for i, left in enumerate(a, 1):
        row = [float(i)]
        for j, right in enumerate(b, 1):
            best = min(rows[-1][j] + 1, row[-1] + 1)
            best = min(best, rows[-1][j - 1] + _substitution(left, right, short))
            if i > 1 and j > 1 and left == b[j - 2] and right == a[i - 2] and left != right:
                best = min(best, rows[-2][j - 2] + 0.7)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


def _sound_alike(left: str, right: str) -> bool:
    return any(left in sound and right in sound for sound in _SOUNDS)


def _substitution(left: str, right: str, short: int) -> float:
    if left == right:
        return 0.0
    if short > 4 and ((left, right) in _NEIGHBOURS or _sound_alike(left, right)):
        return 1.0
    return 1.0 if short > 5 and {left, right} <= _VOWELS else _FAR
