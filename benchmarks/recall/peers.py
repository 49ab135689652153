"""What each peer finds: the plainest use that its documentation shows, in its own environment.

    python peers.py NAME JOB ANSWER

JOB is JSON: paths of `originals` and of `copies`. ANSWER is written: for every copy the numbers of
the originals that it matches, or null where the peer cannot hash it. Run by path, so nothing but
the peer is imported.
"""

import json
import sys
from collections.abc import Callable

Finder = Callable[[str], "set[int]"]

PDQ_DISTANCE, PDQ_QUALITY = 31, 50
"""Both inclusive: ThreatExchange, pdq/README.md, "Matching"; PdqSignal has the same numbers."""

PHASH_DISTANCE = 10
"""Inclusive. imagehash names no distance; 10 of 64 is what imagededup takes for the same hash
(`max_distance_threshold` in imagededup/methods/hashing.py)."""


def pdqhash(originals: list[str]) -> Finder:
    """PDQ of the picture as it is stored, decoded by Pillow."""
    import numpy
    import pdqhash
    from PIL import Image

    def hashed(path: str) -> tuple:
        with Image.open(path) as picture:
            return pdqhash.compute(numpy.asarray(picture.convert("RGB")))

    listed = [hashed(path) for path in originals]

    def find(path: str) -> set[int]:
        bits, quality = hashed(path)
        return {
            at
            for at, (other, its_quality) in enumerate(listed)
            if min(quality, its_quality) >= PDQ_QUALITY and (bits != other).sum() <= PDQ_DISTANCE
        }

    return find


def threatexchange(originals: list[str]) -> Finder:
    """What `threatexchange match -R photo` does with a file, by its own function."""
    import pathlib

    from threatexchange.cli.match_cmd import _match_file
    from threatexchange.signal_type.pdq.signal import PdqSignal

    values = [PdqSignal.hash_from_file(pathlib.Path(path)) for path in originals]
    index = PdqSignal.get_index_cls().build([(v, at) for at, v in enumerate(values) if v])

    def find(path: str) -> set[int]:
        found = _match_file(pathlib.Path(path), PdqSignal, index, rotations=True)
        return {each.match.metadata for each in found}

    return find


def perception(originals: list[str]) -> Finder:
    """PDQ of perception, a copy's eight isometric hashes against an original's one."""
    import numpy
    from perception.hashers import PDQHash

    hasher = PDQHash()

    def bits(value: object) -> numpy.ndarray:
        return hasher.string_to_vector(value) > 0

    listed = [bits(hasher.compute(path)) for path in originals]

    def find(path: str) -> set[int]:
        views = [bits(value) for value in hasher.compute_isometric(path).values()]
        return {
            at
            for at, other in enumerate(listed)
            if min((view != other).sum() for view in views) <= PDQ_DISTANCE
        }

    return find


def imagehash(originals: list[str]) -> Finder:
    """The 64-bit pHash of imagehash, decoded by Pillow."""
    import imagehash
    from PIL import Image

    def hashed(path: str) -> imagehash.ImageHash:
        with Image.open(path) as picture:
            return imagehash.phash(picture)

    listed = [hashed(path) for path in originals]

    def find(path: str) -> set[int]:
        value = hashed(path)
        return {at for at, other in enumerate(listed) if value - other <= PHASH_DISTANCE}

    return find


PEERS = {each.__name__: each for each in (pdqhash, threatexchange, perception, imagehash)}


def main() -> None:
    """Read the job, ask the peer about every copy, write the answer."""
    name, job, answer = sys.argv[1:]
    with open(job, encoding="utf-8") as stream:
        asked = json.load(stream)
    find = PEERS[name](asked["originals"])
    found: list[list[int] | None] = []
    for path in asked["copies"]:
        try:
            found.append(sorted(find(path)))
        except Exception as error:  # noqa: BLE001 - whatever a peer raises of a file
            print(f"{path}: {type(error).__name__}: {error}", file=sys.stderr)
            found.append(None)
    with open(answer, "w", encoding="utf-8") as stream:
        json.dump(found, stream)


if __name__ == "__main__":
    main()
