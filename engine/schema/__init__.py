"""Shapes of elements: attributes, children and values written down once, checked for everybody by one mechanism."""

from engine.schema.check import check
from engine.schema.shape import Child, Shape, many, one
from engine.schema.values import Kind, Spot, ValueSpec, check_value

__all__ = ["Child", "Kind", "Shape", "Spot", "ValueSpec", "check", "check_value", "many", "one"]
