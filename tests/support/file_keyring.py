"""A keyring in a file that the environment names, so that commands of separate processes share it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

from keyring.backend import KeyringBackend

PLACE: Final = "DEVICE_UPDATE_TEST_KEYRING"
"""The environment variable with the file's path."""
BACKEND: Final = "tests.support.file_keyring.FileKeyring"
"""For the environment variable PYTHON_KEYRING_BACKEND."""


class FileKeyring(KeyringBackend):
    """Keeps secrets readable in a JSON file: for tests."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        return self._secrets().get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._write({**self._secrets(), f"{service} {username}": password})

    def delete_password(self, service: str, username: str) -> None:
        secrets = self._secrets()
        del secrets[f"{service} {username}"]
        self._write(secrets)

    def _secrets(self) -> dict[str, str]:
        path = Path(os.environ[PLACE])
        secrets: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        return secrets

    def _write(self, secrets: dict[str, str]) -> None:
        Path(os.environ[PLACE]).write_text(json.dumps(secrets))
