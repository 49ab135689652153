"""--fail-on, --accept and --accept-unsafe, from the command line into the report and out again."""

import json

import pytest
from click.testing import CliRunner
from PIL import Image

from hashsweep.commands.outcome_options import take_accepted
from hashsweep.commands.scan import scan
from hashsweep.errors import UsageProblem


@pytest.fixture
def mixed(media, known):
    """One that matches, one that is cut, one too plain, an archive, and what is clean."""
    (media / "cut.jpg").write_bytes((media / "2.jpg").read_bytes()[:3000])
    Image.new("RGB", (90, 60)).save(media / "plain.png")
    (media / "packed.zip").write_bytes(b"PK\3\4words")
    return known.rename(known.with_name("lists.csv"))


def words(done):
    """What was printed, however its lines are broken."""
    return " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ("", 5),
        ("--fail-on match", 1),
        ("--fail-on incomplete", 4),
        ("--fail-on tier:exact", 1),
        ("--fail-on not-looked-into,tier:exact", 5),
        ("--fail-on corrupt", 0),
        ("--accept truncated", 1),
        ("--accept truncated,not-compared --accept not-looked-into", 1),
        ("--accept corrupt", 5),
        ("--accept truncated --fail-on match,truncated", 5),
        ("--accept internal --accept-unsafe", 5),
        ("--exit-zero", 0),
        ("--exit-zero --fail-on not-compared", 0),
    ],
)
def test_the_status_of_a_sweep_and_of_all_that_is_said_of_it_later(
    hashsweep, media, mixed, options, status
):
    """It is recorded: the summary ends as the sweep did, a rematch by its own options."""
    fast = ("--engine", "serial")
    done = hashsweep("scan", media, "--list", mixed, "-o", "r", *fast, *options.split())
    summary = hashsweep("report", "summary", "r")
    verified = hashsweep("report", "verify", "r")
    again = hashsweep("rematch", "r", "--list", mixed, "-o", "again", *options.split())
    without_zero = 5 if options == "--exit-zero" else 4 if "--exit-zero" in options else status

    assert (done.returncode, done.stderr) == (status, "")
    assert (summary.returncode, verified.returncode) == (without_zero, 0)
    assert again.returncode == status
    assert summary.stdout.splitlines()[-3:-1] == done.stdout.splitlines()[-3:-1]


def test_what_was_asked_for_is_in_the_report(hashsweep, tmp_path, media, mixed):
    """Reasons in their order and once, and what they came to."""
    done = hashsweep(
        "scan", media, "--list", mixed, "-o", "r", "-q", "--accept", "truncated,not-compared",
        "--accept", "truncated", "--fail-on", "match",
    )  # fmt: skip
    told = json.loads((tmp_path / "r/sweep.json").read_text())

    assert done.returncode == 1
    assert told["options"]["accept"] == ["not-compared", "truncated"]
    assert told["options"]["fail_on"] == "match"
    assert (told["tally"]["failed"], told["tally"]["accepted"]) == (1, 1)
    assert told["incomplete"] is False
    assert told["tally"]["not_compared"] == {"image/png": 1}
    assert told["tally"]["not_looked_into"] == {"application/zip": 1}


def test_the_verdict_line_says_what_it_does_not_speak_for(hashsweep, media, mixed):
    """What was accepted is told, and a status that the other words do not explain."""
    (media / "1.jpg").unlink()
    arguments = "scan", media, "--list", mixed, "--engine", "serial"
    plain = hashsweep(*arguments, "-o", "plain")
    accepted = hashsweep(*arguments, "-o", "r", "--accept", "truncated")
    strict = hashsweep(*arguments, "-o", "s", "--accept", "truncated", "--fail-on", "not-compared")
    beside = (
        "nothing found in what was compared; 1 picture too plain to compare; 1 file compared "
        "only by digest: 1 archive"
    )

    assert f"INCOMPLETE: 1 file could not be scanned; {beside} Report:" in words(plain)
    assert f"\n{beside}; 1 file could not be scanned, which was accepted Report:" in (
        "\n" + words(accepted)[words(accepted).index(beside) :]
    )
    assert "INCOMPLETE" not in accepted.stdout
    assert "accepted 1 all reasons of these files are in --accept" in words(accepted)
    assert "exit status 4 by --fail-on not-compared" in words(strict)
    assert (plain.returncode, accepted.returncode, strict.returncode) == (4, 0, 4)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", (5, "match failed failed failed clean")),
        ("--accept truncated", (5, "match accepted failed failed clean")),
        ("--accept truncated,not-compared,not-looked-into",
         (1, "match accepted accepted accepted clean")),
        ("--fail-on match", (1, "match failed failed failed clean")),
        ("--fail-on tier:exact,not-looked-into", (5, "match failed failed failed clean")),
    ],
)  # fmt: skip
def test_a_gate_takes_the_same_options(hashsweep, media, mixed, options, expected):
    """What is accepted is never called clean; one by one, as JSON, explained, and in a stream."""
    status, verdicts = expected
    names = ["1.jpg", "cut.jpg", "plain.png", "packed.zip", "notes.txt"]
    arguments = "check", "--list", mixed, "--engine", "serial", *options.split()
    told = [
        hashsweep(*arguments, *more, *files, cwd=media, input=text)
        for more, files, text in (
            ((), names, ""), (("--json",), names, ""), (("--explain",), names, ""),
            (("--stream",), (), "".join(f"{name}\n" for name in names)),
        )
    ]  # fmt: skip
    lines, objects, explained, stream = (done.stdout.splitlines() for done in told)

    assert [done.returncode for done in told] == [status] * 4
    assert [line.split("\t")[0] for line in lines] == verdicts.split()
    assert [json.loads(each)["verdict"] for each in objects] == verdicts.split()
    assert [line for line in explained if not line.startswith("  ")] == lines == stream


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--fail-on matches", "--fail-on: 'matches' is not one of match, tier:TIER (one of exact,"),
        ("--fail-on tier:fuzzy", "--fail-on: 'tier:fuzzy' is not one of"),
        ("--accept junk", "--accept: 'junk' is not a reason"),
        ("--accept corrupt,crashed", "--accept crashed may hide unknown faults"),
        ("--accept missing-rows", "add --accept-unsafe to confirm"),
    ],
)
@pytest.mark.parametrize("command", ["scan", "rematch", "check"])
def test_wrong_words_end_the_call_before_anything_happens(
    hashsweep, tmp_path, command, options, said
):
    """Status 2, in one line, and no report is begun."""
    more = [] if command == "check" else ["-o", "r"]
    done = hashsweep(command, "nothing", "--list", "none.csv", *more, *options.split())

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "r").exists()


def test_a_sweep_goes_on_as_it_was_begun(hashsweep, media, mixed):
    """Other words would make one report of two kinds of rows."""
    arguments = "scan", media, "--list", mixed, "-o", "r", "-q", "--engine", "serial"
    first = hashsweep(*arguments, "--accept", "truncated", "--fail-on", "incomplete")
    other = hashsweep(*arguments, "--resume", "--accept", "corrupt")
    same = hashsweep(*arguments, "--resume", "--accept", "truncated", "--fail-on", "incomplete")

    assert first.returncode == 0
    assert other.returncode == 2
    assert "--accept, --fail-on changed" in other.stderr
    assert same.returncode == 0


def test_metrics_have_the_status_that_the_command_ended_with(hashsweep, tmp_path, media, mixed):
    """And count what was accepted."""
    done = hashsweep(
        "scan", media, "--list", mixed, "-o", "r", "-q", "--metrics", "m.prom",
        "--accept", "truncated", "--fail-on", "not-looked-into",
    )  # fmt: skip
    text = (tmp_path / "m.prom").read_text()

    assert done.returncode == 4
    assert 'hashsweep_sweep_exit_status{sweep="m"} 4\n' in text
    assert 'hashsweep_sweep_accepted_items{sweep="m"} 1\n' in text


def test_reasons_are_put_in_place_of_what_was_written():
    """As plain values, and the option that only allows some is no option of a sweep."""
    options = {"accept": ("truncated, corrupt", "corrupt"), "accept_unsafe": False, "other": 1}
    take_accepted(options)

    assert options == {"accept": ("corrupt", "truncated"), "other": 1}
    with pytest.raises(UsageProblem):
        take_accepted({"accept": ("internal",), "accept_unsafe": False})


def test_the_help_names_the_default():
    """Nobody has to read the source for what a sweep ends with."""
    text = " ".join(CliRunner().invoke(scan, ["--help"]).output.split())

    assert "[default: match,incomplete]" in text
    assert "Matches give 1, anything else 4, both 5." in text
