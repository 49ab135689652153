"""Shell patterns mean the same to a sweep and to a report."""

import fnmatch

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.globs import any_matches, as_re2

CHARACTERS = "ab-!^[]*?\\&|~/.\nä\U0001f600Z"


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*.jpg", "/srv/a/b.jpg", True),
        ("b.jpg", "/srv/a/b.jpg", True),
        ("b", "/srv/a/b.jpg", False),
        ("*/a/*", "/srv/a/b.jpg", True),
        ("*.JPG", "/srv/a/b.jpg", False),
    ],
)
def test_the_whole_path_or_the_name(pattern, path, matches):
    """Either may match; any of several patterns does."""
    assert any_matches([pattern], path) == matches
    assert any_matches(["no", pattern], path) == matches


@given(pattern=st.text(CHARACTERS, max_size=8), text=st.text(CHARACTERS, max_size=6))
def test_arrow_matches_what_fnmatch_matches(pattern, text):
    """Whatever the pattern: sets, ranges, brackets without an end, characters of expressions."""
    found = pc.match_substring_regex(pa.array([text]), as_re2(pattern))

    assert found.to_pylist() == [fnmatch.fnmatchcase(text, pattern)]


@given(inner=st.text("ab-!]^[", max_size=6), text=st.text("ab-!]^[", max_size=2))
def test_arrow_matches_the_sets_of_fnmatch(inner, text):
    """The corners of sets: `[]a]`, `[!]`, `[b-a]`, `[--a]`."""
    pattern = f"[{inner}]"
    found = pc.match_substring_regex(pa.array([text]), as_re2(pattern))

    assert found.to_pylist() == [fnmatch.fnmatchcase(text, pattern)]
