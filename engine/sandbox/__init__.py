"""Embedded stand-ins of services that flows talk to; imported only when one of them is asked for."""
