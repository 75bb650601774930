"""The service starts only where NTLM is NTLMv2 and a forged message is refused."""

from __future__ import annotations

import os

import pytest
import spnego
from spnego._ntlm_raw.messages import Authenticate, NegotiateFlags
from spnego.exceptions import NegotiateOptions
from tests.support.handshake_clients import FLAGS, authenticate_message, negotiate_message

from device_update_service.identity import ntlmv2_only
from device_update_service.identity.claims import VerifiedNtlm
from device_update_service.identity.ntlmv2_only import NtlmNotSafe, require_ntlmv2


@pytest.fixture(autouse=True)
def _an_environment_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LM_COMPAT_LEVEL", "")  # so that what a test sets is taken back
    monkeypatch.delenv("LM_COMPAT_LEVEL")


def test_the_level_is_set_for_all_that_reads_it() -> None:
    require_ntlmv2()
    require_ntlmv2()
    assert os.environ["LM_COMPAT_LEVEL"] == "5"


@pytest.mark.parametrize("level", ["0", "3", "4", "6", "", "five"])
def test_another_level_in_the_environment_is_refused_in_a_sentence(level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LM_COMPAT_LEVEL", level)
    with pytest.raises(NtlmNotSafe) as refused:
        require_ntlmv2()
    assert refused.value.code == "ntlm-not-safe"
    assert "LM_COMPAT_LEVEL" in refused.value.sentence
    assert os.environ["LM_COMPAT_LEVEL"] == level


def test_a_service_that_would_let_the_forged_message_in_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    verification = "device_update_service.identity.ntlm_verification"
    monkeypatch.setattr(f"{verification}._refuse_what_is_not_ntlmv2", lambda _: None)
    require_ntlmv2()  # there is a second wall: nothing but an NTLMv2 answer can be verified
    monkeypatch.setattr(f"{verification}.verify_with_hash", lambda *_: VerifiedNtlm(bytes(16)))
    with pytest.raises(NtlmNotSafe, match="not safe in this installation"):
        require_ntlmv2()


def test_the_forged_message_is_the_one_of_the_probe() -> None:
    assert ntlmv2_only._forged_authenticate()[:12] == authenticate_message("alice")[:12]
    theirs = Authenticate.unpack(ntlmv2_only._forged_authenticate())
    assert (theirs.user_name, theirs.domain_name, theirs.nt_challenge_response) == ("alice", None, None)
    assert theirs.lm_challenge_response == b"A" * 8 + bytes(16)
    assert theirs.flags & FLAGS & ~NegotiateFlags.key_128 == theirs.flags


def test_pyspnegos_own_acceptor_still_needs_the_level(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why the service has its own; when this fails, pyspnego has changed and the reason is to be looked at again."""
    users = tmp_path_factory.mktemp("pyspnego") / "users"
    users.write_text(":alice:Secret-123\n")
    monkeypatch.setenv("NTLM_USER_FILE", str(users))
    forged = authenticate_message("alice", lm=b"A" * 8 + bytes(16))

    def lets_in() -> bool:
        acceptor = spnego.server(protocol="ntlm", options=NegotiateOptions.use_ntlm)
        acceptor.step(negotiate_message())
        try:
            acceptor.step(forged)
        except spnego.exceptions.SpnegoError:
            return False
        return bool(acceptor.complete)

    assert lets_in()
    require_ntlmv2()
    assert not lets_in()
