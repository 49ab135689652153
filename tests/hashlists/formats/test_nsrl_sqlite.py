"""NSRL in SQLite: whichever table is there, read-only, damage."""

import os
import sqlite3
from pathlib import Path

import pytest

from hashsweep.errors import ListError
from support.list_samples import entries, hexes, md5, nsrl_sqlite, read, refusals, sha1, sha256


def made(path: Path, script: str) -> bytes:
    """The bytes of a database that the script makes."""
    connection = sqlite3.connect(path / "made")
    connection.executescript(script)
    connection.close()
    return (path / "made").read_bytes()


def test_sample(tmp_path: Path) -> None:
    """The minimal set gives its hashes and the file's name."""
    rows = read(tmp_path, "nsrl-sqlite", nsrl_sqlite(1))
    entry, short = entries(rows)
    assert (entry.entry_id, entry.source) == ("1.gif", "NSRL")
    hashes = {"sha256": sha256(1), "sha1": sha1(1), "md5": md5(1), "crc32": "AA6A7B16"}
    assert hexes(entry) == hashes
    assert (short.entry_id, hexes(short)["sha256"]) == ("row-2", sha256(31))
    assert refusals(rows) == [(2, "bad-length")]


@pytest.mark.parametrize("table", ["METADATA", "FILE", "DISTINCT_HASH"])
def test_any_table(tmp_path: Path, table: str) -> None:
    """Columns are found by name in any of the tables, in either case, whatever is missing."""
    script = (
        f"CREATE TABLE {table} (bytes INTEGER, MD5 TEXT);"
        f"INSERT INTO {table} VALUES (7, '{md5(1)}'), (7, NULL);"
    )
    rows = read(tmp_path, "nsrl-sqlite", made(tmp_path, script))
    assert [(e.entry_id, hexes(e)) for e in entries(rows)] == [("row-1", {"md5": md5(1)})]
    assert refusals(rows) == [(2, "no-hash")]


def test_other_database(tmp_path: Path) -> None:
    """An SQLite file of something else is refused."""
    with pytest.raises(ListError, match="NSRL"):
        read(tmp_path, "nsrl-sqlite", made(tmp_path, "CREATE TABLE FILE (name TEXT);"))


def test_cut_off(tmp_path: Path) -> None:
    """A file that lost its end is refused: SQLite would read zeros in its place."""
    with pytest.raises(ListError, match="shorter"):
        read(tmp_path, "nsrl-sqlite", nsrl_sqlite(100)[:-4096])


def test_leaves_nothing_behind(tmp_path: Path) -> None:
    """Reading makes no journal and no lock beside the list, whatever its name."""
    read(tmp_path, "nsrl-sqlite", nsrl_sqlite(1), filename="a?b#c%20.db")
    assert os.listdir(tmp_path) == ["a?b#c%20.db"]
