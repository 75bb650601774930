"""Parsing a package's manifest with lxml: no DOCTYPE, no entities, no network, no files.

What the elements mean is decided in `device_update_contract.package_manifest`.
"""

from __future__ import annotations

from typing import Any, cast

from lxml import etree

from device_update_contract.findings import FindingCode, FindingList
from device_update_contract.package_manifest import (
    MANIFEST_NAME,
    MAX_MANIFEST_BYTES,
    PackageManifest,
    XmlElement,
    read_manifest,
)


def parse_manifest(data: bytes, findings: FindingList, *, called: str = MANIFEST_NAME) -> PackageManifest | None:
    """Read a manifest; every fault is added to `findings`. None when it is no XML that may be read at all."""
    problem = None
    root = None
    if len(data) > MAX_MANIFEST_BYTES:
        problem = f"it is larger than {MAX_MANIFEST_BYTES} bytes"
    else:
        try:
            root = etree.fromstring(data, _hardened_parser())
        except (etree.XMLSyntaxError, LookupError, ValueError) as error:  # the last two for unknown encodings
            problem = f"it is not XML ({str(error).rstrip('.')})"
        else:
            information: Any = root.getroottree().docinfo
            if information.doctype or information.internalDTD is not None:
                problem = "it holds a DOCTYPE, which is not allowed"
    if problem is not None or root is None:
        findings.add(FindingCode.MALFORMED_MANIFEST, manifest=called, problem=problem or "it is empty")
        return None
    return read_manifest(cast("XmlElement", root), findings, called=called)


def _hardened_parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
