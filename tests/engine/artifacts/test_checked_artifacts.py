"""Tasks, stores, processors, inbound endpoints and the like: checked whole, not run yet."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.diagnostics import Problem
from engine.runtime.deployer import Deployer
from engine.source.document import SYNAPSE

INJECTOR = 'class="org.apache.synapse.startup.tasks.MessageInjector"'
MESSAGE = '<property name="message"><x xmlns=""/></property>'
FORWARDER = "org.apache.synapse.message.processor.impl.forwarder.ScheduledMessageForwardingProcessor"
SAMPLER = "org.apache.synapse.message.processor.impl.sampler.SamplingProcessor"
STORE = '<messageStore name="S"/>'


def lint(folder: Path, *xmls: str) -> list[Problem]:
    for number, xml in enumerate(xmls):
        tag = xml[1:].split(" ", 1)[0].split("/", 1)[0].split(">", 1)[0]
        (folder / f"{number}.xml").write_text(xml.replace(f"<{tag}", f'<{tag} xmlns="{SYNAPSE}"', 1))
    return list(Deployer((str(folder),), quiet=True).load().problems)


def task(trigger: str = '<trigger interval="5"/>', properties: str = MESSAGE, attributes: str = INJECTOR) -> str:
    return f'<task name="T" {attributes}>{trigger}{properties}</task>'


def processor(parameters: str, name: str = FORWARDER, attributes: str = 'targetEndpoint="E"') -> str:
    return f'<messageProcessor name="P" class="{name}" messageStore="S" {attributes}>{parameters}</messageProcessor>'


def inbound(parameters: str, attributes: str = 'protocol="file" sequence="main"') -> str:
    return f'<inboundEndpoint name="I" {attributes}><parameters>{parameters}</parameters></inboundEndpoint>'


def parameter(name: str, value: str) -> str:
    return f'<parameter name="{name}">{value}</parameter>'


FILE = parameter("transport.vfs.FileURI", "file:///in") + parameter("interval", "1000")

SOUND = [
    task(),
    task('<trigger cron="0 0 3 * * ?"/>'),
    task(
        properties=MESSAGE + '<property name="injectTo" value="sequence"/><property name="sequenceName" value="main"/>'
    ),
    STORE,
    f'<messageStore name="S" class="org.apache.synapse.message.store.impl.jdbc.JDBCMessageStore">'
    f"{parameter('store.jdbc.dsName', 'jdbc/x')}</messageStore>",
    processor(parameter("interval", "1000") + parameter("max.delivery.attempts", "-1"), attributes=""),
    inbound(FILE),
    inbound(parameter("inbound.http.port", "8291"), 'protocol="http"'),
    '<registry provider="org.example.Registry"><parameter name="RegRoot">file:///x</parameter></registry>',
    '<taskManager provider="org.example.Tasks"/>',
    '<import name="file" package="org.wso2.carbon.connector" status="enabled"/>',
    '<priority-executor name="E"><queues><queue size="10" priority="1"/></queues><threads core="2" max="4"/>'
    "</priority-executor>",
    '<eventSource name="E"><subscriptionManager class="org.example.Manager"/></eventSource>',
]


@pytest.mark.parametrize("xml", SOUND, ids=range(len(SOUND)))
def test_sound_artifacts_say_only_that_they_are_not_run(xml: str, tmp_path: Path) -> None:
    extra = [STORE] if "messageStore=" in xml else []
    found = [problem.code for problem in lint(tmp_path, xml, *extra)]
    assert set(found) <= {"SYN011", "SYN016"}
    assert found.count("SYN016") <= 1


BROKEN = [
    (task('<trigger interval="5" cron="0 0 3 * * ?"/>'), "SYN027", "error"),
    (task('<trigger interval="-1"/>'), "SYN023", "error"),
    (task('<trigger interval="0"/>'), "SYN023", "warning"),
    (task('<trigger count="5"/>'), "SYN020", "error"),
    (task('<trigger interval="five"/>'), "SYN023", "error"),
    (task('<trigger cron="0 3 * * *"/>'), "SYN029", "error"),
    (task(""), "SYN016", "warning"),
    (task('<trigger interval="5"/><trigger interval="6"/>'), "SYN026", "warning"),
    (task(properties=""), "SYN016", "warning"),
    (task(properties=MESSAGE + '<property name="injectTwo" value="sequence"/>'), "SYN015", "error"),
    (task(properties=MESSAGE + '<property name="injectTo" value="sequence"/>'), "SYN016", "warning"),
    (task(properties=MESSAGE + '<property name="injectTo" value="sequnce"/>'), "SYN022", "warning"),
    (task(properties='<property name="message" expression="//a"/>'), "SYN027", "error"),
    (task(attributes='class="org.apache.synapse.startup.tasks.MessageInjectr"'), "SYN017", "error"),
    ('<messageStore class="bogus" name="S"/>', "SYN017", "error"),
    ('<messageStore class="org.example.Own" name="S"/>', "SYN017", "warning"),
    ("<messageStore/>", "SYN020", "error"),
    (processor(parameter("interval", "ten")), "SYN023", "error"),
    (processor(parameter("client.retry.interval", "ten")), "SYN023", "warning"),
    (processor(parameter("max.delivery.drop", "maybe")), "SYN022", "warning"),
    (processor(parameter("is.actiev", "false")), "SYN015", "warning"),
    (processor(parameter("message.processor.reply.sequence", "nowhere")), "SYN040", "warning"),
    (processor(parameter("interval", "1000"), SAMPLER, ""), "SYN016", "warning"),
    (processor("", "org.apache.synapse.message.processors.Unknown"), "SYN017", "error"),
    (inbound(parameter("interval", "1000")), "SYN016", "warning"),
    (inbound(FILE + parameter("transport.vfs.FileNamePattern", "[a")), "SYN033", "error"),
    (inbound(FILE + parameter("transport.vfs.FileNamePatern", "a")), "SYN015", "warning"),
    (inbound(FILE, 'protocol="fiel" sequence="main"'), "SYN022", "error"),
    (inbound(FILE, 'sequence="main"'), "SYN020", "error"),
    (inbound(FILE, 'protocol="file" sequence="nowhere"'), "SYN040", "warning"),
    (inbound(FILE, 'protocol="file" sequence="main" suspend="no"'), "SYN024", "warning"),
    ('<import package="p"/>', "SYN020", "error"),
    ('<priority-executor name="E"/>', "SYN025", "error"),
]


@pytest.mark.parametrize(
    ("xml", "code", "severity"), BROKEN, ids=[f"{code}-{n}" for n, (_, code, _) in enumerate(BROKEN)]
)
def test_broken_artifacts_give_their_problem(xml: str, code: str, severity: str, tmp_path: Path) -> None:
    assert (code, severity) in [(each.code, each.severity.value) for each in lint(tmp_path, xml, STORE)]


@pytest.mark.parametrize("tag", ["messageStore", "localEntry"])
def test_some_kinds_may_lack_the_namespace(tag: str, tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(f'<{tag} name="a" key="a"/>')
    found = {(each.code, each.severity.value) for each in Deployer((str(tmp_path),), quiet=True).load().problems}
    assert ("SYN003", "warning") in found


@pytest.mark.parametrize("tag", ["api", "task", "endpoint", "sequence"])
def test_other_kinds_without_the_namespace_are_refused(tag: str, tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(f'<{tag} name="a" context="/a"/>')
    outcome = Deployer((str(tmp_path),), quiet=True).load()
    assert [(each.code, each.severity.value) for each in outcome.problems] == [("SYN003", "error")]
    assert outcome.artifacts == ()


DATA = """<data name="D" transports="http">
  <config id="main"><property name="url">jdbc:h2:x</property></config>
  <query id="all" useConfig="{config}"><sql>select 1</sql><param name="p" sqlType="STRING" ordinal="{ordinal}"/></query>
  <operation name="o"><call-query href="{query}"/></operation>
  <resource path="/all" method="{method}"><call-query href="all"/></resource>
</data>"""
FINE = {"config": "main", "ordinal": "1", "query": "all", "method": "GET"}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"config": "mian"}, [("SYN040", 3)]),
        ({"query": "al"}, [("SYN040", 4)]),
        ({"ordinal": "first"}, [("SYN023", 3)]),
        ({"method": "GTE"}, [("SYN022", 5)]),
    ],
)
def test_data_services_are_checked(change: dict[str, str], expected: list[tuple[str, int]], tmp_path: Path) -> None:
    (tmp_path / "d.dbs").write_text(DATA.format(**{**FINE, **change}))
    found = Deployer((str(tmp_path),), quiet=True).load().problems
    assert [(each.code, each.line) for each in found if each.code != "SYN011"] == expected
