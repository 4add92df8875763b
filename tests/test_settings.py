"""A limit that an administrator sets cannot be raised by a user."""

import json

import pytest

from selfcode.errors import UsageError
from selfcode.settings import LIMITS_FILE, Selfcode, system_limits


@pytest.mark.parametrize(
    ("name", "limit", "wanted", "in_force"),
    [
        ("mode", "observe", "auto", "observe"),
        ("mode", "ask", "observe", "observe"),
        ("auto_per_hour", 2, 50, 2),
        ("auto_per_hour", 2, 1, 1),
        ("minimum_isolation", "A", "B", "A"),
        ("seconds", 3.0, 60.0, 3.0),
        ("capabilities", ["file-read"], ["file-read", "network"], ["file-read"]),
        ("strict", True, False, True),
    ],
)
def test_a_system_limit_can_be_made_stricter_but_not_looser(name, limit, wanted, in_force):
    settings = Selfcode({name: limit})
    setattr(settings, name, wanted)
    assert getattr(settings, name) == in_force


def test_a_limit_holds_for_the_value_from_a_configuration_file_too():
    from traitlets.config import Config

    config = Config({"Selfcode": {"mode": "auto"}})
    assert Selfcode({"mode": "ask"}, config=config).mode == "ask"
    assert Selfcode({}, config=config).mode == "auto"


def test_a_default_that_is_looser_than_the_limit_is_lowered():
    assert Selfcode({"mode": "observe"}).mode == "observe"


def test_the_strictest_of_several_limits_files_wins(tmp_path):
    for folder, per_hour in (("a", 5), ("b", 3)):
        (tmp_path / folder).mkdir()
        limits = {"Selfcode": {"auto_per_hour": per_hour}}
        (tmp_path / folder / LIMITS_FILE).write_text(json.dumps(limits))
    folders = [str(tmp_path / name) for name in ("a", "b", "missing")]
    assert system_limits(folders) == {"auto_per_hour": 3}


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        '{"Selfcode": {"mode": "maybe"}}',
        "[]",
        '{"Selfcode": {"colour": 1}}',
        '{"Selfcode": 1}',
    ],
)
def test_a_broken_limits_file_is_an_error_rather_than_ignored(tmp_path, text):
    (tmp_path / LIMITS_FILE).write_text(text)
    with pytest.raises(UsageError, match=LIMITS_FILE):
        system_limits([str(tmp_path)])
