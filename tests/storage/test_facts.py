"""What stores say about objects."""

import pytest

from hashsweep.storage.facts import token


@pytest.mark.parametrize(
    ("etag", "expected"), [('"a"', "a"), ('W/"a"', "a"), ("a", "a"), ('""', None), (None, None)]
)
def test_tokens(etag, expected):
    """Tokens are as inventories have them."""
    assert token(etag) == expected
