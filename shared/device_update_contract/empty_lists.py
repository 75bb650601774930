"""What is known instead where a search for devices, device logs or checks finds nothing: codes and English sentences.

A code and its parameters are what travels, as in `sentences`. ``count`` is exact; where counting ended early
``at_least`` stands in its place. A sentence that names neither is that of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from device_update_contract.sentences import sentence


class EmptyListCode(StrEnum):
    """One thing that is known of a text, or of a list, that has nothing to show."""

    NO_MAC_PART = "no-mac-part"
    NO_MAC_LENGTH = "no-mac-length"
    NO_ADDRESS = "no-address"
    NEVER_ASKED = "never-asked"
    UNKNOWN_DEVICE = "unknown-device"
    FILTERED_AWAY = "filtered-away"
    WITH_FIELD = "with-field"
    KNOWN_DEVICE = "known-device"
    KNOWN_DEVICES = "known-devices"
    TEST_DEVICE_NEVER_ASKED = "test-device-never-asked"
    TEST_DEVICE = "test-device"
    MORE_TEST_DEVICES = "more-test-devices"
    REFUSED_REQUESTS = "refused-requests"
    MORE_REFUSED_REQUESTS = "more-refused-requests"
    REFUSED_SIGN_INS = "refused-sign-ins"
    MORE_REFUSED_SIGN_INS = "more-refused-sign-ins"
    DEVICE_REMOVED = "device-removed"
    CHECKS_OF_REMOVED_DEVICE = "checks-of-removed-device"
    CHECKS_WITHOUT_IDENTIFIERS = "checks-without-identifiers"
    CHECKS_OF_OTHER_DEVICE = "checks-of-other-device"
    LOGS_WITHOUT_DEVICE = "logs-without-device"
    RULES = "rules"
    LOGS_FILTERED_AWAY = "logs-filtered-away"
    CHECKS_FILTERED_AWAY = "checks-filtered-away"
    LAST_LOG_SENT = "last-log-sent"
    LOGS_KEPT = "logs-kept"
    UPDATE_LOG_KEPT = "update-log-kept"


EMPTY_LIST_SENTENCES: Mapping[EmptyListCode, tuple[str, ...]] = {
    EmptyListCode.NO_MAC_PART: (
        "{search} is no part of a MAC address: its digits are 0 to 9 and A to F, not {characters}.",
    ),
    EmptyListCode.NO_MAC_LENGTH: (
        "{search} is no MAC address: it has {digits} digits, and 12, 14 or 16 are expected.",
    ),
    EmptyListCode.NO_ADDRESS: ("{search} is no IP address.",),
    EmptyListCode.NEVER_ASKED: ("No device with {search} ever asked this pool.",),
    EmptyListCode.UNKNOWN_DEVICE: ("No device with {search} is known now.",),
    EmptyListCode.FILTERED_AWAY: (
        "{at_least} devices or more with {shown}, but none with {filter}.",
        "{count} devices with {shown}, but none with {filter}.",
        "1 device with {shown}, but none with {filter}.",
    ),
    EmptyListCode.WITH_FIELD: (
        "{at_least} devices or more have {search} in the field {field}.",
        "{count} devices have {search} in the field {field}.",
        "1 device has {search} in the field {field}.",
    ),
    EmptyListCode.KNOWN_DEVICE: ("The device {identifier} is known; it asked last on {last_check_at}.",),
    EmptyListCode.KNOWN_DEVICES: (
        "{at_least} devices or more with {search} are known.",
        "{count} devices with {search} are known.",
    ),
    EmptyListCode.TEST_DEVICE_NEVER_ASKED: ("The test device {name}, {identifier}, never asked.",),
    EmptyListCode.TEST_DEVICE: ("The test device {name} is {identifier}.",),
    EmptyListCode.MORE_TEST_DEVICES: (
        "{count} more test devices are called so.",
        "1 more test device is called so.",
    ),
    EmptyListCode.REFUSED_REQUESTS: (
        "{count} refused requests from {address} since {first_at}, the last on {last_at}: {detail}",
        "{count} refused requests since {first_at}, the last on {last_at}: {detail}",
        "1 refused request from {address} on {last_at}: {detail}",
        "1 refused request on {last_at}: {detail}",
    ),
    EmptyListCode.MORE_REFUSED_REQUESTS: (
        "{count} more refused requests from other addresses.",
        "1 more refused request from another address.",
    ),
    EmptyListCode.REFUSED_SIGN_INS: (
        "{count} refused sign-ins of {account} from {address} since {first_at}, the last on {last_at}: {detail}",
        "{count} refused sign-ins from {address} since {first_at}, the last on {last_at}: {detail}",
        "{count} refused sign-ins of {account} since {first_at}, the last on {last_at}: {detail}",
        "1 refused sign-in of {account} from {address} on {last_at}: {detail}",
        "1 refused sign-in from {address} on {last_at}: {detail}",
        "1 refused sign-in of {account} on {last_at}: {detail}",
    ),
    EmptyListCode.MORE_REFUSED_SIGN_INS: (
        "{count} more refused sign-ins from other addresses.",
        "1 more refused sign-in from another address.",
    ),
    EmptyListCode.DEVICE_REMOVED: ("{account} removed the device {identifier} on {at}.",),
    EmptyListCode.CHECKS_OF_REMOVED_DEVICE: (
        "{at_least} checks or more of a device that was removed since, the last from {address} on {last_at}.",
        "{count} checks of a device that was removed since, the last from {address} on {last_at}.",
        "1 check of a device that was removed since, from {address} on {last_at}.",
    ),
    EmptyListCode.CHECKS_WITHOUT_IDENTIFIERS: (
        "{at_least} checks or more without identifiers, the last from {address} on {last_at}.",
        "{count} checks without identifiers, the last from {address} on {last_at}.",
        "1 check without identifiers, from {address} on {last_at}.",
    ),
    EmptyListCode.CHECKS_OF_OTHER_DEVICE: (
        "The device {identifier} told {search} before, the last time from {address} on {last_at}.",
    ),
    EmptyListCode.LOGS_WITHOUT_DEVICE: (
        "{count} device logs of senders without a record, the last from {address} on {last_at}.",
        "{count} device logs of senders without a record, the last on {last_at}.",
        "1 device log of a sender without a record, from {address} on {last_at}.",
        "1 device log of a sender without a record, on {last_at}.",
    ),
    EmptyListCode.RULES: (
        "{count} updates are for device classes, or have versions, with {search}.",
        "1 update is for a device class, or has a version, with {search}.",
    ),
    EmptyListCode.LOGS_FILTERED_AWAY: (
        "{at_least} device logs or more with {shown}, but none with {filter}.",
        "{count} device logs with {shown}, but none with {filter}.",
        "1 device log with {shown}, but none with {filter}.",
    ),
    EmptyListCode.CHECKS_FILTERED_AWAY: (
        "{at_least} checks or more with {shown}, but none with {filter}.",
        "{count} checks with {shown}, but none with {filter}.",
        "1 check with {shown}, but none with {filter}.",
    ),
    EmptyListCode.LAST_LOG_SENT: ("The device {identifier} sent its last log on {at}.",),
    EmptyListCode.LOGS_KEPT: (
        "Device logs are kept for {days} days; the oldest that is kept came on {first_at}.",
        "Device logs are kept for {days} days; none is kept now.",
    ),
    EmptyListCode.UPDATE_LOG_KEPT: (
        "Checks are kept for {days} days; the oldest that is kept was on {first_at}.",
        "Checks are kept for {days} days; none is kept now.",
    ),
}
"""By code, the most telling sentence first; `counted_parameters` takes the one for one or for several."""


def empty_list_sentence(code: EmptyListCode, parameters: Mapping[str, Any]) -> str:
    """What is known, in English."""
    return sentence(EMPTY_LIST_SENTENCES[code], counted_parameters(parameters))


def counted_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters without a ``count`` of one, so that a sentence that does not name it is the fitting one."""
    return {name: value for name, value in parameters.items() if not (name == "count" and value == 1)}
