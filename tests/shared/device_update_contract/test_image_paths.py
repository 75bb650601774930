from __future__ import annotations

import unicodedata
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_update_contract.device_classes import DeviceClass
from device_update_contract.identifiers import UnsafeFileName, parse_file_name
from device_update_contract.image_paths import (
    EXTERNAL_CHECK_ROUTES,
    EXTERNAL_IMAGE_PREFIXES,
    INTERNAL_CHECK_ROUTES,
    INTERNAL_IMAGE_PREFIXES,
    ImagePath,
    decode_part,
    is_route,
    parse_image_path,
    path_below,
    path_of_target,
)
from device_update_contract.versions import Version

PLAIN = "UCPhone/Polycom/CX700/A/ENU/4.0.7577.4387/CPE/CPE.nbt"


def path_of(**changed: str) -> ImagePath:
    parts = {
        "device_type": "UCPhone",
        "brand": "Polycom",
        "model": "CX700",
        "revision": "A",
        "locale": "ENU",
        "version": "4.0.7577.4387",
        "update_type": "CPE",
        "file_name": "CPE.nbt",
    } | changed
    return ImagePath(
        DeviceClass.parse(**{name: parts[name] for name in ("device_type", "brand", "model", "revision", "locale")}),
        Version.parse(parts["version"]),
        parts["update_type"],
        parts["file_name"],
    )


def with_part(index: int, raw: str) -> str:
    parts = PLAIN.split("/")
    parts[index] = raw
    return "/".join(parts)


def test_a_path_is_read_into_its_eight_parts() -> None:
    assert parse_image_path(PLAIN) == path_of()


def test_a_built_path_is_the_contract_s_example() -> None:
    assert path_of().encoded_folder == "UCPhone/Polycom/CX700/A/ENU/4.0.7577.4387/CPE"
    assert path_of().encoded == PLAIN


class_fields = (
    st.text("abcXYZ019 ._-+()", min_size=1, max_size=64).map(str.strip).filter(lambda t: t not in {"", ".", ".."})
)


def _is_file_name(name: str) -> bool:
    try:
        parse_file_name(name)
    except UnsafeFileName:
        return False
    return True


@given(
    fields=st.lists(class_fields, min_size=6, max_size=6),
    version=st.lists(st.integers(0, 9999), min_size=1, max_size=4),
    file_name=st.text(min_size=1, max_size=40).filter(_is_file_name),
)
def test_what_is_built_reads_back_as_the_same_path(fields: list[str], version: list[int], file_name: str) -> None:
    device_type, brand, model, revision, locale, update_type = fields
    built = path_of(
        device_type=device_type,
        brand=brand,
        model=model,
        revision=revision,
        locale=locale,
        update_type=update_type,
        version=".".join(map(str, version)),
        file_name=parse_file_name(file_name),
    )
    assert parse_image_path(built.encoded) == built
    assert built.encoded.isascii()
    assert built.encoded.count("/") == 7


@given(st.text())
def test_no_text_is_read_into_a_part_that_could_leave_its_folder(raw: str) -> None:
    path = parse_image_path(raw)
    part = decode_part(raw)
    assert path is None or ".." not in path.encoded.split("/")
    assert part is None or (part not in {".", ".."} and not set(part) & set("/\\\0"))


@pytest.mark.parametrize(
    "raw",
    [".", "..", "%2e", "%2E%2e", "a%2Fb", "a%5Cb", "a\\b", "a%00b", "%ff", "%c3", "a\udcffb", "%ed%a0%80", "", "a/b"],
)
@pytest.mark.parametrize("index", range(8))
def test_a_part_that_is_unsafe_or_not_utf8_names_no_file(raw: str, index: int) -> None:
    assert parse_image_path(with_part(index, raw)) is None


@pytest.mark.parametrize("raw", ["", "/", PLAIN + "/", "/" + PLAIN, PLAIN.replace("/", "//", 1), "a/b/c", PLAIN + "/x"])
def test_only_eight_parts_name_a_file(raw: str) -> None:
    assert parse_image_path(raw) is None


def test_a_part_is_decoded_once() -> None:
    assert decode_part("%252e%252e") == "%2e%2e"
    assert parse_image_path(with_part(7, "a%252Fb.nbt")) == path_of(file_name="a%2Fb.nbt")


def test_plus_is_literal_and_a_space_is_encoded() -> None:
    assert decode_part("a+b%20c%2Bd") == "a+b c+d"
    assert path_of(model="CX 700+").encoded_folder == "UCPhone/Polycom/CX%20700%2B/A/ENU/4.0.7577.4387/CPE"


def test_utf8_is_read_encoded_or_raw_as_an_http_parser_gives_it() -> None:
    raw_bytes = "Gerät.nbt".encode().decode("ascii", "surrogateescape")
    expected = path_of(file_name="Gerät.nbt")
    assert parse_image_path(with_part(7, quote("Gerät.nbt"))) == expected
    assert parse_image_path(with_part(7, raw_bytes)) == expected


def test_paths_are_compared_without_case_by_number_and_by_folded_name() -> None:
    other = parse_image_path("ucphone/POLYCOM/cx700/a/enu/4.0.7577.04387/cpe/cpe.NBT")
    assert other is not None
    assert other.key == path_of().key
    assert path_of(version="4.0.7577.4388").key != path_of().key
    assert path_of(file_name="Straße.nbt").key == path_of(file_name="STRASSE.NBT").key
    composed, decomposed = (unicodedata.normalize(form, "Gerät.nbt") for form in ("NFC", "NFD"))
    first, second = (parse_image_path(with_part(7, quote(name))) for name in (composed, decomposed))
    assert first is not None
    assert second is not None
    assert first.key == second.key


@pytest.mark.parametrize("prefix", ["/DeviceUpdateFiles_Int/", "/deviceupdatefiles_int/", "/REQUESTHANDLER/FILES/"])
def test_prefixes_are_matched_without_case_and_the_rest_keeps_its_spelling(prefix: str) -> None:
    assert path_below(prefix + "UCPhone/x", INTERNAL_IMAGE_PREFIXES) == "UCPhone/x"


def test_a_listener_has_its_own_image_prefixes() -> None:
    assert path_below("/DeviceUpdateFiles_Ext/x", INTERNAL_IMAGE_PREFIXES) is None
    assert path_below("/DeviceUpdateFiles_Int/x", EXTERNAL_IMAGE_PREFIXES) is None
    assert path_below("/RequestHandlerExt/Files/x", EXTERNAL_IMAGE_PREFIXES) == "x"
    assert path_below("/DeviceUpdateFiles_Int", INTERNAL_IMAGE_PREFIXES) is None


def test_the_external_listener_takes_checks_on_both_routes_the_internal_one_on_its_own() -> None:
    assert is_route("/requesthandler/UCDEVICE.upx", INTERNAL_CHECK_ROUTES)
    assert is_route("/RequestHandler/ucdevice.upx", EXTERNAL_CHECK_ROUTES)
    assert is_route("/RequestHandlerExt/ucdevice.upx", EXTERNAL_CHECK_ROUTES)
    assert not is_route("/RequestHandlerExt/ucdevice.upx", INTERNAL_CHECK_ROUTES)
    assert not is_route("/RequestHandler/ucdevice.upx/", INTERNAL_CHECK_ROUTES)


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/a/b%3Fc?d=/e", "/a/b%3Fc"),
        ("http://host:8080/a/b?c", "/a/b"),
        ("http://host", "/"),
        ("*", "*"),
        ("//a/b", "//a/b"),
    ],
)
def test_a_target_gives_its_raw_path(target: str, path: str) -> None:
    assert path_of_target(target) == path
