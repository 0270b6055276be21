"""Mediators that are checked but not run: sound ones give one warning, broken ones their problem."""

from __future__ import annotations

import pytest

from engine.build import Build
from engine.diagnostics import Problem, Problems
from engine.errors import MediationError
from engine.mediators.catalogue import find_mediator, mediator_names
from engine.mediators.planned import OLD, Planned, planned_names, shape_of
from engine.source.document import SYNAPSE, Document, parse_document
from engine.source.node import Node
from tests.fakes.flows import a_message

SEQUENCE = "<sequence><drop/></sequence>"
TARGET = f"<target>{SEQUENCE}</target>"
POOL = "<connection><pool><dsName>jdbc/x</dsName></pool></connection>"
CONDITION = '<condition><equal source="a" value="b"/></condition>'

SOUND = {
    "foreach": f'<foreach collection="${{payload.items}}" parallel-execution="false" counter-variable="i">'
    f"{SEQUENCE}</foreach>",
    "iterate": f'<iterate expression="//item" preservePayload="true" attachPath="//items">{TARGET}</iterate>',
    "clone": f'<clone continueParent="true">{TARGET}<target sequence="fault"/></clone>',
    "aggregate": '<aggregate id="a"><completeCondition timeout="10"><messageCount min="1" max="{$ctx:n}"/>'
    "</completeCondition>"
    '<onComplete expression="//r"><drop/></onComplete></aggregate>',
    "scatter-gather": '<scatter-gather target="body" result-content-type="JSON"><aggregation expression="${payload}"/>'
    f"{SEQUENCE}{SEQUENCE}</scatter-gather>",
    "sampler": f'<sampler id="s" rate="2">{TARGET}</sampler>',
    "enqueue": '<enqueue sequence="fault" executor="E" priority="1"/>',
    "conditionalRouter": f'<conditionalRouter continueAfter="false"><conditionalRoute breakRoute="true">'
    f"{CONDITION}{TARGET}"
    "</conditionalRoute></conditionalRouter>",
    "rewrite": f'<rewrite><rewriterule>{CONDITION}<action type="replace" regex="a" value="b" fragment="path"/>'
    f"</rewriterule>"
    "</rewrite>",
    "cache": '<cache collector="false" timeout="20"><onCacheHit><respond/></onCacheHit><protocol type="HTTP">'
    "<methods>GET, POST"
    "</methods><responseCodes>2..</responseCodes></protocol></cache>",
    "throttle": '<throttle id="A"><policy key="conf:/p.xml"/><onAccept><drop/></onAccept><onReject><drop/>'
    "</onReject></throttle>",
    "xslt": '<xslt key="sheet" source="//a"><property name="p" expression="//b"/></xslt>',
    "fastXSLT": '<fastXSLT key="{$ctx:sheet}"/>',
    "xquery": '<xquery key="q"><variable name="v" type="STRING" value="x"/></xquery>',
    "jsontransform": '<jsontransform schema="s"/>',
    "datamapper": '<datamapper config="c" inputSchema="i" outputSchema="o" inputType="JSON" outputType="XML"/>',
    "smooks": '<smooks config-key="k"><input type="text"/><output type="xml"/></smooks>',
    "builder": '<builder><messageBuilder contentType="text/csv" class="org.example.Builder"/></builder>',
    "validate": '<validate source="//a"><schema key="s"/><on-fail><drop/></on-fail></validate>',
    "store": '<store messageStore="S"/>',
    "dblookup": f"<dblookup>{POOL}<statement><sql>select a from t where b=?</sql><parameter expression='//b' "
    f"type='VARCHAR'/>"
    '<result name="a" column="1"/></statement></dblookup>',
    "dbreport": f"<dbreport>{POOL}<statement><sql>delete from t</sql></statement></dbreport>",
    "dataServiceCall": '<dataServiceCall serviceName="S"><source type="inline"/><operations type="single">'
    '<operation name="o">'
    '<param name="p" value="1"/></operation></operations><target type="body"/></dataServiceCall>',
    "transaction": '<transaction action="commit"/>',
    "script": '<script language="js"><![CDATA[mc.setProperty("a", 1);]]></script>',
    "class": '<class name="org.example.Own"><property name="p" value="1"/></class>',
    "pojoCommand": '<pojoCommand name="org.example.Own"><property name="p" value="1"/></pojoCommand>',
    "annotatedCommand": '<annotatedCommand name="org.example.Own"/>',
    "bean": '<bean action="CREATE" var="b" class="org.example.Own"/>',
    "ejb": '<ejb beanstalk="b" class="org.example.Own" method="m"><args><arg value="1"/></args></ejb>',
    "spring": '<spring bean="b" key="k"/>',
    "entitlementService": '<entitlementService remoteServiceUrl="https://localhost/" onAccept="fault"/>',
    "oauthService": '<oauthService remoteServiceUrl="https://localhost/" username="u" password="p"/>',
    "NTLM": '<NTLM username="{$ctx:u}" password="p" host="h" domain="d" ntlmVersion="v2"/>',
    "opa": "<opa><serverUrl>http://localhost/</serverUrl><policy>p</policy></opa>",
    "eventPublisher": '<eventPublisher eventSourceName="E"/>',
    "rules": "<rules><drop/></rules>",
}

BROKEN = [
    (f'<foreach collection="payload.items">{SEQUENCE}</foreach>', "SYN030"),
    ('<foreach collection="${payload.items}"/>', "SYN025"),
    (f'<foreach collection="${{payload.a}}" counter-variable="i">{SEQUENCE}</foreach>', "SYN027"),
    (f"<foreach expression='${{payload.a}}'>{SEQUENCE}</foreach>", "SYN030"),
    ('<foreach expression="//a"><sequence><call/></sequence></foreach>', "SYN046"),
    (f'<foreach collection="${{payload.a}}" update-original="false">{SEQUENCE}</foreach>', "SYN020"),
    (f"<iterate>{TARGET}</iterate>", "SYN020"),
    ('<iterate expression="//a"/>', "SYN025"),
    (f'<iterate expression="//a" attachPath="//b">{TARGET}</iterate>', "SYN027"),
    (f'<clone iterations="2">{TARGET}{TARGET}</clone>', "SYN027"),
    ("<clone><target/></clone>", "SYN018"),
    ('<aggregate><completeCondition timeout="soon"/><onComplete expression="//a"/></aggregate>', "SYN023"),
    ("<aggregate/>", "SYN025"),
    (f'<scatter-gather target="body"><aggregation expression="${{payload}}"/>{SEQUENCE}</scatter-gather>', "SYN020"),
    (
        f'<scatter-gather target="header" result-content-type="JSON"><aggregation expression="${{payload}}"/>{SEQUENCE}'
        "</scatter-gather>",
        "SYN022",
    ),
    (f"<conditionalRouter><conditionalRoute>{TARGET}</conditionalRoute></conditionalRouter>", "SYN025"),
    (
        f"<conditionalRouter><conditionalRoute><condition><and><equal value='b'/></and></condition>"
        f"{TARGET}</conditionalRoute>"
        "</conditionalRouter>",
        "SYN025",
    ),
    ('<rewrite><rewriterule><action type="replace" value="b"/></rewriterule></rewrite>', "SYN020"),
    ('<rewrite><rewriterule><action value="b" fragment="pth"/></rewriterule></rewrite>', "SYN022"),
    ("<cache/>", "SYN020"),
    ('<cache collector="false"><protocol><methods>GTE</methods></protocol></cache>', "SYN022"),
    ('<cache collector="false"><protocol><responseCodes>2[0</responseCodes></protocol></cache>', "SYN033"),
    ("<throttle><onAccept><drop/></onAccept></throttle>", "SYN020"),
    ("<xslt/>", "SYN020"),
    ('<xslt key="s" source="json-eval($.a)"/>', "SYN030"),
    ('<xquery key="q"><variable name="v" type="TEXT"/></xquery>', "SYN022"),
    ("<jsontransform/>", "SYN020"),
    ('<datamapper config="c" inputSchema="i"/>', "SYN020"),
    ('<validate><schema key="s"/></validate>', "SYN025"),
    ('<validate><schema key="s"/><on-fail/></validate>', "SYN025"),
    ("<validate><on-fail><drop/></on-fail></validate>", "SYN025"),
    ("<store/>", "SYN020"),
    ("<dblookup><statement><sql>select 1</sql></statement></dblookup>", "SYN025"),
    (f"<dblookup>{POOL}<statement><sql> </sql></statement></dblookup>", "SYN021"),
    (f"<dblookup>{POOL}<statement><sql>s</sql><parameter value='1' type='TEXT'/></statement></dblookup>", "SYN022"),
    ('<transaction action="comit"/>', "SYN022"),
    ("<script>1</script>", "SYN020"),
    ('<script language="js" function="f">1</script>', "SYN027"),
    ('<script language="js"/>', "SYN021"),
    ("<class/>", "SYN020"),
    ('<class name="org.example.Own"><property name="p"/></class>', "SYN020"),
    ('<bean action="MAKE" var="b"/>', "SYN022"),
    ('<oauthService remoteServiceUrl="https://localhost/"/>', "SYN020"),
    ("<opa><serverUrl>localhost</serverUrl><policy>p</policy></opa>", "SYN045"),
]


def read(xml: str) -> tuple[Planned | None, list[Problem], Build]:
    tag = xml[1:].split(" ", 1)[0].split("/", 1)[0].split(">", 1)[0]
    document = parse_document("a.xml", xml.replace(f"<{tag}", f'<{tag} xmlns="{SYNAPSE}"', 1).encode())
    assert isinstance(document, Document)
    problems = Problems()
    build = Build(document, problems)
    made = Planned.from_element(Node(document.root, document, problems, "sequence x"), build)
    return made, list(problems), build


@pytest.mark.parametrize("xml", SOUND.values(), ids=SOUND.keys())
def test_sound_element_gives_one_warning(xml: str) -> None:
    made, problems, _ = read(xml)
    assert made is not None
    assert [(problem.code, problem.severity.value) for problem in problems] == [("SYN011", "warning")]


@pytest.mark.parametrize(
    ("xml", "code"), BROKEN, ids=[f"{xml[1:16]}-{code}-{n}" for n, (xml, code) in enumerate(BROKEN)]
)
def test_broken_element_gives_its_problem(xml: str, code: str) -> None:
    assert code in [problem.code for problem in read(xml)[1]]


def test_every_planned_mediator_has_a_shape_and_all_but_old_ones_a_sound_example() -> None:
    names = set(planned_names())
    assert all(shape_of(name) is not None for name in names)
    assert names == set(SOUND) | set(OLD)


def test_planned_mediators_are_mediators() -> None:
    assert find_mediator("foreach") is Planned
    assert set(planned_names()) <= set(mediator_names())


@pytest.mark.parametrize("tag", sorted(OLD))
def test_mediators_of_older_products_are_refused(tag: str) -> None:
    made, problems, _ = read(f"<{tag}/>")
    assert made is None
    assert problems[0].code == "SYN010"
    assert problems[0].hint == OLD[tag]


def test_names_of_other_artifacts_are_remembered() -> None:
    references = (
        read('<xslt key="sheet"/>')[2].references + read('<store messageStore="S" sequence="Q"/>')[2].references
    )
    assert [(each.kind, each.key) for each in references] == [
        ("localEntry", "sheet"),
        ("messageStore", "S"),
        ("sequence", "Q"),
    ]


async def test_message_that_gets_there_faults_and_says_why() -> None:
    made, _, _ = read('<transaction action="commit"/>')
    assert made is not None
    with pytest.raises(MediationError, match="<transaction> is not supported by this version of synflow"):
        await made.mediate(a_message())
