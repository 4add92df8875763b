"""The command line: what it prints, what it changes on disk, and how it ends."""

import json
import os
import subprocess
import sys
from importlib.metadata import version

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import start_new_kernel

from selfcode.cli import main
from selfcode.sandbox.levels import isolation, layers


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    """Give Jupyter and IPython folders of their own, so that nothing of the user's is touched."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    return tmp_path


def test_version_is_that_of_the_distribution(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"selfcode {version('selfcode')}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["mend"],
        ["doctor", "--please"],
        ["kernelspec"],
        ["kernelspec", "install", "--name", "../up"],
        ["kernelspec", "install", "--name", ".."],
        ["kernelspec", "install", "--user", "--sys-prefix"],
        ["kernelspec", "remove"],
        ["ledger", "export"],
        ["ledger", "verify"],
        ["ledger", "verify", "--ledger", "nowhere.sqlite"],
    ],
    ids=" ".join,
)
def test_bad_usage_ends_with_2_and_says_what_to_do(arguments, capsys):
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[-1].startswith("selfcode")
    assert "Traceback" not in err


def test_doctor_names_every_layer_and_ends_by_the_isolation_level(capsys):
    code = main(["doctor"])
    out = capsys.readouterr().out
    for layer in layers():
        assert f"{'✓' if layer.holds else '✗'} {layer.name}" in out
        assert layer.advice in out
    assert f"isolation {isolation()}: " in out
    assert f"ipykernel         {version('ipykernel')}" in out
    assert code == (1 if isolation() == "C" else 0)


def test_a_reader_that_goes_away_ends_the_command_quietly():
    script = "import sys; from selfcode.cli import main; sys.exit(main(['doctor']))"
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as gone:
        command = [sys.executable, "-c", script]
        done = subprocess.run(command, stdout=gone, stderr=subprocess.PIPE, timeout=60)
    assert (done.returncode, done.stderr) == (1, b"")


# -- kernelspec -----------------------------------------------------------------------------------


def test_an_installed_kernel_is_found_by_jupyter_until_it_is_removed(capsys):
    assert main(["kernelspec", "install"]) == 0
    spec = KernelSpecManager().get_kernel_spec("selfcode")
    assert spec.display_name == "Python 3 (selfcode)"
    assert spec.argv[0] == sys.executable
    assert main(["kernelspec", "install"]) == 0, "installing again renews it"
    assert main(["kernelspec", "remove"]) == 0
    assert "selfcode" not in KernelSpecManager().find_kernel_specs()
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [
        "Added",
        "Added",
        "Removed",
    ]


def test_a_prefix_and_a_name_choose_the_place(tmp_path):
    assert main(["kernelspec", "install", "--prefix", str(tmp_path), "--name", "Mine"]) == 0
    folder = tmp_path / "share" / "jupyter" / "kernels" / "mine"
    assert json.loads((folder / "kernel.json").read_text())["language"] == "python"
    assert main(["kernelspec", "remove", "--prefix", str(tmp_path), "--name", "Mine"]) == 0
    assert not folder.exists()


@pytest.mark.parametrize("text", ['{"argv": ["python"]}', "no json", "[]", '{"argv": 3}'])
@pytest.mark.parametrize("action", ["install", "remove"])
def test_a_kernel_of_somebody_else_is_left_alone(action, text, tmp_path, capsys):
    folder = tmp_path / "jupyter" / "kernels" / "python3"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(text)
    assert main(["kernelspec", action, "--name", "python3"]) == 2
    assert (folder / "kernel.json").read_text() == text
    assert "is not selfcode's. Choose another --name." in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path, capsys):
    (tmp_path / "jupyter").write_text("a file where a folder should be")
    assert main(["kernelspec", "install"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("selfcode: ")


@pytest.mark.kernel
def test_the_kernel_loads_selfcode_beside_the_extensions_of_the_user(tmp_path, monkeypatch):
    profile = tmp_path / "ipython" / "profile_default"
    profile.mkdir(parents=True)
    (tmp_path / "mine.py").write_text(
        "def load_ipython_extension(shell):\n    shell.user_ns['mine_is_loaded'] = True\n"
    )
    (profile / "ipython_config.py").write_text("c.InteractiveShellApp.extensions = ['mine']\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert main(["kernelspec", "install"]) == 0
    manager, client = start_new_kernel(kernel_name="selfcode", startup_timeout=60)
    try:
        wanted = {
            "mine": "mine_is_loaded",
            "magic": "'selfcode' in get_ipython().magics_manager.magics['line']",
        }
        reply = client.execute_interactive("", user_expressions=wanted, timeout=60)
        found = reply["content"]["user_expressions"]
        assert {name: found[name]["data"]["text/plain"] for name in wanted} == {
            "mine": "True",
            "magic": "True",
        }
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
