"""What every hasher in the registry promises, its own tests aside.

A new hasher needs no test here: its line in the registry brings it in.
"""

import io
from typing import Any, cast

import pytest

from hashsweep.hashers import HASHERS, BytesHasher, PictureHasher
from hashsweep.hashlists.kinds import BITS
from hashsweep.media.picture import Picture, open_picture
from hashsweep.media.sniff import sniff
from support import drawings

SIZES = [(1, 1), (5, 3), (3, 5), (7, 5), (64, 64), (65, 63), (129, 127), (511, 33), (31, 600)]


READS = {name: HASHERS.load(name).spec.reads for name in HASHERS.names}
OF_BYTES = [name for name, reads in READS.items() if reads == "bytes"]
OF_PICTURES = [name for name, reads in READS.items() if reads == "picture"]


@pytest.fixture(params=HASHERS.names)
def hasher(request: pytest.FixtureRequest) -> Any:
    """Each hasher in turn."""
    return HASHERS.load(request.param)


def test_reads_bytes_or_a_picture() -> None:
    """Every hasher is of one of the two sorts that the tests below know."""
    assert sorted(OF_BYTES + OF_PICTURES) == sorted(HASHERS.names)


def opened(image: Any) -> Picture:
    """The picture as a sweep sees it: written without loss, sniffed and decoded."""
    data = drawings.png(image)
    return open_picture(io.BytesIO(data), sniff(data), exact=True, max_pixels=10**8)


def answer(hasher: Any, question: Any) -> bytes:
    """The hash of a known question: some bytes, or the name of a drawing."""
    if hasher.spec.reads == "picture":
        return hasher.hash(opened(drawings.draw(question)))[0]
    running = hasher.start()
    running.update(question)
    return running.digest()


@pytest.mark.parametrize("name", HASHERS.names)
def test_goes_by_one_name(name: str) -> None:
    """A hasher calls itself what the registry calls it."""
    assert HASHERS.load(name).spec.name == name


def test_is_whole_bytes(hasher: Any) -> None:
    """A hash is a positive number of whole bytes."""
    assert hasher.spec.bits > 0
    assert hasher.spec.bits % 8 == 0


def test_agrees_with_lists(hasher: Any) -> None:
    """Hash lists expect the length that the hasher gives."""
    assert BITS[hasher.spec.name] == hasher.spec.bits


def test_lists_know_no_other_kind() -> None:
    """A kind of hash that hashsweep is said to compute has a hasher."""
    assert set(BITS) <= set(HASHERS.names)


def test_distance_fits_metric(hasher: Any) -> None:
    """Exact hashes match at distance 0 only; perceptual ones within less than half their bits."""
    spec = hasher.spec
    if spec.metric == "exact":
        assert spec.max_distance == 0
    else:
        assert spec.metric == "hamming"
        assert 0 < spec.max_distance < spec.bits / 2


def test_declares_where_it_comes_from(hasher: Any) -> None:
    """A hasher names its version, its source and what it reads."""
    assert hasher.spec.version
    assert hasher.spec.source
    assert hasher.spec.reads in ("bytes", "picture")
    assert hasher.spec.min_quality is None or 0 < hasher.spec.min_quality <= 100


def test_strengths_rank() -> None:
    """No two hashers weigh the same, so the strongest evidence is always one."""
    strengths = [HASHERS.load(name).spec.strength for name in HASHERS.names]
    assert len(set(strengths)) == len(strengths)


def test_known_answers_hold(hasher: Any) -> None:
    """A hasher gives what its reference gave for at least two different questions."""
    assert len({question for question, _ in hasher.known}) >= 2
    for question, expected in hasher.known:
        assert (question, answer(hasher, question).hex()) == (question, expected)


def test_known_answers_differ(hasher: Any) -> None:
    """No two known questions have one answer: a constant would not pass."""
    answers = [expected for _, expected in hasher.known]
    assert len(set(answers)) == len(answers)


def test_is_deterministic(hasher: Any) -> None:
    """The same content gives the same hash every time."""
    question = hasher.known[0][0]
    assert answer(hasher, question) == answer(hasher, question)


def test_has_its_length(hasher: Any) -> None:
    """A hash is as long as its spec says."""
    for question, _ in hasher.known:
        assert len(answer(hasher, question)) * 8 == hasher.spec.bits


@pytest.mark.parametrize("name", OF_BYTES)
def test_bytes_in_pieces(name: str) -> None:
    """A digest does not depend on how the bytes were cut."""
    hasher = cast("BytesHasher", HASHERS.load(name))
    data = drawings.noise(1, 100_000).tobytes()
    running = hasher.start()
    for at in range(0, len(data), 4097):
        running.update(data[at : at + 4097])
    assert running.digest() == answer(hasher, data)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", OF_PICTURES)
def test_any_size(name: str, size: tuple[int, int]) -> None:
    """A picture of any size has a hash of the full length, and PDQ's quality is a percentage."""
    hasher = cast("PictureHasher", HASHERS.load(name))
    value, quality = hasher.hash(opened(drawings.scene(8, *size)))
    assert isinstance(value, bytes)
    assert len(value) * 8 == hasher.spec.bits
    assert (quality is None) == (hasher.spec.min_quality is None)
    assert quality is None or 0 <= quality <= 100


@pytest.mark.parametrize("name", OF_PICTURES)
def test_fast_mode(name: str) -> None:
    """A large JPEG decoded at a small scale is hashed as well."""
    hasher = cast("PictureHasher", HASHERS.load(name))
    data = drawings.jpeg(drawings.draw("portrait"))
    picture = open_picture(io.BytesIO(data), sniff(data), exact=False, max_pixels=10**8)
    large = drawings.jpeg(drawings.scene(2, 1033, 767))
    scaled = open_picture(io.BytesIO(large), sniff(large), exact=False, max_pixels=10**8)
    assert (picture.decode_mode, scaled.decode_mode) == ("exact", "fast/2")
    assert len(hasher.hash(scaled)[0]) * 8 == hasher.spec.bits
