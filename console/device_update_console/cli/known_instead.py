"""What is known instead of an empty list, in the service's own words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from pydantic import BaseModel

from device_update_console.core.failures import FailedCall
from device_update_console.core.lists.known_instead import ask_evidence
from device_update_console.core.lists.source import Caller
from device_update_contract.administration.endpoints import Endpoint


def known_instead(
    client: Caller, endpoint: Endpoint, query: BaseModel
) -> Callable[[], Awaitable[Sequence[str]]] | None:
    """What asks for it; None where nothing was looked for. That the list is empty holds also where this fails."""
    given = query.model_dump(exclude_none=True, exclude_unset=True, exclude={"limit", "sort"})
    if not given:
        return None

    async def ask() -> list[str]:
        try:
            return [fact.text for fact in await ask_evidence(client, endpoint, given)]
        except FailedCall:
            return []

    return ask
