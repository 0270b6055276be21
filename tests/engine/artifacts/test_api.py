from __future__ import annotations

import pytest

from engine.artifacts.api import Api, check_registrations
from engine.artifacts.base import read_artifacts
from engine.artifacts.cors import CorsPolicy
from engine.diagnostics import Problem, Problems, Severity
from engine.source.document import SYNAPSE
from tests.fakes.flows import artifacts_of, document

RESOURCE = '<resource methods="GET" uri-template="/x"><inSequence><respond/></inSequence></resource>'
CORS = "org.wso2.micro.integrator.security.handler.CORSRequestHandler"


def api_xml(attributes: str, content: str = RESOURCE) -> str:
    return f'<api xmlns="{SYNAPSE}" {attributes}>{content}</api>'


def read(xml: str) -> tuple[Api | None, list[Problem]]:
    problems = Problems()
    artifacts, _ = read_artifacts(document(xml), problems)
    item = artifacts[0].item if artifacts else None
    assert item is None or isinstance(item, Api)
    return item, problems.sorted()


def resource_xml(attributes: str, content: str = "<inSequence><respond/></inSequence>") -> str:
    return api_xml('name="A" context="/a"', f"<resource {attributes}>{content}</resource>")


@pytest.mark.parametrize(
    ("xml", "code", "text"),
    [
        (api_xml('context="/a"'), "SYN020", "'name'"),
        (api_xml('name="" context="/a"'), "SYN021", "'name'"),
        (api_xml('name="A"'), "SYN020", "'context'"),
        (api_xml('name="A" context="a"'), "SYN060", "must begin with '/'"),
        (api_xml('name="A" context="http://x/a"'), "SYN060", "must begin with '/'"),
        (api_xml('name="A" context="/a" version="1"'), "SYN061", "'version-type' is required"),
        (api_xml('name="A" context="/a" version="1" version-type="path"'), "SYN022", "'version-type'"),
        (api_xml('name="A" context="/a"', ""), "SYN062", "at least one resource"),
        (api_xml('name="A" context="/a" transports="http https"'), "SYN070", "Invalid protocol name"),
        (api_xml('name="A" context="/a" port="x"'), "SYN023", "port"),
        (api_xml('name="A" context="/a"', RESOURCE + RESOURCE), "SYN066", "same path mapping and methods"),
        (api_xml('name="A" context="/a"', '<resource methods="GET"/><resource methods="POST"/>'), "SYN066", "default"),
        (resource_xml('methods="GET FETCH"'), "SYN065", "'FETCH'"),
        (resource_xml('methods="get"'), "SYN065", "'get'"),
        (resource_xml('uri-template="{id"'), "SYN063", "{id"),
        (resource_xml('uri-template="/{}"'), "SYN063", "names no variable"),
        (resource_xml('content-type="xml"'), "SYN070", "Invalid content type"),
        (resource_xml('protocol="ftp"'), "SYN070", "Invalid protocol name"),
        (resource_xml('user-agent="("'), "SYN033", "user-agent"),
        (resource_xml('binds-to="Other"'), "SYN070", "subset"),
        (
            api_xml('name="A" context="/a"', RESOURCE + '<handlers><handler class="com.acme.Guard"/></handlers>'),
            "SYN069",
            "com.acme.Guard",
        ),
        (
            api_xml(
                'name="A" context="/a"',
                RESOURCE + f'<handlers><handler class="{CORS}"><property name="maxAge" value="x"/>'
                "</handler></handlers>",
            ),
            "SYN069",
            "maxAge",
        ),
    ],
)
def test_what_the_reference_refuses_is_an_error_and_does_not_deploy(xml: str, code: str, text: str) -> None:
    api, problems = read(xml)
    found = [each for each in problems if each.code == code and text in each.message]
    assert found, problems
    assert found[0].severity is Severity.ERROR
    assert found[0].line == 1
    assert api is None


@pytest.mark.parametrize(
    ("xml", "code", "text"),
    [
        (api_xml('name="A" context="/a/"'), "SYN060", "is removed"),
        (api_xml('name="A" context="//a"'), "SYN060", "literally"),
        (api_xml('name="A" context="/a/*"'), "SYN060", "literally"),
        (api_xml('name="A" context="/a" version="1" version-type="context"'), "SYN060", "{version}"),
        (api_xml('name="A" context="/a" version-type="url"'), "SYN061", "does nothing"),
        (resource_xml('methods="GET GET" uri-template="/x"'), "SYN065", "twice"),
        (resource_xml('uri-template=""'), "SYN021", "every path"),
        (resource_xml('uri-templaet="/x"'), "SYN012", "uri-templaet"),
        (resource_xml('uri-template="/{id}/{id}"'), "SYN064", "more than once"),
        (resource_xml('url-mapping="list"'), "SYN064", "list"),
        (resource_xml('url-mapping="/x" uri-template="/y"'), "SYN064", "dropped"),
        (resource_xml('uri-template="/x"', ""), "SYN068", "no inSequence"),
        (resource_xml('uri-template="/x" inSequence="other"'), "SYN068", "attribute"),
        (api_xml('name="A" context="/a"', RESOURCE + "<resourec/>"), "SYN013", "resourec"),
    ],
)
def test_what_the_reference_swallows_is_a_warning(xml: str, code: str, text: str) -> None:
    api, problems = read(xml)
    assert [each for each in problems if each.code == code and text in each.message], problems
    assert not [each for each in problems if each.severity is Severity.ERROR]
    assert api is not None


def test_trailing_slashes_of_the_context_go_and_the_version_names_the_api() -> None:
    api, _ = read(api_xml('name="A" context="/a//" version="v2" version-type="url"'))
    assert api is not None
    assert (api.name, api.context, api.prefix) == ("A:vv2", "/a", "/a/v2")


def test_version_replaces_its_placeholder_in_the_context() -> None:
    api, _ = read(api_xml('name="A" context="/a/{version}/b" version="1.0" version-type="context"'))
    assert api is not None
    assert api.prefix == "/a/1.0/b"


def test_root_context_is_the_empty_prefix() -> None:
    api, problems = read(api_xml('name="A" context="/"'))
    assert api is not None
    assert api.prefix == ""
    assert problems == []


def test_cors_handler_becomes_the_apis_policy() -> None:
    handlers = (
        f'<handlers><handler class="{CORS}"><property name="allowedOrigins" value="https://a.example, *.b.example"/>'
        "</handler></handlers>"
    )
    api, problems = read(api_xml('name="A" context="/a"', RESOURCE + handlers))
    assert api is not None
    assert problems == []
    policy = api.cors.policy if api.cors is not None else CorsPolicy(())
    assert [policy.allows(origin) for origin in ("https://a.example", "https://x.b.example", "https://evil", "")] == [
        True,
        True,
        False,
        False,
    ]


def test_of_two_apis_with_one_context_the_first_stays_and_the_second_is_an_error() -> None:
    artifacts = artifacts_of(
        api_xml('name="A" context="/a"'),
        api_xml('name="B" context="/a/"'),
        api_xml('name="A" context="/c"'),
        api_xml('name="D" context="/a" version="1" version-type="url"'),
    )
    accepted, problems = check_registrations(artifacts)
    assert [each.name for each in accepted] == ["A", "D:v1"]
    assert [each.code for each in problems] == ["SYN067", "SYN067"]
    assert "URL context: /a is already registered with the API: A" in problems[0].message
    assert "Duplicate resource definition by the name: A" in problems[1].message


def test_the_api_that_serves_already_keeps_its_context() -> None:
    old, new = artifacts_of(api_xml('name="Z" context="/a"'), api_xml('name="A" context="/a"'))
    accepted, problems = check_registrations([new, old], serving=[old])
    assert accepted == [old]
    assert "already registered with the API: Z" in problems[0].message
