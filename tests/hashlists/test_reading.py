"""Lists made to do harm, read as a command reads them: one line says why, in bounded memory."""

import gzip
import io
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hashsweep.engines import forkserver
from hashsweep.errors import ListError
from hashsweep.hashlists import access, opening, reading
from hashsweep.hashlists.importing import ListName, ListOptions
from hashsweep.hashlists.opening import import_lists
from support.list_samples import md5
from support.proc import Peaks, workers

MIB = 1 << 20
pytestmark = pytest.mark.usefixtures("no_worker_left")


def imported(path, **named):
    """Import one list; the compiled one."""
    out = path.with_suffix(".hsl")
    return import_lists([ListName(path, **named)], "out", out, ListOptions())


def database(folder, script):
    """A database that a script makes."""
    path = folder / "list.db"
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()
    return path


ENDLESS = "WITH RECURSIVE n(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n)"
VIEWS = {
    "endless": f"CREATE VIEW METADATA AS {ENDLESS} SELECT '{md5(1)}' AS md5 FROM n;",
    "silent": f"CREATE VIEW FILE AS {ENDLESS} SELECT '{md5(1)}' AS md5 FROM n WHERE x < 0;",
    "wide": f"CREATE VIEW FILE AS {ENDLESS} SELECT hex(zeroblob(500000)) AS md5 FROM n;",
    "of a table": f"CREATE TABLE x(md5); INSERT INTO x VALUES('{md5(1)}');"
    "CREATE VIEW DISTINCT_HASH AS SELECT DISTINCT md5 FROM x;",
    "products": "CREATE TABLE x(md5); INSERT INTO x VALUES(1),(2),(3),(4),(5),(6),(7),(8),(9);"
    "CREATE VIEW FILE AS SELECT a.md5 FROM x a, x b, x c, x d, x e, x f, x g, x h, x i, x j;",
}


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_is_refused(tmp_path, name):
    """It is a program that a stranger wrote, and may have no end. It is not run at all."""
    began = time.monotonic()
    path = database(tmp_path, VIEWS[name])
    with pytest.raises(ListError, match=r"list\.db: SQLite whose \w+ is a view, not a table"):
        imported(path)

    assert time.monotonic() - began < 10


def test_a_view_beside_tables_is_passed_over(tmp_path):
    """NSRL's own files have some."""
    path = database(
        tmp_path, f"{VIEWS['endless']} CREATE TABLE FILE(md5); INSERT INTO FILE VALUES('{md5(1)}');"
    )

    assert imported(path).meta["hashes"] == {"md5": 1}


def test_a_view_that_is_called_a_table_is_refused(tmp_path):
    """Its row in the schema may say anything; what counts is what SQLite makes of it."""
    path = database(
        tmp_path,
        f"{VIEWS['endless']} PRAGMA writable_schema = ON;"
        "UPDATE sqlite_master SET type = 'table', rootpage = 2, name = 'x';",
    )
    with pytest.raises(ListError, match=r"is a view, not a table|is damaged"):
        imported(path)


def test_virtual_tables_are_refused(tmp_path):
    """They run code at the first look."""
    path = database(tmp_path, "CREATE VIRTUAL TABLE FILE USING rtree(md5, a, b);")
    with pytest.raises(ListError, match=r"list\.db: SQLite with virtual tables"):
        imported(path)


def test_columns_that_are_computed_are_not_read(tmp_path):
    """Only what is stored is."""
    path = database(
        tmp_path,
        "CREATE TABLE FILE(x, md5 TEXT AS (hex(zeroblob(100000))), sha1 TEXT);"
        f"INSERT INTO FILE(x, sha1) VALUES(1, '{md5(1)}00000001');",
    )

    assert imported(path).meta["hashes"] == {"sha1": 1}


def page(kind, cells, size=4096, header=b""):
    """A page of a database: an interior one (5) or a leaf (13) of a table."""
    content = bytearray(size)
    content[: len(header)] = header
    at, start, places = size, len(header), []
    for cell in cells:
        at -= len(cell)
        content[at : at + len(cell)] = cell
        places.append(at)
    head = bytes([kind]) + bytes(2) + len(cells).to_bytes(2) + at.to_bytes(2) + bytes(1)
    content[start : start + len(head)] = head
    return content, places, start + len(head)


def shared_pages(folder):
    """A table whose pages are entered again and again: 4 kinds of pages, 10**30 rows."""
    path = database(folder, "CREATE TABLE FILE(md5 TEXT); INSERT INTO FILE VALUES ('x');")
    content = bytearray(path.read_bytes())
    size = 4096
    depth = 12
    leaf_row = b"\x00" + b"\x02\x4d" + md5(1).encode()  # rowid, header, text of 32 bytes
    row = bytes([len(leaf_row) - 1]) + leaf_row
    pages = []
    for level in range(depth):
        child = 3 + level  # the next page
        if level < depth - 1:
            cells = [child.to_bytes(4) + bytes([n]) for n in range(1, 100)]
            made, places, start = page(5, cells)
            made[start : start + 4] = child.to_bytes(4)
            start += 4
        else:
            cells = [row] * 50
            made, places, start = page(13, cells)
        for n, place in enumerate(places):
            made[start + 2 * n : start + 2 * n + 2] = place.to_bytes(2)
        pages.append(made)
    whole = content[:size] + b"".join(pages)
    whole[28:32] = (len(whole) // size).to_bytes(4)
    whole[24:28] = whole[92:96]
    path.write_bytes(whole)
    return path


def test_a_table_whose_pages_are_shared_has_an_end(tmp_path, monkeypatch):
    """A file of 53 KB with 10**24 rows: no more is taken than a list of its size may hold."""
    monkeypatch.setattr(reading, "_LEAST", 8 * MIB)  # 64 MiB take ten times as long
    began = time.monotonic()
    path = shared_pages(tmp_path)
    assert path.stat().st_size < 60_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ListError, match=r"which no (list|file) of its size|is damaged"):
        imported(path)

    assert time.monotonic() - began < 60
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


def zipped(content):
    """A zip archive of one file."""
    with io.BytesIO() as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("list.csv", content)
        return stream.getvalue()


@pytest.mark.parametrize("pack", [gzip.compress, zipped], ids=["gzip", "zip"])
def test_bombs_are_unpacked_within_bounds(tmp_path, monkeypatch, pack):
    """The disk holds no more than the bound, and then nothing; memory hardly grows."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    path = tmp_path / "list.csv.gz"
    path.write_bytes(pack(bytes(300 * MIB)))
    with Peaks() as peaks, pytest.raises(ListError, match=r"unpacks to more than 6[0-9],"):
        imported(path)

    assert 0 < peaks.most < 250 * MIB
    assert os.listdir(tmp_path / "tmp") == []


def test_a_dictionary_of_parquet_does_not_fill_memory(tmp_path):
    """A text of 1 MB in each of 100,000 rows takes no room in the file, but 100 GB as rows."""
    path = tmp_path / "list.parquet"
    text = pa.array(["x" * MIB])
    numbers = pa.array([0] * 100_000, pa.int32())
    table = pa.table(
        {
            "entry_id": pa.DictionaryArray.from_arrays(numbers, text),
            "md5": pa.DictionaryArray.from_arrays(numbers, pa.array([md5(1)])),
        }
    )
    pq.write_table(table, path, compression="zstd")
    assert path.stat().st_size < 200_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with Peaks() as peaks, pytest.raises(ListError, match=r"needs more memory than"):
        imported(path)

    assert 0 < peaks.most < 1400 * MIB
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * 1024


def test_a_parser_that_is_killed_is_told_of(tmp_path):
    """With the list's name; nothing is left behind."""
    path = tmp_path / "list.csv"
    path.write_text("entry_id,md5\n" + "".join(f"{n},{md5(n)}\n" for n in range(1, 200_000)))

    def kill():
        while not (found := workers()):
            time.sleep(0.001)
        os.kill(found[0], signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    with pytest.raises(ListError, match=r"^hash list .*list\.csv was not read: the process that"):
        imported(path)
    thread.join()

    assert sorted(os.listdir(tmp_path)) == ["list.csv"]


def test_the_end_of_the_fork_server_costs_nothing(tmp_path):
    """The list is unpacked and read again; no row is missing or twice."""
    path = tmp_path / "list.csv.gz"
    rows = "".join(f"{n},{md5(n)}\n" for n in range(1, 100_000))
    path.write_bytes(gzip.compress(f"entry_id,md5\n{rows}".encode(), 1))
    found = []
    options = {
        "shown": "it",
        "name": "list.csv",
        "format": None,
        "algorithm": None,
        "columns": {},
        "categories": None,
        "scheme": None,
    }
    with path.open("rb") as stream:
        for batch in reading.read_batches(path, stream.fileno(), options, in_memory=False):
            found.append(bytes(batch.columns.ids.content))
            if len(found) == 2:
                os.kill(forkserver.server_pid(), signal.SIGKILL)
                time.sleep(0.1)

    assert b"".join(found) == "".join(map(str, range(1, 100_000))).encode()


PLUGIN = """
import time
from hashsweep.model import Entry

class Reader:
    description = "never ends"
    def recognises(self, head):
        return head.startswith(b"slow")
    def read(self, source):
        yield Entry(source.name, (("md5", bytes(range(16))),), line=1)
        if source.path.read_bytes() != b"slow":
            time.sleep(600)

READER = Reader()
"""

SCRIPT = """
import sys
from pathlib import Path
from hashsweep.engines import parsing
from hashsweep.errors import ListError
from hashsweep.hashlists.importing import ListName, ListOptions
from hashsweep.hashlists.opening import import_lists
parsing.SILENCE = 1.0
for name in sys.argv[1:]:
    try:
        named = ListName(Path(name), format="slow")
        made = import_lists([named], "x", Path(name + ".hsl"), ListOptions())
    except ListError as error:
        print(error)
    else:
        print(made.meta["sources"][0]["format"], *made.ids())
"""


def test_a_format_of_a_plug_in_runs_there_and_may_not_hang(tmp_path):
    """It is found in the parser as in the command, and ended after the time without progress."""
    about = tmp_path / "slow-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: slow\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[hashsweep.hashlists]\nslow = slow_plugin:READER\n")
    (tmp_path / "slow_plugin.py").write_text(PLUGIN)
    (tmp_path / "good").write_text("slow")
    (tmp_path / "bad").write_text("slow and more")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, "good", "bad"], cwd=tmp_path, text=True,
        capture_output=True, check=True, timeout=60,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
    )  # fmt: skip

    assert done.stdout.splitlines() == [
        "slow good",
        "hash list bad cannot be read: its reader got no further for 1 seconds",
    ]
    assert done.stderr == ""


def test_a_parser_that_sends_nonsense_is_told_of(tmp_path, monkeypatch):
    """Nothing of it is used."""
    monkeypatch.setattr(reading, "PARSER", "support.faulty_parsers:echo")
    path = tmp_path / "list.csv"
    path.write_text(f"{md5(1)}\n")
    with pytest.raises(ListError, match="sent nonsense"):
        imported(path)


def test_too_many_refused_rows_are_an_end_as_well(tmp_path, monkeypatch):
    """They take no room, and yet a list has an end."""
    monkeypatch.setattr(reading, "_LEAST", 800_000)
    monkeypatch.setattr(reading, "_TIMES", 1)
    path = tmp_path / "list.txt"
    path.write_text("x\n" * 100_000)
    with pytest.raises(ListError, match=r"list\.txt has more than 62,500 rows"):
        imported(path)


def test_a_database_through_a_pipe_is_refused(tmp_path, monkeypatch):
    """SQLite opens files by name alone, and it is not written to a disk."""
    path = database(tmp_path, f"CREATE TABLE FILE(md5); INSERT INTO FILE VALUES('{md5(1)}');")
    with path.open("rb") as stream:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(stream))
        with opening.ExitStack() as stack:
            scratch = access.Scratch(stack, in_memory=True)
            with pytest.raises(ListError, match="the list on standard input is a database"):
                opening.open_lists(["-"], ListOptions(), scratch, set(), stack)


def test_a_packed_list_through_a_pipe_stays_in_memory(tmp_path, monkeypatch):
    """What is unpacked is never written to a disk."""
    made = []
    new = access.Scratch.open
    monkeypatch.setattr(access.Scratch, "open", lambda self: made.append(self.place) or new(self))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    (tmp_path / "list").write_bytes(gzip.compress(f"{md5(1)}\n".encode()))
    with (tmp_path / "list").open("rb") as stream:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(stream))
        with opening.ExitStack() as stack:
            scratch = access.Scratch(stack, in_memory=True)
            (opened,) = opening.open_lists(["-"], ListOptions(), scratch, set(), stack)
            assert opened.meta["hashes"] == {"md5": 1}

    assert set(made) == {"memory"}


def test_a_plain_list_needs_no_room_for_temporary_files(tmp_path, monkeypatch):
    """It is imported where TMPDIR is missing or full."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    Path(tmp_path / "list.txt").write_text(f"{md5(1)}\n")

    assert imported(tmp_path / "list.txt").meta["hashes"] == {"md5": 1}
