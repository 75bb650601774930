"""Plain HTTP calls to a service that may be killed at any moment: one connection each, and either an answer or none."""

from __future__ import annotations

import base64
import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.support.service_process import ACCOUNT, PASSWORD, ServiceProcess

from device_update_contract.checks import CheckRequest
from device_update_contract.device_messages.requests import render_check_request

_CHECK_ROUTE = "/RequestHandler/ucdevice.upx"
_SECONDS = 60.0


class NotAnswered(Exception):
    """No whole answer came: whatever was asked for was done, or was not."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def call(port: int, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
    """Ask a listener on loopback; the path is sent as it is.

    Raises:
        NotAnswered: the connection was refused or ended early.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return Answer(response.status, response.read())
    except (OSError, http.client.HTTPException) as error:
        raise NotAnswered(f"{method} {path}: {error!r}") from error
    finally:
        connection.close()


def check(service: ServiceProcess, request: CheckRequest | bytes) -> Answer:
    """One check of a device."""
    body = request if isinstance(request, bytes) else render_check_request(request)
    return call(service.internal_port, "POST", _CHECK_ROUTE, body, {"Content-Type": "text/xml"})


class Administrator:
    """The first administrator with one session, which outlives the service's process."""

    def __init__(self, service: ServiceProcess) -> None:
        self._service = service
        basic = base64.b64encode(f"{ACCOUNT}:{PASSWORD}".encode()).decode()
        opened = call(service.admin_port, "POST", "/api/v1/session", b"", {"Authorization": f"Basic {basic}"})
        assert opened.status == 201, opened.body
        self.token = opened.json["token"]

    def ask(self, method: str, path: str, body: Any = None) -> Answer:
        """A route of the API, with JSON."""
        encoded = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}"} | ({"Content-Type": "application/json"} if encoded else {})
        return call(self._service.admin_port, method, f"/api/v1{path}", encoded, headers)

    def get(self, path: str) -> Any:
        """What a route shows."""
        answer = self.ask("GET", path)
        assert answer.status == 200, answer.body
        return answer.json

    def items(self, path: str) -> list[Any]:
        """The whole of a list, page by page."""
        first = f"{path}{'&' if '?' in path else '?'}limit=1000"
        page = self.get(first)
        items: list[Any] = page["items"]
        while page["next"] is not None:
            page = self.get(f"{first}&after={quote(page['next'], safe='')}")
            items += page["items"]
        return items

    def send_package(self, package: bytes, name: str = "package.cab") -> Answer:
        """Import a package."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/octet-stream"}
        return call(self._service.admin_port, "POST", f"/api/v1/packages?name={quote(name)}", package, headers)

    def import_package(self, package: bytes, name: str = "package.cab") -> Any:
        """Import a package that has to be accepted."""
        answer = self.send_package(package, name)
        assert answer.status == 201, answer.body
        return answer.json

    def verb(self, verb: str, *rules: dict[str, Any]) -> Answer:
        """A verb on rules."""
        return self.ask("POST", f"/rules/{verb}", {"rules": list(rules)})

    def approve_all(self) -> None:
        """Approve everything that is pending."""
        answer = self.ask("POST", "/rules/approve", {"filter": {"state": "pending"}})
        assert answer.status == 200, answer.body
        assert answer.json["refused"] == []
