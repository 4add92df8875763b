"""The tripwire lets ordinary cells do what stands in them, and libraries what is their business."""

import json
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[1]
OUTSIDE = ("http", "requests", "urlopen", "socket", "%", "!", "input(")

PROGRAM = """
import contextlib, io, json, os, sys, warnings
warnings.simplefilter("ignore")
sys.path.append(sys.argv[1])
outside = json.loads(sys.argv[2])
import matplotlib.pyplot as plt, numpy as np, pandas as pd
from pathlib import Path
from validation.ordinary_cells import CELLS
from selfcode.oversight import tripwire
from selfcode.validation.uses import read

os.makedirs("data/raw")
columns = "price quantity total value a b id key".split()
frame = pd.DataFrame({name: np.arange(50.0) for name in columns})
frame["date"], frame["name"] = pd.date_range("2024", periods=50), "x"
frame["region"] = frame["category"] = list("ab") * 25
for name in ("data/sales.csv", "sales.csv", "data.csv", "data/a.csv", "data/raw/a.csv"):
    frame.to_csv(name, index=False)
Path("notes.txt").write_text("a\\nb\\n")
Path("config.json").write_text('{"threshold": 1}')
modules = (("np", "numpy"), ("os", "os"), ("pd", "pandas"), ("plt", "matplotlib.pyplot"))
trips, ran = [], 0
for number, cell in enumerate(CELLS):
    names = {
        "__name__": "__main__", "pd": pd, "np": np, "plt": plt, "os": os, "Path": Path,
        "df": frame.copy(), "left": frame.copy(), "right": frame.copy(), "sales": frame.copy(),
        "x": np.arange(10.0), "y": np.arange(10.0), "X": np.ones((60, 3)), "a": np.ones((2, 3)),
        "values": [1, 2, 3], "items": [1, 2], "words": ["a", "b"], "results": {"a": 1.0},
        "fig": plt.figure(), "ax": plt.gca(), "s": pd.Series([1, 2, 3]), "text": "some text",
    }
    if any(word in cell for word in outside):
        continue
    visible = sys.argv[3] == "approved"
    try:
        approved = frozenset(u.capability for u in read(cell, modules).uses if visible)
        code = compile(cell, f"<cell {number}>", "exec")
    except SyntaxError:
        continue
    tripwire.watch(
        f"<cell {number}>", tripwire.Watch(f"cell {number}", str(number), approved, lambda _: None)
    )
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(Exception):
        exec(code, names)
        ran += 1
    plt.close("all")
print(json.dumps([ran, [[t.event, t.capability, t.about] for t in tripwire._trips]]))
"""


def _run(folder, approved):
    ran = subprocess.run(
        [sys.executable, "-I", "-c", PROGRAM, str(TESTS), json.dumps(OUTSIDE), approved],
        cwd=folder,
        env={"MPLBACKEND": "agg", "HOME": str(folder), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=150,
        check=True,
    )
    return json.loads(ran.stdout)


def test_what_stands_in_a_cell_and_what_its_libraries_do_trips_nothing(tmp_path):
    ran, trips = _run(tmp_path, "approved")
    assert trips == []
    assert ran >= 70


def test_without_an_approval_the_same_cells_are_stopped_at_what_they_do(tmp_path):
    _, trips = _run(tmp_path, "nothing")
    stopped = {(event, capability) for event, capability, _ in trips}
    assert stopped >= {
        ("open", "file-read"),
        ("open", "file-write"),
        ("os.listdir", "file-read"),
        ("os.mkdir", "file-write"),
        ("shutil.copyfile", "file-write"),
        ("sqlite3.connect", "file-write"),
        ("subprocess.Popen", "subprocess"),
    }
