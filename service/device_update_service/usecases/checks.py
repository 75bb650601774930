"""Answer a check: read it, decide it from the catalog snapshot, render it (contract section 3.2). Touches no store."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from device_update_contract.checks import CheckRequest
from device_update_contract.device_messages.answers import (
    AFTER_NEXT_CHECK,
    OfferedModule,
    OfferedUpdate,
    render_before_next_check,
)
from device_update_contract.device_messages.requests import parse_check_request
from device_update_contract.identifiers import account_key, serial_key
from device_update_contract.image_paths import EXTERNAL_IMAGE_PREFIX, INTERNAL_IMAGE_PREFIX, ImagePath
from device_update_service.domain.catalog import CatalogSnapshot
from device_update_service.domain.decisions import Decision, Offer, decide, installed_version, next_check_seconds
from device_update_service.domain.sightings import KnownReport, Sighting

_REMEMBERED: Final = 20_000
_REMEMBERED_REPORT_BYTES: Final = 32 * 1024 * 1024
"""About what remembered reports may hold: one with 64 modules of long names holds 50 KB, and anybody may send it."""


@dataclass(frozen=True, slots=True)
class AnsweredCheck:
    """The bytes of an answer, and what is to be recorded behind it.

    ``fingerprint`` is the same for a check that tells and is told the same from the same address and account.
    """

    body: bytes
    sighting: Sighting
    fingerprint: int


class CheckAnswering:
    """Answers checks from one catalog snapshot after another.

    Decisions are shared objects of a snapshot, so the rendered answer before ``NextCheckSeconds`` is kept for each, and
    what checks have in common that report the same. Both are forgotten with the snapshot.
    """

    def __init__(self, internal_url: str | None, external_url: str | None, first_sequence: int) -> None:
        """Without an internal listener devices get the external address in both places; neither is ever blank."""
        self._internal_url = internal_url
        self._external_url = external_url
        self._sequence = first_sequence
        self._generation = -1
        self._heads: dict[int, tuple[Decision, bytes]] = {}
        self._known: dict[tuple[object, ...], KnownReport] = {}
        self._known_bytes = 0

    def answer(
        self,
        body: bytes,
        *,
        catalog: CatalogSnapshot,
        address: str,
        now: int,
        spread: Callable[[], float],
        looping: dict[str, frozenset[int]],
        account: str = "",
    ) -> AnsweredCheck:
        """Answer the check in ``body``; ``now`` is milliseconds since 1970, ``spread`` gives numbers in [-1, 1].

        ``account`` is empty where the device did not have to sign in.

        Raises:
            MalformedRequest: the caller answers 400 with its sentence.
        """
        request = parse_check_request(body)
        if catalog.generation != self._generation:
            self._generation = catalog.generation
            self._heads.clear()
            self._forget_reports()
        decision = decide(request, catalog, _loops(request, looping) if looping else frozenset())
        head = self._head(decision)
        seconds = next_check_seconds(
            decision,
            is_test_device=catalog.is_test_device(request.mac, request.serial),
            settings=catalog.settings,
            spread=spread(),
        )
        fingerprint = _fingerprint(body, address, account, head)
        self._sequence += 1
        sighting = Sighting(
            self._sequence,
            now,
            address,
            request,
            decision,
            self._known_report(request, decision, catalog),
            seconds,
            # Every offer counts, and every note: such a check is never a mere repetition.
            0 if decision.offer is not None or request.notes else fingerprint,
            account,
        )
        return AnsweredCheck(b"%b%d%b" % (head, seconds, AFTER_NEXT_CHECK), sighting, fingerprint)

    def _head(self, decision: Decision) -> bytes:
        kept = self._heads.get(id(decision))
        if kept is not None:
            return kept[1]
        update = None if decision.offer is None else self._offered(decision.offer)
        head = render_before_next_check(decision.code.value, decision.text, update)
        if len(self._heads) >= _REMEMBERED:
            self._heads.clear()
            self._forget_reports()
        self._heads[id(decision)] = (decision, head)  # the decision is kept, so that its id stays its own
        return head

    def _offered(self, offer: Offer) -> OfferedUpdate:
        update, rule = offer.update, offer.rule
        folder = ImagePath(rule.device_class, update.version, rule.update_type, "-").encoded_folder
        external = None if self._external_url is None else f"{self._external_url}{EXTERNAL_IMAGE_PREFIX}{folder}"
        modules = tuple(
            OfferedModule(file.name, file.signature, update.version, file.timestamp, file.size, file.sha256)
            for file in update.files
        )
        internal = None if self._internal_url is None else f"{self._internal_url}{INTERNAL_IMAGE_PREFIX}{folder}"
        return OfferedUpdate(internal or external or "", external, modules)

    def _known_report(self, request: CheckRequest, decision: Decision, catalog: CatalogSnapshot) -> KnownReport:
        key = (
            request.device_type,
            request.vendor,
            request.model,
            request.revision,
            request.locale,
            request.modules,
            id(decision),  # one that `_heads` keeps, so that its id stays its own
        )
        known = self._known.get(key)
        if known is None:
            version = installed_version(request, catalog)
            known = KnownReport(None if version is None else version.text)
            self._known_bytes += _bytes_held(request)
            if len(self._known) >= _REMEMBERED or self._known_bytes > _REMEMBERED_REPORT_BYTES:
                self._forget_reports()
            self._known[key] = known
        return known

    def _forget_reports(self) -> None:
        self._known.clear()
        self._known_bytes = 0


def _bytes_held(request: CheckRequest) -> int:
    """About what remembering the report of a check costs: objects, texts, and their common part of a log line."""
    return 1000 + sum(500 + 2 * (len(module.file_name) + len(module.timestamp or "")) for module in request.modules)


def _loops(request: CheckRequest, looping: dict[str, frozenset[int]]) -> frozenset[int]:
    name = request.mac or (serial_key(request.serial) if request.serial else None)
    return frozenset() if name is None else looping.get(name, frozenset())


def _fingerprint(body: bytes, address: str, account: str, head: bytes) -> int:
    digest = hashlib.blake2b(body, digest_size=8)
    digest.update(address.encode())
    if account:
        digest.update(b" %b" % account_key(account).encode())
    digest.update(head)
    return int.from_bytes(digest.digest()) >> 1 or 1  # SQLite's integers are signed; 0 is no check's key
