"""Why a device has not updated: the sentence of its status, who acts next and what to do (contract 2.3).

A status is of the last check. Where something else was decided since, or a device whose installation failed was offered
something else, that is told too, and rules who acts.
"""

from __future__ import annotations

from typing import NamedTuple

from device_update_contract.reasons import (
    STATUS_OF_REASON,
    WHO_ACTS,
    WHO_ACTS_ON_STATUS,
    Parameters,
    ReasonCode,
    StatusCode,
    WhoActs,
)
from device_update_contract.sentences import (
    ASKING_STATUSES,
    ASKS_AGAIN_SENTENCES,
    CHANGED_STEPS,
    FOLLOWING_SENTENCES,
    NEXT_STEPS,
    STATUS_SENTENCES,
    reason_sentence,
    sentence,
)

_KNOWN_NOTHING_OF = frozenset({StatusCode.RETIRED, StatusCode.SILENT})
"""Devices that may never ask again: what they would be answered is nothing to go by."""


def status_sentence(code: StatusCode, parameters: Parameters) -> str:
    """The status of a device, with the facts in it."""
    parts = [sentence(STATUS_SENTENCES[code], parameters)]
    following = following_reason(code, parameters)
    if following is not None:
        reason = reason_sentence(following.reason, following.parameters)
        parts.append(sentence(FOLLOWING_SENTENCES[following.name], {"reason": reason}))
    if code in ASKING_STATUSES or (following is not None and following.is_news):
        parts.append(sentence(ASKS_AGAIN_SENTENCES, parameters))
    return " ".join(parts)


class FollowingReason(NamedTuple):
    """A reason that is told after the sentence of a status, with its own parameters."""

    name: str
    reason: ReasonCode
    parameters: Parameters

    @property
    def is_news(self) -> bool:
        """Whether the device was not told it yet."""
        return self.name == "changed_to"


def following_reason(code: StatusCode, parameters: Parameters) -> FollowingReason | None:
    """The reason that the parameters of a status name beside it."""
    if code in _KNOWN_NOTHING_OF:
        return None
    for name in FOLLOWING_SENTENCES:
        reason = parameters.get(name)
        if reason is not None:
            own = {**parameters, "version": parameters.get("reason_version")}
            return FollowingReason(name, ReasonCode(str(reason)), own)
    return None


def next_step(code: StatusCode, parameters: Parameters) -> str:
    """What comes next; of what was decided since, or instead of what the status is about, if that asks for more."""
    following = following_reason(code, parameters)
    if following is None:
        return NEXT_STEPS[code]
    if WHO_ACTS[following.reason] is WhoActs.ADMINISTRATOR:
        return NEXT_STEPS[STATUS_OF_REASON[following.reason]]
    return CHANGED_STEPS if following.is_news else NEXT_STEPS[code]


def who_acts(code: StatusCode, parameters: Parameters) -> WhoActs:
    """Who takes that step: the device where it has only to ask again."""
    following = following_reason(code, parameters)
    if following is None:
        return WHO_ACTS_ON_STATUS[code]
    if WHO_ACTS[following.reason] is WhoActs.ADMINISTRATOR:
        return WhoActs.ADMINISTRATOR
    return WhoActs.DEVICE if following.is_news else WHO_ACTS_ON_STATUS[code]
