"""Reading a manifest that lies on this computer, by the rules that the service has for one in a package."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from device_update_console.core.texts.language import text
from device_update_contract.findings import FindingCode, FindingList
from device_update_contract.package_manifest import MAX_MANIFEST_BYTES, PackageManifest, read_manifest


def parse_manifest(data: bytes, findings: FindingList, *, called: str) -> PackageManifest:
    """The manifest without the updates that have a fault; every fault is noted."""
    if len(data) > MAX_MANIFEST_BYTES:
        problem = text("it is larger than {limit:,} bytes", limit=MAX_MANIFEST_BYTES)
    else:
        parser = ET.XMLParser(target=_RefusesDoctype())  # noqa: S314 - the administrator's own file, and no DOCTYPE
        try:
            parser.feed(data)
            return read_manifest(parser.close(), findings, called=called)
        except _HoldsDoctype:
            problem = text("it holds a DOCTYPE, which is not allowed")
        except (ET.ParseError, LookupError, ValueError) as error:  # the last two for encodings that do not exist
            problem = text("it is not XML ({error})", error=error)
    findings.add(FindingCode.MALFORMED_MANIFEST, manifest=called, problem=problem)
    return PackageManifest(())


class _HoldsDoctype(Exception):
    """Ends the parsing at once, before any entity is declared."""


class _RefusesDoctype(ET.TreeBuilder):
    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise _HoldsDoctype(name)
