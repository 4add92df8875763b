"""The user's own module: its live functions and its file are put right together."""

import pytest

pytestmark = pytest.mark.kernel

SHOP = (
    "import math\n\n\ndef area(r):\n    return math.PI * r**2\n\n\n"
    "def label(r):\n    return 'area ' + area(r)\n"
)


@pytest.fixture
def shop(kernel):
    path = kernel.folder / "shop_of_the_user.py"
    path.write_text(SHOP)
    kernel.run("import shop_of_the_user as shop\nkept = shop.area")
    return path


def test_a_repaired_module_is_written_back_and_reverted_with_its_file(kernel, shop):
    _, proposal = kernel.fail("a = round(shop.area(1), 2)")
    assert f"Approving rewrites `{shop}` too." in proposal.shown
    approved = kernel.run("%selfcode approve --resume")
    assert "`shop_of_the_user.py` now holds the new text of `area`" in approved.shown
    assert kernel.value("a, round(kept(1), 2)") == "(3.14, 3.14)"
    assert shop.read_text() == SHOP.replace("PI", "pi")

    reverted = kernel.run("%selfcode revert")
    assert "`shop_of_the_user.py` now holds" in reverted.shown
    assert shop.read_text() == SHOP
    assert kernel.run("kept(1)").error.startswith("AttributeError")


def test_two_functions_of_a_module_are_repaired_together_and_one_after_the_other(kernel, shop):
    kernel.fail("a = shop.area(1)")
    kernel.run("%selfcode approve")
    shop.write_text("# a line more\n" + shop.read_text())  # by the user's editor
    _, proposal = kernel.fail("text = shop.label(1)")
    assert "[accepted]" in proposal.shown, proposal.shown
    kernel.run("%selfcode approve --resume")
    assert kernel.value("text") == "'area 3.141592653589793'"
    assert "return 'area ' + str(area(r))" in shop.read_text()
    assert shop.read_text().startswith("# a line more\n")


def test_a_file_that_changed_meanwhile_is_left_alone_and_that_is_said(kernel, shop):
    kernel.fail("a = shop.area(1)")
    theirs = SHOP.replace("return math.PI * r**2", "return 0")
    shop.write_text(theirs)
    said = kernel.run("%selfcode approve").shown
    assert "still holds the old text: it does not hold the text of `area` that was judged" in said
    assert shop.read_text() == theirs


def test_the_file_is_left_alone_where_the_settings_say_so(kernel, shop):
    kernel.run("%config Selfcode.rewrite_files = False")
    _, proposal = kernel.fail("a = shop.area(1)")
    assert "Approving rewrites" not in proposal.shown
    assert "still holds the old text." in kernel.run("%selfcode approve").shown
    assert shop.read_text() == SHOP
