"""`<task>`: something done at fixed times."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.artifacts.base import Artifact, artifact
from engine.artifacts.checked import read_checked
from engine.build import Build
from engine.schema import Kind, Shape, ValueSpec, one
from engine.schema.shape import FREE, Table
from engine.schema.words import choice, class_name, flag, integer, reference, text
from engine.source.document import local_name
from engine.source.node import Node

INJECTOR = "org.apache.synapse.startup.tasks.MessageInjector"
_CLASSES = (
    INJECTOR,
    "org.apache.synapse.startup.tasks.TemplateMessageExecutor",
    "org.apache.synapse.startup.tasks.RegistryResourceFetcher",
)
_INJECTOR_PROPERTIES = {
    "message": text("message", why="each run fails: message or registry-key not set"),
    "registryKey": reference("registryKey", "localEntry"),
    "to": text("to", empty_ok=True),
    "soapAction": text("soapAction", empty_ok=True),
    "format": choice("format", "soap11", "soap12", "pox", "get", strict=False, otherwise="each run fails"),
    "injectTo": choice(
        "injectTo", "main", "sequence", "proxy", strict=False, otherwise="the main sequence gets the message"
    ),
    "sequenceName": reference("sequenceName", "sequence"),
    "proxyName": reference("proxyName", "proxy"),
    "sequential": flag("sequential"),
    "invokeHandlers": flag("invokeHandlers"),
}


def _trigger(node: Node, build: Build) -> None:
    get = node.element.get
    interval, count, cron = get("interval"), get("count"), get("cron")
    if interval and cron:
        node.error(
            "SYN027",
            "Trigger syntax error : both cron and simple trigger attributes are present",
            attribute="cron",
            hint="remove interval or cron",
        )
    if interval is not None and re.fullmatch(r"-\d+", interval.strip()):
        node.error(
            "SYN023",
            f"Repeat interval must be >= 0, not {interval}",
            attribute="interval",
            hint="write the seconds between two runs",
        )
    if count is not None and count.strip().isdigit() and int(count) > 1 and not interval:
        node.error(
            "SYN020",
            "Trigger seems to be a simple trigger, but no interval specified",
            attribute="count",
            hint='add interval="seconds"',
        )


_TRIGGER = Shape(
    (
        integer("interval", minimum=1, otherwise="the scheduler gets it as it is"),
        integer("count", minimum=1, otherwise="the scheduler gets it as it is"),
        flag("once"),
        ValueSpec("cron", Kind.CRON),
    ),
    rules=(_trigger,),
)


def _injector(node: Node, build: Build) -> None:
    if (node.element.get("class") or INJECTOR) != INJECTOR:
        return
    names = {}
    for child in node.element:
        if local_name(child) == "property" and child.get("name"):
            names[child.get("name")] = child
            if child.get("expression") is not None:
                node.error(
                    "SYN027",
                    "Tasks does not support dynamic properties",
                    place=node.document.place(child, "expression"),
                    hint='write value="..."',
                )
    if not {"message", "registryKey"} & set(names):
        node.warning(
            "SYN016",
            "the task has neither a message nor a registryKey, so each run fails",
            hint='add <property name="message"><empty xmlns=""/></property>',
        )
    target = names.get("injectTo")
    wanted = {"sequence": "sequenceName", "proxy": "proxyName"}.get("" if target is None else target.get("value") or "")
    if wanted and wanted not in names:
        node.warning(
            "SYN016",
            f"injectTo is {target.get('value')!r} but {wanted} is missing, so each run fails"
            if target is not None
            else "",
            place=None if target is None else node.document.place(target),
            hint=f'add <property name="{wanted}" value="..."/>',
        )


def _shape(node: Node) -> Shape:
    own = (node.element.get("class") or INJECTOR) == INJECTOR
    table = Table(
        "property", _INJECTOR_PROPERTIES if own else {}, closed=own, value="value", owner="the message injector"
    )
    return Shape(
        (
            text("name", required=True),
            class_name("class", *_CLASSES),
            text("group"),
            text("pinnedServers", strict=False),
        ),
        (one("trigger", _TRIGGER, why="it runs once, at the start"), one("description", FREE)),
        rules=(_injector, _has_trigger),
        table=table,
    )


def _has_trigger(node: Node, build: Build) -> None:
    if not any(local_name(child) == "trigger" for child in node.element):
        node.warning(
            "SYN016",
            "the task has no <trigger>, so it runs once, at the start",
            hint='add <trigger interval="60"/> or <trigger cron="0 0 3 * * ?"/>',
        )


@artifact("task")
def read_task(node: Node, build: Build) -> Iterator[Artifact]:
    """Check a scheduled task (TaskDescriptionFactory of the reference engine)."""
    yield from read_checked(node, build, "task", _shape(node), consequence="it never fires")
