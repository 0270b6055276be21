"""`<loadbalance>`: endpoints take turns, by weight where they have one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from engine.build import Build
from engine.endpoints.base import Endpoint, endpoint, read_children
from engine.endpoints.failover import outer_properties
from engine.endpoints.group import Group
from engine.endpoints.leaf import Leaf
from engine.endpoints.quality import Quality
from engine.endpoints.session import Sessions, read_sessions
from engine.message.context import MessageContext
from engine.records import dataclass
from engine.registry import nearest
from engine.source.document import Place
from engine.source.node import Node

_PACKAGE = "org.apache.synapse.endpoints.algorithms."
ALGORITHMS = ("RoundRobin", "WeightedRoundRobin", "WeightedRRLCAlgorithm")


@dataclass(slots=True)
class Turn:
    """Whose turn it is, and how many messages of its run that one has had."""

    child: int = 0
    used: int = 0


class LoadBalance(Group):
    """Children in turn; `weights` are how many messages in a row each takes."""

    __slots__ = ("failover", "sessions", "weights")

    noun = "Loadbalance"

    def __init__(
        self,
        name: str | None,
        place: Place,
        children: Iterable[Endpoint],
        *,
        failover: bool = True,
        weights: tuple[int, ...] = (),
        sessions: Sessions | None = None,
    ) -> None:
        super().__init__(name, place, children)
        self.failover = failover
        self.weights = weights
        self.sessions = sessions

    @property
    def content_aware(self) -> bool:
        return super().content_aware or (self.sessions is not None and self.sessions.content_aware)

    async def send(self, message: MessageContext, *, blocking: bool = False) -> None:
        sessions = self.sessions
        if sessions is None:
            await self.try_each(message, self._order(message), blocking=blocking, failover=self.failover)
            return
        services = message.exchange.services
        session = sessions.of_request(message)
        bound = sessions.child(services.state, self.identity, session)
        order = self._order(message) if bound is None or bound >= len(self.children) else self._bound(bound, message)
        used = await self.try_each(message, order, blocking=blocking, failover=self.failover)
        begun = await sessions.of_reply(message)
        sessions.bind(services.state, self.identity, begun or session, used)

    def _order(self, message: MessageContext) -> Iterator[int]:
        """The ready children, each once, as their turn comes; a turn is taken when the child is about to be tried."""
        turn: Turn = message.exchange.services.state.setdefault(self.identity, Turn())
        count = len(self.children)
        tried: set[int] = set()
        for _ in range(count):
            for _ in range(count):
                number = turn.child % count
                weight = self.weights[number] if self.weights else 1
                usable = number not in tried and self.children[number].ready(message)
                turn.used += 1
                if not usable or turn.used >= weight:
                    turn.child, turn.used = (number + 1) % count, 0
                if usable:
                    tried.add(number)
                    yield number
                    break
            else:
                return

    def _bound(self, first: int, message: MessageContext) -> Iterator[int]:
        yield first
        yield from (number for number in self._order(message) if number != first)


class Member(Leaf):
    """A host that takes the message's own path: `<member hostName httpPort httpsPort>`."""

    __slots__ = ("host", "http_port", "https_port")

    kind = "Currently , Address"

    def __init__(self, place: Place, host: str, http_port: int | None, https_port: int | None) -> None:
        super().__init__(f"{host}:{http_port or https_port}", place, Quality())
        self.host = host
        self.http_port = http_port
        self.https_port = https_port

    def url(self, message: MessageContext, method: str, *, blocking: bool) -> str:
        parts = urlsplit(message.to or "/")
        inbound = message.exchange.inbound
        scheme = parts.scheme if parts.scheme in ("http", "https") else inbound.scheme
        if (scheme == "https" and self.https_port is None) or (scheme == "http" and self.http_port is None):
            scheme = "http" if scheme == "https" else "https"
        port = self.https_port if scheme == "https" else self.http_port
        query = f"?{parts.query}" if parts.query else ""
        return f"{scheme}://{self.host}:{port}{parts.path or '/'}{query}"


@endpoint("loadbalance")
def read_loadbalance(name: str | None, outer: Node, node: Node, build: Build) -> Endpoint | None:
    """Read a load-balance endpoint, with `<session>` beside it one that keeps sessions together."""
    weighted = _read_algorithm(node)
    failover = node.flag("failover", True)
    node.flag("buildMessage")
    sessions = read_sessions(outer)
    children = read_members_or_endpoints(
        node, build, "A LoadbalanceEndpoint must have child elements, but the <loadbalance> has none"
    )
    outer_properties(outer)
    if not children:
        return None
    weights = _weights(node) if weighted and isinstance(children[0], Endpoint) else ()
    if len(weights) != len(children):
        weights = ()
    return LoadBalance(name, build.place(node), children, failover=failover, weights=weights, sessions=sessions)


def read_members_or_endpoints(node: Node, build: Build, missing: str) -> list[Endpoint]:
    """The `<endpoint>` or the `<member>` children; both together, or none, is an error."""
    endpoints = read_children(node, build)
    members: list[Endpoint] = []
    for child in node.children("member"):
        host = child.attribute("hostName", required=True)
        http_port = child.integer("httpPort", minimum=1, maximum=65535)
        https_port = child.integer("httpsPort", minimum=1, maximum=65535)
        child.finish()
        if http_port is None and https_port is None:
            child.error("SYN020", "<member> needs httpPort or httpsPort", hint="give the port that the host listens on")
        elif host is not None:
            member = Member(build.place(child), host.strip(), http_port, https_port)
            member.identity = f"{node.document.file}#{child.element.getroottree().getpath(child.element)} {member.name}"
            members.append(member)
    if endpoints and members:
        node.error(
            "SYN026", f"<{node.tag}> has <endpoint> and <member> children; it takes one kind", hint="keep one kind"
        )
        return []
    if not endpoints and not members and not any(each.tag in ("endpoint", "member") for each in node.children()):
        node.error("SYN025", missing, hint="put <endpoint> elements inside")
    return endpoints or members


def _read_algorithm(node: Node) -> bool:
    """Whether weights count."""
    policy = node.attribute("policy")
    algorithm = node.attribute("algorithm")
    if policy is not None and algorithm is not None:
        node.error(
            "SYN022",
            "<loadbalance> has both policy and algorithm; it takes one of them",
            attribute="policy",
            hint="remove policy",
        )
    elif policy is not None and policy != "roundRobin":
        node.error(
            "SYN022",
            f"Unsupported algorithm {policy} specified for policy",
            attribute="policy",
            hint='write policy="roundRobin"',
        )
    if algorithm is None:
        return False
    short = algorithm.removeprefix(_PACKAGE)
    if short not in ALGORITHMS:
        near = nearest(short, ALGORITHMS)
        node.warning(
            "SYN022",
            f"the algorithm {algorithm} is not known here; the endpoints take turns",
            attribute="algorithm",
            hint=f"did you mean {_PACKAGE}{near}?" if near else "known: " + ", ".join(ALGORITHMS),
        )
    return short.startswith("Weighted")


def _weights(node: Node) -> tuple[int, ...]:
    """The property loadbalance.weight of each child, 1 without."""
    weights = []
    for child in node.children("endpoint"):
        weight = 1
        for each in child.children("property"):
            if each.element.get("name") == "loadbalance.weight":
                weight = each.integer("value", 1, minimum=1) or 1
        weights.append(weight)
    return tuple(weights)
