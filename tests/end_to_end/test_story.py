"""The main story, from the package to the roll back, undisturbed and with ``kill -9`` between any two steps."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.plain_calls import Administrator
from tests.support.service_process import STOP_SECONDS, ServiceProcess
from tests.support.soundness import assert_sound
from tests.support.story import STEPS, Story

pytestmark = pytest.mark.end_to_end

READY_SECONDS = 30.0
"""Far above the measure of two seconds: this machine may be busy with other tests."""


def test_the_story_from_the_package_to_the_roll_back(
    service: ServiceProcess, administrator: Administrator, tmp_path: Path
) -> None:
    story = Story(service, tmp_path, interrupt=lambda curl: curl.terminate(), administrator=administrator)
    for step in STEPS:
        step.act(story)
        step.holds(story)
    assert_sound(service)
    assert service.stop() < STOP_SECONDS


@pytest.mark.timeout(300)
def test_nothing_acknowledged_is_lost_when_the_service_is_killed_between_any_two_steps(
    service: ServiceProcess, administrator: Administrator, tmp_path: Path
) -> None:
    story = Story(service, tmp_path, interrupt=lambda _: service.restart(), administrator=administrator)
    for step in STEPS:
        step.act(story)
        service.restart()
        assert_sound(service)
        step.holds(story)
    assert max(service.start_seconds) < READY_SECONDS
