"""The names of the migrations that this version of the service brings."""

from __future__ import annotations

from pathlib import Path
from typing import Final

MIGRATIONS: Final = Path(__file__).parent / "migrations"


def known_migrations() -> tuple[str, ...]:
    """All of them, the oldest first."""
    return tuple(sorted(file.stem for file in MIGRATIONS.glob("[0-9]*.py")))
