"""Which device logs are accepted, and what a stored one is called (contract sections 3.4 and 8)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from device_update_contract.refusals import Refusal

MAX_LABEL: Final = 260
"""Characters of the sender's file name that are kept as a label."""

_NAME_PARTS: Final = re.compile(r"[^A-Za-z0-9._-]+")


class LogTypeNotAccepted(Refusal):
    """Logs of this type are not stored."""

    code = "log-type-not-accepted"


class LogExtensionNotAccepted(Refusal):
    """Files with this extension are not stored."""

    code = "log-extension-not-accepted"


class LogTooLarge(Refusal):
    """More bytes came than a log may have."""

    code = "log-too-large"


class LogStoreFull(Refusal):
    """There is no room for another log."""

    code = "log-store-full"


class LogDiskFull(LogStoreFull):
    """The disk has no room for another log, whatever the quota says."""

    def __init__(self) -> None:
        super().__init__("The disk of the log store has no room for this log.")


@dataclass(frozen=True, slots=True)
class LogPolicy:
    """What the settings say of device logs; sizes in bytes."""

    types: tuple[str, ...]
    extensions: frozenset[str]
    largest: int
    quota: int

    def accepted_type(self, given: str) -> str:
        """The type in the spelling of the settings, whatever case the device writes it in.

        Raises:
            LogTypeNotAccepted.
        """
        for known in self.types:
            if known.lower() == given.lower():
                return known
        raise LogTypeNotAccepted(
            f"Logs of the type {given[:64]!r} are not stored here.", parameters={"log_type": given[:64]}
        )

    def accepted_extension(self, label: str) -> str:
        """The extension of a file name, from its last dot on, in lower case.

        Raises:
            LogExtensionNotAccepted.
        """
        dot = label.rfind(".")
        extension = label[dot:].lower() if dot >= 0 else ""
        if extension in self.extensions:
            return extension
        shown = f"with the extension {extension[:32]!r}" if extension else "without an extension"
        raise LogExtensionNotAccepted(f"Logs {shown} are not stored here.", parameters={"extension": extension[:32]})

    def too_large(self, limit: int) -> LogTooLarge:
        """The refusal of a log that is larger than it may be."""
        return LogTooLarge(f"A log has at most {limit} bytes.", parameters={"limit": limit})

    def full(self) -> LogStoreFull:
        """The refusal of a log for which there is no room."""
        return LogStoreFull(
            f"All logs together have at most {self.quota} bytes, and there is no room for this one until clean-up.",
            parameters={"quota": self.quota},
        )


def label_of(file_name: str) -> str:
    """The last part of the sender's file name, as people are to see it; never used as a path.

    One that is too long is cut before its extension, by which it is accepted or not.
    """
    last = file_name.replace("\\", "/").rpartition("/")[2]
    label = "".join(character for character in last if character.isprintable()).strip()
    name, dot, ending = label.rpartition(".")
    kept = MAX_LABEL - len(dot + ending)
    return name[:kept] + dot + ending if name and kept > 0 else label[:MAX_LABEL]


def readable_name(device_type: str, identifier: str, log_type: str, at: datetime, extension: str, number: int) -> str:
    """The name of a log's readable copy; ``number`` tells those of one second apart.

    ``<device type>_<identifier>-<YYYYMMDD>-<LogType><HHMMSS>_<n>.<ext>``, in UTC. What no file system likes becomes
    ``_``; a device without identifiers is ``unknown``.
    """
    moment = at.astimezone(UTC)
    parts = (_safe(device_type), _safe(identifier) or "unknown", _safe(log_type))
    return f"{parts[0]}_{parts[1]}-{moment:%Y%m%d}-{parts[2]}{moment:%H%M%S}_{number}{extension}"


def folder_of(log_type: str) -> str:
    """The folder of a type's readable copies; ``_`` for a type of dots, which names none."""
    return _safe(log_type) or "_"


def _safe(text: str) -> str:
    return _NAME_PARTS.sub("_", text.strip()).strip(".")
