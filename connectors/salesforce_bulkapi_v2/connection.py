"""The connection to one Salesforce org."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from engine.mediators.connector import Connection, connection, parameter
from engine.source.node import Node

API = "/services/data/v57.0/jobs"
"""Where jobs live below the instance URL; the version is the reference connector's."""


@connection("salesforce_bulkapi_v2")
class SalesforceConnection(Connection):
    """`<salesforce_bulkapi_v2.init>`: an org, and how to get in."""

    instance_url: str = parameter(
        "instanceUrl", "the org's URL, such as https://my.example.salesforce.com", required=True
    )
    client_id: str | None = parameter("clientId", "consumer key of the connected app", default=None)
    client_secret: str | None = parameter(
        "clientSecret", "consumer secret of the connected app", default=None, secret=True
    )
    refresh_token: str | None = parameter(
        "refreshToken", "gets a new access token when the old one has expired", default=None, secret=True
    )
    access_token: str | None = parameter(
        "accessToken",
        "used until Salesforce refuses it; not needed when the other three are given",
        default=None,
        secret=True,
    )
    display_name: str | None = parameter("name", "name of the connection", default=None)
    connection_type: str | None = parameter("connectionType", "always init", default=None, ignored=True)

    @classmethod
    def check(cls, node: Node, constants: Mapping[str, Any], given: frozenset[str]) -> None:
        """A URL that is none, and a connection that can never get in, are told when it is deployed."""
        url = constants.get("instance_url")
        if url is not None:
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                where = node.element.find("{*}instanceUrl")
                node.error(
                    "SYN087",
                    f"instanceUrl is {url!r}, which is no http or https URL",
                    place=None if where is None else node.document.place(where),
                    hint="for example https://my.example.salesforce.com",
                )
        if "access_token" not in given and not {"client_id", "client_secret", "refresh_token"} <= given:
            node.warning(
                "SYN088",
                "the connection has no accessToken, and not all of clientId, clientSecret and "
                "refreshToken to get one; every call faults",
            )

    @property
    def base(self) -> str:
        """The instance URL without a slash at its end."""
        return self.instance_url.rstrip("/")

    @property
    def renewable(self) -> bool:
        """Whether a new access token can be had."""
        return bool(self.client_id and self.client_secret and self.refresh_token)

    @property
    def identity(self) -> tuple[object, ...]:
        """What two connections that may share a token have in common: everything but their names."""
        return tuple(
            getattr(self, each.name)
            for each in dataclasses.fields(self)
            if each.name not in ("display_name", "connection_type")
        )
