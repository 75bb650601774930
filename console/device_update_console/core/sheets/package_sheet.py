"""The property sheet of a package: what was uploaded by whom and when, the updates in it, and what was noticed."""

from __future__ import annotations

from device_update_console.core.sheets.details import EFFECT_TEXTS
from device_update_console.core.sheets.details_form import Details, details
from device_update_console.core.texts.code_texts import text_of
from device_update_console.core.texts.formats import moment_text, number_text, rule_label, size_text
from device_update_console.core.texts.language import marked, text
from device_update_console.core.uploads.upload_texts import UploadLine, finding_upload_line
from device_update_contract.administration.packages import Package, PackageUpdate

UPDATE_TITLES = (
    marked("Update"),
    marked("Version"),
    marked("What Came of It"),
    marked("Files"),
    marked("Released"),
    marked("Device Type"),
    marked("Description"),
)


def general_facts(package: Package) -> Details:
    """The package as a whole."""
    errors = sum(finding.severity == "error" for finding in package.findings)
    return details(
        package.name,
        (text("Name"), package.name),
        (text("Uploaded"), moment_text(package.imported_at)),
        (text("By"), package.account),
        (text("Size"), _size(package.size)),
        ("SHA-256", package.sha256),
        (text("Updates"), number_text(len(package.updates))),
        (text("Warnings"), number_text(len(package.findings) - errors)),
        (text("Package"), package.id),
    )


def update_rows(package: Package) -> list[tuple[str, ...]]:
    """One row for each update, as `UPDATE_TITLES` has them."""
    return [_update_row(update) for update in package.updates]


def finding_lines(package: Package) -> list[UploadLine]:
    """One line for each finding, as it was when the package was imported."""
    return [finding_upload_line(finding) for finding in package.findings]


def _size(count: int) -> str:
    """As Windows writes it: rounded, and to the byte."""
    if count < 1000:
        return size_text(count)
    return text("{size} ({count:,} bytes)", size=size_text(count), count=count)


def _update_row(update: PackageUpdate) -> tuple[str, ...]:
    signed = [f"{file.name} ({file.signature})" if file.signature else file.name for file in update.files]
    return (
        rule_label(update),
        update.version,
        "" if update.effect is None else text_of(EFFECT_TEXTS, update.effect),
        ", ".join(signed),
        update.release_date or "",
        update.device_type,
        update.description or "",
    )
