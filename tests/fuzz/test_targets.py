"""Samples of everything, and whatever a fuzzer ever found, come to a documented outcome."""

import random

import pytest
from PIL import Image

from fuzz.seeds import seeds
from fuzz.targets import TARGETS
from support.thoroughness import EXHAUSTIVE


@pytest.fixture(autouse=True)
def pillows_limit(monkeypatch):
    """The targets decode in this process with a low limit, which Pillow keeps for all."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", Image.MAX_IMAGE_PIXELS)


SEEDS = {name: list(seeds(name)) for name in TARGETS}  # drawn once, not once a test
INPUTS = [(name, number) for name in TARGETS for number, _ in enumerate(SEEDS[name])]


@pytest.mark.parametrize(("name", "number"), INPUTS)
def test_a_sample_comes_to_a_documented_outcome(name, number):
    """As it is, cut short, and with bytes changed."""
    sample = SEEDS[name][number]
    chance = random.Random(number)
    TARGETS[name](sample)
    for _ in range(4 if EXHAUSTIVE else 1):
        changed = bytearray(sample)
        for _ in range(chance.randrange(1, 9) if sample else 0):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        TARGETS[name](bytes(changed[: chance.randrange(len(changed) + 1)]))
        TARGETS[name](bytes(changed))
    assert number < len(INPUTS)
