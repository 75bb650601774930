"""The device listeners' routes, and the paths of image files: built, parsed and compared (contract section 3.1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from device_update_contract.device_classes import DeviceClass
from device_update_contract.identifiers import file_name_key, parse_class_field, parse_file_name
from device_update_contract.refusals import InvalidValue
from device_update_contract.versions import Version

INTERNAL_CHECK_ROUTE: Final = "/RequestHandler/ucdevice.upx"
EXTERNAL_CHECK_ROUTE: Final = "/RequestHandlerExt/ucdevice.upx"
INTERNAL_IMAGE_PREFIX: Final = "/DeviceUpdateFiles_Int/"
EXTERNAL_IMAGE_PREFIX: Final = "/DeviceUpdateFiles_Ext/"
INTERNAL_IMAGE_ALIAS: Final = "/RequestHandler/Files/"
EXTERNAL_IMAGE_ALIAS: Final = "/RequestHandlerExt/Files/"

INTERNAL_CHECK_ROUTES: Final = (INTERNAL_CHECK_ROUTE,)
EXTERNAL_CHECK_ROUTES: Final = (EXTERNAL_CHECK_ROUTE, INTERNAL_CHECK_ROUTE)
INTERNAL_IMAGE_PREFIXES: Final = (INTERNAL_IMAGE_PREFIX, INTERNAL_IMAGE_ALIAS)
EXTERNAL_IMAGE_PREFIXES: Final = (EXTERNAL_IMAGE_PREFIX, EXTERNAL_IMAGE_ALIAS)

ImageKey = tuple[str, str, str, str, str, str, str, str]
"""Equal for paths that mean the same file; see `ImagePath.key`."""

_PARTS = 8


@dataclass(frozen=True, slots=True)
class ImagePath:
    """``<DeviceType>/<Brand>/<Model>/<Revision>/<Locale>/<Version>/<UpdateType>/<FileName>``, decoded.

    The spelling is kept, for display and for URLs; `key` compares.
    """

    device_class: DeviceClass
    version: Version
    update_type: str
    file_name: str

    @property
    def key(self) -> ImageKey:
        """Class and update type in lower case, the version by its numbers, the file name NFC and case-folded."""
        return (
            *self.device_class.key,
            self.version.key,
            self.update_type.lower(),
            file_name_key(self.file_name),
        )

    @property
    def encoded_folder(self) -> str:
        """The first seven parts, percent-encoded, without a slash at either end: what a base URL ends with."""
        return encode_parts(
            (
                self.device_class.device_type,
                self.device_class.brand,
                self.device_class.model,
                self.device_class.revision,
                self.device_class.locale,
                self.version.text,
                self.update_type,
            )
        )

    @property
    def encoded(self) -> str:
        """All eight parts, percent-encoded, without a leading slash."""
        return f"{self.encoded_folder}/{encode_parts((self.file_name,))}"


def encode_parts(parts: Iterable[str]) -> str:
    """Percent-encode each part as UTF-8, all but letters, digits and ``_.-~``, and join them with ``/``."""
    return "/".join(quote(part, safe="") for part in parts)


def decode_part(raw: str) -> str | None:
    """Decode one part of a raw path once; ``+`` is literal.

    None when the part is ``.`` or ``..``, holds a slash, a backslash or NUL, or is not UTF-8. Bytes that an HTTP parser
    could not decode may be given as lone surrogates (Python's ``surrogateescape``).
    """
    try:
        data = unquote_to_bytes(raw.encode("utf-8", "surrogateescape"))
        part = data.decode("utf-8")
    except UnicodeError:
        return None
    if part in {".", ".."} or "/" in part or "\\" in part or "\0" in part:
        return None
    return part


def parse_image_path(raw: str) -> ImagePath | None:
    """Read the raw, still encoded path that follows an image prefix; None when it cannot name an image file.

    The raw text is split on ``/`` first and then each part is decoded once, so that an encoded slash never makes
    a part and a doubly encoded one is never decoded twice.
    """
    raw_parts = raw.split("/")
    if len(raw_parts) != _PARTS:
        return None
    parts: list[str] = []
    for raw_part in raw_parts:
        part = decode_part(raw_part)
        if part is None:
            return None
        parts.append(part)
    device_type, brand, model, revision, locale, version, update_type, file_name = parts
    try:
        return ImagePath(
            DeviceClass.parse(device_type=device_type, brand=brand, model=model, revision=revision, locale=locale),
            Version.parse(version),
            parse_class_field("UpdateType", update_type),
            parse_file_name(file_name),
        )
    except InvalidValue:
        return None


def path_of_target(target: str) -> str:
    """The raw path of a request target: without the query, and without scheme and host where they are given."""
    path = target.partition("?")[0]
    if path.startswith("/"):
        return path
    _, separator, rest = path.partition("://")
    if not separator:
        return path
    return "/" + rest.partition("/")[2]


def path_below(path: str, prefixes: Iterable[str]) -> str | None:
    """What follows the first of ``prefixes`` that ``path`` begins with, compared without regard to case; else None."""
    for prefix in prefixes:
        if path[: len(prefix)].lower() == prefix.lower():
            return path[len(prefix) :]
    return None


def is_route(path: str, routes: Iterable[str]) -> bool:
    """Whether ``path`` is one of ``routes``, compared without regard to case."""
    lowered = path.lower()
    return any(lowered == route.lower() for route in routes)
