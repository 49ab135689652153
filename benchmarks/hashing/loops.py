"""The plainest loop that a library's user would write; each prints one hash a file.

    python loops.py pdqhash FILE...

Run by path in the peer's own environment, so nothing but that peer is imported.
"""

import sys


def pdqhash(paths: list[str]) -> None:
    """PDQ of the whole picture by the C++ reference's binding, decoded by Pillow."""
    import numpy
    import pdqhash
    from PIL import Image

    for path in paths:
        with Image.open(path) as picture:
            bits, _ = pdqhash.compute(numpy.asarray(picture.convert("RGB")))
        print(numpy.packbits(bits).tobytes().hex())


def imagehash(paths: list[str]) -> None:
    """The 64-bit pHash of imagehash, decoded by Pillow."""
    import imagehash
    from PIL import Image

    for path in paths:
        with Image.open(path) as picture:
            print(imagehash.phash(picture))


def perception(paths: list[str]) -> None:
    """The 64-bit pHash of Thorn's perception, one file after another."""
    from perception.hashers import PHash

    hasher = PHash()
    for path in paths:
        print(hasher.compute(path, hash_format="hex"))


def imagededup(paths: list[str]) -> None:
    """The 64-bit pHash of imagededup, one file after another."""
    from imagededup.methods import PHash

    hasher = PHash(verbose=False)
    for path in paths:
        print(hasher.encode_image(image_file=path))


def libphash(paths: list[str]) -> None:
    """The 64-bit pHash of libphash, JPEGs decoded at 1/8 whatever their size."""
    import libphash

    config = libphash.Config(decode_scale=8)
    for result in libphash.hash_files(paths, config=config, threads=1):
        for value in result.hashes.values():
            print(libphash.hash_to_hex(value))


if __name__ == "__main__":
    loops = (pdqhash, imagehash, perception, imagededup, libphash)
    {loop.__name__: loop for loop in loops}[sys.argv[1]](sys.argv[2:])
