"""Each layer is needed: with it off, snippets get through that the whole wall holds.

The whole table takes minutes and is published; here its examples are tried again. A layer of which
the table says that none gets through must be called redundant there.
"""

import json

import pytest

from danger.ablation import EVERY, LAYERS, Ground
from danger.publish import ABLATION, examples

pytestmark = pytest.mark.danger

PUBLISHED = json.loads(ABLATION.read_text())["layers"]
NEEDED = [layer for layer, found in PUBLISHED.items() if found]


@pytest.fixture(scope="module")
def ground():
    ground = Ground.made()
    yield ground
    ground.end()


def chosen(layer):
    wanted = examples(PUBLISHED[layer])
    return [snippet for snippet in EVERY if f"{snippet.group}: {snippet.name}" in wanted]


@pytest.mark.parametrize("layer", NEEDED)
def test_without_the_layer_the_published_snippets_get_through(ground, layer):
    snippets = chosen(layer)
    assert snippets
    found = ground.through(layer, snippets)
    assert found == [f"{snippet.group}: {snippet.name}" for snippet in snippets]


def test_every_layer_is_in_the_table_and_most_of_them_are_needed():
    assert list(PUBLISHED) == list(LAYERS)
    assert PUBLISHED["none"] == []
    assert {"seccomp", "Landlock", "private root", "closed descriptors"} <= set(NEEDED)
