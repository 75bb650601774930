"""Which certificate a service had when a person accepted it: one line each in a file of the user's settings.

A fingerprint is no secret, so the file is an ordinary one; whoever can write it can write this user's programs too.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from device_update_console.core.connections.addresses import ServerAddress
from device_update_console.core.files.file_locks import locked
from device_update_console.core.files.system_errors import system_error_text
from device_update_console.core.texts.language import text
from device_update_contract.refusals import InvalidValue, Refusal

_FIRST_LINE = "# Services whose certificate is trusted by its SHA-256 fingerprint: delete a line to forget one."


class PinsUnusable(Refusal):
    """The file cannot be read or written, or is not of its form."""

    code = "pins-unusable"


class PinnedServices:
    """The accepted certificates; ``path`` need not exist."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def known(self, server: ServerAddress) -> ServerAddress:
        """The service with its accepted certificate, or as it is when there is none.

        Raises:
            PinsUnusable: the file cannot be understood; to go on without it would trust more than was accepted.
        """
        fingerprint = self._read().get(server.origin)
        if fingerprint is None:
            return server
        try:
            return server.pinned(fingerprint)
        except InvalidValue as error:
            raise PinsUnusable(
                text("{path}, the line of {origin}: {why}", path=self.path, origin=server.origin, why=error.sentence)
            ) from error

    def remember(self, server: ServerAddress) -> None:
        """Keep the service's certificate instead of an earlier one; a service without one is left as it is.

        Raises:
            PinsUnusable: that is impossible.
        """
        if server.pin is None:
            return
        if self._read().get(server.origin) == server.pin:
            return
        written = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        try:
            with locked(self.path):  # another program may have accepted another one meanwhile
                pins = {**self._read(), server.origin: server.pin}
                lines = (f"{origin} {pin}" for origin, pin in sorted(pins.items()))
                written.write_text("\n".join((_FIRST_LINE, *lines, "")), encoding="utf-8")
                written.replace(self.path)
        except OSError as error:
            raise PinsUnusable(
                text("{name} cannot be written: {why}.", name=self.path, why=system_error_text(error))
            ) from error

    def _read(self) -> dict[str, str]:
        try:
            content = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeError) as error:
            raise PinsUnusable(text("{name} cannot be read.", name=self.path)) from error
        lines = (line.split(maxsplit=1) for line in content.splitlines() if line.strip() and not line.startswith("#"))
        return {parts[0]: parts[-1] for parts in lines}


def place_of_pins(environment: Mapping[str, str]) -> Path:
    """Where the file is: below ``XDG_CONFIG_HOME``, or ``.config`` in the user's home."""
    given = Path(environment.get("XDG_CONFIG_HOME", ""))
    folder = given if given.is_absolute() else Path.home() / ".config"
    return folder / "device-update" / "pinned-certificates"
