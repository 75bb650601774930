"""Uploads in words: how far each is, one line for each thing that was noticed or would change, and what came of all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from device_update_console.core.failures import RefusedByService
from device_update_console.core.sheets.refusal_details import findings_of
from device_update_console.core.texts.formats import rule_label
from device_update_console.core.texts.language import counted_text, marked_counted, text
from device_update_console.core.texts.problem_texts import sentence_of
from device_update_console.core.texts.service_sentences import finding_sentence
from device_update_console.core.uploads.package_uploads import PackageUpload, UploadStage
from device_update_contract.administration.packages import FindingModel, PackageUpdate

_WOULD_TEXTS: Mapping[str, str] = {
    "pending": "{rule}: version {version} will be pending.",
    "replaced-pending": "{rule}: version {version} will be pending, in the place of another one.",
    "unchanged": "{rule}: nothing changes; version {version} adds nothing new.",
    "already-approved": "{rule}: nothing changes; version {version} is approved already.",
    "approved": "{rule}: version {version} will be approved at once, as this server does for {device_type}.",
    "refused": "{rule}: version {version} cannot be imported.",
}
"""What importing would do to a rule."""
_DID_TEXTS: Mapping[str, str] = {
    "pending": "{rule}: version {version} is pending now.",
    "replaced-pending": "{rule}: version {version} is pending now, in the place of another one.",
    "unchanged": "{rule}: nothing changed; version {version} adds nothing new.",
    "already-approved": "{rule}: nothing changed; version {version} is approved already.",
    "approved": "{rule}: version {version} was approved at once, as this server does for {device_type}.",
    "refused": "{rule}: version {version} was not imported.",
}
"""What importing did to a rule."""
_EFFECT_ICONS: Mapping[str, str] = {
    "pending": "pending-updates",
    "replaced-pending": "pending-updates",
    "approved": "approve",
    "refused": "failure",
}
_STAGE_TEXTS: Mapping[UploadStage, str] = {
    UploadStage.CHOSEN: "Waiting",
    UploadStage.EXAMINING: "Being examined",
    UploadStage.IMPORTING: "Being imported",
    UploadStage.IMPORTED: "Imported",
}
_PENDING = frozenset({"pending", "replaced-pending"})
_OUTCOMES = (
    marked_counted("{count} update is pending now.", "{count} updates are pending now."),
    marked_counted("{count} update was approved at once.", "{count} updates were approved at once."),
    marked_counted("{count} update changed nothing.", "{count} updates changed nothing."),
    marked_counted("{count} upload was not imported.", "{count} uploads were not imported."),
)


@dataclass(frozen=True, slots=True)
class UploadLine:
    """One line with the name of its picture."""

    icon: str
    text: str


def stage_text(upload: PackageUpload) -> str:
    """How far it is, in a few words."""
    if upload.failure is not None:
        return text("Refused") if isinstance(upload.failure, RefusedByService) else text("Failed")
    if upload.stage is UploadStage.SENDING:
        percent = upload.sent * 100 // max(upload.file.size, 1)
        return text("Sending: {percent} %", percent=min(percent, 100))
    if upload.stage is UploadStage.INSPECTED:
        return _inspected_text(upload)
    return text(_STAGE_TEXTS[upload.stage])


def _inspected_text(upload: PackageUpload) -> str:
    if upload.lacks_manifest:
        return text("Needs a manifest")
    if upload.errors:
        return counted_text("{count} error", "{count} errors", upload.errors)
    if upload.findings:
        return counted_text("{count} warning", "{count} warnings", len(upload.findings))
    return text("No errors")


def stage_icon(upload: PackageUpload) -> str:
    """The picture beside `stage_text`."""
    if upload.failure is not None or (upload.errors and not upload.is_running):
        return "failure"
    if upload.stage is UploadStage.IMPORTED or upload.can_be_imported:
        return "warning" if upload.findings and upload.stage is not UploadStage.IMPORTED else "approve"
    return "upload" if upload.is_running else "packages"


def upload_lines(upload: PackageUpload) -> list[UploadLine]:
    """Why it failed, what speaks against it, what happens to each rule, and what else was noticed."""
    lines = [] if upload.failure is None else _failure_lines(upload.failure)
    lines += [finding_upload_line(finding) for finding in upload.findings if finding.severity == "error"]
    texts = _WOULD_TEXTS if upload.package is None else _DID_TEXTS
    lines += [_update_line(update, texts) for update in upload.updates]
    lines += [finding_upload_line(finding) for finding in upload.findings if finding.severity != "error"]
    return list(dict.fromkeys(lines))


def summary(uploads: Sequence[PackageUpload]) -> str:
    """What came of all of it, a sentence for each kind of outcome."""
    effects = [update.effect or "" for upload in uploads if upload.package for update in upload.package.updates]
    pending = sum(effect in _PENDING for effect in effects)
    approved = effects.count("approved")
    counts = (pending, approved, len(effects) - pending - approved, sum(upload.package is None for upload in uploads))
    return " ".join(
        counted_text(one, many, count) for (one, many), count in zip(_OUTCOMES, counts, strict=True) if count
    )


def updates_are_pending(uploads: Iterable[PackageUpload], server: str) -> bool:
    """Whether anything became pending on a server."""
    return any(
        update.effect in _PENDING
        for upload in uploads
        if upload.server == server and upload.package
        for update in upload.package.updates
    )


def _failure_lines(failure: Exception) -> list[UploadLine]:
    findings = findings_of(failure.body) if isinstance(failure, RefusedByService) else []
    return [finding_upload_line(finding) for finding in findings] or [UploadLine("failure", sentence_of(failure))]


def finding_upload_line(finding: FindingModel) -> UploadLine:
    """A finding of a package, with the picture of its severity."""
    return UploadLine("failure" if finding.severity == "error" else "warning", finding_sentence(finding))


def _update_line(update: PackageUpdate, texts: Mapping[str, str]) -> UploadLine:
    effect = update.effect or "refused"
    facts = {"rule": rule_label(update), "version": update.version, "device_type": update.device_type}
    return UploadLine(_EFFECT_ICONS.get(effect, "information"), text(texts.get(effect, "{rule} {version}"), **facts))
