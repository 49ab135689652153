"""`hashsweep report sign` through the real command, on reports of real sweeps."""

import shutil
import stat
import subprocess

import pytest


@pytest.fixture
def keys(report, tmp_path):
    """A pair of keys; the names of their files."""
    done = report("keygen", "--signing", "-o", "sign.key")
    identifier = done.stdout.split()[2]
    assert done.stdout == (
        f"signing key {identifier} is in sign.key, its public key in sign.key.pub\n"
    )
    assert stat.S_IMODE((tmp_path / "sign.key").stat().st_mode) == 0o600
    return "sign.key", "sign.key.pub", identifier


def test_a_signature_is_one_that_openssl_checks(swept, report, keys, tmp_path):
    """Over the very bytes of sweep.json."""
    swept()
    done = report("sign", "out", "--signing-key", keys[0])
    openssl = shutil.which("openssl")
    assert openssl, "this test needs openssl"
    words = [
        openssl, "pkeyutl", "-verify", "-pubin", "-inkey", keys[1], "-rawin",
        "-in", "out/sweep.json", "-sigfile", "out/sweep.json.sig",
    ]  # fmt: skip
    good = subprocess.run(words, cwd=tmp_path, capture_output=True, check=False)
    about = tmp_path / "out/sweep.json"
    about.write_bytes(about.read_bytes() + b" ")
    bad = subprocess.run(words, cwd=tmp_path, capture_output=True, check=False)

    assert (done.returncode, done.stdout) == (0, f"out is signed by key {keys[2]}\n")
    assert stat.S_IMODE((tmp_path / "out/sweep.json.sig").stat().st_mode) == 0o600
    assert (good.returncode, bad.returncode) == (0, 1)


def test_what_was_altered_is_not_signed(swept, report, keys, tmp_path):
    """Nor what was never closed, what is signed already, and what is no report."""
    swept()
    part = tmp_path / "out/files/part-00000.parquet"
    content = part.read_bytes()
    part.write_bytes(content[:-1] + b"x")
    altered = report("sign", "out", "--signing-key", keys[0])
    part.write_bytes(content)
    about = tmp_path / "out/sweep.json"
    text = about.read_text()
    about.write_text(text.replace('"state": "complete"', '"state": "running"'))
    killed = report("sign", "out", "--signing-key", keys[0])
    about.write_text(text)
    signed = [report("sign", "out", "--signing-key", keys[0]) for _ in range(2)]
    none = report("sign", "media", "--signing-key", keys[0])

    assert [each.returncode for each in (altered, killed, *signed, none)] == [2, 2, 0, 2, 2]
    assert "out is not signed: files/part-00000.parquet was altered" in altered.stderr
    assert "out is not signed: its sweep did not close it" in killed.stderr
    assert "out/sweep.json.sig already exists: move it away first" in signed[1].stderr
    assert "media is not a report" in none.stderr
    assert not (tmp_path / "media/files").exists()


def test_a_sweep_that_goes_on_takes_its_signature_away(swept, report, keys, tmp_path):
    """What was signed is no longer what is there; at its end it is signed anew."""
    swept("--signing-key", keys[0], "--segment-rows", "1")
    about = tmp_path / "out/sweep.json"
    before = (tmp_path / "out/sweep.json.sig").read_bytes()
    whole = swept("--resume", "--signing-key", keys[0])
    assert (tmp_path / "out/sweep.json.sig").read_bytes() == before
    about.write_text(about.read_text().replace('"state": "complete"', '"state": "interrupted"'))
    done = swept("--resume", "--signing-key", keys[0])
    good = report("verify", "out", "--public-key", keys[1])

    assert (whole.returncode, done.returncode, good.returncode) == (5, 5, 0)
    assert (tmp_path / "out/sweep.json.sig").read_bytes() != before
    about.write_text(about.read_text().replace('"state": "complete"', '"state": "interrupted"'))
    swept("--resume")
    assert not (tmp_path / "out/sweep.json.sig").exists()


def test_a_key_that_cannot_sign_is_refused_before_the_sweep(
    swept, report, keys, key_file, tmp_path
):
    """A week later would be too late; no message holds a word of it."""
    public = swept("--signing-key", keys[1])
    other = swept("--signing-key", key_file)

    assert (public.returncode, other.returncode) == (2, 2)
    assert "holds no private Ed25519 key" in other.stderr
    assert key_file.read_text()[:12] not in other.stderr
    assert not (tmp_path / "out").exists()


def test_the_private_key_is_in_no_report(swept, keys, tmp_path):
    """Its path is, as with other options."""
    done = swept("--signing-key", keys[0], "--json")
    secret = (tmp_path / keys[0]).read_text().splitlines()[1]

    assert secret not in done.stdout + done.stderr
    assert '"signing_key": "sign.key"' in (tmp_path / "out/sweep.json").read_text()
