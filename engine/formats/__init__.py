"""Builders and formatters by content type, and the service that picks the right one."""

from engine.formats.service import Formats

__all__ = ["Formats"]
