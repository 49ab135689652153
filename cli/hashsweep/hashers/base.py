"""What every hasher offers. Knows no algorithm."""

from typing import TYPE_CHECKING, Protocol

from hashsweep.model import HashSpec

if TYPE_CHECKING:  # numpy and Pillow take their time, and `--help` reads this module
    from hashsweep.media.picture import Picture


class Running(Protocol):
    """A digest being fed; hashlib's objects are such."""

    def update(self, chunk: bytes, /) -> None:
        """Take the next bytes of the file."""

    def digest(self) -> bytes:
        """Return the hash of all bytes so far."""


class BytesHasher(Protocol):
    """Hashes a file's bytes. `known` pairs inputs with the hex they must give."""

    spec: HashSpec
    known: tuple[tuple[bytes, str], ...]

    def start(self) -> Running:
        """Return a digest that has seen nothing yet."""


class Undecided(Exception):
    """A picture that was decoded at a reduced scale leaves too many bits of a hash open."""


class PictureHasher(Protocol):
    """Hashes a decoded picture.

    `known` pairs the name of a drawn test picture (tests/drawings.py) with the hex that the
    algorithm's own reference implementation gives for it.
    """

    spec: HashSpec
    known: tuple[tuple[str, str], ...]

    def hash(self, picture: "Picture") -> tuple[bytes, int | None]:
        """Return the hash (spec.bits / 8 bytes) and its quality (0-100), where it has one.

        Raises Undecided where only the full picture can tell; never if `picture` is that.
        """


Hasher = BytesHasher | PictureHasher
