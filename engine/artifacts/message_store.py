"""`<messageStore>`: where messages wait."""

from __future__ import annotations

from collections.abc import Iterator

from engine.artifacts.base import Artifact, artifact
from engine.artifacts.checked import read_checked
from engine.build import Build
from engine.schema import Shape, ValueSpec
from engine.schema.shape import Table
from engine.schema.words import class_name, expression, flag, integer, reference, text
from engine.source.node import Node

_HOME = "org.apache.synapse.message.store.impl"
IN_MEMORY = f"{_HOME}.memory.InMemoryStore"
_OLD = {
    "org.apache.synapse.message.store.InMemoryMessageStore": IN_MEMORY,
    "org.wso2.carbon.message.store.persistence.jms.JMSMessageStore": f"{_HOME}.jms.JmsStore",
}
_PRODUCER: dict[str, ValueSpec] = {
    "store.producer.guaranteed.delivery.enable": flag("guaranteed"),
    "store.failover.message.store.name": reference("failover", "messageStore"),
}
_JDBC: dict[str, ValueSpec] = {
    name: text(name)
    for name in (
        "store.jdbc.driver",
        "store.jdbc.connection.url",
        "store.jdbc.username",
        "store.jdbc.dsName",
        "store.jdbc.icClass",
        "store.jdbc.table",
    )
} | {"store.jdbc.password": text("password", empty_ok=True)}
_CLASSES: dict[str, dict[str, ValueSpec]] = {
    IN_MEMORY: {},
    f"{_HOME}.jdbc.JDBCMessageStore": _JDBC,
    f"{_HOME}.resequencer.ResequenceMessageStore": {
        **_JDBC,
        "store.resequence.id.path": expression("path"),
        "store.resequence.timeout": integer("timeout", minimum=-1),
    },
    f"{_HOME}.jms.JmsStore": {
        **{
            name: text(name)
            for name in (
                "java.naming.factory.initial",
                "java.naming.provider.url",
                "store.jms.destination",
                "store.jms.connection.factory",
                "store.jms.username",
                "store.jms.password",
                "store.jms.JMSSpecVersion",
                "store.jms.destination.type",
                "store.jms.cache",
            )
        },
        "store.jms.cache.connection": flag("cache"),
        "store.jms.ConsumerReceiveTimeOut": integer("timeout", strict=False),
    },
    f"{_HOME}.rabbitmq.RabbitMQStore": {
        **{
            name: text(name)
            for name in (
                "store.rabbitmq.host.name",
                "store.rabbitmq.host.port",
                "store.rabbitmq.username",
                "store.rabbitmq.password",
                "store.rabbitmq.virtual.host",
                "store.rabbitmq.queue.name",
                "store.rabbitmq.exchange.name",
                "store.rabbitmq.route.key",
            )
        },
        "rabbitmq.connection.retry.interval": integer("interval", strict=False),
        "rabbitmq.connection.retry.count": integer("count", strict=False),
        "rabbitmq.connection.ssl.enabled": flag("ssl"),
    },
}


def _shape(node: Node) -> Shape:
    name = node.element.get("class") or IN_MEMORY
    own = _CLASSES.get(_OLD.get(name, name))
    table = Table(
        "parameter",
        {} if own is None else {**own, **_PRODUCER},
        families=("rabbitmq.connection.ssl.", "rabbitmq.", "transport.jms."),
        also=("expression", "key"),
        owner="the message store",
        complete=own is _CLASSES[IN_MEMORY],
    )
    return Shape(
        (
            text("name", required=True),
            class_name("class", *_CLASSES, *_OLD, why="messages are kept in memory and lost when the engine stops"),
        ),
        table=table,
    )


@artifact("messageStore")
def read_message_store(node: Node, build: Build) -> Iterator[Artifact]:
    """Check a message store (MessageStoreFactory of the reference engine)."""
    yield from read_checked(node, build, "messageStore", _shape(node), consequence="nothing can be stored in it")
