"""What a person sees: whole, honest, harmless, in HTML and as text."""

import io
import os
import pty
import re
import subprocess
import sys
import time
from html.parser import HTMLParser

import pytest

from selfcode.notebook import display
from selfcode.notebook.blocks import Tone, visible, visible_line
from selfcode.records import (
    Candidate,
    Finding,
    Isolation,
    Outcome,
    Patch,
    Target,
    Verdict,
    Version,
)

BEFORE = 'def mean(df):\n    total = df["prcie"].sum()\n    return total / len(df)\n'
AFTER = BEFORE.replace("prcie", "price")
DIFF = """\
--- __main__:mean (before)
+++ __main__:mean (after)
@@ -1,3 +1,3 @@
 def mean(df):
-    total = df["prcie"].sum()
+    total = df["price"].sum()
     return total / len(df)
"""
GO_BACK = "Go back  `%selfcode revert __main__:mean`"
SEE_ALL = "All versions  `%selfcode history __main__:mean`"
PARSED = Finding("parse", Outcome.ACCEPTED, "it compiles", 0.0004)
TRIED = Finding("trial", Outcome.ACCEPTED, "2 statements ran", 0.031, ("mean = 4.5",))
UNSURE = Finding("rivals", Outcome.UNDECIDED, "2 repairs make the cell run", 0.0)
REFUSED = Finding("policy", Outcome.REJECTED, "it would gain `network`", 0.002)


def patch(*findings, after=AFTER, explanation="read the column `price`", summary="No column."):
    candidate = Candidate(Target("__main__", "mean"), BEFORE, after, "rules", explanation)
    verdict = Verdict.of(findings or (PARSED, TRIED), Isolation.A, "twin child")
    return Patch(candidate, verdict, summary)


class Tags(HTMLParser):
    """Reads HTML as a browser would: which tags, closed in order, and the text between them."""

    VOID = ("br", "wbr")

    def __init__(self, html):
        super().__init__()
        self.seen, self.open, self.words, self.attributes = [], [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.attributes += attrs
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)


def read(view):
    tags = Tags(view.bundle()["text/html"])
    assert tags.open == []
    return tags


def test_the_text_of_a_proposal_holds_diff_verdict_hash_and_what_to_do():
    proposed = patch()
    name = proposed.hash[:12]
    assert (
        repr(display.Proposal((proposed,), tried=3, seconds=0.25))
        == f"""\
✓ selfcode proposes: read the column `price`  [accepted]
  __main__:mean · {name}
No column.

{DIFF}
Evidence: 2 of 2 checks accept it, 31 ms, run in a twin child, isolation A
    Check  Outcome   Time    What it says
  ✓ parse  accepted  0.4 ms  it compiles
  ✓ trial  accepted  31 ms   2 statements ran
        mean = 4.5
    {display.CAVEAT}

Approve  `%selfcode approve {name} --resume`
Reject   `%selfcode reject {name}`
3 candidates tried in 0.2 s. `--resume` also runs the rest of the cell."""
    )


@pytest.mark.parametrize(
    ("findings", "options", "command", "said"),
    [
        ((PARSED,), {}, "approve {} --resume", ""),
        ((PARSED,), {"resumable": False}, "approve {}`", ""),
        ((PARSED, UNSURE), {}, "approve {} --undecided --resume", ""),
        ((PARSED, REFUSED), {}, None, "cannot be approved"),
        ((PARSED,), {"forbidden": "Mode observe."}, None, "Mode observe."),
    ],
)
def test_only_what_can_be_approved_is_offered_for_approval(findings, options, command, said):
    proposed = patch(*findings)
    text = repr(display.Proposal((proposed,), **options))
    assert ("%selfcode approve" in text) == (command is not None)
    assert (command or "").format(proposed.hash[:12]) in text
    assert said in text


def test_what_running_on_would_repeat_is_said_and_resuming_not_recommended():
    proposed = patch()
    text = repr(
        display.Proposal((proposed,), repeats={proposed.hash: ("`queue`", "the file `a.log`")})
    )
    assert "Running on would change `queue` and the file `a.log` a second time." in text
    assert f"`%selfcode approve {proposed.hash[:12]}`" in text
    assert "approve " + proposed.hash[:12] + " --resume" not in text


def test_rivals_are_shown_as_a_choice_each_with_its_diff_and_hash():
    first = patch(PARSED, UNSURE)
    second = patch(PARSED, UNSURE, after=BEFORE.replace("prcie", "prices"))
    text = repr(display.Proposal((first, second)))
    assert text.startswith("? selfcode found 2 repairs: choose one\n")
    for choice in (first, second):
        assert choice.diff() in text
        assert f"approve {choice.hash[:12]} --undecided" in text


def test_the_evidence_is_open_whatever_the_verdict():
    cases = patch(), patch(PARSED, UNSURE), patch(PARSED, REFUSED)
    opened = [("open", None) in read(display.Proposal((case,))).attributes for case in cases]
    assert opened == [True, True, True]


HOSTILE = "</pre><script>alert(1)</script><img src=x onerror=alert(2)>\"' & </style><b>"


def hostile_views():
    target = Target("__main__", HOSTILE)
    finding = Finding(HOSTILE, Outcome.REJECTED, HOSTILE, 0.1, (HOSTILE, f"a\n{HOSTILE}"))
    candidate = Candidate(target, HOSTILE, f"x = 1\n{HOSTILE}", HOSTILE, f"`{HOSTILE}`")
    bad = Patch(candidate, Verdict.of((finding,), Isolation.A, HOSTILE), HOSTILE)
    version = Version(target, 1, HOSTILE, HOSTILE)
    return [
        display.Proposal((bad,), forbidden=HOSTILE),
        display.Declined(HOSTILE),
        display.NothingPassed([bad], HOSTILE),
        display.Approved(bad, (version,), "auto", HOSTILE),
        display.Rejected(bad, HOSTILE),
        display.Reverted((version,), HOSTILE),
        display.Notice(HOSTILE),
        display.History([version]),
        display.VersionDiff(target, 1, 2, bad.diff()),
        display.Status(
            "ask", True, [HOSTILE], [HOSTILE], Isolation.A, HOSTILE, [bad], {HOSTILE: HOSTILE}
        ),
    ]


@pytest.mark.parametrize("view", hostile_views(), ids=lambda view: type(view).__name__)
def test_hostile_text_stays_text(view):
    tags = read(view)
    assert not {"script", "img", "iframe", "a", "input"} & set(tags.seen)
    assert not [name for name, _ in tags.attributes if name.startswith("on") or name == "style"]
    assert HOSTILE in "".join(tags.words)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 日本 🙂\tx", "plain é 日本 🙂\tx"),
        ("\x1b[2J\x1b]0;title\x07", r"\x1b[2J\x1b]0;title\x07"),
        ("a\rb\x00\x7f\x9b", r"a\rb\x00\x7f\x9b"),
        ("access \u202e\u2066 user", r"access \u202e\u2066 user"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("\ud800", r"\ud800"),
    ],
)
def test_characters_that_hide_or_obey_are_shown_as_escapes(text, shown):
    assert visible(text) == shown


def test_a_reason_of_two_lines_cannot_pose_as_a_check_of_its_own():
    forged = Finding("policy", Outcome.REJECTED, "no\n  ✓ trial  accepted  1 ms  all is well")
    text = repr(display.Proposal((patch(forged),)))
    assert "✗ policy  rejected  0.0 ms  no\\n  ✓ trial" in text
    assert visible_line("a\n\tb") == r"a\n\tb"


def test_the_bundle_can_always_be_encoded():
    odd = patch(explanation="\ud800 \x1b[31m", after='x = "\ud800"\n')
    for text in display.Proposal((odd,)).bundle().values():
        assert "\x1b" not in text
        text.encode()


def test_html_is_one_labelled_section_without_anything_from_outside():
    html = display.Proposal((patch(),)).bundle()["text/html"]
    assert html.startswith('<section class="selfcode good" aria-label="selfcode: proposal">')
    assert html.count("<section") == 1
    assert not re.search(r"https?:|url\(|@import|<script", html)


def test_a_changed_line_tells_old_and_new_by_sign_by_tag_and_by_what_changed():
    html = display.Proposal((patch(),)).bundle()["text/html"]
    text = "".join(read(display.Proposal((patch(),))).words)
    assert '2 -     total = df["prcie"].sum()\n' in text
    assert '2 +     total = df["price"].sum()\n' in text
    assert html.count("<del ") == html.count("<ins ") == 1
    assert re.findall(r"<mark>(?:<[^>]*>)?(\w+)", html) == ["prcie", "price"]


def test_a_change_of_line_ends_alone_says_so_instead_of_showing_nothing():
    text = repr(display.Proposal((patch(after=BEFORE.rstrip("\n")),)))
    assert "? Only line ends differ, so the diff is empty." in text


def test_lines_of_a_megabyte_are_shown_without_delay():
    before, after = 'x = "' + "a b " * 300_000 + '"', 'x = "' + "a c " * 300_000 + '"'
    long = Candidate(Target("cell", "1"), before, after, "rules", "change it")
    shown = display.Proposal((Patch(long, Verdict.of((PARSED,), Isolation.A)),))
    began = time.monotonic()
    assert len(shown.bundle()["text/html"]) > 2_400_000
    assert time.monotonic() - began < 10


def test_every_table_has_a_caption_and_every_cell_a_header():
    for view in [display.Proposal((patch(),)), display.History([version(1), version(2)])]:
        html = view.bundle()["text/html"]
        assert html.count("<table>") == html.count("<caption>")
        assert html.count('<th scope="row">') == len(re.findall(r"<tr><th scope=\"row\">", html))
        assert '<th scope="col">' in html


def version(number):
    origin = "user" if number == 1 else "ab" * 32
    return Version(Target("__main__", "mean"), number, BEFORE, origin, number == 2)


@pytest.mark.parametrize(
    ("view", "text"),
    [
        (display.Declined("it was interrupted."), "selfcode proposes nothing: it was interrupted."),
        (
            display.NothingPassed([], "No file."),
            "selfcode knows no repair for this failure. No file.",
        ),
        (
            display.Approved(patch(), (version(2),)),
            f"✓ Approved {patch().hash[:12]}: `__main__:mean` is now version 2.\n{GO_BACK}",
        ),
        (
            display.Rejected(patch(), "no"),
            f"Rejected {patch().hash[:12]} because no. Nothing was changed.",
        ),
        (
            display.Reverted((version(1),)),
            f"✓ `__main__:mean` is back at version 1.\n{SEE_ALL}",
        ),
        (display.Notice("Wrong.", Tone.BAD), "✗ Wrong."),
        (display.History([]), "No version yet: nothing was injected in this session."),
        (
            display.VersionDiff(Target("__main__", "mean"), 1, 2, ""),
            "`__main__:mean`: versions 1 and 2 are the same.",
        ),
        (
            display.VersionDiff(Target("__main__", "mean"), 1, 2, DIFF),
            f"`__main__:mean`: from version 1 to 2\n\n{DIFF}".rstrip("\n"),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_short_views_are_a_line_or_two(view, text):
    assert repr(view) == text


def test_many_refused_candidates_are_counted_in_text_and_listed_in_html():
    refused = [patch(PARSED, REFUSED, explanation=f"try {i}") for i in range(9)]
    view = display.NothingPassed(refused, "No column.", 1.25)
    assert repr(view).startswith(
        "selfcode found no repair that passes: 9 candidates in 1.2 s. No column."
    )
    assert "and 6 more" in repr(view)
    assert "try 8" not in repr(view)
    assert "try 8" in view.bundle()["text/html"]


def test_an_auto_approval_shows_what_nobody_has_seen_yet_and_one_step_back():
    text = repr(display.Approved(patch(), (version(2),), by="auto"))
    assert text.startswith("✓ The auto mode approved")
    assert DIFF in text
    assert text.endswith("`%selfcode revert __main__:mean`")


def test_a_file_gets_plain_text_and_a_terminal_gets_colour(monkeypatch):
    view = display.Proposal((patch(),))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert view.text(io.StringIO()) == repr(view)
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as terminal, os.fdopen(master):
        coloured = view.text(terminal)
        monkeypatch.setenv("NO_COLOR", "1")
        assert view.text(terminal) == repr(view)
        monkeypatch.delenv("NO_COLOR")
        monkeypatch.setenv("TERM", "dumb")
        assert view.text(terminal) == repr(view)
    assert '\x1b[31m-    total = df["prcie"].sum()\x1b[0m' in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == repr(view)
    backgrounds = re.findall(r"\x1b\[(?:\d+;)*(?:4\d|10[0-7])m", coloured)
    assert backgrounds == [], "a background colour would be unreadable in some theme"


def test_display_is_imported_without_ipython_or_rich():
    code = (
        "import sys; from selfcode.notebook import display; display.Notice('x').bundle();"
        "print(sorted({'IPython', 'rich', 'pygments'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
