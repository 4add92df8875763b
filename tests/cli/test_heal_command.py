"""`selfcode heal`: exit codes, what it writes, and what it leaves alone."""

import signal
import subprocess
import sys
import time

import nbformat
import psutil
import pytest

from selfcode.cli import main


def notebook(path, *sources, language="python"):
    nb = nbformat.v4.new_notebook()
    nb.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": language}
    nb.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nb, path)
    return path


BROKEN = ("total = 20", "result = totl + 1\nprint(result)")


@pytest.fixture(autouse=True)
def own_ledger(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))


@pytest.mark.kernel
def test_a_broken_notebook_is_healed_into_another_file(tmp_path, capsys):
    broken = notebook(tmp_path / "a.ipynb", *BROKEN)
    before = broken.read_bytes()
    assert main(["heal", str(broken), "--yes"]) == 0
    healed = nbformat.read(tmp_path / "a-healed.ipynb", as_version=4)
    assert healed.cells[1].source == "result = total + 1\nprint(result)"
    assert healed.cells[1].outputs[0].text == "21\n"
    assert broken.read_bytes() == before
    printed = capsys.readouterr().out
    assert "-result = totl + 1" in printed
    assert "Healed: 1 repair; all 2 cells ran in a fresh kernel" in printed


@pytest.mark.kernel
def test_without_yes_and_without_a_person_nothing_is_approved(tmp_path, capsys):
    broken = notebook(tmp_path / "a.ipynb", *BROKEN)
    assert main(["heal", str(broken)]) == 1
    assert "Not healed" in capsys.readouterr().out
    assert not (tmp_path / "a-healed.ipynb").exists()


@pytest.mark.kernel
def test_in_place_writes_over_the_notebook_only_when_it_is_healed(tmp_path):
    hopeless = notebook(tmp_path / "b.ipynb", "raise ValueError('the data are missing')")
    before = hopeless.read_bytes()
    assert main(["heal", str(hopeless), "--yes", "--in-place"]) == 1
    assert hopeless.read_bytes() == before
    broken = notebook(tmp_path / "a.ipynb", *BROKEN)
    assert main(["heal", str(broken), "--yes", "--in-place"]) == 0
    assert "total + 1" in nbformat.read(broken, as_version=4).cells[1].source


@pytest.mark.kernel
def test_a_notebook_that_runs_is_nothing_to_heal(tmp_path, capsys):
    assert main(["heal", str(notebook(tmp_path / "a.ipynb", "x = 1"))]) == 0
    assert "Nothing to heal" in capsys.readouterr().out


@pytest.mark.kernel
def test_a_dead_kernel_is_not_healed(tmp_path, capsys):
    broken = notebook(tmp_path / "a.ipynb", "import os\nos.kill(os.getpid(), 9)")
    assert main(["heal", str(broken), "--yes"]) == 1
    assert "the kernel died in cell [1]" in capsys.readouterr().out


def test_wrong_use_exits_with_2_and_one_line(tmp_path, capsys):
    good = notebook(tmp_path / "a.ipynb", "x = 1")
    julia = notebook(tmp_path / "j.ipynb", "x = 1", language="julia")
    broken = tmp_path / "broken.ipynb"
    broken.write_text("{not json")
    for words in (
        [],
        [str(tmp_path / "none.ipynb")],
        [str(good), "-o", str(good)],
        [str(good), "-o", "x.ipynb", "--in-place"],
        [str(julia)],
        [str(broken)],
        [str(good), "-o", str(tmp_path / "no" / "such.ipynb")],
        [str(good), "-o", str(tmp_path)],
        [str(good), "--timeout", "0"],
    ):
        assert main(["heal", *words]) == 2, words
        said = capsys.readouterr().err.strip().splitlines()
        assert said[-1].startswith("selfcode"), said


@pytest.mark.kernel
def test_an_error_that_a_magic_swallows_is_repaired_as_well(tmp_path):
    broken = notebook(tmp_path / "a.ipynb", "value = 1", "%%capture out\nresult = valeu + 1")
    assert main(["heal", str(broken), "--yes"]) == 0
    healed = nbformat.read(tmp_path / "a-healed.ipynb", as_version=4)
    assert healed.cells[1].source == "%%capture out\nresult = value + 1"


@pytest.mark.kernel
def test_a_cell_that_is_marked_to_raise_is_left_alone(tmp_path):
    path = notebook(tmp_path / "a.ipynb", "value = 1", "print(valeu)", "value += 1")
    nb = nbformat.read(path, as_version=4)
    nb.cells[1].metadata["tags"] = ["raises-exception"]
    nbformat.write(nb, path)
    assert main(["heal", str(path), "--yes"]) == 0
    healed = nbformat.read(tmp_path / "a-healed.ipynb", as_version=4)
    assert healed.cells[1].source == "print(valeu)"


MODULE = "def shares(values):\n    total = sum(vales)\n    return [v / total for v in values]\n"


@pytest.mark.kernel
def test_a_module_beside_the_notebook_is_repaired_in_its_file(tmp_path, capsys):
    module = tmp_path / "own_module_of_a_test.py"
    module.write_text(MODULE)
    use = "from own_module_of_a_test import shares\nparts = shares([1, 3])"
    assert main(["heal", str(notebook(tmp_path / "a.ipynb", use)), "--yes"]) == 0
    assert module.read_text() == MODULE.replace("vales", "values")
    assert str(module) in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.kernel
def test_a_module_stays_as_it_was_when_the_notebook_is_not_healed(tmp_path):
    module = tmp_path / "own_module_of_a_test.py"
    module.write_text(MODULE)
    use = "from own_module_of_a_test import shares\nparts = shares([1, 3])"
    broken = notebook(tmp_path / "a.ipynb", use, "raise ValueError('the data are missing')")
    assert main(["heal", str(broken), "--yes"]) == 1
    assert module.read_text() == MODULE


@pytest.mark.kernel
def test_ctrl_c_ends_in_one_line_and_leaves_no_kernel(tmp_path):
    slow = notebook(tmp_path / "a.ipynb", "import time\ntime.sleep(60)")
    command = [sys.executable, "-c", "import sys; from selfcode.cli import main; sys.exit(main())"]
    heal = subprocess.Popen(
        [*command, "heal", str(slow), "--yes"], stderr=subprocess.PIPE, text=True
    )
    kernels: list[psutil.Process] = []
    while not kernels and heal.poll() is None:
        kernels = psutil.Process(heal.pid).children(recursive=True)
    time.sleep(3)
    heal.send_signal(signal.SIGINT)
    _, said = heal.communicate(timeout=20)
    assert heal.returncode == 130
    assert said.rstrip().splitlines()[-1] == "selfcode: interrupted."
    assert "Traceback" not in said
    psutil.wait_procs(kernels, timeout=10)
    assert not any(kernel.is_running() for kernel in kernels)


@pytest.mark.kernel
def test_a_cell_whose_rest_would_repeat_effects_is_healed_from_the_top(tmp_path, capsys):
    take = "queue = [{'name': 'a'}]\ndef take():\n    item = queue.pop(0)\n    return item['nmae']"
    broken = notebook(tmp_path / "a.ipynb", take, "got = take()\nprint(got, queue)")
    assert main(["heal", str(broken), "--yes"]) == 0, capsys.readouterr().out
    healed = nbformat.read(tmp_path / "a-healed.ipynb", as_version=4)
    assert healed.cells[1].outputs[0].text == "a []\n"


@pytest.mark.kernel
def test_a_cell_whose_rest_awaits_is_healed_from_the_top(tmp_path, capsys):
    cells = (
        "import asyncio\nasync def two():\n    await asyncio.sleep(0)\n    return 2",
        "value = await twoo()\nprint(value)",
    )
    broken = notebook(tmp_path / "a.ipynb", *cells)
    assert main(["heal", str(broken), "--yes"]) == 0, capsys.readouterr().out
    healed = nbformat.read(tmp_path / "a-healed.ipynb", as_version=4)
    assert healed.cells[1].outputs[0].text == "2\n"
