"""A report altered by one byte is noticed, and so is all else that its sweep did not write."""

import json
import os
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.errors import Interrupted
from hashsweep.report.encryption import VARIABLE, Keys
from hashsweep.report.segment_digests import digest_of
from hashsweep.report.signing import Signer
from hashsweep.report.sweep_json import to_json
from hashsweep.report.tally import Tally
from hashsweep.report.verify import Weight, verify
from hashsweep.sweep.config import ScanConfig
from hashsweep.sweep.plan import build_plan
from hashsweep.sweep.run import sweep
from support.reports import KEY
from support.watching import Watch

ALTERED, INCOMPLETE, NOTE = Weight.ALTERED, Weight.INCOMPLETE, Weight.NOTE
FILE, MATCH = "files/part-00000.parquet", "matches/part-00000.parquet"
KEYS = Keys.load(None, {VARIABLE: KEY})


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """Five texts, a list of two of them, and keys."""
    folder = tmp_path_factory.mktemp("verify")
    (folder / "media").mkdir()
    for name in "abcde":
        (folder / "media" / name).write_text(name)
    (folder / "known.csv").write_text(
        "entry_id,md5\nfirst,0cc175b9c0f1b6a831c399e269772661\nlast,e1671797c52e15f763380b45e841ec32\n"
    )
    for name, content in (("sign", Signer.new().pem()), ("key", KEY.encode())):
        (folder / name).touch(mode=0o600)
        (folder / name).write_bytes(content)
    return folder


def swept(here, name, stop_after=None, **options):
    """Sweep the texts, two to a part; return the report's path."""
    config = ScanConfig(
        (str(here / "media"),), lists=(str(here / "known.csv"),), engine="serial", segment_rows=3,
        output=str(here / name), **options,
    )  # fmt: skip
    seen = []

    def stop(_):
        seen.append(1)
        if len(seen) == stop_after:
            raise KeyboardInterrupt

    with build_plan(config) as plan:
        try:
            sweep(plan, here / name, [Watch(stop)])
        except Interrupted:
            assert stop_after
    return here / name


@pytest.fixture(scope="module")
def signed(here):
    """A signed report, and who can check that; no test may alter it."""
    path = swept(here, "signed", signing_key=str(here / "sign"))
    return path, Signer.load(here / "sign").verifier


@pytest.fixture
def report(signed, tmp_path):
    """A copy of it without its signature."""
    path = tmp_path / "report"
    shutil.copytree(signed[0], path)
    (path / "sweep.json.sig").unlink()
    return path


def rewritten(report, **changes):
    """Change what sweep.json says, by plain JSON values."""
    path = report / "sweep.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return report


def said(report, key):
    """What sweep.json says under a key."""
    return json.loads((report / "sweep.json").read_text())[key]


def vouched(report, name, rows):
    """Let sweep.json say that a part is as it is now."""
    digest = to_json(digest_of(report / name, rows))
    return rewritten(report, segments=said(report, "segments") | {name: digest})


def found(*arguments, **options):
    """The findings but notes, as {text: weight}."""
    return {
        each.text: each.weight for each in verify(*arguments, **options) if each.weight is not NOTE
    }


def notes(*arguments):
    """The notes."""
    return [each.text for each in verify(*arguments) if each.weight is NOTE]


def test_what_a_sweep_wrote_is_good(signed, report):
    """Signed or not, with parts of both tables; what a signature is worth is told."""
    path, verifier = signed

    assert found(path, None, verifier) == found(path) == found(report) == {}
    assert notes(path, None, verifier) == [f"signed by key {verifier.id}"]
    assert "was not checked" in notes(path)[0]
    assert notes(report) == ["not signed: anyone who can write to the folder can change all of it"]
    assert sorted(os.listdir(path / "matches")) == ["part-00000.parquet", "part-00001.parquet"]


@given(data=st.data())
def test_a_byte_that_was_altered_is_noticed(signed, tmp_path_factory, data):
    """Any byte of any file of a signed report, by any value."""
    path, verifier = signed
    copy = tmp_path_factory.mktemp("flipped") / "report"
    shutil.copytree(path, copy)
    names = sorted(each for each in copy.rglob("*") if each.is_file())
    victim = data.draw(st.sampled_from(names))
    content = bytearray(victim.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    victim.write_bytes(content)

    assert ALTERED in found(copy, None, verifier).values()


@given(data=st.data())
def test_a_byte_of_a_part_is_noticed_without_a_signature(signed, tmp_path_factory, data):
    """Also without a look at the rows."""
    copy = tmp_path_factory.mktemp("flipped") / "report"
    shutil.copytree(signed[0], copy)
    name = data.draw(st.sampled_from([FILE, MATCH]))
    content = bytearray((copy / name).read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    (copy / name).write_bytes(content)

    assert found(copy) == found(copy, rows=False)
    assert found(copy) == {f"{name} was altered: its SHA-256 is different": ALTERED}
    assert "should not be opened" in notes(copy)[-1]


@given(data=st.data())
def test_a_file_that_is_missing_or_new_is_noticed(signed, tmp_path_factory, data):
    """Whichever, and whatever it is called."""
    path, verifier = signed
    copy = tmp_path_factory.mktemp("file") / "report"
    shutil.copytree(path, copy)
    names = sorted(each for each in copy.rglob("*") if each.is_file())
    if data.draw(st.booleans()):
        data.draw(st.sampled_from(names)).unlink()
    else:
        name = data.draw(
            st.sampled_from(
                ["x", ".x", "files/.part-00000.parquet.tmp", "files/part-00009.parquet", "files/y",
                 "matches/part-00009.parquet", "a/b", ".sweep.json.tmp", "files/z/part-00000"]
            )
        )  # fmt: skip
        (copy / name).parent.mkdir(exist_ok=True)
        (copy / name).write_bytes((path / FILE).read_bytes())

    assert ALTERED in found(copy, None, verifier).values()


def test_links_are_no_parts(report):
    """What they lead to can change; nor is anything else but a file."""
    part = report / FILE
    part.rename(report.parent / "elsewhere")
    part.symlink_to(report.parent / "elsewhere")
    (report / "matches").rename(report.parent / "matches")
    (report / "matches").symlink_to(report.parent / "matches")
    os.mkfifo(report / "files/part-00007.parquet")

    assert found(report) == {
        f"{FILE} does not belong to the report": ALTERED,
        f"{FILE} is not a file": ALTERED,
        "matches/ does not belong to the report": ALTERED,
        "files/part-00007.parquet does not belong to the report": ALTERED,
    }


def test_sizes_are_told(report):
    """A part that was cut or went on."""
    content = (report / FILE).read_bytes()
    (report / FILE).write_bytes(content + b"x")

    assert found(report) == {
        f"{FILE} has {len(content) + 1:,} bytes, not {len(content):,}": ALTERED
    }


def test_another_key_and_a_missing_signature_are_told(signed, report, tmp_path):
    """A signature that is asked for has to be there; it may be kept elsewhere."""
    path, verifier = signed
    other = Signer.new().verifier
    kept = tmp_path / "kept"
    shutil.copy(path / "sweep.json.sig", kept)

    assert found(report, None, verifier) == {"signature sweep.json.sig does not exist": ALTERED}
    assert found(report, None, verifier, kept) == {}
    assert [*found(path, None, other).values()] == [ALTERED]
    assert f"key {other.id} did not sign" in next(iter(found(path, None, other)))
    assert found(report, None, verifier, tmp_path / "none").popitem()[1] is ALTERED


def test_totals_are_added_up_again(report):
    """Digests of parts do not protect what sweep.json says of them all."""
    tally = said(report, "tally")
    less = rewritten(report, tally=tally | {"matched_items": 1, "by_list": {}})

    assert found(less) == {
        "the rows do not add up to the totals of sweep.json: matched_items, by_list": ALTERED
    }
    nothing = to_json(Tally().totals())
    (text,) = found(rewritten(report, tally=nothing))
    assert text.startswith("the rows do not add up to the totals of sweep.json: items, bytes, ")


def test_every_total_that_rows_tell_is_added_up_again(report):
    """Whichever of them somebody changed; only what was passed over is in no row."""
    tally = said(report, "tally")
    for name, value in tally.items():
        other = value + 1 if isinstance(value, int) else value | {"other": 1}
        told = {f"the rows do not add up to the totals of sweep.json: {name}": ALTERED}
        altered = rewritten(report, tally=tally | {name: other})

        assert found(altered) == ({} if name in ("skipped", "in_other_shards") else told)


def test_matches_are_of_items_of_the_report(report):
    """By id, name and frame, in the part that goes with theirs."""
    table = pq.read_table(report / MATCH)
    place = table.schema.get_field_index("uri")
    pq.write_table(table.set_column(place, "uri", pa.array(["/other"])), report / MATCH)

    assert found(vouched(report, MATCH, 1)) == {
        f"matches/part-00000.parquet has 1 rows for items that are not in {FILE}": ALTERED
    }


def test_rows_are_counted(report):
    """A number that sweep.json has wrong."""
    altered = vouched(report, FILE, 9)

    assert found(altered) == {f"report {altered} is damaged: {FILE} has 2 rows, not 9": ALTERED}


def test_a_matching_part_without_its_files_is_told(report):
    """Though its own digest is right."""
    (report / "files/part-00001.parquet").unlink()
    segments = said(report, "segments")
    del segments["files/part-00001.parquet"]
    told = found(rewritten(report, segments=segments))

    assert "matches/part-00001.parquet has no matching segment of files" in told
    assert {*told.values()} == {ALTERED}


def test_parts_that_cannot_be_read_are_told(report):
    """Where somebody has given them digests."""
    (report / FILE).write_bytes(b"PAR1")

    assert [*found(vouched(report, FILE, 3)).values()] == [ALTERED]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, "not a report: it has no sweep.json"),
        ("{", "report sweep.json is damaged: it is not JSON"),
        ('{"tally": {}}', "is damaged: it does not state its layout"),
        ('{"layout": 99, "hashsweep": "9.0"}', "another layout, of hashsweep 9.0: read it with"),
        ('{"report_version": 5, "hashsweep": "0.5"}', "another layout, of hashsweep 0.5"),
        ('{"layout": 7}', "is damaged: Object missing required field"),
    ],
)
def test_a_sweep_json_that_is_none_is_told(report, content, text):
    """Missing, cut off, of another layout, or without what it should have."""
    (report / "sweep.json").unlink()
    if content is not None:
        (report / "sweep.json").write_text(content)
    told = found(report)

    assert any(text in each for each in told)
    assert ALTERED in told.values()


@pytest.mark.parametrize("state", ["complete", "interrupted"])
def test_a_report_without_digests_is_altered(report, state):
    """Its sweep wrote them; without them nothing would be compared."""
    told = found(rewritten(report, segments={}, state=state))

    assert told["sweep.json has no digests of the segments"] is ALTERED


def test_a_pipe_in_the_place_of_sweep_json_is_not_waited_for(tmp_path):
    """Nobody ever writes to it."""
    os.mkfifo(tmp_path / "sweep.json")

    assert [*found(tmp_path).values()] == [ALTERED]


def test_an_interrupted_report_is_incomplete_and_otherwise_held_to_its_word(here, tmp_path):
    """And good again when its sweep has gone on."""
    path = swept(here, "stopped", stop_after=3)
    stopped = found(path)
    shutil.copytree(path, tmp_path / "copy")
    content = bytearray((tmp_path / "copy" / FILE).read_bytes())
    content[9] ^= 1
    (tmp_path / "copy" / FILE).write_bytes(content)
    swept(here, "stopped", resume=True)

    assert stopped == {"the sweep was stopped before its end": INCOMPLETE}
    assert {*found(tmp_path / "copy").values()} == {INCOMPLETE, ALTERED}
    assert found(path) == {}


def test_a_killed_report_may_have_parts_without_digests(report):
    """And drafts; both are told."""
    killed = rewritten(report, state="running", segments={FILE: said(report, "segments")[FILE]})
    (killed / "files/.part-00002.parquet.tmp").touch()
    (killed / ".lock").touch()

    assert found(killed) == {
        "the sweep was killed, or its machine stopped": INCOMPLETE,
        "files/.part-00002.parquet.tmp is a draft: its sweep did not finish it": INCOMPLETE,
        "3 segments are newer than sweep.json, which has no digests for them": INCOMPLETE,
    }


def test_encrypted_reports_need_their_key_for_their_rows_alone(here):
    """Digests are of what is there; who has no key is told what was not looked at."""
    path = swept(here, "encrypted", encrypt=True, key_file=str(here / "key"))

    assert found(path) == found(path, KEYS) == {}
    assert notes(path)[-1] == "its rows were not checked: they are encrypted, and no key was given"
    assert len(notes(path, KEYS)) == 1
    other = Keys.load(None, {VARIABLE: "00" * 32})
    assert "is not among the given keys" in next(iter(found(path, other)))
