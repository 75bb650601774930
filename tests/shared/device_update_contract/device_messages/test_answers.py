"""Answers to devices: spelled as the contract does, and read the same by a device (contract section 3.2)."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from device_update_contract.device_messages.answers import (
    CheckAnswer,
    ErrorAnswer,
    MalformedAnswer,
    OfferedModule,
    OfferedUpdate,
    parse_check_answer,
    render_check_answer,
    render_error,
)
from device_update_contract.versions import Version

TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="\ufffe\uffff"), min_size=1)
VERSIONS = st.lists(st.integers(0, 9999), min_size=1, max_size=4).map(
    lambda numbers: Version.parse(".".join(map(str, numbers)))
)
MODULES = st.builds(
    OfferedModule,
    file_name=TEXTS,
    signature=st.none() | TEXTS,
    version=VERSIONS,
    timestamp=st.none() | TEXTS,
    size=st.integers(0, 2**40),
    sha256=st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
)
UPDATES = st.builds(
    OfferedUpdate,
    base_url=TEXTS,
    external_base_url=st.none() | TEXTS,
    modules=st.lists(MODULES, min_size=1, max_size=3).map(tuple),
)
ANSWERS = st.builds(
    CheckAnswer,
    reason_code=TEXTS,
    reason=TEXTS,
    update=st.none() | UPDATES,
    next_check_seconds=st.integers(60, 2_592_000),
)
MODULE = OfferedModule("CPE.nbt", "CPE.cat", Version.parse("4.0"), "2013-04-16T00:00:00Z", 31457280, "ab" * 32)
OFFER = CheckAnswer(
    "approved-update",
    "Version 4.0 is approved for this device.",
    OfferedUpdate("http://a/DeviceUpdateFiles_Int/x", "https://b/DeviceUpdateFiles_Ext/x", (MODULE,)),
    86400,
)


@given(ANSWERS)
def test_what_the_service_writes_a_device_reads_the_same(answer: CheckAnswer) -> None:
    assert parse_check_answer(render_check_answer(answer)) == answer


@given(TEXTS, TEXTS)
def test_a_refusal_is_read_the_same(code: str, sentence: str) -> None:
    assert parse_check_answer(render_error(code, sentence)) == ErrorAnswer(code, sentence)


def test_an_offer_is_spelled_as_the_contract_does() -> None:
    assert render_check_answer(OFFER).decode() == (
        '<?xml version="1.0" encoding="utf-8"?>\n<Response><Result>UpdateAvailable</Result>'
        '<Reason code="approved-update">Version 4.0 is approved for this device.</Reason><NumOfFiles>1</NumOfFiles>'
        "<BaseURL>http://a/DeviceUpdateFiles_Int/x</BaseURL>"
        "<ExternalBaseURL>https://b/DeviceUpdateFiles_Ext/x</ExternalBaseURL><Modules><Module>"
        "<FileName>CPE.nbt</FileName><SignatureFileName>CPE.cat</SignatureFileName><Version>4.0</Version>"
        f"<Timestamp>2013-04-16T00:00:00Z</Timestamp><Size>31457280</Size><Sha256>{'ab' * 32}</Sha256></Module>"
        "</Modules><NextCheckSeconds>86400</NextCheckSeconds></Response>"
    )


def test_without_an_update_there_are_neither_urls_nor_modules() -> None:
    answer = render_check_answer(CheckAnswer("up-to-date", "It has it.", None, 86400))
    assert [element.tag for element in etree.fromstring(answer)] == [
        "Result",
        "Reason",
        "NumOfFiles",
        "NextCheckSeconds",
    ]
    assert b"<Result>NoUpdate</Result>" in answer
    assert b"<NumOfFiles>0</NumOfFiles>" in answer


def test_what_there_is_none_of_is_absent_and_never_blank() -> None:
    bare = OfferedModule("CPE.nbt", None, Version.parse("4.0"), None, 1, "ab" * 32)
    answer = render_check_answer(CheckAnswer("approved-update", "x", OfferedUpdate("http://a/x", None, (bare,)), 60))
    for name in (b"SignatureFileName", b"Timestamp", b"ExternalBaseURL"):
        assert name not in answer


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_no_answer(body: bytes) -> None:
    with pytest.raises(MalformedAnswer):
        parse_check_answer(body)


@given(st.data())
def test_a_damaged_answer_is_read_or_malformed_and_nothing_else(data: st.DataObject) -> None:
    body = bytearray(render_check_answer(OFFER))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(body) - 1))
        body[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    with contextlib.suppress(MalformedAnswer):
        assert isinstance(parse_check_answer(bytes(body)), CheckAnswer | ErrorAnswer)


@pytest.mark.parametrize(
    ("part", "instead"),
    [
        (b"<NumOfFiles>1", b"<NumOfFiles>2"),
        (b"<NumOfFiles>1", b"<NumOfFiles>one"),
        (b"<Version>4.0", b"<Version>four"),
        (b"<Size>31457280", b"<Size>" + b"9" * 5000),
        (b"<Sha256>", b"<Sha>"),
        (b'encoding="utf-8"', b'encoding="no-such-encoding"'),
        (b"<NextCheckSeconds>86400</NextCheckSeconds>", b""),
        (b"<Result>UpdateAvailable</Result>", b"<Result>Error</Result>"),
    ],
)
def test_an_answer_that_breaks_its_promises_is_malformed(part: bytes, instead: bytes) -> None:
    with pytest.raises(MalformedAnswer):
        parse_check_answer(render_check_answer(OFFER).replace(part, instead))
