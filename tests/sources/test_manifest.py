"""Manifests as sources: whatever their format, the same items; nothing is lost in silence."""

import gzip
import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hashsweep.errors import SourceError
from hashsweep.model import Failure, Item, Skipped
from hashsweep.sources.base import Choice
from hashsweep.sources.manifest import ManifestSource
from hashsweep.sources.manifests.base import ListOptions
from hashsweep.storage.stores import Stores
from support.inventories import (
    azure_inventory,
    azure_row,
    gcs_inventory,
    gcs_row,
    md5_hex,
    s3_inventory,
    s3_row,
    write,
)

KEYS = ["a.jpg", "b c+d%41.jpg", "😀/ü.png", 'x\ny,"z".gif', "k" * 1024]


def source(path, **options):
    """A manifest on this machine as a source."""
    listing = {
        name: options.pop(name)
        for name in ("format", "columns", "mapped", "base", "null")
        if name in options
    }
    return ManifestSource(str(path), Stores(), options=ListOptions(**listing), **options)


def listed(path, **options):
    """All that a manifest yields, after its check."""
    made = source(path, **options)
    made.check()
    return list(made.items())


@pytest.fixture
def s3(tmp_path):
    """Write an S3 inventory of rows as a copy of its bucket; return the path of the manifest."""

    def make(rows, form="CSV", **options):
        bucket = {}
        key = s3_inventory(bucket, rows, form, **options)
        write(tmp_path / "dest", bucket)
        return tmp_path / "dest" / key

    return make


@pytest.mark.parametrize("form", ["CSV", "Parquet", "ORC"])
def test_formats_of_one_inventory_say_the_same(s3, form):
    """Keys are decoded where they are encoded, and only there."""
    found = listed(s3([s3_row(key, size) for size, key in enumerate(KEYS, 1)], form, files=2))

    assert sorted(item.uri for item in found) == sorted(f"s3://example-source/{k}" for k in KEYS)
    assert {(item.mtime_ns, item.etag, item.version) for item in found} == {
        (1_767_225_600_000_000_000, "9e107d9d372bb6826bd81d3542a419d6", None)
    }
    assert sorted(item.size for item in found) == [1, 2, 3, 4, 5]
    assert all(item.md5 is None and item.columns is None for item in found)


@pytest.mark.parametrize("form", ["CSV", "Parquet", "ORC"])
def test_what_is_no_current_object_is_passed_over_or_asked_for(s3, form):
    """Versions, delete markers, archives, folder markers: each by its own reason."""
    rows = [
        s3_row("now", VersionId="2"),
        s3_row("old", VersionId="1", IsLatest=False),
        s3_row("gone", None, VersionId="3", IsDeleteMarker=True),
        s3_row("cold", StorageClass="DEEP_ARCHIVE"),
        s3_row("colder", IntelligentTieringAccessTier="ARCHIVE"),
        s3_row("instant", StorageClass="GLACIER_IR"),
        s3_row("folder/", 0),
    ]
    path = s3(rows, form)
    found = {each.uri.rpartition("source/")[2]: each for each in listed(path)}
    skips = {name: each.reason for name, each in found.items() if isinstance(each, Skipped)}
    failed = {n: e.failure.reason for n, e in found.items() if isinstance(e, Item) and e.failure}

    assert skips == {"old": "not-latest", "gone": "delete-marker", "folder/": "folder-marker"}
    assert failed == {"cold": "archived", "colder": "archived"}
    assert found["now"].version is None

    found = {e.uri[20:]: e for e in listed(path, versions=True, skip_archived=True)}

    assert (found["old"].version, found["old"].columns["version"]) == ("1", "1")
    assert (found["now"].version, found["now"].columns) == (None, {})
    assert (found["cold"].reason, found["colder"].reason) == ("archived", "archived")


@pytest.mark.parametrize("options", [{}, {"parquet": True}, {"header": False}, {"delimiter": "|"}])
def test_google_states_true_digests(tmp_path, options):
    """The MD5 of the content comes along; what was composed has none."""
    rows = [
        gcs_row("a, b|.jpg", b"one"),
        gcs_row("composed", b"two", md5Hash=None),
        gcs_row("old", b"three", timeDeleted="2026-01-02T00:00:00Z"),
    ]
    path = gcs_inventory(tmp_path, rows, **options)
    first, second, third = listed(path)

    assert (first.uri, first.size, first.etag) == ("gs://example-source/a, b|.jpg", 3, None)
    assert first.md5.hex() == "f97c5d29941bfb1b2fdab0874906ab82"
    assert (second.md5, second.columns) == (None, None)
    assert third == Skipped("gs://example-source/old", "not-latest")
    assert listed(path, versions=True)[2].version == "1767225600000000"


@pytest.mark.parametrize("parquet", [False, True])
def test_azure_names_begin_with_their_container(tmp_path, parquet):
    """Snapshots cannot be asked for, deleted blobs are passed over, metadata travels."""
    rows = [
        azure_row("c1/a b.jpg", b"one"),
        azure_row("c1/cold", b"", AccessTier="Archive"),
        azure_row("c1/old", b"", VersionId="2026-01-01T00:00:00.0Z", IsCurrentVersion=False),
        azure_row("c1/snap", b"", Snapshot="2026-01-01T00:00:00.0Z"),
        azure_row("c1/deleted", b"", Deleted=True),
    ]
    path = azure_inventory(tmp_path, rows, parquet=parquet)
    first, cold, *others = listed(path)

    assert (first.uri, first.etag) == ("az://c1/a b.jpg", "0x8D8C5C5A5A5A5A5")
    assert first.md5.hex() == "f97c5d29941bfb1b2fdab0874906ab82"
    assert first.columns == {"Metadata": '{"uploader":"7"}'}
    assert cold.failure.reason == "archived"
    assert [each.reason for each in others] == ["not-latest", "not-latest", "deleted"]
    _, _, old, snap, _ = listed(path, versions=True)
    assert old.version == "2026-01-01T00:00:00.0Z"
    assert snap.failure.reason == "bad-name"


def test_an_altered_manifest_stops_the_run_before_it_starts(s3):
    """One byte is enough, and so is a checksum that is not there."""
    path = s3([s3_row("a")])
    path.write_bytes(path.read_bytes().replace(b"1767225600000", b"1767225600001"))
    with pytest.raises(SourceError, match=r"manifest\.json: it was altered"):
        source(path).check()
    path.with_name("manifest.checksum").unlink()
    with pytest.raises(SourceError, match=r"its checksum file .* does not exist"):
        source(path).check()


def test_a_data_file_that_is_missing_or_altered_is_noticed(s3):
    """Before the start by its absence or its size, and before its first row by its MD5."""
    path = s3([s3_row("a"), s3_row("b")], files=2)
    data = sorted(path.parents[1].glob("data/*"))
    content = bytearray(data[0].read_bytes())
    content[-1] ^= 1
    data[0].write_bytes(content)
    made = source(path)
    made.check()
    with pytest.raises(SourceError, match="was altered: its MD5 is not the one in the manifest"):
        next(made.items())
    data[1].write_bytes(data[1].read_bytes() + b"x")
    with pytest.raises(SourceError, match="bytes, not"):
        source(path).check()
    data[1].unlink()
    with pytest.raises(SourceError, match=r"00000001-aaaa\.csv\.gz is missing"):
        source(path).check()


def test_rows_that_are_announced_and_not_there_are_a_failure(tmp_path):
    """A shard that was cut makes the sweep incomplete."""
    path = gcs_inventory(tmp_path, [gcs_row("a", b"1"), gcs_row("b", b"2")])
    shard = next(tmp_path.glob("*.csv"))
    shard.write_text("".join(shard.read_text().splitlines(keepends=True)[:2]))
    *_, last = listed(path)

    assert last.failure == Failure("list", "missing-rows", "2 rows are announced but there are 1")


def test_an_unfinished_inventory_is_refused(tmp_path):
    """Azure says so itself."""
    path = azure_inventory(tmp_path, [azure_row("c/a", b"")], status="Pending")
    with pytest.raises(SourceError, match="not finished: its status is Pending"):
        source(path).check()


def test_bad_rows_are_failed_items(s3):
    """A size that is none, a key that is none, a row of another width: all are told."""
    rows = [s3_row("a"), s3_row("b", "many"), s3_row("c", -1), s3_row("", 1), s3_row("d", "")]
    path = s3(rows)
    data = next(path.parents[1].glob("data/*"))
    text = gzip.decompress(data.read_bytes()) + b'"example-source","short"\n'
    data.write_bytes(gzip.compress(text))
    said = json.loads(path.read_text())
    said["files"][0] |= {"size": data.stat().st_size, "MD5checksum": md5_hex(data.read_bytes())}
    path.write_text(json.dumps(said))
    path.with_name("manifest.checksum").write_text(md5_hex(path.read_bytes()))
    found = listed(path)

    assert [each.uri.rpartition("/")[2] for each in found] == [
        *("a", "b", "c"), f"{data.name}#row-4", "d", f"{data.name}#bad-row-1",
    ]  # fmt: skip
    assert [each.failure and each.failure.reason for each in found] == [
        *(None, "bad-row", "bad-row", "bad-row", None, "bad-row"),
    ]


def test_a_list_of_uris_and_paths(tmp_path):
    """Text: comments and blank lines go, a permission is kept apart, nonsense fails."""
    (tmp_path / "here.jpg").write_bytes(b"x")
    path = tmp_path / "list.txt"
    path.write_bytes(
        b"# a comment\r\n\r\ns3://b/k #1%20\r\nhttps://host/a.jpg?sig=secret\n"
        + f"{tmp_path}/here.jpg\nfile://{tmp_path}/here.jpg\n".encode()
        + b"ftp://host/x\ns3://bucket\n/not/there\xff\n"
    )
    first, web, here, again, ftp, bare, missing = listed(path, hosts=("host",))

    assert first == Item("s3://b/k #1%20")
    assert web == Item("https://host/a.jpg", link="https://host/a.jpg?sig=secret")
    assert (here.uri, here.size) == (str(tmp_path / "here.jpg"), 1) == (again.uri, again.size)
    assert (ftp.failure.reason, bare.failure.reason) == ("bad-name", "bad-name")
    assert (missing.uri, missing.failure.reason) == (os.fsdecode(b"/not/there\xff"), "gone")


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("form", ["csv", "jsonl", "tsv", "parquet"])
def test_columns_of_lists(tmp_path, form, packed):
    """Known columns are read, the others travel untouched, names and all."""
    row = {
        "uri": "s3://b/k,1",
        "size": 7,
        "mtime": "2026-01-01T00:00:00Z",
        "md5": "9e107d9d372bb6826bd81d3542a419d6",
        "Content_ID": "c-9",
        "score": 0.5,
        "empty": None,
    }
    path = tmp_path / f"list.{form}"
    if form == "parquet":
        pq.write_table(pa.Table.from_pylist([row]), path)
    elif form == "jsonl":
        path.write_text(json.dumps(row) + "\n")
    else:
        delimiter = "\t" if form == "tsv" else ","
        cells = ['"s3://b/k,1"', *map(str, [*row.values()][1:-1]), ""]
        path.write_text(delimiter.join(row) + "\n" + delimiter.join(cells) + "\n")
    if packed and form != "parquet":
        packed_path = tmp_path / f"list.{form}.gz"
        packed_path.write_bytes(gzip.compress(path.read_bytes()))
        path = packed_path
    (item,) = listed(path)

    assert (item.uri, item.size, item.mtime_ns) == ("s3://b/k,1", 7, 1_767_225_600_000_000_000)
    assert item.md5.hex() == row["md5"]
    assert item.columns == {"Content_ID": "c-9", "score": "0.5"}


def test_a_list_of_keys(tmp_path):
    """A database knows keys alone: which column it is and what comes before are told."""
    path = tmp_path / "rows.csv"
    path.write_text("1,2026/a b.jpg,900150983cd24fb0d6963f7d28e17f72\n")
    (item,) = listed(
        path, columns=("id", "storage_key", "sum"), base="gs://uploads/",
        mapped=(("key", "storage_key"), ("md5", "sum")),
    )  # fmt: skip

    assert (item.uri, item.columns) == ("gs://uploads/2026/a b.jpg", {"id": "1"})
    assert item.md5.hex() == "900150983cd24fb0d6963f7d28e17f72"


def test_a_batch_manifest_has_to_be_named(tmp_path):
    """Bucket, encoded key and version, no header."""
    path = tmp_path / "batch.csv"
    path.write_text('bucket,a%2Bb+c.jpg,v1\nbucket,"x%2Cy",\n')
    first, second = listed(path, format="s3-batch")

    assert (first.uri, first.version) == ("s3://bucket/a+b c.jpg", "v1")
    assert (second.uri, second.version) == ("s3://bucket/x,y", None)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", b"name,size\nx,1\n", "no column is called uri"),
        ("a.csv", b"uri,uri\nx,1\n", "two of its columns have the same name"),
        ("a.jsonl", b'{"name": 1}\n', "no column is called uri"),
        ("a.gz", b"\x1f\x8bnot gzip at all", "is damaged"),
        ("a.parquet", b"PAR1 and nothing else", "is damaged"),
        ("manifest.json", b'{"fileSchema": 5, "files": []}', "its checksum file manifest.checksum"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(tmp_path, name, content, told):
    """A manifest is taken complete or not at all."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError, match=told) as caught:
        listed(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_what_is_left_out_by_choice_is_told(s3):
    """Patterns look at the key."""
    path = s3([s3_row("a/x.jpg"), s3_row("a/y.png"), s3_row("b/z.jpg", 99)])
    found = listed(path, choice=Choice(include=("*.jpg",), max_file_size=50))

    assert isinstance(found[0], Item)
    assert [each.reason for each in found[1:]] == ["excluded", "too-large"]
