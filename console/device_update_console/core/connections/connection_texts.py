"""What is said of the connection to a server: in a few words, and where it is lost."""

from __future__ import annotations

from device_update_console.core.connections.connection_states import (
    Connected,
    Connecting,
    ConnectionState,
    NeedsSignIn,
    SignedOut,
    Unreachable,
)
from device_update_console.core.texts.formats import clock_text
from device_update_console.core.texts.language import text


def state_text(state: ConnectionState) -> str:
    """The state of a connection in a few words, or why there is none."""
    match state:
        case Connected():
            return text("Connected as {account}", account=state.account)
        case Connecting():
            return text("Connecting...")
        case NeedsSignIn():
            if state.failure is None:
                return text("Not signed in")
            return text("Not signed in: {why}", why=state.failure.sentence)
        case SignedOut():
            return text("Signed out")
        case Unreachable():
            return state.failure.sentence


def unreachable_text(state: Unreachable) -> str:
    """Why a server cannot be used, and when it is tried again."""
    if state.next_try is None:
        return f"{state.failure.sentence} {text('Trying again now...')}"
    return f"{state.failure.sentence} {text('The next attempt is at {time}.', time=clock_text(state.next_try))}"


def nothing_known_text(state: ConnectionState) -> str:
    """Why a server shows nothing, where nobody was signed in to it yet."""
    match state:
        case Connected():
            return text("Loading...")
        case Connecting():
            return text("Connecting...")
        case Unreachable():
            return text("What it holds is shown as soon as it answers.")
        case _:
            return text("What it holds is shown to whoever is signed in.")
