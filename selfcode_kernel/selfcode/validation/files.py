"""Texts that name the files and settings of selfcode and Jupyter, which no candidate may touch."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NAMES = frozenset(
    "selfcode ledger.sqlite ledger.sqlite.head selfcode_config.json .ipython .jupyter "
    "ipython_config.py ipython_kernel_config.py jupyter_config.py jupyter_config.json "
    "sitecustomize.py usercustomize.py".split()
)
_SETTINGS = frozenset(
    "JUPYTER_DATA_DIR JUPYTER_CONFIG_DIR JUPYTER_CONFIG_PATH JUPYTER_PATH JUPYTER_RUNTIME_DIR "
    "JUPYTER_PREFER_ENV_PATH JUPYTER_NO_CONFIG IPYTHONDIR XDG_DATA_HOME".split()
)
_COMMAND = re.compile(
    r"(?:^|[;&|(`])\s*(?:\w+=\S*\s+)*(?:sudo\s+)?(?:\S*/)?selfcode\s+"
    r"(?:heal|freeze|unfreeze|ledger|kernelspec|doctor)\b"
)
_MODULE = re.compile(r"(?:^|\s)-m\s+selfcode\b")


def named_file(text: str, files: Sequence[str]) -> str:
    """Return the part of `text` that names a file or setting of the session's ground, or `""`.

    That is a path, a module or a command of selfcode, a configuration of Jupyter, the environment
    that says where those are, and `files`. A sentence that mentions selfcode is none.
    """
    for file in files:
        if file in text:
            return file
    if found := _COMMAND.search(text) or _MODULE.search(text):
        return found[0].strip()
    words = text.split()
    for word in words:
        for part in re.split(r"[\s'\"`;|&()=:,]+", word):
            if part in _SETTINGS or (_is_ours(part) and (len(words) == 1 or "/" in part)):
                return part
    return ""


def _is_ours(path: str) -> bool:
    parts = re.split(r"[/\\]", path)
    return any(part in _NAMES or part.startswith("selfcode.") for part in parts)
