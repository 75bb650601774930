"""The host: whether the service runs, its database, disk, files, and the clock."""

from __future__ import annotations

import os
import pwd
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from device_update_contract.administration.endpoints import HEALTH
from device_update_contract.administration.server import HealthAnswer
from device_update_service.doctor.case import Case, own_url, place_of
from device_update_service.doctor.connections import Unreachable, connected
from device_update_service.doctor.findings import Finding, as_finding, not_checked, ok, warning, wrong
from device_update_service.usecases.account_keys import place_of_account_key
from device_update_service.usecases.key_files import key_files, too_open
from device_update_service.usecases.server_state import disk_check

_AHEAD = timedelta(minutes=1)


def service(case: Case) -> Finding:
    """Whether the administration listener answers, and what it says of the service's health."""
    name = "service"
    admin = case.configuration.listeners.admin
    url = own_url(admin.address, "http" if admin.tls_certificate is None else "https")
    if url is None:
        return not_checked(
            name,
            "The administration listener has port 0, so only the service itself knows where it is: give it a port.",
        )
    try:
        with connected(case, place_of(url), proxy_protocol=admin.proxy_protocol) as connection:
            answer = connection.ask("GET", HEALTH.path)
        health = HealthAnswer.model_validate_json(answer.body)
    except Unreachable as unreachable:
        return wrong(
            name,
            f"The service does not run, so no device is served: {unreachable.sentence} Start it. (If it was started "
            "with other addresses on its command line, put them into the configuration file: doctor reads them there.)",
        )
    except ValidationError:
        return wrong(name, f"Something else than this service answers at {url}: end it, or use another port.")
    poor = [f"{check.name}: {check.detail}" for check in health.checks if check.status != "ok"]
    if health.status == "failing":
        return wrong(name, f"The service runs and fails. {' '.join(poor)}")
    if poor:
        return warning(name, f"The service runs, with something to look at. {' '.join(poor)}")
    return ok(name, f"The service runs and is well ({url}).")


def database(case: Case) -> Finding:
    """Whether the database is there, and fits this version."""
    name = "database"
    glance = case.database
    if glance.unknown:
        return wrong(
            name,
            f"The database was written by a newer version of this service ({glance.unknown[-1]}): this version does "
            "not start with it. Install that version again.",
        )
    if glance.missing:
        return warning(
            name,
            f"The database lacks the changes {', '.join(glance.missing)} of this version; they are made at the next "
            "start. Back the data folder up, then restart the service.",
        )
    return ok(name, f"The database has the schema of this version ({glance.known[-1]}).")


def disk(case: Case) -> Finding:
    """Whether there is room; below 64 MiB nothing can be stored."""
    return as_finding("disk", disk_check(case.folder.root, case.database.disk_free_warning))


def data_folder(case: Case) -> Finding:
    """Whether the service's user, and nobody else, can use the data folder."""
    name, root = "data-folder", case.folder.root
    try:
        state = root.stat()
        others = [path for path in sorted(root.iterdir()) if path.lstat().st_uid != state.st_uid]
    except FileNotFoundError:
        return wrong(
            name, f"There is no data folder {root}: give the right --data or --config, or start the service once."
        )
    except PermissionError:
        return not_checked(
            name, f"The data folder {root} cannot be looked into: run doctor as root or the service's user."
        )
    mode, owner = stat.S_IMODE(state.st_mode), _user(state.st_uid)
    if others:
        return wrong(
            name,
            f"{others[0]} belongs to {_user(others[0].lstat().st_uid)} and not to {owner}, so that the service may be "
            f"unable to write it: chown -R {owner} {root}, and run commands as {owner}.",
        )
    return _judged_mode(name, root, mode, owner)


def _judged_mode(name: str, root: Path, mode: int, owner: str) -> Finding:
    if mode & 0o022:
        return wrong(name, f"Other users may change the data folder {root} (mode {mode:04o}): chmod 700 {root}.")
    if mode & 0o700 != 0o700:
        return wrong(name, f"{owner} may not use its own data folder {root} (mode {mode:04o}): chmod 700 {root}.")
    if mode & 0o055:
        sentence = f"Other users may look into the data folder {root} (mode {mode:04o}), where logs name people:"
        return warning(name, f"{sentence} chmod 700 {root}.")
    return ok(name, f"The data folder {root} is {owner}'s own.")


def secret_files(case: Case) -> Finding:
    """Whether key files are secret, and readable by the service's user."""
    name = "key-files"
    try:
        service_user = case.folder.root.stat().st_uid
        account_key = place_of_account_key(case.configuration, case.folder)
        listed = key_files(account_key, case.configuration.listeners)
        opened = [sentence for file in listed if (sentence := too_open(file)) is not None]
        unreadable = [file.path for file in listed if file.path.exists() and not _may_read(file.path, service_user)]
        missing = [file.path for file in listed if file.group_may_read and not file.path.exists()]
    except FileNotFoundError:
        return not_checked(
            name, f"There is no data folder {case.folder.root} that says whose the key files have to be."
        )
    except OSError as error:
        return not_checked(
            name, f"The key files cannot be looked at ({error.strerror}): run doctor as root or the service's user."
        )
    if opened:
        return wrong(name, " ".join(opened))
    if missing:
        return wrong(name, f"The key {missing[0]} is not there: the service cannot start with it. Correct tls_key.")
    if unreadable:
        user = _user(service_user)
        return wrong(
            name,
            f"{user}, to whom the data folder belongs, cannot read {unreadable[0]}, so the service cannot use it: "
            f"chown {user} {unreadable[0]}.",
        )
    return ok(name, "The key files can be read by the service's user and by nobody else.")


def _may_read(path: Path, uid: int) -> bool:
    """By the file's own permissions; the folders above it are not looked at."""
    state = path.stat()
    if uid in {0, state.st_uid}:
        return uid == 0 or bool(state.st_mode & stat.S_IRUSR)
    return bool(state.st_mode & (stat.S_IRGRP if state.st_gid in _groups(uid) else stat.S_IROTH))


def _groups(uid: int) -> list[int]:
    try:
        user = pwd.getpwuid(uid)
    except KeyError:
        return []
    return os.getgrouplist(user.pw_name, user.pw_gid)


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def clock(case: Case) -> Finding:
    """Whether this host knows the time: certificates, Kerberos and the check intervals depend on it."""
    name, now = "clock", case.clock()
    try:
        written = datetime.fromtimestamp(case.folder.database.stat().st_mtime, UTC)
    except OSError:
        written = None
    if written is not None and written - now > _AHEAD:
        return wrong(
            name,
            f"The database was written on {written:%Y-%m-%d %H:%M} UTC and this host says it is {now:%Y-%m-%d %H:%M}: "
            "the clock was set back. Devices may find certificates not yet valid: set the clock right.",
        )
    synchronized = case.clock_is_synchronized()
    if synchronized is None:
        return not_checked(name, "Whether this host's clock follows a time server cannot be seen here.")
    if not synchronized:
        return warning(
            name,
            f"This host's clock ({now:%Y-%m-%d %H:%M} UTC) follows no time server: once it is 5 minutes off, "
            "Kerberos fails, and certificates end too early or too late. Set up chrony or systemd-timesyncd.",
        )
    return ok(name, f"This host's clock follows a time server ({now:%Y-%m-%d %H:%M} UTC).")
