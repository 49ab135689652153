"""Keys of reports: their forms, who may read their files, and that no message holds one."""

import base64
import os
import threading
from pathlib import Path

import pytest

from hashsweep.errors import ReportError
from hashsweep.report import encryption
from hashsweep.report.encryption import VARIABLE, Keys, key_id, new_key

OLD, NEW = (bytes([n]) * 31 + b"\xfe" for n in (1, 2))


def keys(*several):
    """Keys as the environment would give them."""
    return Keys.load(None, {VARIABLE: "\n".join(key.hex() for key in several)})


@pytest.fixture
def key_file(tmp_path):
    """A function that writes a key file of mode 0600."""

    def write(content, mode=0o600):
        path = tmp_path / "key"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return path

    return write


@pytest.mark.parametrize(
    "text",
    [
        OLD.hex(),
        OLD.hex().upper() + "\n",
        f"\ufeff# made 2026-01\r\n\r\n  {OLD.hex()}  \r\n",
        base64.b64encode(OLD).decode(),
        base64.urlsafe_b64encode(OLD).decode(),
    ],
)
def test_a_key_has_several_forms(key_file, text):
    """Hex or base64, with comments, blank lines and spaces."""
    assert Keys.load(key_file(text), {}) == Keys({key_id(OLD): OLD})


def test_several_keys_keep_their_order(key_file):
    """The first encrypts; the same key twice is one."""
    text = f"{NEW.hex()}\n# before 2026\n{base64.b64encode(OLD).decode()}\n{NEW.hex()}\n"

    assert Keys.load(key_file(text), {}).ids == (key_id(NEW), key_id(OLD))


def test_the_environment_may_hold_the_key():
    """It is taken out of it, so that no worker inherits it; a file goes before it."""
    environ = {VARIABLE: f"{NEW.hex()}\n{OLD.hex()}", "HOME": "/"}

    assert Keys.load(None, environ).ids == (key_id(NEW), key_id(OLD))
    assert environ == {"HOME": "/"}
    assert Keys.load(None, environ) is None
    assert Keys.load(None, {VARIABLE: ""}) is None


def test_a_file_goes_before_the_environment(key_file):
    """And the variable goes away all the same."""
    environ = {VARIABLE: NEW.hex()}

    assert Keys.load(key_file(OLD.hex()), environ).ids == (key_id(OLD),)
    assert environ == {}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o644, 0o601])
def test_a_key_file_that_is_open_to_others_is_refused(key_file, mode):
    """With what to do about it."""
    with pytest.raises(ReportError, match="is open to others: run `chmod 600` on it first"):
        Keys.load(key_file(OLD.hex(), mode), {})


def test_a_key_may_come_through_a_pipe(tmp_path):
    """From another program, such as a store of secrets: --key-file <(...)."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    writer = threading.Thread(target=pipe.write_text, args=(OLD.hex(),))
    writer.start()
    found = Keys.load(pipe, {})
    writer.join()

    assert found.ids == (key_id(OLD),)


BAD = "5ec4e7" * 10  # 60 digits


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "holds no key"),
        ("# nothing\n\n", "holds no key"),
        (BAD, r"line 1 is not a key \(32 bytes as 64 hex digits or base64\)"),
        (f"{OLD.hex()}\n{BAD}", "line 2 is not a key"),
        (f"{BAD}é", "line 1 is not a key"),
        (f"{BAD}===", "line 1 is not a key"),
        (f"{OLD.hex()} {NEW.hex()}", "line 1 is not a key"),
        (b"\xff" + BAD.encode(), "is not text, so it holds no keys"),
        (OLD, "is not text, so it holds no keys"),
        (f"{OLD.hex()}\n" * 2_000, "is too long for a key file"),
    ],
)
def test_what_is_no_key_is_told_without_it(key_file, content, message):
    """The file and the line, and nothing of what stands there."""
    path = key_file(content)
    with pytest.raises(ReportError, match=message) as caught:
        Keys.load(path, {})

    assert str(path) in str(caught.value)
    assert "5ec4e7" not in repr(caught.value)
    assert OLD.hex()[:12] not in repr(caught.value)


def test_a_bad_key_in_the_environment_is_told_without_it():
    """By the variable's name."""
    with pytest.raises(ReportError, match=r"^HASHSWEEP_REPORT_KEY: line 1 is not a key") as caught:
        Keys.load(None, {VARIABLE: BAD})

    assert "5ec4e7" not in repr(caught.value)


def test_two_keys_of_one_id_are_refused(monkeypatch):
    """One chance in four thousand million; the part would be opened with the wrong one."""
    monkeypatch.setattr(encryption, "key_id", lambda _: "00000000")

    with pytest.raises(ReportError, match="line 2 has the id of another key"):
        keys(OLD, NEW)


def test_a_key_file_that_is_not_there_or_no_file(tmp_path):
    """The name and the reason."""
    with pytest.raises(ReportError, match=r"key file .*none: No such file"):
        Keys.load(tmp_path / "none", {})
    with pytest.raises(ReportError, match=r"key file .*: Is a directory"):
        Keys.load(tmp_path, {})
    with pytest.raises(ReportError, match="is neither a file nor a pipe"):
        Keys.load(Path("/dev/null"), {})


def test_keys_show_their_ids_at_most():
    """In no text that Python makes of them."""
    shown = f"{keys(OLD)!r} {keys(OLD)}"

    assert OLD.hex() not in shown
    assert repr(OLD) not in shown


def test_a_new_key_is_a_key():
    """Made of random bytes, and each is another."""
    made = {new_key() for _ in range(100)}

    assert len(made) == 100
    assert len(Keys.load(None, {VARIABLE: "\n".join(made)}).ids) == 100
