"""Filters of the administration API: a filter that is no filter would choose everything (contract section 5)."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from device_update_contract.administration.base import MAX_SOUGHT
from device_update_contract.administration.devices import DeviceFilter, DeviceQuery, ManyDevicesRequest
from device_update_contract.administration.packages import PackageQuery
from device_update_contract.administration.rules import RuleFilter, RuleQuery, RuleVerbRequest
from device_update_contract.administration.server import AccountQuery, RefusedRequestQuery

SEARCHED = (RuleFilter, RuleQuery, DeviceFilter, DeviceQuery, PackageQuery, RefusedRequestQuery, AccountQuery)


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
