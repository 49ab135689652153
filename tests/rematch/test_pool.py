"""Several reports as one."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from msgspec.structs import replace

from hashsweep.errors import ReportError, UsageProblem
from hashsweep.rematch.pool import Pool
from hashsweep.report import schema
from hashsweep.report.open_report import OpenReport
from hashsweep.report.segment_digests import LABEL, digest_of, label
from hashsweep.report.sweep_json import serialize
from support.rematch_info import rematch_info
from support.reports import sweep

VERSIONS = {"md5": "1", "pdq": "1"}
HASHES = [{"name": name, "version": version} for name, version in VERSIONS.items()]
DAY = "2026-11-{:02d}T00:00:00.000+00:00"


def row(name, part=None, **values):
    """A row of files."""
    return {
        "item_id": name.encode().ljust(16, b"."), "uri": f"/{name}", "part": part,
        "status": "scanned", "reasons": [], "media_type": "image/gif",
    } | values  # fmt: skip


def matched(name):
    """A row of matches."""
    return {
        "item_id": name.encode().ljust(16, b"."), "uri": f"/{name}", "algorithm": "pdq",
        "distance": 4, "variant": "as-is", "list": "known", "entry_id": "e", "category": "",
        "labels": [], "tier": "close", "evidence": [],
    }  # fmt: skip


def report(folder, *parts, day=1, matches=(), columns=schema.FILES, group=8192, **changes):
    """A report with these parts of files, and matches beside the first."""
    about = sweep(**{"started": DAY.format(day), "hashes": HASHES, **changes})
    tables = {
        f"files/part-{number:05d}.parquet": (rows, columns) for number, rows in enumerate(parts)
    }
    tables |= {name.replace("files", "matches"): ((), schema.MATCHES) for name in tables}
    tables["matches/part-00000.parquet"] = (matches, schema.MATCHES)
    digests = {}
    for name, (rows, kind) in tables.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        labelled = kind.with_metadata({LABEL: label(about.run_id, name)})
        table = pa.Table.from_pylist(list(rows), schema=labelled)
        pq.write_table(table, folder / name, row_group_size=group)
        digests[name] = digest_of(folder / name, table.num_rows)
    (folder / "sweep.json").write_bytes(serialize(replace(about, segments=digests)))
    return OpenReport(folder)


def names(pool):
    """(report, names) of each batch."""
    return [(b.report, [u[1:] for u in b.files["uri"].to_pylist()]) for b in pool.batches()]


def pool_of(*reports):
    """A pool with the versions of today."""
    return Pool(reports, VERSIONS.get)


def test_the_newest_rows_of_an_item_win(tmp_path):
    """In whatever order reports are named; frames go with their file, and items are counted."""
    old = report(tmp_path / "a", [row("x"), row("x", "frame 2"), row("y")], day=1)
    new = report(tmp_path / "b", [row("x"), row("z")], day=2)
    pool = pool_of(old, new)

    assert [each.path.name for each in pool.reports] == ["b", "a"]
    assert pool.rows == 5
    assert names(pool) == [(0, ["x", "z"]), (1, ["y"])]
    assert pool.superseded == [0, 1]


def test_an_item_that_one_report_has_twice_stays_so(tmp_path):
    """A path that was named twice has two rows there."""
    pool = pool_of(report(tmp_path / "a", [row("x"), row("x")]))

    assert names(pool) == [(0, ["x", "x"])]
    assert pool.superseded == [0]


@pytest.mark.parametrize("group", [1, 2, 3])
def test_a_file_is_never_parted_from_its_frames(tmp_path, group):
    """However row groups are cut."""
    frames = [row("x"), *(row("x", f"frame {n}") for n in (2, 3, 4)), row("y"), row("z")]
    pool = pool_of(report(tmp_path / "a", frames, group=group))
    batches = [batch.files["part"].to_pylist() for batch in pool.batches()]

    assert [part for batch in batches for part in batch] == [each["part"] for each in frames]
    assert all(batch[0] is None for batch in batches)
    assert [None, "frame 2", "frame 3", "frame 4"] in [batch[:4] for batch in batches]


def test_a_frame_without_its_file_is_damage(tmp_path):
    """Whose it is cannot be told."""
    pool = pool_of(report(tmp_path / "a", [row("x", "frame 2")]))

    with pytest.raises(ReportError, match="a frame is without its file"):
        list(pool.batches())


def test_matches_come_with_their_items(tmp_path):
    """Those of the same part, of items that are in the batch; none of superseded ones."""
    old = report(
        tmp_path / "a", [row("x"), row("y")], matches=[matched("x"), matched("y")], day=1, group=1
    )
    new = report(tmp_path / "b", [row("x")], day=2)
    found = [batch.earlier["uri"].to_pylist() for batch in pool_of(old, new).batches()]

    assert found == [[], ["/y"]]


def test_older_reports_get_the_columns_of_today(tmp_path):
    """What they lack is null."""
    columns = pa.schema([f for f in schema.FILES if f.name != "looked_for"])
    pool = pool_of(report(tmp_path / "a", [row("x")], columns=columns))
    (batch,) = pool.batches()

    assert batch.files.schema.names == schema.FILES.names
    assert batch.files["looked_for"].to_pylist() == [None]
    assert batch.earlier.schema.names == schema.MATCHES.names


def test_a_hash_of_another_version_is_left_out(tmp_path):
    """It is named, and views and frames go with it; the same hash of another report stays."""
    pdq = {"pdq": b"p" * 32}
    further = {
        "kept_views": ["turns"],
        "views": [{"variant": "mirrored", "pdq": b"v" * 32, "quality": 90}],
        "frame_hashes": [{"frame": 2, "pdq": b"f" * 32, "quality": 90}],
    }
    older = [{"name": "pdq", "version": "0"}]
    old = report(tmp_path / "a", [row("x", **pdq, **further)], day=1, hashes=older)
    new = report(tmp_path / "b", [row("y", **pdq)], day=2)
    pool = pool_of(old, new)

    assert pool.unused == [{}, {"pdq": "0"}]
    assert [batch.files["pdq"].to_pylist() for batch in pool.batches()] == [[b"p" * 32], [None]]
    assert [batch.files[name].to_pylist() for batch in pool.batches() for name in further] == [
        [None]
    ] * 6
    assert pool.hashes["pdq"].version == "1"


def test_a_stated_md5_needs_no_version(tmp_path):
    """A source's own MD5 is stored where the sweep computed none; no other hash is trusted so."""
    values = {"md5": b"m" * 16, "sha1": b"s" * 20}
    pool = pool_of(report(tmp_path / "a", [row("x", **values)], hashes=[]))
    (batch,) = pool.batches()

    assert batch.files["md5"].to_pylist() == [b"m" * 16]
    assert batch.files["sha1"].to_pylist() == [None]


def test_hashes_of_plug_ins_that_are_not_here_are_kept(tmp_path):
    """In the version of the newest report that has them."""
    columns = schema.files_schema({"tall": 9})
    hashes = [{"name": "tall", "version": "7"}]
    with_it = report(
        tmp_path / "a", [row("x", tall=b"t" * 9)], columns=columns, hashes=hashes, day=2
    )
    older = report(
        tmp_path / "c", [row("z", tall=b"t" * 9)], columns=columns, day=1,
        hashes=[{"name": "tall", "version": "6"}],
    )  # fmt: skip
    pool = pool_of(older, with_it, report(tmp_path / "b", [row("y")], day=3))
    found = {b.files["uri"][0].as_py(): b.files["tall"][0].as_py() for b in pool.batches()}

    assert found == {"/x": b"t" * 9, "/y": None, "/z": None}
    assert pool.hashes["tall"].version == "7"
    assert pool.unused == [{}, {}, {"tall": "6"}]


def test_columns_that_do_not_fit_are_refused(tmp_path):
    """One plug-in's hash of two lengths, and a column that is no hash."""
    nine, eight = (
        report(tmp_path / str(size), [row("x")], columns=schema.files_schema({"tall": size}))
        for size in (9, 8)
    )
    text = schema.FILES.append(pa.field("more", pa.string()))

    with pytest.raises(ReportError, match="does not have the columns of a report"):
        pool_of(nine, eight)
    with pytest.raises(ReportError, match="does not have the columns of a report"):
        pool_of(report(tmp_path / "a", [row("x")], columns=text))


def test_reports_that_overlap_in_time_are_refused(tmp_path):
    """One made of monday's and friday's rows has older and newer ones than wednesday's."""
    mixed = report(tmp_path / "a", [row("x")], day=9, observed=[DAY.format(1), DAY.format(5)],
                   **rematch_info())  # fmt: skip
    between = report(tmp_path / "b", [row("x")], day=3)
    after = report(tmp_path / "c", [row("x")], day=7)

    assert [each.path.name for each in pool_of(mixed, after).reports] == ["c", "a"]
    with pytest.raises(UsageProblem, match="is based on reports from before and after"):
        pool_of(mixed, between)
