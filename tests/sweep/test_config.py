"""What a user asks for is plain values."""

import json
from dataclasses import asdict

from hashsweep.sweep.config import ScanConfig


def test_options_are_plain_values():
    """They are written into the report as they are, and read back the same."""
    options = asdict(ScanConfig(sources=("/a",), max_distance=(("pdq", 20),)))

    assert json.loads(json.dumps(options)) == {
        name: json.loads(json.dumps(value)) for name, value in options.items()
    }
    assert options["timeout"] == 60.0
    assert (options["max_pixels"], options["max_frames"]) == (300_000_000, 1000)
