"""`<messageProcessor>`: what takes messages out of a store."""

from __future__ import annotations

from collections.abc import Iterator

from engine.artifacts.base import Artifact, artifact
from engine.artifacts.checked import read_checked
from engine.build import Build
from engine.schema import Kind, Shape, ValueSpec
from engine.schema.shape import Table
from engine.schema.words import choice, class_name, codes, flag, integer, reference, text
from engine.source.node import Node

_HOME = "org.apache.synapse.message.processor.impl"
FORWARDING = f"{_HOME}.forwarder.ScheduledMessageForwardingProcessor"
SAMPLING = f"{_HOME}.sampler.SamplingProcessor"
FAILOVER = f"{_HOME}.failover.FailoverScheduledMessageForwardingProcessor"
_OLD = {
    "org.apache.synapse.message.processors.forward.ScheduledMessageForwardingProcessor": FORWARDING,
    "org.apache.synapse.message.processors.sampler.SamplingProcessor": SAMPLING,
}
_STOPS = "each run fails with a NumberFormatException and nothing is taken from the store"
_COMMON: dict[str, ValueSpec] = {
    "interval": integer("interval", minimum=0, otherwise=_STOPS),
    "cronExpression": ValueSpec("cronExpression", Kind.CRON),
    "member.count": integer("member.count", minimum=1, strict=False, otherwise=_STOPS),
    "is.active": flag("is.active"),
    "max.store.connection.attempts": integer("attempts", minimum=-1, strict=False, otherwise=_STOPS),
    "store.connection.retry.interval": integer("interval", minimum=0, strict=False, otherwise=_STOPS),
    "pinnedServers": text("pinnedServers"),
    "throttle": flag("throttle"),
    "quartz.conf": text("quartz.conf"),
}
_DELIVERY: dict[str, ValueSpec] = {
    "client.retry.interval": integer("interval", minimum=0, strict=False, otherwise=_STOPS),
    "max.delivery.attempts": integer("attempts", minimum=-1, strict=False, otherwise=_STOPS),
    "max.delivery.drop": choice(
        "drop",
        "Enabled",
        "Disabled",
        strict=False,
        otherwise="it counts as Disabled: after the attempts the processor stops and keeps the message",
    ),
    "message.processor.fault.sequence": reference("fault", "sequence"),
    "message.processor.deactivate.sequence": reference("deactivate", "sequence"),
    "message.processor.failMessagesStore": reference("store", "messageStore"),
}
_FORWARDING: dict[str, ValueSpec] = {
    "non.retry.status.codes": codes("codes", strict=False, otherwise="it matches no status"),
    "message.processor.reply.sequence": reference("reply", "sequence"),
    "axis2.repo": text("axis2.repo"),
    "axis2.config": text("axis2.config"),
    "target.endpoint": reference("target.endpoint", "endpoint"),
}
_CLASSES: dict[str, dict[str, ValueSpec]] = {
    FORWARDING: {**_COMMON, **_DELIVERY, **_FORWARDING},
    SAMPLING: {
        **_COMMON,
        "sequence": reference("sequence", "sequence"),
        "concurrency": integer("concurrency", minimum=1, strict=False, otherwise=_STOPS),
    },
    FAILOVER: {**_COMMON, **_DELIVERY, "message.target.store.name": reference("target", "messageStore")},
}
_NEEDED = {
    SAMPLING: {"sequence": "each message is taken from the store and lost"},
    FAILOVER: {"message.target.store.name": "it does not know where messages go"},
}


def _target(node: Node, build: Build) -> None:
    name = node.element.get("class") or ""
    if _OLD.get(name, name) == FORWARDING and node.element.get("targetEndpoint") is None:
        node.info(
            "SYN016",
            "without targetEndpoint only messages that carry the property target.endpoint can be forwarded",
            hint='add targetEndpoint="..."',
        )


def _shape(node: Node) -> Shape:
    name = node.element.get("class") or ""
    name = _OLD.get(name, name)
    table = Table(
        "parameter",
        _CLASSES.get(name, {}),
        families=("throttle",),
        also=("expression", "key"),
        owner="the message processor",
        required=_NEEDED.get(name, {}),
    )
    return Shape(
        (
            text("name", required=True),
            class_name("class", *_CLASSES, *_OLD, required=True),
            reference("messageStore", "messageStore", required=True, empty_ok=True, strict=False),
            reference("targetEndpoint", "endpoint"),
            reference("sequence", "sequence"),
        ),
        rules=(_target,),
        table=table,
    )


@artifact("messageProcessor")
def read_message_processor(node: Node, build: Build) -> Iterator[Artifact]:
    """Check a message processor (MessageProcessorFactory of the reference engine)."""
    yield from read_checked(
        node, build, "messageProcessor", _shape(node), consequence="nothing is taken from its store"
    )
