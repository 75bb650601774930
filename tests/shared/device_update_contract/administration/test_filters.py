"""Filters of the administration API: a filter that is no filter would choose everything (contract section 5)."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from device_update_contract.administration.base import MAX_SOUGHT
from device_update_contract.administration.devices import DeviceFilter, DeviceQuery, ManyDevicesRequest
from device_update_contract.administration.endpoints import ENDPOINTS
from device_update_contract.administration.packages import PackageNameQuery
from device_update_contract.administration.rules import RuleFilter, RuleVerbRequest

SEARCHED = [
    RuleFilter,
    DeviceFilter,
    *{each.query for each in ENDPOINTS if each.query is not None and "search" in each.query.model_fields},
]
PARAMETERS = sorted(
    (each.name, name)
    for each in ENDPOINTS
    if each.query not in (None, PackageNameQuery)  # a label, of which only what can be printed is kept
    for name in each.query.model_fields
    if name not in {"after", "sort"}  # they are compared with what there is before a database sees them
)
QUERIES = {each.name: each.query for each in ENDPOINTS if each.query is not None}


@pytest.mark.parametrize(("endpoint", "name"), PARAMETERS)
@pytest.mark.parametrize("text", ["\0", "x" * (MAX_SOUGHT + 1)])
def test_no_parameter_takes_what_a_database_would_choke_on(endpoint: str, name: str, text: str) -> None:
    with pytest.raises(ValidationError):
        QUERIES[endpoint].model_validate({name: text})


@pytest.mark.parametrize("text", ["1767225600", "-1", "1e9", "20260503", "2026-W01-1", "infinity", ""])
def test_a_time_is_written_as_rfc_3339_and_never_guessed_from_a_number(text: str) -> None:
    with pytest.raises(ValidationError, match="2026-05-03T14:02:00Z"):
        DeviceQuery.model_validate({"seen_before": text})


@pytest.mark.parametrize("model", SEARCHED)
@pytest.mark.parametrize("text", ["\0", "CX\0", "x" * (MAX_SOUGHT + 1)])
def test_what_a_database_would_cut_or_choke_on_is_refused(model: type[BaseModel], text: str) -> None:
    with pytest.raises(ValidationError):
        model.model_validate({"search": text})


@pytest.mark.parametrize("model", SEARCHED)
def test_a_text_as_long_as_any_user_name_can_be_searched_for(model: type[BaseModel]) -> None:
    assert model.model_validate({"search": "u" * 256}).model_dump()["search"] == "u" * 256


@pytest.mark.parametrize("model", [RuleVerbRequest, ManyDevicesRequest])
def test_no_filter_of_a_verb_expects_fewer_than_none(model: type[BaseModel]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate({"filter": {}, "expected_count": -1})


@pytest.mark.parametrize("values", [{"status": "ofered"}, {"reason": "approved"}])
def test_a_status_or_reason_that_does_not_exist_is_refused_instead_of_finding_nothing(values: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match=r"offered|approved-update"):
        DeviceQuery.model_validate(values)
