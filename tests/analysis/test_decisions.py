"""Decisions, carried into what is found later."""

import hashlib

import numpy as np
import pytest

from hashsweep.analysis.clusters import content_id, content_key
from hashsweep.analysis.decisions import Decisions
from hashsweep.errors import UsageProblem
from hashsweep.model import Item, Match, Record
from hashsweep.report.sweep_json import to_json
from support.planted import flipped, random_hashes

SHA256 = bytes(range(32))
PDQ = random_hashes(1, 1, 32).tobytes()


def away(bits, seed=0):
    """A PDQ so many bits away from PDQ."""
    return flipped(np.frombuffer(PDQ, np.uint8)[None], bits, seed).tobytes()


def match(entry_id="e", name="l"):
    """A match with this entry."""
    return Match("pdq", 0, name, entry_id, "", (), "close", (("pdq", 0),))


@pytest.fixture
def decide(tmp_path):
    """A function from rows (columns as words) to the decisions of records' matches."""

    def decided(rows, *records):
        names = ("decision", "list", "entry_id", "sha256", "pdq", "cluster", "when")
        lines = [",".join(str(row.get(name, "")) for name in names) for row in rows]
        path = tmp_path / "decisions.csv"
        path.write_text("\n".join([",".join(names), *lines]) + "\n")
        Decisions(path).apply(records)
        return [[each.decision for each in record.matches] for record in records]

    return decided


def row(decision="overturned", entry_id="e", **columns):
    """A row; bytes stand in hex."""
    plain = {k: v.hex() if isinstance(v, bytes) else v for k, v in columns.items()}
    return {"decision": decision, "entry_id": entry_id, **plain}


def record(matches=None, *, part=None, quality=100, **hashes):
    """A record of one item with a match or more."""
    made = Record(Item("/a"), part=part, hashes=hashes, pdq_quality=quality)
    made.matches = [match()] if matches is None else matches
    return made


def test_a_decision_is_about_a_content_and_an_entry(decide):
    """Another entry, another list or another file is not meant."""
    matches = [match(), match("f"), match("e", "m")]
    both = [row(list="l", sha256=SHA256)]

    assert decide(both, record(matches, sha256=SHA256)) == [["overturned", None, None]]
    assert decide(both, record(sha256=bytes(32))) == [[None]]
    assert decide([row(sha256=SHA256)], record([match(), match("e", "m")], sha256=SHA256)) == [
        ["overturned", "overturned"]
    ]


@pytest.mark.parametrize(("bits", "found"), [(0, "overturned"), (10, "overturned"), (11, None)])
def test_a_pdq_covers_near_copies(decide, bits, found):
    """Up to 10 bits, inclusive, also where the row names several."""
    rows = [row(pdq=f"{bytes(32).hex()} {PDQ.hex()}")]

    assert decide(rows, record(pdq=away(bits))) == [[found]]


@pytest.mark.parametrize(
    ("quality", "found"), [(49, None), (50, "overturned"), (None, "overturned")]
)
def test_a_picture_of_low_quality_is_no_near_copy(decide, quality, found):
    """Blank pictures look alike whatever they were: a decision about one is about no other."""
    assert decide([row(pdq=PDQ)], record(pdq=PDQ, quality=quality)) == [[found]]


def test_a_cluster_covers_the_content_that_it_is_named_after(decide):
    """Where a row names nothing else; beside other hashes it only tells where the row came from."""
    own = {"sha256": SHA256, "pdq": PDQ}
    cluster = content_id(content_key(b"", None, own, PDQ))

    assert decide([row(cluster=cluster)], record(**own)) == [["overturned"]]
    assert decide([row(cluster=cluster)], record(pdq=PDQ)) == [[None]]
    assert decide([row(cluster=cluster, sha256=bytes(32))], record(**own)) == [[None]]


def test_a_cluster_is_not_named_after_a_picture_of_low_quality(decide):
    """Nor does such a picture keep it from being found: it is named after what else there is."""
    by_pdq, by_item = (
        content_id(content_key(Item("/a").item_id, None, {}, p)) for p in (PDQ, None)
    )
    blank = record(pdq=PDQ, quality=49)

    assert decide([row(cluster=by_pdq)], blank, record(pdq=PDQ)) == [[None], ["overturned"]]
    assert decide([row(cluster=by_item)], blank) == [["overturned"]]


def test_the_closest_wins(decide):
    """The file before the picture, the nearer picture, what names the list; whatever the dates."""
    rows = [
        row("confirmed", sha256=SHA256, when="2026-01-01"),
        row(pdq=PDQ, when="2026-01-02"),
        row("confirmed", pdq=away(8), when="2026-01-03"),
        row("confirmed", "f", list="l", pdq=PDQ),
        row("overturned", "f", pdq=PDQ, when="2026-01-03"),
        row("confirmed", cluster=content_id(content_key(b"", None, {}, PDQ))),
    ]

    assert decide(rows, record(sha256=SHA256, pdq=PDQ)) == [["confirmed"]]
    assert decide(rows, record(sha256=bytes(32), pdq=PDQ)) == [["overturned"]]
    assert decide(rows, record(pdq=away(8))) == [["confirmed"]]
    assert decide(rows, record([match("f"), match("f", "m")], pdq=PDQ)) == [
        ["confirmed", "overturned"]
    ]


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("about", [{"sha256": SHA256}, {"pdq": PDQ}])
def test_the_latest_of_several_about_the_same_holds(decide, order, about):
    """Wherever it stands in the file; a row without a date is the oldest."""
    rows = [
        row("overturned", **about),
        row("overturned", **about, when="2026-11-24T10:00:00+02:00"),
        row("confirmed", **about, when="2026-11-24T09:00:00"),
    ]

    assert decide(rows[::order], record(sha256=SHA256, pdq=PDQ)) == [["confirmed"]]
    assert decide(rows[:2][::order], record(sha256=SHA256, pdq=PDQ)) == [["overturned"]]


def test_rows_that_contradict_each_other_are_refused(decide):
    """Unless a later one settles it; equal ones do no harm."""
    first, second = row("overturned", sha256=SHA256), row("confirmed", sha256=SHA256)
    with pytest.raises(UsageProblem, match="line 3: contradicts line 2: give the valid one"):
        decide([first, second], record())

    settled = [first, second, row("confirmed", sha256=SHA256, when="2026-01-01"), first]
    assert decide(settled, record(sha256=SHA256)) == [["confirmed"]]


def test_a_file_and_its_frames(decide):
    """A SHA-256 alone decides all frames that no row is closer to; beside others, no frame."""
    own, frame = {"sha256": SHA256, "pdq": PDQ}, {"pdq": away(60)}

    def decided(*more, **about):
        return decide([row(**about), *more], record(**own), record(part="frame 2", **frame))

    assert decided(sha256=SHA256) == [["overturned"], ["overturned"]]
    for beside in ({"pdq": PDQ}, {"cluster": "ab" * 16}):
        assert decided(sha256=SHA256, **beside) == [["overturned"], [None]]
    assert decided(pdq=away(60)) == [[None], ["overturned"]]
    cluster = content_id(content_key(b"", "frame 2", own, None))
    assert decided(cluster=cluster) == [[None], ["overturned"]]
    for closer in ({"pdq": away(60)}, {"cluster": cluster}):
        told = decided(row("confirmed", **closer), sha256=SHA256)
        assert told == [["overturned"], ["confirmed"]]


def test_names_are_compared_as_a_table_can_hold_them(decide):
    """With bytes that are no UTF-8, controls, and what looks like a formula."""
    odd = match("=e\udcff\x1b", "kn\udcff")

    assert decide(
        [row("confirmed", r"'=e\\xff\x1b", list="kn\\xff", pdq=PDQ)], record([odd], pdq=PDQ)
    ) == [["confirmed"]]


def test_what_the_report_says_of_the_file(tmp_path):
    """Its digest and its rows by decision, those that nobody filled in as well."""
    path = tmp_path / "d.csv"
    lines = [f"confirmed,a,{1:064x}", f",b,{2:064x}", f"confirmed,b,{2:064x}"]
    path.write_text("decision,entry_id,sha256\n" + "\n".join(lines))

    assert to_json(Decisions(path).info) == {
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "rows": 3,
        "by_decision": {"confirmed": 2, "undecided": 1},
    }


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "No such file or directory"), ("decision\n", "line 1: the header does not name")],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path, content, told):
    """Before anything is done with what it says."""
    path = tmp_path / "d.csv"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UsageProblem, match=f"--decisions {path}: {told}"):
        Decisions(path)


def test_rows_about_lists_that_are_not_there_are_told(hashsweep, tmp_path):
    """By a sweep before it begins: such rows would do nothing, in silence."""
    (tmp_path / "media").mkdir()
    (tmp_path / "media/a.txt").write_text("text")
    known = tmp_path / "known.csv"
    known.write_text("algorithm,hash,entry_id\nmd5,900150983cd24fb0d6963f7d28e17f72,e-1\n")
    known.chmod(0o600)
    (tmp_path / "decided.csv").write_text(
        f"decision,list,entry_id,sha256\nconfirmed,knwon,e-1,{'ab' * 32}\n"
    )
    done = hashsweep(
        *("scan", "media", "--list", known, "-o", "out", "-q", "--decisions", "decided.csv")
    )

    assert done.returncode == 0
    assert done.stderr == (
        "hashsweep: --decisions has rows about list knwon, which is not used here (lists: known)\n"
    )
