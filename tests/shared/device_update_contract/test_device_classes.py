"""Device classes of contract section 1."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_contract.device_classes import DeviceClass
from device_update_contract.identifiers import InvalidIdentifier

_field = st.text("abcXYZ019 ._-+()", min_size=1, max_size=64).filter(lambda text: text.strip() not in {"", ".", ".."})
_fields = st.fixed_dictionaries(dict.fromkeys(("device_type", "brand", "model", "revision", "locale"), _field))


@given(_fields)
def test_classes_are_compared_without_case_and_keep_their_spelling(fields: dict[str, str]) -> None:
    given_class = DeviceClass.parse(**fields)
    other = DeviceClass.parse(**{name: f" {text.upper()} " for name, text in fields.items()})
    assert given_class.key == other.key
    assert given_class.model == fields["model"].strip()


@given(_fields, _fields)
def test_classes_with_one_key_differ_in_nothing_but_case(first: dict[str, str], second: dict[str, str]) -> None:
    same = all(first[name].strip().lower() == second[name].strip().lower() for name in first)
    assert (DeviceClass.parse(**first).key == DeviceClass.parse(**second).key) is same


@pytest.mark.parametrize("field", ["device_type", "brand", "model", "revision", "locale"])
def test_a_wrong_field_is_named(field: str) -> None:
    fields = {"device_type": "UCPhone", "brand": "Polycom", "model": "CX700", "revision": "A", "locale": "ENU"}
    with pytest.raises(InvalidIdentifier) as caught:
        DeviceClass.parse(**(fields | {field: "a/b"}))
    assert str(caught.value.parameters["field"]).lower() == field.replace("_", "")
