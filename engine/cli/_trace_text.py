"""A step trace as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Told = Mapping[str, Any]
LINES = 12
"""Lines shown of one payload or value."""


def trace_text(trace: Told) -> str:
    """The trace of one request: a line for each step, below it what the step did."""
    return "\n".join(_lines(trace)) + "\n"


def _lines(trace: Told) -> Iterator[str]:
    status = trace.get("status")
    yield (
        f"trace {trace['id']}  {trace['method']} {trace['target']}  "
        f"{'-> ' + str(status) if status is not None else 'not answered'}{_took(trace)}"
    )
    payload = trace.get("request", {}).get("payload")
    if payload is not None:
        yield from _value("received ", _payload(payload), "  ")
    yield from _steps(trace.get("steps", ()), "", list_name="")
    if not trace.get("steps"):
        yield "no mediator has run"
    for key, text in (("steps_left_out", "later steps are not in this trace"), ("incomplete", "")):
        if key in trace:
            yield f"{trace[key]} {text}".rstrip()
    if not trace.get("finished"):
        yield "the request still runs"
    fault = trace.get("fault")
    if fault is not None:
        yield f"{'handled' if fault.get('handled') else 'unhandled'} fault {_fault(fault)}"
        if fault.get("location"):
            yield f"  at {fault['location']}"


def _steps(steps: Any, indent: str, list_name: str) -> Iterator[str]:
    for step in steps:
        if step["in"] != list_name:
            list_name = step["in"]
            yield f"{indent}{list_name or '(unnamed)'}"
        yield from _step(step, indent + "  ")


def _step(step: Told, indent: str) -> Iterator[str]:
    mark = {"continue": " ", "stop": ".", "fault": "!"}.get(step["outcome"], "?")
    yield f"{indent}{mark}[{step['number']}] {step['name']}{_took(step)}  {step['place']}"
    below = indent + "     "
    for name, text in step.get("parameters", {}).items():
        yield from _value(f"{name}: ", text, below)
    for call in step.get("calls", ()):
        result = call.get("error") or call.get("status", "no answer yet")
        yield f"{below}-> {call['method']} {call['url']}  {result}{_took(call)}"
    for change in step.get("changes", ()):
        yield from _change(change, below)
    payload = step.get("payload")
    if payload is not None:
        yield from _value("payload was ", _payload(payload["before"]), below)
        yield from _value("payload now ", _payload(payload["after"]), below)
    if "fault" in step:
        yield from _value("fault ", _fault(step["fault"]), below)
    yield from _steps(step.get("steps", ()), below, list_name="")


def _change(change: Told, indent: str) -> Iterator[str]:
    name = change["name"] if change["scope"] == "default" else f"{change['scope']} {change['name']}"
    before, after = change.get("before"), change.get("after")
    if after is None:
        yield from _value(f"- {name} = ", before or "", indent)
    elif before is None:
        yield from _value(f"+ {name} = ", after, indent)
    else:
        yield from _value(f"~ {name} = ", f"{after}   (was {before})", indent)


def _payload(payload: Told) -> str:
    size = payload.get("size")
    length = "" if size is None else f", {size} bytes"
    head = payload["kind"] + (length or (", length unknown" if payload["kind"] == "unread" else ""))
    return f"({head}) {payload['text']}" if payload.get("text") else f"({head})"


def _fault(fault: Told) -> str:
    code = fault.get("code")
    detail = fault.get("detail")
    return f"{'' if code is None else f'{code}: '}{fault['message']}{f' ({detail})' if detail else ''}"


def _value(label: str, text: str, indent: str) -> Iterator[str]:
    lines = [_printable(line) for line in text.splitlines()] or [""]
    yield f"{indent}{label}{lines[0]}"
    for line in lines[1:LINES]:
        yield f"{indent}{' ' * len(label)}{line}"
    if len(lines) > LINES:
        yield f"{indent}{' ' * len(label)}… {len(lines) - LINES} more lines"


def _printable(line: str) -> str:
    """What a message holds must not steer a terminal."""
    return (
        line
        if line.isprintable()
        else "".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in line)
    )


def _took(told: Told) -> str:
    return f"  {told['took_ms']:.2f} ms" if "took_ms" in told else ""
