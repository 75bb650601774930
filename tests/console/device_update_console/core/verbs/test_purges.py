"""Tools > Purge: what a service offers, and what is said before and after."""

from __future__ import annotations

import pytest

from device_update_console.core.verbs.purges import PurgeKind, preview_of, purge_outcome, purge_request, purges_of
from device_update_contract.administration.server import PurgeAnswer, PurgedVersion


def version(text: str, *, was_approved: bool) -> PurgedVersion:
    return PurgedVersion(
        rule_id="1",
        device_class="UCPhone Polycom CX700 A ENU",
        update_type="CPE",
        version=text,
        bytes=1_500_000,
        was_approved=was_approved,
    )


def answer(files: int = 0, size: int = 0, logs: int = 0, versions: tuple[PurgedVersion, ...] = ()) -> PurgeAnswer:
    return PurgeAnswer(what="all", preview=True, files=files, bytes=size, versions=list(versions), logs=logs)


@pytest.mark.parametrize(
    ("features", "kinds"),
    [
        ((), ()),
        (("purge-updates", "rules"), (PurgeKind.UPDATES,)),
        (("purge-logs", "purge-updates"), (PurgeKind.LOGS, PurgeKind.UPDATES, PurgeKind.ALL)),
    ],
)
def test_only_what_the_service_has_can_be_purged(features: tuple[str, ...], kinds: tuple[PurgeKind, ...]) -> None:
    assert tuple(each.kind for each in purges_of(features)) == kinds


def test_a_purge_without_an_age_takes_all_that_nothing_needs() -> None:
    assert purge_request(PurgeKind.UPDATES, None, preview=True).model_dump(exclude_unset=True) == {
        "what": "updates", "preview": True,
    }  # fmt: skip
    assert purge_request(PurgeKind.ALL, 30).older_than_days == 30


def test_versions_that_can_no_longer_be_rolled_back_to_are_named_and_counted() -> None:
    preview = preview_of(
        answer(3, 4_500_000, 2, (version("1.0", was_approved=True), version("2.0", was_approved=False)))
    )
    assert preview.totals == "3 image files, 2 versions, 2 device logs; 4.5 MB in all."
    assert preview.rows == (
        ("UCPhone Polycom CX700 A ENU CPE", "1.0", "1.5 MB", "no longer possible"),
        ("UCPhone Polycom CX700 A ENU CPE", "2.0", "1.5 MB", "was never approved"),
    )
    assert preview.warning == "1 version can then no longer be rolled back to."
    assert not preview.is_empty


def test_where_nothing_goes_there_is_nothing_to_say_yes_to() -> None:
    preview = preview_of(answer())
    assert (preview.is_empty, preview.totals, preview.warning) == (True, "There is nothing to delete.", "")
    assert purge_outcome(answer()).summary == "There was nothing to delete."


def test_the_outcome_says_how_much_was_deleted() -> None:
    assert purge_outcome(answer(1, 1_000_000)).summary == "Deleted: 1 image file; 1.0 MB in all."
