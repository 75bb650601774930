"""The manifest of a package, `updateInfo.xml`: its model, the rules for reading it, and how it is written.

The rules are those of contract section 4 and take any parsed XML element that looks like the standard library's, so
that the service (lxml, hardened) and the console's package builder (standard library) share them. Parsing bytes, and
finding the files that a manifest names, are done where the bytes and files are.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from device_update_contract.device_classes import (
    DEFAULT_DEVICE_TYPE,
    DEFAULT_LOCALE,
    DEFAULT_REVISION,
    DEFAULT_UPDATE_TYPE,
    DeviceClass,
)
from device_update_contract.findings import FindingCode, FindingList
from device_update_contract.identifiers import UnsafeFileName, file_name_key, parse_class_field, parse_file_name
from device_update_contract.refusals import Refusal
from device_update_contract.versions import InvalidVersion, Version

MANIFEST_NAME = "updateInfo.xml"
MAX_MANIFEST_BYTES = 4 * 1024 * 1024
MAX_DESCRIPTION = 1000
"""Characters of a description that are kept; it is a label."""

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_RTCONFIG = "rtconfig.xml"
_UPDATE_FIELDS = frozenset(
    {
        "version",
        "devicetype",
        "brand",
        "vendor",
        "model",
        "revision",
        "locale",
        "updatetype",
        "releasedate",
        "description",
    }
)
_FILE_FIELDS = frozenset({"name", "signature", "timestamp", "source", "signaturesource"})


class XmlElement(Protocol):
    """What the rules need of a parsed element; comments and the like have a `tag` that is no text."""

    @property
    def tag(self) -> object: ...  # noqa: D102
    @property
    def text(self) -> str | None: ...  # noqa: D102
    @property
    def attrib(self) -> Mapping[str, str]: ...  # noqa: D102
    def __iter__(self) -> Iterator[XmlElement]: ...


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """One image file of an update, its optional signature catalog, and where the package holds both.

    `source` and `signature_source` are kept as given: `source_path` makes them comparable.
    """

    name: str
    source: str
    signature: str | None = None
    signature_source: str | None = None
    timestamp: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class ManifestUpdate:
    """One version for one rule: a device class and an update type."""

    version: Version
    device_class: DeviceClass
    vendor: str
    update_type: str
    files: tuple[ManifestFile, ...]
    release_date: dt.date | None = None
    description: str = ""

    @property
    def rule_key(self) -> tuple[str, ...]:
        """What makes two updates the same rule's."""
        return (*self.device_class.key, self.update_type.lower())


@dataclass(frozen=True, slots=True)
class PackageManifest:
    """All updates of a package, at most one for each rule."""

    updates: tuple[ManifestUpdate, ...]


def source_path(text: str) -> tuple[str, ...]:
    r"""The comparable parts of a path inside a package: `\` and `/` alike, without regard to case.

    Raises:
        UnsafeFileName: for absolute paths, `..`, drive letters and everything else that is unsafe in a file name.
    """
    parts = [part for part in text.replace("\\", "/").split("/") if part != "."]
    try:
        return tuple(file_name_key(parse_file_name(part)) for part in parts or [""])
    except UnsafeFileName as error:
        raise UnsafeFileName(f"The path {text[:80]!r} is not safe.", parameters={"name": text[:128]}) from error


def read_manifest(root: XmlElement, findings: FindingList, *, called: str = MANIFEST_NAME) -> PackageManifest:
    """Apply the rules of contract section 4 to a parsed manifest.

    Every fault becomes a finding, and an update with one is left out of the result. Elements named `Update` are found
    at any depth, `File` at any depth within them; names are compared without regard to case and namespace, unknown
    ones are ignored.
    """
    return _ManifestReader(findings, called).read(root)


class _ManifestReader:
    def __init__(self, findings: FindingList, called: str) -> None:
        self._findings = findings
        self._called = called

    def read(self, root: XmlElement) -> PackageManifest:
        updates: list[ManifestUpdate] = []
        seen: set[tuple[str, ...]] = set()
        elements = list(_elements_named("update", root))
        if not elements:
            self._malformed("it names no update")
        for number, element in enumerate(elements, start=1):
            update = self._update(element, f"update {number}")
            if update is None:
                continue
            if update.rule_key in seen:
                self._findings.add(
                    FindingCode.DUPLICATE_UPDATE,
                    device_class=str(update.device_class),
                    update_type=update.update_type,
                )
            seen.add(update.rule_key)
            updates.append(update)
        return PackageManifest(tuple(updates))

    def _update(self, element: XmlElement, label: str) -> ManifestUpdate | None:
        errors_before = self._findings.error_count
        fields = self._fields(element, _UPDATE_FIELDS, label)
        version = self._version(fields, label)
        named = self._class_fields(fields, label)
        release_date = self._release_date(fields, label)
        files = self._files(element, label)
        if version is None or self._findings.error_count > errors_before:
            return None
        device_class = DeviceClass(*(named[name] for name in ("deviceType", "brand", "model", "revision", "locale")))
        description = fields.get("description", "")[:MAX_DESCRIPTION]
        return ManifestUpdate(
            version, device_class, named["vendor"], named["updateType"], files, release_date, description
        )

    def _fields(self, element: XmlElement, known: frozenset[str], label: str) -> dict[str, str]:
        """The element's fields by lower-case name; an element wins over an attribute, a blank one counts as absent.

        White space around an element's text is layout; in an attribute it was meant, and a file name may not have it.
        """
        from_attributes = [(_local_name(name), value) for name, value in element.attrib.items()]
        from_elements = [(_local_name(child.tag), (child.text or "").strip()) for child in element]
        fields: dict[str, str] = {}
        for given in (from_attributes, from_elements):
            seen: set[str] = set()
            for name, value in given:
                if name not in known or not value.strip():
                    continue
                if name in seen:
                    self._malformed(f"{label}: the field {name} is given more than once")
                seen.add(name)
                fields[name] = value
        return fields

    def _version(self, fields: Mapping[str, str], label: str) -> Version | None:
        text = fields.get("version")
        if text is None:
            self._malformed(f"{label}: the field version is missing")
            return None
        try:
            return Version.parse(text)
        except InvalidVersion:
            self._findings.add(FindingCode.INVALID_VERSION, version=text)
            return None

    def _class_fields(self, fields: Mapping[str, str], label: str) -> dict[str, str]:
        given = {
            "deviceType": fields.get("devicetype", DEFAULT_DEVICE_TYPE),
            "brand": fields.get("brand"),
            "vendor": fields.get("vendor", fields.get("brand")),
            "model": fields.get("model"),
            "revision": fields.get("revision", DEFAULT_REVISION),
            "locale": fields.get("locale", DEFAULT_LOCALE),
            "updateType": fields.get("updatetype", DEFAULT_UPDATE_TYPE),
        }
        if given["brand"] is None:
            del given["vendor"]  # its absence is the brand's, and is reported once
        named: dict[str, str] = {}
        for name, value in given.items():
            if value is None:
                self._malformed(f"{label}: the field {name} is missing")
                continue
            try:
                named[name] = parse_class_field(name, value)
            except Refusal as refusal:
                self._malformed(f"{label}: {_clause(refusal.sentence)}")
        return named

    def _release_date(self, fields: Mapping[str, str], label: str) -> dt.date | None:
        text = fields.get("releasedate")
        if text is None:
            return None
        try:
            return dt.datetime.fromisoformat(text.strip()).date()
        except ValueError:
            self._malformed(f"{label}: the field releaseDate has the value {text[:40]!r}, which is no ISO 8601 date")
            return None

    def _timestamp(self, fields: Mapping[str, str], label: str) -> dt.datetime | None:
        text = fields.get("timestamp")
        if text is None:
            return None
        try:
            moment = dt.datetime.fromisoformat(text.strip())
            return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
        except (ValueError, OverflowError):
            self._malformed(f"{label}: the field timestamp has the value {text[:40]!r}, which is no ISO 8601 time")
            return None

    def _files(self, update: XmlElement, label: str) -> tuple[ManifestFile, ...]:
        elements = list(_elements_named("file", update))
        if not elements:
            self._malformed(f"{label}: it names no file")
        files = [self._file(element, f"{label}, file {number}") for number, element in enumerate(elements, start=1)]
        sound = tuple(file for file in files if file is not None)
        self._demand_distinct_names(sound, label)
        return sound

    def _file(self, element: XmlElement, label: str) -> ManifestFile | None:
        fields = self._fields(element, _FILE_FIELDS, label)
        timestamp = self._timestamp(fields, label)
        if "name" not in fields:
            self._malformed(f"{label}: the field name is missing")
            return None
        name = self._file_name(fields["name"])
        signature = self._file_name(fields["signature"]) if "signature" in fields else None
        if name is None:
            return None
        source = fields.get("source", name)
        if signature is None:
            return ManifestFile(name, source, timestamp=timestamp)
        beside = source[: max(source.rfind("/"), source.rfind("\\")) + 1] + signature
        return ManifestFile(name, source, signature, fields.get("signaturesource", beside), timestamp)

    def _file_name(self, text: str) -> str | None:
        try:
            return parse_file_name(text)
        except UnsafeFileName:
            self._findings.add(FindingCode.UNSAFE_NAME, name=text)
            return None

    def _demand_distinct_names(self, files: tuple[ManifestFile, ...], label: str) -> None:
        """Images and signatures share one folder of the URL space; only a signature may serve several images."""
        taken: dict[str, str | None] = {}
        for file in files:
            key = file_name_key(file.name)
            if key in taken:
                self._malformed(f"{label}: the file name {file.name!r} is given more than once")
            taken[key] = None
        for file in files:
            if file.signature is None or file.signature_source is None:
                continue
            key = file_name_key(file.signature)
            source = file.signature_source.replace("\\", "/").casefold()
            if taken.setdefault(key, source) != source:
                self._malformed(f"{label}: the file name {file.signature!r} is given to two different files")

    def _malformed(self, problem: str) -> None:
        self._findings.add(FindingCode.MALFORMED_MANIFEST, manifest=self._called, problem=problem)


def note_configuration_files(manifest: PackageManifest, findings: FindingList) -> None:
    """Warn of each update that carries RoundTable's `RTConfig.xml`."""
    for update in manifest.updates:
        for file in update.files:
            if file_name_key(file.name) == _RTCONFIG:
                findings.add(FindingCode.OVERWRITES_RTCONFIG, device_class=str(update.device_class), name=file.name)


def render_manifest(manifest: PackageManifest) -> bytes:
    """Write a manifest in the form of contract section 4, UTF-8, every field given."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<Updates>", "  <Updates>"]
    for update in manifest.updates:
        lines.append(f"    <Update {_attributes(_update_fields(update))}>")
        lines.extend(f"      <File {_attributes(_file_fields(file))}/>" for file in update.files)
        lines.append("    </Update>")
    lines.extend(["  </Updates>", "</Updates>", ""])
    return "\n".join(lines).encode()


def _update_fields(update: ManifestUpdate) -> dict[str, str | None]:
    cls = update.device_class
    return {
        "version": update.version.text,
        "deviceType": cls.device_type,
        "brand": cls.brand,
        "vendor": update.vendor,
        "model": cls.model,
        "revision": cls.revision,
        "locale": cls.locale,
        "updateType": update.update_type,
        "releaseDate": update.release_date.isoformat() if update.release_date else None,
        "description": update.description or None,
    }


def _file_fields(file: ManifestFile) -> dict[str, str | None]:
    timestamp = file.timestamp.astimezone(dt.UTC).isoformat().replace("+00:00", "Z") if file.timestamp else None
    return {
        "name": file.name,
        "signature": file.signature,
        "timestamp": timestamp,
        "source": file.source,
        "signatureSource": file.signature_source,
    }


def _attributes(fields: Mapping[str, str | None]) -> str:
    return " ".join(f'{name}="{_attribute_text(value)}"' for name, value in fields.items() if value is not None)


def _attribute_text(value: str) -> str:
    """Escaped; line ends and tabs, which a parser would turn into spaces, by number; what XML cannot hold, replaced."""
    text = html.escape(_NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", value))
    return text.translate({9: "&#9;", 10: "&#10;", 13: "&#13;"})


def _elements_named(name: str, root: XmlElement) -> Iterator[XmlElement]:
    """Elements of that name in document order, none of them inside another; without recursion, whatever the depth."""
    waiting = [root]
    while waiting:
        element = waiting.pop()
        if _local_name(element.tag) == name:
            yield element
        else:
            waiting.extend(reversed(list(element)))


def _local_name(tag: object) -> str:
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _clause(sentence: str) -> str:
    """A sentence as a part of another one."""
    return sentence[:1].lower() + sentence[1:].removesuffix(".")
