r"""Users of a real winbindd sign in by NTLM, and whatever else comes is refused for the right cause."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.handshake_clients import SCHEMES, client_of, find_nt_hash, held_up, refusal_of, sign_in
from tests.support.service_process import eventually
from tests.support.winbind_domain import (
    DISABLED,
    DOMAIN,
    OPERATOR,
    OPERATORS,
    PASSWORD,
    USER,
    WinbindDomain,
    winbind_domain,
)

from device_update_contract.sign_ins import SignInCause
from device_update_service.configuration.account_sources import WinbindSource
from device_update_service.identity.claims import Claim, HandshakeRefused, NtlmResponse
from device_update_service.identity.handshakes import Acceptor, HandshakeScheme
from device_update_service.identity.nt_hashes import nt_hash
from device_update_service.identity.winbind import WinbindVerifier

SECONDS = 30.0
"""A machine that does other things too takes that long to start Samba's servers at the first question."""


@pytest.fixture
def verifier(domain: WinbindDomain) -> Iterator[WinbindVerifier]:
    verifier = WinbindVerifier(domain.source, (OPERATORS, r"PHONES\People"), seconds=SECONDS)
    yield verifier
    verifier.close()


def acceptor_of(verifier: WinbindVerifier) -> Acceptor:
    return Acceptor(find_nt_hash=find_nt_hash, channel_binding="allow", verifier=verifier)


def sign_in_as(
    verifier: WinbindVerifier, user: str, password: str = PASSWORD, scheme: HandshakeScheme = "ntlm"
) -> object:
    return sign_in(acceptor_of(verifier), scheme, client_of(scheme, user, known_hash=nt_hash(password)))


def cause_for(verifier: WinbindVerifier, user: str, password: str = PASSWORD) -> SignInCause:
    attempt = held_up(acceptor_of(verifier), "ntlm", client_of("ntlm", user, known_hash=nt_hash(password)))
    assert attempt.handshake.blocks(attempt.last_token), "winbind is not asked at all"
    return refusal_of(attempt.handshake, attempt.last_token).cause


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", [rf"{DOMAIN}\{USER}", rf"{DOMAIN.lower()}\{USER.upper()}"])
def test_a_user_of_the_domain_is_verified_and_the_session_is_signed_with_the_key_that_winbind_gave(
    verifier: WinbindVerifier, scheme: HandshakeScheme, name: str
) -> None:
    accepted = sign_in(acceptor_of(verifier), scheme, client_of(scheme, name, known_hash=nt_hash(PASSWORD)))
    assert (accepted.source, accepted.user.lower(), (accepted.domain or "").upper()) == ("winbind", USER, DOMAIN)


@pytest.mark.parametrize(
    ("user", "password", "cause"),
    [
        (USER, "wrong", SignInCause.WRONG_PASSWORD),
        (USER, "", SignInCause.WRONG_PASSWORD),
        ("nobody-there", PASSWORD, SignInCause.UNKNOWN_ACCOUNT),
        (DISABLED, PASSWORD, SignInCause.ACCOUNT_DISABLED),
        (DISABLED, "wrong", SignInCause.WRONG_PASSWORD),
    ],
)
def test_the_domain_says_why_it_refuses(
    verifier: WinbindVerifier, user: str, password: str, cause: SignInCause
) -> None:
    assert cause_for(verifier, rf"{DOMAIN}\{user}", password) is cause


def test_a_right_password_is_accepted_and_a_wrong_one_refused_whatever_came_before(verifier: WinbindVerifier) -> None:
    for _ in range(5):
        assert cause_for(verifier, rf"{DOMAIN}\{USER}", "wrong") is SignInCause.WRONG_PASSWORD
        assert sign_in_as(verifier, rf"{DOMAIN}\{USER}")


def test_many_at_once_each_get_their_own_answer(verifier: WinbindVerifier) -> None:
    def attempt(number: int) -> bool:
        if number % 3:
            return sign_in_as(verifier, rf"{DOMAIN}\{USER}") is not None
        return cause_for(verifier, rf"{DOMAIN}\{USER}", "wrong") is SignInCause.WRONG_PASSWORD

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(attempt, range(60)))


def test_groups_are_the_configured_ones_of_which_the_user_is_a_member(verifier: WinbindVerifier) -> None:
    def groups_of(user: str) -> tuple[str, ...]:
        client = client_of("ntlm", rf"{DOMAIN}\{user}", known_hash=nt_hash(PASSWORD))
        return sign_in(acceptor_of(verifier), "ntlm", client).groups

    assert groups_of(OPERATOR) == (OPERATORS, r"PHONES\People")
    assert groups_of(USER) == (r"PHONES\People",)


@pytest.mark.expects_log_records("winbind knows no group 'Nobody there'")
def test_a_configured_group_that_is_not_there_has_no_members(domain: WinbindDomain) -> None:
    verifier = WinbindVerifier(domain.source, ("Nobody there", OPERATORS), seconds=SECONDS)
    client = client_of("ntlm", rf"{DOMAIN}\{OPERATOR}", known_hash=nt_hash(PASSWORD))
    assert sign_in(acceptor_of(verifier), "ntlm", client).groups == (OPERATORS,)
    verifier.close()


@pytest.mark.parametrize(
    ("claim", "is_claimed"),
    [
        (Claim(USER, DOMAIN), True),
        (Claim(USER, "phones"), True),
        (Claim(rf"phones\{USER}", None), True),
        (Claim(f"{USER}@phones", None), True),
        (Claim(USER, None), False),
        (Claim(USER, ""), False),
        (Claim(USER, "OTHER"), False),
        (Claim(f"{USER}@phones", "OTHER"), False),
    ],
)
def test_only_configured_domains_are_its_own(verifier: WinbindVerifier, claim: Claim, *, is_claimed: bool) -> None:
    assert verifier.claims(claim) is is_claimed


@pytest.mark.parametrize(
    "claim",
    [
        Claim(f"{USER}\0", DOMAIN),
        Claim(f"{USER}\nNT-Domain: PHONES", DOMAIN),
        Claim(USER, f"{DOMAIN}\n"),
        Claim(rf"other\{USER}", DOMAIN),
        Claim(rf"{DOMAIN}\{USER}", None),
        Claim(f"{USER}@other", DOMAIN),
        Claim(f"{USER}@x@{DOMAIN}", None),
        Claim(USER.ljust(201, "x"), DOMAIN),
        Claim("é" * 101, DOMAIN),
        Claim("\ud800", DOMAIN),
    ],
)
def test_a_name_that_winbind_would_read_differently_is_never_asked_about(domain: WinbindDomain, claim: Claim) -> None:
    source = domain.source.model_copy(update={"ntlm_auth": Path("/nonexistent/ntlm_auth")})
    verifier = WinbindVerifier(source)
    with pytest.raises(HandshakeRefused) as refused:
        verifier.verify(NtlmResponse(claim, bytes(8), bytes(100), b""))
    assert refused.value.cause is SignInCause.UNKNOWN_ACCOUNT


@given(user=st.text(max_size=300), domain_part=st.text(max_size=300), response=st.binary(max_size=9000))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_claimed_is_refused_for_a_cause_of_the_claim(
    verifier: WinbindVerifier, user: str, domain_part: str, response: bytes
) -> None:
    for claim in (Claim(user, DOMAIN), Claim(USER, domain_part), Claim(user, domain_part or None)):
        with pytest.raises(HandshakeRefused) as refused:
            verifier.verify(NtlmResponse(claim, bytes(8), response, b""))
        assert refused.value.claim == claim


@pytest.mark.expects_log_records("winbind cannot be asked")
def test_without_winbindd_nobody_is_told_a_wrong_password_and_afterwards_all_is_well(
    tmp_path_factory: pytest.TempPathFactory, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "device_update_service")
    folder = tmp_path_factory.mktemp("winbind")
    with winbind_domain(folder) as domain:
        verifier = WinbindVerifier(domain.source, (OPERATORS,), seconds=SECONDS)
        assert sign_in_as(verifier, rf"{DOMAIN}\{USER}")
    for password in (PASSWORD, "wrong"):
        assert cause_for(verifier, rf"{DOMAIN}\{USER}", password) is SignInCause.SOURCE_UNAVAILABLE
    with domain.running():
        assert sign_in_as(verifier, rf"{DOMAIN}\{USER}")
    verifier.close()
    told = [record.getMessage() for record in caplog.records if "winbind can" in record.getMessage()]
    assert len(told) == 2, told
    assert told[1] == "winbind can be asked again."


@pytest.mark.expects_log_records("winbind cannot be asked")
def test_a_winbindd_that_answers_nobody_is_waited_for_only_so_long(
    domain: WinbindDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier = WinbindVerifier(domain.source, seconds=SECONDS)
    assert sign_in_as(verifier, rf"{DOMAIN}\{USER}")
    monkeypatch.setattr(verifier, "_seconds", 0.3)
    with domain.held():
        assert cause_for(verifier, rf"{DOMAIN}\{USER}") is SignInCause.SOURCE_UNAVAILABLE
    verifier.close()
    patient = WinbindVerifier(domain.source, seconds=SECONDS)
    assert sign_in_as(patient, rf"{DOMAIN}\{USER}")
    patient.close()


@pytest.mark.expects_log_records("winbind cannot be asked")
@pytest.mark.parametrize("missing", ["ntlm_auth", "wbinfo"])
def test_a_program_that_is_missing_is_said_in_the_log(
    domain: WinbindDomain, missing: str, caplog: pytest.LogCaptureFixture
) -> None:
    source = domain.source.model_copy(update={missing: Path("/nonexistent") / missing})
    verifier = WinbindVerifier(source, (OPERATORS,))
    assert cause_for(verifier, rf"{DOMAIN}\{USER}") is SignInCause.SOURCE_UNAVAILABLE
    verifier.close()
    assert f"/nonexistent/{missing} cannot be started: No such file or directory" in caplog.text


def test_local_accounts_sign_in_beside_the_domain(verifier: WinbindVerifier) -> None:
    attempt = held_up(acceptor_of(verifier), "ntlm")
    assert not attempt.handshake.blocks(attempt.last_token)
    assert sign_in(acceptor_of(verifier), "ntlm").source == "local"


def test_ntlmv1_is_never_asked_about_whatever_samba_is_set_to(domain: WinbindDomain) -> None:
    verifier = WinbindVerifier(domain.source.model_copy(update={"ntlm_auth": Path("/nonexistent/ntlm_auth")}))
    with pytest.raises(HandshakeRefused) as refused:
        verifier.verify(NtlmResponse(Claim(USER, DOMAIN), bytes(8), bytes(24), bytes(24)))
    assert refused.value.cause is SignInCause.MALFORMED_TOKEN


class Answering:
    """A program in the place of ``ntlm_auth`` that answers with the lines of a script."""

    def __init__(self, folder: Path, script: str) -> None:
        self.started = folder / "started"
        self.program = folder / "ntlm_auth"
        self.program.write_text(
            f'#!/bin/sh\necho >> {self.started}\nwhile read -r line; do [ "$line" = . ] || continue\n{script}\ndone\n'
        )
        self.program.chmod(0o755)

    def verifier(self, seconds: float = SECONDS) -> WinbindVerifier:
        return WinbindVerifier(WinbindSource(domains=(DOMAIN,), ntlm_auth=self.program, processes=1), seconds=seconds)

    @property
    def starts(self) -> int:
        return len(self.started.read_text().splitlines())


def verify(verifier: WinbindVerifier) -> bytes:
    return verifier.verify(NtlmResponse(Claim(USER, DOMAIN), bytes(8), bytes(100), b"")).session_base_key


YES = "printf 'Authenticated: Yes\\nUser-Session-Key: 00112233445566778899AABBCCDDEEFF\\n.\\n'"


@pytest.mark.parametrize(
    "script",
    [
        "printf 'Authenticated: Yes\\n.\\n'",
        "printf 'Authenticated: Yes\\nUser-Session-Key: 0011\\n.\\n'",
        "printf 'Authenticated: Yes\\nUser-Session-Key: nothing\\n.\\n'",
        "printf 'Authenticated: No\\n.\\n'",
        "printf 'Authenticated: No\\nAuthentication-Error: No logon servers are currently available.\\n.\\n'",
        "printf 'Error: No username supplied!\\n.\\n'; " + YES,
        "printf 'User-Session-Key: 00112233445566778899AABBCCDDEEFF\\nAuthenticated: Yes\\n.\\n'",
        "exit 1",
    ],
)
@pytest.mark.expects_log_records("winbind cannot be asked")
def test_an_answer_that_is_not_exactly_a_yes_lets_nobody_in(tmp_path: Path, script: str) -> None:
    verifier = Answering(tmp_path, script).verifier()
    with pytest.raises(HandshakeRefused) as refused:
        verify(verifier)
    verifier.close()
    assert refused.value.cause is SignInCause.SOURCE_UNAVAILABLE


@pytest.mark.expects_log_records("gives an answer that does not end")
def test_an_answer_that_does_not_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    verifier = Answering(tmp_path, "exec cat /dev/zero").verifier()
    with pytest.raises(HandshakeRefused) as refused:
        verify(verifier)
    verifier.close()
    assert refused.value.cause is SignInCause.SOURCE_UNAVAILABLE


def test_a_session_key_of_zeros_is_a_guests_and_lets_nobody_in(tmp_path: Path) -> None:
    verifier = Answering(tmp_path, f"printf 'Authenticated: Yes\\nUser-Session-Key: {'0' * 32}\\n.\\n'").verifier()
    with pytest.raises(HandshakeRefused) as refused:
        verify(verifier)
    verifier.close()
    assert refused.value.cause is SignInCause.UNKNOWN_ACCOUNT


@pytest.mark.expects_log_records("winbind cannot be asked")
def test_an_answer_that_comes_too_late_is_nobody_elses(tmp_path: Path) -> None:
    """A process that was late with a yes is ended: its yes would be the answer to the next question."""
    late = Answering(tmp_path, f"[ -e {tmp_path}/late ] || {{ touch {tmp_path}/late; read -r waits; }}\n{YES}")
    verifier = late.verifier(0.3)
    with pytest.raises(HandshakeRefused):
        verify(verifier)
    assert verify(verifier) == bytes.fromhex("00112233445566778899AABBCCDDEEFF")
    verifier.close()
    assert late.starts == 2


@pytest.mark.parametrize(
    ("name", "is_let_in"), [("CORP\\\\jsmith", False), (rf"CORP\\\\{USER}", True), (rf"CORP\\\\{USER.upper()}", True)]
)
def test_a_principal_name_that_begins_like_another_account_is_not_taken_for_it(
    tmp_path: Path, name: str, *, is_let_in: bool
) -> None:
    wbinfo = tmp_path / "wbinfo"
    wbinfo.write_text(
        "#!/bin/sh\ncase $1 in --name-to-sid=*) echo 'S-1-5-21-7 SID_USER (1)';; "
        f"--sid-to-name=S-1-5-21-7) printf '{name} 1\\n';; *) exit 1;; esac\n"
    )
    wbinfo.chmod(0o755)
    source = WinbindSource(domains=("corp.test",), ntlm_auth=Answering(tmp_path, YES).program, wbinfo=wbinfo)
    verifier = WinbindVerifier(source)
    response = NtlmResponse(Claim(f"{USER}@corp.test", None), bytes(8), bytes(100), b"")
    if is_let_in:
        assert verifier.verify(response)
    else:
        with pytest.raises(HandshakeRefused) as refused:
            verifier.verify(response)
        assert refused.value.cause is SignInCause.UNKNOWN_ACCOUNT
    verifier.close()


def test_a_process_that_has_died_meanwhile_is_started_again_and_asked_again(tmp_path: Path) -> None:
    once = Answering(tmp_path, YES + "\nexit 0")
    verifier = once.verifier()
    assert verify(verifier) == verify(verifier)
    verifier.close()
    assert once.starts == 2


@pytest.mark.expects_log_records("winbind cannot be asked")
def test_closing_ends_also_the_process_that_somebody_waits_for(tmp_path: Path) -> None:
    silent = Answering(tmp_path, f"touch {tmp_path}/asked")
    verifier = silent.verifier(60)
    causes = []

    def ask() -> None:
        with pytest.raises(HandshakeRefused) as refused:
            verify(verifier)
        causes.append(refused.value.cause)

    asking = threading.Thread(target=ask)
    asking.start()
    eventually((tmp_path / "asked").exists, "the process is asked")
    verifier.close()
    asking.join(60)
    assert causes == [SignInCause.SOURCE_UNAVAILABLE]
    assert silent.starts == 1
