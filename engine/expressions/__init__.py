"""The languages flows are written in: JSONPath, XPath, Synapse expressions. Pure: no loop, no network."""
