"""The interface of every hasher. Knows no algorithm."""

from typing import TYPE_CHECKING, Protocol

from hashsweep.model import HashSpec

if TYPE_CHECKING:  # numpy and Pillow are slow to import, and `--help` reads this module
    from hashsweep.media.picture import Picture


class Running(Protocol):
    """A digest being fed; such as hashlib's objects."""

    def update(self, chunk: bytes, /) -> None:
        """Add the next bytes of the file."""

    def digest(self) -> bytes:
        """Return the hash of all bytes so far."""


class BytesHasher(Protocol):
    """Hashes a file's bytes. `known` pairs inputs with the hex they must give."""

    spec: HashSpec
    known: tuple[tuple[bytes, str], ...]

    def start(self) -> Running:
        """Return a new digest."""


class Undecided(Exception):
    """A picture decoded at reduced scale leaves too many bits of a hash undecided."""


class PictureHasher(Protocol):
    """Hashes a decoded picture.

    `known` pairs the name of a drawn test picture (tests/drawings.py) with the hex that the
    algorithm's own reference implementation gives for it.
    """

    spec: HashSpec
    known: tuple[tuple[str, str], ...]

    def hash(self, picture: "Picture") -> tuple[bytes, int | None]:
        """Return the hash (spec.bits / 8 bytes) and its quality (0-100), if it has one.

        Raises Undecided if only the full picture can decide; never for a full picture.
        """


Hasher = BytesHasher | PictureHasher
