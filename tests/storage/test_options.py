"""Options of stores as plain values."""

import json

from hashsweep.storage.options import FetchOptions, StoreOptions


def test_they_cross_a_pipe():
    """What a fetcher is told is JSON, and gives the same options back."""
    told = json.loads(
        json.dumps(
            FetchOptions(StoreOptions("http://h", 3.0, 2, allow_hosts=("h",)), 5, 6, 7).to_json()
        )
    )

    assert StoreOptions.from_json(told.pop("stores")) == StoreOptions(
        "http://h", 3.0, 2, allow_hosts=("h",)
    )
    assert told == {"window": 5, "spool_above": 6, "max_size": 7}
