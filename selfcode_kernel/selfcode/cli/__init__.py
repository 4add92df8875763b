"""The command `selfcode`: exit code 0 for success, 1 for failure, 2 for bad usage."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version

from selfcode.cli import doctor, freeze, heal, kernelspec, ledger
from selfcode.errors import SelfcodeError, UsageError

COMMANDS = (heal, doctor, kernelspec, ledger, freeze)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; an error is one line on stderr."""
    try:
        arguments = parser().parse_args(argv)
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    except KeyboardInterrupt:
        return _fail("interrupted.", 130)
    except BrokenPipeError:
        # The reader has gone; Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1
    except UsageError as error:
        return _fail(str(error), 2)
    except (SelfcodeError, OSError) as error:
        return _fail(str(error), 1)
    return code


def parser() -> argparse.ArgumentParser:
    """Return the parser; each command's module adds its own by `register`."""
    top = argparse.ArgumentParser(
        "selfcode", description="Code that repairs itself in a notebook, from the command line."
    )
    top.add_argument("--version", action="version", version=f"selfcode {version('selfcode')}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.register(commands)
    return top


def _fail(message: str, code: int) -> int:
    sys.stderr.write(f"selfcode: {' '.join(message.split())}\n")
    return code
