"""No code that the service can tell lacks its words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import get_args

import pytest

from device_update_console.core.texts import code_texts
from device_update_contract.administration.audit_trail import AuditOutcome
from device_update_contract.administration.devices import LastInstall, NewTestDevice
from device_update_contract.administration.roles import Role
from device_update_contract.administration.rules import RuleState
from device_update_contract.administration.sign_ins import SignIn
from device_update_contract.audit import AuditVerb
from device_update_contract.findings import Severity
from device_update_contract.reasons import ReasonCode, StatusCode, WhoActs
from device_update_contract.sign_ins import SignInCause
from device_update_service.configuration.account_sources import SourceName
from device_update_service.domain.rules import SlotName
from device_update_service.usecases.sign_ins import kind_of

CODES: list[tuple[Mapping[str, str], Iterable[str]]] = [
    (code_texts.STATUS_TEXTS, StatusCode),
    (code_texts.REASON_TEXTS, ReasonCode),
    (code_texts.WHO_ACTS_TEXTS, WhoActs),
    (code_texts.AUDIT_VERB_TEXTS, AuditVerb),
    (code_texts.CAUSE_TEXTS, SignInCause),
    (code_texts.ROLE_TEXTS, Role),
    (code_texts.OUTCOME_TEXTS, get_args(AuditOutcome)),
    (code_texts.RULE_STATE_TEXTS, get_args(RuleState)),
    (code_texts.REFUSAL_KIND_TEXTS, ["check", *map(kind_of, code_texts.LISTENER_TEXTS)]),
    (code_texts.SOURCE_TEXTS, get_args(SourceName)),
    (code_texts.LISTENER_TEXTS, get_args(SignIn.model_fields["listener"].annotation)),
    (code_texts.INSTALL_RESULT_TEXTS, get_args(LastInstall.model_fields["result"].annotation)),
    (code_texts.SEVERITY_TEXTS, Severity),
    (code_texts.SLOT_TEXTS, SlotName),
    (code_texts.IDENTIFIER_TYPE_TEXTS, get_args(NewTestDevice.model_fields["identifier_type"].annotation)),
]


@pytest.mark.parametrize(("texts", "codes"), CODES, ids=lambda value: "")
def test_every_code_has_words_of_its_own_and_none_is_left_over(texts: Mapping[str, str], codes: Iterable[str]) -> None:
    assert list(texts) == list(codes)
    assert len(set(texts.values())) == len(texts)
    for code, text in texts.items():
        assert text[0].isupper()
        assert not text.endswith(".")
        assert code_texts.text_of(texts, str(code)) == text


def test_a_code_of_a_newer_service_is_shown_as_it_is() -> None:
    assert code_texts.text_of(code_texts.STATUS_TEXTS, "dreaming") == "dreaming"
