"""What a connection that is refused again and again has to wait."""

from __future__ import annotations

import asyncio

from device_update_service.web.authentication.refusal_pauses import RefusalPauses


class Connection(asyncio.Transport):
    """A transport as the event loop makes them: weak references to it are possible."""


def test_pauses_double_after_the_third_refusal_up_to_a_second_and_a_success_ends_them() -> None:
    now = 100.0
    pauses = RefusalPauses(lambda: now)
    connection, other = Connection(), Connection()
    found = []
    for _ in range(10):
        pauses.refused(connection)
        found.append(round(pauses.seconds(connection), 3))
    assert found == [0, 0, 0, 0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    assert pauses.seconds(other) == 0
    now += 1.0
    assert pauses.seconds(connection) == 0
    pauses.refused(connection)
    assert pauses.seconds(connection) == 1.0
    pauses.accepted(connection)
    assert pauses.seconds(connection) == 0


def test_what_was_refused_is_forgotten_with_its_connection() -> None:
    pauses = RefusalPauses(lambda: 0.0)
    connection = Connection()
    pauses.refused(connection)
    assert len(pauses._refused) == 1
    del connection
    assert len(pauses._refused) == 0
