from __future__ import annotations

from typing import Any

import pytest

from engine.artifacts.api import Api, Resource
from engine.artifacts.uri_template import UriTemplate
from engine.artifacts.url_mapping import UrlMapping
from engine.mediators.base import NOWHERE
from engine.message.body import HeaderPairs
from engine.runtime.dispatcher import Choice, Dispatcher, Request
from engine.values.java_regex import compile_java_regex


def resource(methods: str = "", template: str = "", mapping: str = "", **more: Any) -> Resource:
    chosen = UriTemplate(template) if template else UrlMapping(mapping) if mapping else None
    return Resource(
        frozenset(methods.split()), chosen, None, None, None, template or mapping or "default", NOWHERE, **more
    )


def api(context: str, *resources: Resource, name: str = "", **more: Any) -> Api:
    return Api(name or context, context, resources or (resource(),), NOWHERE, **more)


def choose(
    apis: list[Api], method: str, target: str, headers: dict[str, str] | None = None, **more: Any
) -> Choice[Resource]:
    pairs: HeaderPairs = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    return Dispatcher(apis, lambda api, resource: resource).choose(method, target, Request(headers=pairs, **more))


OVERLAP = [
    api("/shop"),
    api("/shop/items"),
    api("/shop/items/special", resource("GET", "/x")),
    api("/ver"),
    api("/ver/1/deep"),
    api("/ver", name="ver:1", version="1", version_type="url"),
    api("/ver", name="ver:2.0", version="2.0", version_type="url"),
    api("/a.b"),
]


@pytest.mark.parametrize(
    ("target", "name", "sub_path"),
    [
        ("/shop", "/shop", ""),
        ("/shop/", "/shop", "/"),
        ("/shop?x=1", "/shop", "?x=1"),
        ("/shop/item", "/shop", "/item"),
        ("/shop/items", "/shop/items", ""),
        ("/shop/itemsx", "/shop", "/itemsx"),
        ("/shop/items/1", "/shop/items", "/1"),
        ("/shop/items/special/x", "/shop/items/special", "/x"),
        ("/shop/items/specialx", "/shop/items", "/specialx"),
        ("/shopx", None, ""),
        ("/SHOP", None, ""),
        ("/ver", "/ver", ""),
        ("/ver/1", "ver:1", ""),
        ("/ver/1/deep/x", "ver:1", "/deep/x"),
        ("/ver/1.0", "/ver", "/1.0"),
        ("/ver/2.0?x=1", "ver:2.0", "?x=1"),
        ("/ver/2.0.0/a", "/ver", "/2.0.0/a"),
        ("/a.b/c", "/a.b", "/c"),
        ("/aXb/c", None, ""),
    ],
)
def test_longest_context_wins_and_versions_beat_length(target: str, name: str | None, sub_path: str) -> None:
    choice = choose(OVERLAP, "GET", target)
    assert (choice.api.name if choice.api else None) == name
    assert choice.sub_path == sub_path


def test_order_of_files_does_not_matter_between_contexts() -> None:
    for listed in (OVERLAP, OVERLAP[::-1]):
        found = choose(listed, "GET", "/shop/items/1").api
        assert found is not None
        assert found.name == "/shop/items"


def test_root_context_takes_what_is_left() -> None:
    apis = [api(""), api("/a")]
    assert [choose(apis, "GET", target).api is apis[0] for target in ("/", "/x/y?z", "/a/1")] == [True, True, False]


M1 = [resource("GET POST", "/a"), resource("DELETE", "/a"), resource("", "/any"), resource("PUT PATCH", "/b/{id}")]
M2 = [resource("GET", "/a"), resource("GET POST")]
M5 = [
    resource("GET", mapping="/a/*"),
    resource("POST", "/a/{x}"),
    resource("GET", "/a/exact"),
    resource("GET POST", mapping="/exact"),
    resource("GET", mapping="*.json"),
]


@pytest.mark.parametrize(
    ("resources", "method", "path", "status", "label"),
    [
        (M1, "GET", "/a", 200, "/a"),
        (M1, "DELETE", "/a", 200, "/a"),
        (M1, "PATCH", "/any", 200, "/any"),
        (M1, "PROPFIND", "/any", 200, "/any"),
        (M1, "GET", "", 404, None),
        (M1, "PUT", "/zz", 404, None),
        (M1, "OPTIONS", "/nope", 404, None),
        (M1, "PUT", "/a", 405, None),
        (M1, "PROPFIND", "/a", 405, None),
        (M2, "GET", "/a", 200, "/a"),
        (M2, "POST", "/a", 200, "default"),
        (M2, "PUT", "/a", 405, None),
        (M2, "HEAD", "/a", 405, None),
        (M2, "GET", "/other/x", 200, "default"),
        (M2, "GET", "?x=1", 200, "default"),
        (M5, "GET", "/a/1", 200, "/a/*"),
        (M5, "POST", "/a/1", 200, "/a/{x}"),
        (M5, "GET", "/a/x.json", 200, "/a/*"),
        (M5, "GET", "/x/y.json", 200, "*.json"),
        (M5, "GET", "/exact/", 200, "/exact"),
        (M5, "GET", "/exact/x", 404, None),
        ([resource("GET", mapping="/*"), resource("GET", mapping="/foo/*")], "GET", "/foo/x", 200, "/*"),
        (
            [resource("GET", mapping="/foo/*"), resource("GET", mapping="/foo/bar/*")],
            "GET",
            "/foo/bar/x",
            200,
            "/foo/bar/*",
        ),
        ([resource("GET", "/{a}"), resource("GET", "/exact")], "GET", "/exact", 200, "/{a}"),
        ([resource("GET", "/exact"), resource("GET", "/{a}")], "GET", "/exact", 200, "/exact"),
        ([resource("GET OPTIONS", "/o"), resource("OPTIONS", "/{x}")], "OPTIONS", "/o", 200, "/{x}"),
    ],
)
def test_resource_is_chosen_by_mapping_kind_order_and_method(
    resources: list[Resource], method: str, path: str, status: int, label: str | None
) -> None:
    choice = choose([api("/m", *resources)], method, "/m" + path)
    assert choice.status == status
    assert (choice.route.label if choice.route else None) == label


def test_405_names_the_methods_of_every_resource_with_that_path() -> None:
    assert choose([api("/m", *M1)], "PUT", "/m/a").allow == "GET, POST, DELETE"


def test_variables_come_with_the_choice() -> None:
    assert choose([api("/m", *M1)], "PUT", "/m/b/a%20b").variables == {"id": "a b"}


def test_content_type_counts_only_with_a_body_and_as_a_whole() -> None:
    apis = [api("/m", resource("GET POST", "/x", content_type="text/xml"))]
    header = {"content-type": "text/xml"}
    assert choose(apis, "POST", "/m/x", header, has_body=True).status == 200
    assert choose(apis, "POST", "/m/x", {"content-type": "text/xml; charset=utf-8"}, has_body=True).status == 400
    assert choose(apis, "GET", "/m/x").status == 200


def test_user_agent_must_match_as_a_whole() -> None:
    apis = [api("/m", resource("GET", "/x", user_agent=compile_java_regex("curl.*")))]
    assert choose(apis, "GET", "/m/x", {"user-agent": "curl/8"}).status == 200
    assert choose(apis, "GET", "/m/x", {"user-agent": "my curl"}).status == 400


def test_resource_of_another_protocol_is_a_bad_request() -> None:
    apis = [api("/m", resource("GET", "/x", protocol="https"))]
    assert choose(apis, "GET", "/m/x").status == 400
    assert choose(apis, "GET", "/m/x", scheme="https").status == 200


def test_host_and_port_must_be_those_of_the_host_header() -> None:
    named = [api("/m", host="a.example", port=8290)]
    assert choose(named, "GET", "/m", {"host": "a.example:8290"}).status == 200
    assert choose(named, "GET", "/m", {"host": "A.example:8290"}).status == 0
    assert choose(named, "GET", "/m", {"host": "a.example"}).status == 0
    assert choose(named, "GET", "/m").status == 0
    assert choose([api("/m", port=443)], "GET", "/m", {"host": "[::1]"}, scheme="https").status == 200


def test_api_of_another_transport_is_passed_over() -> None:
    apis = [api("/m/x", transport="https"), api("/m")]
    choice = choose(apis, "GET", "/m/x")
    assert choice.api is apis[1]
    assert choose(apis[:1], "GET", "/m/x").denied
    assert choose(apis, "GET", "/m/x", scheme="https").api is apis[0]


def test_apis_bound_to_an_inbound_endpoint_are_not_on_the_listeners() -> None:
    apis = [api("/m", resource("GET", "/x", binds_to=("Inbound",)), binds_to=("Inbound",))]
    assert choose(apis, "GET", "/m/x").status == 0
    assert choose(apis, "GET", "/m/x", entry="Inbound").status == 200


def test_allowed_methods_of_options() -> None:
    one = api("/m", *M1)
    dispatcher = Dispatcher([one], lambda api, resource: resource)
    assert dispatcher.allowed(one, "/a") == "GET, POST, DELETE"
    assert dispatcher.allowed(one, "/any") == "GET, POST, PUT, DELETE"
