"""The verbs on devices and test devices: what is asked first, what is sent, and what is told after."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from device_update_console.core.lists.source import Caller, Sender
from device_update_console.core.sheets.device_sheet import change_devices, device_name
from device_update_console.core.sheets.sheet_saving import Saved, outcome_of, save_each
from device_update_console.core.texts.formats import one_line
from device_update_console.core.texts.language import counted_text, marked_counted, text
from device_update_console.core.verbs.confirmations import Outcome, Question, named_or_counted, refused_line
from device_update_console.core.verbs.targets import VerbTargets
from device_update_contract.administration.devices import (
    Device,
    ManyDevicesAnswer,
    RefusedDevice,
    TestDevice,
    TestDeviceChange,
)
from device_update_contract.administration.endpoints import (
    ADD_TEST_DEVICES,
    CHANGE_TEST_DEVICE,
    REMOVE_DEVICES,
    REMOVE_TEST_DEVICE,
    RETIRE_DEVICES,
    Endpoint,
)

Progress = Callable[[int, int], object]

_DEVICES = marked_counted("{count} device", "{count} devices")
_TEST_DEVICES = marked_counted("{count} test device", "{count} test devices")


def remove_question(targets: VerbTargets) -> Question:
    """Before devices are forgotten."""
    return Question(
        text("Remove"),
        text("Remove {devices} with what is known of them?", devices=_named(targets)),
        effects=(
            text(
                "Their history is forgotten. A device that asks again comes back as a new one, without label and note."
            ),
        ),
        lines=_names(targets),
        warnings=_all_matching(targets),
    )


def retire_question(targets: VerbTargets) -> Question:
    """Before devices are marked as out of use."""
    return Question(
        text("Retire"),
        text("Mark {devices} as retired?", devices=_named(targets)),
        effects=(text("A retired device is no longer watched; it comes back by itself when it asks again."),),
        lines=_names(targets),
        warnings=_all_matching(targets),
    )


def bring_back_question(targets: VerbTargets) -> Question:
    """Before the mark of being retired is taken off several devices."""
    return Question(
        text("Bring Back"),
        text("Bring {devices} back?", devices=_named(targets)),
        effects=(text("They are watched again, as devices in use."),),
        lines=_names(targets),
    )


def use_as_test_device_question(targets: VerbTargets) -> Question:
    """Before several devices get pending updates."""
    return Question(
        text("Use as Test Device"),
        text("Use {devices} as test devices?", devices=_named(targets)),
        effects=(text("At their next check they are offered pending updates, before anybody approved them."),),
        lines=_names(targets),
        warnings=_all_matching(targets),
    )


def remove_test_devices_question(test_devices: Sequence[TestDevice]) -> Question:
    """Before test devices become ordinary ones."""
    names = tuple(one_line(each.name) for each in test_devices)
    return Question(
        text("Remove"),
        text("Remove {devices} from the test devices?", devices=named_or_counted(names, *_TEST_DEVICES)),
        effects=(
            counted_text(
                "It becomes an ordinary device: it gets approved updates only. Nothing is uninstalled.",
                "They become ordinary devices: they get approved updates only. Nothing is uninstalled.",
                len(names),
            ),
        ),
        lines=names if len(names) > 1 else (),
    )


async def rename_test_device(caller: Caller, test_device: TestDevice, name: str) -> Outcome:
    """Give a test device another name.

    Raises:
        FailedCall: as the service refuses it.
    """
    await caller.ask(CHANGE_TEST_DEVICE, TestDevice, path={"id": test_device.id}, body=TestDeviceChange(name=name))
    renamed = text("The test device was renamed.")
    return Outcome(renamed, (renamed,))


async def remove_devices(caller: Caller, targets: VerbTargets) -> Outcome:
    """Forget devices."""
    return await _many(
        caller, REMOVE_DEVICES, targets, marked_counted("{count} device was removed.", "{count} devices were removed.")
    )


async def retire_devices(caller: Caller, targets: VerbTargets) -> Outcome:
    """Mark devices as retired."""
    return await _many(
        caller, RETIRE_DEVICES, targets, marked_counted("{count} device was retired.", "{count} devices were retired.")
    )


async def use_as_test_devices(caller: Caller, targets: VerbTargets) -> Outcome:
    """Give devices pending updates from now on."""
    return await _many(
        caller,
        ADD_TEST_DEVICES,
        targets,
        marked_counted("{count} device is a test device now.", "{count} devices are test devices now."),
    )


async def bring_back(caller: Caller, devices: Sequence[Device], progress: Progress) -> Outcome:
    """Take the mark of being retired off, device by device."""
    retired = [device for device in devices if device.retired_at is not None]
    saved = await change_devices(caller, retired, {"retired": False}, progress)
    done = len(retired) - len(saved.refused)
    return outcome_of(
        counted_text("{count} device was brought back.", "{count} devices were brought back.", done), saved
    )


async def remove_test_devices(sender: Sender, test_devices: Sequence[TestDevice], progress: Progress) -> Outcome:
    """Make test devices ordinary ones, one by one."""

    def removal(test_device: TestDevice) -> Callable[[], Awaitable[object]]:
        return lambda: sender.call(REMOVE_TEST_DEVICE, path={"id": test_device.id})

    saved = await save_each([(one_line(each.name), removal(each)) for each in test_devices], progress)
    done = len(test_devices) - len(saved.refused)
    sentence = counted_text("{count} test device was removed.", "{count} test devices were removed.", done)
    return outcome_of(sentence, saved)


async def _many(caller: Caller, endpoint: Endpoint, targets: VerbTargets, done: tuple[str, str]) -> Outcome:
    answer = await caller.ask(endpoint, ManyDevicesAnswer, body=targets.devices_request())
    names = {device.id: device_name(device) for device in targets.items}
    refused = tuple(
        refused_line(names.get(each.id) or text("Device {id}", id=each.id), _why_refused(each), each.code)
        for each in answer.refused
    )
    return outcome_of(counted_text(*done, answer.changed), Saved(refused))


def _why_refused(refused: RefusedDevice) -> str:
    """The reason, from its code where that is known here."""
    names = refused.parameters
    if refused.code == "not-found":
        return text("There is no such device.")
    if refused.code == "identifier-taken" and {"identifier", "name"} <= set(names):
        return text(
            "{identifier} is the test device {name} already.", identifier=names["identifier"], name=names["name"]
        )
    return refused.detail


def _named(targets: VerbTargets) -> str:
    if targets.matching is not None:
        return counted_text(*_DEVICES, targets.count)
    return named_or_counted(tuple(device_name(device) for device in targets.items), *_DEVICES)


def _names(targets: VerbTargets) -> tuple[str, ...]:
    if targets.matching is not None or targets.count < 2:
        return ()
    return tuple(device_name(device) for device in targets.items)


def _all_matching(targets: VerbTargets) -> tuple[str, ...]:
    if targets.matching is None:
        return ()
    return (text("This is done to all that match the filter, not only to those in view."),)
