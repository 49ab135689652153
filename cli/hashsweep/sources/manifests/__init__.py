"""Manifest formats: each is one file here and one line below. Knows no item."""

from hashsweep.registry import Registry
from hashsweep.sources.manifests.base import Contents, DataFile, Layout, Manifest, ManifestFormat

MANIFESTS: Registry[ManifestFormat] = Registry(
    "hashsweep.manifests",
    "manifest format",
    {
        "s3-inventory": "hashsweep.sources.manifests.s3_inventory:S3Inventory",
        "gcs-inventory": "hashsweep.sources.manifests.gcs_inventory:GcsInventory",
        "azure-inventory": "hashsweep.sources.manifests.azure_inventory:AzureInventory",
        "s3-batch": "hashsweep.sources.manifests.s3_batch:S3Batch",
        "parquet": "hashsweep.sources.manifests.parquet_list:ParquetList",
        "jsonl": "hashsweep.sources.manifests.jsonl_list:JsonlList",
        "csv": "hashsweep.sources.manifests.csv_list:CsvList",
        "text": "hashsweep.sources.manifests.text_list:TextList",
    },
)
"""In the order in which they are tried; the last one accepts anything."""

__all__ = ["MANIFESTS", "Contents", "DataFile", "Layout", "Manifest", "ManifestFormat"]
