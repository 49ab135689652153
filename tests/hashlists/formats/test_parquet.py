"""Parquet lists: binary and text columns, a report's own files, damage."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hashsweep.errors import ListError
from hashsweep.report.schema import FILES
from support.list_samples import entries, hexes, md5, parquet, pdq, read, refusals, sha256


def written(path: Path, **columns: Any) -> bytes:
    """The bytes of a Parquet file with these columns."""
    pq.write_table(pa.table(columns), path / "made")
    return (path / "made").read_bytes()


def test_sample(tmp_path: Path) -> None:
    """A row gives its hashes from binary and from text, and its labels from a list."""
    rows = read(tmp_path, "parquet", parquet(2))
    first, second, gone = entries(rows)
    assert hexes(first) == {"md5": md5(1), "sha256": sha256(1)}
    assert (first.entry_id, first.labels, first.quality) == ("1", ("a;b", "c"), None)
    assert second.line == 2
    assert (gone.key, gone.withdrawn, gone.line) == ("table:3", True, 3)
    assert refusals(rows) == [(4, "no-hash")]


def test_report_is_a_list(tmp_path: Path) -> None:
    """The files of a report are a list of what was scanned."""
    row = {"item_id": b"\x01" * 16, "uri": "/a.jpg", "status": "failed", "pdq_quality": 77}
    row |= {"md5": bytes.fromhex(md5(1)), "pdq": bytes.fromhex(pdq(1))}
    pq.write_table(pa.Table.from_pylist([row], schema=FILES), tmp_path / "made")
    (entry,) = entries(read(tmp_path, "parquet", (tmp_path / "made").read_bytes()))
    assert hexes(entry) == {"md5": md5(1), "pdq": pdq(1)}
    assert (entry.entry_id, entry.quality, entry.withdrawn) == ("01" * 16, 77, False)


def test_map_and_long(tmp_path: Path) -> None:
    """The user's names work, and rows of one id are one entry."""
    data = written(tmp_path, nr=[7, 7], art=["md5", "pdq"], wert=[md5(1), pdq(1)])
    columns = {"entry_id": "NR", "algorithm": "Art", "hash": "Wert"}
    (entry,) = entries(read(tmp_path, "parquet", data, columns=columns))
    assert (entry.entry_id, hexes(entry)) == ("7", {"md5": md5(1), "pdq": pdq(1)})


def test_no_hash_column(tmp_path: Path) -> None:
    """A file without a column of hashes is refused as a whole."""
    with pytest.raises(ListError, match="no column"):
        read(tmp_path, "parquet", written(tmp_path, uri=["a"]))


def test_damaged_half_way(tmp_path: Path) -> None:
    """Rows before the damage are kept, and the damage is told."""
    ids = [str(n) for n in range(20_000)]
    hashes = [bytes.fromhex(md5(n)) for n in range(20_000)]
    table = pa.table({"id": ids, "md5": hashes})
    pq.write_table(table, tmp_path / "made", row_group_size=5000, compression="zstd")
    data = bytearray((tmp_path / "made").read_bytes())
    half = len(data) // 2
    data[half : half + 2000] = bytes(2000)
    rows = read(tmp_path, "parquet", bytes(data))
    assert 4096 <= len(entries(rows)) < 20_000
    assert refusals(rows)[-1] == (len(entries(rows)) + 1, "damaged")


def test_columns_of_one_name(tmp_path: Path) -> None:
    """Two columns of one name give an entry both hashes; a list gives all it holds."""
    names = ["pdq_hash", "md5", "md5", "n"]
    lists = pa.array([[bytes.fromhex(pdq(1)), bytes.fromhex(pdq(2))]])
    table = pa.Table.from_arrays([lists, pa.array([md5(1)]), pa.array([md5(2)]), [[1]]], names)
    pq.write_table(table, tmp_path / "made")
    (entry,) = entries(read(tmp_path, "parquet", (tmp_path / "made").read_bytes()))
    assert [value.hex() for _, value in entry.hashes] == [pdq(1), pdq(2), md5(1), md5(2)]
