"""The definition of a match: the Hamming distance of two hashes. Every index must agree with it."""


def distance(left: bytes, right: bytes) -> int:
    """Return the number of bits in which two hashes of equal length differ."""
    if len(left) != len(right):
        raise ValueError(f"hashes of {len(left)} and {len(right)} bytes have no distance")
    return (int.from_bytes(left) ^ int.from_bytes(right)).bit_count()
