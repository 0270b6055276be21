"""Asking other services whether a message may pass."""

from __future__ import annotations

from engine.schema import Shape, one
from engine.schema.shape import FLOW, Table
from engine.schema.words import choice, class_name, flag, integer, reference, text, url, value

_TEXT = Shape(text=text("text"))

SHAPES = {
    "entitlementService": Shape(
        (
            url("remoteServiceUrl"),
            text("remoteServiceUserName"),
            text("remoteServicePassword"),
            text("remoteServiceUrlKey"),
            text("remoteServiceUserNameKey"),
            text("remoteServicePasswordKey"),
            class_name("callbackClass"),
            choice("client", "soap", "basicAuth", "thrift", "wsXacml", "json"),
            text("cacheType"),
            integer("invalidationInterval"),
            integer("maxCacheEntries"),
            text("thriftHost"),
            integer("thriftPort"),
            flag("reuseSession"),
            reference("onAccept", "sequence"),
            reference("onReject", "sequence"),
            reference("obligations", "sequence"),
            reference("advice", "sequence"),
            reference("onAcceptSeqKey", "sequence"),
            reference("onRejectSeqKey", "sequence"),
            reference("obligationsSeqKey", "sequence"),
            reference("adviceSeqKey", "sequence"),
        ),
        (one("onAccept", FLOW), one("onReject", FLOW), one("obligations", FLOW), one("advice", FLOW)),
    ),
    "oauthService": Shape(
        (url("remoteServiceUrl", required=True), text("username", required=True), text("password", required=True))
    ),
    "NTLM": Shape(
        (
            value("username"),
            value("password"),
            value("host"),
            value("domain"),
            choice("ntlmVersion", "v1", "v2", fold=True, dynamic=True, strict=False),
        )
    ),
    "opa": Shape(
        children=(
            one("serverUrl", Shape(text=url("serverUrl", required=True)), required=True),
            one("accessKey", _TEXT),
            one("policy", Shape(text=text("policy", required=True)), required=True),
            one("rule", _TEXT),
            one("requestGenerator", _TEXT),
            one("additionalParameters", Shape(table=Table("parameter"))),
        ),
    ),
}
