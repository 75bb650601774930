"""The forms of the sentences with which the service refuses requests, by code.

A refusal travels as code and English sentence; its parameters name what a program needs, not all that the sentence says
(contract section 5). These forms take a sentence apart into the facts in it, so that a console can say it in its own
language. A test compares them with the service's sources.
"""

from __future__ import annotations

from collections.abc import Mapping

REFUSAL_SENTENCES: Mapping[str, tuple[str, ...]] = {
    # Accounts and sessions
    "account-exists": ("There is an account {account} already.",),
    "account-key-unusable": (
        "The stored password of the account {account} does not fit the key file; set the password again.",
    ),
    "account-of-domain": (
        "{account} is an account of a domain: its password is kept and changed there.",
        (
            "{account} is an account of a domain: its groups decide the role (accounts.roles in the configuration) "
            "whenever it signs in. It can be disabled here."
        ),
    ),
    "insecure-transport": (
        "Passwords and sessions are accepted over TLS only, or from this host without a proxy in between.",
    ),
    "invalid-password": (
        "A password has {shortest} to {longest} characters.",
        "The password holds a character that cannot be encoded.",
    ),
    "last-administrator": ("{account} is the last enabled administrator and stays one.",),
    "not-permitted": (
        "The account {account} has the role {role}, which may not do this.",
        "The account {account} may only authenticate a device.",
    ),
    "not-signed-in": ("Sign in first: the request carries no session token.",),
    "session-ended": ("The session has ended.",),
    "sign-in-refused": ("The account name or the password is wrong, or the account may not sign in now.",),
    # Records
    "count-changed": (
        "{count} rules match now, and {expected_count} were expected; look again.",
        "{count} devices match now, and {expected_count} were expected; look again.",
    ),
    "identifier-taken": ("{identifier} is the test device '{name}' already.",),
    "name-taken": ("There is a test device '{name}' already.",),
    "not-found": (
        "There is no account '{account}'.",
        "The content of this log is gone; the service's host may tell why.",
        "There is no such device log.",
        "There is no such device.",
        "There is no such package.",
        "There is no such rule.",
        "There is no such session.",
        "There is no such test device.",
        "There is no such upload any more; send the package again.",
        "There is nothing at this address.",
        "This file is no longer served.",
    ),
    "too-many-devices": ("{count} devices match, and at most {limit} can be changed at once; narrow the filter.",),
    # What was typed
    "invalid-address": (
        "'{address}' is no IP address.",
        "'{address}' is neither an IP address nor a network such as 10.1.0.0/16.",
    ),
    "invalid-identifier": (
        (
            "'{text}' is not a MAC address: six to eight pairs of hexadecimal digits, joined or separated by '-' or "
            "':' are expected."
        ),
        "'{text}' is not a serial number: 1 to 64 letters, digits, '-' and '_' are expected.",
        "'{text}' is not an account name: 1 to 64 letters, digits, '.', '_' and '-' are expected.",
        (
            "The field {field} has the value '{text}': 1 to 64 letters, digits, spaces and the characters ._-+() are "
            "expected."
        ),
        "The MAC address {mac} names no device.",
        "The serial number {serial} names no device.",
    ),
    "invalid-name": ("A name has 1 to {limit} characters, none of them a control character.",),
    "invalid-setting": (
        "The setting {setting} must be a whole number from {least} to {most}.",
        "The setting {setting} must be true or false.",
        "The setting {setting} must be a list of at most 100 names.",
        "The setting {setting} must be a list of at most 100 extensions such as .txt.",
        "The setting {setting} must be a time of day such as 03:30, or null.",
        "The setting {setting} must be a list of certificates in PEM form.",
        "There is no setting '{setting}'.",
    ),
    "invalid-text": ("The field '{field}' holds what is no text.",),
    "invalid-version": (
        "The version '{text}' is not one to four dotted decimal numbers in at most {limit} characters.",
        "The version '{text}' has a number that is not below 2^32.",
    ),
    "not-supported": ("The setting require_signature cannot be turned on: this version does not verify signatures.",),
    "sort-not-available": (
        "This list cannot be sorted by '{field}'; it can be by {sorts}.",
        "The search finds more than {limit} devices, too many to sort; make it longer or drop 'sort'.",
    ),
    "search-too-short": ("'{text}' is too short to search for; at least {least} characters are needed.",),
    # Uploads
    "caller-left": ("The connection ended before the package was examined, so nothing was kept or changed.",),
    "disk-full": ("There is not enough free disk space to unpack the package.",),
    "request-timeout": (
        "The body did not arrive within {seconds} seconds.",
        "The request did not arrive within {seconds} seconds.",
        "No byte came for {seconds} seconds.",
        "Too little of the body came within {seconds} seconds.",
    ),
    "request-too-large": (
        "The body is larger than {limit} bytes.",
        "The manifest is too large.",
        "A check has at most {limit} bytes.",
        "The part 'request' has at most {limit} bytes.",
    ),
    "stopping": ("The package was not read to its end: the service ends, or nobody waits for it.",),
    "storage-unavailable": (
        "The service is stopping.",
        "The database cannot take writes now: {cause}.",
        "The image store cannot take the file: {cause}.",
        "The log store cannot take the file: {cause}.",
        "The package cannot be kept: {cause}.",
        "The package cannot be stored: {cause}.",
        "The package cannot be unpacked: {cause}.",
    ),
    "too-large": ("The package is larger than {limit} bytes.",),
    "upload-in-use": ("This upload is being worked on already.",),
    "uploads-full": (
        "Inspected packages have at most {limit} bytes; those of others, which go within the hour, leave no room.",
    ),
    # Devices' checks and logs, which stand among the refused requests
    "log-extension-not-accepted": (
        "Logs with the extension '{extension}' are not stored here.",
        "Logs without an extension are not stored here.",
    ),
    "log-store-full": (
        "All logs together have at most {quota} bytes, and there is no room for this one until clean-up.",
        "The disk of the log store has no room for this log.",
    ),
    "log-too-large": ("A log has at most {limit} bytes.",),
    "log-type-not-accepted": ("Logs of the type '{log_type}' are not stored here.",),
    "malformed-request": (
        "The body did not arrive whole, or is not encoded as its headers say.",
        "The request did not arrive whole, or is not encoded as its headers say.",
        "The request is empty.",
        "The request is neither UTF-8 nor UTF-16.",
        "The request holds a DOCTYPE, which is not accepted.",
        "The request is not well-formed XML.",
        "The request names more than {limit} modules.",
        "The field {field} is given twice.",
        "The field LogType is missing.",
        "The field {field} is missing.",
        "The head of a part cannot be read.",
        "The log did not arrive whole.",
        "The part 'request' is missing.",
        "The parts 'request' and 'file' are expected, and nothing else.",
        "The parts 'request' and then 'file' are expected, each once, and nothing else.",
        "The field {field} is invalid: {problem}",
    ),
}
"""A place between quotation marks holds what was sent. Sentences for programs, which no person causes, are not here."""

NUMBERS = frozenset({"count", "expected_count", "limit", "quota", "least", "most"})
"""The places that hold a number."""
