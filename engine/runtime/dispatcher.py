"""Which API and which resource a request belongs to. Pure, and compiled when the deployment is made."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from engine.artifacts.api import DEFAULT_ENTRY, METHODS, Api, Resource
from engine.artifacts.uri_template import UriTemplate
from engine.artifacts.url_mapping import MappingKind, UrlMapping
from engine.message.body import HeaderPairs

log = logging.getLogger("synflow.dispatch")
T = TypeVar("T")

_NO_VARIABLES: dict[str, str] = {}
_OPTIONS_ALLOW = ("GET", "POST", "PUT", "DELETE")


class Choice(Generic[T]):
    """What was chosen. `status` 0: no API takes the path; 200: `route` takes it; 404, 405, 400: `api` answers that.

    `sub_path` is what follows the API's prefix, query included and "" for the bare context; `allow` names the methods
    of 405. `denied`: an API was passed over because it is not offered on this transport.
    """

    __slots__ = ("allow", "api", "denied", "resource", "route", "status", "sub_path", "variables")

    def __init__(
        self,
        status: int,
        api: Api | None = None,
        resource: Resource | None = None,
        route: T | None = None,
        variables: dict[str, str] = _NO_VARIABLES,
        sub_path: str = "",
        allow: str = "",
        denied: bool = False,
    ) -> None:
        self.status = status
        self.api = api
        self.resource = resource
        self.route = route
        self.variables = variables
        self.sub_path = sub_path
        self.allow = allow
        self.denied = denied


class Request:
    """The facts that only some APIs and resources ask for."""

    __slots__ = ("entry", "has_body", "headers", "scheme")

    def __init__(
        self,
        scheme: str = "http",
        headers: HeaderPairs | None = None,
        has_body: bool = False,
        entry: str = DEFAULT_ENTRY,
    ) -> None:
        self.scheme = scheme
        self.headers: HeaderPairs = headers if headers is not None else []
        self.has_body = has_body
        self.entry = entry

    def header(self, name: bytes) -> str | None:
        """The last value of a header, by its lower-case name."""
        found = None
        for key, value in self.headers:
            if key == name:
                found = value
        return None if found is None else found.decode("latin-1")


class _Entry(Generic[T]):
    """One resource and the caller's object for it."""

    __slots__ = ("match", "resource", "route")

    def __init__(self, resource: Resource, route: T) -> None:
        self.resource = resource
        self.route = route
        mapping = resource.mapping
        self.match = mapping.match if isinstance(mapping, UriTemplate) else None

    def accepts(self, request: Request) -> bool:
        """Everything but the method and the path."""
        resource = self.resource
        if request.entry not in resource.binds_to or (resource.protocol and resource.protocol != request.scheme):
            return False
        if resource.content_type and request.has_body and request.header(b"content-type") != resource.content_type:
            return False
        agent = resource.user_agent
        return agent is None or agent.fullmatch(request.header(b"user-agent") or "") is not None

    def fits(self, path: str) -> bool:
        """Whether the mapping matches, whatever the rest."""
        mapping = self.resource.mapping
        if mapping is None:
            return True
        if isinstance(mapping, UriTemplate):
            return mapping.match(path) is not None
        return mapping.matches(path.partition("?")[0])


Found = tuple[_Entry[T], dict[str, str]]


class _Table(Generic[T]):
    """Resources that are all acceptable, arranged for finding the one whose mapping takes a path.

    Order as the dispatchers of the reference engine: exact url-mapping, longest prefix, extension; then uri-templates
    in document order, the first that matches; then the default resource. Templates are looked at only when their first
    path segment can be that of the request.
    """

    __slots__ = ("_default", "_exact", "_extensions", "_first", "_mapped", "_other", "_prefixes", "size")

    def __init__(self, entries: Sequence[_Entry[T]]) -> None:
        self.size = len(entries)
        self._exact: dict[str, _Entry[T]] = {}
        self._default: _Entry[T] | None = None
        prefixes: list[tuple[UrlMapping, _Entry[T]]] = []
        extensions: list[tuple[UrlMapping, _Entry[T]]] = []
        templates: list[tuple[str | None, _Entry[T]]] = []
        for entry in entries:
            mapping = entry.resource.mapping
            if mapping is None:
                self._default = self._default or entry
            elif isinstance(mapping, UriTemplate):
                templates.append((mapping.first_segment, entry))
            elif mapping.kind is MappingKind.EXACT:
                self._exact.setdefault(mapping.value, entry)
            else:
                (prefixes if mapping.kind is MappingKind.PREFIX else extensions).append((mapping, entry))
        self._prefixes = tuple(sorted(prefixes, key=lambda each: -each[0].segments))
        self._extensions = tuple(extensions)
        self._mapped = bool(self._exact or prefixes or extensions)
        self._other = tuple(entry for segment, entry in templates if segment is None)
        self._first = {
            wanted: tuple(entry for segment, entry in templates if segment in (wanted, None))
            for wanted, _ in templates
            if wanted is not None
        }

    def find(self, path: str) -> Found[T] | None:
        """The entry that takes `path` (never empty, query included) with its variables."""
        if self._mapped:
            found = self._find_mapped(path.partition("?")[0])
            if found is not None:
                return found, _NO_VARIABLES
        candidates = self._other
        if self._first:
            end = path.find("/", 1)
            query = path.find("?")
            if query >= 0 and (end < 0 or query < end):
                end = query
            candidates = self._first.get(path[1:] if end < 0 else path[1:end], candidates)
        for entry in candidates:
            variables = entry.match(path) if entry.match is not None else None
            if variables is not None:
                return entry, variables
        return None if self._default is None else (self._default, _NO_VARIABLES)

    def _find_mapped(self, path: str) -> _Entry[T] | None:
        exact = self._exact.get(path.rstrip("/") or "/")
        if exact is not None:
            return exact
        for mapping, entry in self._prefixes:
            if mapping.matches(path):
                return entry
        for mapping, entry in self._extensions:
            if mapping.matches(path):
                return entry
        return None


class _ApiRoutes(Generic[T]):
    """The resources of one API by method."""

    __slots__ = ("_all", "_by_method", "_constrained", "api", "host", "rank", "transport")

    def __init__(self, api: Api, rank: int, make: Callable[[Api, Resource], T]) -> None:
        self.api = api
        self.rank = rank
        self.transport = api.transport
        self.host = bool(api.host or api.port)
        only_options = frozenset(("OPTIONS",))
        entries = [_Entry(resource, make(api, resource)) for resource in api.resources]
        self._all = sorted(entries, key=lambda entry: entry.resource.methods != only_options)
        self._constrained = any(
            entry.resource.protocol
            or entry.resource.content_type
            or entry.resource.user_agent is not None
            or set(entry.resource.binds_to) != set(api.binds_to)
            for entry in entries
        )
        self._by_method: dict[str, _Table[T]] = {}

    def hosts(self, request: Request) -> bool:
        """Whether the API is offered under the host and port that the client asked for."""
        wanted = request.header(b"host")
        if wanted is None:
            return False
        host, colon, port = wanted.rpartition(":")
        if not colon or wanted.endswith("]"):
            host, port = wanted, "443" if request.scheme == "https" else "80"
        return (not self.api.host or host == self.api.host) and (not self.api.port or port == str(self.api.port))

    def choose(self, method: str, sub_path: str, request: Request) -> Choice[T]:
        """The resource of this API, or why there is none."""
        path = sub_path or "/"
        table = self._by_method.get(method) or self._table(method)
        if self._constrained:
            table = _Table([entry for entry in self._all if entry.resource.takes(method) and entry.accepts(request)])
        found = table.find(path)
        if found is not None:
            entry, variables = found
            return Choice(200, self.api, entry.resource, entry.route, variables, sub_path)
        return self._refuse(method, sub_path, acceptable=table.size > 0)

    def _table(self, method: str) -> _Table[T]:
        """The resources that take a method, arranged when the first request asks: a reload need not do it for all."""
        key = method if method in METHODS else ""
        table = self._by_method.get(key)
        if table is None:
            entries = [each for each in self._all if (each.resource.takes(key) if key else not each.resource.methods)]
            table = self._by_method[key] = _Table(entries)
        return table

    def _refuse(self, method: str, sub_path: str, *, acceptable: bool) -> Choice[T]:
        fitting = [entry.resource for entry in self._all if entry.fits(sub_path or "/")]
        if fitting and not any(resource.takes(method) for resource in fitting):
            allow = ", ".join(method for method in METHODS if any(method in each.methods for each in fitting))
            return Choice(405, self.api, sub_path=sub_path, allow=allow)
        return Choice(400 if fitting and not acceptable else 404, self.api, sub_path=sub_path)

    def allowed(self, sub_path: str) -> str:
        """The methods that an answered OPTIONS names, as in an Allow header."""
        listed: set[str] = set()
        for entry in self._all:
            if entry.fits(sub_path or "/"):
                listed.update(entry.resource.methods or _OPTIONS_ALLOW)
        return ", ".join(method for method in METHODS if method in listed and method != "OPTIONS")


class Dispatcher(Generic[T]):
    """Chooses among all APIs of a deployment.

    Versioned APIs go before the others whatever their length, then the longest context wins, then the first deployed
    (AbstractApiHandler of the reference engine). `make` turns a resource into the object that a Choice hands back.
    """

    __slots__ = ("_by_api", "_entries")

    def __init__(self, apis: Iterable[Api], make: Callable[[Api, Resource], T]) -> None:
        ranked = sorted(apis, key=lambda api: (not api.version_type, -len(api.context)))
        routes = [_ApiRoutes(api, rank, make) for rank, api in enumerate(ranked)]
        self._by_api = {id(each.api): each for each in routes}
        self._entries: dict[str, dict[str, tuple[_ApiRoutes[T], ...]]] = {}
        for each in routes:
            for entry in each.api.binds_to:
                index = self._entries.setdefault(entry, {})
                index[each.api.prefix] = (*index.get(each.api.prefix, ()), each)

    def choose(self, method: str, target: str, request: Request) -> Choice[T]:
        """The API and resource for a request target (path and query as received)."""
        index = self._entries.get(request.entry)
        if not index:
            return Choice(0)
        path = target.partition("?")[0]
        best: _ApiRoutes[T] | None = None
        denied = False
        end = len(path)
        while end >= 0:
            candidates = index.get(path[:end])
            if candidates is not None:
                for each in candidates:
                    if best is not None and best.rank < each.rank:
                        break
                    if each.host and not each.hosts(request):
                        continue
                    if each.transport and each.transport != request.scheme:
                        log.warning(
                            "Trying to access API : %s on restricted transport chanel [%s]",
                            each.api.name,
                            request.scheme,
                        )
                        denied = True
                        continue
                    best = each
                    break
            end = path.rfind("/", 0, end) if end else -1
        if best is None:
            return Choice(0, denied=denied)
        choice = best.choose(method, target[len(best.api.prefix) :], request)
        choice.denied = denied
        return choice

    def allowed(self, api: Api, sub_path: str) -> str:
        """The methods of the resources of `api` that match this path, as in an Allow header."""
        return self._by_api[id(api)].allowed(sub_path)
