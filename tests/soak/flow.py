"""The flow of the soak: one resource for each way a request can go."""

from __future__ import annotations

NS = 'xmlns="http://ws.apache.org/ns/synapse"'
NO_SUSPENSION = (
    "<suspendOnFailure><errorCodes>-1</errorCodes></suspendOnFailure>"
    "<markForSuspension><errorCodes>-1</errorCodes></markForSuspension>"
)


def _endpoint(url: str, duration: int) -> str:
    return (
        f'<call><endpoint><address uri="{url}"><timeout><duration>{duration}</duration>'
        f"<responseAction>fault</responseAction></timeout>{NO_SUSPENSION}</address></endpoint></call><respond/>"
    )


def _resource(name: str, mediators: str) -> str:
    return (
        f'<resource methods="POST" uri-template="/{name}"><inSequence>{mediators}</inSequence>'
        '<faultSequence><payloadFactory media-type="json"><format>{"code":"$1"}</format>'
        '<args><arg expression="$ctx:ERROR_CODE"/></args></payloadFactory>'
        '<property name="HTTP_SC" value="502" scope="axis2"/><respond/></faultSequence></resource>'
    )


def soak_api(back_end: int, dead: int, timeout: int = 100) -> str:
    """The file to deploy; `timeout` in milliseconds is how long the silent back end is waited for."""
    base = f"http://127.0.0.1:{back_end}"
    keep = '<enrich><source type="body" clone="true"/><target type="property" property="kept"/></enrich>'
    made = (
        '<property name="id" expression="json-eval($.id)"/>'
        '<payloadFactory media-type="json"><format>{"id":$1,"seen":true}'
        '</format><args><arg expression="$ctx:id"/></args></payloadFactory>'
    )
    resources = [
        _resource("good", made + _endpoint(f"{base}/echo", 30000)),
        _resource("spilled", keep + _endpoint(f"{base}/echo", 30000)),
        _resource(
            "faulted",
            '<property name="id" expression="json-eval($.id)"/><throwError type="SOAK" errorMessage="asked for"/>',
        ),
        _resource("silent", _endpoint(f"{base}/silent", timeout)),
        _resource("waiting", _endpoint(f"{base}/silent", 1000)),
        _resource("half", _endpoint(f"{base}/half", 30000)),
        _resource("dead", _endpoint(f"http://127.0.0.1:{dead}/", 30000)),
    ]
    return f'<api {NS} name="soak" context="/soak">{"".join(resources)}</api>'
