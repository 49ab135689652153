"""The parts of the page that need no script."""

from hashsweep.errors import REASONS, SKIPS
from hashsweep.model import TIERS, Failure, Item, Record, Skipped
from hashsweep.output.page import sections
from hashsweep.output.page.model import content
from hashsweep.report.open_report import OpenReport
from hashsweep.report.sweep_json import to_json
from hashsweep.report.tally import Tally
from hashsweep.safe_text import printable
from support.reports import OF_MEDIA, matched, write_many

FAILED = Record(Item("/srv/broken"), reasons=[Failure("decode", "corrupt")])


def of(tmp_path, records=(), **changes):
    """The content of one report."""
    return content([OpenReport(write_many(tmp_path / "a", records, **changes))])


def test_incomplete_is_said_before_the_verdict(tmp_path):
    """And the box is not that of a calm one."""
    made = sections.verdicts(of(tmp_path, [FAILED]))

    assert made.startswith('<div class="verdict"><p class="mark">Incomplete')
    assert "INCOMPLETE: 1 file could not be scanned" in made
    assert "the sweep finished; 2026-01-02 00:00:00 to 2026-01-02 01:00:00 UTC" in made


def test_a_clean_report_is_calm(tmp_path):
    """It says what was scanned."""
    made = sections.verdicts(of(tmp_path, [Record(Item("/a"), hashes={"md5": bytes(16)})]))

    assert made.startswith(
        '<div class="verdict calm"><p class="line">nothing found in what was compared'
    )


def test_coverage_tells_what_was_and_was_not_looked_at(tmp_path):
    """Totals, lists with their gaps, and sources folded away as their names are."""
    (known,) = OF_MEDIA["lists"]
    refusing = known | {"name": "bad", "refused": {"bad-hash": 2}, "not_matchable_here": {"tmk": 1}}
    told = of(tmp_path, map(matched, range(2)), lists=[known, refusing], sources=["/srv/<x>"])
    made = sections.coverage(told, printable)

    assert '<th scope="row">items</th><td class="n">2</td>' in made
    assert '<th scope="row">hashed with sha256</th><td class="n">2</td>' in made
    assert "2.0 kB" in made
    assert "6 sha256, 6 pdq, 1 tmk not matchable here, 2 rows could not be used" in made
    assert "carried over" not in made
    assert "<td>/srv/&lt;x&gt;</td>" in made[made.index("<details>") :]
    assert "hidden" in sections.coverage(told, lambda _: "hidden")


def test_rare_things_are_told_where_they_are(tmp_path):
    """Each with what it means."""
    tally = Tally(items=9, known_good=3, with_frames=4)
    tally.from_baseline, tally.digest_from_source, tally.in_other_shards = 1, 2, 5
    tally.low_quality, tally.hashed["pdq"] = 6, 8
    made = sections.coverage(of(tmp_path, tally=to_json(tally.totals())), printable)

    for what, number in (("carried over", 1), ("by a stated MD5", 2), ("known good", 3),
                         ("with several frames", 4), ("in other shards", 5)):  # fmt: skip
        assert f'<th scope="row">{what}</th><td class="n">{number}</td>' in made
    assert "6 of them below quality 50" in made
    assert "No lists were used." in sections.coverage(
        content([OpenReport(write_many(tmp_path / "b", [], lists=[]))]), printable
    )


def test_of_many_reports_the_newest_is_in_sight(tmp_path):
    """The others are folded, and that something is incomplete is said first."""
    paths = [
        write_many(
            tmp_path / str(day),
            [FAILED if day == 3 else matched(0)],
            started=f"2026-01-0{day}T00:00:00.000+00:00",
        )
        for day in (4, 1, 3, 2)
    ]
    made = sections.verdicts(content([OpenReport(path) for path in paths]))
    sight, folded = made.split("<details>")

    assert sight.index("Incomplete: 1 of 4 reports do not cover everything") < sight.index(
        f"Report {paths[0]}:"
    )
    assert sight.count("Report ") == 1
    assert folded.count("Report ") == 3
    assert "The verdicts of the 3 earlier reports" in folded


def test_types_and_what_was_not_looked_into_are_counted(tmp_path):
    """By reason, and by type; a type that only a reason names is there as well."""
    tally = Tally(items=9)
    tally.media_types["video/mp4"], tally.media_types["image/png"] = 3, 5
    tally.not_looked_into["video/mp4"] = 3
    tally.not_looked_into["application/octet-stream"] = 1
    made = sections.media_types(of(tmp_path, tally=to_json(tally.totals())))
    nothing = content([OpenReport(write_many(tmp_path / "b", []))])

    assert '<th scope="row">not-looked-into</th><td class="n">4</td>' in made
    assert REASONS["not-looked-into"] in made
    assert "not-compared" not in made
    for kind, files, left in (
        ("image/png", 5, 0), ("video/mp4", 3, 3), ("application/octet-stream", 0, 1),
    ):  # fmt: skip
        cells = f'<td class="n">{files}</td><td class="n">{left}</td>'
        assert f'<th scope="row">{kind}</th>{cells}' in made
    assert sections.media_types(nothing) == ""


def test_accepted_failures_stand_apart(tmp_path):
    """With how many items failed for nothing else."""
    tally = Tally.create(["unsupported-format"])
    tally.add(FAILED)
    tally.add(Record(Item("/srv/a.heic"), reasons=[Failure("decode", "unsupported-format")]))
    made = sections.failures(
        of(tmp_path, tally=to_json(tally.totals()), options={"accept": ["unsupported-format"]})
    )
    failed, accepted = made.split("Accepted failures")

    assert "corrupt" in failed
    assert "unsupported-format" not in failed
    assert "Failed for no other reason: 1 item." in accepted
    assert '<th scope="row">decode: unsupported-format</th><td class="n">1</td>' in accepted


def test_matches_are_counted_by_what_they_are(tmp_path):
    """Tiers by strength with their meaning, the rest by number; codes as the list has them."""
    made = sections.matches(of(tmp_path, map(matched, range(16))))
    tiers = [made.index(f'<th scope="row">{name}</th>') for name in ("exact", "close", "near")]

    assert tiers == sorted(tiers)
    assert TIERS["near"] in made
    assert "Matches of a file with an entry: 16. Files: 16." in made
    assert '<th scope="row">known: A2</th>' in made
    assert '<th scope="row">known: (none)</th>' in made


def test_one_list_needs_no_name_before_each_category(tmp_path):
    """Nor does a tier that nobody knows get lost."""
    made = sections.matches(of(tmp_path, [matched(1)]))

    assert '<th scope="row">A2</th>' in made


def test_chance_and_decisions_are_told(tmp_path):
    """Both say how to read the counts."""
    given = [matched(1), matched(2, decision="overturned")]
    made = sections.matches(
        of(tmp_path, given, chance_matches={"phash": 2.5}, chance_by_class={"icons": 40.0})
    )

    assert "Overturned earlier by reviewers, and counted nowhere else: 1." in made
    assert "Expect about 2.5 matches on phash by pure chance." in made
    assert "By pure chance, PDQ can be expected to match this many" in made
    assert "of one class: 40 for icons." in made


def test_no_match_is_said_with_care(tmp_path):
    """Not as of everything where something is missing."""
    assert sections.matches(of(tmp_path)) == "<p>No matches.</p>"
    incomplete = content([OpenReport(write_many(tmp_path / "b", [FAILED]))])
    assert sections.matches(incomplete) == "<p>No matches among what was scanned.</p>"


def test_hot_entries_have_a_section_of_their_own(tmp_path):
    """The worst first; none without any."""
    found = [
        {"list": "known", "entry_id": "row-1", "files": 10, "pictures": 5},
        {"list": "known", "entry_id": "row-2", "files": 5000, "pictures": 4000},
    ]
    found.append({"list": "known", "entry_id": "/srv/a.jpg", "files": 10, "pictures": 4})
    made = sections.hot(of(tmp_path, hot=found), str)

    assert "<details><summary>Show name</summary><span>/srv/a.jpg</span></details>" in made
    assert made.index("row-2") < made.index("row-1")
    assert '<td class="n">5,000</td><td class="n">4,000</td>' in made
    assert sections.hot(content([OpenReport(write_many(tmp_path / "b", []))]), str) == ""


def test_failures_and_skips_have_their_meaning(tmp_path):
    """Each reason once, with its count."""
    tally = Tally()
    tally.add(FAILED)
    tally.skip(Skipped("/srv/link", "symlink"))
    made = sections.failures(of(tmp_path, tally=to_json(tally.totals())))

    assert '<th scope="row">decode: corrupt</th><td class="n">1</td>' in made
    assert REASONS["corrupt"] in made
    assert SKIPS["symlink"] in made
    nothing = content([OpenReport(write_many(tmp_path / "b", []))])
    assert sections.failures(nothing) == "<p>Nothing failed, and nothing was skipped.</p>"
