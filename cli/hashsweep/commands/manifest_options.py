"""Options for manifests, which list what to scan. Knows no command."""

from typing import Any

import click

from hashsweep.commands.options import Command, stack_options

FIELDS = ("uri", "bucket", "key", "size", "mtime", "etag", "version", "md5", "class")
"""The fields of sources.manifests.base.FIELDS, repeated because an import would slow `--help`."""

FORMATS = (
    *("s3-inventory", "gcs-inventory", "azure-inventory", "s3-batch"),
    *("parquet", "jsonl", "csv", "text"),
)
"""The names of sources.manifests.MANIFESTS."""


class Mapped(click.ParamType[tuple[str, str]]):
    """FIELD=COLUMN."""

    name = "FIELD=COLUMN"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, str]:
        """Return (field, column)."""
        if isinstance(value, tuple):
            return value[0], value[1]
        field, _, column = value.partition("=")
        if field not in FIELDS or not column:
            text = f"{value!r} does not look like uri=object_url; fields: {', '.join(FIELDS)}"
            self.fail(text, param, ctx)
        return field, column


class Names(click.ParamType[tuple[str, ...]]):
    """COLUMN,COLUMN,..."""

    name = "COLUMN,COLUMN,..."

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, ...]:
        """Return the names."""
        if isinstance(value, tuple):
            return value
        names = tuple(name.strip() for name in value.split(","))
        if not all(names) or len(set(names)) < len(names):
            self.fail(f"{value!r} does not look like uri,size,content_id", param, ctx)
        return names


def manifest_options(command: Command) -> Command:
    """Options that name manifests and say how to read them."""
    return stack_options(
        command,
        click.option(
            "--manifest",
            "manifests",
            metavar="FILE",
            multiple=True,
            help="Scan what FILE lists: the manifest.json of an S3, GCS or Azure inventory, or a "
            "list of URIs and paths as text, CSV, JSON lines or Parquet. FILE can be a path, a URI "
            "or -. Its other columns go into the report.",
        ),
        click.option(
            "--manifest-format",
            type=click.Choice(FORMATS),
            help="The format of FILE.  [default: detected; s3-batch must be given]",
        ),
        click.option(
            "--manifest-map",
            type=Mapped(),
            multiple=True,
            help="Names of a list's columns: uri=object_url, md5=checksum. Fields: "
            f"{', '.join(FIELDS)}.",
        ),
        click.option(
            "--manifest-columns",
            type=Names(),
            default=(),
            help="The columns of a CSV list without a header, such as uri,size,content_id.",
        ),
        click.option(
            "--manifest-base",
            metavar="URI",
            default="",
            help="Put this before every URI or key of a list, such as s3://uploads/.",
        ),
        click.option(
            "--all-versions",
            is_flag=True,
            help="Also scan the versions in an inventory that are not current.",
        ),
        click.option(
            "--skip-archived",
            is_flag=True,
            help="Skip objects that would first have to be restored from the store's archive. "
            "They are counted; without this option they count as failed.",
        ),
        click.option(
            "--digest-only",
            is_flag=True,
            help="Read nothing: match the MD5s that the manifest states. An item without one "
            "counts as failed.",
        ),
    )
