"""`hashsweep check --stream` through the real command: each request has its answer, in order."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import termios
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.commands import COMMAND, run_here
from support.drawings import jpeg, scene
from support.proc import children, descendants, peak_memory
from support.thoroughness import examples


@pytest.fixture
def compiled(hashsweep, known, tmp_path):
    """The known list, compiled."""
    path = tmp_path / "known.hsl"
    assert hashsweep("lists", "import", known, "-o", path).returncode == 0
    return path


@contextmanager
def streaming(*words, **options):
    """The command, running; it is killed afterwards if it has not ended."""
    process = subprocess.Popen(
        [*COMMAND, "check", "--stream", *map(os.fspath, words)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ask(process, name):
    """Send one request and wait for its answer."""
    process.stdin.write(os.fsencode(name) + b"\n")
    process.stdin.flush()
    return process.stdout.readline().decode()


def ended(process):
    """Close standard input; (what else it wrote, standard error, exit status)."""
    out, err = process.communicate(timeout=60)
    return out.decode(), err.decode(), process.returncode


def framed(content):
    """A file behind its length."""
    return len(content).to_bytes(8, "big") + content


def until(condition):
    """Wait until a condition holds, a minute at most."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_each_request_is_answered_before_the_next(media, compiled):
    """A client that waits for each answer gets it; the status at the end sums up all of them."""
    with streaming("--list", compiled) as process:
        assert ask(process, media / "2.jpg") == f"clean\t{media / '2.jpg'}\n"
        assert ask(process, media / "1.jpg").startswith(f"match\t{media / '1.jpg'}\tknown: ")
        assert ask(process, "") == "failed\t\tread: bad-name\n"
        assert ask(process, media) == f"failed\t{media}\tread: not-regular\n"
        assert ask(process, media / "none") == f"failed\t{media / 'none'}\tread: gone\n"
        assert ask(process, media / "2.jpg").startswith("clean\t")
        assert ended(process) == ("", "", 5)


@pytest.mark.parametrize(
    ("names", "status"), [([], 0), (["2.jpg"], 0), (["1.jpg"], 1), (["none"], 4)]
)
def test_the_exit_status_sums_up_all_answers(hashsweep, media, compiled, names, status):
    given = "".join(f"{name}\n" for name in names)
    done = hashsweep("check", "--stream", "--list", compiled, cwd=media, input=given)

    assert (done.returncode, done.stderr) == (status, "")
    assert [line.split("\t")[1] for line in done.stdout.splitlines()] == names


def test_json_is_an_object_a_line(media, compiled):
    with streaming("--list", compiled, "--json") as process:
        told = json.loads(ask(process, media / "1.jpg"))

    assert (told["file"], told["verdict"]) == (str(media / "1.jpg"), "match")


def test_names_that_end_in_nul_may_hold_anything_else(hashsweep_process, media, compiled):
    """Also what is no UTF-8; an answer stays one line."""
    odd = os.fsdecode(b"a\nclean\tb\xff.jpg")
    os.link(media / "1.jpg", media / odd)
    given = f"{odd}\0002.jpg\0"
    done = hashsweep_process(
        "check", "--stream", "-0", "--list", compiled, cwd=media, input=given,
        errors="surrogateescape",
    )  # fmt: skip

    first, second = done.stdout.splitlines()
    assert first.startswith("match\ta\\x0aclean\\x09b\\xff.jpg\t")
    assert second == "clean\t2.jpg"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder with files of every fate, the list of the first, and what `check` says of each."""
    folder = tmp_path_factory.mktemp("files")
    pictures = [jpeg(scene(seed, 320, 240)) for seed in (1, 2)]
    contents = {
        "1.jpg": pictures[0], "2.jpg": pictures[1], "cut.jpg": pictures[1][:-300],
        "same.png": pictures[0], "text": b"words", "empty": b"", "b\xc3\xa4\\d": pictures[1],
        "junk.gif": b"GIF89a" + bytes(40),
    }  # fmt: skip
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    (folder / "link").symlink_to("1.jpg")
    (folder / "loop").symlink_to("loop")
    os.mkfifo(folder / "fifo")
    names = [*contents, "link", "loop", "fifo", "none", ".", "", "1.jpg/", "\x1b[31m"]
    (folder / "list.csv").write_text(run_here("hash", folder / "1.jpg").stdout)
    (folder / "list.csv").chmod(0o600)
    assert run_here("lists", "import", "list.csv", "-o", "list.hsl", cwd=folder).returncode == 0
    alone = {name: _checked(folder, name) for name in names}
    return folder, contents, alone


def _checked(folder, name):
    done = run_here("check", "--list", "list.hsl", "--", name, cwd=folder)
    return done.stdout.encode(), done.returncode


@pytest.fixture(scope="module")
def stream(files):
    """One stream that stays up for many examples; its workers serve all of them."""
    with streaming("--list", "list.hsl", "-j", "3", cwd=files[0]) as process:
        yield process


@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_stream_says_what_check_says_of_each_alone(files, stream, data):
    """Any files in any order, all at once: the same lines, and in the order of the requests."""
    _, _, alone = files
    names = data.draw(st.lists(st.sampled_from(sorted(alone)), max_size=60))
    stream.stdin.write(b"".join(os.fsencode(name) + b"\n" for name in names))
    stream.stdin.flush()
    answers = [stream.stdout.readline() for _ in names]

    assert answers == [alone[name][0] for name in names]


def test_fates_of_files_differ(files):
    """The test before this one would be worth little otherwise."""
    assert {status for _, status in files[2].values()} == {0, 1, 4}


def test_bytes_are_checked_as_files_are(files):
    """Behind their lengths, in memory, by confined workers that were there before they came."""
    folder, contents, alone = files
    names = [*contents] * 6
    sent = b"".join(framed(contents[name]) for name in names)
    done = subprocess.run(
        [*COMMAND, "check", "--stream", "--length-prefixed", "-j", "2", "--list", "list.hsl"],
        cwd=folder, input=sent, capture_output=True, check=False, timeout=120,
    )  # fmt: skip

    def without_name(line):
        verdict, _, *reason = line.rstrip(b"\n").split(b"\t")
        return verdict, reason

    assert (done.returncode, done.stderr) == (5, b"")
    assert done.stdout.splitlines()[0].split(b"\t")[:2] == [b"match", b"-"]
    assert [without_name(line) for line in done.stdout.splitlines()] == [
        without_name(alone[name][0]) for name in names
    ]


def test_bytes_are_answered_one_by_one(media, compiled):
    """Slowly sent ones, too; and what is larger than allowed costs its own verdict only."""
    first, second = (media / "1.jpg").read_bytes(), (media / "2.jpg").read_bytes()
    most = str(max(len(first), len(second)))
    with streaming("--length-prefixed", "--max-file-size", most, "--list", compiled) as process:
        for content, verdict in (
            (first, "match\t-\tknown: "), (second, "clean\t-\n"), (b"", "failed\t-\tread: empty\n"),
            (bytes(int(most) + 1), "failed\t-\tread: too-large\n"), (first, "match\t-\t"),
        ):  # fmt: skip
            data = framed(content)
            for part in (data[:3], data[3:11], data[11:]):
                process.stdin.write(part)
                process.stdin.flush()
            assert process.stdout.readline().decode().startswith(verdict)
        assert ended(process) == ("", "", 5)


@pytest.mark.parametrize(
    ("after", "message"),
    [
        (b"\0\0\0", "request 2 ends after 3 of 8 bytes of its length"),
        (framed(b"x" * 100)[:-1], "request 2 ends after 99 of 100 bytes"),
        (b"/srv/media/1.jpg\n", "request 2 claims a length of"),
    ],
)
def test_nonsense_is_one_line_after_all_answers(media, compiled, after, message):
    """What was asked for before it is answered; the status says that the call went wrong."""
    content = (media / "1.jpg").read_bytes()
    with streaming("--length-prefixed", "--list", compiled) as process:
        process.stdin.write(framed(content) + after)
        out, err, status = ended(process)

    assert out.startswith("match\t-\t")
    assert (out.count("\n"), status) == (1, 2)
    assert err.startswith(f"hashsweep: standard input: {message}")
    assert err.count("\n") == 1


@pytest.mark.parametrize(("words", "end"), [((), "newline"), (("-0",), "NUL")])
def test_a_path_that_was_cut_off_is_not_asked(hashsweep, media, compiled, words, end):
    """It may name another file, and that one is clean."""
    given = "1.jpg\0002.jpg" if words else "1.jpg\n2.jpg"
    done = hashsweep("check", "--stream", *words, "--list", compiled, cwd=media, input=given)

    assert done.stdout.startswith("match\t1.jpg\t")
    assert (done.stdout.count("\n"), done.returncode) == (1, 2)
    assert done.stderr == f"hashsweep: standard input: request 2 ends without its {end}\n"


def test_files_can_be_bounded_too(hashsweep, media, compiled):
    """By the same option, in any way of asking; the bound is inclusive."""
    size = (media / "2.jpg").stat().st_size
    bounds = ((size, "clean\t2.jpg\n", 0), (size - 1, "failed\t2.jpg\tread: too-large\n", 4))
    for most, line, status in bounds:
        words = ("--max-file-size", str(most), "--list", compiled)
        one = hashsweep("check", "2.jpg", *words, cwd=media)
        many = hashsweep("check", "--stream", *words, cwd=media, input="2.jpg\n")
        with open(media / "2.jpg", "rb") as stream:
            piped = hashsweep("check", "-", *words, cwd=media, stdin=stream)

        assert [one.stdout, many.stdout] == [line, line]
        assert piped.stdout == line.replace("2.jpg", "-")
        assert {one.returncode, many.returncode, piped.returncode} == {status}


def _worker(process):
    """The only worker of a command."""
    return [worker for server in children(process.pid) for worker in children(server)]


@pytest.mark.parametrize("mode", [(), ("--length-prefixed",)])
def test_a_list_that_is_replaced_stays_in_use(media, compiled, hashsweep, tmp_path, mode):
    """Until the command is started anew; also for workers that come later, with bytes in memory."""

    def asked(name):
        content = (media / name).read_bytes() if mode else None
        process.stdin.write(framed(content) if mode else os.fsencode(media / name) + b"\n")
        process.stdin.flush()
        return process.stdout.readline().split(b"\t")[0]

    (tmp_path / "other.csv").write_text(f"entry_id,sha256\na,{'0f' * 32}\n")
    with streaming(*mode, "-j", "1", "--list", compiled) as process:
        assert asked("1.jpg") == b"match"
        compiled.unlink()
        assert hashsweep("lists", "import", "other.csv", "-o", compiled).returncode == 0
        (before,) = _worker(process)
        os.kill(before, signal.SIGKILL)
        until(lambda: _worker(process) not in ([], [before]))
        assert asked("1.jpg") == b"match"
        assert _worker(process) != [before]
        assert ended(process) == ("", "", 1)


@pytest.mark.parametrize("content", [bytes, None])
def test_a_list_that_is_written_into_ends_it(media, compiled, hashsweep, tmp_path, content):
    """Whatever is written, zeros or another list: no answer rests on it, and none is clean."""
    (tmp_path / "other.csv").write_text(f"entry_id,sha256\na,{'0f' * 32}\n")
    hashsweep("lists", "import", "other.csv", "-o", "other.hsl")
    new = content(compiled.stat().st_size) if content else (tmp_path / "other.hsl").read_bytes()
    with streaming("--list", compiled) as process:
        assert ask(process, media / "1.jpg").startswith("match")
        with compiled.open("r+b") as stream:
            stream.write(new)
        assert ask(process, media / "1.jpg") == ""
        told = "was changed in place while in use: replace lists by rename (mv)"
        assert ended(process) == ("", f"hashsweep: list known {told}\n", 2)


def test_a_temporary_list_has_no_name(media, known, tmp_path):
    """Lists as text are compiled to a file that no clean-up of old files can find."""
    (tmp_path / "tmp").mkdir()
    environment = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    with streaming("-j", "1", "--list", known, env=environment) as process:
        assert ask(process, media / "1.jpg").startswith("match")
        assert list((tmp_path / "tmp").iterdir()) == []
        known.unlink()
        (before,) = _worker(process)
        os.kill(before, signal.SIGKILL)
        until(lambda: _worker(process) not in ([], [before]))
        assert ask(process, media / "1.jpg").startswith("match")


def test_a_damaged_list_ends_it_before_anything_is_asked(compiled):
    """A service that runs is one that can answer."""
    content = bytearray(compiled.read_bytes())
    content[len(content) // 2] ^= 1
    compiled.write_bytes(content)
    with streaming("--list", compiled) as process:
        assert process.wait(60) == 2
        assert "damaged, or not a compiled hash list" in process.stderr.read().decode()


def test_a_client_that_does_not_read_fills_no_memory(media, compiled):
    """The command waits at the full pipe, stops reading, and goes on when it is read from."""
    names = [os.fsencode(media / "2.jpg")] * 20_000
    with streaming("-j", "1", "--list", compiled) as process:
        fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, 4096)
        ask(process, media / "2.jpg")
        before = peak_memory(process.pid)
        os.set_blocking(process.stdin.fileno(), False)
        data, at, since = b"\n".join(names) + b"\n", 0, time.monotonic()
        while time.monotonic() - since < 2:  # until nothing has been taken for so long
            try:
                at += os.write(process.stdin.fileno(), data[at : at + 4096])
                since = time.monotonic()
            except BlockingIOError:
                time.sleep(0.02)
        assert at < len(data) / 2
        assert peak_memory(process.pid) - before < 8 << 20
        taken = data[:at].count(b"\n")
        answers = [process.stdout.readline() for _ in range(taken)]
        assert {answer.split(b"\t")[0] for answer in answers} == {b"clean"}


@pytest.mark.parametrize("reads", [True, False])
@pytest.mark.parametrize("send", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it(media, compiled, send, reads):
    """With 130, one line and no process left, even where a full pipe holds it up."""
    with streaming("--list", compiled) as process:
        fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, 4096)
        assert ask(process, media / "2.jpg").startswith("clean")
        if not reads:
            process.stdin.write(b"none\n" * 2000)
            process.stdin.flush()
            until(lambda: _is_stuck(process))
        others = descendants(process.pid)
        process.send_signal(send)
        assert process.wait(60) == 130
        out, err = process.communicate()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in others))

    assert err.decode().strip() == "hashsweep: stopped"
    assert (b"none" in out) != reads


def _is_stuck(process):
    """Whether its pipe of one page has no room for another line."""
    waiting = fcntl.ioctl(process.stdout, termios.FIONREAD, bytes(4))
    return int.from_bytes(waiting, sys.byteorder) > 4096 - len("failed\tnone\tread: gone\n")


def test_a_client_that_has_gone_ends_it(media, compiled):
    """Nobody reads the answers any more: it stops, without a traceback and without processes."""
    with streaming("--list", compiled) as process:
        assert ask(process, media / "2.jpg").startswith("clean")
        others = descendants(process.pid)
        process.stdout.close()
        process.stdin.write(b"none\n" * 5)
        process.stdin.flush()
        assert process.wait(60) == 2
        assert process.stderr.read() == b""
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in others))
        process.stdin.close()
        process.stdin = process.stdout = None


def test_idle_it_costs_nothing(media, compiled):
    """It sleeps until something comes: no look at a clock, no look at a pipe."""
    with streaming("--list", compiled) as process:
        ask(process, media / "2.jpg")
        time.sleep(0.3)
        before = _switches(process.pid)
        time.sleep(1.5)
        assert _switches(process.pid) - before <= 1


def _switches(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    lines = [line for line in status.splitlines() if line.startswith("voluntary_ctxt")]
    return int(lines[0].split()[1])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--stream", "1.jpg"), "name no FILE"),
        (("--null", "1.jpg"), "--null and --length-prefixed need --stream"),
        (("--length-prefixed", "-"), "--null and --length-prefixed need --stream"),
        (("--stream", "-0", "--length-prefixed"), "--length-prefixed takes no paths"),
        (("--stream", "--list", "-"), "standard input can be read only once"),
    ],
)
def test_calls_that_make_no_sense_are_refused(hashsweep, compiled, words, message):
    done = hashsweep("check", *words, "--list", compiled, input="")

    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_no_standard_input_is_an_error(compiled):
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *COMMAND, "check", "--stream", "--list", compiled],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (2, "")
    assert "standard input, which is closed" in done.stderr
