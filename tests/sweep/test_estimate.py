"""Estimates: what would be done, counted, and a sample of it measured."""

import pytest

from hashsweep.sweep.config import ScanConfig
from hashsweep.sweep.estimate import SAMPLE, estimate
from hashsweep.sweep.plan import build_plan
from support.drawings import jpeg, scene
from support.inventories import gcs_inventory, gcs_row


def estimated(**options):
    """An estimate of a sweep with these options."""
    options.setdefault("hashes", ("sha256",))
    options.setdefault("engine", "serial")
    with build_plan(ScanConfig(**options)) as plan:
        return estimate(plan)


def test_a_folder(tmp_path):
    """Items, bytes, endings, skips; a sample says how long."""
    for number in range(5):
        (tmp_path / f"{number}.JPG").write_bytes(jpeg(scene(number, 64, 64)))
    (tmp_path / "README").write_bytes(b"text")
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "link.jpg").symlink_to("0.JPG")
    found = estimated(sources=(str(tmp_path),))
    total = sum(path.stat().st_size for path in tmp_path.iterdir() if not path.is_symlink())

    assert (found.items, found.read, found.bytes) == (7, 7, total)
    assert found.formats == {".jpg": 5, "(none)": 1, ".png": 1}
    assert found.skipped == {"symlink": 1}
    assert found.requests.total() == 0
    assert (found.sampled, found.sampled_failed) == (6, 1) or found.sampled_failed == 0
    assert found.seconds is not None


def test_more_than_the_sample(tmp_path):
    """What is not in the sample is counted, and the time is that of all."""
    listing = tmp_path / "list.txt"
    (tmp_path / "a.bin").write_bytes(b"x" * 1000)
    listing.write_text(f"{tmp_path}/a.bin\n" * 3 * SAMPLE)
    found = estimated(manifests=(str(listing),))

    assert (found.items, found.sampled) == (3 * SAMPLE, SAMPLE - 1)
    assert found.seconds == pytest.approx(found.sampled_seconds / found.sampled * 3 * SAMPLE)


def test_what_is_not_read_is_told_apart(tmp_path):
    """Stated digests cost nothing; an item without one would fail; shards are left to others."""
    rows = [gcs_row(f"{number}.jpg", b"x" * number) for number in range(1, 50)]
    rows.append(gcs_row("none.jpg", b"", md5Hash=None))
    manifest = gcs_inventory(tmp_path, rows)
    found = estimated(manifests=(str(manifest),), digest_only=True, hashes=("md5",))
    part = estimated(manifests=(str(manifest),), digest_only=True, hashes=("md5",), shard=(1, 2))

    assert (found.read, found.digest_from_source, found.seconds) == (0, 49, None)
    assert found.failed == {"list: no-digest": 1}
    assert part.items + part.in_other_shards == 50
    assert 0 < part.items < 50


def test_requests_to_stores_are_counted(tmp_path):
    """One for each object, more for large ones; unknown sizes are told."""
    listing = tmp_path / "list.csv"
    listing.write_text("uri,size\ns3://b/small,5\ns3://b/large,20000000\ns3://b/unknown,\n")
    found = estimated(
        manifests=(str(listing),), retries=0, endpoint="http://127.0.0.1:9", anonymous=True
    )

    assert found.requests["get"] == 1 + 3 + 1
    assert (found.unsized, found.read_bytes) == (1, 20_000_005)
    assert (found.sampled_failed, found.sampled, found.seconds) == (2, 2, None)
    assert found.to_json()["requests"]["get"] == 5
