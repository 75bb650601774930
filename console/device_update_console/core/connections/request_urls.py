"""A request's parameters and its address, as they are sent."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import yarl
from pydantic import BaseModel


def parameters_of(query: BaseModel | None) -> dict[str, str]:
    """Of a query the fields that were set."""
    if query is None:
        return {}
    values = query.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in values.items()}


def request_url(address: str, parameters: Mapping[str, str]) -> yarl.URL:
    """The address with its parameters; already encoded, so that nothing on the way normalises what a person typed."""
    return yarl.URL(f"{address}?{urlencode(parameters)}" if parameters else address, encoded=True)
