"""The numbers of `sweep.json`."""

import msgspec
import pytest

from hashsweep.report.sweep_json import to_json
from hashsweep.report.tally import Tally
from hashsweep.report.totals import Totals

EMPTY = to_json(Tally().totals())


def test_every_number_is_there_and_none_is_negative():
    """A total that is missing, negative or no whole number is damage."""
    assert msgspec.convert(EMPTY, Totals) == Tally().totals()
    for name, value in EMPTY.items():
        bad = (-1, 1.5, "1", None, 2**63) if value == 0 else ({"a": -1}, [], None, {"a": "1"})
        for each in bad:
            with pytest.raises(msgspec.ValidationError):
                msgspec.convert(EMPTY | {name: each}, Totals)
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({k: v for k, v in EMPTY.items() if k != name}, Totals)
