"""Whether an image file that is approved now can be fetched where devices are told to fetch it."""

from __future__ import annotations

from pathlib import Path

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
from device_update_service.storage.image_store import ImageStore


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


def stored_files(case: Case) -> Finding:
    """Whether every file that is approved is in the data folder, with its size."""
    name, store, approved = "image-files", ImageStore(case.folder.images), case.database.approved
    if not approved:
        return ok(name, "No version is approved, so that no file can be missing.")
    damaged = [image for image in approved if not _is_stored(store.path(image.sha256), image.size)]
    if damaged:
        path = damaged[0].path
        return wrong(
            name,
            f"{len(damaged)} of {len(approved)} approved files are missing in {case.folder.images} or were cut, such "
            f"as {path.file_name} {path.version} for {path.device_class.model}: devices are offered updates that they "
            "never get. Bring the folder back from a backup, or import the packages again.",
        )
    return ok(name, f"Every approved file is in the data folder: {len(approved):,} of {len(approved):,}.")


def _is_stored(path: Path, size: int) -> bool:
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def _approved(case: Case) -> ImagePath:
    if not case.database.approved:
        raise NotLookedAt("No version is approved, so that there is no file to fetch.")
    return case.database.approved[0].path


def _judged(name: str, url: str, image: ImagePath, answer: Answer) -> Finding:
    if answer.status == 200:
        return ok(name, f"{image.file_name} {image.version} can be fetched at {url}.")
    return wrong(
        name,
        f"{image.file_name} {image.version} is approved and cannot be fetched at {url} (status {answer.status}): "
        "devices are offered an update that they never get. Let the proxy in between pass the image paths through.",
    )
