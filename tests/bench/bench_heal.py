"""Prints what becomes of each broken notebook, and the false-fix rate.

Run with `python tests/bench/bench_heal.py`. A false fix is a notebook that was called healed
although its final values are wrong, or although no honest fix exists.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from heal.healed_values import judge, names


def main() -> None:
    """Print the table."""
    judged = []
    for name in names():
        with tempfile.TemporaryDirectory() as folder:
            one = judge(name, Path(folder))
        judged.append(one)
        said = "as expected" if one.as_expected else "FALSE FIX" if one.false_fix else "missed"
        came_to = "healed" if one.healed else "not healed"
        print(f"{name:28} {came_to:11} {said:12} {one.seconds:5.1f} s")
        for line in (*one.wrong, *([one.reason] if said == "missed" else [])):
            print(f"    {line}")
    healable = [one for one in judged if one.should_heal]
    right = sum(one.as_expected for one in healable)
    false = sum(one.false_fix for one in judged)
    print(f"healed to the right values: {right} of {len(healable)}")
    print(f"false fixes: {false} of {len(judged)} notebooks")


if __name__ == "__main__":
    main()
