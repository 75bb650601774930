"""Check requests: what is written is read the same, in every spelling, and nothing else is read (contract 3.2)."""

from __future__ import annotations

import contextlib
import random
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_contract.checks import CheckRequest, InstallReport, ReportedModule
from device_update_contract.device_messages import dialect
from device_update_contract.device_messages.requests import (
    MAX_MODULES,
    MalformedRequest,
    parse_check_request,
    render_check_request,
)
from device_update_contract.identifiers import MacAddress, SerialNumber
from device_update_contract.versions import Version

_NO_CONTROLS = st.characters(exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="\ufffe\uffff")


def trimmed(length: int) -> st.SearchStrategy[str]:
    """Text of devices or people, as it is kept: trimmed and not empty."""
    return st.text(_NO_CONTROLS, min_size=1, max_size=length).filter(lambda text: text == text.strip())


CLASS_FIELDS = st.from_regex(r"[A-Za-z0-9+()_-][A-Za-z0-9 ._+()-]{0,62}[A-Za-z0-9+()_-]", fullmatch=True)
VERSIONS = st.lists(st.integers(0, 9999), min_size=1, max_size=4).map(
    lambda numbers: Version.parse(".".join(map(str, numbers)))
)
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
MACS = (
    st.binary(min_size=6, max_size=8)
    .filter(lambda mac: set(mac) not in ({0}, {255}))
    .map(lambda mac: MacAddress("-".join(f"{pair:02X}" for pair in mac)))
)
SERIALS = st.from_regex(r"[A-Za-z1-9_-][A-Za-z0-9_-]{0,63}", fullmatch=True).map(SerialNumber)
MODULES = st.builds(
    ReportedModule,
    file_name=trimmed(128),
    version=VERSIONS,
    timestamp=st.none() | MOMENTS.map(lambda moment: moment.isoformat()),
)
REPORTS = st.builds(
    InstallReport,
    succeeded=st.booleans(),
    version=VERSIONS,
    code=st.none() | trimmed(64),
    message=st.none() | trimmed(200),
    time=st.none() | MOMENTS,
)
REQUESTS = st.builds(
    CheckRequest,
    *[CLASS_FIELDS] * 5,
    mac=st.none() | MACS,
    serial=st.none() | SERIALS,
    user_id=st.none() | trimmed(256),
    modules=st.lists(MODULES, max_size=5).map(tuple),
    last_install=st.none() | REPORTS,
    log_type=st.none() | trimmed(64),
)

PLAIN = CheckRequest("UCPhone", "Polycom", "CX700", "A", "ENU", MacAddress("00-04-F2-00-01-76"))


@given(REQUESTS)
def test_what_is_written_is_read_the_same(request: CheckRequest) -> None:
    assert parse_check_request(render_check_request(request)) == request


@given(st.binary(max_size=300))
def test_bytes_of_any_kind_are_read_or_malformed_and_nothing_else(body: bytes) -> None:
    with pytest.raises(MalformedRequest) as refused:
        parse_check_request(body)
    assert refused.value.sentence


@given(REQUESTS, st.randoms(use_true_random=False))
def test_a_damaged_message_is_read_or_malformed_and_nothing_else(request: CheckRequest, chance: random.Random) -> None:
    body = bytearray(render_check_request(request))
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(body))
        body[place : place + chance.randint(0, 3)] = chance.randbytes(chance.randint(0, 3))
    with contextlib.suppress(MalformedRequest):
        assert isinstance(parse_check_request(bytes(body)), CheckRequest)


def scalars(request: CheckRequest) -> dict[str, str]:
    return {
        "DeviceType": request.device_type,
        "MacAddress": request.mac or "",
        "SerialNumber": request.serial or "",
        "Vendor": request.vendor,
        "Model": request.model,
        "Revision": request.revision,
        "Locale": request.locale,
        "UserId": request.user_id or "",
        "LogType": request.log_type or "",
    }


class Speller:
    """Writes elements as some device might: any case, namespace and order, a scalar as element or attribute."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def name(self, name: str) -> str:
        return "".join(self._chance.choice((letter.lower(), letter.upper())) for letter in name)

    def element(self, name: str, fields: dict[str, str], children: list[str]) -> str:
        attributes, elements = [], list(children)
        for field, text in fields.items():
            if self._chance.random() < 0.5:
                attributes.append(f" {self.name(field)}={quoteattr(text)}")
            else:
                tag = self.name(field)
                elements.append(f"<{tag}>{escape(text)}</{tag}>")
        elements += self._chance.sample(
            ["<Unknown><Model>x</Model></Unknown>", "<!-- a comment -->", "<?a pi?>", "\n "], 2
        )
        self._chance.shuffle(elements)
        self._chance.shuffle(attributes)
        namespace = self._chance.choice(("", ' xmlns="urn:a:phone"'))
        return f"<{name}{namespace}{''.join(attributes)}>{''.join(elements)}</{name}>"


def spelled(request: CheckRequest, chance: random.Random) -> str:
    write = Speller(chance)
    modules = [
        write.element(
            write.name("Module"),
            {"FileName": module.file_name, "Version": str(module.version), "Timestamp": module.timestamp or ""},
            [],
        )
        for module in request.modules
    ]
    children = []
    if modules:  # their order is part of what is told
        name = write.name("Modules")
        children.append(f"<{name}>{''.join(modules)}</{name}>")
    if request.last_install is not None:
        report = request.last_install
        fields = {
            "Result": chance.choice(("Succeeded", "SUCCEEDED") if report.succeeded else ("Failed", "failed")),
            "Version": str(report.version),
            "Code": report.code or "",
            "Message": report.message or "",
            "Time": report.time.isoformat() if report.time else "",
        }
        children.append(write.element(write.name("LastInstall"), fields, []))
    return write.element(chance.choice(("Request", "anything", "UpdateRequest")), scalars(request), children)


@given(REQUESTS, st.randoms(use_true_random=False), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_every_spelling_means_the_same(request: CheckRequest, chance: random.Random, encoding: str) -> None:
    assert parse_check_request(spelled(request, chance).encode(encoding)) == request


def plain(
    inner: str = "", *, attributes: str = "", changes: dict[str, str | None] | None = None, **changed: str | None
) -> bytes:
    fields = {**scalars(PLAIN), **(changes or {}), **changed}
    elements = "".join(f"<{name}>{text}</{name}>" for name, text in fields.items() if text is not None)
    return f"<Request{attributes}>{elements}{inner}</Request>".encode()


def test_an_element_wins_over_an_attribute() -> None:
    assert parse_check_request(plain(attributes=' Model="CX600" UserId="anna"')) == PLAIN
    assert parse_check_request(plain(attributes=' Model="CX600"', Model=None)).model == "CX600"


@pytest.mark.parametrize("field", ["DeviceType", "Vendor", "Model", "Revision", "Locale", "MacAddress", "UserId"])
def test_a_scalar_given_twice_as_an_element_is_malformed_and_named(field: str) -> None:
    with pytest.raises(MalformedRequest, match=f"The field {field} is given twice"):
        parse_check_request(plain(f"<{field.upper()}>x</{field.upper()}>"))


@pytest.mark.parametrize("field", ["DeviceType", "Vendor", "Model", "Revision", "Locale"])
@pytest.mark.parametrize("text", [None, "", "  ", "a/b", "x" * 65, "..", "\u00e9"])
def test_a_class_field_that_is_missing_or_invalid_is_malformed_and_named(field: str, text: str | None) -> None:
    with pytest.raises(MalformedRequest, match=f"The field {field} ") as refused:
        parse_check_request(plain(changes={field: text}))
    assert refused.value.parameters["field"] == field


@pytest.mark.parametrize("mac", ["", "000000000000", "FF:FF:FF:FF:FF:FF", None])
@pytest.mark.parametrize("serial", ["", "0000", None])
def test_blank_identifiers_are_none(mac: str | None, serial: str | None) -> None:
    read = parse_check_request(plain(MacAddress=mac, SerialNumber=serial))
    assert (read.mac, read.serial, read.notes) == (None, None, ())


@pytest.mark.parametrize(
    ("mac", "serial", "expected", "notes"),
    [
        ("0004.f200.0176", "a b", ("00-04-F2-00-01-76", None), ("invalid-serial",)),
        ("00-04", "07823-A345", (None, "07823-A345"), ("invalid-mac",)),
    ],
)
def test_an_invalid_identifier_beside_a_valid_one_is_ignored_and_noted(
    mac: str, serial: str, expected: tuple[str | None, str | None], notes: tuple[str, ...]
) -> None:
    read = parse_check_request(plain(MacAddress=mac, SerialNumber=serial))
    assert ((read.mac, read.serial), read.notes) == (expected, notes)


@pytest.mark.parametrize(
    ("mac", "serial", "field"),
    [("00-04", "", "MacAddress"), ("", "a b", "SerialNumber"), ("00-04", "a b", "MacAddress")],
)
def test_when_no_given_identifier_is_valid_the_request_is_malformed(mac: str, serial: str, field: str) -> None:
    with pytest.raises(MalformedRequest, match=f"The field {field} is invalid"):
        parse_check_request(plain(MacAddress=mac, SerialNumber=serial))


@pytest.mark.parametrize("version", ["", "4.x", "1.2.3.4.5", "4294967296", "1" * 21])
def test_an_unreadable_version_makes_its_module_unknown(version: str) -> None:
    module = f"<Module><FileName>a.nbt</FileName><Version>{version}</Version></Module>"
    assert parse_check_request(plain(f"<Modules>{module}</Modules>")).modules == (ReportedModule("a.nbt", None),)


def test_an_unreadable_timestamp_makes_its_module_unknown() -> None:
    module = "<Module><FileName>a.nbt</FileName><Version>1</Version><Timestamp>yesterday</Timestamp></Module>"
    assert parse_check_request(plain(module)).modules[0].version is None


def test_one_module_more_than_64_is_malformed() -> None:
    module = "<Module FileName='a' Version='1'/>"
    assert len(parse_check_request(plain(module * MAX_MODULES)).modules) == MAX_MODULES
    with pytest.raises(MalformedRequest, match="more than 64 modules"):
        parse_check_request(plain(module * (MAX_MODULES + 1)))


@pytest.mark.parametrize(
    "inner",
    [
        "",
        "<Version>1</Version>",
        "<Result>Succeeded</Result>",
        "<Result>Perhaps</Result><Version>1</Version>",
        "<Result>Failed</Result><Version>x</Version>",
        "<Result>Failed</Result><Result>Failed</Result><Version>1</Version>",
    ],
)
def test_a_bad_install_report_is_ignored_and_noted(inner: str) -> None:
    read = parse_check_request(plain(f"<LastInstall>{inner}</LastInstall>"))
    assert (read.last_install, read.notes) == (None, ("unreadable-install-report",))


@pytest.mark.parametrize("time", ["", "yesterday", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-23:00"])
def test_an_install_report_without_a_readable_time_is_one_without_time(time: str) -> None:
    inner = f"<Result>Failed</Result><Version>1</Version><Code>0x8</Code><Time>{time}</Time>"
    report = parse_check_request(plain(f"<LastInstall>{inner}</LastInstall>")).last_install
    assert report == InstallReport(succeeded=False, version=Version.parse("1"), code="0x8")


def test_texts_of_people_are_cut_where_they_are_too_long() -> None:
    read = parse_check_request(
        plain(
            f"<LastInstall Result='failed' Version='1' Code='{'c' * 100}' Message='{'m' * 2000}'/>"
            f"<Module FileName='{'f' * 200}' Version='1'/>",
            UserId="u" * 300,
        )
    )
    assert read.last_install is not None
    assert (len(read.last_install.code or ""), len(read.last_install.message or "")) == (64, 1000)
    assert (len(read.user_id or ""), len(read.modules[0].file_name)) == (256, 128)


DTD = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    "body",
    [
        DTD.encode() + plain("&f;"),
        DTD.encode() + plain(UserId="&b;"),
        b'<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">' + plain(),
        b"<!DOCTYPE r>" + plain(),
        b'<?xml version="1.0" encoding="iso-8859-1"?>' + plain(),
        b'<?xml version="1.0" encoding="no-such-encoding"?>' + plain(),
        b"<a>" * 300 + b"</a>" * 300,
        b"",
        b"\0",
        b"\xff\xfe",
        plain() + plain(),
        plain()[:-3],
        plain(UserId="&#0;"),
        b'<r xmlns:a="u" a:Model="1" a:Model="2"/>',
    ],
)
def test_what_is_no_plain_xml_of_utf_8_or_utf_16_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        parse_check_request(body)


def test_the_dialect_maps_every_field_of_the_contract_and_only_once() -> None:
    for names in (dialect.REQUEST, dialect.MODULE, dialect.LAST_INSTALL):
        met = {names.field(f"{{urn:x}}{shown.swapcase()}") for shown in names.display.values()}
        assert met == set(names.display)
    assert set(dialect.REQUEST.display.values()) == {*scalars(PLAIN), "Modules", "Module", "LastInstall"}
    assert set(dialect.MODULE.display.values()) == {"FileName", "Version", "Timestamp"}
    assert set(dialect.LAST_INSTALL.display.values()) == {"Result", "Version", "Code", "Message", "Time"}


def test_names_that_were_met_are_remembered_up_to_a_bound() -> None:
    names = dialect.Names({"model": ["Model"]})
    for number in range(5000):
        assert names.field(f"Unknown{number}") is None
    names.field("M" * 10_000)
    assert len(names._met) <= 1024
    assert names.field("MODEL") == "model"
