"""The table of contents of a container: what it may say, and optional sections."""

import copy

import numpy as np
import pytest

from hashsweep.errors import ListError
from hashsweep.hashlists import sections
from hashsweep.hashlists.container import Container, Optional, write
from hashsweep.hashlists.sections import Section, read_tables
from support.forged_lists import contain, lay_out

ARRAYS = {"table": np.arange(12, dtype=np.uint32).reshape(3, 4), "none": np.empty((0, 2), np.uint8)}
VECTORS = np.arange(20, dtype=np.uint16)
BODY, LINES = lay_out({**ARRAYS, "vectors": VECTORS})
OPTIONAL = {"vectors": LINES.pop("vectors") | {"length": VECTORS.nbytes, "required": False}}
CONTENTS = {"meta": {"name": "a"}, "sections": LINES, "optional": OPTIONAL}
END = 64 + len(BODY)


def changed(table, name, **values):
    """The table of contents, and in it a line with other values; None takes one out."""
    contents = copy.deepcopy(CONTENTS)
    line = contents[table][name]
    line.update(values)
    contents[table][name] = {key: value for key, value in line.items() if value is not None}
    return contents


@pytest.mark.parametrize("required", [False, True])
def test_an_optional_section_comes_back_where_it_is_known(tmp_path, monkeypatch, required):
    """As any other array, but not among those that every list has."""
    monkeypatch.setattr(sections, "KNOWN", frozenset({"vectors"}))
    write(tmp_path / "a", {}, ARRAYS, {"vectors": Optional(VECTORS, required)})
    opened = Container(tmp_path / "a", verify=True)

    assert opened.array("vectors").tolist() == VECTORS.tolist()
    assert (opened.names, opened.skipped) == (("table", "none"), [])


def test_an_unknown_section_that_may_be_ignored_is_ignored(tmp_path):
    """All else can be read, and its name is known."""
    write(tmp_path / "a", {}, ARRAYS, {"vectors": Optional(VECTORS, required=False)})
    opened = Container(tmp_path / "a", verify=True)

    assert opened.skipped == ["vectors"]
    assert opened.array("table").tolist() == ARRAYS["table"].tolist()


def test_an_unknown_section_that_is_required_is_refused(tmp_path):
    """In one line that names the section and what helps."""
    write(tmp_path / "a", {}, ARRAYS, {"vectors": Optional(VECTORS, required=True)})
    with pytest.raises(ListError) as caught:
        Container(tmp_path / "a", verify=True)

    assert str(caught.value) == (
        f"{tmp_path / 'a'}: made by a newer version of hashsweep, and it cannot be used without "
        "its section 'vectors': read it with that version"
    )


def test_an_unknown_section_may_have_an_unknown_type(tmp_path):
    """Its length says where it ends; its bytes are under a checksum as all others."""
    array = np.arange(5, dtype=np.float32)
    write(tmp_path / "a", {}, ARRAYS, {"floats": Optional(array, required=False)})
    Container(tmp_path / "a", verify=True)
    content = bytearray((tmp_path / "a").read_bytes())
    content[content.index(array.tobytes()) + 5] ^= 1
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(ListError, match="its part 'floats' was altered"):
        Container(tmp_path / "a", verify=True)


def test_a_known_section_of_an_unknown_type_is_damage(tmp_path, monkeypatch):
    """A line in one message, not an array of something else."""
    monkeypatch.setattr(sections, "KNOWN", frozenset({"floats"}))
    write(tmp_path / "a", {}, ARRAYS, {"floats": Optional(np.zeros(2, np.float32), required=True)})
    with pytest.raises(ListError, match="its part 'floats' has an unknown type"):
        Container(tmp_path / "a", verify=True).array("floats")


def test_sections_are_read_from_both_tables():
    """With their lengths, in bytes; only optional ones say whether they are required."""
    meta, found = read_tables(CONTENTS, 64, END)

    assert meta == {"name": "a"}
    assert [(name, each.length, each.required) for name, each in found.items()] == [
        ("table", 48, None), ("none", 0, None), ("vectors", 40, False),
    ]  # fmt: skip


def test_a_line_is_written_as_it_is_read():
    """In both tables."""
    for table in ("sections", "optional"):
        for name, line in CONTENTS[table].items():
            _, found = read_tables(CONTENTS, 64, END)
            assert found[name].to_json() == line

    assert Section(64, 3, (3,), "uint8", "ab").stop == 128


@pytest.mark.parametrize(
    "contents",
    [
        None,
        [],
        {},
        {"meta": {}, "sections": {}},
        CONTENTS | {"meta": []},
        CONTENTS | {"more": {}},
        CONTENTS | {"optional": []},
        CONTENTS | {"optional": {}},  # a gap where it was
        CONTENTS | {"optional": OPTIONAL | {"table": OPTIONAL["vectors"]}},
        changed("sections", "table", start=0),
        changed("sections", "table", start=-64),
        changed("sections", "table", start=63),
        changed("sections", "table", start=2**63),
        changed("sections", "table", start=64.0),
        changed("sections", "table", start=True),
        changed("sections", "table", shape=[2**39, 2**39]),
        changed("sections", "table", shape=[2**32, 2**32]),  # 0 in 64 bits
        changed("sections", "table", shape=[-3, -4]),
        changed("sections", "table", shape=[3, 4, 1, 1, 1, 1, 1, 1, 1]),
        changed("sections", "table", shape=12),
        changed("sections", "table", shape=[12.0]),
        changed("sections", "table", shape=[100]),
        changed("sections", "table", type="object"),
        changed("sections", "table", type="float32"),
        changed("sections", "table", type=None),
        changed("sections", "table", sums=None),
        changed("sections", "table", sums="x" * 101),
        changed("sections", "table", required=False),
        changed("optional", "vectors", length=None),
        changed("optional", "vectors", length=41),
        changed("optional", "vectors", length=-40),
        changed("optional", "vectors", type="float32", length=2**62),
        changed("optional", "vectors", type="float32", length=400),
        changed("optional", "vectors", required=None),
        changed("optional", "vectors", required=1),
        changed("optional", "vectors", start=64),
        changed("optional", "vectors", start=2**40),
        changed("optional", "vectors", more=1),
    ],
)
def test_what_no_writer_makes_is_refused(tmp_path, contents):
    """Whatever the checksums say: no crash, no read outside the file, no array of something."""
    (tmp_path / "a").write_bytes(contain(contents, BODY))
    with pytest.raises(ListError, match="its table of contents is invalid"):
        Container(tmp_path / "a", verify=False)


def test_the_same_table_unchanged_is_read(tmp_path):
    """So it is the changes that are refused."""
    (tmp_path / "a").write_bytes(contain(CONTENTS, BODY))

    assert Container(tmp_path / "a", verify=True).skipped == ["vectors"]
