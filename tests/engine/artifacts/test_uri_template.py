from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.artifacts.uri_template import UriTemplate

MATCHES: list[tuple[str, str, dict[str, str] | None]] = [
    ("/~{user}", "/~foo", {"user": "foo"}),
    ("/~{user}", "/~user.7", {"user": "user.7"}),
    ("/~{user}", "/foo", None),
    ("/~{user}", "/~foo/bar", None),
    ("/d/{char}/{word}", "/d/c/cat", {"char": "c", "word": "cat"}),
    ("/d/{char}/{word}", "/d/d/dog/", {"char": "d", "word": "dog"}),
    ("/d/{char}/{word}", "/d/c/cat?a=5", {"char": "c", "word": "cat"}),
    ("/d/{char}/{word}", "/d/c/cat/?a=5", {"char": "c", "word": "cat"}),
    ("/d/{char}/{word}", "/d/c", None),
    ("/d/{char}/{word}", "/d//cat", {"char": "", "word": "cat"}),
    ("/d/{char:1}/{word}", "/d/h/hello%20world", {"char": "h", "word": "hello world"}),
    ("/d/{char:1}/{word}", "/d/%C3%A9/x", {"char": "é", "word": "x"}),
    ("/d/{char:1}/{word}", "/d/co/cat", None),
    ("/d/{char}{#ref}", "/d/e#test", {"char": "e", "ref": "test"}),
    ("/d/{word,count}", "/d/cat,5", {"word": "cat", "count": "5"}),
    ("/d/{word,count}", "/d/cat", {"word": "cat", "count": ""}),
    ("/d/{word,count}", "/d/,5", {"word": "", "count": "5"}),
    ("/d/{word,count}", "/d/a,b,c", None),
    ("/d/{a},{b},{c}*", "/d/1,2,3/more", {"a": "1", "b": "2", "c": "3"}),
    ("/d/foo-{user}-bar", "/d/foo--bar", {"user": ""}),
    ("/d/foo-{user}-bar", "/d/foo-bar", None),
    ("/f/{name}.{ext}", "/f/a.b.csv", {"name": "a", "ext": "b.csv"}),
    ("/f/{name}.{ext}", "/f/report", None),
    ("/f/{a}-{b}", "/f/a-b-c", {"a": "a", "b": "b-c"}),
    ("/alert/{id}.json", "/alert/foo.json", {"id": "foo"}),
    ("/admin{.action}", "/admin.do", {"action": "do"}),
    ("/admin{.action}", "/admin.do.bad", None),
    ("/admin{/action,sub}", "/admin/do/view", {"action": "do", "sub": "view"}),
    ("/admin{/action,sub}", "/admin/do", {"action": "do", "sub": ""}),
    ("/admin{/action,sub}", "/admin.do", None),
    ("/p/{+rest}", "/p/a/b?x=1", {"rest": "a/b?x=1"}),
    ("/p/{+rest}", "/p/a%2Fb/", {"rest": "a/b/"}),
    ("/p/{+rest}", "/p/a+b", {"rest": "a+b"}),
    ("/p/{+rest}/end", "/p/a/end", {"rest": "a"}),
    ("/{s}/*", "/x/admin?t=1", {"s": "x"}),
    ("/{s}/*", "/x", {"s": "x"}),
    ("/{s}/*", "/x?t=1", {"s": "x"}),
    ("/x*", "/x", {}),
    ("/x*", "/xyz/a?b", {}),
    ("/x/*", "/x", None),
    ("/*", "/", {}),
    ("/*", "?x=1", None),
    ("*", "?x=1", {}),
    ("/", "/", {}),
    ("/", "/?x=1", {}),
    ("/", "?x=1", None),
    ("/", "/a", None),
    ("/a/", "/a", {}),
    ("/a", "/a/?q=1", {}),
    ("/a", "/a//", None),
    ("/q/{a}?x={x}&y={y}", "/q/1?x=a&y=b", {"a": "1", "x": "a", "y": "b"}),
    ("/q/{a}?x={x}&y={y}", "/q/1?x=&y=", {"a": "1", "x": "", "y": ""}),
    ("/q/{a}?x={x}&y={y}", "/q/1?x=a%20b&y=%26", {"a": "1", "x": "a b", "y": "&"}),
    ("/q/{a}?x={x}&y={y}", "/q/1?x=a+b&y=c", None),
    ("/q/{a}?x={x}&y={y}", "/q/1?y=b&x=a", None),
    ("/q/{a}?x={x}&y={y}", "/q/1?x=a&y=b&z=c", None),
    ("/q/{a}?x={x}&y={y}", "/q/1", None),
    ("/q?l={+l}&f={+f}", "/q?l=&f=", {"l": "", "f": ""}),
    ("/q?l={+l}&f={+f}", "/q?l=1&f", None),
    ("/o/{id}?*", "/o/1?m=2", {"id": "1"}),
    ("/w?{+query}", "/w?a=5", {"query": "a=5"}),
    ("/{u}/t?a={u}", "/h/t?a=h", {"u": "h"}),
    ("/{u}/t?a={u}", "/h/t?a=f", None),
    ("/one/{a}", "/one/", None),
    ("/one/{a}", "/one/a%2Fb", {"a": "a/b"}),
    ("/one/{a}", "/one/a%25b", {"a": "a%b"}),
    ("/one/{a}", "/one/a%zz", {"a": "a%zz"}),
    ("/one/{a}", "/ONE/abc", None),
    ("/one/{a}", "/one/a+b:c@d;e=f(g)!h*i'j$k,l", {"a": "a+b:c@d;e=f(g)!h*i'j$k,l"}),
    ("/one/{a", "/one/x", {"a": "x"}),
    ("x/{a}", "/x/1", None),
]


@pytest.mark.parametrize(("template", "path", "expected"), MATCHES)
def test_template_binds_its_variables_or_does_not_match(
    template: str, path: str, expected: dict[str, str] | None
) -> None:
    assert UriTemplate(template).match(path) == expected


@pytest.mark.parametrize(
    ("template", "part"),
    [
        ("{id", "begin with a literal"),
        ("/{}", "names no variable"),
        ("/{i d}", "no variable name"),
        ("/{id*}", "no variable name"),
        ("/{a,}", "no variable name"),
        ("/a}", "without its {"),
        ("/{a{b}", "not closed"),
        ("/{?x}", "operator '?'"),
        ("/{;x}", "operator ';'"),
        ("/{&x}", "operator '&'"),
    ],
)
def test_unusable_template_says_where_and_why(template: str, part: str) -> None:
    with pytest.raises(ValueError, match=r"character|begin") as caught:
        UriTemplate(template)
    assert part in str(caught.value)


@pytest.mark.parametrize(
    ("template", "part"),
    [
        ("orders/{id}", "does not begin with /"),
        ("/*/x", "only at the very end"),
        ("/{id}?kind", "name={value}"),
        ("/{id}?{kind}", "name={value}"),
        ("/{id}/{id}", "more than once"),
        ("/{id", "not closed"),
    ],
)
def test_template_that_hardly_means_what_it_says_is_doubted(template: str, part: str) -> None:
    assert any(part in doubt for doubt in UriTemplate(template).doubts)


@pytest.mark.parametrize("template", ["/", "/*", "*", "/a/{b}", "/a?x={x}", "/a?{+query}", "/a?*", "/a/{b}?x={x}&*"])
def test_sound_template_is_not_doubted(template: str) -> None:
    assert UriTemplate(template).doubts == ()


@pytest.mark.parametrize(
    ("template", "segment"),
    [
        ("/a/{b}", "a"),
        ("/a", "a"),
        ("/a/", "a"),
        ("/a?x={x}", "a"),
        ("/", ""),
        ("/a*", None),
        ("/a{b}", None),
        ("/{a}/b", None),
        ("*", None),
        ("/a/*", "a"),
    ],
)
def test_first_segment_is_known_only_where_it_is_fixed(template: str, segment: str | None) -> None:
    assert UriTemplate(template).first_segment == segment


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=4))
def test_encoded_values_come_back_decoded(values: list[str]) -> None:
    names = [f"v{number}" for number in range(len(values))]
    template = UriTemplate("/x/" + "/".join(f"{{{name}}}" for name in names))
    path = "/x/" + "/".join(quote(value, safe="") for value in values)
    assert template.match(path) == dict(zip(names, values, strict=True))


@given(st.text(alphabet="/{}+#.,:?&=*ab1 ", max_size=24), st.text(alphabet="/?#.,:&=ab1%20+", max_size=24))
def test_any_text_is_a_template_or_a_located_error_and_any_path_is_answered(text: str, path: str) -> None:
    try:
        template = UriTemplate(text)
    except ValueError:
        return
    found = template.match(path)
    assert found is None or set(found) == set(template.names)


@given(st.text(alphabet="/ab?", max_size=12), st.sampled_from(["/a/{x}", "/a", "/b*", "/", "/a?b={x}", "/ab/{x}/a"]))
def test_first_segment_never_hides_a_match(path: str, text: str) -> None:
    template = UriTemplate(text)
    segment = template.first_segment
    if template.match(path) is not None and segment is not None:
        assert path[1:].partition("?")[0].partition("/")[0] == segment
