"""Containers of compiled lists byte by byte: with any table of contents, in any layout."""

import hashlib
import json

import numpy as np

from hashsweep.hashlists.container import sums

ALIGN = 64


def contain(contents, body=b"", version=2):
    """The bytes of a container with this table of contents, whose checksum is right."""
    table = contents if isinstance(contents, bytes) else json.dumps(contents).encode()
    start = 64 + len(body)
    fields = (start.to_bytes(8, "little"), len(table).to_bytes(8, "little"))
    size = (start + len(table)).to_bytes(8, "little")
    magic = b"HSWLST\x00" + bytes([version])
    return magic + b"".join(fields) + hashlib.sha256(table).digest() + size + body + table


def lay_out(arrays):
    """(body, lines): the arrays with their padding, and what a table of contents says of each."""
    body, lines = b"", {}
    for name, array in arrays.items():
        content = np.ascontiguousarray(array).tobytes()
        lines[name] = {
            "start": 64 + len(body),
            "shape": list(array.shape),
            "type": array.dtype.name,
            "sums": sums(np.frombuffer(content, np.uint8)),
        }
        body += content + bytes(-len(content) % ALIGN)
    return body, lines


def in_previous_layout(meta, arrays):
    """A list as the layout before this one has it: without a table of optional sections."""
    body, lines = lay_out(arrays)
    return contain({"meta": dict(meta), "sections": lines}, body, version=1)


def with_optional(meta, arrays, name, array, *, required):
    """A list with an optional section, as a later version may write it."""
    body, lines = lay_out({**arrays, name: array})
    line = lines.pop(name) | {"length": array.nbytes, "required": required}
    return contain({"meta": dict(meta), "sections": lines, "optional": {name: line}}, body)
