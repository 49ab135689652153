"""Amazon S3 Inventory: manifest.json, its checksum, and data files as CSV, Parquet or ORC.

See the S3 user guide, "Cataloging and analyzing your data with S3 Inventory". Cloud Custodian
(issue 1997) reports keys whose spaces are written as plus signs. An ETag is a change token: it is
not the MD5 of objects uploaded in parts or encrypted with KMS.
"""

from hashsweep.sources.manifests.base import (
    Condition,
    Contents,
    Layout,
    Manifest,
    check_manifest,
    plain,
)
from hashsweep.sources.manifests.beside import find_data_file

ARCHIVED = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Storage classes that have to be restored first; GLACIER_IR is read like any other."""

_TIERS = frozenset({"ARCHIVE", "DEEP_ARCHIVE", "ARCHIVE_ACCESS", "DEEP_ARCHIVE_ACCESS"})
_KINDS = {"csv": "csv", "parquet": "parquet", "orc": "orc"}

FIELDS = {
    "bucket": ("bucket",),
    "key": ("key",),
    "size": ("size",),
    "mtime": ("lastmodifieddate",),
    "etag": ("etag",),
    "version": ("versionid",),
    "class": ("storageclass",),
}
_OURS = frozenset(
    {
        *("islatest", "isdeletemarker", "ismultipartuploaded", "replicationstatus"),
        *("encryptionstatus", "objectlockretainuntildate", "objectlockmode"),
        *("objectlocklegalholdstatus", "intelligenttieringaccesstier", "bucketkeystatus"),
        *("checksumalgorithm", "objectaccesscontrollist", "lifecycleexpirationdate"),
    }
)


class S3Inventory:
    """See hashsweep.sources.manifests.base.ManifestFormat."""

    description = "Amazon S3 Inventory: CSV, Parquet or ORC"

    @staticmethod
    def recognises(manifest: Manifest) -> bool:
        """The manifest names a schema."""
        return b'"fileSchema"' in manifest.head and "fileSchema" in manifest.json

    @staticmethod
    def contents(manifest: Manifest) -> Contents:
        """Check the manifest's own checksum, and list its data files."""
        check_manifest(manifest, "manifest.checksum")
        said = manifest.json
        try:
            kind = _KINDS[said["fileFormat"].lower()]
            destination = said["destinationBucket"].rpartition(":")[2]
            files = tuple(
                find_data_file(
                    manifest,
                    f"s3://{destination}",
                    each["key"],
                    int(each["size"]),
                    each["MD5checksum"].lower(),
                )
                for each in said["files"]
            )
            names = tuple(name.strip() for name in said["fileSchema"].split(","))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise manifest.damage_error(f"it is not an S3 Inventory manifest: {error!r}") from error
        layout = Layout(
            FIELDS,
            encoded=kind == "csv",
            skipped=(("delete-marker", Condition("isdeletemarker", frozenset({"true"}))),),
            older=(Condition("islatest", frozenset({"false"})),),
            archived=(
                Condition("storageclass", ARCHIVED),
                Condition("intelligenttieringaccesstier", _TIERS),
            ),
            ours=_OURS,
        )
        if kind == "csv":
            if not {"bucket", "key"} <= {plain(name) for name in names}:
                raise manifest.damage_error("its fileSchema has no Bucket and Key")
            return Contents(files, "csv", layout, names)
        return Contents(files, "parquet" if kind == "parquet" else "orc", layout)
