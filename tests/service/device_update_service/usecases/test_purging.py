from __future__ import annotations

from functools import partial

from tests.support.administered_store import AdministeredStore

from device_update_contract.administration.server import PurgeAnswer, PurgeRequest
from device_update_service.usecases.outcomes import Change
from device_update_service.usecases.purging import purge
from device_update_service.usecases.settings import change_settings


def _purge(store: AdministeredStore, what: str = "updates", **fields: object) -> PurgeAnswer:
    request = PurgeRequest.model_validate({"what": what, **fields})
    return store.change(partial(purge, request, actor=store.actor, now=store.now))


def _keep(store: AdministeredStore, versions: int) -> None:
    store.change(partial(change_settings, {"keep_earlier_versions": versions}, actor=store.actor))


def _approve_all(store: AdministeredStore, *versions: str, **fields: str) -> str:
    rule = ""
    for version in versions:
        rule = store.import_version(version, **fields)
        store.verb("approve", rule)
    return rule


def test_a_purge_takes_versions_that_no_slot_needs_and_names_those_that_were_approved(
    store: AdministeredStore,
) -> None:
    rule = _approve_all(store, "1.0", "2.0", "3.0", "4.0")
    store.import_version("5.0")
    store.verb("reject", rule)
    store.pass_hours(25)
    preview = _purge(store, preview=True)
    assert [(version.version, version.was_approved) for version in preview.versions] == [
        ("1.0", True),
        ("2.0", True),
        ("5.0", False),
    ]
    assert len(store.stores.images.names()) == 10
    done = _purge(store)
    assert (done.versions, done.files, done.bytes) == (preview.versions, 6, preview.bytes)
    assert done.bytes == sum(version.bytes for version in done.versions) > 0
    assert len(store.stores.images.names()) == 4
    assert store.verb("rollback", rule, version="1.0").refused[0].code == "version-not-stored"
    assert store.verb("rollback", rule).refused == []


def test_a_purge_keeps_the_newest_approved_versions_and_those_in_their_grace(store: AdministeredStore) -> None:
    _keep(store, 0)
    _approve_all(store, "1.0", "2.0", "3.0")
    assert _purge(store).versions == []
    store.pass_hours(24)
    _keep(store, 3)
    assert _purge(store).versions == []
    _keep(store, 0)
    assert [version.version for version in _purge(store).versions] == ["1.0"]


def test_older_than_days_counts_from_when_a_slot_last_referred_to_a_version(store: AdministeredStore) -> None:
    rule = store.import_version("1.0")
    store.pass_hours(24 * 30)
    store.verb("reject", rule)
    store.pass_hours(24 * 5)
    assert _purge(store, older_than_days=6).versions == []
    assert len(_purge(store, older_than_days=5).versions) == 1


def test_a_file_that_another_stored_version_shares_stays(store: AdministeredStore) -> None:
    rule = store.import_version("1.0", content="same")
    store.import_version("1.0", content="same", model="CX600")
    store.verb("reject", rule)
    answer = _purge(store)
    assert ([version.version for version in answer.versions], answer.files, answer.bytes) == (["1.0"], 0, 0)
    assert len(store.stores.images.names()) == 2
    assert store.is_served("1.0", model="CX600")


def test_a_preview_of_a_purge_changes_nothing(store: AdministeredStore) -> None:
    rule = store.import_version("1.0")
    store.verb("reject", rule)
    assert _purge(store, preview=True).files == 2
    assert store.outcome is not None
    assert (store.outcome.changes, store.outcome.deleted_images) == ((), ())
    assert _purge(store, "all").files == 2
    assert store.outcome.changes == (Change("rules-changed", [rule]),)


def test_logs_count_none_and_leave_the_updates_alone(store: AdministeredStore) -> None:
    rule = store.import_version("1.0")
    store.verb("reject", rule)
    answer = _purge(store, "logs")
    assert (answer.what, answer.files, answer.logs, answer.versions) == ("logs", 0, 0, [])
    assert len(store.stores.images.names()) == 2


def test_a_purge_of_nothing_tells_nobody(store: AdministeredStore) -> None:
    store.import_version("1.0")
    assert _purge(store, "all").versions == []
    assert store.outcome is not None
    assert store.outcome.changes == ()
