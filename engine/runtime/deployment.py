"""Everything deployed, as one immutable value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from engine.artifacts.api import Api, check_registrations
from engine.artifacts.base import Artifact
from engine.artifacts.local_entry import LocalEntry
from engine.artifacts.proxy import Proxy
from engine.diagnostics import Problems
from engine.mediators.flow import NamedSequence
from engine.runtime.dispatcher import Dispatcher
from engine.runtime.flows import ApiRoute
from engine.runtime.proxies import ProxyRoute
from engine.source.resources import NO_RESOURCES, Resources


def _no_apis() -> Dispatcher[ApiRoute]:
    return Dispatcher((), ApiRoute)


@dataclass(frozen=True, slots=True)
class Deployment:
    """All artifacts by kind and name. A message keeps the deployment it arrived with."""

    apis: tuple[Api, ...] = ()
    sequences: dict[str, NamedSequence] = field(default_factory=dict)
    endpoints: dict[str, Any] = field(default_factory=dict)
    templates: dict[str, Any] = field(default_factory=dict)
    local_entries: dict[str, LocalEntry] = field(default_factory=dict)
    proxies: dict[str, Proxy] = field(default_factory=dict)
    others: tuple[Artifact, ...] = ()
    dispatcher: Dispatcher[ApiRoute] = field(default_factory=_no_apis)
    services: dict[str, ProxyRoute] = field(default_factory=dict)
    resources: Resources = NO_RESOURCES


def assemble(
    artifacts: Iterable[Artifact], resources: Resources = NO_RESOURCES, problems: Problems | None = None
) -> Deployment:
    """A deployment out of compiled artifacts and the registry resources beside them.

    APIs that cannot live side by side are left out, the first of them stays; `problems` takes what is to be said.
    """
    apis: list[Artifact] = []
    others: list[Artifact] = []
    by_kind: dict[str, dict[str, Any]] = {
        "sequence": {}, "endpoint": {}, "template": {}, "localEntry": {}, "proxy": {},
    }
    for each in artifacts:
        if isinstance(each.item, Api):
            apis.append(each)
        elif each.kind in by_kind:
            by_kind[each.kind][each.name] = each.item
        else:
            others.append(each)
    accepted, conflicts = check_registrations(apis)
    if problems is not None:
        problems.extend(conflicts)
    deployed = sorted((each.item for each in accepted if isinstance(each.item, Api)),
                      key=lambda api: len(api.context), reverse=True)
    proxies: dict[str, Proxy] = by_kind["proxy"]
    return Deployment(
        tuple(deployed), by_kind["sequence"], by_kind["endpoint"], by_kind["template"], by_kind["localEntry"], proxies,
        tuple(others), Dispatcher(deployed, ApiRoute), {name: ProxyRoute(proxy) for name, proxy in proxies.items()},
        resources,
    )
