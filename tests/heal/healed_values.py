"""Judges a healed notebook by its final values, in a fresh kernel."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from selfcode.cli.healing import heal

FOLDER = Path(__file__).parent / "notebooks"


@dataclass(frozen=True)
class Judged:
    """What became of a notebook: `wrong` names the values that differ from the right ones."""

    name: str
    should_heal: bool
    healed: bool
    wrong: tuple[str, ...]
    reason: str
    seconds: float

    @property
    def false_fix(self) -> bool:
        """Whether it was called healed although its values are wrong, or no honest fix exists."""
        return self.healed and (bool(self.wrong) or not self.should_heal)

    @property
    def as_expected(self) -> bool:
        """Whether it was healed with the right values, or rightly was not."""
        return self.healed is self.should_heal and not self.wrong


def names() -> list[str]:
    """Return the names of the broken notebooks."""
    return sorted(path.stem for path in FOLDER.glob("*.ipynb"))


def judge(name: str, folder: Path) -> Judged:
    """Heal a copy of the notebook in `folder` and compare its final values."""
    spec = json.loads((FOLDER / f"{name}.json").read_text())
    broken, output = folder / f"{name}.ipynb", folder / "healed.ipynb"
    broken.write_text((FOLDER / f"{name}.ipynb").read_text())
    report = heal(broken, output, decide=lambda _mend: True, timeout=60)
    wrong: tuple[str, ...] = ()
    if report.healed:
        values = final_values(output, list(spec["variables"]))
        wrong = tuple(
            f"{key}: {values[key]!r} rather than {right!r}"
            for key, right in spec["variables"].items()
            if values[key] != right
        )
    return Judged(name, spec["healed"], report.healed, wrong, report.reason, report.seconds)


def final_values(notebook: Path, variables: list[str]) -> dict[str, Any]:
    """Return the values that `variables` have after the notebook ran in a fresh kernel."""
    nb = nbformat.read(notebook, as_version=4)
    nb.cells.append(nbformat.v4.new_code_cell(_TELL.format(variables=variables)))
    NotebookClient(nb, timeout=60, resources={"metadata": {"path": str(notebook.parent)}}).execute()
    return json.loads(nb.cells[-1].outputs[0].text)


_TELL = """
import json as _json
def _plain(value):
    value = value.tolist() if hasattr(value, 'tolist') else value
    if isinstance(value, dict):
        return {{str(_plain(k)): _plain(v) for k, v in value.items()}}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return round(value, 9) if isinstance(value, float) else value
print(_json.dumps({{_n: _plain(globals().get(_n)) for _n in {variables}}}))
"""
