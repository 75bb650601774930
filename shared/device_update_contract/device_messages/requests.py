"""Check requests: reading what devices send, leniently, and writing what the simulator sends (contract section 3.2)."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final
from xml.sax.saxutils import escape

from lxml import etree

from device_update_contract.checks import CheckRequest, InstallReport, Note, ReportedModule
from device_update_contract.device_messages import dialect
from device_update_contract.device_messages.usual_requests import read_usual_request
from device_update_contract.identifiers import (
    InvalidIdentifier,
    MacAddress,
    SerialNumber,
    is_blank_mac,
    is_blank_serial,
    parse_class_field,
    parse_mac,
    parse_serial,
)
from device_update_contract.refusals import InvalidValue
from device_update_contract.versions import InvalidVersion, Version

MAX_BYTES: Final = 64 * 1024
MAX_MODULES: Final = 64
_MAX_USER: Final = 256
_MAX_CLASS_FIELD: Final = 200
_MAX_FILE_NAME: Final = 128
_MAX_CODE: Final = 64
_MAX_MESSAGE: Final = 1000
_UTF_8: Final = (b'<?xml version="1.0" encoding="utf-8"?>', b'<?xml version="1.0" encoding="UTF-8"?>')
_ENCODINGS: Final = frozenset({"utf-8", "utf8", "utf-16", "utf-16le", "utf-16be", "us-ascii", "ascii"})


class MalformedRequest(InvalidValue):
    """The request is no XML, holds a DOCTYPE, or a class field or identifier is missing or invalid."""

    code = "malformed-request"
    device = ""
    """How the device named itself, as far as that could be read: for help desk."""


_PARSER = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    huge_tree=False,
    remove_comments=True,
    remove_pis=True,
)

_CLASS_FIELDS: Final = ("device_type", "vendor", "model", "revision", "locale")


def parse_check_request(body: bytes) -> CheckRequest:
    """Read a check request of at most `MAX_BYTES` (the caller has counted them).

    Any root name, namespace, order and case is accepted, a scalar as an element or an attribute (the element wins).

    Raises:
        MalformedRequest: with one sentence that names the field at fault.
    """
    usual = read_usual_request(body)
    if usual is None:
        fields, modules_read, install = _read_root(_parse_xml(body))
    else:
        fields, install = usual.fields, None
        modules_read = [] if usual.module is None else [_reported(*usual.module)]
    mac, serial, notes = _identifiers(fields.get("mac"), fields.get("serial"))
    given = fields.get
    try:
        device_type, vendor, model, revision, locale = _known_class(
            given("device_type", "")[:_MAX_CLASS_FIELD],
            given("vendor", "")[:_MAX_CLASS_FIELD],
            given("model", "")[:_MAX_CLASS_FIELD],
            given("revision", "")[:_MAX_CLASS_FIELD],
            given("locale", "")[:_MAX_CLASS_FIELD],
        )
    except MalformedRequest as error:
        error.device = mac or serial or ""
        raise
    last_install = None
    if install is not None:
        last_install = _install_report(install)
        if last_install is None:
            notes = (*notes, "unreadable-install-report")
    user = fields.get("user_id")
    log_type = fields.get("log_type")
    return CheckRequest(
        device_type,
        vendor,
        model,
        revision,
        locale,
        mac,
        serial,
        user.strip()[:_MAX_USER] or None if user else None,
        tuple(modules_read),
        last_install,
        log_type.strip()[:64] or None if log_type else None,
        notes,
    )


def _parse_xml(body: bytes) -> etree._Element:
    try:
        root = etree.fromstring(body, _PARSER)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise MalformedRequest("The request is not well-formed XML.") from error
    if root is None:
        raise MalformedRequest("The request is empty.")
    if body.startswith(_UTF_8) and b"<!" not in body:
        return root  # what nearly all devices send: no DOCTYPE can hide in it
    info = root.getroottree().docinfo
    if info is not None and info.internalDTD is not None:
        raise MalformedRequest("The request holds a DOCTYPE, which is not accepted.")
    if info is not None and info.encoding and info.encoding.lower() not in _ENCODINGS:
        raise MalformedRequest("The request is neither UTF-8 nor UTF-16.")
    return root


def _scalars(element: etree._Element, names: dialect.Names) -> tuple[dict[str, str], list[tuple[str, etree._Element]]]:
    """The scalar fields of an element (child elements win over attributes), and its other known children."""
    found: dict[str, str] = {}
    others: list[tuple[str, etree._Element]] = []
    field_of = names.field
    for child in element:
        tag = child.tag
        if type(tag) is not str:
            continue
        field = field_of(tag)
        if field is None:
            continue
        if field in {"modules", "module", "last_install"}:
            others.append((field, child))
        elif field in found:
            raise MalformedRequest(
                f"The field {names.display[field]} is given twice.", parameters={"field": names.display[field]}
            )
        else:
            found[field] = child.text or ""
    for name, value in element.items():
        field = field_of(str(name))
        if field is not None and field not in found:
            found[field] = str(value)
    return found, others


def _read_root(
    root: etree._Element,
) -> tuple[dict[str, str], list[ReportedModule], etree._Element | None]:
    fields, others = _scalars(root, dialect.REQUEST)
    modules: list[ReportedModule] = []
    install: etree._Element | None = None
    for field, child in others:
        if field == "modules":
            _read_modules(child, modules)
        elif field == "module":
            _add_module(child, modules)
        else:
            install = child
    return fields, modules, install


def _read_modules(container: Iterable[etree._Element], modules: list[ReportedModule]) -> None:
    for child in container:
        if type(child.tag) is str and dialect.REQUEST.field(child.tag) == "module":
            _add_module(child, modules)


def _add_module(element: etree._Element, modules: list[ReportedModule]) -> None:
    if len(modules) >= MAX_MODULES:
        raise MalformedRequest(f"The request names more than {MAX_MODULES} modules.")
    fields, _ = _scalars(element, dialect.MODULE)
    modules.append(_reported(fields.get("file_name") or "", fields.get("version") or "", fields.get("timestamp") or ""))


def _reported(name: str, version: str, timestamp: str) -> ReportedModule:
    return _module(name.strip()[:_MAX_FILE_NAME], version[:80], timestamp[:80])


@functools.lru_cache(maxsize=4096)
def _module(name: str, version: str, timestamp: str) -> ReportedModule:
    """A module from its (already shortened) texts; fleets report few different ones, so they are remembered."""
    timestamp = timestamp.strip()
    try:
        read = Version.parse(version)
        if timestamp:
            datetime.fromisoformat(timestamp)
    except ValueError:
        return ReportedModule(name, None, timestamp or None)
    return ReportedModule(name, read, timestamp or None)


@functools.lru_cache(maxsize=4096)
def _known_class(*texts: str) -> tuple[str, ...]:
    return tuple(_class_field(field, text) for field, text in zip(_CLASS_FIELDS, texts, strict=True))


def _class_field(field: str, text: str) -> str:
    name = dialect.REQUEST.display[field]
    if not text.strip():
        raise MalformedRequest(f"The field {name} is missing.", parameters={"field": name})
    try:
        return parse_class_field(name, text)
    except InvalidIdentifier as error:
        raise MalformedRequest(error.sentence, parameters={"field": name}) from error


def _identifiers(
    mac_text: str | None, serial_text: str | None
) -> tuple[MacAddress | None, SerialNumber | None, tuple[Note, ...]]:
    """The identifiers of which at least one must be valid if any is given; an invalid one beside a valid is noted."""
    mac: MacAddress | None = None
    serial: SerialNumber | None = None
    problems: list[tuple[Note, InvalidIdentifier]] = []
    if mac_text is not None and not is_blank_mac(mac_text):
        try:
            mac = parse_mac(mac_text)
        except InvalidIdentifier as error:
            problems.append(("invalid-mac", error))
    if serial_text is not None and not is_blank_serial(serial_text):
        try:
            serial = parse_serial(serial_text)
        except InvalidIdentifier as error:
            problems.append(("invalid-serial", error))
    if problems and mac is None and serial is None:
        note, problem = problems[0]
        field = dialect.REQUEST.display["mac" if note == "invalid-mac" else "serial"]
        raise MalformedRequest(f"The field {field} is invalid: {problem.sentence}", parameters={"field": field})
    return mac, serial, tuple(note for note, _ in problems)


def _install_report(element: etree._Element) -> InstallReport | None:
    """The report, or None when it has no readable result or version; an unreadable time is left out."""
    try:
        fields, _ = _scalars(element, dialect.LAST_INSTALL)
        result = (fields.get("result") or "").strip().lower()
        version = Version.parse(fields.get("version") or "")
    except (MalformedRequest, InvalidVersion):
        return None
    if result not in {"succeeded", "failed"}:
        return None
    try:
        time = datetime.fromisoformat((fields.get("time") or "").strip())
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        time = None
    return InstallReport(
        succeeded=result == "succeeded",
        version=version,
        code=(fields.get("code") or "").strip()[:_MAX_CODE] or None,
        message=(fields.get("message") or "").strip()[:_MAX_MESSAGE] or None,
        time=time,
    )


def _element(name: str, value: object) -> str:
    return "" if value is None else f"<{name}>{escape(str(value))}</{name}>"


def render_check_request(request: CheckRequest) -> bytes:
    """The request in the contract's own spelling, UTF-8."""
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>\n<Request>',
        _element("DeviceType", request.device_type),
        _element("MacAddress", request.mac or ""),
        _element("SerialNumber", request.serial or ""),
        _element("Vendor", request.vendor),
        _element("Model", request.model),
        _element("Revision", request.revision),
        _element("Locale", request.locale),
        _element("UserId", request.user_id),
        _element("LogType", request.log_type),
        "<Modules>",
    ]
    for module in request.modules:
        inner = _element("FileName", module.file_name) + _element("Version", module.version)
        parts.append(f"<Module>{inner}{_element('Timestamp', module.timestamp)}</Module>")
    parts.append("</Modules>")
    report = request.last_install
    if report is not None:
        time = report.time.astimezone(UTC).isoformat().replace("+00:00", "Z") if report.time else None
        inner = _element("Result", "Succeeded" if report.succeeded else "Failed") + _element("Version", report.version)
        inner += _element("Code", report.code) + _element("Message", report.message) + _element("Time", time)
        parts.append(f"<LastInstall>{inner}</LastInstall>")
    parts.append("</Request>")
    return "".join(parts).encode()
