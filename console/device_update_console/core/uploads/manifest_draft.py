"""A manifest that somebody writes for a package that has none: its fields, what is wrong with them, and the XML.

The rules are the contract's own: the finished draft is read again as the service will read it. A manifest that was
loaded from a file keeps what the form does not show (release date, description, time stamps).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from device_update_console.core.sheets.sheet_fields import SheetField
from device_update_console.core.texts.language import marked, text
from device_update_console.core.texts.service_sentences import finding_sentence
from device_update_console.core.uploads.manifest_parsing import parse_manifest
from device_update_console.core.uploads.package_files import unreadable
from device_update_contract.administration.packages import PackageMember
from device_update_contract.device_classes import (
    DEFAULT_DEVICE_TYPE,
    DEFAULT_LOCALE,
    DEFAULT_REVISION,
    DEFAULT_UPDATE_TYPE,
    DeviceClass,
)
from device_update_contract.findings import FindingList
from device_update_contract.identifiers import UnsafeFileName, parse_class_field
from device_update_contract.package_manifest import (
    MAX_MANIFEST_BYTES,
    ManifestFile,
    ManifestUpdate,
    PackageManifest,
    render_manifest,
    source_path,
)
from device_update_contract.refusals import Refusal
from device_update_contract.versions import InvalidVersion, Version

_SIGNATURE_SUFFIX = ".cat"
_MOST_SUGGESTED = 50
"""Of more files than so many nobody would look through a suggestion."""
_NO_FIRMWARE = (".cat", ".xml", ".txt", ".htm", ".html", ".pdf", ".rtf", ".inf")


def _needed(check: Callable[[str], str]) -> Callable[[str], str]:
    return lambda given: check(given) if given else text("This is needed.")


def _optional(check: Callable[[str], str]) -> Callable[[str], str]:
    return lambda given: check(given) if given else ""


def _class_field(given: str) -> str:
    try:
        parse_class_field("field", given)
    except Refusal:
        return text("Letters, digits, spaces and the characters . _ - + ( ) may be used, at most 64.")
    return ""


def _version(given: str) -> str:
    try:
        Version.parse(given)
    except InvalidVersion:
        return text("A version is one to four numbers with dots between them, like 4.0.7577.4387.")
    return ""


def _with_default(name: str, title: str, default: str) -> SheetField:
    return SheetField(name, title, 64, check=_optional(_class_field), placeholder=default)


FIELDS: tuple[SheetField, ...] = (
    SheetField("version", marked("Ve&rsion"), 20, check=_needed(_version)),
    SheetField("brand", marked("&Brand"), 64, check=_needed(_class_field)),
    SheetField("model", marked("&Model"), 64, check=_needed(_class_field)),
    _with_default("device_type", marked("&Device type"), DEFAULT_DEVICE_TYPE),
    _with_default("vendor", marked("&Vendor"), marked("as the brand")),
    _with_default("revision", marked("Rev&ision"), DEFAULT_REVISION),
    _with_default("locale", marked("&Locale"), DEFAULT_LOCALE),
    _with_default("update_type", marked("&Update type"), DEFAULT_UPDATE_TYPE),
)
"""Those that must be filled in first; the others have a default, which their placeholder names."""


class ManifestUnusable(Refusal):
    """A manifest file cannot be used; the sentence names every fault."""

    code = "malformed-manifest"


@dataclass(frozen=True, slots=True)
class UpdateDraft:
    """One update: ``texts`` by the names of `FIELDS`, and the images among the package's files."""

    texts: Mapping[str, str] = field(default_factory=dict)
    images: tuple[ManifestFile, ...] = ()
    release_date: dt.date | None = None
    description: str = ""

    def filled_in(self, name: str, value: str) -> UpdateDraft:
        """The draft with another text in a field."""
        return replace(self, texts={**self.texts, name: value})

    def with_image(self, member: str, signature: str | None) -> UpdateDraft:
        """The draft with a file of the package as an image, signed by another file or not signed."""
        before = self.image_of(member)
        image = before or ManifestFile(_last_part(member), member)
        image = replace(image, signature=signature and _last_part(signature), signature_source=signature)
        if before is None:
            return replace(self, images=(*self.images, image))
        return replace(self, images=tuple(image if each is before else each for each in self.images))

    def without_image(self, member: str) -> UpdateDraft:
        """The draft with a file of the package as no image."""
        return replace(self, images=tuple(each for each in self.images if not _same(each.source, member)))

    def image_of(self, member: str) -> ManifestFile | None:
        """The image that a file of the package is, if it is one."""
        return next((each for each in self.images if _same(each.source, member)), None)

    @property
    def title(self) -> str:
        """What tells it from the other updates of a manifest."""
        known = [self.texts.get(name, "").strip() for name in ("brand", "model", "revision", "locale", "update_type")]
        return " ".join(part for part in known if part) or text("New update")


def suggested_update(members: Sequence[PackageMember]) -> UpdateDraft:
    """A draft to begin with: what looks like firmware is an image, signed by the catalog of the same name beside it."""
    catalogs = {_stem(member.name): member.name for member in members if _suffix(member.name) == _SIGNATURE_SUFFIX}
    firmware = [member for member in members if _suffix(member.name) not in _NO_FIRMWARE]
    draft = UpdateDraft()
    for member in firmware if len(firmware) <= _MOST_SUGGESTED else ():
        draft = draft.with_image(member.name, catalogs.get(_stem(member.name)))
    return draft


def signature_choices(members: Sequence[PackageMember]) -> list[PackageMember]:
    """The files that may sign another: the catalogs first, and nothing but catalogs where there are many files."""
    catalogs = [member for member in members if _suffix(member.name) == _SIGNATURE_SUFFIX]
    others = [] if len(members) > _MOST_SUGGESTED else [member for member in members if member not in catalogs]
    return [*catalogs, *others]


def problems(drafts: Sequence[UpdateDraft], members: Sequence[PackageMember]) -> list[str]:
    """What keeps the drafts from being a manifest for a package with these files; empty when nothing does."""
    found = [sentence for draft in drafts if (sentence := _draft_problem(draft, members))]
    if found:
        return list(dict.fromkeys(found))
    findings = FindingList()
    manifest = text("The manifest")
    parse_manifest(manifest_xml(drafts).encode(), findings, called=manifest)
    return [finding_sentence(finding) for finding in findings.listed() if finding.is_error]


def manifest_xml(drafts: Sequence[UpdateDraft]) -> str:
    """The manifest that drafts without a faulty field make."""
    return render_manifest(PackageManifest(tuple(map(_finished, drafts)))).decode()


def load_manifest(path: Path, members: Sequence[PackageMember]) -> tuple[UpdateDraft, ...]:
    """The updates of a manifest file for a package with these files; it is read here, so not in the window's thread.

    Raises:
        ManifestUnusable: it is no manifest. UnreadableFile: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_MANIFEST_BYTES + 1)
    except OSError as error:
        raise unreadable(path, error) from error
    findings = FindingList()
    manifest = parse_manifest(data, findings, called=path.name)
    if findings.error_count:
        raise ManifestUnusable(" ".join(finding_sentence(each) for each in findings.listed() if each.is_error))
    names = {_path(member.name): member.name for member in members}
    return tuple(_loaded(update, names) for update in manifest.updates)


def _loaded(update: ManifestUpdate, names: Mapping[tuple[str, ...], str]) -> UpdateDraft:
    """What is in the package is called as the package calls it."""
    cls = update.device_class
    images = tuple(
        replace(
            image,
            source=names.get(_path(image.source), image.source),
            signature_source=names.get(_path(image.signature_source or ""), image.signature_source),
        )
        for image in update.files
    )
    texts = {
        "version": update.version.text,
        "brand": cls.brand,
        "model": cls.model,
        "device_type": cls.device_type,
        "vendor": update.vendor,
        "revision": cls.revision,
        "locale": cls.locale,
        "update_type": update.update_type,
    }
    return UpdateDraft(texts, images, update.release_date, update.description)


def _finished(draft: UpdateDraft) -> ManifestUpdate:
    given = {each.name: draft.texts.get(each.name, "").strip() for each in FIELDS}
    device_class = DeviceClass(
        given["device_type"] or DEFAULT_DEVICE_TYPE,
        given["brand"],
        given["model"],
        given["revision"] or DEFAULT_REVISION,
        given["locale"] or DEFAULT_LOCALE,
    )
    return ManifestUpdate(
        Version.parse(given["version"]),
        device_class,
        given["vendor"] or given["brand"],
        given["update_type"] or DEFAULT_UPDATE_TYPE,
        draft.images,
        draft.release_date,
        draft.description,
    )


def _draft_problem(draft: UpdateDraft, members: Sequence[PackageMember]) -> str:
    """The first thing that is wrong with a draft itself."""
    if any(each.check(draft.texts.get(each.name, "").strip()) for each in FIELDS):
        return text("{update}: not all fields are filled in as they have to be.", update=draft.title)
    if not draft.images:
        return text("{update}: choose the files that are its images.", update=draft.title)
    names = {_path(member.name) for member in members}
    sources = [source for image in draft.images for source in (image.source, image.signature_source) if source]
    missing = [source for source in sources if _path(source) not in names]
    if missing:
        return text("{update}: {name} is not in the package.", update=draft.title, name=missing[0])
    return ""


def _same(source: str, member: str) -> bool:
    return _path(source) == _path(member)


def _path(source: str) -> tuple[str, ...]:
    try:
        return source_path(source)
    except UnsafeFileName:
        return (source,)


def _parts(member: str) -> PurePosixPath:
    return PurePosixPath(member.replace("\\", "/"))


def _last_part(member: str) -> str:
    return _parts(member).name


def _stem(member: str) -> tuple[str, ...]:
    return _path(str(_parts(member).with_suffix("")))


def _suffix(member: str) -> str:
    return _parts(member).suffix.lower()
