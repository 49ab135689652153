"""`hashsweep lists` through the real command."""

import json
import os
import resource
import stat

import pytest

from hashsweep.hashlists.compiled import CompiledList
from support.forged_lists import in_previous_layout
from support.listed import compiled, entry

ONE, TWO, THREE = (f"{n:08x}" * 4 for n in (0xABCDEF01, 0xFEDCBA02, 0x13579B03))
CANARY = "5ec4e75ec4e75ec4e75ec4e75ec4e75e"


@pytest.fixture
def lists(hashsweep):
    """`hashsweep lists` with these arguments."""
    return lambda *arguments, **options: hashsweep("lists", *arguments, **options)


@pytest.fixture
def monday(tmp_path):
    """A list as it came on Monday."""
    path = tmp_path / "monday.csv"
    path.write_text(f"entry_id,md5,category,labels\na,{ONE},A1,AI-generated\nb,{TWO},A2,\n")
    return path


@pytest.fixture
def flawed(tmp_path):
    """A list with good rows and two bad ones, the second and third of the file."""
    path = tmp_path / "flawed.csv"
    path.write_text(f"entry_id,md5\na,{CANARY}0\nb,{CANARY[:-1]}g\nc,{ONE}\n")
    return path


def test_import_several_files(lists, monday, tmp_path):
    """Into one list, mode 0600; what is on it is said on stdout."""
    (tmp_path / "more.txt").write_text(f"{THREE} c\n")
    done = lists("import", monday, "more.txt", "-o", "all.hsl")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split("\n")[0] == "all: 3 active entries"
    assert stat.S_IMODE((tmp_path / "all.hsl").stat().st_mode) == 0o600


def test_an_existing_list_is_replaced_if_asked(lists, monday, tmp_path):
    """By a whole one: what is refused, or stopped, leaves the old one and nothing else."""
    lists("import", monday, "-o", "all.hsl")
    before = (tmp_path / "all.hsl").read_bytes()
    (tmp_path / "more.txt").write_text(f"{THREE} c\n")
    (tmp_path / "bad.csv").write_text("sha256\nnothing\n")
    refused = lists("import", "bad.csv", "-o", "all.hsl", "--force", "--strict")
    missing = lists("import", "none.csv", "-o", "all.hsl", "--force")

    assert (refused.returncode, missing.returncode) == (2, 2)
    assert (tmp_path / "all.hsl").read_bytes() == before
    done = lists("import", monday, "more.txt", "-o", "all.hsl", "--force")
    assert (done.returncode, done.stdout.split("\n")[0]) == (0, "all: 3 active entries")
    assert lists("inspect", "all.hsl").stdout.startswith("all: 3 active entries\n")
    assert [name for name in os.listdir(tmp_path) if name.startswith(".")] == []


def test_several_lists_are_inspected(lists, monday, tmp_path):
    """One after the other, each as alone."""
    (tmp_path / "more.txt").write_text(f"{THREE} c\n")
    alone = [lists("inspect", each).stdout for each in (monday, "more.txt")]

    assert lists("inspect", monday, "more.txt").stdout == "".join(alone)


def test_import_over_an_existing_file(lists, monday, tmp_path):
    """Exit 2, one line, and the file is as it was."""
    (tmp_path / "all.hsl").write_text("mine")
    done = lists("import", monday, "-o", "all.hsl")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "hashsweep: all.hsl already exists: choose another name\n"
    assert (tmp_path / "all.hsl").read_text() == "mine"


def test_refused_rows_are_told_without_the_hash(lists, flawed):
    """Exit 4; how many, the first one's line and reason; the good rows are imported."""
    done = lists("import", flawed, "-o", "out.hsl")

    assert done.returncode == 4
    assert done.stderr == (
        "hashsweep: list out: 2 rows refused; the first: line 2: md5 has 32 hex digits, not 33\n"
    )
    assert done.stdout.startswith("out: 1 active entries\n")
    assert CANARY[:10] not in done.stdout + done.stderr


def test_strict_writes_nothing(lists, flawed, monday, tmp_path):
    """Any refusal is fatal then; a good list is written all the same."""
    bad = lists("import", flawed, "-o", "bad.hsl", "--strict")
    good = lists("import", monday, "-o", "good.hsl", "--strict")

    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr.splitlines()[1] == "hashsweep: nothing was written (--strict)"
    assert CANARY[:10] not in bad.stderr
    assert good.returncode == 0
    assert sorted(name for name in os.listdir(tmp_path) if "hsl" in name) == ["good.hsl"]


def test_base_takes_a_delta_with_tombstones(lists, monday, tmp_path):
    """Added, withdrawn; the base stays; diff and inspect tell the same."""
    (tmp_path / "delta.csv").write_text(f"entry_id,md5,status\nb,,withdrawn\nc,{THREE},\n")
    lists("import", monday, "-o", "base.hsl")
    before = (tmp_path / "base.hsl").read_bytes()
    done = lists("import", "delta.csv", "--base", "base.hsl", "-o", "new.hsl", "--name", "Ours")
    about = json.loads(lists("inspect", "new.hsl", "--json").stdout)
    counts = lists("diff", "base.hsl", "new.hsl", "--json")

    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == "Ours: 2 active entries"
    assert (about["name"], about["entries"], about["withdrawn"], about["superseded"]) == (
        "Ours", 2, 1, 1,
    )  # fmt: skip
    assert counts.returncode == 1
    assert json.loads(counts.stdout) == {"added": 1, "changed": 0, "withdrawn": 1, "removed": 0}
    assert (tmp_path / "base.hsl").read_bytes() == before


def test_a_row_with_several_hashes_is_one_withdrawal(lists, tmp_path):
    """For import, inspect and diff; the list it is taken from need not be its base."""
    row = f"a,{ONE},{TWO}{THREE[:8]}"
    (tmp_path / "monday.csv").write_text(f"entry_id,md5,sha1\n{row}\nb,{TWO},\n")
    (tmp_path / "tuesday.csv").write_text(
        f"entry_id,md5,sha1,status\n{row},withdrawn\nb,{TWO},,active\n"
    )
    made = lists("import", "tuesday.csv", "-o", "tuesday.hsl")
    about = json.loads(lists("inspect", "tuesday.hsl", "--json").stdout)
    counts = lists("diff", "monday.csv", "tuesday.hsl", "--json")

    assert (made.returncode, made.stdout.splitlines()[1].split()) == (0, ["withdrawn", "1"])
    assert (about["entries"], about["withdrawn"]) == (1, 1)
    assert json.loads(counts.stdout) == {"added": 0, "changed": 0, "withdrawn": 1, "removed": 0}


def test_a_delta_of_withdrawals_needs_no_hashes(lists, monday, tmp_path):
    """Ids and a status; another row is refused; told is what met nothing."""
    (tmp_path / "good.csv").write_text("entry_id,status\na,withdrawn\n")
    (tmp_path / "bad.csv").write_text(
        "entry_id,status\nx,withdrawn\na,withdrawn\ny,withdrawn\nb,active\n"
    )
    (tmp_path / "other.csv").write_text(f"entry_id,md5,status\na,{THREE},withdrawn\n")
    lists("import", monday, "-o", "base.hsl")
    good, bad, other = (
        lists("import", f"{name}.csv", "--base", "base.hsl", "-o", f"{name}.hsl")
        for name in ("good", "bad", "other")
    )

    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.startswith("good: 1 active entries\n")
    assert bad.returncode == 4
    assert bad.stderr.splitlines() == [
        "hashsweep: list bad: 1 row refused; the first: line 5: the row holds no hash",
        "hashsweep: list bad: 2 withdrawals matched no entry of the base",
    ]
    assert other.returncode == 4
    assert other.stderr == "hashsweep: list other: 1 withdrawal matched no entry of the base\n"
    assert other.stdout.startswith("other: 2 active entries\n")


def test_a_base_must_be_compiled(lists, monday):
    """A raw list is no base; the message says what it is not."""
    done = lists("import", monday, "--base", monday, "-o", "new.hsl")

    assert done.returncode == 2
    assert "monday.csv: damaged, or not a compiled hash list" in done.stderr


def test_map_names_the_columns_of_a_members_format(lists, tmp_path):
    """Ours=theirs, several at once, in any case; a column that is not there is told."""
    (tmp_path / "iwf.csv").write_text(f"Ref,Checksum,Grade,Marks\nx1,{ONE},A,p|q\n")
    given = ("--map", "md5=checksum,ENTRY_ID=Ref,category=Grade,labels=Marks")
    about = json.loads(lists("inspect", "csv:iwf.csv", *given, "--json").stdout)
    wrong = lists("inspect", "csv:iwf.csv", "--map", "md5=MD5")
    unclear = lists("inspect", "csv:iwf.csv", "--map", "md5")

    assert (about["hashes"], about["categories"]) == ({"md5": 1}, [["", "A", 1]])
    assert about["labels"] == {"p": 1, "q": 1}
    assert (wrong.returncode, unclear.returncode) == (2, 2)
    assert "no column is called 'MD5'" in wrong.stderr
    assert "'md5' does not look like md5=MD5" in unclear.stderr


def test_inspect_tells_counts_refusals_and_problems(lists, tmp_path):
    """By kind, category and label; every suspicious row's code; nothing of a hash."""
    (tmp_path / "list.csv").write_text(
        "entry_id,md5,pdq,photodna,category,labels,pdq_quality\n"
        f"shared1,{CANARY},,,A1,AI-generated,\n"
        f"shared2,{CANARY},,,A1,,\n"
        "empty,d41d8cd98f00b204e9800998ecf8427e,,,A2,,\n"
        f"flat,,{'0123' * 16},,A2,,20\n"
        f"sparse,,{'1' * 64},,A2,,\n"
        "lonely,,,AAEC,,,\n"
        "bad,xyz,,,,,\n"
    )
    done = lists("inspect", "list.csv")
    about = json.loads(lists("inspect", "list.csv", "--json").stdout)

    assert done.returncode == 4
    assert done.stderr.startswith("hashsweep: list list: 1 row refused; the first: line 8: ")
    assert {(each["code"], each["count"]) for each in about["problems"]} == {
        ("shared-hash", 2), ("empty-file", 1), ("low-quality", 1), ("low-entropy", 2),
        ("unbalanced", 2), ("no-matchable-hash", 1),
    }  # fmt: skip
    assert (about["refused"], about["not_matchable_here"]) == ({"bad-hash": 1}, {"photodna": 1})
    for words in (
        "list: 6 active entries",
        "kept, not matchable here",
        "category A1",
        "label AI-generated",
        "shared-hash (md5): 2, one hash under several entries",
        "    shared1, shared2",
        "no-matchable-hash: 1, ",
    ):
        assert words in done.stdout
    assert CANARY[:10] not in done.stdout + done.stderr


def test_inspect_changes_and_leaves_nothing(lists, monday, tmp_path):
    """Neither beside the list nor where it was compiled to."""
    (tmp_path / "tmp").mkdir()
    lists("inspect", monday, env={**os.environ, "TMPDIR": str(tmp_path / "tmp")})

    assert sorted(os.listdir(tmp_path)) == ["monday.csv", "tmp"]
    assert os.listdir(tmp_path / "tmp") == []


def test_names_from_a_list_cannot_drive_the_terminal(lists, tmp_path):
    """Ids, categories and labels are shown with their control characters made visible."""
    (tmp_path / "evil.csv").write_text(
        f"entry_id,md5,category,labels\n\x1b[2Jid,{ONE},\x1b[31mred,\x07bell\nx,{ONE},,\n"
    )
    said = lists("inspect", "evil.csv").stdout
    told = lists("diff", "evil.csv", "evil.csv", "--ids").stdout

    assert "\x1b" not in said + told
    assert "\x07" not in said


def test_diff_counts_and_names(lists, monday, tmp_path):
    """Exit 1 where there is a difference, 0 where there is none; raw lists will do."""
    (tmp_path / "tuesday.csv").write_text(f"entry_id,md5,category\na,{ONE},A1\nc,{THREE},A1\n")
    done = lists("diff", monday, "tuesday.csv", "--ids")
    same = lists("diff", monday, monday)

    assert done.returncode == 1
    assert [line.split() for line in done.stdout.splitlines()] == [
        ["added", "1"], ["c"], ["changed", "1"], ["a"], ["withdrawn", "0"], ["removed", "1"], ["b"],
    ]  # fmt: skip
    assert same.returncode == 0
    assert [line.split()[1] for line in same.stdout.splitlines()] == ["0"] * 4


def test_diff_of_lists_without_ids(lists, tmp_path):
    """A row that only moved down is no difference."""
    (tmp_path / "old.txt").write_text(f"{ONE}\n{TWO}\n{ONE}\n")
    (tmp_path / "new.txt").write_text(f"# new\n{THREE}\n{ONE}\n{ONE}\n{TWO}\n")
    done = lists("diff", "old.txt", "new.txt", "--json", "--ids")

    assert json.loads(done.stdout) == {
        "added": ["line-2"], "changed": [], "withdrawn": [], "removed": [],
    }  # fmt: skip


def test_merge_puts_lists_together(lists, monday, flawed):
    """Raw and compiled ones; a list that was incomplete makes the result so, too."""
    lists("import", flawed, "-o", "flawed.hsl")
    good = lists("merge", monday, monday, "-o", "twice.hsl", "--name", "both")
    bad = lists("merge", monday, "flawed.hsl", "-o", "all.hsl")

    assert (good.returncode, bad.returncode) == (0, 4)
    assert good.stdout.splitlines()[0] == "both: 2 active entries"
    assert bad.stdout.splitlines()[0] == "all: 3 active entries"
    assert "2 rows refused" in bad.stderr


def test_a_full_list_updates_itself(lists, monday, tmp_path):
    """No entry is there twice; one whose category is another now has that."""
    lists("import", monday, "-o", "base.hsl")
    monday.write_text(monday.read_text().replace("A2", "B2") + f"b,{THREE},A1,\n")
    done = lists("import", monday, "--base", "base.hsl", "-o", "new.hsl")
    about = json.loads(lists("inspect", "new.hsl", "--json").stdout)

    assert (done.returncode, about["entries"], about["superseded"]) == (0, 3, 2)
    assert sorted(about["categories"]) == [["", "A1", 2], ["", "B2", 1]]


def test_merge_keeps_harmless_lists_harmless(lists, monday):
    """A known-good list is not mixed with others."""
    lists("import", monday, "-o", "good.hsl", "--known-good")
    about = json.loads(lists("inspect", "good.hsl", "--json").stdout)
    mixed = lists("merge", "good.hsl", monday, "-o", "mixed.hsl")

    assert about["known_good"] is True
    assert mixed.returncode == 2
    assert "cannot be mixed" in mixed.stderr


@pytest.mark.parametrize("form", ["csv", "pdq", "vics"])
def test_what_is_exported_can_be_imported(lists, tmp_path, form):
    """From a new file of mode 0600, whose hashes are then on the list again."""
    (tmp_path / "own.csv").write_text(f"entry_id,md5,pdq,category\na,{THREE},{ONE}{TWO},1\n")
    done = lists("export", "own.csv", "--format", form, "-o", "out")
    name = "pdq:out" if form == "pdq" else "out"
    back = lists("export", name, *(["--vics-category", "1"] if form == "vics" else []))

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o600
    assert (back.returncode, back.stderr) == (0, "")
    assert [THREE in back.stdout, ONE + TWO in back.stdout] == [form != "pdq", True]


def test_export_does_not_write_over_a_file(lists, monday):
    """Exit 2, and the list that was to be exported is as it was."""
    before = monday.read_text()
    done = lists("export", monday, "-o", monday)

    assert (done.returncode, done.stderr) == (
        2,
        f"hashsweep: {monday} already exists: choose another name\n",
    )
    assert monday.read_text() == before


def test_a_full_disk_leaves_no_half_of_an_export(lists, hashsweep_process, monday, tmp_path):
    """It could be taken for the whole list, or stand in the way of the next try."""
    lists("import", monday, "-o", "known.hsl")
    full = hashsweep_process(
        "lists", "export", "known.hsl", "-o", "out.csv",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64)),
    )  # fmt: skip
    left = sorted(os.listdir(tmp_path))
    again = lists("export", "known.hsl", "-o", "out.csv")

    assert (full.returncode, full.stderr) == (2, "hashsweep: out.csv: File too large\n")
    assert left == ["known.hsl", "monday.csv"]
    assert again.returncode == 0


def test_export_tells_what_it_leaves_out(lists, monday):
    """A form that cannot hold an entry does not drop it in silence."""
    done = lists("export", monday, "--format", "pdq")

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.startswith("hashsweep: 2 entries have no hash that this format can hold")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file or directory"),
        (b"HSWLST\0\1" + bytes(100), "damaged, or not a compiled hash list"),
        (b"md5\nxyz\n", "holds no usable hash: line 2: "),
    ],
)
def test_a_list_that_cannot_be_used_is_refused_in_one_line(lists, tmp_path, content, message):
    """Exit 2, why on stderr, nothing on stdout, and no file is written."""
    if content is not None:
        (tmp_path / "list").write_bytes(content)
    done = lists("import", "list", "-o", "out.hsl")

    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out.hsl").exists()


def test_formats_are_named(lists):
    """Each by the name that --list FORMAT:FILE takes."""
    done = lists("formats")

    assert done.returncode == 0
    assert {"csv", "text", "vics", "ncmec"} <= {
        line.split()[0] for line in done.stdout.splitlines()
    }


def test_check_says_what_a_sweep_would_use(lists, monday, tmp_path):
    """Rows used and refused, what only a plug-in can match, age; status as that of a sweep."""
    (tmp_path / "mixed.csv").write_text(
        "id,md5,photodna,updated,status\n"
        f"a,{ONE},,2026-01-01,\nb,{CANARY}0,,,\nc,,AAEC,2026-02-03,\nd,{TWO},,2026-01-01,\n"
        "d,,,2026-01-02,withdrawn\n"
    )
    os.utime(tmp_path / "mixed.csv", (0, 0))
    good, bad = lists("check", monday), lists("check", "mixed.csv", monday)
    (about, other) = json.loads(lists("check", "mixed.csv", monday, "--json").stdout)

    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.startswith("monday: 2 entries can match\n")
    assert bad.returncode == 4
    assert CANARY[:10] not in bad.stdout + bad.stderr
    assert {key: about[key] for key in ("matchable", "rows_used", "rows_refused", "refused")} == {
        "matchable": 1, "rows_used": 4, "rows_refused": 1, "refused": {"bad-length": 1},
    }  # fmt: skip
    assert (about["plugin_only"], about["not_matchable_here"]) == (1, {"photodna": 1})
    assert (about["withdrawn"], about["superseded"], about["newest_entry"]) == (1, 1, "2026-02-03")
    assert about["age_days"] > 20_000
    assert other["name"] == "monday"


def test_check_of_what_cannot_be_used(lists, tmp_path):
    """Nothing that can match is 4, no list is 2."""
    (tmp_path / "kept.csv").write_text("id,photodna\na,AAEC\n")
    (tmp_path / "none.csv").write_text("Kennung,Klasse\nx,A\ny,B\n")

    assert lists("check", "kept.csv").returncode == 4
    assert lists("check", "none.csv").returncode == 2


def test_what_the_order_decided_is_told(lists, monday, tmp_path):
    """Where files without times are named in an order."""
    (tmp_path / "delta.csv").write_text("entry_id,status\nb,withdrawn\n")
    done = lists("import", monday, "delta.csv", "-o", "new.hsl")

    assert done.returncode == 0
    assert done.stderr == (
        "hashsweep: list new: 1 entry was replaced or withdrawn by the order of the files alone: "
        "a timestamp is missing\n"
    )


def test_a_compiled_list_is_renewed(lists, monday, tmp_path):
    """One of the layout before, which nothing else reads; it keeps its name and its entries."""
    lists("import", monday, "-o", "present.hsl", "--name", "own")
    made = CompiledList(tmp_path / "present.hsl")
    arrays = {name: made.array(name) for name in made.sections}
    (tmp_path / "old.hsl").write_bytes(in_previous_layout(made.meta, arrays))
    (tmp_path / "old.hsl").chmod(0o600)
    refused = lists("inspect", "old.hsl")
    done = lists("import", "old.hsl", "-o", "new.hsl")

    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        "hashsweep: old.hsl: compiled by another version of hashsweep (1); renew it with hashsweep "
        "lists import OLD -o NEW\n"
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "own: 2 active entries"
    assert lists("diff", "present.hsl", "new.hsl").returncode == 0
    assert stat.S_IMODE((tmp_path / "new.hsl").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "more", [("old.hsl", "more.txt"), ("more.txt", "--base", "old.hsl")], ids=["second", "base"]
)
def test_a_list_of_the_layout_before_is_only_renewed(lists, monday, tmp_path, more):
    """With another file or as a base, the message says to renew it first."""
    made = compiled(tmp_path, [entry("a", md5=b"1" * 16)])
    arrays = {name: made.array(name) for name in made.sections}
    (tmp_path / "old.hsl").write_bytes(in_previous_layout(made.meta, arrays))
    (tmp_path / "old.hsl").chmod(0o600)
    (tmp_path / "more.txt").write_text(f"{THREE} c\n")
    done = lists("import", *more, "-o", "new.hsl")

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("renew it with hashsweep lists import OLD -o NEW\n")
    assert not (tmp_path / "new.hsl").exists()


def test_a_list_that_is_open_to_others_is_not_renewed(lists, tmp_path):
    """Of either layout; one of harmless files may be public."""
    for known_good in (False, True):
        made = compiled(
            tmp_path, [entry("a", md5=b"1" * 16)], f"{known_good}", known_good=known_good
        )
        arrays = {name: made.array(name) for name in made.sections}
        old = tmp_path / f"old-{known_good}.hsl"
        old.write_bytes(in_previous_layout(made.meta, arrays))
        old.chmod(0o644)
        done = lists("import", old, "-o", f"new-{known_good}.hsl")

        assert done.returncode == (0 if known_good else 2)
        assert ("is open to others" in done.stderr) == (not known_good)


def test_harmful_files_do_not_become_harmless(lists, tmp_path):
    """A renewal copies, and --known-good cannot change what a list is of."""
    made = compiled(tmp_path, [entry("a", md5=b"1" * 16)])
    done = lists("import", made.path, "-o", "new.hsl", "--known-good")

    assert done.returncode == 2
    assert done.stderr.endswith("list of harmful files: it cannot be renewed as --known-good\n")
