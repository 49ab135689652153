"""Google Cloud Storage's inventory reports: a manifest and its shards as CSV or Parquet.

See Google's "Storage Insights inventory reports". `md5Hash` is the base64 of the content's MD5;
composite objects have none.
"""

from hashsweep.sources.manifests.base import Condition, Contents, Layout, Manifest
from hashsweep.sources.manifests.beside import find_shard

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
            files = tuple(
                find_shard(manifest, str(name)) for name in said["report_shards_file_names"]
            )
            config = said.get("report_config") or {}
            csv = config.get("csv_options") or config.get("csvOptions")
            rows = said.get("records_processed")
            fields = (
                config.get("object_metadata_report_options", {}).get("metadata_fields")
                or config.get("objectMetadataReportOptions", {}).get("metadataFields")
                or DEFAULT
            )
            counted = said.get("shard_count", len(files))
        except (KeyError, TypeError, AttributeError) as error:
            raise manifest.damage_error(f"it is not an inventory manifest: {error!r}") from error
        if counted != len(files):
            raise manifest.damage_error(f"it announces {counted} shards but names {len(files)}")
        if csv is None and all(file.uri.endswith(".parquet") for file in files):
            return Contents(files, "parquet", LAYOUT, rows=rows)
        csv = csv or {}
        has_header = csv.get("header_required", csv.get("headerRequired", True))
        names = None if has_header else tuple(map(str, fields))
        return Contents(files, "csv", LAYOUT, names, csv.get("delimiter") or ",", rows)
