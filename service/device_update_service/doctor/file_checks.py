"""Whether an image file that is approved now can be fetched where devices are told to fetch it."""

from __future__ import annotations

from device_update_contract.image_paths import (
    EXTERNAL_CHECK_ROUTE,
    EXTERNAL_IMAGE_PREFIX,
    INTERNAL_IMAGE_PREFIX,
    ImagePath,
)
from device_update_service.doctor.case import Case, place_of, published
from device_update_service.doctor.certificate_checks import require_trust
from device_update_service.doctor.connections import Answer, connected_inside, connected_outside
from device_update_service.doctor.findings import Finding, NotLookedAt, not_checked, ok, wrong
from device_update_service.doctor.sign_in import sign_in
from device_update_service.doctor.sign_in_checks import credentials_of, external_place, first_scheme


def internal_file(case: Case) -> Finding:
    """Whether devices inside can fetch it."""
    name, url, image = "internal-file", published(case, "internal"), _approved(case)
    with connected_inside(case, place_of(url)) as connection:
        return _judged(name, url, image, connection.ask("HEAD", INTERNAL_IMAGE_PREFIX + image.encoded))


def external_file(case: Case) -> Finding:
    """Whether devices outside can fetch it once they have signed in."""
    name, url, place = "external-file", published(case, "external"), external_place(case)
    image, credentials = _approved(case), credentials_of(case)
    with connected_outside(case, place) as connection:
        require_trust(case, connection, place)
        if sign_in(connection, EXTERNAL_CHECK_ROUTE, place.host, first_scheme(case), credentials).status != 200:
            return not_checked(name, "No file was fetched: the account cannot sign in there.")
        return _judged(name, url, image, connection.ask("HEAD", EXTERNAL_IMAGE_PREFIX + image.encoded))


def _approved(case: Case) -> ImagePath:
    if case.database.approved_image is None:
        raise NotLookedAt("No version is approved, so that there is no file to fetch.")
    return case.database.approved_image


def _judged(name: str, url: str, image: ImagePath, answer: Answer) -> Finding:
    if answer.status == 200:
        return ok(name, f"{image.file_name} {image.version} can be fetched at {url}.")
    return wrong(
        name,
        f"{image.file_name} {image.version} is approved and cannot be fetched at {url} (status {answer.status}): "
        "devices are offered an update that they never get. Let the proxy pass the image paths through; if there is "
        "none, the file is missing in the data folder: import the package again.",
    )
