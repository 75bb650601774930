"""The form before an export: what may be chosen, and what is wrong with where it is to be written."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from device_update_console.core.lists.export import ExportFormat
from device_update_console.core.texts.language import text


@dataclass(frozen=True, slots=True)
class PathAdvice:
    """What to know of a path; ``fits`` is whether it can be written there, as far as that can be seen before."""

    sentence: str = ""
    fits: bool = True


def proposed_path(folder: Path, title: str, form: str, today: date) -> Path:
    """A file name that tells the list and the day; characters that no file system takes are left out."""
    plain = "".join(character for character in title if character.isalnum() or character in " -_").strip()
    return folder / f"{plain or 'list'} {today.isoformat()}.{form}"


def in_form(path: Path, form: ExportFormat) -> Path:
    """The path with the ending of a format, where it has that of another."""
    endings = {f".{each}" for each in ExportFormat}
    return path.with_suffix(f".{form}") if path.suffix.lower() in endings else path


def path_advice(typed: str) -> PathAdvice:
    """What is wrong with a path, or what else to know of it."""
    if not typed.strip():
        return PathAdvice(text("Name a file."), fits=False)
    path = Path(typed.strip())
    try:
        fault = _fault(path)
        replaced = not fault and path.exists()
    except (OSError, ValueError):
        fault, replaced = text("No file can be called so."), False
    if fault:
        return PathAdvice(fault, fits=False)
    return PathAdvice(text("The file is there already; it will be replaced.") if replaced else "")


def _fault(path: Path) -> str:
    if "\0" in str(path):
        return text("No file can be called so.")
    if path.is_dir():
        return text("This is a folder; name a file in it.")
    if not path.parent.is_dir():
        return text("There is no such folder.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        return text("You may not write there.")
    return ""
