"""A project of a thousand files for the goals that speak of one, as large and as varied as real ones are.

Why not simply a thousand small files: the cost of loading a file grows with its elements and expressions, that of
reading and parsing it hardly falls below 1 KB, so small files make a denominator of goal 15 that says nothing.
1,200 artifacts of public projects have 2,050 bytes in the mean and 1,280 in the median, 22 elements, and in APIs,
sequences, proxies, endpoints, local entries and templates one expression to seven elements, of which half stand nowhere
else. The files here are drawn to these figures, out of what those projects use most, with a comment above every second
one. They have no mistakes, so that no time goes into describing them. `python -m tests.benchmarks.project` prints their
number and sizes.
"""

from __future__ import annotations

import random
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from textwrap import indent

APIS, SEQUENCES, PROXIES, ENDPOINTS, ENTRIES, TEMPLATES = 250, 200, 150, 170, 100, 130

_NS = 'xmlns="http://ws.apache.org/ns/synapse"'
_NOUNS = ["order", "invoice", "customer", "shipment", "payment", "product", "account", "contract", "refund", "ticket"]
_NOUNS += ["supplier", "warehouse", "booking", "quote", "delivery", "employee", "claim", "policy", "meter", "tariff"]
_MEMBERS = [
    "id",
    "number",
    "status",
    "amount",
    "currency",
    "name",
    "city",
    "country",
    "priority",
    "channel",
    "reference",
]
_MEMBERS += ["createdAt", "quantity", "price", "email", "phone", "region", "code", "reason", "note"]
_STATES = ["open", "paid", "shipped", "cancelled", "returned", "rejected", "archived"]


class _Draw:
    """What varies from file to file, the same in every run."""

    def __init__(self, kind: str, number: int) -> None:
        self.number = number
        self._random = random.Random(f"{kind} {number}")
        self.noun = self.one(_NOUNS)

    def one(self, choices: list[str]) -> str:
        """One of them."""
        return self._random.choice(choices)

    def some(self, choices: list[str], least: int, most: int) -> list[str]:
        """Several of them."""
        return self._random.sample(choices, self._random.randint(least, most))

    def below(self, limit: int) -> int:
        """A number from 0."""
        return self._random.randrange(limit)

    def chance(self, percent: int) -> bool:
        """Whether it happens this time."""
        return self.below(100) < percent

    def value(self) -> str:
        """An expression as flows have them: of properties, headers and payload, in XPath and JSONPath."""
        member = self.one(_MEMBERS)
        return self.one(
            [
                f"json-eval($.{self.noun}.{member})",
                f"$ctx:{self.noun}.{member}",
                f"get-property('{self.noun}.{member}')",
                f"get-property('transport', 'X-{self.noun}-{member}')",
                f"//{self.noun}/{member}",
                f"$trp:X-{member}",
                f"$ctx:{member}",
                f"json-eval($.{self.noun})",
                f"fn:concat('{self.noun} ', get-property('uri.var.{member}'))",
                "get-property('ERROR_MESSAGE')",
            ]
        )

    def condition(self) -> str:
        """An expression that holds or not."""
        member, state = self.one(_MEMBERS), self.one(_STATES)
        return self.one(
            [
                f"$ctx:{self.noun}.{member} = '{state}'",
                f"get-property('{self.noun}.{member}') = '{state}' and $ctx:{member} != ''",
                f"boolean(//{self.noun}/{member})",
                f"string-length($ctx:{member}) &gt; {self.below(20)}",
            ]
        )


def _inside(*parts: str) -> str:
    return indent("\n".join(part for part in parts if part), "    ")


def _block(start: str, *parts: str) -> str:
    """An element with children; `start` is its start tag without the brackets."""
    return f"<{start}>\n{_inside(*parts)}\n</{start.split()[0]}>"


# -- mediators
def _log(draw: _Draw) -> str:
    if draw.chance(20):
        return '<log level="full"/>'
    return _block(
        f'log level="custom"{draw.one(["", "", " category=" + chr(34) + "DEBUG" + chr(34)])}',
        f'<property name="message" value="{draw.noun} {draw.one(_STATES)}, step {draw.below(9)}"/>',
        f'<property name="{draw.one(_MEMBERS)}" expression="{draw.value()}"/>' if draw.chance(30) else "",
    )


def _property(draw: _Draw) -> str:
    name = f"{draw.noun}.{draw.one(_MEMBERS)}"
    return draw.one(
        [
            f'<property name="{name}" value="{draw.one(_STATES)}" scope="default" type="STRING"/>',
            f'<property name="{name}" expression="{draw.value()}" scope="default" type="STRING"/>',
            f'<property name="{name}" scope="default" action="remove"/>',
            f'<property name="uri.var.{draw.one(_MEMBERS)}" expression="{draw.value()}"/>',
            f'<property name="uri.var.{draw.one(_MEMBERS)}" value="{draw.number}"/>',
            '<property name="messageType" value="application/json" scope="axis2" type="STRING"/>',
            '<property name="HTTP_SC" value="202" scope="axis2"/>',
            '<property name="REST_URL_POSTFIX" scope="axis2" action="remove"/>',
        ]
    )


def _header(draw: _Draw) -> str:
    name = f"X-{draw.noun}-{draw.one(_MEMBERS)}"
    return draw.one(
        [
            f'<header name="{name}" scope="transport" value="{draw.noun}-{draw.number}"/>',
            f'<header name="{name}" scope="transport" expression="{draw.value()}"/>',
            f'<header name="{name}" scope="transport" action="remove"/>',
            '<header name="Accept" scope="transport" value="application/json"/>',
        ]
    )


def _payload(draw: _Draw) -> str:
    members, fixed = draw.some(_MEMBERS, 0, 3), draw.some(_MEMBERS, 1, 6)
    values = [(member, f"${place}") for place, member in enumerate(members, 1)]
    values += [(member, draw.one(_STATES)) for member in fixed if member not in members]
    if draw.chance(70):
        lines = ",\n".join(f'    "{member}": "{value}"' for member, value in values)
        form = f'<format>{{\n  "{draw.noun}": {{\n{lines}\n  }}\n}}</format>'
        start = 'payloadFactory media-type="json" description="build the request"'
    else:
        lines = "\n".join(f"<{member}>{value}</{member}>" for member, value in values)
        form = _block("format", _block(f'{draw.noun} xmlns=""', lines))
        start = 'payloadFactory media-type="xml"'
    arguments = [
        f'<arg evaluator="json" expression="$.{draw.noun}.{member}"/>'
        if draw.chance(50)
        else f'<arg evaluator="xml" expression="$ctx:{draw.noun}.{member}"/>'
        for member in members
    ]
    return _block(start, form, _block("args", *arguments))


def _call(draw: _Draw) -> str:
    if draw.chance(70):
        return _block("call", f'<endpoint key="Endpoint{draw.below(ENDPOINTS)}"/>')
    return _block("call", _block("endpoint", _http(draw)))


def _filter(draw: _Draw) -> str:
    other = _block("else", _step(draw)) if draw.chance(60) else ""
    if draw.chance(30):
        start = f'filter source="{draw.value()}" regex="{draw.one(_STATES)}.*"'
    else:
        start = f'filter xpath="{draw.condition()}"'
    return _block(start, _block("then", _step(draw)), other)


def _switch(draw: _Draw) -> str:
    cases = [_block(f'case regex="{state}"', _plain(draw)) for state in draw.some(_STATES, 2, 3)]
    return _block(f'switch source="{draw.value()}"', *cases, _block("default", _plain(draw)))


def _enrich(draw: _Draw) -> str:
    name = f"{draw.noun}.kept"
    return draw.one(
        [
            _block(
                "enrich",
                '<source type="body" clone="true"/>',
                f'<target type="property" property="{name}"/>',
            ),
            _block("enrich", f'<source type="property" property="{name}" clone="true"/>', '<target type="body"/>'),
            _block(
                "enrich",
                f'<source type="custom" xpath="json-eval($.{draw.noun}.{draw.one(_MEMBERS)})"/>',
                '<target type="property" property="taken"/>',
            ),
        ]
    )


def _sequence_call(draw: _Draw) -> str:
    return f'<sequence key="Sequence{SEQUENCES // 2 + draw.below(SEQUENCES // 2)}"/>'


def _template_call(draw: _Draw) -> str:
    number = draw.below(TEMPLATES)
    given = [
        f'<with-param name="{name}" value="{{{draw.value()}}}"/>'
        if draw.chance(30)
        else f'<with-param name="{name}" value="{draw.one(_STATES)}"/>'
        for name in _parameters(_Draw("template", number))
    ]
    return _block(f'call-template target="Template{number}"', *given)


def _plain(draw: _Draw) -> str:
    return draw.one([_log(draw), _property(draw), _header(draw)])


_STEPS: list[tuple[Callable[[_Draw], str], int]] = [
    (_property, 34),
    (_log, 22),
    (_header, 10),
    (_payload, 8),
    (_call, 7),
    (_filter, 6),
    (_enrich, 5),
    (_sequence_call, 3),
    (_switch, 3),
    (_template_call, 2),
]
_WEIGHTED = [made for made, weight in _STEPS for _ in range(weight)]


def _step(draw: _Draw) -> str:
    return _WEIGHTED[draw.below(len(_WEIGHTED))](draw)


def _steps(draw: _Draw, least: int, most: int) -> list[str]:
    return [_step(draw) for _ in range(least + draw.below(most - least + 1))]


def _fault(draw: _Draw) -> str:
    """What fault sequences do."""
    return "\n".join(
        [
            _block(
                'log level="custom" category="ERROR"',
                '<property name="code" expression="get-property(\'ERROR_CODE\')"/>',
                '<property name="message" expression="get-property(\'ERROR_MESSAGE\')"/>',
            ),
            '<property name="HTTP_SC" value="500" scope="axis2"/>',
            f'<sequence key="Sequence{SEQUENCES - 1}"/>' if draw.chance(50) else "<respond/>",
        ]
    )


# -- endpoints
def _limits(draw: _Draw) -> list[str]:
    return [
        _block(
            "timeout",
            f"<duration>{1000 * (1 + draw.below(60))}</duration>",
            "<responseAction>fault</responseAction>",
        ),
        _block(
            "suspendOnFailure",
            "<errorCodes>101503,101504,101505</errorCodes>",
            f"<initialDuration>{1000 * (1 + draw.below(9))}</initialDuration>",
            "<progressionFactor>2.0</progressionFactor>",
            "<maximumDuration>60000</maximumDuration>",
        ),
        _block(
            "markForSuspension",
            "<errorCodes>101504</errorCodes>",
            "<retriesBeforeSuspension>2</retriesBeforeSuspension>",
        ),
    ]


def _http(draw: _Draw) -> str:
    start = (
        f'http method="{draw.one(["get", "post", "put", "delete"])}" uri-template="http://127.0.0.1:9/'
        f'{draw.noun}s/{{uri.var.{draw.one(_MEMBERS)}}}/{draw.number}"'
    )
    return _block(start, *_limits(draw)[: 1 + draw.below(3)]) if draw.chance(60) else f"<{start}/>"


def _address(draw: _Draw) -> str:
    return _block(f'address uri="http://127.0.0.1:9/services/{draw.noun}{draw.number}"', *_limits(draw))


# -- files
def _comment(start: str) -> str:
    """What stands above the root element of nearly every second file."""
    draw = _Draw("comment", len(start) * 31 + sum(map(ord, start)))
    if not draw.chance(45):
        return ""
    about = f"{start.partition(' ')[0]} of the {draw.noun} service."
    kept = [
        f"  {draw.below(28) + 1:02}.{draw.below(12) + 1:02}.: the {draw.one(_MEMBERS)} of a {draw.noun} that is "
        f"{draw.one(_STATES)} is checked before it goes on"
        for _ in range(3 + draw.below(9))
    ]
    return "\n".join([f"<!-- {about}", "  Changes are agreed with those who run the back end.", *kept, "-->\n"])


def _file(start: str, *parts: str) -> str:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n' + _comment(start)
    return head + _block(start.replace(" ", f" {_NS} ", 1), *parts) + "\n"


def _api(number: int) -> str:
    draw = _Draw("api", number)
    resources = [
        _block(
            'resource methods="GET" uri-template="/answer"',
            _block(
                "inSequence",
                _block("enrich", '<source type="inline">{"answer": "first"}</source>', '<target type="body"/>'),
                "<respond/>",
            ),
        )
    ]
    for place in range(1 + (draw.below(2) if draw.chance(80) else 2 + draw.below(11))):
        resources.append(
            _block(
                f'resource methods="{draw.one(["GET", "POST", "PUT", "DELETE", "POST PUT"])}" '
                f'uri-template="/{draw.noun}s{place}/{{{draw.one(_MEMBERS)}}}"',
                _block("inSequence", *_steps(draw, 1, 6), "<respond/>"),
                _block("faultSequence", _fault(draw)) if draw.chance(40) else "",
            )
        )
    return _file(f'api name="Api{number}" context="/thousand/{number}"', *resources)


def _sequence(number: int) -> str:
    draw = _Draw("sequence", number)
    steps = _steps(draw, 1, 7) if draw.chance(88) else _steps(draw, 12, 40)
    if number >= SEQUENCES // 2:  # those that others call, so that none leads back to itself
        steps = [step for step in steps if "<sequence" not in step]
    note = f"<!-- {draw.noun} {draw.one(_STATES)}: what every channel has in common -->" if draw.chance(20) else ""
    return _file(f'sequence name="Sequence{number}"', note, *steps, _plain(draw))


def _proxy(number: int) -> str:
    draw = _Draw("proxy", number)
    return _file(
        f'proxy name="Proxy{number}" startOnLoad="true" transports="http https"',
        _block(
            "target",
            _block(
                "inSequence", *_steps(draw, 1, 6), _block("send", f'<endpoint key="Endpoint{draw.below(ENDPOINTS)}"/>')
            ),
            _block("outSequence", *_steps(draw, 0, 3), "<send/>"),
            _block("faultSequence", _fault(draw)) if draw.chance(60) else "",
        ),
    )


def _endpoint(number: int) -> str:
    draw = _Draw("endpoint", number)
    start = f'endpoint name="Endpoint{number}"'
    kind = draw.below(10)
    if kind < 6:
        return _file(start, _http(draw))
    if kind < 9:
        return _file(start, _address(draw))
    members = [_block(f'endpoint name="{number}-{each}"', _address(draw)) for each in range(2 + draw.below(2))]
    return _file(start, _block("failover", *members))


def _entry(number: int) -> str:
    draw = _Draw("entry", number)
    start = f'localEntry key="Entry{number}"'
    if draw.chance(50):
        rows = [f'<map from="{state}" to="{draw.one(_STATES)}"/>' for state in draw.some(_STATES, 2, 7)]
        return _file(start, _block(f'{draw.noun}Map xmlns=""', *rows))
    if draw.chance(50):
        members = ", ".join(f'"{name}": {draw.below(99)}' for name in draw.some(_MEMBERS, 2, 9))
        return _file(start, f"<![CDATA[{{{members}}}]]>")
    return _file(start, f"http://127.0.0.1:9/{draw.noun}s/{number}")


def _parameters(draw: _Draw) -> list[str]:
    return draw.some(_MEMBERS, 1, 6)


def _template(number: int) -> str:
    draw = _Draw("template", number)
    names = _parameters(draw)
    reads = [f'<property name="{draw.noun}.{name}" expression="$func:{name}" scope="default"/>' for name in names]
    steps = [step for step in _steps(draw, 2, 8) if "<call-template" not in step]
    return _file(
        f'template name="Template{number}"',
        *(f'<parameter name="{name}"/>' for name in names),
        _block("sequence", *reads, *steps),
    )


_KINDS: tuple[tuple[str, int, Callable[[int], str]], ...] = (
    ("api", APIS, _api),
    ("sequence", SEQUENCES, _sequence),
    ("proxy", PROXIES, _proxy),
    ("endpoint", ENDPOINTS, _endpoint),
    ("entry", ENTRIES, _entry),
    ("template", TEMPLATES, _template),
)


def write_thousand(folder: Path) -> None:
    """Write the project: a thousand files in one folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind, count, made in _KINDS:
        for number in range(count):
            (folder / f"{kind}{number}.xml").write_text(made(number))


def changed_answer(folder: Path, number: int, text: str) -> None:
    """Save one API of the thousand with another answer at /thousand/NUMBER/answer, the way editors do."""
    path = folder / f"api{number}.xml"
    before = path.read_text()
    start = before.index('{"answer": "') + len('{"answer": "')
    path.write_text(before[:start] + text + before[before.index('"', start) :])


def described(folder: Path) -> str:
    """How many files there are, and how large they are."""
    sizes = [file.stat().st_size for file in folder.iterdir()]
    return f"{len(sizes)} files, mean {statistics.mean(sizes):.0f}, median {statistics.median(sizes):.0f} bytes"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as written:
        write_thousand(Path(written))
        print(described(Path(written)))
