"""Injected code after its approval, in a real kernel: probation, promotion, the tripwire."""

import json

import pytest

pytestmark = pytest.mark.kernel

BROKEN = "def scale(values):\n    seen.append(len(values))\n    return [v * factr for v in values]"


@pytest.fixture
def on_probation(kernel):
    kernel.run("factor, seen = 3, []")
    kernel.run(BROKEN)
    kernel.run("alias = scale")
    kernel.fail("scale([1, 2])")
    approved = kernel.run("%selfcode approve --probation 2")
    assert "On probation for 2 good calls" in approved.shown, approved
    kernel.run("seen.clear()")
    return kernel


def _actions(kernel):
    kernel.run("%selfcode ledger export ledger.jsonl")
    lines = (kernel.folder / "ledger.jsonl").read_text().splitlines()
    return [json.loads(line)["action"] for line in lines]


def test_calls_count_in_status_and_history_until_the_patch_is_promoted_under_the_cell(on_probation):
    kernel = on_probation
    assert kernel.value("alias([1, 2])") == "[3, 6]"
    status = kernel.run("%selfcode status").shown
    assert "1 of 2 good calls" in status
    assert "0 x" not in status
    assert "live now, on probation: 1 of 2 good calls" in kernel.run("%selfcode history").shown
    ran = kernel.run("print([scale([n]) for n in range(3)])")
    assert ran.text == "[[0], [3], [6]]\n"
    assert "`__main__:scale`: promoted after 2 good calls" in ran.shown
    assert kernel.value("seen, alias is scale") == "([2, 1, 1, 1], True)"
    assert "On probation" not in kernel.run("%selfcode status").shown
    assert _actions(kernel)[-1] == "promoted"


def test_a_bad_call_shows_arguments_and_difference_and_the_old_version_makes_it(kernel):
    kernel.run("def size(values):\n    return len(values) if values else len(valus)")
    kernel.fail("size([])")
    kernel.run("%selfcode approve --probation 5")
    kernel.run(
        "import linecache\nfrom selfcode.notebook.front import Front\n"
        "from selfcode.records import *\n"
        "decisions = Front.of(get_ipython()).session.decisions\n"
        "live = [v for v in decisions.history() if v.current][0]\n"
        "worse = live.source.replace('return len(values)', 'return 1 + len(values)')\n"
        "decisions.probations.promote(None)\n"
        "verdict = Verdict.of((Finding('trial', Outcome.ACCEPTED, 'by hand'),), Isolation.A)\n"
        "patch = Patch(Candidate(live.target, live.source, worse, 'hand', 'worse'), verdict)\n"
        "_ = decisions.offer(patch, None, (99, 0))"
    )
    assert not kernel.run("%selfcode approve --probation 5").text
    ran = kernel.run("print(size('abc'))")
    assert ran.text == "3\n"
    assert "`__main__:size`: reverted, patch" in ran.shown
    assert "Called with ('abc'), it gave 4, the old version 3." in ran.shown
    assert "%selfcode history __main__:size" in ran.shown
    assert _actions(kernel)[-3:] == ["probation failed", "revert", "reverted"]


def test_a_call_that_cannot_be_judged_says_so_and_a_person_may_promote(on_probation):
    kernel = on_probation
    kernel.run("%config Selfcode.trial_seconds = 0.3")
    kernel.run(
        "import time\nclass Slow(int):\n    def __mul__(self, other):\n"
        "        time.sleep(0.5)\n        return 7"
    )
    ran = kernel.run("scale([Slow(1)])")
    assert ran.error.startswith("NameError")
    assert "a call could not be judged: stopped after 0.3 s" in ran.shown
    assert "stopped after 0.3 s" in kernel.run("%selfcode status").shown
    assert "promoted after" in kernel.run("%selfcode promote scale").shown
    assert kernel.value("scale([Slow(1)])") == "[7]"
    assert "not on probation" in kernel.run("%selfcode promote scale").text


def test_a_revert_by_hand_ends_it(on_probation):
    kernel = on_probation
    kernel.run("%selfcode revert scale")
    assert kernel.run("alias([1])").error.startswith("NameError")
    assert "On probation" not in kernel.run("%selfcode status").shown
    assert _actions(kernel)[-2:] == ["reverted", "probation ended"]


def test_calls_from_threads_and_pandas_are_rehearsed_too(on_probation):
    kernel = on_probation
    kernel.run("import pandas as pd\nfrom concurrent.futures import ThreadPoolExecutor")
    kernel.run("frame = pd.DataFrame({'a': [1, 2]})")
    kernel.run("with ThreadPoolExecutor(1) as pool:\n    made = pool.submit(scale, [5]).result()")
    assert kernel.value("made, frame.apply(scale).a.tolist()") == "([15], [3, 6])"
    assert "promoted" in _actions(kernel)


def test_unloading_goes_back_to_the_old_version_and_leaves_a_plain_function(on_probation):
    kernel = on_probation
    kernel.run("%unload_ext selfcode")
    assert kernel.run("scale([1])").error.startswith("NameError")
    assert kernel.value("scale.__code__.co_names") == "('seen', 'append', 'len')"


def test_a_probation_that_cannot_be_is_declined_in_one_line_and_nothing_is_injected(kernel):
    kernel.run("factor = 3\ndef scaled(values):\n    for v in values:\n        yield v * factr")
    kernel.fail("list(scaled([1]))")
    declined = kernel.run("%selfcode approve --probation 3").text
    assert "cannot be on probation: scaled is a generator or async" in declined
    assert len(declined.strip().splitlines()) == 1
    assert "one call at least" in kernel.run("%selfcode approve --probation -1").text
    assert kernel.run("list(scaled([1]))").error.startswith("NameError")
    kernel.fail("list(scaled([1]))")
    assert not kernel.run("%selfcode approve").text
    assert kernel.value("list(scaled([1]))") == "[3]"


def test_injected_code_that_does_more_than_it_was_approved_for_is_stopped_and_shown(kernel):
    kernel.run("import os\nheld = [os.mkdir]\ndef plain(x):\n    return x")
    kernel.run(
        "from selfcode.notebook.front import Front\nfrom selfcode.records import *\n"
        "decisions = Front.of(get_ipython()).session.decisions\n"
        "old = 'def plain(x):\\n    return x'\n"
        "new = 'def plain(x):\\n    held[0](\"made\")\\n    return x'\n"
        "verdict = Verdict.of((Finding('trial', Outcome.ACCEPTED, 'by hand'),), Isolation.A)\n"
        "patch = Patch(Candidate(Target('__main__', 'plain'), old, new, 'hand', 'evil'), verdict)\n"
        "_ = decisions.offer(patch, None, (99, 0))"
    )
    assert not kernel.run("%selfcode approve").text
    ran = kernel.run("plain(1)")
    assert ran.error.startswith("CapabilityExceeded: __main__:plain was stopped at os.mkdir")
    assert "selfcode stopped `__main__:plain` at `os.mkdir` of" in ran.shown
    assert "%selfcode revert __main__:plain" in ran.shown
    assert not (kernel.folder / "made").exists()
    assert _actions(kernel)[-1] == "tripped"
    kernel.run("%unload_ext selfcode")
    assert not kernel.run("plain(1)").error
    assert (kernel.folder / "made").exists()


def test_a_patch_of_several_targets_is_on_probation_and_reverted_as_one(kernel):
    kernel.run("def first(x):\n    return x + 1")
    kernel.run("def second(x):\n    return first(x) * 2")
    kernel.run(
        "from selfcode.notebook.front import Front\nfrom selfcode.records import *\n"
        "decisions = Front.of(get_ipython()).session.decisions\n"
        "one = 'def first(x):\\n    return x + 1'\n"
        "two = 'def second(x):\\n    return first(x) * 2'\n"
        "verdict = Verdict.of((Finding('trial', Outcome.ACCEPTED, 'by hand'),), Isolation.A)\n"
        "also = Change(Target('__main__', 'second'), two, two.replace('* 2', '* 3'))\n"
        "candidate = Candidate(Target('__main__', 'first'), one, one.replace('x + 1', '1 + x'),\n"
        "                      'hand', 'both', also=(also,))\n"
        "_ = decisions.offer(Patch(candidate, verdict), None, (99, 0))"
    )
    assert not kernel.run("%selfcode approve --probation 3").text
    assert kernel.value("first(1)") == "2"
    ran = kernel.run("print(second(1))")
    assert ran.text == "4\n"
    assert "`__main__:first`, `__main__:second`: reverted" in ran.shown
    assert "it gave 6, the old version 4" in ran.shown
    assert kernel.value("first.__code__.co_filename == second.__code__.co_filename") == "False"
    assert "selfcode" not in kernel.value("first.__code__.co_filename")
    assert kernel.value("[v.number for v in decisions.history() if v.current]") == "[1, 1]"


def test_the_rest_of_a_cell_may_be_run_on_while_its_functions_are_on_probation(kernel):
    _, proposal = kernel.fail(
        "factor = 3\ndef scale(v):\n    return v * factr\nmade = [scale(n) for n in (1, 2)]"
    )
    assert proposal.displays
    approved = kernel.run("%selfcode approve --probation 5 --resume")
    assert "On probation for 5 good calls" in approved.shown, approved
    assert kernel.value("made") == "[3, 6]"
    assert "2 of 5 good calls" in kernel.run("%selfcode status").shown
