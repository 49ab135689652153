"""What every list reader in the registry promises, its own tests aside.

A new reader needs a sample in list_samples.py and no test here.
"""

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hashsweep.errors import ListError
from hashsweep.hashlists.formats import FORMATS
from hashsweep.hashlists.formats.base import REFUSALS, ListFile
from hashsweep.hashlists.formats.lines import head_of
from hashsweep.hashlists.kinds import BITS, KEPT
from hashsweep.model import Entry, Refusal
from support import list_samples
from support.list_samples import BINARY, BOM, READERS, SAMPLES
from support.thoroughness import EXHAUSTIVE, examples

SMALL = {name: sample() for name, sample in SAMPLES.items()}
TEXTS = [name for name in FORMATS.names if name not in BINARY]
ROWS = dict.fromkeys(["csv", "text"], 100_000 if EXHAUSTIVE else 20_000)
FEWER_ROWS = 10_000 if EXHAUSTIVE else 5_000  # where a row takes longer

fuzzed = settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def recognised(head: bytes) -> str:
    """The first format that takes a file with this head."""
    return next(name for name in FORMATS.names if READERS[name].recognises(head))


def checked(folder: Path, name: str, data: bytes) -> list[Entry | Refusal]:
    """What a reader makes of a file, which may be anything; ListError counts as nothing."""
    rows: list[Entry | Refusal] = []
    message = ""
    try:
        for row in list_samples.stream(folder, name, data):
            check(row)
            rows.append(row)
    except ListError as error:
        message = str(error)
    assert not list_samples.reveals(message)
    return rows


def check(row: Entry | Refusal) -> None:
    """Hold one row against what the model says of it."""
    if isinstance(row, Refusal):
        assert row.code in REFUSALS
        assert row.line > 0
        assert not list_samples.reveals(row.detail)
        return
    assert row.line > 0
    assert row.entry_id
    assert bool(row.hashes) != row.withdrawn
    assert row.key or not row.replaces
    assert row.quality is None or 0 <= row.quality <= 100
    for kind, value in row.hashes:
        assert len(value) * 8 == BITS[kind] if kind in BITS else kind in KEPT
    words = [row.entry_id, row.category, row.scheme, row.source, row.updated, *row.labels]
    for word in words:
        word.encode("utf-8", "surrogateescape")


@pytest.fixture(params=FORMATS.names)
def name(request: pytest.FixtureRequest) -> str:
    """Each format in turn."""
    found: str = request.param
    return found


def test_has_sample() -> None:
    """Every format has a sample here, and every sample a format."""
    assert tuple(SAMPLES) == FORMATS.names


def test_describes_itself(name: str) -> None:
    """A reader says in one line what it reads."""
    description = READERS[name].description
    assert 0 < len(description) <= 90
    assert "\n" not in description


def test_is_recognised(name: str) -> None:
    """A sample is taken by its own format, of all that there are."""
    assert recognised(SMALL[name][:4096]) == name


@pytest.mark.parametrize("name", TEXTS)
def test_is_recognised_with_bom(name: str) -> None:
    """A byte order mark and CRLF do not hide the format."""
    crlf = SMALL[name].replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    assert recognised((BOM + crlf)[:4096]) == name


@pytest.mark.parametrize("head", [b"", b"\0" * 50, b"PK\x03\x04", b"GIF89a\0\0", b"HSWLST\0\1"])
def test_foreign_files_are_refused(head: bytes) -> None:
    """What is no list is taken by no format, except that an empty file passes for text."""
    takers = [each for each in FORMATS.names if READERS[each].recognises(head)]
    assert takers == ([] if head else ["text"])


def test_sample_holds_good_and_bad(name: str, tmp_path: Path) -> None:
    """A sample gives its good rows and refuses its bad ones, without showing a hash."""
    rows = checked(tmp_path, name, SMALL[name])
    active = [row for row in rows if isinstance(row, Entry) and not row.withdrawn]
    assert len(active) >= 3
    assert any(isinstance(row, Refusal) for row in rows)


@pytest.mark.parametrize("name", TEXTS)
def test_bom_and_crlf_change_nothing(name: str, tmp_path: Path) -> None:
    """The same file with a byte order mark and CRLF reads the same."""
    plain = SMALL[name].replace(b"\r\n", b"\n")
    expected = checked(tmp_path, name, plain)
    assert checked(tmp_path, name, BOM + plain.replace(b"\n", b"\r\n")) == expected


def test_reads_twice_the_same(name: str, tmp_path: Path) -> None:
    """Reading a file is repeatable, names of entries included."""
    assert checked(tmp_path, name, SMALL[name]) == checked(tmp_path, name, SMALL[name])


def test_canary_sings() -> None:
    """The check for hashes in messages finds a whole one, its start and its end, in either case."""
    hashes = [list_samples.md5(3), list_samples.pdq(2)[:20].upper(), list_samples.photodna(1)[-20:]]
    assert [list_samples.reveals(f"row: {each!r} is bad") for each in hashes] == [True] * 3
    assert not list_samples.reveals("md5 has 32 hex digits, not 31")


def test_missing_file(name: str, tmp_path: Path) -> None:
    """A file that is not there is a ListError."""
    options = list_samples.OPTIONS.get(name, {})
    with pytest.raises(ListError):
        list(READERS[name].read(ListFile(tmp_path / "gone", **options)))


def test_folder(name: str, tmp_path: Path) -> None:
    """A folder is a ListError."""
    options = list_samples.OPTIONS.get(name, {})
    with pytest.raises(ListError):
        list(READERS[name].read(ListFile(tmp_path, **options)))


def test_truncated(name: str, tmp_path: Path) -> None:
    """A file that breaks off anywhere gives the rows before that, and no exception."""
    data = SMALL[name]
    whole = {row.line: row for row in checked(tmp_path, name, data) if isinstance(row, Entry)}
    for at in range(0, len(data), max(1, len(data) // 40)):
        found = [row for row in checked(tmp_path, name, data[:at]) if isinstance(row, Entry)]
        assert [row for row in found[:-1] if row != whole.get(row.line)] == []


@fuzzed
@given(data=st.binary(max_size=300))
def test_random_bytes(name: str, tmp_path: Path, data: bytes) -> None:
    """Whatever the bytes, a reader gives entries and refusals, or a ListError."""
    checked(tmp_path, name, data)


@fuzzed
@given(tail=st.binary(max_size=200), cut=st.floats(0, 1))
def test_random_tail(name: str, tmp_path: Path, tail: bytes, cut: float) -> None:
    """So it does where a good file goes on with random bytes."""
    data = SMALL[name]
    checked(tmp_path, name, data[: int(len(data) * cut)] + tail)


@fuzzed
@given(
    changes=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 40), st.binary(max_size=6)),
        min_size=1,
        max_size=6,
    )
)
def test_mutated(name: str, tmp_path: Path, changes: list[tuple[float, int, bytes]]) -> None:
    """So it does where pieces of a good file are cut out or overwritten."""
    data = bytearray(SMALL[name])
    for place, length, new in changes:
        at = int(place * len(data))
        data[at : at + length] = new
    checked(tmp_path, name, bytes(data))


@fuzzed
@given(
    pieces=st.lists(st.sampled_from(b'"{}[],:;|=#%<>&\\/\n\r\t 0f1\xff'), max_size=60),
    cut=st.floats(0, 1),
)
def test_punctuation(name: str, tmp_path: Path, pieces: list[int], cut: float) -> None:
    """So it does where the punctuation of lists comes in the wrong places."""
    data = SMALL[name]
    at = int(len(data) * cut)
    checked(tmp_path, name, data[:at] + bytes(pieces) + data[at:])


def test_streams(name: str, tmp_path: Path) -> None:
    """Long files are not held in memory: objects do not pile up while rows are drawn."""
    count = ROWS.get(name, FEWER_ROWS)
    rows = list_samples.stream(tmp_path, name, SAMPLES[name](count))
    next(rows)
    before = sys.getallocatedblocks()
    drawn = most = 0
    for _ in rows:
        drawn += 1
        if drawn % 500 == 0:
            most = max(most, sys.getallocatedblocks() - before)
    assert drawn >= count
    # a batch of Parquet is 4,096 rows with some ten objects each; all rows would be many more
    assert most < 80_000 if name == "parquet" else most < 8_000


def test_head_suffices(name: str, tmp_path: Path) -> None:
    """The head that formats are told from is 4 KiB of the file."""
    path = tmp_path / "list"
    path.write_bytes(SAMPLES[name](100))
    assert recognised(head_of(path)) == name
