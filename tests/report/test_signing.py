"""Signatures by Ed25519, with keys that openssl makes and reads."""

import shutil
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hashsweep.errors import ReportError
from hashsweep.report.signing import SIGNATURE_BYTES, Signer, Verifier

SIGNER = Signer.new()
DATA = b'{"state": "complete"}\n'
SIGNED = SIGNER.sign(DATA)


@pytest.fixture
def key_file(tmp_path):
    """A function that writes a key file of mode 0600."""

    def write(content, mode=0o600):
        path = tmp_path / "key"
        path.write_bytes(content)
        path.chmod(mode)
        return path

    return write


def test_what_was_signed_holds(key_file):
    """Also with keys that went through files."""
    again = Signer.load(key_file(SIGNER.pem()))
    verifier = Verifier.load(key_file(SIGNER.verifier.pem(), 0o644))

    assert len(SIGNED) == SIGNATURE_BYTES
    assert again.sign(DATA) == SIGNED
    assert verifier.holds(DATA, SIGNED)
    assert verifier.id == again.verifier.id == SIGNER.verifier.id
    assert len(verifier.id) == 16


@given(st.integers(0, 8 * (len(DATA) + len(SIGNED)) - 1))
def test_a_bit_of_either_is_noticed(place):
    """Of what was signed, and of the signature."""
    both = bytearray(DATA + SIGNED)
    both[place // 8] ^= 1 << place % 8

    assert not SIGNER.verifier.holds(bytes(both[: len(DATA)]), bytes(both[len(DATA) :]))


@pytest.mark.parametrize(
    "signature",
    [b"", b"x", SIGNED[:-1], SIGNED + b"\0"],
    ids=["none", "a byte", "too short", "too long"],  # a new key each time: no other names would do
)
def test_what_is_no_signature_does_not_hold(signature):
    """Of another length."""
    assert not SIGNER.verifier.holds(DATA, signature)


def test_another_key_has_not_signed():
    """Keys are random, and have ids."""
    other = Signer.new()

    assert not other.verifier.holds(DATA, SIGNED)
    assert other.verifier.id != SIGNER.verifier.id


@pytest.mark.parametrize(
    ("content", "load"),
    [
        (b"", Signer), (b"", Verifier), (b"\xff\xfe", Verifier),
        (SIGNER.pem(), Verifier), (SIGNER.verifier.pem(), Signer),
        (SIGNER.pem()[:80] + b"\n-----END PRIVATE KEY-----\n", Signer),
        (b"5ec4e7" * 10, Signer),
    ],
)  # fmt: skip
def test_what_is_no_key_is_told_without_it(key_file, content, load):
    """Its name and what is wanted."""
    kind = "private" if load is Signer else "public"
    with pytest.raises(ReportError, match=f"key holds no {kind} Ed25519 key in PEM form") as caught:
        load.load(key_file(content))

    assert "5ec4e7" not in repr(caught.value)
    assert SIGNER.pem().decode()[40:60] not in repr(caught.value)


OTHERS = {
    "rsa": ["genpkey", "-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:1024"],
    "locked": ["genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:x"],
}


@pytest.mark.parametrize("how", OTHERS)
def test_keys_of_other_kinds_are_refused(key_file, how):
    """RSA, and a key with a passphrase, which nobody could type for a timer."""
    made = subprocess.run([openssl(), *OTHERS[how]], capture_output=True, check=True)

    with pytest.raises(ReportError, match="without a passphrase"):
        Signer.load(key_file(made.stdout))


def test_a_private_key_that_others_may_read_is_refused(key_file):
    """As with keys of reports; a public one may be read."""
    with pytest.raises(ReportError, match="is open to others: run `chmod 600` on it first"):
        Signer.load(key_file(SIGNER.pem(), 0o640))
    with pytest.raises(ReportError, match="none: No such file"):
        Verifier.load(key_file(b"").with_name("none"))


def test_no_text_of_a_signer_holds_its_key():
    """Whatever Python makes of it."""
    assert repr(SIGNER) == "Signer()"


def openssl():
    """The program; it is a part of every Debian and of CI."""
    found = shutil.which("openssl")
    assert found, "these tests need openssl"
    return found


def test_openssl_reads_what_was_made_and_checks_it(tmp_path, key_file):
    """Keys, ids and signatures."""
    public = tmp_path / "key.pub"
    public.write_bytes(SIGNER.verifier.pem())
    for name, content in (("data", DATA), ("sig", SIGNED), ("other", DATA + b" ")):
        (tmp_path / name).write_bytes(content)
    check = [openssl(), "pkeyutl", "-verify", "-pubin", "-inkey", public, "-rawin"]
    good, bad = (
        subprocess.run(
            [*check, "-in", tmp_path / name, "-sigfile", tmp_path / "sig"],
            capture_output=True,
            check=False,
        )
        for name in ("data", "other")
    )
    private = key_file(SIGNER.pem())
    derived = subprocess.run(
        [openssl(), "pkey", "-in", private, "-pubout"], capture_output=True, check=True
    )
    der = subprocess.run(
        f"{openssl()} pkey -pubin -in {public} -outform DER | sha256sum",
        shell=True, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert (good.returncode, bad.returncode) == (0, 1)
    assert derived.stdout == SIGNER.verifier.pem()
    assert der.stdout.startswith(SIGNER.verifier.id)


def test_a_key_that_openssl_made_signs(tmp_path, key_file):
    """PKCS#8, as `openssl genpkey` writes it."""
    made = subprocess.run(
        [openssl(), "genpkey", "-algorithm", "ed25519"], capture_output=True, check=True
    )
    signer = Signer.load(key_file(made.stdout))

    assert signer.verifier.holds(DATA, signer.sign(DATA))
    assert signer.pem() == made.stdout


def test_without_the_package_one_line_says_what_to_do(key_file, monkeypatch):
    """Before any work is done."""
    monkeypatch.setitem(sys.modules, "cryptography", None)

    for use in (
        Signer.new,
        lambda: Signer.load(key_file(b"")),
        lambda: Verifier.load(key_file(b"")),
    ):
        with pytest.raises(ReportError, match=r"need cryptography: pip install '\.\[sign\]'"):
            use()
