"""The SOAP login of clients that know a user and a password only."""

from __future__ import annotations

from xml.sax.saxutils import escape

from lxml import etree
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.sandbox.salesforce.org import ORGANISATION_ID, USER_ID
from engine.sandbox.salesforce.routes.oauth import instance_url
from engine.sandbox.salesforce.web import org_of, read_bounded

_LIMIT = 1 << 16
_XML = "text/xml;charset=UTF-8"
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns="urn:partner.soap.sforce.com" xmlns:sf="urn:fault.partner.soap.sforce.com">'
    "<soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
)


async def login(request: Request) -> Response:
    """POST of a login call: a session id, or a SOAP fault INVALID_LOGIN."""
    org = org_of(request)
    username, password = _credentials(await read_bounded(request, _LIMIT))
    if not org.tokens.password_fits(username, password):
        text = "Invalid username, password, security token; or user locked out."
        fault = (
            "<soapenv:Fault><faultcode>sf:INVALID_LOGIN</faultcode>"
            f"<faultstring>INVALID_LOGIN: {text}</faultstring><detail><sf:LoginFault>"
            f"<sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode><sf:exceptionMessage>{text}</sf:exceptionMessage>"
            "</sf:LoginFault></detail></soapenv:Fault>"
        )
        return Response(_ENVELOPE.format(body=fault), 500, media_type=_XML)
    url = escape(f"{instance_url(request)}/services/Soap/u/{request.path_params['version']}/{ORGANISATION_ID[:15]}")
    name = escape(org.settings.username)
    body = (
        f"<loginResponse><result><passwordExpired>false</passwordExpired><sandbox>true</sandbox>"
        f"<serverUrl>{url}</serverUrl><sessionId>{org.tokens.issue()}</sessionId><userId>{USER_ID}</userId>"
        f"<userInfo><organizationId>{ORGANISATION_ID}</organizationId><organizationName>Sandbox</organizationName>"
        f"<sessionSecondsValid>{int(org.settings.access_token_lifetime)}</sessionSecondsValid>"
        f"<userEmail>{name}</userEmail><userFullName>Demo User</userFullName><userId>{USER_ID}</userId>"
        f"<userName>{name}</userName></userInfo></result></loginResponse>"
    )
    return Response(_ENVELOPE.format(body=body), media_type=_XML)


def _credentials(body: bytes) -> tuple[str, str]:
    """User and password of a login envelope, empty when it is none."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError:
        return "", ""
    found = {
        etree.QName(element).localname: (element.text or "").strip()
        for element in root.iter()
        if isinstance(element.tag, str)
    }
    return found.get("username", ""), found.get("password", "")


def routes() -> list[Route]:
    """The path of the partner API's login."""
    return [Route("/services/Soap/u/{version}", login, methods=["POST"])]
