"""Every example runs, and does what it says."""

import configparser
import csv
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from support import warm

REPOSITORY = Path(__file__).parents[1]
EXAMPLES = REPOSITORY / "examples"
BIN = Path(os.environ.get("HASHSWEEP_BIN", Path(sys.executable).parent))
"""Where the commands are; CI also names an environment that holds only what README installs."""
PYTHON, INSTALLED = str(BIN / "python"), str(BIN / "hashsweep")
WARM = Path(tempfile.gettempdir()) / f"hashsweep-warm-{os.getpid()}"
HASHSWEEP = INSTALLED if "HASHSWEEP_BIN" in os.environ else str(WARM / "hashsweep")
"""The installed command in CI; elsewhere one that starts sooner (support.warm)."""


@pytest.fixture(scope="module", autouse=True)
def command():
    """Have HASHSWEEP serve."""
    if HASHSWEEP == INSTALLED:
        yield
        return
    WARM.mkdir(mode=0o700)
    with warm.serving(WARM):
        yield
    shutil.rmtree(WARM)


def ran(*words, status=0, cwd=None, **environment):
    """Run a command as a user does, check its exit status and return it."""
    done = subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}"} | environment,
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """The corpus with damage, as the script draws it; tests do not write into it."""
    folder = tmp_path_factory.mktemp("examples") / "corpus"
    ran(PYTHON, EXAMPLES / "draw_corpus.py", "--with-damage", folder)
    return folder


@pytest.fixture(scope="module")
def report(corpus):
    """The report of a sweep over all of the corpus."""
    folder = corpus.parent / "report"
    ran(HASHSWEEP, "scan", corpus / "media", "--list", corpus / "known.csv", "-o", folder, status=5)
    return folder


def test_sweep_of_the_corpus_finds_every_copy_and_nothing_else(report):
    """The 19 files in copies/ match the original in their name; no other file matches."""
    matches = pq.read_table(report / "matches").to_pylist()
    found = {Path(row["uri"]).name: row["entry_id"] for row in matches}
    files = pq.read_table(report / "files").to_pylist()
    copies = {Path(row["uri"]).name for row in files if "/copies/" in row["uri"]}

    assert len(files) == 32
    assert len(copies) == 19
    assert found == {name: re.search(r"original-\d", name)[0] for name in copies}


def test_sweep_of_the_corpus_has_the_categories_and_tiers_that_were_planted(report):
    """Exact copies are `exact`, re-encoded ones `close`, and the list's categories arrive."""
    rows = pq.read_table(report / "matches").to_pylist()
    by_kind = {}
    for row in rows:
        by_kind.setdefault(Path(row["uri"]).name.split("-")[0], set()).add(row["tier"])

    assert by_kind["exact"] == {"exact"}
    assert by_kind["quality"] == {"close"}
    assert {row["category"] for row in rows} == {"example-hills", "example-city"}


def test_damage_of_the_corpus_is_told_with_its_reasons(report):
    """The truncated and the empty file are the only failed rows, each with its reason."""
    rows = pq.read_table(report / "files").to_pylist()
    failed = {
        Path(r["uri"]).name: r["reasons"][0]["reason"] for r in rows if r["status"] == "failed"
    }

    assert failed == {"half.jpg": "truncated", "empty.jpg": "empty"}


def test_corpus_can_be_drawn_again_without_the_damage(corpus, tmp_path):
    """Drawing over a corpus gives the same files and takes the damaged ones away."""
    again = shutil.copytree(corpus, tmp_path / "corpus")
    ran(PYTHON, EXAMPLES / "draw_corpus.py", again)
    names = {p.relative_to(corpus) for p in corpus.rglob("*") if p.is_file()}

    left = {p.relative_to(again) for p in again.rglob("*") if p.is_file()}
    assert names - left == {Path("media/damaged/half.jpg"), Path("media/damaged/empty.jpg")}
    assert all(
        (again / name).read_bytes() == (corpus / name).read_bytes()
        for name in left - {Path("known.csv")}
    )


def cron_line():
    """Return the words of the cron line, after the hour and the user."""
    lines = (EXAMPLES / "nightly.cron").read_text().splitlines()
    (line,) = [line for line in lines if line[:1].isdigit()]
    minute, hour, day, month, weekday, user, *command = line.split()
    assert (minute, hour, day, month, weekday, user) == ("15", "2", "*", "*", "*", "hashsweep")
    return command


@pytest.fixture
def nightly(corpus, tmp_path):
    """The example's configuration, with the folders of a test in place of those of a server."""
    folder = tmp_path / "etc"
    folder.mkdir(mode=0o700)
    text = (EXAMPLES / "hashsweep.toml").read_text()

    def write(media=corpus / "media", known=corpus / "known.csv"):
        here = {
            '"/srv/media"': f'"{media}"',
            '"/etc/hashsweep/known.csv"': f'"{known}"',
            '"/var/lib/hashsweep/': f'"{tmp_path}/',
            '"/var/lib/prometheus/node-exporter/': f'"{tmp_path}/',
        }
        new = text
        for there, place in here.items():
            assert there in new
            new = new.replace(there, place)
        (folder / "hashsweep.toml").write_text(new)
        return folder / "hashsweep.toml"

    return write


def as_cron(command, config, log, status):
    """Run a command line as cron does, with its bare environment and sh."""
    words = command.replace("/opt/hashsweep/.venv/bin/hashsweep", HASHSWEEP)
    words = words.replace("/var/lib/hashsweep/nightly.log", str(log))
    done = subprocess.run(
        ["/bin/sh", "-c", words],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={"PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "HASHSWEEP_CONFIG": str(config)}
        | {name: os.environ[name] for name in os.environ if name == "PYTHONPATH"},
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done


def test_cron_line_sends_mail_when_something_is_new(corpus, nightly, tmp_path):
    """The first night counts everything; the second is silent, and has read nothing again."""
    media = shutil.copytree(corpus / "media", tmp_path / "media")
    for path in media.rglob("*.*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    line, log = " ".join(cron_line()), tmp_path / "nightly.log"
    first = as_cron(line, nightly(media), log, 5)
    second = as_cron(line, nightly(media), log, 5)
    reports = sorted((tmp_path / "nightly").glob("2*"))
    metrics = (tmp_path / "hashsweep.prom").read_text()

    assert "New:\n  19 matches, of 19 files\n  2 files that could not be scanned\n" in first.stdout
    assert (second.stdout, first.stderr, second.stderr, log.read_text()) == ("", "", "", "")
    assert json.loads((reports[1] / "sweep.json").read_text())["tally"]["from_baseline"] == 30
    assert 'hashsweep_sweep_exit_status{sweep="hashsweep"} 5\n' in metrics
    lines = (tmp_path / "sweeps.log").read_text().splitlines()
    events = [json.loads(each)["event"] for each in lines]
    assert {*events} == {"began", "failed", "ended"}


def test_cron_line_is_silent_when_nothing_was_found(corpus, nightly, tmp_path):
    """A clean night sends no mail; one that cannot run sends one, and says more in the log."""
    line, log = " ".join(cron_line()), tmp_path / "nightly.log"
    clean = as_cron(line, nightly(corpus / "media" / "others"), log, 0)
    without = as_cron(line, nightly(known=tmp_path / "none.csv"), log, 2)

    assert (clean.stdout, clean.stderr, without.stderr) == ("", "", "")
    assert "A hash list cannot be used." in without.stdout
    assert "none.csv" in log.read_text()


def as_if_stopped(report):
    """Make a finished report one whose sweep was killed before its last part."""
    told = json.loads((report / "sweep.json").read_text())
    told.update(state="running", ended=None)
    (report / "sweep.json").write_text(json.dumps(told, indent=2))


def test_shell_examples_are_sound():
    """ShellCheck has nothing to say of them."""
    scripts = sorted(EXAMPLES.rglob("*.sh"))

    assert len(scripts) == 1
    assert ran(Path(sys.executable).parent / "shellcheck", *scripts).stdout == ""


def unit(name):
    """Return a systemd unit as sections of keys."""
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read_string((EXAMPLES / "systemd" / name).read_text())
    return parser


def test_systemd_service_runs_the_sweep():
    """ExecStart is the cron line's command, its folders may be written, and 1 counts as done."""
    service = unit("hashsweep.service")["Service"]
    text = (EXAMPLES / "hashsweep.toml").read_text()

    assert service["ExecStart"].split() == cron_line()[:3]
    assert service["SuccessExitStatus"] == "1"
    assert f'reports = "/var/lib/{service["StateDirectory"]}/' in text
    assert f'metrics = "{service["ReadWritePaths"].removeprefix("-")}/' in text


def test_systemd_units_are_what_systemd_takes(tmp_path):
    """Every word of the units is one of systemd's own, where it is there to ask."""
    for name in ("hashsweep.service", "hashsweep.timer"):
        text = (EXAMPLES / "systemd" / name).read_text()
        text = text.replace("/opt/hashsweep/.venv/bin/hashsweep", INSTALLED)
        (tmp_path / name).write_text(text)
    if program := shutil.which("systemd-analyze"):
        done = ran(program, "verify", tmp_path / "hashsweep.timer", tmp_path / "hashsweep.service")
        assert done.stderr == ""
    assert unit("hashsweep.service").sections() == ["Unit", "Service"]
    assert unit("hashsweep.timer").sections() == ["Unit", "Timer", "Install"]


def test_systemd_units_belong_together():
    """The timer starts a service of its own name, every night."""
    assert unit("hashsweep.timer")["Timer"]["OnCalendar"] == "*-*-* 02:15:00"
    assert (EXAMPLES / "systemd" / "hashsweep.service").is_file()


@pytest.mark.exhaustive
def test_ci_workflow_runs_the_smoke_test(tmp_path):
    """The workflow installs this project and runs the smoke test, which passes."""
    workflow = (EXAMPLES / "ci" / "hashsweep.yml").read_text()
    install, smoke = re.findall(r"^      - run: (.*)$", workflow, re.MULTILINE)
    done = ran("sh", "-c", smoke, cwd=REPOSITORY, TMPDIR=str(tmp_path))

    assert install == "python -m pip install -c constraints.txt ."
    assert done.stdout.endswith("ok: hashsweep on this machine finds what it must find\n")
    assert not list(tmp_path.iterdir())


def test_ci_smoke_test_fails_where_hashsweep_is_missing(tmp_path):
    """An interpreter that has no hashsweep fails the smoke test."""
    empty = tmp_path / "python"
    empty.write_text(f'#!/bin/sh\nexec {PYTHON} -S "$@"\n')
    empty.chmod(0o755)
    done = subprocess.run(
        ["sh", EXAMPLES / "ci" / "smoke-test.sh", empty], capture_output=True, check=False
    )

    assert done.returncode == 1
    assert b"ok:" not in done.stdout


@pytest.fixture
def plugin(tmp_path):
    """A folder with the plug-in as pip leaves it: the module and its entry points."""
    project = tomllib.loads((EXAMPLES / "plugin" / "pyproject.toml").read_text())["project"]
    shutil.copy(EXAMPLES / "plugin" / "hashsweep_blake2b.py", tmp_path)
    info = tmp_path / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    lines = []
    for group, points in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in points.items())]
    (info / "entry_points.txt").write_text("\n".join(lines))
    return tmp_path


def test_plugin_gives_its_known_answers(plugin):
    """The plug-in's hash is there by name and gives what b2sum gives."""
    script = (
        "from hashsweep.hashers import HASHERS\n"
        "hasher = HASHERS.load('blake2b')\n"
        "assert len(hasher.known) == 2\n"
        "for text, answer in hasher.known:\n"
        "    running = hasher.start()\n"
        "    running.update(text)\n"
        "    assert running.digest().hex() == answer\n"
    )
    ran(PYTHON, "-c", script, PYTHONPATH=str(plugin))


def test_plugin_takes_part_in_lists_sweeps_and_reports(plugin, corpus):
    """A list that holds nothing but the plug-in's hash finds the copy, in workers too."""
    media, known = plugin / "media", plugin / "list.csv"
    media.mkdir()
    shutil.copy(corpus / "known" / "original-1.jpg", media / "copy.jpg")
    (media / "other.txt").write_text("other")
    printed = ran(
        INSTALLED, "hash", "--hash", "blake2b", media / "copy.jpg", PYTHONPATH=str(plugin)
    ).stdout
    known.write_text(printed)
    report = plugin / "report"
    ran(
        *(INSTALLED, "scan", media, "--list", f"csv:{known}", "-o", report),
        status=1,
        PYTHONPATH=str(plugin),
    )
    (match,) = pq.read_table(report / "matches").to_pylist()
    files = pq.read_table(report / "files").to_pylist()

    assert (match["algorithm"], match["tier"]) == ("blake2b", "exact")
    assert {len(row["blake2b"]) for row in files} == {32}


def test_queries_answer_from_a_report(report):
    """Every question is printed with an answer, and the numbers are those of the corpus."""
    printed = ran(PYTHON, EXAMPLES / "queries.py", report).stdout
    rows = [line.split() for line in printed.splitlines()]

    assert ["scanned", "30"] in [row[:2] for row in rows]
    assert ["decode", "truncated", "1"] in [row[:3] for row in rows]
    assert ["known", "example-hills", "exact", "2"] in rows
    assert printed.count("?\n") == 8


def test_queries_work_where_nothing_was_found(corpus, tmp_path):
    """A report without matches has columns all the same, so the queries run."""
    media, report = corpus / "media" / "others", tmp_path / "report"
    ran(HASHSWEEP, "scan", media, "--list", corpus / "known.csv", "-o", report)
    printed = ran(PYTHON, EXAMPLES / "queries.py", report).stdout

    assert printed.count("(none)") == 6


@pytest.fixture(scope="module")
def listed(corpus, report):  # the older one of the two
    """The report of a sweep over a list of uploads that says who uploaded them."""
    media, folder = corpus / "media", corpus.parent / "listed"
    rows = [
        (media / "copies" / "quarter-original-1.jpg", "c-17", "u-4"),
        (media / "copies" / "exact-original-1.jpg", "c-18", "u-4"),
        (next((media / "others").iterdir()), "c-19", "\x1b[31m"),
        (media / "copies" / "exact-original-2.jpg", "c-20", "\x1b[31m"),
    ]
    lines = [",".join(map(str, row)) for row in rows]
    (corpus.parent / "uploads.csv").write_text("\n".join(["path,content_id,uploader", *lines]))
    ran(
        *(HASHSWEEP, "scan", "--manifest", corpus.parent / "uploads.csv", "-o", folder),
        *("--list", corpus / "known.csv"),
        status=1,
    )
    return folder


def test_queries_tell_who_uploaded_what_matches(listed):
    """By each column of the manifest, with all files beside the matching ones."""
    printed = ran(PYTHON, EXAMPLES / "queries.py", listed).stdout
    rows = [line.split() for line in printed.splitlines()]

    assert ["uploader", "u-4", "2", "2"] in rows
    assert ["uploader", "\\x1b[31m", "2", "1"] in rows
    assert ["content_id", "c-17", "1", "1"] in rows
    assert "c-19" not in printed


def test_queries_compare_sweeps(report, listed):
    """All reports are in the trend, oldest first, whatever their order; the newest is asked."""
    answers = {
        ran(PYTHON, EXAMPLES / "queries.py", *order).stdout
        for order in ((report, listed), (listed, report))
    }
    (printed,) = answers
    _, first, second = [line.split() for line in printed.splitlines()[-3:]]

    assert first[2:] == ["report", "complete", "32", "2", "19", "593750", "1", "6"]
    assert second[2:] == ["listed", "complete", "4", "0", "3", "750000", "1", "6"]
    assert "u-4" in printed


def test_queries_leave_out_what_people_have_overturned(report, corpus, tmp_path):
    """In every count: as if there were no match."""
    to_decide, decided = tmp_path / "to-decide.csv", tmp_path / "decided.csv"
    ran(HASHSWEEP, "report", "decisions", report, "-o", to_decide)
    with to_decide.open() as found, decided.open("w") as file:
        rows = csv.DictReader(found)
        table = csv.DictWriter(file, rows.fieldnames)
        table.writeheader()
        table.writerows({**row, "decision": "overturned"} for row in rows)
    given = ("--list", corpus / "known.csv", "--decisions", decided, "-o", tmp_path / "again")
    ran(HASHSWEEP, "rematch", report, *given, status=4)
    printed = ran(PYTHON, EXAMPLES / "queries.py", tmp_path / "again").stdout

    assert pq.read_table(tmp_path / "again/matches").num_rows == 19
    assert printed.count("(none)") == 5
    assert "known" not in printed.partition("How do the sweeps compare?")[0]


def test_queries_say_what_they_cannot_answer(report, tmp_path):
    """An unfinished report is told as such; one that lacks a part, or is encrypted, is not read."""
    left = shutil.copytree(report, tmp_path / "left")
    as_if_stopped(left)
    told = json.loads((left / "sweep.json").read_text())
    told["tally"] |= {"items": 0, "matched_items": 0}  # as at its beginning
    (left / "sweep.json").write_text(json.dumps(told))
    printed = ran(PYTHON, EXAMPLES / "queries.py", left, status=4).stdout
    (left / "sweep.json").write_text(json.dumps({**told, "encrypted": "a key"}))
    done = ran(PYTHON, EXAMPLES / "queries.py", left, status=1)

    lost = shutil.copytree(report, tmp_path / "lost")
    shutil.rmtree(lost / "matches")
    without = ran(PYTHON, EXAMPLES / "queries.py", lost, status=1)

    assert "left: the sweep was killed, or its machine stopped; rows may be missing" in printed
    assert printed.split()[-7:-3] == ["killed", "32", "2", "19"]
    assert "is encrypted" in done.stderr
    assert "queries.py: report" in without.stderr
    assert "matches/part-00000.parquet is missing" in without.stderr
    assert "usage" in ran(PYTHON, EXAMPLES / "queries.py", status=1).stderr


def test_queries_tell_of_every_report_that_lacks_something(report, listed, corpus, tmp_path):
    """Also of one that is not the newest, and of shards that a rematch lacks."""
    left = shutil.copytree(report, tmp_path / "left")  # older than `listed`
    as_if_stopped(left)
    given = ("--list", corpus / "known.csv")
    shard, again = tmp_path / "shard", tmp_path / "again"
    ran(HASHSWEEP, "scan", corpus / "media/copies", *given, "-o", shard, "--shard=1/2", status=1)
    ran(HASHSWEEP, "rematch", shard, *given, "-o", again, status=5)
    older = ran(PYTHON, EXAMPLES / "queries.py", left, listed, status=4).stdout
    lacks = ran(PYTHON, EXAMPLES / "queries.py", again, status=4).stdout

    assert "left: the sweep was killed, or its machine stopped; rows may be missing\n" in older
    assert "u-4" in older
    assert "again: shard 2/2 missing; rows may be missing\n" in lacks


def test_queries_are_cells_of_a_notebook(report, tmp_path, monkeypatch, capsys):
    """Run cell by cell, as an editor does it, the script gives the same answers."""
    cells = re.split(r"^# %%.*\n", (EXAMPLES / "queries.py").read_text(), flags=re.MULTILINE)
    monkeypatch.chdir(report.parent)
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    names = {}
    for cell in cells:
        exec(cell, names)
    printed = capsys.readouterr().out

    assert len(cells) > 7
    assert printed == ran(PYTHON, EXAMPLES / "queries.py", report).stdout


@pytest.fixture
def upload_hook():
    """The upload hook as a module."""
    spec = importlib.util.spec_from_file_location("upload_hook", EXAMPLES / "upload_hook.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def gate(upload_hook, corpus):
    """A gate over the list of the corpus."""
    opened = upload_hook.Gate([str(corpus / "known.csv")], [HASHSWEEP])
    yield opened
    opened.close()


def test_upload_hook_lets_through_only_what_is_clean(corpus, tmp_path):
    """Copies, damaged files and what is not there are refused, whatever their names are."""
    odd = tmp_path / "a\nclean\t\\.jpg"
    shutil.copy(corpus / "media" / "copies" / "quarter-original-1.jpg", odd)
    clean = next((corpus / "media" / "others").iterdir())
    uploads = [clean, odd, corpus / "media" / "damaged" / "half.jpg", tmp_path / "none", clean]
    words = [PYTHON, EXAMPLES / "upload_hook.py", corpus / "known.csv"]
    printed = ran(*words, *uploads, status=1).stdout

    assert [line.split()[0] for line in printed.splitlines()] == [
        "publish", "refuse", "refuse", "refuse",
    ]  # fmt: skip
    assert ran(*words, clean).stdout.startswith("publish")


def test_upload_hook_starts_the_command_once(gate, corpus):
    """All questions go to one process, and each has its own answer."""
    clean = next((corpus / "media" / "others").iterdir())
    copy = corpus / "media" / "copies" / "quarter-original-1.jpg"
    answers = [gate.ask(path) for path in [str(clean), str(copy), os.fsencode(clean), ""]]
    processes = {gate._process.pid}
    answers.append(gate.ask(str(copy)))

    assert [a["verdict"] for a in answers] == ["clean", "match", "clean", "failed", "match"]
    assert [m["entry_id"] for m in answers[1]["matches"]] == ["original-1"]
    assert processes == {gate._process.pid}


def test_upload_hook_refuses_while_the_command_fails_and_starts_it_anew(gate, corpus):
    """A command that was killed costs no more than a new start."""
    clean = str(next((corpus / "media" / "others").iterdir()))
    assert gate.is_clean(clean)
    gate._process.kill()
    gate._process.wait()

    assert gate.is_clean(clean)
    assert not gate.is_clean("a\0b")
    assert gate.is_clean(clean)


@pytest.mark.parametrize(
    "command",
    [
        ["/bin/sh", "-c", "exit 0"],
        ["/bin/sh", "-c", "while read -r line; do echo clean; done"],
        ["/bin/sh", "-c", 'echo \'{"verdict": "clean"\'; sleep 1'],
        ["/bin/sh", "-c", 'printf \'{"verdict": "clean"}\''],
        ["/bin/sh", "-c", "echo '[\"clean\"]'"],
        ["/bin/sh", "-c", "exec sleep 600"],
        ["/nowhere/hashsweep"],
    ],
)
def test_upload_hook_refuses_where_there_is_no_answer(upload_hook, command):
    """No command, no line, half a line or another one: nothing of it is clean."""
    gate = upload_hook.Gate(["list"], command, seconds=1.0)

    assert gate.ask("upload.jpg") == upload_hook.NO_ANSWER
    gate.close()
