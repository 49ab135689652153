"""A renewed list holds what the old one held, in the present layout."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashsweep.errors import ListError
from hashsweep.hashlists.compiled import CompiledList
from hashsweep.hashlists.importing import ListName, ListOptions
from hashsweep.hashlists.opening import import_lists
from hashsweep.hashlists.renewal import is_known_good, open_any_layout, renew
from hashsweep.matching import mih
from support.forged_lists import contain, in_previous_layout, lay_out, with_optional
from support.listed import compiled, entry
from support.planted import random_hashes
from support.thoroughness import examples

SIZES = {"md5": 16, "sha1": 20, "sha256": 32, "phash": 8, "pdq": 32}


def whole(made):
    """All that a list says, and all that it holds."""
    return made.meta, {
        name: (made.array(name).dtype, made.array(name).tolist()) for name in made.sections
    }


def arrays_of(made):
    """Its arrays by name."""
    return {name: made.array(name) for name in made.sections}


def test_everything_is_kept(tmp_path, monkeypatch):
    """Entries in force or not, keys, quality, kept hashes, categories; the index is the same."""
    monkeypatch.setattr(mih, "SMALLEST", 100)
    rows = [
        entry(
            f"entry {n} \udcff",
            f"c{n % 3}",
            (f"l{n % 2}", "\udc80"),
            n % 101,
            pdq=random_hashes(n, 1, 32).tobytes(),
            md5=random_hashes(n, 1, 16).tobytes(),
            photodna=b"text %d" % n,
        )._replace(
            key=f"k{n % 150}",
            replaces=n % 2 == 0,
            withdrawn=n % 40 == 39,
            updated=f"2026-11-{n // 10 + 1:02}",
        )
        for n in range(200)
    ]
    made = compiled(tmp_path, rows, "own", known_good=True)
    renew(open_any_layout(made.path), None, tmp_path / "new.hsl")
    again = CompiledList(tmp_path / "new.hsl")

    assert whole(again) == whole(made)
    assert list(again.entries()) == list(made.entries())
    assert {"pdq.index.ids", "kept.photodna.bytes"} <= set(again.sections)
    assert min(made.meta["withdrawn"], made.meta["superseded"]) > 1


def test_an_older_list_gets_the_index_of_this_version(tmp_path, monkeypatch):
    """It is refused until then."""
    monkeypatch.setattr(mih, "SMALLEST", 1)
    monkeypatch.setattr("hashsweep.hashlists.compiled.VERSION", 1)
    made = compiled(tmp_path, [entry("a", pdq=random_hashes(1, 1, 32).tobytes())])
    monkeypatch.undo()
    monkeypatch.setattr(mih, "SMALLEST", 1)
    with pytest.raises(ListError, match="renew it"):
        CompiledList(made.path)
    renew(open_any_layout(made.path), None, tmp_path / "new.hsl")

    assert "blocks" in CompiledList(tmp_path / "new.hsl").column("pdq").index


_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=5)
_ROWS = st.lists(
    st.tuples(st.sampled_from(sorted(SIZES)), st.integers(0, 6), _TEXT, st.sampled_from("ABC")),
    min_size=1,
    max_size=12,
)


@given(_ROWS, st.booleans(), st.booleans())
@settings(max_examples=examples(25), deadline=None)
def test_text_imported_compiled_and_renewed_has_the_same_entries(
    tmp_path_factory, rows, is_previous, known_good
):
    """Of either layout."""
    folder = tmp_path_factory.mktemp("renewal")
    lines = []
    for name, n, label, category in rows:
        quoted = '"' + label.replace('"', '""') + '"'
        hashes = [
            random_hashes(n, 1, SIZES[each]).tobytes().hex() * (each == name) for each in SIZES
        ]
        lines.append(",".join([f"{name}-{n}", category, quoted, *hashes]))
    (folder / "a.csv").write_text(
        "\n".join(["entry_id,category,labels," + ",".join(SIZES), *lines])
    )
    options = ListOptions(known_good=known_good, readable=True)
    made = import_lists([ListName(folder / "a.csv")], "own", folder / "a.hsl", options)
    old = made.path
    if is_previous:
        old = folder / "old.hsl"
        old.write_bytes(in_previous_layout(made.meta, arrays_of(made)))
    again = import_lists([ListName(old)], None, folder / "new.hsl", ListOptions(known_good=None))

    assert again.name == "own"
    assert list(again.entries()) == list(made.entries())
    assert whole(CompiledList(again.path)) == whole(made)


def test_a_list_of_the_layout_before_is_renewed(tmp_path):
    """Under another name, if one is given."""
    made = compiled(tmp_path, [entry("a", "A1", ("x",), 70, pdq=b"1" * 32)], "own")
    (tmp_path / "old.hsl").write_bytes(in_previous_layout(made.meta, arrays_of(made)))
    renew(open_any_layout(tmp_path / "old.hsl"), "other", tmp_path / "new.hsl")
    again = CompiledList(tmp_path / "new.hsl")

    assert again.name == "other"
    assert list(again.entries()) == list(made.entries())


def test_an_unknown_section_is_left_out_and_that_is_said(tmp_path):
    """It may depend on what this version cannot check; a required one is refused."""
    made = compiled(tmp_path, [entry("a", md5=b"1" * 16)])
    for name, required in (("ignored", False), ("needed", True)):
        path = tmp_path / f"{name}.hsl"
        array = np.arange(5, dtype=np.uint32)
        path.write_bytes(
            with_optional(made.meta, arrays_of(made), f"video.{name}", array, required=required)
        )
        path.chmod(0o600)
    again = import_lists(
        [ListName(tmp_path / "ignored.hsl")], None, tmp_path / "new.hsl", ListOptions()
    )

    assert CompiledList(tmp_path / "ignored.hsl").notes == []
    assert again.notes == [
        "its section 'video.ignored' was left out: it is of a newer version of hashsweep"
    ]
    assert list(CompiledList(again.path).entries()) == list(made.entries())
    with pytest.raises(ListError, match=r"cannot be used without its section 'video\.needed'"):
        import_lists([ListName(tmp_path / "needed.hsl")], None, tmp_path / "b.hsl", ListOptions())
    assert not (tmp_path / "b.hsl").exists()


def test_hashes_of_a_plugin_that_is_not_there_are_kept(tmp_path):
    """Without an index, which its plug-in would have to make."""
    made = compiled(tmp_path, [entry("a", md5=b"1" * 16, phash=b"2" * 8)])
    arrays = {name.replace("phash.", "odd."): array for name, array in arrays_of(made).items()}
    meta = {**made.meta, "hashes": {"md5": 1, "odd": 1}}
    (tmp_path / "old.hsl").write_bytes(in_previous_layout(meta, arrays))
    renew(open_any_layout(tmp_path / "old.hsl"), None, tmp_path / "new.hsl")

    again = CompiledList(tmp_path / "new.hsl")
    assert again.column("odd").hashes.tobytes() == b"2" * 8


@pytest.mark.parametrize("known_good", [True, False])
def test_what_a_list_is_of_is_known_before_it_is_renewed(tmp_path, known_good):
    """Of either layout: lists of harmless files may be open to others."""
    made = compiled(tmp_path, [entry("a", md5=b"1" * 16)], known_good=known_good)
    (tmp_path / "old.hsl").write_bytes(in_previous_layout(made.meta, arrays_of(made)))

    assert is_known_good(made.path) == is_known_good(tmp_path / "old.hsl") == known_good


def _without(name):
    return lambda meta, arrays: arrays.pop(name)


def _put(name, array):
    return lambda meta, arrays: arrays.update({name: array})


def _say(**values):
    return lambda meta, arrays: meta.update(values)


_SOURCE = {"path": "a", "format": "csv", "sha256": "", "size": 1, "modified": "", "entries": 1}


@pytest.mark.parametrize("is_previous", [False, True])
@pytest.mark.parametrize(
    "forge",
    [
        _without("entry.id.bytes"),
        _without("entry.superseded"),
        _without("md5.hashes"),
        _without("md5.quality"),
        _without("kept.photodna.entries"),
        _put("entry.about", np.array([0, 1], np.uint32)),
        _put("entry.about", np.array([0], np.uint32)),
        _put("entry.key", np.zeros(4, np.uint64)),
        _put("entry.withdrawn", np.zeros(2, np.uint16)),
        _put("entry.id.ends", np.array([0, 5, 2], np.uint64)),
        _put("entry.id.ends", np.array([0, 1, 2**63], np.uint64)),
        _put("entry.id.ends", np.array([1, 1, 2], np.uint64)),
        _put("md5.hashes", np.zeros(16, np.uint8)),
        _put("md5.hashes", np.zeros((2, 0), np.uint8)),
        _put("md5.keys", np.zeros(1, np.uint64)),
        _put("md5.keys", np.array([9, 1], np.uint64)),
        _put("md5.entries", np.array([0, 2], np.uint32)),
        _put("kept.photodna.entries", np.array([0, 9], np.uint32)),
        _put("kept.photodna.entries", np.array([[0, 1]], np.uint32)),
        _put("kept.photodna.ends", np.array([0, 1, 900], np.uint64)),
        _say(entries=3),
        _say(entries=-1),
        _say(entries=2**62),
        _say(entries=True),
        _say(name=7),
        _say(known_good="yes"),
        _say(sources=[{}]),
        _say(sources=[_SOURCE | {"refusals": [], "refused_rows": []}]),
        _say(hashes={"md5": 2, "sha1": 1}),
        _say(hashes=["md5"]),
        _say(kept={"photodna": 2, "tmk": 1}),
        _say(abouts=[["", "", "", ""]]),
        _say(abouts=[]),
    ],
)
def test_what_is_not_sound_is_refused(tmp_path, forge, is_previous):
    """Its checksums may be right: a renewal writes nothing that could not have been compiled."""
    rows = [entry(n, md5=n.encode() * 16, photodna=b"x") for n in "ab"]
    made = compiled(tmp_path, rows)
    meta, arrays = json.loads(json.dumps(made.meta)), arrays_of(made)
    forge(meta, arrays)
    old = tmp_path / "old.hsl"
    if is_previous:
        old.write_bytes(in_previous_layout(meta, arrays))
    else:
        body, lines = lay_out(arrays)
        old.write_bytes(contain({"meta": meta, "sections": lines, "optional": {}}, body))
    opened = open_any_layout(old)
    with pytest.raises(
        ListError, match=r"old\.hsl: damaged, or not a compiled hash list"
    ) as caught:
        renew(opened, None, tmp_path / "new.hsl")

    assert "\n" not in str(caught.value)
    assert not (tmp_path / "new.hsl").exists()
