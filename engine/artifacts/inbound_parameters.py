"""The parameters that each kind of inbound endpoint knows."""

from __future__ import annotations

from engine.schema import Kind, ValueSpec
from engine.schema.words import choice, flag, integer, reference, regex, text

_POLLING: dict[str, ValueSpec] = {
    "interval": integer("interval", minimum=0, strict=False, otherwise="the poller fails to start"),
    "cron": ValueSpec("cron", Kind.CRON, strict=False),
    "sequential": flag("sequential"),
    "coordination": flag("coordination"),
    "preserve.state": flag("preserve.state"),
    "inbound.behavior": choice("behavior", "polling", "listening", "eventBased", "waiting", strict=False),
}


def _texts(prefix: str, names: str) -> dict[str, ValueSpec]:
    return {prefix + name: text(name, empty_ok=True) for name in names.split()}


def _flags(prefix: str, names: str) -> dict[str, ValueSpec]:
    return {prefix + name: flag(name) for name in names.split()}


def _integers(prefix: str, names: str, minimum: int = 0) -> dict[str, ValueSpec]:
    return {
        prefix + name: integer(
            name, minimum=minimum, strict=False, otherwise="the default counts, or it fails to start"
        )
        for name in names.split()
    }


_HTTP: dict[str, ValueSpec] = {
    "inbound.http.port": integer("port", minimum=1, maximum=65535, strict=False, otherwise="it cannot listen"),
    "dispatch.filter.pattern": regex("pattern"),
    "api.dispatching.enabled": flag("enabled"),
    **_integers("inbound.worker.", "pool.size.core pool.size.max thread.keep.alive.sec pool.queue.length", -1),
    **_texts("inbound.", "thread.group.id thread.id"),
    **_flags("inbound.", "proxy.protocol.enabled"),
    "preserve.state": flag("state"),
}
_HTTPS = {
    **_HTTP,
    **_texts("", "keystore truststore HttpsProtocols SSLProtocol CertificateRevocationVerifier PreferredCiphers"),
    "SSLVerifyClient": choice("verify", "require", "optional", strict=False),
}
_VFS = "transport.vfs."
_FILE: dict[str, ValueSpec] = {
    **_POLLING,
    **_texts(
        _VFS,
        "FileURI ContentType MoveAfterProcess MoveAfterFailure MoveAfterErrors MoveTimestampFormat "
        "SubFolderTimestampFormat ReplyFileURI ReplyFileName MoveAfterFailedMove FailedRecordsFileName "
        "FailedRecordsFileDestination FailedRecordTimestampFormat ClusterAware",
    ),
    _VFS + "FileNamePattern": regex("pattern"),
    **{
        _VFS + name: choice(name, "MOVE", "DELETE", "NONE", strict=False, otherwise="files are deleted")
        for name in ("ActionAfterProcess", "ActionAfterFailure", "ActionAfterErrors", "FailedRecordNextRetryDuration")[
            :3
        ]
    },
    _VFS + "Locking": choice("locking", "enable", "disable", strict=False, otherwise="it counts as enable"),
    **_flags(
        _VFS,
        "CreateFolder AutoLockRelease LockReleaseSameNode DistributedLock Streaming Build FileSortAscending "
        "CheckSizeIgnoreEmpty UpdateLastModified PassiveMode SFTPUserDirIsRoot",
    ),
    **_integers(
        _VFS,
        "AutoLockReleaseInterval DistributedTimeout MaxRetryCount ReconnectTimeout FileProcessCount "
        "FileProcessInterval FileSizeLimit MinimumAge MaximumAge CheckSizeInterval FailedRecordNextRetryDuration",
        -1,
    ),
    _VFS + "FileSortAttribute": choice(
        "sort",
        "NONE",
        "Name",
        "Size",
        "Lastmodifiedtimestamp",
        strict=False,
        fold=True,
        otherwise="files are not sorted",
    ),
    **_texts(_VFS, "SFTPIdentities SFTPIdentityPassPhrase"),
}
_JMS = "transport.jms."
_JMS_PARAMETERS: dict[str, ValueSpec] = {
    **_POLLING,
    **_texts("java.naming.", "factory.initial provider.url security.principal security.credentials"),
    **_texts(
        _JMS,
        "ConnectionFactoryJNDIName Destination ContentType ContentTypeProperty UserName Password JMSSpecVersion "
        "DurableSubscriberName DurableSubscriberClientID SharedSubscription MessageSelector ReplyDestination "
        "MessagePropertyHyphens ResourceName",
    ),
    _JMS + "ConnectionFactoryType": choice("type", "queue", "topic", strict=False),
    _JMS + "DestinationType": choice("type", "queue", "topic", "generic", strict=False),
    **_flags(_JMS, "SessionTransacted SubscriptionDurable PubSubNoLocal ResetConnectionOnPollingSuspension"),
    _JMS + "SessionAcknowledgement": choice(
        "ack", "AUTO_ACKNOWLEDGE", "CLIENT_ACKNOWLEDGE", "DUPS_OK_ACKNOWLEDGE", "SESSION_TRANSACTED", strict=False
    ),
    _JMS + "CacheLevel": choice("level", "0", "1", "2", "3", "4", "5", strict=False),
    **_integers(_JMS, "ReceiveTimeout RetriesBeforeSuspension PollingSuspensionPeriod retry.duration", -1),
    "concurrent.consumers": integer("consumers", minimum=1, strict=False),
}
_RABBIT: dict[str, ValueSpec] = {
    **_POLLING,
    **_texts(
        "rabbitmq.",
        "connection.factory server.host.name server.user.name server.password server.virtual.host queue.name "
        "exchange.name queue.routing.key exchange.type consumer.tag message.content.type message.error.exchange.name "
        "message.error.queue.routing.key channel.consumer.qos.type",
    ),
    **_flags(
        "rabbitmq.",
        "exchange.durable exchange.auto.delete exchange.autodeclare queue.durable queue.exclusive "
        "queue.auto.delete queue.autodeclare queue.auto.ack connection.ssl.enabled",
    ),
    **_integers(
        "rabbitmq.",
        "channel.consumer.qos factory.heartbeat factory.connection.timeout "
        "connection.factory.network.recovery.interval connection.retry.interval connection.retry.count "
        "undeployment.grace.timeout message.max.dead.lettered.count message.requeue.delay",
        -1,
    ),
    **_texts("rabbitmq.", "server.port"),
}
_MQTT: dict[str, ValueSpec] = {
    **_POLLING,
    **_texts(
        "mqtt.",
        "connection.factory server.host.name topic.name client.id subscription.username "
        "subscription.password temporary.store.directory",
    ),
    **_integers("mqtt.", "server.port reconnection.interval"),
    "content.type": text("content.type"),
    "mqtt.subscription.qos": choice("qos", "0", "1", "2", strict=False),
    "mqtt.session.clean": flag("clean"),
}
_WS: dict[str, ValueSpec] = {
    **_integers("", "inbound.ws.port"),
    **_integers("ws.", "boss.thread.pool.size worker.thread.pool.size client.side.broadcast.level"),
    "ws.outflow.dispatch.sequence": reference("sequence", "sequence"),
    "ws.outflow.dispatch.fault.sequence": reference("sequence", "sequence"),
    "dispatch.custom.sequence": reference("sequence", "sequence"),
    **_texts(
        "ws.",
        "subprotocol.handler.class default.content.type pipeline.handler.class shutdown.status.code "
        "shutdown.status.message",
    ),
    **_flags("ws.", "use.port.offset"),
}
_HL7: dict[str, ValueSpec] = {
    **_POLLING,
    "inbound.hl7.Port": integer("port", minimum=1, maximum=65535, strict=False),
    **_flags("inbound.hl7.", "AutoAck ValidateMessage BuildInvalidMessages PassThroughInvalidMessages"),
    **_texts("inbound.hl7.", "MessagePreProcessor CharSet"),
    **_integers("inbound.hl7.", "TimeOut"),
}
PROTOCOLS: dict[str, dict[str, ValueSpec]] = {
    "http": _HTTP,
    "https": _HTTPS,
    "file": _FILE,
    "jms": _JMS_PARAMETERS,
    "rabbitmq": _RABBIT,
    "mqtt": _MQTT,
    "ws": _WS,
    "wss": {
        **_WS,
        **_texts(
            "wss.ssl.",
            "key.store.file key.store.pass trust.store.file trust.store.pass cert.pass protocols cipher.suites",
        ),
    },
    "hl7": _HL7,
}
REQUIRED: dict[str, dict[str, str]] = {
    "http": {"inbound.http.port": "it does not know where to listen"},
    "https": {"inbound.http.port": "it does not know where to listen"},
    "file": {"transport.vfs.FileURI": "it polls nothing"},
    "hl7": {"inbound.hl7.Port": "it does not know where to listen"},
    "ws": {"inbound.ws.port": "it does not know where to listen"},
    "wss": {"inbound.ws.port": "it does not know where to listen"},
}
