"""`selfcode kernelspec`: a Jupyter kernel in which selfcode is loaded from the start."""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from selfcode.errors import UsageError

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

# `extra_extensions` adds to the extensions that the user's own configuration names;
# `extensions` would replace them.
LOADED = "--IPKernelApp.extra_extensions=selfcode"
DISPLAY_NAME = "Python 3 (selfcode)"


def register(commands: Commands) -> None:
    """Add `kernelspec install` and `kernelspec remove` to the command line."""
    text = f"add or remove the Jupyter kernel “{DISPLAY_NAME}”"
    command = commands.add_parser("kernelspec", help=text, description=text)
    actions = command.add_subparsers(metavar="ACTION", required=True)
    install = actions.add_parser("install", help="add the kernel")
    remove = actions.add_parser("remove", help="remove the kernel")
    install.set_defaults(run=_install)
    remove.set_defaults(run=_remove)
    for action in (install, remove):
        action.add_argument("--name", type=_name, default="selfcode", help="default: selfcode")
        place = action.add_mutually_exclusive_group()
        place.add_argument("--user", action="store_true", help="for this user (the default)")
        place.add_argument("--sys-prefix", action="store_true", help="in this Python environment")
        place.add_argument("--prefix", type=Path, metavar="P", help="under P/share/jupyter")


def _name(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9._-]*[a-z0-9][a-z0-9._-]*", text, re.IGNORECASE):
        raise argparse.ArgumentTypeError(f"{text!r}: use letters, digits, '-', '.' and '_' only")
    return text


def _folder(arguments: argparse.Namespace) -> Path:
    from jupyter_core.paths import jupyter_data_dir

    prefix = Path(sys.prefix) if arguments.sys_prefix else arguments.prefix
    data = prefix / "share" / "jupyter" if prefix else Path(jupyter_data_dir())
    return Path(data, "kernels", arguments.name.lower()).absolute()


def _install(arguments: argparse.Namespace) -> int:
    from ipykernel.kernelspec import write_kernel_spec

    folder = _folder(arguments)
    if folder.exists():
        _require_ours(folder)
    with tempfile.TemporaryDirectory() as scratch:
        written = write_kernel_spec(
            Path(scratch, "kernel"),
            {"display_name": DISPLAY_NAME},
            extra_arguments=[LOADED],
            python_arguments=["-Xfrozen_modules=off"],
        )
        shutil.copytree(written, folder, dirs_exist_ok=True)
    print(f"Added the kernel “{DISPLAY_NAME}” in {folder}.")  # noqa: T201 - the answer
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    folder = _folder(arguments)
    if not folder.exists():
        raise UsageError(
            f"there is no kernel in {folder}. `jupyter kernelspec list` shows where kernels are; "
            "choose with --user, --sys-prefix or --prefix, and --name."
        )
    _require_ours(folder)
    shutil.rmtree(folder)
    print(f"Removed the kernel in {folder}.")  # noqa: T201 - the answer
    return 0


def _require_ours(folder: Path) -> None:
    """Raise `UsageError` unless the kernel in `folder` was added by `kernelspec install`."""
    try:
        ours = LOADED in json.loads((folder / "kernel.json").read_bytes())["argv"]
    except (OSError, ValueError, KeyError, TypeError):
        ours = False
    if not ours:
        raise UsageError(f"the kernel in {folder} is not selfcode's. Choose another --name.")
