"""README and notebooks stay true: their commands and cells are run."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.mark.kernel
def test_the_tour_runs_to_its_end_with_the_right_values(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    folder = shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    tour = nbformat.read(folder / "tour.ipynb", as_version=4)
    client = NotebookClient(tour, timeout=60, resources={"metadata": {"path": str(folder)}})
    client.execute()
    outputs = [output for cell in tour.cells for output in cell.get("outputs", [])]
    assert sum(output.output_type == "error" for output in outputs) >= 5


@pytest.mark.kernel
def test_the_first_command_of_the_readme_ends_as_the_readme_says(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(ROOT)
    script = (ROOT / "notebooks" / "try").read_text()
    command = re.search(r"selfcode (heal .*)", script)[1].replace("-o healed.ipynb", "-o {}")
    out = tmp_path / "healed.ipynb"
    words = command.format(out).split()
    heal = [sys.executable, "-c", "import sys; from selfcode.cli import main; sys.exit(main())"]
    ran = subprocess.run([*heal, *words], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    promised = re.search(r"ends with `(Healed: [^`]+)`", README)[1]
    assert promised in ran.stdout
    assert nbformat.read(out, as_version=4).cells


def test_the_python_of_the_readme_runs():
    (plain,) = [block for block in _blocks("python") if "import selfcode" in block]
    names: dict = {}
    exec(plain, names)
    assert names["verdict"]
    assert "+    return 2 * x" in names["repair"].patches[0].diff()


@pytest.mark.kernel
def test_the_evolve_cell_of_the_readme_is_solved(kernel):
    (cell,) = [block for block in _blocks("python") if block.startswith("%%evolve")]
    kernel.run(cell)
    assert not kernel.run("%selfcode approve").text
    assert kernel.value("mean([4, 8]), mean([3])") == "(6.0, 3.0)"


def test_each_command_of_the_readme_exists():
    from selfcode.cli import parser
    from selfcode.notebook.commands import parse
    from selfcode.notebook.commands import parser as magic

    for line in re.findall(r"`%selfcode ([^`]*)`", README):
        words = line.replace("\\|auto\\|observe", "").split()
        if "COMMAND" not in words:
            assert parse(magic(), words) is not None or "--help" in words, line
    shell = [line.split("#")[0].split() for block in _blocks("bash") for line in block.splitlines()]
    for words in shell:
        if words and words[0] == "selfcode":
            parser().parse_args(words[1:])
