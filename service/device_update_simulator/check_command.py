"""The command `check`: one check as one device does it, told in sentences or as JSON (contract section 6)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import click

from device_update_contract.checks import CheckRequest, InstallReport, ReportedModule
from device_update_contract.device_messages.answers import CheckAnswer, OfferedUpdate
from device_update_contract.device_messages.requests import MAX_MODULES
from device_update_contract.versions import Version
from device_update_simulator.checks import FetchedFile, check_once, fetch_offer
from device_update_simulator.command_options import (
    ACCOUNT_OPTION,
    CA_OPTION,
    PASSWORD_OPTION,
    PIN_OPTION,
    URL_OPTION,
    device_options,
    read_credentials,
    read_device,
    tls_for,
)
from device_update_simulator.device_access import DeviceAccess
from device_update_simulator.downloads import Patience
from device_update_simulator.failures import CheckFailure, Refused, WrongUsage
from device_update_simulator.fleet_report import JsonValue
from device_update_simulator.service_address import ServiceAddress, base_url_of, file_url, parse_service_address


@click.command()
@URL_OPTION
@device_options
@click.option("--user", metavar="U", help="The user who signed in last.")
@click.option("--installed", multiple=True, metavar="FILE=VERSION", help="A module that the device runs; repeatable.")
@click.option(
    "--installed-result",
    type=click.Choice(["Succeeded", "Failed"], case_sensitive=False),
    help="Report how the last installation ended; needs --installed-version.",
)
@click.option("--installed-version", metavar="VERSION", help="The version whose installation is reported.")
@click.option("--code", metavar="C", help="The reported installation's code.")
@click.option("--message", metavar="TEXT", help="The reported installation's message.")
@ACCOUNT_OPTION
@PASSWORD_OPTION
@click.option(
    "--download",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Fetch what is offered into this folder, going on where an earlier attempt was cut, and verify it.",
)
@CA_OPTION
@PIN_OPTION
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of sentences.")
def check(
    *,
    url: str,
    account: str | None,
    password_stdin: bool,
    download: Path | None,
    ca: Path | None,
    pin: str | None,
    as_json: bool,
    **given: str | tuple[str, ...] | None,
) -> None:
    """Check once as a device does. Ask, tell the decision, fetch and verify the files.

    Without --download nothing is fetched. A device without --mac and --serial is answered by its class alone.
    """
    tls = tls_for(ca, pin)
    address = parse_service_address(url, with_account=account is not None)
    access = DeviceAccess(tls, read_credentials(account, password_stdin=password_stdin))
    request = _request(given)
    told = _Told(as_json=as_json, external=address.external)
    try:
        if download is not None:
            download.mkdir(parents=True, exist_ok=True)
        asyncio.run(_check(address, request, download, access, told))
    except CheckFailure as failure:
        told.failed(failure)
        raise
    except OSError as error:
        not_written = Refused(f"{download} cannot be written: {error.strerror or error}.", code="cannot-write")
        told.failed(not_written)
        raise not_written from error
    finally:
        told.finish()


async def _check(
    address: ServiceAddress, request: CheckRequest, download: Path | None, access: DeviceAccess, told: _Told
) -> None:
    answer = await check_once(address, request, access)
    told.decision(answer)
    if answer.update is not None and download is not None:
        await fetch_offer(
            answer.update, download, external=address.external, access=access, patience=Patience(), say=told.fetched
        )


def _request(given: dict[str, str | tuple[str, ...] | None]) -> CheckRequest:
    """The request of the options, each checked as the service would.

    Raises:
        InvalidValue, WrongUsage: with a sentence that names the option's value.
    """

    def text(name: str) -> str:
        value = given[name]
        return value if isinstance(value, str) else ""

    modules = tuple(_installed(item) for item in given["installed"] or ())
    if len(modules) > MAX_MODULES:
        raise WrongUsage(f"A check names at most {MAX_MODULES} modules.")
    return replace(
        read_device(given),
        user_id=text("user") or None,
        modules=modules,
        last_install=_install_report(
            text("installed_result"), text("installed_version"), text("code"), text("message")
        ),
    )


def _installed(item: str) -> ReportedModule:
    name, separator, version = item.rpartition("=")
    if not separator or not name:
        raise WrongUsage(f"--installed takes FILE=VERSION, not {item[:200]!r}.")
    return ReportedModule(name, Version.parse(version), None)


def _install_report(result: str, version: str, code: str, message: str) -> InstallReport | None:
    if not result:
        if version or code or message:
            raise WrongUsage("--installed-version, --code and --message belong to --installed-result.")
        return None
    if not version:
        raise WrongUsage("--installed-result needs --installed-version.")
    now = datetime.now(UTC).replace(microsecond=0)
    return InstallReport(
        succeeded=result.lower() == "succeeded",
        version=Version.parse(version),
        code=code or None,
        message=message or None,
        time=now,
    )


@dataclass(slots=True)
class _Told:
    """Tells what happens as it happens, or keeps it for one JSON object at the end."""

    as_json: bool
    external: bool
    _answer: dict[str, JsonValue] | None = None
    _files: list[JsonValue] | None = None
    _error: dict[str, JsonValue] | None = None

    def decision(self, answer: CheckAnswer) -> None:
        update = answer.update
        self._answer = {
            "result": "UpdateAvailable" if update else "NoUpdate",
            "code": answer.reason_code,
            "text": answer.reason,
            "next_check_seconds": answer.next_check_seconds,
            **(_offer_as_json(update) if update else {}),
        }
        if self.as_json:
            return
        if update is None:
            click.echo(f"No update: {answer.reason} ({answer.reason_code})")
        else:
            _tell_offer(answer, update, base_url_of(update, external=self.external), click.echo)
        click.echo(f"Told to ask again in {answer.next_check_seconds} seconds.")

    def fetched(self, file: FetchedFile) -> None:
        entry: dict[str, JsonValue] = {
            "name": file.name,
            "path": str(file.path),
            "size": file.size,
            "sha256": file.sha256,
            "resumed_at": file.resumed_at,
            "was_there": file.was_there,
        }
        self._files = [*(self._files or []), entry]
        if self.as_json:
            return
        how = f", resumed at byte {file.resumed_at}" if file.resumed_at else ""
        done = "was already there" if file.was_there else f"fetched{how}"
        click.echo(f"{file.name}: {done}, {file.size} bytes, SHA-256 {file.sha256} verified.")

    def failed(self, failure: CheckFailure) -> None:
        self._error = {"code": failure.code, "text": failure.sentence}

    def finish(self) -> None:
        if self.as_json and (self._answer or self._error):
            click.echo(json.dumps({**(self._answer or {}), "files": self._files or [], "error": self._error}))


def _offer_as_json(update: OfferedUpdate) -> dict[str, JsonValue]:
    return {
        "base_url": update.base_url,
        "external_base_url": update.external_base_url,
        "modules": [
            {
                "file_name": module.file_name,
                "signature_file_name": module.signature,
                "version": module.version.text,
                "timestamp": module.timestamp,
                "size": module.size,
                "sha256": module.sha256,
            }
            for module in update.modules
        ],
    }


def _tell_offer(answer: CheckAnswer, update: OfferedUpdate, base_url: str, say: Callable[[str], None]) -> None:
    say(f"Update available: {answer.reason} ({answer.reason_code})")
    for module in update.modules:
        signed = f", signature {module.signature}" if module.signature else ""
        where = file_url(base_url, module.file_name)
        say(f"  {module.file_name} {module.version}, {module.size} bytes{signed}: {where}")
