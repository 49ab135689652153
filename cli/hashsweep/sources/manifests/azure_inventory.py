"""Azure Storage's blob inventory: a manifest, its checksum, and files as CSV or Parquet.

See Microsoft's "Azure Storage blob inventory". `Name` begins with the container; `Content-MD5` is
the base64 of the MD5 of the content, if the uploader gave one.
"""

from urllib.parse import urlsplit

from hashsweep.sources.manifests.base import (
    Condition,
    Contents,
    Layout,
    Manifest,
    check_manifest,
)
from hashsweep.sources.manifests.beside import find_data_file

LAYOUT = Layout(
    {
        "key": ("name",),
        "size": ("contentlength",),
        "mtime": ("lastmodified",),
        "etag": ("etag",),
        "version": ("versionid",),
        "md5": ("contentmd5",),
        "class": ("accesstier",),
    },
    scheme="az",
    skipped=(
        ("deleted", Condition("deleted", frozenset({"true"}))),
        ("folder-marker", Condition("hdiisfolder", frozenset({"true"}))),
    ),
    older=(Condition("iscurrentversion", frozenset({"false"})), Condition("snapshot", None)),
    archived=(Condition("accesstier", frozenset({"Archive"})),),
    unfetchable=(Condition("snapshot", None),),
    ours=frozenset(
        {
            *("creationtime", "contenttype", "contentencoding", "contentlanguage"),
            *("contentcrc64", "cachecontrol", "contentdisposition", "cachedisposition"),
            *("blobtype", "accesstierchangetime", "accesstierinferred", "leasestatus"),
            *("leasestate", "leaseduration", "serverencrypted", "customerprovidedkeysha256"),
            *("rehydratepriority", "archivestatus", "lastaccesstime", "encryptionscope"),
            *("incrementalcopy", "xmsblobsequencenumber", "tagcount", "iscurrentversion"),
            *("snapshot", "deleted", "deletedid", "deletedtime", "remainingretentiondays"),
            *("versionid", "copyid", "copystatus", "copysource", "copyprogress"),
            *("copycompletiontime", "copystatusdescription", "immutabilitypolicyuntildate"),
            *("immutabilitypolicymode", "legalhold", "hdiisfolder", "owner", "group"),
            *("permissions", "acl", "etag"),
        }
    ),
)


class AzureInventory:
    """See hashsweep.sources.manifests.base.ManifestFormat."""

    description = "Azure blob inventory: CSV or Parquet"

    @staticmethod
    def recognises(manifest: Manifest) -> bool:
        """The manifest names its rule."""
        return b'"destinationContainer"' in manifest.head and "ruleDefinition" in manifest.json

    @staticmethod
    def contents(manifest: Manifest) -> Contents:
        """Check that the inventory is finished and of blobs, and list its files."""
        said = manifest.json
        name = manifest.uri.rpartition("/")[2]
        try:
            status = said["status"]
            rule = said["ruleDefinition"]
            container = said["destinationContainer"]
            files = tuple(
                find_data_file(
                    manifest,
                    _container(manifest, container),
                    each["blob"],
                    int(each["size"]) if "size" in each else None,
                )
                for each in said["files"]
            )
            kind, listed = rule["format"].lower(), rule.get("objectType", "blob").lower()
            rows = said.get("summary", {}).get("objectCount")
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise manifest.damage_error(
                f"it is not a blob inventory manifest: {error!r}"
            ) from error
        if status != "Succeeded":
            raise manifest.damage_error(f"the inventory is not finished: its status is {status}")
        if listed != "blob":
            raise manifest.damage_error(f"it lists each {listed}, not blobs")
        check_manifest(manifest, f"{name.removesuffix('.json')}.checksum")
        if kind not in ("csv", "parquet"):
            raise manifest.damage_error(f"its format is {kind}")
        return Contents(files, "parquet" if kind == "parquet" else "csv", LAYOUT, rows=rows)


def _container(manifest: Manifest, named: str) -> str:
    """Return the container as a URI, with the scheme used for the manifest."""
    parts = urlsplit(manifest.uri)
    if parts.scheme in ("http", "https"):
        return f"{parts.scheme}://{parts.netloc}/{named}"
    return f"az://{named}"
