"""A JPEG taken apart into its segments, so that a test can put them together in another way.

    parts = take_apart(data)             header and scans, in their order
    put_together(parts[:-1], parts[-1])  a file again

Written for the files that Pillow makes; a walker of its own, which shares nothing with the one
that is tested.
"""

from dataclasses import dataclass, replace

DQT, DHT, SOF, SOS, DRI, COM, APP, EOI = 0xDB, 0xC4, 0xC2, 0xDA, 0xDD, 0xFE, 0xE5, 0xD9


@dataclass(frozen=True)
class Part:
    """One segment: its marker's code, its body, and a scan's entropy-coded data."""

    code: int
    body: bytes
    entropy: bytes = b""

    def to_bytes(self) -> bytes:
        """Return it as it stands in a file."""
        return (
            bytes((0xFF, self.code)) + (len(self.body) + 2).to_bytes(2) + self.body + self.entropy
        )

    @property
    def band(self) -> tuple[int, int]:
        """The first and last coefficient of a scan."""
        return self.body[-3], self.body[-2]

    @property
    def components(self) -> bytes:
        """The components of a scan."""
        return self.body[1:-3:2]


def take_apart(data: bytes) -> list[Part]:
    """Return the segments between the start and the end of a JPEG."""
    parts, at = [], 2
    while data[at + 1] != EOI:
        header_end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        end = header_end
        if data[at + 1] == SOS:
            while data[end] != 0xFF or data[end + 1] == 0 or 0xD0 <= data[end + 1] <= 0xD7:
                end += 1
        parts.append(Part(data[at + 1], data[at + 4 : header_end], data[header_end:end]))
        at = end
    return parts


def put_together(parts: list[Part]) -> bytes:
    """Return a JPEG of these segments."""
    return b"\xff\xd8" + b"".join(part.to_bytes() for part in parts) + b"\xff\xd9"


def scan_groups(parts: list[Part]) -> tuple[list[Part], list[list[Part]]]:
    """Return the header, and for each scan the tables before it and itself."""
    first = next(at for at, part in enumerate(parts) if part.code == DHT)
    groups: list[list[Part]] = [[]]
    for part in parts[first:]:
        groups[-1].append(part)
        if part.code == SOS:
            groups.append([])
    return parts[:first], groups[:-1]


def with_steps(tables: Part, factor: int, first: int = 1) -> Part:
    """Return quantizers of 8 bits, those of AC (with `first` 0 that of DC, too) times `factor`."""
    body = bytearray(tables.body)
    for at, step in enumerate(body):
        place = at % 65
        if place > first:
            body[at] = min(step * factor, 255)
    return replace(tables, body=bytes(body))
