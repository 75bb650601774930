"""The main database's tables as Peewee models; their history is in `migrations`.

Times are milliseconds since 1970 in UTC. ``*_key`` columns hold the form in which a value is compared. Triggers of the
schema keep `DeviceCount` and the search index of devices; nothing here may write them.
"""

from __future__ import annotations

from peewee import (
    AutoField,
    BlobField,
    BooleanField,
    CompositeKey,
    DatabaseProxy,
    IntegerField,
    Model,
    TextField,
)

DATABASE = DatabaseProxy()
"""The one main database of this process; `database.Database` opens it. Connections are per thread."""


class Table(Model):
    """A table of the main database."""

    class Meta:
        """Where the tables live."""

        database = DATABASE
        legacy_table_names = False


class ServerState(Table):
    """Facts of the whole store by name: ``generation`` of the catalog."""

    name = TextField(primary_key=True)
    value = TextField()


class Setting(Table):
    """A setting that differs from its default, as JSON."""

    name = TextField(primary_key=True)
    value = TextField()


class Account(Table):
    """An account; ``nt_hash`` is encrypted, and empty for an account of a domain (``source`` says whose).

    ``unlocks`` is how often an administrator has unlocked it.
    """

    id = AutoField()
    name = TextField()
    name_key = TextField()
    role = TextField()
    enabled = BooleanField()
    nt_hash = BlobField()
    created_at = IntegerField()
    last_sign_in_at = IntegerField(null=True)
    locked_until = IntegerField(null=True)
    source = TextField(default="local")
    unlocks = IntegerField(default=0)


class Lockout(Table):
    """Until when an account name is locked out for an address on a listener (``external``, ``administration``)."""

    listener = TextField()
    name_key = TextField()
    address = TextField()
    locked_until = IntegerField()

    class Meta:
        """One row a listener, name and address."""

        primary_key = CompositeKey("listener", "name_key", "address")


class Session(Table):
    """A session; only the token's SHA-256 is stored."""

    id = AutoField()
    token_hash = BlobField()
    account_id = IntegerField()
    address = TextField(null=True)
    created_at = IntegerField()
    last_used_at = IntegerField()
    expires_at = IntegerField()


class Package(Table):
    """An imported package; ``findings`` and ``updates`` are JSON of the API's models."""

    id = AutoField()
    name = TextField()
    size = IntegerField()
    sha256 = TextField()
    imported_at = IntegerField()
    account = TextField()
    findings = TextField()
    updates = TextField()


class Rule(Table):
    """A rule: device class x update type. ``rule_key`` is the six fields in lower case, joined by ``/``."""

    id = AutoField()
    rule_key = TextField()
    device_type = TextField()
    brand = TextField()
    model = TextField()
    revision = TextField()
    locale = TextField()
    update_type = TextField()
    vendor = TextField()
    removed = BooleanField()
    change_number = IntegerField()


class RuleUpdate(Table):
    """One version that was ever imported for a rule; ``stored`` tells whether its files are on disk."""

    id = AutoField()
    rule_id = IntegerField()
    version = TextField()
    version_key = TextField()
    package_id = IntegerField(null=True)
    imported_at = IntegerField()
    release_date = TextField(null=True)
    description = TextField(null=True)
    stored = BooleanField()
    serve_until = IntegerField(null=True)
    last_referred_at = IntegerField(null=True)


class ImageFile(Table):
    """One image file of an update, with its signature catalog beside it."""

    id = AutoField()
    update_id = IntegerField()
    name = TextField()
    sha256 = TextField()
    size = IntegerField()
    timestamp = TextField(null=True)
    signature = TextField(null=True)
    signature_sha256 = TextField(null=True)
    signature_size = IntegerField(null=True)


class RuleSlot(Table):
    """A slot that is set, and by whom and which verb."""

    rule_id = IntegerField()
    slot = TextField()
    update_id = IntegerField()
    verb = TextField()
    at = IntegerField()
    account = TextField()
    comment = TextField(null=True)

    class Meta:
        """One row a slot."""

        primary_key = CompositeKey("rule_id", "slot")


class RuleHistory(Table):
    """One verb that was carried out on a rule; never deleted."""

    id = AutoField()
    rule_id = IntegerField()
    update_id = IntegerField(null=True)
    version = TextField(null=True)
    replaced = TextField(null=True)
    verb = TextField()
    at = IntegerField()
    account = TextField()
    comment = TextField(null=True)


class TestDevice(Table):
    """A device that receives pending updates."""

    __test__ = False

    id = AutoField()
    name = TextField()
    name_key = TextField()
    identifier_type = TextField()
    identifier = TextField()
    identifier_key = TextField()


class Device(Table):
    """A device as it last reported itself, its open offer, its last installation and its status.

    ``class_key`` is device type, vendor, model, revision and locale in lower case, joined by ``/``. ``modules``,
    ``users``, ``decision_parameters`` and ``notes_by_service`` (code: count) are JSON. ``account_key`` is that of the
    account with which it last asked from ``address``, '' where that was anonymous.
    """

    id = AutoField()
    mac = TextField(null=True)
    serial = TextField(null=True)
    serial_key = TextField(null=True)
    device_type = TextField()
    vendor = TextField()
    model = TextField()
    revision = TextField()
    locale = TextField()
    class_key = TextField()
    modules = TextField()
    installed_version = TextField(null=True)
    installed_key = TextField(null=True)
    user = TextField(null=True)
    users = TextField()
    address = TextField(null=True)
    address_key = TextField(null=True)
    account_key = TextField(default="")
    first_seen_at = IntegerField()
    decision_code = TextField()
    decision_parameters = TextField()
    decision_rule_id = IntegerField(null=True)
    decision_since = IntegerField()
    offered_update_id = IntegerField(null=True)
    offered_version = TextField(null=True)
    offered_at = IntegerField(null=True)
    offer_attempts = IntegerField()
    bytes_total = IntegerField(null=True)
    bytes_sent = IntegerField(null=True)
    last_byte_at = IntegerField(null=True)
    install_result = TextField(null=True)
    install_version = TextField(null=True)
    install_code = TextField(null=True)
    install_message = TextField(null=True)
    install_at = IntegerField(null=True)
    install_reported_at = IntegerField(null=True)
    target_reported_since = BooleanField()
    status = TextField()
    status_since = IntegerField()
    label = TextField(null=True)
    location = TextField(null=True)
    asset_tag = TextField(null=True)
    note = TextField(null=True)
    notes_by_service = TextField()
    retired_at = IntegerField(null=True)


class DeviceActivity(Table):
    """What every check of a device changes, and ``report_key``: a hash of what the last check told and was told.

    A check with the same key changes nothing else. 0 is no check's key: it makes the next check be looked at whole.
    """

    device_id = IntegerField(primary_key=True)
    last_check_at = IntegerField()
    next_check_at = IntegerField()
    report_key = IntegerField(default=0)


class DeviceCount(Table):
    """How many devices share class, installed version ('' when unknown) and status; kept by triggers."""

    class_key = TextField()
    installed_version = TextField()
    status = TextField()
    devices = IntegerField()

    class Meta:
        """One row a combination."""

        primary_key = CompositeKey("class_key", "installed_version", "status")


class DeviceEvent(Table):
    """One entry of a device's history, but for checks, which are in the update log."""

    id = AutoField()
    device_id = IntegerField()
    at = IntegerField()
    kind = TextField()
    code = TextField()
    parameters = TextField()
    account = TextField(null=True)


class Download(Table):
    """Which bytes of one file a device was sent; ``covered`` is JSON pairs of first byte and byte after the last."""

    device_id = IntegerField()
    update_id = IntegerField()
    sha256 = TextField()
    covered = TextField()
    bytes = IntegerField()
    first_byte_at = IntegerField()
    last_byte_at = IntegerField()

    class Meta:
        """One row a file."""

        primary_key = CompositeKey("device_id", "update_id", "sha256")


class ChecksInHour(Table):
    """How many checks were answered in the hour that begins at ``hour``."""

    hour = IntegerField(primary_key=True)
    checks = IntegerField()


class RefusedRequest(Table):
    """Requests turned away for one cause, folded; '' where device, account or address are unknown."""

    id = AutoField()
    kind = TextField()
    code = TextField()
    detail = TextField()
    device = TextField()
    account = TextField()
    address = TextField()
    first_at = IntegerField()
    last_at = IntegerField()
    count = IntegerField()


class UnreadBody(Table):
    """A body that could not be read, for administrators; the last 100 are kept."""

    id = AutoField()
    refused_request_id = IntegerField()
    at = IntegerField()
    body = BlobField()


class Upload(Table):
    """A package that was inspected and waits to be imported; its file is in the uploads folder under this id."""

    id = TextField(primary_key=True)
    name = TextField()
    size = IntegerField()
    sha256 = TextField()
    account = TextField()
    expires_at = IntegerField()


class AuditEntry(Table):
    """One entry of the audit trail; ``before`` and ``after`` are JSON, ``hash`` covers the entry and the one before.

    Triggers refuse to change or delete a row.
    """

    id = AutoField()
    at = IntegerField()
    account = TextField()
    address = TextField(null=True)
    through = TextField()
    verb = TextField()
    object = TextField()
    outcome = TextField()
    code = TextField(null=True)
    before = TextField()
    after = TextField()
    hash = BlobField()


class DeviceLog(Table):
    """A device log; its content is in the log store under ``sha256``, its readable copy below ``Logs/Client``."""

    id = AutoField()
    device_id = IntegerField(null=True)
    mac = TextField(null=True)
    serial = TextField(null=True)
    serial_key = TextField(null=True)
    device_type = TextField()
    vendor = TextField()
    model = TextField()
    revision = TextField()
    locale = TextField()
    user = TextField(null=True)
    address = TextField()
    account = TextField()
    log_type = TextField()
    name = TextField()
    extension = TextField()
    size = IntegerField()
    sha256 = TextField()
    stored_at = IntegerField()
    link = TextField(null=True)
    update_version = TextField(null=True)
