"""The summary for people."""

import re

import pytest
from msgspec.structs import replace

from hashsweep.model import Failure, Item, Match, Possible, Record, Skipped
from hashsweep.output.summary import describe_chance, print_summary, verdict_line
from hashsweep.report.sweep_json import STATES
from hashsweep.report.tally import Tally
from support.reports import sweep


def info(tally, *, refused=0, confined=(), **changes):
    """What is said of a sweep at its end."""
    times = {
        "started": "2026-01-01T00:00:00.000+00:00",
        "ended": "2026-01-01T00:00:02.000+00:00",
    }
    known = {
        "name": "known\x1b[31m",
        "entries": 1234,
        "hashes": {"pdq": 1200},
        "not_matchable_here": {"photodna": 3},
        "refused": {"bad-hex": refused} if refused else {},
    }
    return sweep(
        tally,
        **{
            **times,
            "incomplete": bool(tally.failed or refused or not tally.items),
            "workers_confined": list(confined),
            "chance_matches": {"pdq": 0.25},
            "lists": [known],
        }
        | changes,
    )


def lines(capsys, tally, **options):
    """The summary's lines without the blanks at their ends."""
    print_summary(info(tally, **options), "report")
    return [line.rstrip() for line in capsys.readouterr().out.splitlines()]


def full():
    """A tally in which every kind of line has something to say."""
    tally = Tally()
    match = Match("pdq", 4, "known", "e", "cat\x1b[31m", (), "close", (("pdq", 4),))
    record = Record(Item("/a"), size=2_500_000, media_type="image/jpeg", decode_mode="fast/4")
    record.hashes, record.pdq_quality = {"sha256": b"", "pdq": b""}, 20
    record.matches = [match]
    tally.add(record)
    tally.add(Record(Item("/b"), size=500, media_type="video/mp4", hashes={"sha256": b""}))
    tally.add(Record(Item("/c"), reasons=[Failure("decode", "corrupt")]))
    tally.skip(Skipped("/d", "symlink"))
    return tally


@pytest.mark.parametrize(
    ("matches", "fails", "refused", "verdict"),
    [
        (False, False, 0, "nothing found in what was compared"),
        (True, False, 0, "1 of 1 file matches"),
        (False, True, 0,
         "INCOMPLETE: 1 file could not be scanned; nothing found in what was compared"),
        (False, False, 1,
         "INCOMPLETE: 1 list row could not be used; nothing found in what was compared"),
        (False, False, 3,
         "INCOMPLETE: 3 list rows could not be used; nothing found in what was compared"),
        (True, True, 2, (
            "1 of 1 file matches; "
            "INCOMPLETE: 1 file could not be scanned and 2 list rows could not be used"
        )),
    ],
)  # fmt: skip
def test_the_verdict_can_be_read_on_its_own(capsys, matches, fails, refused, verdict):
    """The last line but one says what was found and what is missing; incomplete is never clean."""
    match = Match("md5", 0, "known", "e", "", (), "exact-md5", (("md5", 0),))
    record = Record(Item("/a"), hashes={"md5": b""}, matches=[match] * matches)
    record.fail(Failure("read", "gone") if fails else None)
    tally = Tally()
    tally.add(record)

    assert lines(capsys, tally, refused=refused)[-2:] == [verdict, "Report: report"]


@pytest.mark.parametrize(
    ("accept", "names", "verdict"),
    [
        ("", "/a/", "INCOMPLETE: 1 folder could not be listed; nothing found in what was compared"),
        (
            "", "/a/ /b/ /c s3://b/d/",
            (
                "INCOMPLETE: 2 files could not be scanned and 2 folders could not be listed; "
                "nothing found in what was compared"
            ),
        ),
        (
            "denied", "/a/ /b",
            (
                "nothing found in what was compared; 1 file could not be scanned and 1 folder "
                "could not be listed, which was accepted"
            ),
        ),
    ],
)  # fmt: skip
def test_a_folder_is_no_file(accept, names, verdict):
    """A folder that could not be listed is called one, and is none of the files that match."""
    tally = Tally.create({accept})
    match = Match("md5", 0, "known", "e", "", (), "exact-md5", (("md5", 0),))
    for name in names.split():
        tally.add(Record(Item(name), reasons=[Failure("list", "denied")]))
    of_all = info(tally, incomplete=not accept)
    assert verdict_line(of_all).plain == verdict

    tally.add(Record(Item("/x"), hashes={"md5": b""}, matches=[match]))
    files = sum(not name.startswith("/") or not name.endswith("/") for name in names.split()) + 1
    of = f"1 of {files} file{'s' * (files > 1)} matches"
    assert verdict_line(info(tally, incomplete=not accept)).plain.startswith(of)


@pytest.mark.parametrize(
    ("matches", "fails", "verdict"),
    [
        (0, 0, "nothing found in what was compared"),
        (1, 0, "1 of 2,000 files matches"),
        (3, 0, "3 of 2,000 files match"),
        (0, 2, "INCOMPLETE: 2 files could not be scanned; nothing found in what was compared"),
        (3, 2, "3 of 2,000 files match; INCOMPLETE: 2 files could not be scanned"),
    ],
)
def test_the_verdict_counts_in_words_that_fit(capsys, matches, fails, verdict):
    """Of several files the verdict speaks in the plural, with thousands marked."""
    match = Match("md5", 0, "known", "e", "", (), "exact-md5", (("md5", 0),))
    tally = Tally()
    for number in range(2000):
        record = Record(
            Item(f"/{number}"), hashes={"md5": b""}, matches=[match] * (number < matches)
        )
        record.fail(Failure("read", "gone") if number >= 2000 - fails else None)
        tally.add(record)

    assert lines(capsys, tally)[-2:] == [verdict, "Report: report"]


@pytest.mark.parametrize(
    ("refused", "verdict"),
    [
        (0, "INCOMPLETE: there was nothing to scan"),
        (2, "INCOMPLETE: 2 list rows could not be used and there was nothing to scan"),
    ],
)
def test_nothing_to_scan_is_not_called_clean(capsys, refused, verdict):
    """Over no file at all the verdict is INCOMPLETE and does not say that there is no match."""
    assert lines(capsys, Tally(), refused=refused)[-2:] == [verdict, "Report: report"]


@pytest.mark.parametrize(
    ("confined", "expected"),
    [
        (("no-core-dumps", "no-writing"), [" workers confined no-core-dumps, no-writing"]),
        ((), []),
    ],
)
def test_the_measures_in_force_are_told(capsys, confined, expected):
    """What power the workers gave up has its line; where they gave up none there is none."""
    found = [" " + " ".join(each.split()) for each in lines(capsys, full(), confined=confined)]

    assert [each for each in found if each.startswith(" workers confined")] == expected


def test_workers_and_memory_are_told_with_what_decided_them(capsys):
    """Of the last run; memory only where it is bounded."""
    base = info(full())

    def told(confined, **changes):
        resources = replace(base.runs[-1].resources, **changes)
        runs = [replace(base.runs[-1], resources=resources)]
        print_summary(replace(base, runs=runs, workers_confined=confined), "report")
        text = " ".join(capsys.readouterr().out.split())
        return re.search(r"workers \d.*?(?= workers confined| decoded fast)", text)[0]

    assert told([]) == "workers 2 as asked for"
    assert told(["memory-bound"], workers_by="default") == (
        "workers 2 one per processor; 3.2 GB of memory each, by default"
    )
    assert told(["memory-bound"], workers_by="container", memory_by="container") == (
        "workers 2 by the container's quota; 3.2 GB of memory each, by the container's limit"
    )


@pytest.mark.parametrize(
    "expected",
    [
        " known\\x1b[31m 1,234 1,200 pdq, 3 photodna not matchable here",
        " (--confirm asks for a second hash)",
        " items 3 1.5 per second, in 2.0 s",
        " bytes 2.5 MB 1.3 MB per second",
        " hashed with sha256 2",
        " hashed with pdq 1 1 of them below quality 50: plain pictures, matched only up to 22 bits",
        " decoded fast 1 JPEG at reduced scale (--exact decodes all in full)",
        " list known 1",
        " category cat\\x1b[31m 1",
        " algorithm pdq 1",
        " tier close 1 PDQ at distance 0-10 (to 20 if a 64-bit hash agrees): the same picture",
        " failed, decode: corrupt 1 is damaged: the decoder refused it",
        " skipped, symlink 1 symbolic links are not followed",
    ],
)
def test_the_tables_say_what_was_counted(capsys, expected):
    """Each kind of count has its line, with its meaning."""
    found = [" " + " ".join(line.split()) for line in lines(capsys, full())]

    assert expected in found


@pytest.mark.parametrize(
    ("decided", "told"),
    [
        (["overturned"],
         "1 match overturned by --decisions: not counted; nothing found in what was compared"),
        (["overturned", "confirmed", "overturned", None],
         "1 of 1 file matches; 2 matches overturned by --decisions: not counted"),
        (["confirmed"], "1 of 1 file matches"),
    ],
)  # fmt: skip
def test_what_people_decided_is_told(capsys, decided, told):
    """Overturned matches stand in the verdict, because they are in the report."""
    tally = Tally()
    matches = [
        Match("md5", 0, "l", "e", "", (), "exact-md5", (("md5", 0),), decision=each)
        for each in decided
    ]
    tally.add(Record(Item("/a"), hashes={"md5": b""}, matches=matches))
    found = lines(capsys, tally)

    assert found[-2] == told
    assert any(" ".join(line.split()) == "confirmed 1 by --decisions" for line in found) == (
        "confirmed" in decided
    )


def test_no_escape_reaches_what_is_no_terminal(capsys):
    """Piped output is plain text, also where a list's category holds escapes."""
    print_summary(info(full()), "report\x1b[31m")

    assert "\x1b" not in capsys.readouterr().out


def test_no_name_can_drive_a_terminal(capsys, monkeypatch):
    """On a terminal the only escapes are those of the summary itself."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    said = info(
        full(),
        confined=["\x1b[31m", "[red]no-writing"],
        chance_matches={"\x1b[31m[red]phash": 0.25},
    )
    print_summary(said, "report\x1b[31m")
    out = capsys.readouterr().out

    assert "\x1b[1" in out
    assert "\x1b[31m" not in out
    assert r"\x1b[31m, [red]no-writing" in out
    assert r"matches on \x1b[31m[red]phash can" in out


def test_what_chance_can_do_is_told_by_class_of_pictures(capsys):
    """Rare classes first, two digits, and nothing of classes with less than one match."""
    print_summary(
        info(full(), chance_by_class={"icons": 123456.0, "photographs": 0.2, "screens": 3}), "r"
    )
    said = " ".join(capsys.readouterr().out.split())

    assert said.count("all of them, listed ones too, are of one class: ") == 1
    assert "of one class: 3 for screens, 120,000 for icons" in said
    assert "photographs" not in said
    assert describe_chance({"icons": 0.99}) == describe_chance({}) == ""


def test_files_without_a_hash_to_compare_are_told(capsys):
    """A text under a list of PDQ hashes was not compared with anything, and the verdict says so."""
    tally = Tally()
    tally.add(Record(Item("/a"), hashes={"pdq": b""}))
    why = [Failure("hash", "not-compared")]
    tally.add(Record(Item("/b"), media_type="text/plain", reasons=why))

    verdict = (
        "nothing found in what was compared; 1 file without any hash that the lists could match"
    )
    assert lines(capsys, tally)[-2] == verdict


@pytest.mark.parametrize("state", ["interrupted", "running", "killed"])
@pytest.mark.parametrize("items", [0, 1])
def test_a_sweep_without_its_end_never_looks_clean(capsys, state, items):
    """The verdict says what became of it, however many files there are."""
    tally = Tally()
    for _ in range(items):
        tally.add(Record(Item("/a"), hashes={"pdq": b""}))
    print_summary(info(tally, state=state, incomplete=True), "report")
    verdict = capsys.readouterr().out.splitlines()[-2].rstrip()

    clean = "; nothing found in what was compared" * items
    assert verdict == f"INCOMPLETE: {STATES[state]}{clean}"


def test_what_others_and_the_order_decided_stands_below_a_list(capsys):
    """In the words that stand on stderr during the sweep."""
    known = {"name": "known", "withdrawn_by": {"b": 2}, "left_standing": {"c": 1}, "undated": 1}
    print_summary(info(full(), lists=[known]), "report")
    text = " ".join(capsys.readouterr().out.split())

    for note in (
        "2 entries withdrawn by list b, which is newer and names the same source",
        "1 entry withdrawn by list c stays on it: the lists name different sources, or",
        "1 entry was replaced or withdrawn by the order of the files alone: a timestamp is missing",
    ):
        assert note in text


@pytest.mark.parametrize(
    ("files", "words"), [(1, "1 file possibly shows"), (2, "2 files possibly show")]
)
def test_leads_are_named_beside_the_verdict(capsys, files, words):
    """They do not change it, and the line says where to look."""
    plain, led = Tally(), Tally()
    for number in range(3):
        leads = [Possible("known", "e", 36)] * (number < files)
        plain.add(Record(Item(f"/{number}"), size=1))
        led.add(Record(Item(f"/{number}"), size=1, possible=leads))

    note = f"Note: {words} a listed picture: leads to look at, not matches (report show --possible)"
    assert verdict_line(info(led)).plain == verdict_line(info(plain)).plain
    assert note in " ".join(lines(capsys, led))
    assert "possibly" not in " ".join(lines(capsys, plain))
