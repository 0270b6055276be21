"""Builders and formatters by the names that MI's files give them."""

from __future__ import annotations

from engine.formats.defaults import DEFAULT_BUILDERS, DEFAULT_FORMATTERS

__all__ = ["DEFAULT_BUILDERS", "DEFAULT_FORMATTERS", "DEPLOYMENT_TOML_KEYS", "JAVA_CLASSES", "UNUSED_CLASSES", "named"]

JAVA_CLASSES: dict[str, str] = {
    "org.apache.axis2.format.PlainTextBuilder": "text",
    "org.apache.axis2.format.PlainTextFormatter": "text",
    "org.apache.axis2.builder.ApplicationXMLBuilder": "xml",
    "org.apache.axis2.transport.http.ApplicationXMLFormatter": "xml",
    "org.apache.axis2.builder.SOAPBuilder": "soap",
    "org.apache.axis2.transport.http.SOAPMessageFormatter": "soap",
    "org.apache.axis2.builder.MultipartFormDataBuilder": "multipart",
    "org.wso2.micro.integrator.core.transports.MultipartFormDataBuilder": "multipart",
    "org.apache.axis2.transport.http.MultipartFormDataFormatter": "multipart",
    "org.apache.axis2.builder.XFormURLEncodedBuilder": "form",
    "org.apache.axis2.transport.http.XFormURLEncodedFormatter": "form",
    "org.apache.synapse.commons.builders.XFormURLEncodedBuilder": "form",
    "org.apache.synapse.commons.formatters.XFormURLEncodedFormatter": "form",
    "org.apache.synapse.commons.json.JsonStreamBuilder": "json",
    "org.apache.synapse.commons.json.JsonStreamFormatter": "json",
    "org.apache.synapse.commons.json.JsonBuilder": "json",
    "org.apache.synapse.commons.json.JsonFormatter": "json",
    "org.apache.axis2.json.JSONBuilder": "json",
    "org.apache.axis2.json.JSONMessageFormatter": "json",
    "org.apache.axis2.json.JSONBadgerfishOMBuilder": "json",
    "org.apache.axis2.json.JSONBadgerfishMessageFormatter": "json",
    "org.wso2.micro.integrator.core.json.JsonStreamBuilder": "json",
    "org.wso2.micro.integrator.core.json.JsonStreamFormatter": "json",
    "org.wso2.carbon.integrator.core.json.JsonStreamBuilder": "json",
    "org.wso2.carbon.integrator.core.json.JsonStreamFormatter": "json",
    "org.wso2.carbon.relay.BinaryRelayBuilder": "binary",
    "org.wso2.carbon.relay.ExpandingMessageFormatter": "binary",
    "org.apache.axis2.format.BinaryBuilder": "binary",
    "org.apache.axis2.format.BinaryFormatter": "binary",
}
"""Class names of the reference engine and what answers for them here."""

UNUSED_CLASSES = frozenset({"org.apache.axis2.builder.MIMEBuilder", "org.apache.axis2.builder.MTOMBuilder"})
"""Classes that MI's own axis2.xml names for multipart/related and XOP, which pass through unread here."""

DEPLOYMENT_TOML_KEYS: dict[str, str] = {
    "application_xml": "application/xml",
    "form_urlencoded": "application/x-www-form-urlencoded",
    "multipart_form_data": "multipart/form-data",
    "text_plain": "text/plain",
    "application_json": "application/json",
    "json_badgerfish": "application/json/badgerfish",
    "text_javascript": "text/javascript",
    "octet_stream": "application/octet-stream",
    "application_binary": "application/binary",
    "soap_xml": "application/soap+xml",
    "text_xml": "text/xml",
}
"""The fixed keys of `[message_builders]` and `[message_formatters]` in deployment.toml."""


def named(component: str) -> str | None:
    """What answers for a builder or formatter as it was written; None for a Java class nobody here stands for."""
    known = JAVA_CLASSES.get(component)
    if known is not None:
        return known
    return None if ":" not in component and "." in component else component
