"""The layout before this one: read for a renewal, and only there."""

import pytest

from hashsweep.errors import ListError
from hashsweep.hashlists.compiled import CompiledList
from hashsweep.hashlists.previous_layout import PreviousContainer
from support.forged_lists import contain, in_previous_layout
from support.listed import compiled, entry


@pytest.fixture
def made(tmp_path):
    """A list in the present layout."""
    return compiled(tmp_path, [entry("a", md5=b"1" * 16), entry("b", md5=b"2" * 16)])


@pytest.fixture
def old(made, tmp_path):
    """The same in the one before."""
    arrays = {name: made.array(name) for name in made.sections}
    path = tmp_path / "old.hsl"
    path.write_bytes(in_previous_layout(made.meta, arrays))
    return path


def test_it_holds_the_same_arrays(made, old):
    """By name, type, shape and value, and `meta`."""
    opened = PreviousContainer(old, verify=True)

    assert (opened.names, opened.meta, opened.skipped) == (made.sections, made.meta, [])
    for name in made.sections:
        assert opened.array(name).dtype == made.array(name).dtype
        assert opened.array(name).tolist() == made.array(name).tolist()


def test_every_other_reader_refuses_it_and_says_what_helps(old):
    """In one line."""
    with pytest.raises(ListError) as caught:
        CompiledList(old)

    assert str(caught.value) == (
        f"{old}: compiled by another version of hashsweep (1); renew it with hashsweep lists "
        "import OLD -o NEW"
    )


def test_the_present_layout_is_not_read_here(made):
    """One reader for each."""
    with pytest.raises(ListError, match=r"another version of hashsweep \(2\)"):
        PreviousContainer(made.path, verify=True)


def test_damage_is_noticed_as_in_the_present_layout(old):
    """In any byte."""
    whole = old.read_bytes()
    for at in range(0, len(whole), 7):
        old.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(ListError):
            PreviousContainer(old, verify=True)


@pytest.mark.parametrize(
    "contents", [None, [], {"meta": {}, "sections": {}, "optional": {}}, {"sections": {}}]
)
def test_a_table_of_contents_of_its_own_is_needed(tmp_path, contents):
    """One with optional sections is none of that layout."""
    (tmp_path / "a").write_bytes(contain(contents, version=1))
    with pytest.raises(ListError, match="its table of contents is invalid"):
        PreviousContainer(tmp_path / "a", verify=True)
