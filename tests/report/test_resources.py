"""What a run may use, as `sweep.json` has it."""

import msgspec
import pytest

from hashsweep.report.resources import Resources

GOOD = {"workers": 2, "workers_by": "container", "max_memory": None, "memory_by": None}


def test_what_it_can_say():
    """Known words, and numbers that can be."""
    assert msgspec.convert(GOOD, Resources).workers == 2
    for bad in ({"workers": -1}, {"workers_by": "me"}, {"max_memory": "1G"}, {"memory_by": 1}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(GOOD | bad, Resources)
