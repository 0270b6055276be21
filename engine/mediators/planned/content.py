"""Message stores."""

from __future__ import annotations

from engine.schema import Shape
from engine.schema.words import key, reference

SHAPES = {
    "store": Shape((key("messageStore", "messageStore", required=True), reference("sequence", "sequence"))),
}
