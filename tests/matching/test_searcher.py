"""Which code searches an index."""

import pytest

from hashsweep.matching import mih, searcher
from hashsweep.matching.mih import MihIndex
from support.planted import flipped, pairs, random_hashes


def test_short_lists_are_searched_by_numpy(monkeypatch):
    """Compiling would take longer than it saves; numba is not even imported."""
    monkeypatch.setattr(searcher, "is_compiled_available", lambda: pytest.fail("was asked"))
    hashes = random_hashes(1, 3000, 32)

    assert type(searcher.searcher(hashes, mih.build(hashes))) is MihIndex


def test_without_the_extra_numpy_does_it(monkeypatch):
    """What is optional is not missed."""
    monkeypatch.setattr(searcher, "COMPILED_FROM", 3000)
    monkeypatch.setattr(searcher.importlib.util, "find_spec", lambda name: None)
    hashes = random_hashes(1, 3000, 32)

    assert not searcher.is_compiled_available()
    assert type(searcher.searcher(hashes, mih.build(hashes))) is MihIndex


def test_long_lists_are_searched_by_compiled_code(monkeypatch):
    """Where numba is installed, from COMPILED_FROM hashes; the answer is the same."""
    pytest.importorskip("numba", reason="the extra `fast` is not installed")
    monkeypatch.setattr(searcher, "COMPILED_FROM", 3000)
    hashes = random_hashes(1, 3000, 32)
    shorter, longer = (
        searcher.searcher(hashes[:rows], mih.build(hashes[:rows])) for rows in (2999, 3000)
    )
    queries = flipped(hashes[:5], 31)

    assert (type(shorter).__name__, type(longer).__name__) == ("MihIndex", "CompiledMihIndex")
    assert pairs(shorter.find(queries, 31)) == pairs(longer.find(queries, 31))
    assert pairs(longer.find(queries, 31)) == [(row, row, 31) for row in range(5)]


def test_many_queries_are_worth_compiling_for_shorter_lists():
    """The caller knows how many queries will come, and may set the bound."""
    pytest.importorskip("numba", reason="the extra `fast` is not installed")
    hashes = random_hashes(1, 3000, 32)
    one = searcher.searcher(hashes, mih.build(hashes), 3000)

    assert type(one).__name__ == "CompiledMihIndex"
