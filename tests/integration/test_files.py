"""The file of a module: one definition is put right, everything else stays byte for byte."""

import os
import stat
import sys

import pytest

from selfcode.errors import SwapError
from selfcode.integration.files import file_of, rewrite_file
from selfcode.records import Change, Target

OLD = "def f(x):\n    return x + 1\n"
NEW = "def f(x):\n    y = x\n    return y + 2\n"


def change(before=OLD, after=NEW):
    return Change(Target("shop", "f"), before, after)


LAYOUTS = {
    "alone": (b"%s", b"\n"),
    "between others": (b"import os\n\n%s\n\n# an end\nx = 1", b"\n"),
    "the last without a line end": (b"import os\n%s", b""),
    "lines of Windows": (b"import os\r\n%s\r\nx = 1\r\n", b"\r\n"),
    "a byte order mark": (b"\xef\xbb\xbfx = 1\n%s", b"\n"),
    "another encoding": (b"# coding: latin-1\nname = '\xe4'\n%s", b"\n"),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_only_the_lines_of_the_definition_change(name, tmp_path):
    layout, end = LAYOUTS[name]
    newline = b"\r\n" if end == b"\r\n" else b"\n"
    old, new = (t.rstrip("\n").encode().replace(b"\n", newline) + end for t in (OLD, NEW))
    path = tmp_path / "shop.py"
    path.write_bytes(layout % old)
    path.chmod(0o640)
    rewrite_file(path, change())
    assert path.read_bytes() == layout % new
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    rewrite_file(path, change(NEW, OLD))
    assert path.read_bytes() == layout % old
    assert os.listdir(tmp_path) == ["shop.py"]


KEPT = {
    "changed since": OLD.replace("1", "3"),
    "there twice": OLD + OLD,
    "no Python any more": OLD + "def g(:\n",
    "an encoding that the new text does not fit": "# coding: ascii\n" + OLD,
}


@pytest.mark.parametrize("name", KEPT)
def test_a_file_that_does_not_fit_stays_as_it_is(name, tmp_path):
    path = tmp_path / "shop.py"
    path.write_text(KEPT[name])
    with pytest.raises(SwapError):
        rewrite_file(path, change(after=NEW.replace("y", "ä")))
    assert path.read_text() == KEPT[name]


def test_a_stale_compiled_file_does_not_outlive_the_change(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "shop_of_a_test.py"
    path.write_text(OLD)
    import shop_of_a_test as shop

    assert file_of("shop_of_a_test") == path.resolve()
    before = path.stat()
    rewrite_file(path, change(after=OLD.replace("1", "2")))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    del sys.modules["shop_of_a_test"], shop
    import shop_of_a_test as again

    assert again.f(1) == 3


def test_what_has_no_source_file_has_none():
    assert file_of("sys") is None
    assert file_of("no_such_module") is None
