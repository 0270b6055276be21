"""Everything deployed, as one immutable value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import TYPE_CHECKING, Any

from engine.artifacts.api import Api, check_registrations
from engine.artifacts.base import Artifact
from engine.artifacts.local_entry import LocalEntry
from engine.mediators.flow import NamedSequence
from engine.records import dataclass
from engine.runtime.dispatcher import Dispatcher
from engine.runtime.flows import ApiRoute
from engine.source.resources import NO_RESOURCES, Resources

if TYPE_CHECKING:
    from engine.artifacts.proxy import Proxy
    from engine.runtime.proxies import ProxyRoute


@dataclass(frozen=True, slots=True)
class Deployment:
    """All artifacts by kind and name. A message keeps the deployment it arrived with.

    `dispatcher` and `services` are what the data plane runs, made once out of the APIs and proxies.
    """

    apis: tuple[Api, ...] = ()
    sequences: dict[str, NamedSequence] = field(default_factory=dict)
    endpoints: dict[str, Any] = field(default_factory=dict)
    templates: dict[str, Any] = field(default_factory=dict)
    local_entries: dict[str, LocalEntry] = field(default_factory=dict)
    proxies: dict[str, Proxy] = field(default_factory=dict)
    others: tuple[Artifact, ...] = ()
    resources: Resources = NO_RESOURCES
    endpoint_templates: dict[str, Any] = field(default_factory=dict)
    dispatcher: Dispatcher[ApiRoute] = field(init=False, repr=False, compare=False)
    services: dict[str, ProxyRoute] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "dispatcher", Dispatcher(self.apis, ApiRoute))
        object.__setattr__(self, "services", self._routes() if self.proxies else {})

    def _routes(self) -> dict[str, ProxyRoute]:
        from engine.runtime.proxies import ProxyRoute

        return {name: ProxyRoute(proxy, self.local_entries) for name, proxy in self.proxies.items()}


def assemble(artifacts: Iterable[Artifact], resources: Resources = NO_RESOURCES) -> Deployment:
    """A deployment out of compiled artifacts and the registry resources beside them.

    Of APIs that cannot live side by side (`check_registrations` says which and why) the first stays.
    """
    apis: list[Api] = []
    others: list[Artifact] = []
    by_kind: dict[str, dict[str, Any]] = {
        "sequence": {},
        "endpoint": {},
        "template": {},
        "localEntry": {},
        "proxy": {},
        "endpointTemplate": {},
    }
    for each in check_registrations(artifacts)[0]:
        if isinstance(each.item, Api):
            apis.append(each.item)
        elif each.kind in by_kind:
            by_kind[each.kind][each.name] = each.item
        else:
            others.append(each)
    apis.sort(key=lambda api: len(api.context), reverse=True)
    return Deployment(
        tuple(apis),
        by_kind["sequence"],
        by_kind["endpoint"],
        by_kind["template"],
        by_kind["localEntry"],
        by_kind["proxy"],
        tuple(others),
        resources,
        by_kind["endpointTemplate"],
    )
