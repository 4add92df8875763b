"""Source text as definitions and statements."""

import ast

from selfcode.source import Edit, apply_edits, definition_at, definition_named, splice

TEXT = """\
import os

@decorated
def first(x):
    return x

class Second:
    def method(self): ...

def first(x):
    return -x
"""


def test_a_definition_includes_its_decorators_and_the_last_of_a_name_wins():
    assert definition_at(TEXT, 3).text == "@decorated\ndef first(x):\n    return x\n"
    assert definition_at(TEXT, 8).name == "Second"
    assert definition_at(TEXT, 1) is None
    assert definition_named(TEXT, "first").first_line == 10


def test_splicing_a_definition_leaves_everything_else_as_it_was():
    new = splice(TEXT, definition_named(TEXT, "Second"), "class Second:\n    pass")
    assert new == TEXT.replace("    def method(self): ...\n", "    pass\n")


def test_edits_count_columns_in_bytes_and_apply_from_the_end():
    text = "é = foo.bar + foo.bar\n"
    nodes = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Attribute)]
    assert apply_edits(text, [Edit.at(node, "baz") for node in nodes]) == "é = baz + baz\n"
