"""The `${...}` language of MI 4.4 and later: parsed and checked when deployed, evaluated per message."""

from engine.expressions.synapse.errors import EvaluationError, EvaluationFault, SynapseSyntaxError
from engine.expressions.synapse.expression import SynapseExpression, compile_expression
from engine.expressions.synapse.parser import parse
from engine.expressions.synapse.scope import Scope

__all__ = [
    "EvaluationError",
    "EvaluationFault",
    "Scope",
    "SynapseExpression",
    "SynapseSyntaxError",
    "compile_expression",
    "parse",
]
