"""`<serviceDynamicLoadbalance>`: see dynamic_loadbalance."""

from __future__ import annotations

from engine.endpoints.base import endpoint
from engine.endpoints.dynamic_loadbalance import read_unavailable

endpoint("serviceDynamicLoadbalance")(read_unavailable)
