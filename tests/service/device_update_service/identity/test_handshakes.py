"""Real clients sign in; the order of messages, sizes and schemes are kept to."""

from __future__ import annotations

import pytest
import spnego
from tests.support.handshake_clients import (
    SCHEMES,
    HashKeepingDomain,
    authenticate_message,
    client_of,
    find_nt_hash,
    held_up,
    in_scheme,
    negotiate_message,
    offer,
    plain_acceptor,
    refusal_of,
    sign_in,
)

from device_update_contract.sign_ins import SignInCause
from device_update_service.identity.claims import Claim, HandshakeRefused, NtlmResponse, VerifiedNtlm
from device_update_service.identity.handshakes import (
    MOST_TOKEN_BYTES,
    Accepted,
    Acceptor,
    Challenge,
    HandshakeScheme,
)
from device_update_service.identity.nt_hashes import nt_hash

both_schemes = pytest.mark.parametrize("scheme", SCHEMES)


@both_schemes
@pytest.mark.parametrize("user", ["phone", "X\\phone", "phone@x", "WORKSTATION\\phone", "PHONE", "x\\Phone"])
def test_the_domain_part_of_a_local_account_is_ignored(scheme: HandshakeScheme, user: str) -> None:
    accepted = sign_in(plain_acceptor(), scheme, client_of(scheme, user))
    assert (accepted.user.lower(), accepted.domain, accepted.source) == ("phone", None, "local")


@both_schemes
def test_a_password_of_letters_beyond_ascii_signs_in(scheme: HandshakeScheme) -> None:
    acceptor = Acceptor(find_nt_hash=lambda _: nt_hash("pässwörd 密碼 😀"), channel_binding="allow")
    options = spnego.NegotiateOptions.use_ntlm if scheme == "ntlm" else spnego.NegotiateOptions.use_negotiate
    client = spnego.client("phone", "pässwörd 密碼 😀", protocol=scheme, options=options)
    assert sign_in(acceptor, scheme, client).user == "phone"


def test_bare_ntlm_is_taken_in_the_scheme_negotiate_as_windows_sends_it() -> None:
    attempt = held_up(plain_acceptor(), "negotiate", client_of("ntlm"))
    accepted = attempt.handshake.step(attempt.last_token)
    assert isinstance(accepted, Accepted)
    assert accepted.token is None


@both_schemes
def test_an_unknown_name_is_refused_just_as_a_wrong_password(scheme: HandshakeScheme) -> None:
    refusals = []
    for user in ("phone", "nobody"):
        attempt = held_up(plain_acceptor(), scheme, client_of(scheme, user, known_hash=nt_hash("guess")))
        refusals.append(refusal_of(attempt.handshake, attempt.last_token))
    assert {refused.cause for refused in refusals} == {SignInCause.WRONG_PASSWORD}
    assert len({(refused.sentence, refused.code, str(refused.parameters)) for refused in refusals}) == 1
    assert [str(refused.claim) for refused in refusals] == ["phone", "nobody"]


@both_schemes
def test_an_account_without_a_hash_cannot_sign_in_with_ntlm(scheme: HandshakeScheme) -> None:
    acceptor = Acceptor(find_nt_hash=lambda _: b"", channel_binding="allow")
    for known in (b"", bytes(16), nt_hash("")):
        attempt = held_up(acceptor, scheme, client_of(scheme, known_hash=known))
        assert refusal_of(attempt.handshake, attempt.last_token).cause is SignInCause.WRONG_PASSWORD


@both_schemes
def test_who_is_claimed_is_told_of_the_last_message_only(scheme: HandshakeScheme) -> None:
    attempt = held_up(plain_acceptor(), scheme, client_of(scheme, "CORP\\phone"))
    assert attempt.handshake.claim(attempt.tokens[0]) is None
    assert attempt.handshake.claim(attempt.last_token) == Claim("phone", "CORP")
    assert isinstance(attempt.handshake.step(attempt.last_token), Accepted)


@pytest.mark.parametrize(
    ("claim", "account", "domain", "text"),
    [
        (Claim("phone", None), "phone", None, "phone"),
        (Claim("phone", "X"), "phone", "X", "X\\phone"),
        (Claim("phone@x.example", None), "phone", "x.example", "phone@x.example"),
        (Claim("X\\phone", None), "phone", "X", "X\\phone"),
        (Claim("phone@x.example", "SERVER"), "phone", "SERVER", "SERVER\\phone@x.example"),
    ],
)
def test_a_claim_names_account_and_domain_however_they_are_written(
    claim: Claim, account: str, domain: str | None, text: str
) -> None:
    assert (claim.account_name, claim.named_domain, str(claim)) == (account, domain, text)


@both_schemes
def test_the_last_message_without_the_first_is_out_of_order(scheme: HandshakeScheme) -> None:
    attempt = held_up(plain_acceptor(), scheme)
    elsewhere = plain_acceptor().begin(scheme, None)
    refused = refusal_of(elsewhere, attempt.last_token)
    assert refused.cause is SignInCause.OUT_OF_ORDER
    assert refused.claim == Claim("phone", None)


@both_schemes
def test_a_second_first_message_is_out_of_order_and_ends_the_handshake(scheme: HandshakeScheme) -> None:
    attempt = held_up(plain_acceptor(), scheme)
    assert refusal_of(attempt.handshake, attempt.tokens[0]).cause is SignInCause.OUT_OF_ORDER
    assert refusal_of(attempt.handshake, attempt.last_token).cause is SignInCause.OUT_OF_ORDER


@both_schemes
def test_nothing_follows_an_acceptance(scheme: HandshakeScheme) -> None:
    for following in (0, 1):
        attempt = held_up(plain_acceptor(), scheme)
        attempt.handshake.step(attempt.last_token)
        token = (attempt.last_token, attempt.tokens[0])[following]
        assert refusal_of(attempt.handshake, token).cause is SignInCause.OUT_OF_ORDER


@both_schemes
def test_a_wrong_answer_cannot_be_followed_by_a_right_one_to_the_same_challenge(scheme: HandshakeScheme) -> None:
    attempt = held_up(plain_acceptor(), scheme)
    wrong = in_scheme(scheme, authenticate_message("phone", nt=b"x" * 16 + b"\x01\x01" + bytes(60)))
    assert refusal_of(attempt.handshake, wrong).cause is SignInCause.WRONG_PASSWORD
    assert refusal_of(attempt.handshake, attempt.last_token).cause is SignInCause.OUT_OF_ORDER


@both_schemes
@pytest.mark.parametrize(
    "token",
    [
        b"",
        b"N",
        b"`",
        b"NTLMSSP\0",
        b"NTLMSSP\0\x01\0\0\0",
        b"NTLMSSP\0\x02\0\0\0" + bytes(60),
        b"NTLMSSP\0\x03\0\0\0" + bytes(4),
        b"NTLMSSP\0\x04\0\0\0" + bytes(60),
        b"NTLMSSP\0\x01\0\0\0" + bytes(60),
        bytes(48),
        b"\xa1" * 1024,
        b"A" * (64 * 1024),
        negotiate_message() + bytes(MOST_TOKEN_BYTES),
    ],
    ids=lambda token: f"{len(token)} bytes {token[:12].hex()}",
)
def test_junk_is_malformed(scheme: HandshakeScheme, token: bytes) -> None:
    handshake = plain_acceptor().begin(scheme, None)
    assert not handshake.blocks(token)
    assert refusal_of(handshake, token).cause is SignInCause.MALFORMED_TOKEN
    assert refusal_of(handshake, negotiate_message()).cause is SignInCause.OUT_OF_ORDER


def test_the_longest_token_is_still_read() -> None:
    longest = negotiate_message().ljust(MOST_TOKEN_BYTES, b"\0")
    assert isinstance(plain_acceptor().begin("ntlm", None).step(longest), Challenge)


def test_spnego_is_not_taken_in_the_scheme_ntlm() -> None:
    handshake = plain_acceptor().begin("ntlm", None)
    assert refusal_of(handshake, offer(negotiate_message())).cause is SignInCause.MALFORMED_TOKEN


@both_schemes
@pytest.mark.parametrize("user", ["CORP\\kenmyer", "kenmyer@corp"])
def test_users_of_a_domain_are_verified_by_it(scheme: HandshakeScheme, user: str) -> None:
    domain = HashKeepingDomain("corp", "kenmyer", nt_hash("elsewhere"), groups=("Phones",))
    acceptor = Acceptor(find_nt_hash=find_nt_hash, channel_binding="allow", verifier=domain)
    attempt = held_up(acceptor, scheme, client_of(scheme, user, known_hash=nt_hash("elsewhere")))
    assert attempt.handshake.blocks(attempt.last_token)
    accepted = attempt.handshake.step(attempt.last_token)
    assert isinstance(accepted, Accepted)
    assert (accepted.user, (accepted.domain or "").lower()) == ("kenmyer", "corp")
    assert (accepted.source, accepted.groups) == ("winbind", ("Phones",))
    assert len(domain.asked[0].server_challenge) == 8


@both_schemes
def test_a_domain_user_is_never_looked_up_here_nor_a_local_one_there(scheme: HandshakeScheme) -> None:
    domain = HashKeepingDomain("corp", "kenmyer", nt_hash("elsewhere"))
    acceptor = Acceptor(find_nt_hash=find_nt_hash, channel_binding="allow", verifier=domain)
    attempt = held_up(acceptor, scheme, client_of(scheme, "CORP\\phone"))  # the password of the local account
    assert refusal_of(attempt.handshake, attempt.last_token).cause is SignInCause.WRONG_PASSWORD
    asked = len(domain.asked)
    attempt = held_up(acceptor, scheme, client_of(scheme, "OTHER\\phone"))
    assert not attempt.handshake.blocks(attempt.last_token)
    assert isinstance(attempt.handshake.step(attempt.last_token), Accepted)
    assert len(domain.asked) == asked


@both_schemes
def test_a_key_of_a_domain_that_is_not_the_clients_is_refused(scheme: HandshakeScheme) -> None:
    class Mistaken(HashKeepingDomain):
        def verify(self, response: NtlmResponse) -> VerifiedNtlm:
            return VerifiedNtlm(session_base_key=bytes(16))

    acceptor = Acceptor(
        find_nt_hash=find_nt_hash, channel_binding="allow", verifier=Mistaken("corp", "kenmyer", bytes(16))
    )
    attempt = held_up(acceptor, scheme, client_of(scheme, "CORP\\kenmyer"))
    assert refusal_of(attempt.handshake, attempt.last_token).cause is SignInCause.MALFORMED_TOKEN


@pytest.mark.expects_log_records("The source of an account failed")
@both_schemes
def test_a_source_that_fails_lets_nobody_in(scheme: HandshakeScheme) -> None:
    def failing(_: Claim) -> bytes | None:
        raise OSError("the key file is gone")

    attempt = held_up(Acceptor(find_nt_hash=failing, channel_binding="allow"), scheme)
    refused = refusal_of(attempt.handshake, attempt.last_token)
    assert refused.cause is SignInCause.SOURCE_UNAVAILABLE
    assert refused.claim == Claim("phone", None)


def test_what_a_domain_refuses_is_passed_on() -> None:
    class Silent(HashKeepingDomain):
        def verify(self, response: NtlmResponse) -> VerifiedNtlm:
            raise HandshakeRefused(SignInCause.SOURCE_UNAVAILABLE, response.claim)

    acceptor = Acceptor(find_nt_hash=find_nt_hash, channel_binding="allow", verifier=Silent("corp", "x", bytes(16)))
    attempt = held_up(acceptor, "ntlm", client_of("ntlm", "CORP\\phone"))
    assert refusal_of(attempt.handshake, attempt.last_token).cause is SignInCause.SOURCE_UNAVAILABLE


def test_two_acceptors_in_one_process_keep_their_accounts_apart() -> None:
    other = Acceptor(find_nt_hash=lambda _: nt_hash("of the other service"), channel_binding="allow")
    assert sign_in(plain_acceptor(), "ntlm").user == "phone"
    attempt = held_up(other, "ntlm")
    assert refusal_of(attempt.handshake, attempt.last_token).cause is SignInCause.WRONG_PASSWORD


def test_a_session_key_is_in_no_text() -> None:
    assert str(b"secret of 16 bytes") not in repr(VerifiedNtlm(session_base_key=b"secret of 16 bytes"))
