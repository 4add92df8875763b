"""Values that a function does not know, where it says or is known which ones it does."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator

from selfcode.generation.rules.nearness import nearest
from selfcode.generation.rules.site import Proposal, Site

_LISTED = re.compile(
    r"(?:must be|supported values are|one of|among|allowed|valid (?:options|values|kinds)|"
    r"expected|choose from|Valid fill methods are|available|in \[|:)(.*)", re.DOTALL | re.I
)  # fmt: skip
_INSTEAD = re.compile(r"(?:[Dd]id you mean:?|[Pp]lease use|[Uu]se) [`'\"]?([\w.-]+)[`'\"]?")


def misspelt_option(site: Site) -> Iterator[Proposal]:
    """Propose the nearest of the values that the exception lists for a text in the code."""
    if isinstance(site.error, (NameError, ImportError, OSError)) and site.innermost:
        return
    message = _whole_message(site)
    documented = _documented(site)
    for constant in _texts(site):
        value = str(constant.value)
        if not re.search(rf"(?<![\w]){re.escape(value)}(?![\w])", message):
            continue
        choices = [*_choices(message, value), *documented]
        for meant, far in nearest(value, choices) or _versioned(value, choices):
            written = site.segment(constant)
            new = written.replace(value, meant) if written.count(value) == 1 else repr(meant)
            said = f"`{value}` is not one of the known values; the nearest is `{meant}`"
            yield site.propose(site.put(constant, new), said, 0.2 + 0.6 * far)


def _versioned(value: str, choices: Iterable[str]) -> list[tuple[str, float]]:
    """Return the one choice that differs from `value` by a version: `seaborn-v0_8-whitegrid`."""
    found = {choice for choice in choices if re.sub(r"-v\d+(?:_\d+)*", "", choice) == value}
    return [(choice, 0.0) for choice in found] if len(found) == 1 else []


def value_named_instead(site: Site) -> Iterator[Proposal]:
    """Propose the value that the exception itself says to use: `Invalid frequency: M ... ME`."""
    message = _whole_message(site)
    found = _INSTEAD.search(message)
    if found is None or isinstance(site.error, (AttributeError, NameError)):
        return
    if "requency" in message:
        return
    for constant in _texts(site):
        value, new = str(constant.value), found.group(1).rstrip(".")
        named = rf"(?:['\"`]|: ){re.escape(value)}\b"
        if value == new or not re.search(named, message[: found.start()]):
            continue
        written = site.segment(constant)
        said = f"`{value}` is no longer known; the library names `{new}`"
        yield site.propose(site.put(constant, written.replace(value, new)), said, 0.2)
        return


def _whole_message(site: Site) -> str:
    try:
        return str(site.error)[:20_000]
    except Exception:  # noqa: BLE001 - the user's own __str__
        return ""


def _texts(site: Site) -> list[ast.Constant]:
    return [
        n for n in site.inside()
        if isinstance(n, ast.Constant) and isinstance(n.value, str) and 0 < len(n.value) < 60
    ]  # fmt: skip


def _choices(message: str, value: str) -> Iterable[str]:
    """Return the words that the message offers, or the known ones for what it speaks of."""
    quoted = re.findall(r"['\"`]([^'\"`\n]{1,60})['\"`]", message)
    listed = _LISTED.search(message)
    words = re.findall(r"\w[\w+-]*", listed.group(1)) if listed else []
    known = [word for word in (*quoted, *words) if word != value]
    return dict.fromkeys([*known, *_registered(message)])


def _documented(site: Site) -> list[str]:
    """Return the values that the docstring of the called function lists: `{'dict', 'records'}`."""
    if not isinstance(site.node, ast.Call):
        return []
    text = getattr(site.live.known(site.node.func), "__doc__", None) or ""
    listed = re.findall(r"\{([^{}]{3,400})\}", text[:20_000])
    return [word for part in listed for word in re.findall(r"[A-Za-z]\w+", part)]


def _registered(message: str) -> Iterable[str]:
    """Return the names that a loaded library has registered for what the message speaks of."""
    numpy, colors = sys.modules.get("numpy"), sys.modules.get("matplotlib.colors")
    if "data type" in message and "not understood" in message and numpy is not None:
        return [str(name) for name in numpy.sctypeDict if isinstance(name, str)]
    styles = sys.modules.get("matplotlib.style")
    if "style" in message and styles is not None:
        return list(styles.available)
    if "color" in message and colors is not None:
        return list(colors.get_named_colors_mapping())
    return ()
