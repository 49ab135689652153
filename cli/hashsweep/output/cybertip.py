"""The `fileDetails` of a matched file for a CyberTipline report, as XML or JSON.

The elements and their order are those of NCMEC's documentation of its reporting API (Appendix C of
https://report.cybertip.org/ispws/documentation); out of order they are rejected. A fragment lacks
`reportId` and `fileId`, which go first and come from NCMEC. Nothing is submitted here. Whether
anyone has viewed a file is for the reporter to say: no element that says so is ever set.

Knows no file and no terminal.
"""

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree as ET

from hashsweep import __version__
from hashsweep.analysis.matched_files import MatchedFile
from hashsweep.report.sweep_json import SweepInfo

FILE_DETAILS = (
    *("reportId", "fileId", "originalFileName", "uploadedToEspTimestamp", "locationOfFile"),
    *("fileViewedByEsp", "exifViewedByEsp", "publiclyAvailable", "fileRelevance"),
    *("fileAnnotations", "industryClassification", "originalFileHash", "ipCaptureEvent"),
    *("deviceId", "details", "additionalInfo"),
)
"""The elements of `fileDetails`, in the order that NCMEC requires."""

ANNOTATIONS = (
    *("animeDrawingVirtualHentai", "potentialMeme", "viral", "possibleSelfProduction"),
    *("physicalHarm", "violenceGore", "bestiality", "liveStreaming", "infant", "generativeAi"),
)
"""The elements of `fileAnnotations`, in order."""

CLASSIFICATIONS = ("A1", "A2", "B1", "B2")
"""What `industryClassification` can be."""

HASH_TYPES = {"md5": "MD5", "sha1": "SHA1", "sha256": "SHA256"}
"""Digests as `originalFileHash` names them (hashType), in output order."""

NAME_LONGEST, URL_LONGEST = 2056, 2083
"""Characters that `originalFileName` and `locationOfFile` may have (inclusive)."""

SCHEMA = "https://report.cybertip.org/ispws/xsd"

# Control characters, which XML lacks or does not preserve, and noncharacters (XML 1.0,
# section 2.2); lone surrogates are bytes of names that are not UTF-8.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class ListSays:
    """The user's mappings from what lists say to NCMEC's terms.

    `annotations` pairs an annotation with a label or category of a list, `classifications` a
    classification with one; both are compared literally.
    """

    annotations: tuple[tuple[str, str], ...] = field(default=())
    classifications: tuple[tuple[str, str], ...] = field(default=())

    @property
    def texts(self) -> set[str]:
        """The labels and categories that are mapped."""
        return {text for _, text in (*self.annotations, *self.classifications)}


def file_details(file: MatchedFile, says: ListSays, sweep: SweepInfo) -> dict[str, Any]:
    """Return the elements of one file, in order; `sweep` is what `sweep.json` says."""
    name, url = fit(_base(file.uri)), _web(file.uri)
    met = texts_of(file)
    annotations = {annotation for annotation, text in says.annotations if text in met}
    classes = sorted({each for each, text in says.classifications if text in met})
    found: dict[str, Any] = {
        "originalFileName": name[:NAME_LONGEST],
        "locationOfFile": url,
        "fileRelevance": "Reported",
        "fileAnnotations": {each: True for each in ANNOTATIONS if each in annotations},
        "industryClassification": classes[0] if len(classes) == 1 else None,
        "originalFileHash": [
            {"hashType": theirs, "value": file.digests[name].hex()}
            for name, theirs in HASH_TYPES.items()
            if name in file.digests
        ],
        "details": [*_details(file)],
        "additionalInfo": [*_remarks(file, sweep, classes, annotated=bool(annotations))],
    }
    return {element: found[element] for element in FILE_DETAILS if found.get(element)}


def texts_of(file: MatchedFile) -> set[str]:
    """Return the categories and labels of a file's matches."""
    return set().union(*({each["category"], *(each["labels"] or ())} for each in file.matches))


def _details(file: MatchedFile) -> Iterator[dict[str, Any]]:
    """Yield the file's own perceptual hashes, then each match."""
    own = {f"PDQ, {part}" if part else "PDQ": pdq.hex() for part, pdq in file.pdq.items()}
    matches = [
        {
            "match list": each["list"],
            "match entry": each["entry_id"],
            "match category": each["category"],
            "match algorithm": each["algorithm"],
            "match distance": f"{each['distance']} bits",
            "match variant": each.get("variant"),
            "match tier": each["tier"],
            "match frame": each["part"],
            "match decision": each.get("decision"),
        }
        for each in file.matches
    ]
    for facts in (own, *matches):
        pairs = [
            {"type": "HASH", "name": fit(name)[:64], "value": fit(value)}
            for name, value in facts.items()
            if value
        ]
        if pairs:
            yield {"nameValuePair": pairs}


def _remarks(
    file: MatchedFile, sweep: SweepInfo, classes: list[str], *, annotated: bool
) -> Iterator[str]:
    lists = ", ".join(dict.fromkeys(each["list"] for each in file.matches))
    started = sweep.started.isoformat(timespec="milliseconds")
    yield fit(
        f"Found by hashsweep {sweep.hashsweep} (report {sweep.run_id}, sweep of {started}), "
        "which compared hashes of the stored file with hash lists "
        f"({lists}). This was written by hashsweep {__version__}."
    )
    yield (
        "hashsweep has not shown this file or its metadata to anyone. It does not know or state "
        "whether anyone has viewed them elsewhere or whether the file was public. "
        "The file's name is the one it was stored under, and its hashes are of the file as stored."
    )
    if len(classes) == 1:
        yield f"The classification {classes[0]} is the list's, of the content that matched."
    elif classes:
        yield f"The lists classify the content that matched as {' and '.join(classes)}."
    if annotated:
        yield "The annotations are the list's, of the content that matched."


def as_json(details: Mapping[str, Any]) -> str:
    """Return one JSON object, ASCII, its members in the order of the elements."""
    return json.dumps({"fileDetails": details}, indent=2, ensure_ascii=True) + "\n"


def as_xml(details: Mapping[str, Any]) -> bytes:
    """Return an XML document in UTF-8 that lacks `reportId` and `fileId`."""
    root = ET.Element(
        "fileDetails",
        {
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:noNamespaceSchemaLocation": SCHEMA,
        },
    )
    root.append(ET.Comment(" reportId and fileId go here, first: NCMEC gives them "))
    for name, value in details.items():
        for each in value if isinstance(value, list) else [value]:
            _add(root, name, each)
    ET.indent(root)
    text: bytes = ET.tostring(root, "UTF-8", xml_declaration=True)
    return text + b"\n"


def _add(parent: ET.Element, name: str, value: Any) -> None:
    """Add an element: text, a hash with its type, annotations, or pairs of names and values."""
    made = ET.SubElement(parent, name)
    if isinstance(value, str):
        made.text = value
    elif name == "originalFileHash":
        made.set("hashType", value["hashType"])
        made.text = value["value"]
    elif name == "fileAnnotations":
        for each in value:
            ET.SubElement(made, each)
    else:
        for each in value["nameValuePair"]:
            pair = ET.SubElement(made, "nameValuePair", {"type": each["type"]})
            ET.SubElement(pair, "name").text = each["name"]
            ET.SubElement(pair, "value").text = each["value"]


def fit(text: str) -> str:
    r"""Return text that XML can hold: other characters become \xNN or \uNNNN."""
    return _UNFIT.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    if 0xDC80 <= code <= 0xDCFF:  # noqa: PLR2004 - a byte that os.fsdecode could not read
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"  # noqa: PLR2004


def _base(uri: str) -> str:
    """Return the last name in a path, an object's key or a web address."""
    if _web(uri):
        return posixpath.basename(unquote(urlsplit(uri).path)) or uri
    return posixpath.basename(uri.rstrip("/")) or uri


def _web(uri: str) -> str | None:
    """Return a web address if it can be reported: whole, short enough and ASCII; else None."""
    scheme, colon, rest = uri.partition("://")
    if not colon or scheme not in ("http", "https") or len(uri) > URL_LONGEST:
        return None
    fits = uri.isascii() and uri.isprintable() and not set(' "<>\\^`{|}@?#') & set(rest)
    return uri if fits and not rest.startswith(("/", ":")) else None
