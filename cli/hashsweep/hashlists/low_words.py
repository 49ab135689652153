"""What the search for possible matches needs of each list, in files that all workers map.

Made when lists are opened and gone with the command: compiled lists do not hold it. Knows no rule.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from hashsweep.hashlists import container
from hashsweep.hashlists.access import Scratch
from hashsweep.hashlists.compiled import CompiledList
from hashsweep.hashlists.container import Container
from hashsweep.matching.possible import Prepared, prepare


def list_searchable(lists: Iterable[CompiledList]) -> list[CompiledList]:
    """Return the lists with PDQs that can match: those of harmless files never do."""
    return [each for each in lists if not each.known_good and "pdq" in each.algorithms]


def write_low_words(
    lists: Iterable[CompiledList], scratch: Scratch, *, indexed: bool
) -> Iterator[tuple[str, str, str]]:
    """Yield (name, path, stamp) of a file of `scratch` for each list that has PDQs.

    Without an index each search takes longer, and making it ready takes less. Raises OSError.
    """
    for each in list_searchable(lists):
        path = scratch.new()
        container.write(path, {}, prepare(each.column("pdq").hashes, indexed=indexed))
        scratch.finish(path)
        yield each.name, str(path), Container(path, verify=False).stamp


def open_low_words(path: str, stamp: str) -> Prepared:
    """Map such a file; raises ListError if it is not the one that was written."""
    opened = Container(Path(path), verify=False, stamp=stamp)
    return {name: opened.array(name) for name in opened.names}
