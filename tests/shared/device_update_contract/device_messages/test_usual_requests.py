"""The quick reading of the usual spelling says what the parser says, or nothing (contract section 3.2)."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from device_update_contract.checks import CheckRequest
from device_update_contract.device_messages import requests
from device_update_contract.device_messages.requests import MalformedRequest, parse_check_request
from device_update_contract.device_messages.usual_requests import read_usual_request

VALUES = st.one_of(
    st.sampled_from(
        ["UCPhone", "00-04-F2-00-01-76", "07823-A345", "Polycom", "4.0.7577.4387", "", " ", "2013-04-16", "\n"]
    ),
    st.text(alphabet="AZaz09 ._+()@:/#,;=-\t&<>\"'é\x00]!", max_size=12),
    st.text(alphabet="A", min_size=190, max_size=260),
)
SPACES = st.sampled_from(["", " ", "\n  ", "\r\n", "\t"])


def spelled(values: list[str], space: str, user: str | None, module: tuple[str, str, str | None] | None) -> bytes:
    names = ("DeviceType", "MacAddress", "SerialNumber", "Vendor", "Model", "Revision", "Locale")
    parts = ['<?xml version="1.0" encoding="utf-8"?>', "<Request>"]
    parts += [f"<{name}>{value}</{name}>" for name, value in zip(names, values, strict=True)]
    parts += [] if user is None else [f"<UserId>{user}</UserId>"]
    parts += ["<Modules>"]
    if module is not None:
        name, version, timestamp = module
        parts += ["<Module>", f"<FileName>{name}</FileName>", f"<Version>{version}</Version>"]
        parts += [] if timestamp is None else [f"<Timestamp>{timestamp}</Timestamp>"]
        parts += ["</Module>"]
    return space.join([*parts, "</Modules>", "</Request>"]).encode()


def outcome(body: bytes) -> CheckRequest | str:
    try:
        return parse_check_request(body)
    except MalformedRequest as error:
        return f"{error.sentence} {error.device}"


def parsed(body: bytes) -> CheckRequest | str:
    """What the parser says, without the quick reading."""
    return outcome(body.replace(b"<Request>", b"<Request >", 1))


GOOD = ["UCPhone", "00-04-F2-00-01-76", "07823-A345", "Polycom", "CX700", "A", "ENU"]


@given(
    values=st.lists(VALUES, min_size=7, max_size=7),
    space=SPACES,
    user=st.none() | VALUES,
    module=st.none() | st.tuples(VALUES, VALUES, st.none() | VALUES),
)
@example(
    values=GOOD, space="\n  ", user="kenmyer@contoso.com", module=("CPE.nbt", "1.0.522.101", "2009-05-01T17:09:26Z")
)
@example(values=GOOD, space="", user=None, module=None)
def test_the_quick_reading_says_what_the_parser_says(
    values: list[str], space: str, user: str | None, module: tuple[str, str, str | None] | None
) -> None:
    body = spelled(values, space, user, module)
    assert read_usual_request(body.replace(b"<Request>", b"<Request >", 1)) is None
    assert outcome(body) == parsed(body)


def test_the_contract_s_own_spelling_is_read_quickly() -> None:
    for user, module in ((None, None), ("kenmyer@contoso.com", ("CPE.nbt", "1.0.522.101", "2009-05-01T17:09:26Z"))):
        assert read_usual_request(spelled(GOOD, "\n", user, module)) is not None
    rendered = requests.render_check_request(parse_check_request(spelled(GOOD, "", "u@x", ("CPE.nbt", "1.0", None))))
    assert read_usual_request(rendered) is not None
