"""Tables of the help that are made of what the program itself goes by, so that they are never out of date."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from device_update_console.core.settings.setting_texts import setting_text
from device_update_console.core.texts.language import text
from device_update_console.core.verbs.offered_verbs import DEFINITIONS
from device_update_contract.settings import SETTINGS, Setting


def shortcuts_table() -> str:
    """Every verb with a shortcut; verbs of different nodes may share one."""
    rows: dict[str, dict[str, None]] = {}
    for definition in DEFINITIONS.values():
        if definition.shortcut is not None:
            title = text(definition.title).replace("&&", "\0").replace("&", "").replace("\0", "&").rstrip(".")
            rows.setdefault(_keys(definition.shortcut), {})[title] = None
    ordered = sorted(rows.items(), key=lambda row: (row[0].count("+"), len(row[0]), row[0]))
    return _table((text("Keys"), text("Verb")), ((keys, ", ".join(titles)) for keys, titles in ordered))


def settings_table() -> str:
    """Every setting with its name, meaning, range and default."""
    rows = (
        (f"`{name}`", text(setting.label), _range(setting), _default(setting)) for name, setting in SETTINGS.items()
    )
    return _table((text("Name"), text("Meaning"), text("Range"), text("Default")), rows)


def _range(setting: Setting) -> str:
    if setting.minimum is None or setting.maximum is None:
        return ""
    return text("{least:,} to {most:,}", least=setting.minimum, most=setting.maximum)


def _default(setting: Setting) -> str:
    default = setting.default
    if default is None:
        return ""
    if isinstance(default, int) and not isinstance(default, bool):
        return text("{number:,}", number=default)
    return setting_text([*default] if isinstance(default, list) else default)


def _keys(shortcut: str) -> str:
    return shortcut.replace("Return", "Enter")


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(_line(cells) for cells in (headings, ["---"] * len(headings), *rows))


def _line(cells: Sequence[str]) -> str:
    escaped = (cell.replace("|", r"\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"
