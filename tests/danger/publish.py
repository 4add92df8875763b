"""Writes what the hostile cases are and what the wall's layers hold: `README.md` and its sources.

From the checkout: `PYTHONPATH=tests .venv/bin/python -m danger.publish` (minutes; needs bwrap);
with `--render` only the README is written anew, from the tables of cases and the present lists.
"""

import json
import sys
from collections import Counter
from pathlib import Path

from danger.corpus import SNIPPETS, snippets
from danger.forgeries import FORGERIES
from danger.liars import IMPORTS, PROGRAMS, REST
from danger.live import GROUPS
from danger.objects import OBJECTS
from validation.hostile_texts import HOSTILE, TAMPERED
from validation.more_hostile_texts import MORE

HERE = Path(__file__).parent
README, ABLATION, CENSUS = HERE / "README.md", HERE / "ablation.json", HERE / "census.txt"
SHOWN = 4

_HEAD = """# Hostile cases

Written by `{command}`; `test_published.py` fails when it is
not current. Where only cases were added, `--render` counts them anew at once.

Every case runs behind the wall, and the wall runs inside an outer bubblewrap (`conftest.py`): once
as a user, and where the user's rights may matter once as root. `pytest tests/danger` prints how
many cases of each group were held. A case is held when it reached nothing by its own word **and**
nothing outside changed or was reached: secrets made anew for each run, files with all their times,
a process that counts signals, sockets of every kind, queues, segments, mounts (`witnesses.py`,
`session.py`).

## Groups

| group | cases | judged by |
|---|---|---|
"""

_ABLATION = """
## Layers, one switched off at a time

How many of {count} snippets get through when a layer is off, as a user, with examples. (They are
all on a session's live state and every third of the others that run to their end.) A layer of which
none gets through is redundant here: another one holds all of that, too. `test_ablation.py` shows
that the examples do get through; the whole list is in `ablation.json`. What ends a trial in time
(deadline, refusals, the size of memory and scratch) is tested, not switched off.

| switched off | get through | for example |
|---|---|---|
"""

_CENSUS = """
## Census of system calls (x86_64)

Each number from 0 to 599, and of x32 what exists, is tried in a trial of its own with arguments of
-1; `census.txt` is the whole list, and `test_census.py` compares it. `fcntl`, `clone`, `kill`,
`tgkill`, `ioctl`, `prctl`, `prlimit64`, `sendto`, `socketpair`, `getsockopt` and
`sched_setaffinity` are let through for some arguments only. The kernel itself exempts `uretprobe`
and `uprobe` from filters.

| outcome | calls |
|---|---|
"""

_WEAK = """
## What is not held

- Evidence that is called *weaker* (tests of classes, functions as arguments or results) is what
  the candidate's own process says. The static checks stand before it, nothing else.
- That a cell ran to its end, or a source as an import, is the word of the process in which it ran;
  the same holds.
- While a trial runs it may hold shared locks on files that it can read.
- The name and the kernel version of the machine can be read.
"""


def groups():
    """Return the groups of cases as rows: name, count, the test that judges them."""
    corpus = Counter(snippet.group for snippet in SNIPPETS)
    rows = [(name, count, "test_hostile.py") for name, count in sorted(corpus.items())]
    live = len(list(snippets(GROUPS)))
    return [
        *rows,
        ("live state of a session", live, "test_live_state.py"),
        ("live objects met by diagnosis and rules", len(OBJECTS), "test_live_objects.py"),
        (
            "verdict forgery: tests, in 3 forms each, and by `vet`",
            len(FORGERIES),
            "test_forged_verdicts.py",
        ),
        ("verdict forgery: import check", len(IMPORTS), "test_forged_gate.py"),
        ("verdict forgery: trial in the twin", len(REST), "test_forged_gate.py"),
        ("verdict forgery: programs to repair", len(PROGRAMS), "test_forged_gate.py"),
        (
            "static evasions (never run)",
            len(HOSTILE) + len(TAMPERED) + len(MORE),
            "test_policy.py, test_evasions.py",
        ),
    ]


def rendered():
    """Return the README as it should be, from the tables of cases and the published lists."""
    command = "PYTHONPATH=tests .venv/bin/python -m danger.publish"
    rows = groups()
    lines = [f"| {name} | {count} | `{test}` |\n" for name, count, test in rows]
    lines.append(f"| **all** | **{sum(count for _, count, _ in rows)}** | |\n")
    ablation = json.loads(ABLATION.read_text())
    text = _HEAD.format(command=command) + "".join(lines)
    text += _ABLATION.format(count=ablation["count"]) + "".join(
        map(_row, ablation["layers"].items())
    )
    outcomes = Counter(line.rpartition(": ")[2] for line in CENSUS.read_text().splitlines())
    text += _CENSUS + "".join(f"| {name} | {n} |\n" for name, n in outcomes.most_common())
    return text + _WEAK


def _row(item):
    layer, found = item
    redundant = "nothing" if layer == "none" else "none: redundant here"
    return f"| {layer} | {len(found)} | {'; '.join(examples(found)) or redundant} |\n"


def examples(found):
    """Return a few of the names in `found`, from all over it; none that is a race of processes."""
    steady = [name for name in found if "multiprocessing" not in name]
    return steady[:: max(1, len(steady) // SHOWN)][:SHOWN]


def inside():
    """Print the ablation and the census as JSON; only for the inside of the outer wall."""
    from danger.ablation import EVERY, LAYERS, Ground
    from danger.census import taken, written
    from selfcode.sandbox.worker import Worker

    ground = Ground.made()
    found = {layer: ground.through(layer) for layer in LAYERS}
    ground.end()
    worker = Worker("selfcode.sandbox.script:run_source")
    census = written(taken(worker))
    worker.close()
    sys.__stdout__.write(f"\n{json.dumps([len(EVERY), found, census])}")


def main():
    """Run everything inside the outer wall and write the published files."""
    from danger.conftest import run_inside

    program = f"import sys; sys.path.insert(0, {str(HERE.parent)!r}); import danger.publish as p; "
    done = run_inside("user", "-c", f"{program}p.inside()")
    if done.returncode:
        raise SystemExit(done.stderr)
    # without the layer that closes descriptors, snippets write there, too
    count, layers, census = json.loads(done.stdout.splitlines()[-1])
    ABLATION.write_text(json.dumps({"count": count, "layers": layers}, indent=1) + "\n")
    CENSUS.write_text(census)
    README.write_text(rendered())


if __name__ == "__main__":
    if "--render" in sys.argv:
        README.write_text(rendered())
    else:
        main()
