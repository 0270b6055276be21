"""synflow: runs WSO2 Micro Integrator / Apache Synapse XML definitions unchanged.

The names below are what code outside this package may use: to run an engine, and to write mediators, connectors,
builders and formatters. They are imported when they are first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.app import Engine as Engine
    from engine.errors import MediationError as MediationError
    from engine.errors import PayloadError as PayloadError
    from engine.errors import SynflowError as SynflowError
    from engine.mediators.base import CONTINUE as CONTINUE
    from engine.mediators.base import STOP as STOP
    from engine.mediators.base import Flow as Flow
    from engine.mediators.base import Mediator as Mediator
    from engine.mediators.base import SyncMediator as SyncMediator
    from engine.mediators.base import attribute as attribute
    from engine.mediators.base import mediator as mediator
    from engine.mediators.connector import Connection as Connection
    from engine.mediators.connector import Operation as Operation
    from engine.mediators.connector import Result as Result
    from engine.mediators.connector import connection as connection
    from engine.mediators.connector import operation as operation
    from engine.mediators.connector import parameter as parameter
    from engine.message.context import MessageContext as MessageContext
    from engine.settings import Settings as Settings
    from engine.settings import load_settings as load_settings

_HOMES = {
    "CONTINUE": "engine.mediators.base",
    "STOP": "engine.mediators.base",
    "Connection": "engine.mediators.connector",
    "Engine": "engine.app",
    "Flow": "engine.mediators.base",
    "MediationError": "engine.errors",
    "Mediator": "engine.mediators.base",
    "MessageContext": "engine.message.context",
    "Operation": "engine.mediators.connector",
    "PayloadError": "engine.errors",
    "Result": "engine.mediators.connector",
    "Settings": "engine.settings",
    "SyncMediator": "engine.mediators.base",
    "SynflowError": "engine.errors",
    "attribute": "engine.mediators.base",
    "connection": "engine.mediators.connector",
    "load_settings": "engine.settings",
    "mediator": "engine.mediators.base",
    "operation": "engine.mediators.connector",
    "parameter": "engine.mediators.connector",
}

__all__ = [
    "CONTINUE",
    "STOP",
    "Connection",
    "Engine",
    "Flow",
    "MediationError",
    "Mediator",
    "MessageContext",
    "Operation",
    "PayloadError",
    "Result",
    "Settings",
    "SyncMediator",
    "SynflowError",
    "attribute",
    "connection",
    "load_settings",
    "mediator",
    "operation",
    "parameter",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'engine' has no attribute {name!r}")
    return getattr(import_module(home), name)
