"""Forking a process that has threads, as the kernel has."""

from __future__ import annotations

import os
import warnings


def fork_quietly() -> int:
    """Fork without the warning that Python 3.12 and later give where there are threads."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*fork", DeprecationWarning)
        return os.fork()
