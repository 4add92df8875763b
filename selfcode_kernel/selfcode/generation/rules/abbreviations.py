"""Labels in full for words that are cut short, and the other way round: `qty` and `quantity`.

Only a single word is looked at, and only where exactly one label fits.
"""

from __future__ import annotations

from collections.abc import Iterable

from selfcode.generation.rules.nearness import parts

_USUAL = {
    "acc": "accuracy account", "acct": "account", "addr": "address", "alt": "altitude",
    "amt": "amount", "attr": "attribute", "auth": "author", "avg": "average", "cap": "capital "
    "capacity", "cat": "category", "cnt": "count", "coef": "coefficient", "conc": "concentration",
    "cond": "condition", "conf": "confidence", "config": "configuration", "ctry": "country",
    "curr": "currency current", "cust": "customer", "dep": "departure", "dept": "department",
    "desc": "description", "dest": "destination", "diff": "difference", "dist": "distance district "
    "distribution", "dst": "destination", "dt": "date", "dur": "duration", "elev": "elevation",
    "emp": "employee", "err": "error", "exp": "experience expense", "ext": "extension",
    "fname": "firstname", "freq": "frequency", "gov": "government", "grp": "group",
    "ht": "height", "hrs": "hours", "hr": "hour", "hum": "humidity", "idx": "index",
    "img": "image", "info": "information", "inv": "invoice inventory", "lang": "language",
    "lat": "latitude", "len": "length", "lname": "lastname", "lng": "longitude",
    "loc": "location", "lon": "longitude", "long": "longitude", "lvl": "level",
    "manuf": "manufacturer", "mgr": "manager", "mfr": "manufacturer", "mins": "minutes",
    "mo": "month", "msg": "message", "mth": "month", "nat": "nationality", "nbr": "number",
    "num": "number", "obs": "observation", "org": "organization organisation", "param": "parameter",
    "pct": "percent percentage", "perc": "percent percentage", "perf": "performance",
    "pmt": "payment", "pop": "population", "pos": "position", "precip": "precipitation",
    "pred": "prediction", "pres": "pressure", "press": "pressure", "prev": "previous",
    "prob": "probability", "prod": "product", "pt": "point", "pwd": "password",
    "qty": "quantity", "qtr": "quarter", "rec": "record", "ref": "reference", "reg": "region",
    "rel": "relation", "req": "request", "res": "result", "resp": "response", "sal": "salary",
    "sec": "seconds", "secs": "seconds", "seq": "sequence", "spec": "specification",
    "src": "source", "stmt": "statement", "tel": "telephone", "temp": "temperature",
    "tot": "total", "ts": "timestamp", "txn": "transaction", "univ": "university",
    "usr": "user", "val": "value", "vel": "velocity", "vol": "volume", "wt": "weight",
    "yr": "year", "yrs": "years",
}  # fmt: skip
_VOWELS = frozenset("aeiou")


def in_full(word: str, labels: Iterable[str]) -> str | None:
    """Return the one label of which `word` is the short form, or that is the short form of it."""
    if len(parts(word)) != 1:
        return None
    single = [label for label in labels if len(parts(label)) == 1 and label != word]
    fitting = [x for x in single if _shortens(word, x) or _shortens(x, word)]
    return fitting[0] if len(fitting) == 1 else None


def _shortens(short: str, long: str) -> bool:
    """Return whether `short` is a usual short form of `long`, or `long` without its vowels."""
    short, long = short.casefold(), long.casefold()
    usual = _USUAL.get(short, "").split()
    if usual:
        return long in usual or long.removesuffix("s") in usual
    without = long[0] + "".join(letter for letter in long[1:] if letter not in _VOWELS)
    return len(short) > 2 and short == without and len(long) > len(short) + 1
