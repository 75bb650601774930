"""The forms of the sentences with which the service tells of its health (contract section 5, ``GET /health``)."""

from __future__ import annotations

HEALTH_SENTENCES: tuple[str, ...] = (
    "The database takes writes; its schema is {schema}.",
    "The database cannot take writes now: {cause}.",
    "{free} are free on the disk of the data folder; the warning comes below {warning}.",
    "The data folder cannot be read: {cause}.",
    "The image store can be read and written.",
    "The image store cannot be read and written.",
    "The log store cannot be read and written.",
    "Device logs take {used} of the {quota} that they may.",
    "A write waits {seconds} seconds for the database's writer.",
    "The database's writer does not keep up or hangs.",
    "No other user of this host can read a key file.",
    (
        "{file}, {what}, has mode {mode}: other users of this host can get at it. Treat it as known to them, and "
        "allow its owner only (chmod 600 {path})."
    ),
    "The permissions of {file} cannot be seen: {cause}.",
    "The key of the stored passwords is readable.",
    "The key file {file} can be read or changed by other users; allow its owner only (chmod 600).",
    "The key file {file} cannot be used: {cause}.",
    "The key file {file} is damaged: {count} bytes are expected.",
    "Passwords work until the service is restarted, and none can be set.",
    "Checks are recorded within a second.",
    "{count} checks could not be recorded since the start, the last within the hour.",
    "{count} checks have waited for up to {seconds} s to be recorded.",
    "Housekeeping does its work.",
    "The update log's text files are written.",
    "Every check is recorded.",
    "Nothing waits to be told.",
    "By {name} nobody can be told: {why}.",
    "No listener has TLS.",
    "The certificates in use are valid until {day}.",
    (
        "The certificate of the {listener} listener ({file}) expired on {day}: devices outside are turned away "
        "until it is renewed."
    ),
    (
        "The certificate of the {listener} listener ({file}) expired on {day}: consoles and the command line are "
        "turned away until it is renewed."
    ),
    (
        "The certificate of the {listener} listener ({file}) is valid from {day} on only: devices outside are "
        "turned away; look at this host's clock."
    ),
    (
        "The certificate of the {listener} listener ({file}) is valid from {day} on only: consoles and the command"
        " line are turned away; look at this host's clock."
    ),
    "The certificate of the {listener} listener ({file}) expires on {day}, in {days} days: renew it.",
    "The {listener} listener goes on with the certificate that it had.",
    (
        "The {listener} listener allows TLS {version}, which somebody in between may be able to read or change; "
        "set its tls_minimum to 1.2 as soon as the last old phone is gone."
    ),
)
"""What a check tells is one of these, or several of them one after the other."""
