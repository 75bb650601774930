"""Bringing a backup back into an empty data folder.

What a restore sets back was seen by others meanwhile. Sessions ended with the backup, so that none lives that was ended
since. Rules get change numbers that nobody can have seen: an answer to what a rule was before is refused. Numbers of
events are those of the clock, and a cursor names a position and no number, so both outlive it. The audit trail says
that it was set back, and to when.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from device_update_contract.administration.base import rfc3339
from device_update_contract.audit import AuditVerb
from device_update_service.domain.backups import Manifest
from device_update_service.storage.backups.backup_folder import read_backup
from device_update_service.storage.backups.named_rows import named_links
from device_update_service.storage.backups.restored_folder import restored_folder
from device_update_service.storage.data_folder import DataFolder
from device_update_service.storage.database import Database
from device_update_service.storage.rules.rule_writes import renumber_changes
from device_update_service.usecases.audit_trail import record_actions
from device_update_service.usecases.outcomes import Actor, AuditedAction

_SECONDS: Final = 600


def restore_backup(root: Path, target: DataFolder, *, actor: Actor, now: datetime) -> Manifest:
    """Put a backup into an empty data folder, all of it or nothing.

    Raises:
        BackupDamaged. NewerBackup. Refusal: one sentence on what stops it; the folder is as empty as before.
    """
    with read_backup(root) as (backup, manifest), restored_folder(target) as restored:
        for file in manifest.files:
            restored.take(backup, file)
        restored.link_logs(named_links(restored.stage.database))
        _note(restored.stage.database, manifest, actor, now)
        restored.appear()
        return manifest


def _note(path: Path, manifest: Manifest, actor: Actor, now: datetime) -> None:
    """Write to the restored audit trail that it was restored, and renumber the rules' changes."""
    made_at = rfc3339(manifest.made_at)
    action = AuditedAction(actor, AuditVerb.BACKUP_RESTORE, f"backup of {made_at}", None, {"made_at": made_at})
    database = Database(path)
    try:
        database.start()
        database.write(renumber_changes).result(_SECONDS)
        database.write(partial(record_actions, [action], now=now)).result(_SECONDS)
    finally:
        database.close()
