"""The `${...}` language of MI 4.4 and later: parsed and checked when deployed, evaluated per message."""
