"""From files to a compiled list."""

import os

import pytest

from hashsweep.errors import ListError
from hashsweep.hashlists.batches import SHOWN_REFUSALS
from hashsweep.hashlists.describe import count_refusals
from hashsweep.hashlists.importing import ListName, ListOptions, is_compiled
from hashsweep.hashlists.opening import import_lists
from hashsweep.model import Entry
from support.listed import compiled, entry

ONE, TWO, THREE = (f"{n:032d}" for n in (10, 20, 30))


def made(folder, *files, base=None, name="made", **options):
    """A list compiled from files, given by name or as a ListName."""
    named = [each if isinstance(each, ListName) else ListName(folder / each) for each in files]
    return import_lists(named, name, folder / f"{name}.hsl", ListOptions(**options), base)


def told(opened):
    """(id, withdrawn) of each entry."""
    return [(each.entry_id, each.withdrawn) for each in opened.entries()]


def test_names_may_have_a_prefix():
    """An algorithm as any source spells it, or a format; anything else is a file's name."""
    assert ListName.parse("pdq:a.txt") == ListName(path_of("a.txt"), algorithm="pdq")
    assert ListName.parse("SHA-256:/x/a:b") == ListName(path_of("/x/a:b"), algorithm="sha256")
    assert ListName.parse("csv:a.txt") == ListName(path_of("a.txt"), format="csv")
    assert ListName.parse("a.txt") == ListName(path_of("a.txt"))
    assert ListName.parse("C:a.txt") == ListName(path_of("C:a.txt"))
    assert ListName.parse("pdq:") == ListName(path_of("pdq:"))


def test_a_file_of_the_whole_name_comes_first(tmp_path, monkeypatch):
    """A colon in a file's name does not hide it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pdq:a.txt").touch()

    assert ListName.parse("pdq:a.txt") == ListName(path_of("pdq:a.txt"))


def path_of(text):
    """A Path."""
    return ListName.parse(f"./{text}" if not text.startswith("/") else text).path


def test_several_files_become_one_list(tmp_path):
    """In their order, each in its own format, all of them told as sources."""
    (tmp_path / "a.csv").write_text(f"entry_id,md5\na,{ONE}\n")
    (tmp_path / "b.txt").write_text(f"{TWO} b\n{THREE} c\n")
    opened = made(tmp_path, "a.csv", "b.txt")

    assert told(opened) == [("a", False), ("b", False), ("c", False)]
    assert [(s["format"], s["entries"]) for s in opened.meta["sources"]] == [
        ("csv", 1),
        ("text", 2),
    ]
    assert opened.name == "made"


def test_a_format_or_an_algorithm_may_be_named(tmp_path):
    """What the content would be taken for does not count then."""
    (tmp_path / "a.csv").write_text(f"md5\n{ONE}\n")
    opened = made(tmp_path, ListName(tmp_path / "a.csv", format="text"))
    (tmp_path / "b.txt").write_text("1234567890abcdef\n")
    named = made(tmp_path, ListName(tmp_path / "b.txt", algorithm="phash"), name="named")

    assert opened.meta["sources"][0]["format"] == "text"
    assert count_refusals(opened) == {"unknown-algorithm": 1}
    assert named.algorithms == ("phash",)


def test_refused_rows_are_all_counted_and_the_first_are_kept(tmp_path):
    """A list of garbage does not fill the report."""
    (tmp_path / "a.txt").write_text(f"{ONE}\n" + "garbage\n" * 50)
    (source,) = made(tmp_path, "a.txt").meta["sources"]

    assert sum(source["refusals"].values()) == 50
    assert [row["line"] for row in source["refused_rows"]] == list(range(2, SHOWN_REFUSALS + 2))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is empty"),
        (b" \n\r\n", "is empty"),
        (b"\0\1\2\3" * 2000, "is not in a known format"),
        (b"# a comment\n", "holds no usable hash$"),
        (b"md5\n", "holds no usable hash$"),
        (b"md5\nxyz\n", "holds no usable hash: line 2: "),
    ],
)
def test_a_file_without_any_hash_is_refused(tmp_path, content, why):
    """With the reason, and without a list left behind."""
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(ListError, match=f"hash list {tmp_path}/a.txt {why}"):
        made(tmp_path, "a.txt")

    assert os.listdir(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("name", ["missing.csv", "folder"])
def test_what_cannot_be_read_is_refused(tmp_path, name):
    """By the operating system's own words."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(ListError, match=f"{name}: (No such file or directory|Is a directory)"):
        made(tmp_path, name)


def test_a_pipe_is_refused_at_once(tmp_path):
    """It could be read only once; nobody waits for its other end."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ListError, match="pipe is not a file; lists are read more than once"):
        made(tmp_path, "pipe")


def test_what_may_not_be_read_is_refused(tmp_path, monkeypatch):
    """Root may read everything, so the refusal is made here."""
    (tmp_path / "a.csv").write_text(f"md5\n{ONE}\n")

    def denied(*given, **more):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", denied)
    with pytest.raises(ListError, match=r"a\.csv: Permission denied"):
        made(tmp_path, "a.csv")


def test_a_damaged_compiled_list_is_refused_as_a_source(tmp_path):
    """It is verified before its entries are taken."""
    path = compiled(tmp_path, [entry(md5=b"1" * 16)]).path
    content = bytearray(path.read_bytes())
    content[70] ^= 1
    path.write_bytes(content)

    assert is_compiled(path)
    with pytest.raises(ListError, match="damaged"):
        made(tmp_path, "known.hsl")
    assert os.listdir(tmp_path) == ["known.hsl"]


def test_a_delta_updates_its_base(tmp_path):
    """New rows join, tombstones withdraw by id, and both lists' files are its sources."""
    (tmp_path / "base.csv").write_text(f"entry_id,md5\na,{ONE}\nb,{TWO}\n")
    (tmp_path / "delta.csv").write_text(f"entry_id,md5,status\nb,,withdrawn\nc,{THREE},active\n")
    base = made(tmp_path, "base.csv", name="base")
    after = made(tmp_path, "delta.csv", base=base, name="after")

    assert told(after) == [("a", False), ("b", True), ("c", False)]
    assert (after.meta["active"], after.meta["withdrawn"], after.meta["superseded"]) == (2, 1, 1)
    assert [source["path"].rpartition("/")[2] for source in after.meta["sources"]] == [
        "base.csv", "delta.csv",
    ]  # fmt: skip
    assert told(base) == [("a", False), ("b", False)]


def test_a_tombstone_holds_over_several_updates(tmp_path):
    """Withdrawn in one delta, still withdrawn after the next, until it is listed again."""
    (tmp_path / "base.csv").write_text(f"entry_id,md5\na,{ONE}\nb,{TWO}\n")
    (tmp_path / "1.csv").write_text("entry_id,md5,deleted\na,,true\n")
    (tmp_path / "2.csv").write_text(f"entry_id,md5\nc,{THREE}\n")
    (tmp_path / "3.csv").write_text(f"entry_id,md5\na,{ONE}\n")
    opened = made(tmp_path, "base.csv", name="0")
    active = []
    for step in "123":
        opened = made(tmp_path, f"{step}.csv", base=opened, name=step)
        active.append([each.entry_id for each in opened.entries() if not each.withdrawn])

    assert active == [["b"], ["b", "c"], ["b", "c", "a"]]


def test_a_list_of_lists_keeps_their_sources_and_refusals(tmp_path):
    """What was incomplete or is old stays so: putting lists together does not launder them."""
    (tmp_path / "a.csv").write_text(f"entry_id,md5\na,{ONE}\nb,xyz\n")
    os.utime(tmp_path / "a.csv", (0, 0))
    (tmp_path / "b.csv").write_text(f"entry_id,md5\nc,{TWO}\n")
    made(tmp_path, "a.csv", name="one")
    both = made(tmp_path, "one.hsl", "b.csv", name="both")

    assert [(s["format"], s["modified"][:4] == "1970") for s in both.meta["sources"]] == [
        ("csv", True), ("csv", False),
    ]  # fmt: skip
    assert count_refusals(both) == {"bad-hash": 1}
    assert told(both) == [("a", False), ("c", False)]


def test_compiled_lists_withdraw_from_one_another(tmp_path):
    """Keys and tombstones of lists that were compiled apart mean the same."""
    compiled(tmp_path, [entry("a", md5=b"1" * 16)._replace(key="k")], "one")
    compiled(tmp_path, [Entry("t", (), key="k", withdrawn=True)], "two")

    assert told(made(tmp_path, "one.hsl", "two.hsl", name="taken")) == [("t", True)]
    assert told(made(tmp_path, "two.hsl", "one.hsl", name="again")) == [("t", True), ("a", False)]


@pytest.mark.parametrize("given", [False, True])
def test_lists_of_harmless_files_stay_such(tmp_path, given):
    """Compiled anew or put together, whether the user says it again or not."""
    for name in ("one", "two"):
        compiled(tmp_path, [entry(name, md5=name.encode() * 5 + b"1")], name, known_good=True)
    one, both = (
        made(tmp_path, *files, name=name, known_good=given)
        for name, files in (("a", ["one.hsl"]), ("b", ["one.hsl", "two.hsl"]))
    )

    assert (one.known_good, both.known_good) == (True, True)


@pytest.mark.parametrize(
    ("files", "base", "known_good"),
    [
        (["good.hsl", "bad.hsl"], None, False),
        (["good.hsl", "raw.csv"], None, False),
        (["bad.hsl", "raw.csv"], None, True),
        (["bad.hsl"], "good.hsl", False),
        (["raw.csv"], "good.hsl", False),
        (["raw.csv"], "bad.hsl", True),
    ],
)
def test_lists_of_harmless_files_do_not_mix_with_others(tmp_path, files, base, known_good):
    """Nothing harmful becomes harmless by an import, nor the other way round."""
    (tmp_path / "raw.csv").write_text(f"md5\n{ONE}\n")
    lists = {
        f"{name}.hsl": compiled(
            tmp_path, [entry(md5=name.ljust(16).encode())], name, known_good=name == "good"
        )
        for name in ("good", "bad")
    }
    with pytest.raises(ListError, match="known-good files and other lists cannot be mixed"):
        made(tmp_path, *files, base=lists.get(base), name="mixed", known_good=known_good)

    assert not (tmp_path / "mixed.hsl").exists()


def test_a_delta_of_harmless_files_says_so(tmp_path):
    """With --known-good for both, the result is one."""
    (tmp_path / "raw.csv").write_text(f"md5\n{ONE}\n")
    base = compiled(tmp_path, [entry(md5=b"1" * 16)], "good", known_good=True)

    assert made(tmp_path, "raw.csv", base=base, name="after", known_good=True).known_good
