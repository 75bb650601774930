"""How much the store holds, for the service's own description (contract section 5, ``GET /server``)."""

from __future__ import annotations

from dataclasses import dataclass

from device_update_service.storage import tables


@dataclass(frozen=True, slots=True)
class StoredCounts:
    """Numbers of things; `image_bytes` counts a file once however many updates share it."""

    devices: int
    rules: int
    pending: int
    deployed: int
    packages: int
    test_devices: int
    images: int
    image_bytes: int


_COUNTS = """
SELECT
    (SELECT coalesce(sum(devices), 0) FROM device_count),
    (SELECT count(*) FROM rule WHERE removed = 0),
    (SELECT count(*) FROM rule_slot WHERE slot = 'pending'),
    (SELECT count(*) FROM rule_slot WHERE slot = 'approved'),
    (SELECT count(*) FROM package),
    (SELECT count(*) FROM test_device),
    count(*), coalesce(sum(size), 0)
FROM (
    SELECT sha256, size FROM image_file JOIN rule_update ON rule_update.id = update_id WHERE stored = 1
    UNION
    SELECT signature_sha256, signature_size FROM image_file JOIN rule_update ON rule_update.id = update_id
    WHERE stored = 1 AND signature_sha256 IS NOT NULL
)
"""


def stored_counts() -> StoredCounts:
    """The numbers now; devices come from maintained counters."""
    row = tables.DATABASE.execute_sql(_COUNTS).fetchone()
    return StoredCounts(*(int(number) for number in row))
