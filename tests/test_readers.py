"""Reports are plain Parquet: every reader reads every column, of one report and of several."""

import random
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hashsweep.model import Item, Record
from hashsweep.report import schema
from hashsweep.report.folder import ReportFolder
from hashsweep.report.writer import ReportWriter
from support import readers
from support.listed import compiled
from support.rematched import DIGESTS, PICTURES, draw, drawn_entries, rematched, rows, scanned
from support.reports import EVIL, match

TABLES = ("files", "matches", "retractions")


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """A sweep in several segments, a rematch of it, one with a plug-in's hash, and an older one."""
    here = tmp_path_factory.mktemp("readers")
    media = draw(here / "media")
    (media / EVIL).write_bytes(b"not UTF-8")
    base = scanned(media, here / "base", hashes=("all",))
    dice = random.Random(5)
    old = compiled(here, drawn_entries(rows(base, "files"), dice, 16, PICTURES + DIGESTS), "monday")
    new = compiled(here, drawn_entries(rows(base, "files"), dice, 16, PICTURES + DIGESTS), "today")
    swept = scanned(media, here / "swept", hashes=("all",), lists=(str(old.path),), segment_rows=12)
    again = rematched([swept], here / "again", lists=(str(new.path),), changes=old.path)
    by_plugin(here / "plugin")
    older(here / "swept", here / "older")
    assert all(rows(again, table) for table in TABLES)
    assert len([*swept.segments("files")]) > 1
    return [str(here / name) for name in ("swept", "again", "plugin", "older")]


def by_plugin(path):
    """A report with a column of its own, and with the columns of a manifest."""
    with ReportFolder(path) as folder:
        writer = ReportWriter(folder, schema.files_schema({"blake2b": 32}), segment_rows=1)
        for number in range(3):
            item = Item(f"s3://b/{number}", columns={"id": str(number), "who": "u-4"})
            hashes = {"blake2b": bytes([number]) * 32, "md5": bytes(16)}
            when = 10**18 + number * 1_234_567_891
            record = Record(item, size=2**40, mtime_ns=when, hashes=hashes, matches=[match()])
            writer.add([record])
        writer.finish()


def older(path, to):
    """The same report, as a version would have made it that lacked some columns."""
    shutil.copytree(path, to)
    for segment in to.glob("files/*.parquet"):
        table = pq.read_table(segment).drop_columns(["frame_hashes", "origin_claims", "phash"])
        pq.write_table(table, segment)


@pytest.fixture(scope="module")
def spark():
    """A session of Spark on this machine alone."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    for name in ("bindAddress", "host"):
        builder = builder.config(f"spark.driver.{name}", "127.0.0.1")
    session = builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


READERS = {
    "pyarrow": readers.by_pyarrow_dataset,
    "pandas": readers.by_pandas,
    "pandas, with its own types": readers.by_plain_pandas,
    "polars": readers.by_polars,
    "duckdb": readers.by_duckdb,
}


def agree(read, *choices):
    """Compare a reader's rows of each table with pyarrow's, of the reports of each choice."""
    for chosen in choices:
        for table in TABLES:
            having = [each for each in chosen if readers.segments([each], table)]
            if not having:
                continue
            expected = readers.by_pyarrow(having, table)
            found = read(having, table)
            assert len(found) == len(expected) > 0
            assert {name for row in found for name in row} == {*expected[0]}
            assert found == expected, (table, having)


@pytest.mark.parametrize("reader", READERS)
def test_every_reader_reads_every_column(reports, reader):
    """Of one report, of two, of four with different columns: the same rows, the same values."""
    agree(READERS[reader], *([each] for each in reports), reports[:2], reports)


@pytest.mark.spark
def test_spark_reads_every_column(reports, spark):
    """As the others do."""
    agree(readers.by_spark(spark), reports[:1], reports[:2], reports)


@pytest.mark.spark
def test_spark_counts_and_knows_times(reports, spark):
    """`count()` is refused where a column has nanoseconds, whatever is asked for."""
    frame = spark.read.parquet(f"{reports[0]}/files")

    assert frame.count() == len(readers.by_pyarrow(reports[:1], "files"))
    assert dict(frame.dtypes)["mtime"] == "timestamp"


@pytest.mark.spark
def test_the_docs_read_one_report_and_many(reports, spark, tmp_path, monkeypatch, capsys):
    """docs/guide/data.md says how, with Spark; tests/test_readme.py runs its other examples."""
    page = (Path(__file__).parents[1] / "docs/guide/data.md").read_text("utf-8")
    _, _, example = page.partition("```python\n")
    names = ("report", "report-with-damage")
    for name, report in zip(names, reports, strict=False):
        (tmp_path / name).symlink_to(report)
    monkeypatch.chdir(tmp_path)
    here = f"file://{tmp_path}/"  # Java knows the folder in which it was started
    for name in names:
        example = example.replace(f'"{name}/', f'"{here}{name}/')

    exec(example.partition("```")[0], {"spark": spark})
    one, many = (len(readers.by_pyarrow(reports[:count], "files")) for count in (1, 2))
    assert capsys.readouterr().out == f"{one} {many}\n"


def test_no_column_has_what_a_reader_refuses(reports):
    """Nanoseconds are Spark's trap; it is looked for without Spark, too."""
    for table in TABLES:
        for path in readers.segments(reports, table):
            for field in pq.read_schema(path):
                assert not pa.types.is_timestamp(field.type) or field.type.unit == "us"
            logical = [str(column.logical_type) for column in pq.ParquetFile(path).schema]
            assert not [each for each in logical if "nano" in each.lower()]
