"""Service parameters of proxies that are known, for telling a misspelt one."""

from __future__ import annotations

from engine.schema.check import nearest_name
from engine.source.node import Node


def _names(prefix: str, names: str) -> set[str]:
    return {prefix + name for name in names.split()}


KNOWN = frozenset(
    _names(
        "",
        "useOriginalwsdl modifyUserWSDLPortAddress showAbsoluteSchemaURL showProxySchemaURL disableOperationValidation "
        "enablePublishWSDLSafeMode ApplicationXMLBuilder.allowDTD inbound.only enableMTOM enableSwA disableREST "
        "disableSOAP12 engagedModules ScenarioID ServiceURI transport.PollInterval",
    )
    | _names(
        "transport.vfs.",
        "FileURI FileNamePattern ContentType ActionAfterProcess ActionAfterFailure ActionAfterErrors MoveAfterProcess "
        "MoveAfterFailure MoveAfterErrors MoveTimestampFormat ReplyFileURI ReplyFileName Locking Streaming "
        "CreateFolder MaxRetryCount ReconnectTimeout FileProcessCount FileProcessInterval FileSizeLimit "
        "FileSortAttribute FileSortAscending",
    )
    | _names(
        "transport.jms.",
        "Destination DestinationType ConnectionFactory ConnectionFactoryJNDIName ConnectionFactoryType ContentType "
        "ContentTypeProperty ReplyDestination ReplyDestinationType SessionTransacted SessionAcknowledgement CacheLevel "
        "UserName Password JMSSpecVersion SubscriptionDurable DurableSubscriberName DurableSubscriberClientID "
        "MessageSelector ConcurrentConsumers MaxConcurrentConsumers ReceiveTimeout",
    )
    | _names(
        "transport.mail.",
        "Address ContentType Protocol Folder PreserveHeaders RemoveHeaders ActionAfterProcess ActionAfterFailure "
        "MoveAfterProcess MoveAfterFailure ReplyAddress",
    )
    | _names(
        "rabbitmq.",
        "connection.factory queue.name queue.durable queue.exclusive queue.auto.delete queue.auto.ack "
        "queue.autodeclare exchange.name exchange.type exchange.durable exchange.auto.delete queue.routing.key "
        "message.content.type channel.consumer.qos consumer.tag cache.level concurrent.consumer.count",
    )
)
_FLAGS = frozenset(
    _names(
        "",
        "useOriginalwsdl modifyUserWSDLPortAddress showAbsoluteSchemaURL disableOperationValidation "
        "enablePublishWSDLSafeMode ApplicationXMLBuilder.allowDTD inbound.only enableMTOM enableSwA disableREST "
        "disableSOAP12 transport.vfs.Streaming transport.vfs.CreateFolder transport.jms.SessionTransacted",
    )
)


def check_parameter(node: Node, name: str, text: str) -> None:
    """Report a parameter that nobody reads because it is misspelt, and a flag that is neither true nor false."""
    if name not in KNOWN:
        near = nearest_name(name, KNOWN)
        if near is not None:
            node.warning(
                "SYN015",
                f"a proxy service knows no parameter {name!r}; nobody reads it",
                attribute="name",
                hint=f"did you mean {near!r}?",
            )
    elif name in _FLAGS and text.strip().lower() not in ("true", "false") and not text.startswith("$"):
        node.warning(
            "SYN024",
            f"the parameter {name!r} is {text.strip()!r}, neither true nor false; it counts as false",
            place=node.document.text_place(node.element),
            hint="write true or false",
        )
