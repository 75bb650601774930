"""The administration application: every route of the contract's section 5 that this version has."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial

from aiohttp import web

from device_update_contract.administration.endpoints import ENDPOINTS
from device_update_service.identity.account_key import AccountKey, load_account_key
from device_update_service.identity.claims import DomainVerifier
from device_update_service.storage.rules.upload_records import sweep_uploads
from device_update_service.usecases.account_keys import place_of_account_key
from device_update_service.web.administration import (
    account_handlers,
    audit_handlers,
    device_handlers,
    device_log_handlers,
    evidence_handlers,
    package_handlers,
    rule_handlers,
    server_handlers,
    update_log_handlers,
)
from device_update_service.web.administration.administration_parts import AdministrationParts, CheckHealth, Handle
from device_update_service.web.administration.administration_routes import counting, register_routes
from device_update_service.web.administration.event_streams import StreamTimes
from device_update_service.web.administration.problems import SIGN_IN_SCHEMES, problem_answers
from device_update_service.web.administration.refused_actions import RefusedActions
from device_update_service.web.administration.session_gate import SessionGate
from device_update_service.web.authentication.account_judgement import AccountJudge
from device_update_service.web.authentication.callers import Callers
from device_update_service.web.authentication.device_challenges import SCHEME_NAMES
from device_update_service.web.authentication.listener_sign_ins import sign_ins_of
from device_update_service.web.metrics import ServiceMetrics
from device_update_service.web.service import Service
from device_update_service.web.sign_in_records import SignInRecords

_log = logging.getLogger(__name__)

HANDLERS: dict[str, Handle] = {
    **account_handlers.HANDLERS,
    **audit_handlers.HANDLERS,
    **device_handlers.HANDLERS,
    **device_log_handlers.HANDLERS,
    **evidence_handlers.HANDLERS,
    **package_handlers.HANDLERS,
    **rule_handlers.HANDLERS,
    **server_handlers.HANDLERS,
    **update_log_handlers.HANDLERS,
}


def administration_application(
    service: Service,
    *,
    sign_ins: SignInRecords,
    metrics: ServiceMetrics | None = None,
    health_checks: Sequence[CheckHealth] = (),
    stream_times: StreamTimes | None = None,
    verifier: DomainVerifier | None = None,
) -> web.Application:
    """The application of the administration listener; the database has been started.

    `sign_ins`, `metrics` and `verifier` are shared with the device applications; `health_checks` are watched beside
    its own.

    Raises:
        AccountKeyUnusable: the key file cannot be made, or others can read it. UnregistrableRoute: a fault of ours.
        Refusal: a configured source of accounts cannot be used.
    """
    metrics = metrics or ServiceMetrics()
    key = load_account_key(place_of_account_key(service.configuration, service.folder))
    listener = service.configuration.listeners.admin
    judge = _judge(service, key, sign_ins, metrics, verifier)
    parts = AdministrationParts(
        service=service,
        key=key,
        judge=judge,
        sign_ins=sign_ins_of(listener, service, judge),
        callers=Callers(listener),
        gate=SessionGate(service),
        refused_actions=RefusedActions(service),
        metrics=metrics,
        health_checks=[*server_handlers.own_health_checks(service, key), *health_checks],
        stream_times=stream_times or StreamTimes(),
    )
    application = web.Application(middlewares=[counting(parts), problem_answers])
    application[SIGN_IN_SCHEMES] = tuple(SCHEME_NAMES[scheme] for scheme in listener.schemes)
    register_routes(application, parts, ENDPOINTS, HANDLERS)

    async def start(_application: web.Application) -> None:
        swept = await service.write(partial(sweep_uploads, service.folder.uploads, service.clock()))
        if swept:
            _log.info("%d uploads that were cut off were swept", swept)

    async def stop(_application: web.Application) -> None:
        parts.stopping.set()
        await parts.refused_actions.close()
        parts.sign_ins.close()
        service.events.close()

    application.on_startup.append(start)
    application.on_shutdown.append(stop)
    return application


def _judge(
    service: Service,
    key: AccountKey,
    sign_ins: SignInRecords,
    metrics: ServiceMetrics,
    verifier: DomainVerifier | None,
) -> AccountJudge:
    return AccountJudge(
        service,
        listener="administration",
        key=key,
        sources=service.configuration.accounts,
        guessing=service.guessing["administration"],
        records=sign_ins,
        may_sign_in=lambda _role: True,  # the session says why a device user gets none
        verifier=verifier,
        counts=metrics.sign_ins,
    )
