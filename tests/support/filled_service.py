"""A running service in which every list of the administration API has something, with an account of each role."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.administered_store import AdministeredStore
from tests.support.administration import NAMES, PASSWORD, add_account
from tests.support.log_uploads import BOUNDARY, log_body
from tests.support.running_services import RunningService, running_service
from tests.support.stores import open_stores

from device_update_console.core.connections.addresses import parse_server_address
from device_update_console.core.connections.client import AdministrationClient
from device_update_console.core.failures import NotAuthenticated
from device_update_contract.administration.devices import (
    Device,
    DeviceChange,
    ManyDevicesAnswer,
    ManyDevicesRequest,
    NewTestDevice,
)
from device_update_contract.administration.endpoints import ADD_TEST_DEVICE, CHANGE_DEVICE, RETIRE_DEVICES
from device_update_contract.administration.roles import Role
from device_update_http_authentication.identities import Credentials

OLD, NEW, NEWEST = "1.0.522.101", "4.0.7577.4366", "4.0.7577.4387"
TEST_DEVICE = "00-04-F2-00-00-01"

_CHECK = """<?xml version="1.0" encoding="utf-8"?>
<Request><DeviceType>UCPhone</DeviceType><MacAddress>{mac}</MacAddress><SerialNumber>{serial}</SerialNumber>
<Vendor>Polycom</Vendor><Model>{model}</Model><Revision>A</Revision><Locale>ENU</Locale><UserId>{user}</UserId>
<Modules><Module><FileName>CPE.nbt</FileName><Version>{installed}</Version></Module></Modules>{report}</Request>"""
_FAILED = """<LastInstall><Result>Failed</Result><Version>4.0.7577.4366</Version><Code>17</Code>
<Message>no room</Message><Time>2026-05-03T08:30:00Z</Time></LastInstall>"""


@dataclass(slots=True)
class FilledService:
    """The service, and who may sign in to it."""

    service: RunningService

    @property
    def address(self) -> str:
        """The administration listener's URL."""
        assert self.service.listening.admin is not None
        return self.service.listening.admin

    def client(self, role: Role = Role.ADMINISTRATOR, password: str = PASSWORD) -> AdministrationClient:
        """A client as the account of a role; use it as an asynchronous context."""
        return AdministrationClient(parse_server_address(self.address), identity=Credentials(NAMES[role], password))

    async def check(
        self,
        mac: str,
        *,
        serial: str = "",
        model: str = "CX700",
        installed: str = OLD,
        user: str = "",
        report: str = "",
    ) -> None:
        """A check of a device, durable when it returns."""
        body = _CHECK.format(mac=mac, serial=serial, model=model, installed=installed, user=user, report=report)
        await self.send(body.encode())

    async def send(self, body: bytes, content_type: str = "text/xml") -> None:
        """Whatever a device may send."""
        url = f"{self.service.internal}/RequestHandler/ucdevice.upx"
        async with self.service.client.post(url, data=body, headers={"Content-Type": content_type}) as response:
            await response.read()
        await self.service.parts.service.write(lambda: None)


@asynccontextmanager
async def filled_service(folder: Path) -> AsyncIterator[FilledService]:
    """Start it: rules in every state, devices of several statuses, refusals of both kinds, all that was audited."""
    _import_and_approve(folder)
    async with running_service(folder) as service:
        filled = FilledService(service)
        for role, name in NAMES.items():
            await add_account(service.parts.service, name, role)
        async with filled.client() as client:
            await client.sign_in()
            new = NewTestDevice(name="Reception \N{GRINNING FACE}", identifier_type="mac", identifier=TEST_DEVICE)
            await client.call(ADD_TEST_DEVICE, body=new)
            await filled.check(TEST_DEVICE, user="kenmyer@contoso.com")
            await filled.check("00-04-F2-00-00-02", installed=NEW, user="\N{ARABIC LETTER ALEF WITH HAMZA ABOVE}\t=1+1")
            await filled.check("00-04-F2-00-00-03", serial="07823-A345", report=_FAILED)
            await filled.check("00-04-F2-00-00-04", model="Unknown")
            noted = DeviceChange(label="Lobby", location="Berlin", asset_tag="A 17", note="rings\nat night")
            await client.ask(CHANGE_DEVICE, Device, path={"id": "2"}, body=noted)
            await filled.send(b"<Request>")
            body = log_body(b"power on", file_name="boot\N{GRINNING FACE}.clg", mac=TEST_DEVICE)
            await filled.send(body, f"multipart/form-data; boundary={BOUNDARY}")
            retired = ManyDevicesRequest(ids=["4"])
            assert (await client.ask(RETIRE_DEVICES, ManyDevicesAnswer, body=retired)).changed == 1
        await _fail_to_sign_in(filled)
        yield filled


def _import_and_approve(folder: Path) -> None:
    with open_stores(folder) as stores:
        work = folder / "work"
        work.mkdir()
        administrator = AdministeredStore(stores, work)
        for version in (OLD, NEW, NEWEST):
            rule_id = administrator.import_version(version)
            if version != NEWEST:
                administrator.verb("approve", rule_id, comment="tried in the lobby")
        administrator.import_version(NEW, model="CX3000")
        removed = administrator.import_version(NEW, model="CX100")
        administrator.verb("remove", removed)


async def _fail_to_sign_in(filled: FilledService) -> None:
    try:
        async with filled.client(password="a wrong one") as client:
            await client.sign_in()
    except NotAuthenticated:
        await filled.service.parts.service.write(lambda: None)
        return
    raise AssertionError("a wrong password was taken")
