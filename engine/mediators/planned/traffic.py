"""Keeping answers, and limiting how many requests pass."""

from __future__ import annotations

from engine.build import Build
from engine.mediators.planned.parts import ANONYMOUS_SEQUENCE, FREE, AttributeBeatsChild
from engine.schema import Shape, one
from engine.schema.words import choice, class_name, flag, integer, key, reference, regex, text, words
from engine.source.node import Node

_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
_GENERATORS = (
    "org.wso2.carbon.mediator.cache.digest.HttpRequestHashGenerator",
    "org.wso2.carbon.mediator.cache.digest.DOMHASHGenerator",
    "org.wso2.carbon.mediator.cache.digest.REQUESTHASHGenerator",
    "org.wso2.caching.digest.DOMHASHGenerator",
    "org.wso2.caching.digest.REQUESTHASHGenerator",
    "org.wso2.carbon.mediator.cache.digest.HTTPRequestHashGenerator",
)


def _collector(node: Node, build: Build) -> None:
    if node.element.get("collector") == "true" and any(
        True for _ in node.element.iterchildren("{*}onCacheHit", "{*}protocol")
    ):
        node.warning(
            "SYN019",
            'a <cache> with collector="true" takes no settings; they belong to its other half',
            hint='move them to <cache collector="false">',
        )


_PROTOCOL = Shape(
    (choice("type", "HTTP", fold=True),),
    (
        one("methods", Shape(text=words("methods", *_METHODS))),
        one("headersToExcludeInHash", Shape(text=text("headers", empty_ok=True))),
        one("headersToIncludeInHash", Shape(text=text("headers", empty_ok=True))),
        one("responseCodes", Shape(text=regex("responseCodes"))),
        one("enableCacheControl", Shape(text=flag("enableCacheControl"))),
        one("includeAgeHeader", Shape(text=flag("includeAgeHeader"))),
        one("hashGenerator", Shape(text=class_name("hashGenerator", *_GENERATORS, strict=False))),
    ),
)

SHAPES = {
    "cache": Shape(
        (
            flag("collector", required=True),
            integer("timeout", minimum=-1),
            integer("maxMessageSize", minimum=-1),
            text("id"),
            text("scope"),
            class_name("hashGenerator", *_GENERATORS, strict=False),
        ),
        (
            one("onCacheHit", Shape((reference("sequence", "sequence"),), flow=True)),
            one("protocol", _PROTOCOL),
            one(
                "implementation",
                Shape((integer("maxSize", minimum=-1), choice("type", "memory", "disk", strict=False))),
            ),
        ),
        rules=(_collector,),
    ),
    "throttle": Shape(
        (text("id", required=True), reference("onAccept", "sequence"), reference("onReject", "sequence")),
        (
            one("policy", Shape((key("key", "localEntry"),), free=True)),
            one("onAccept", ANONYMOUS_SEQUENCE),
            one("onReject", ANONYMOUS_SEQUENCE),
        ),
        rules=(AttributeBeatsChild("onAccept", "onAccept"), AttributeBeatsChild("onReject", "onReject")),
    ),
}

__all__ = ["FREE", "SHAPES"]
