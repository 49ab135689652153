"""Google Cloud Storage's inventory reports: a manifest and its shards as CSV or Parquet.

See Google's "Storage Insights inventory reports". `md5Hash` is the base64 of the content's MD5;
composite objects have none.
"""

from hashsweep.sources.manifests.base import Condition, Contents, DataFile, Layout, Manifest
from hashsweep.storage.uris import is_remote

DEFAULT = (
    *("project", "bucket", "name", "location", "size", "timeCreated", "timeDeleted", "updated"),
    *("storageClass", "etag", "retentionExpirationTime", "crc32c", "md5Hash", "generation"),
    *("metageneration", "contentType", "contentEncoding", "timeStorageClassUpdated"),
)
"""The columns of a report whose configuration names none (gcloud storage insights)."""

LAYOUT = Layout(
    # its etag is not the one returned with an object
    {
        "bucket": ("bucket",),
        "key": ("name",),
        "size": ("size",),
        "mtime": ("updated",),
        "version": ("generation",),
        "md5": ("md5hash",),
        "class": ("storageclass",),
    },
    scheme="gs",
    older=(Condition("timedeleted", None),),
    ours=frozenset(
        {
            *("project", "location", "timecreated", "timedeleted", "etag", "crc32c"),
            *("retentionexpirationtime", "generation", "metageneration", "contenttype"),
            *("contentencoding", "timestorageclassupdated"),
        }
    ),
)


class GcsInventory:
    """See hashsweep.sources.manifests.base.ManifestFormat."""

    description = "Google Cloud Storage's inventory reports: CSV or Parquet"

    @staticmethod
    def recognises(manifest: Manifest) -> bool:
        """The manifest names shards."""
        return b'"report_shards_file_names"' in manifest.head.replace(b" ", b"") or (
            b'"report_config"' in manifest.head and "report_shards_file_names" in manifest.json
        )

    @staticmethod
    def contents(manifest: Manifest) -> Contents:
        """List the shards, which are in the manifest's folder."""
        said = manifest.json
        try:
            shards = [_place(manifest, str(name)) for name in said["report_shards_file_names"]]
            config = said.get("report_config") or {}
            csv = config.get("csv_options") or config.get("csvOptions")
            rows = said.get("records_processed")
            fields = (
                config.get("object_metadata_report_options", {}).get("metadata_fields")
                or config.get("objectMetadataReportOptions", {}).get("metadataFields")
                or DEFAULT
            )
            counted = said.get("shard_count", len(shards))
        except (KeyError, TypeError, AttributeError) as error:
            raise manifest.damage_error(f"it is not an inventory manifest: {error!r}") from error
        if counted != len(shards):
            raise manifest.damage_error(f"it announces {counted} shards but names {len(shards)}")
        files = tuple(map(DataFile, shards))
        if csv is None and all(name.endswith(".parquet") for name in shards):
            return Contents(files, "parquet", LAYOUT, rows=rows)
        csv = csv or {}
        has_header = csv.get("header_required", csv.get("headerRequired", True))
        names = None if has_header else tuple(map(str, fields))
        return Contents(files, "csv", LAYOUT, names, csv.get("delimiter") or ",", rows)


def _place(manifest: Manifest, name: str) -> str:
    """Return a shard's URI; the name may be its full key or only the last part."""
    if is_remote(name):
        return name
    return manifest.beside(name.rpartition("/")[2])
