"""The names of the devices' XML dialect, read from one data file."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Final

_REMEMBERED_TAGS: Final = 1024


class Names:
    """Maps tags to fields, whatever their case or namespace; remembers the tags it has met, up to a bound."""

    def __init__(self, fields: dict[str, list[str]]) -> None:
        self._fields = {name.lower(): field for field, names in fields.items() for name in names}
        self._met: dict[str, str | None] = {}
        self.display = {field: names[0] for field, names in fields.items()}

    def field(self, tag: str) -> str | None:
        """The field that a tag such as ``{urn:x}macaddress`` means, or None."""
        try:
            return self._met[tag]
        except KeyError:
            field = self._fields.get(tag.rpartition("}")[2].lower())
            if len(self._met) < _REMEMBERED_TAGS and len(tag) <= 256:
                self._met[tag] = field
            return field


def _load() -> dict[str, Names]:
    text = files("device_update_contract.device_messages").joinpath("dialect.toml").read_text(encoding="utf-8")
    return {section: Names(fields) for section, fields in tomllib.loads(text).items()}


_SECTIONS = _load()
REQUEST: Final = _SECTIONS["request"]
MODULE: Final = _SECTIONS["module"]
LAST_INSTALL: Final = _SECTIONS["last_install"]
