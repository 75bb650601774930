"""The service itself: sessions, state, health, summary, refusals, settings, purge, accounts (contract section 5)."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field, JsonValue, RootModel, StrictBool

from device_update_contract.administration.base import Answer, Model, Moment, PageQuery, Sought, WholeNumber
from device_update_contract.administration.roles import Permission, Role


class SessionAnswer(Answer):
    """A new session: the token is shown once and never again."""

    token: str
    expires_at: Moment
    account: str
    role: Role
    permissions: list[Permission]


class SessionModel(Answer):
    """One session of an account, without its token."""

    id: str
    account: str
    role: Role
    address: str | None
    created_at: Moment
    last_used_at: Moment
    expires_at: Moment
    current: bool
    permissions: list[Permission] = Field(default_factory=list)


class SessionQuery(PageQuery):
    """Parameters of ``GET /sessions``: an account's sessions; other accounts' need an administrator."""

    account: Sought | None = None


class ServerCounts(Answer):
    """How much the service holds."""

    devices: int
    rules: int
    pending: int
    deployed: int
    packages: int
    test_devices: int


class ServerDatabase(Answer):
    """The database that the service uses."""

    kind: str
    schema_version: str
    size: int


class ServerStorage(Answer):
    """The image store's folder and disk."""

    images: int
    image_bytes: int
    disk_free: int


class ServerAnswer(Answer):
    """What the service is and offers; ``features`` tells a front end what it may show."""

    name: str
    version: str
    pool: str
    started_at: Moment
    uptime_seconds: int
    database: ServerDatabase
    storage: ServerStorage
    internal_url: str | None
    external_url: str | None
    certificate_expires_at: Moment | None
    counts: ServerCounts
    features: list[str]


class HealthCheck(Answer):
    """One thing that is watched."""

    name: str
    status: Literal["ok", "degraded", "failing"]
    detail: str


class HealthAnswer(Answer):
    """The worst of all checks, and each of them."""

    status: Literal["ok", "degraded", "failing"]
    checks: list[HealthCheck]


class CountBy(Answer):
    """How many devices share a value."""

    device_type: str | None = None
    vendor: str | None = None
    model: str | None = None
    version: str | None = None
    status: str | None = None
    devices: int


class ChecksInHour(Answer):
    """How many checks were answered in the hour that begins at ``hour``."""

    hour: Moment
    checks: int


class RefusedOfKind(Answer):
    """How many refused requests of one kind there were, folded by cause as in their list."""

    kind: str
    refused: int


class SummaryAnswer(Answer):
    """Counts for charts, from maintained counters.

    ``by_class_and_status`` and ``by_version_and_status`` tell how far models and versions are; ``refused`` counts what
    was turned away since ``refused_since``, a day ago. A service that is older than a field leaves it out.
    """

    devices: int
    by_class: list[CountBy]
    by_version: list[CountBy]
    by_status: list[CountBy]
    by_class_and_status: list[CountBy] = Field(default_factory=list)
    by_version_and_status: list[CountBy] = Field(default_factory=list)
    checks_per_hour: list[ChecksInHour]
    rules_pending: int
    rules_deployed: int
    refused_since: Moment | None = None
    refused: list[RefusedOfKind] = Field(default_factory=list)


class RefusedRequest(Answer):
    """Requests that were turned away for one cause, folded."""

    id: str
    kind: str
    code: str
    detail: str
    device: str | None
    account: str | None
    address: str | None
    first_at: Moment
    last_at: Moment
    count: int
    body: str | None = None
    """The newest body that could not be read, for administrators; at most 64 KiB."""


class RefusedRequestQuery(PageQuery):
    """Parameters of ``GET /refused-requests``; sorts by ``last_at``, ``first_at``, ``count``."""

    kind: Sought | None = None
    code: Sought | None = None
    address: Sought | None = None
    device: Sought | None = None
    search: Sought | None = None
    since: Moment | None = None


class SettingModel(Answer):
    """One setting with its value and what it may be."""

    name: str
    value: JsonValue
    default: JsonValue
    label: str
    kind: str
    minimum: int | None = None
    maximum: int | None = None


class SettingsAnswer(Answer):
    """All settings, in the contract's order."""

    items: list[SettingModel]


class SettingsChange(RootModel[dict[str, JsonValue]]):
    """New values by name; all or nothing."""


class PurgeRequest(Model):
    """What to purge; a preview only counts."""

    what: Literal["logs", "updates", "all"]
    older_than_days: WholeNumber | None = Field(default=None, ge=1, le=365)
    preview: StrictBool = False


class PurgedVersion(Answer):
    """A version whose files are (or would be) deleted, so that it can no longer be rolled back to."""

    rule_id: str
    device_class: str
    update_type: str
    version: str
    bytes: int
    was_approved: bool


class PurgeAnswer(Answer):
    """What was (or, as a preview, would be) deleted."""

    what: str
    preview: bool
    files: int
    bytes: int
    versions: list[PurgedVersion]
    logs: int = 0


LOCAL: Final = "local"
"""The source of accounts that the service itself keeps."""


class AccountModel(Answer):
    r"""An account; its password is never shown.

    ``source`` is ``local``, or the kind of domain (``kerberos``, ``winbind``) that keeps the password and whose groups
    decide the role; the name is ``DOMAIN\user`` then. Such an account is there from its first session on.
    """

    name: str
    role: Role
    enabled: bool
    created_at: Moment
    last_sign_in_at: Moment | None
    locked_until: Moment | None
    source: str = LOCAL

    @property
    def is_local(self) -> bool:
        """Whether the service itself keeps its password."""
        return self.source == LOCAL


class NewAccount(Model):
    """An account to be added."""

    name: str
    role: Role
    password: str = Field(min_length=8, max_length=256)
    enabled: StrictBool = True


class AccountChange(Model):
    """What to change of an account; absent fields stay."""

    role: Role | None = None
    enabled: StrictBool | None = None
    password: str | None = Field(default=None, min_length=8, max_length=256)


class AccountStatus(Answer):
    """What help desk may see of an account; ``locked_addresses`` are those that are locked out now, 100 at most.

    An address of IPv6 stands for its whole network of 64 bits.
    """

    name: str
    enabled: bool
    locked_until: Moment | None
    last_sign_in_at: Moment | None
    source: str = LOCAL
    locked_addresses: list[str] = Field(default_factory=list)


class AccountQuery(PageQuery):
    """Parameters of ``GET /accounts``; sorts by ``name``."""

    search: Sought | None = None
    role: Role | None = None
