"""The protocols of hashers are those that the built-in ones keep."""

import hashlib
import inspect

from hashsweep.hashers import HASHERS
from hashsweep.hashers.base import BytesHasher, PictureHasher, Running


def test_hashlib_objects_are_running() -> None:
    """A hashlib object has all that a running digest needs."""
    wanted = {name for name in vars(Running) if not name.startswith("_")}
    assert wanted == {"update", "digest"}
    assert all(callable(getattr(hashlib.sha256(), name)) for name in wanted)


def test_built_in_hashers_keep_the_protocols() -> None:
    """Every hasher takes the arguments, by name, that its protocol says."""
    for name in HASHERS.names:
        hasher = HASHERS.load(name)
        protocol, method = (
            (BytesHasher, "start") if hasher.spec.reads == "bytes" else (PictureHasher, "hash")
        )
        wanted = list(inspect.signature(getattr(protocol, method)).parameters)[1:]
        assert list(inspect.signature(getattr(hasher, method)).parameters) == wanted
