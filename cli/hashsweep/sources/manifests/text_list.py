"""One URI or path per line (or ended by NUL); lines that begin with # are comments."""

from hashsweep.sources.manifests.base import Contents, DataFile, Layout, Manifest


class TextList:
    """See hashsweep.sources.manifests.base.ManifestFormat."""

    description = "one URI or path per line; lines that begin with `#` are comments"

    @staticmethod
    def recognises(manifest: Manifest) -> bool:  # noqa: ARG004
        """Anything else."""
        return True

    @staticmethod
    def contents(manifest: Manifest) -> Contents:
        """Return the one file."""
        layout = Layout({"uri": ("uri",)}, base=manifest.options.base)
        files = (DataFile(manifest.uri),)
        return Contents(files, "text", layout, null=manifest.options.null)
