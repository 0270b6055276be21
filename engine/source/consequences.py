"""What follows when an attribute or a child is not seen, in the user's words: told where one is misspelt."""

from __future__ import annotations

_ATTRIBUTES = {
    ("resource", "methods"): "the resource takes every method",
    ("resource", "uri-template"): "the resource becomes the default one and takes every path of the API",
    ("resource", "url-mapping"): "the resource becomes the default one and takes every path of the API",
    ("resource", "inSequence"): "requests get 202 with an empty body and are lost",
    (
        "property",
        "scope",
    ): "the property goes to scope default, where the engine does not look for HTTP_SC, messageType or headers",
    ("property", "type"): "the value stays a text",
    ("property", "action"): "the property is set, not removed",
    ("property", "pattern"): "the value is taken whole",
    ("variable", "type"): "the value keeps the type it has",
    ("header", "scope"): "it is a SOAP header, not an HTTP header",
    ("header", "action"): "the header is set, not removed",
    ("log", "level"): "the level is simple",
    ("log", "category"): "the category is INFO",
    ("log", "separator"): "the separator is a comma",
    ("payloadFactory", "media-type"): "the format is taken as XML",
    ("payloadFactory", "template-type"): "the format is no FreeMarker template",
    ("arg", "evaluator"): "the expression is read as XPath",
    ("arg", "literal"): "values that look like JSON or XML are converted",
    ("source", "type"): "the type is custom, which needs an xpath",
    ("target", "type"): "the type is custom, which needs an xpath",
    ("target", "action"): "the action is replace",
    ("source", "clone"): "the source is copied",
    ("target", "faultSequence"): "faults go to the fault sequence of the engine",
    ("target", "inSequence"): "requests go to the endpoint as they are",
    ("target", "outSequence"): "replies go back as they are",
    ("target", "endpoint"): "nothing is sent on to the back end",
    ("sequence", "onError"): "faults go to the handler of the caller",
    ("template", "onError"): "faults go to the handler of the caller",
    ("call-template", "onError"): "faults go to the handler of the caller",
    ("parameter", "isMandatory"): "the parameter may be left out",
    ("parameter", "defaultValue"): "the parameter is empty where it is left out",
    ("http", "method"): "the method of the request is used, and the rest of its path is appended to the address",
    ("address", "format"): "the message leaves in the format it has",
    ("address", "optimize"): "attachments are not optimized",
    ("call", "blocking"): "the call does not block",
    ("send", "receive"): "replies go to the out-sequence",
    ("endpoint", "name"): "the endpoint has no name, and its state is lost when the file is deployed again",
    ("failover", "dynamic"): "the endpoint goes back to the first child as soon as it can",
    ("loadbalance", "algorithm"): "the children take turns",
    ("loadbalance", "failover"): "a failed message goes to the next child",
    ("proxy", "transports"): "the service is offered on every transport",
    ("proxy", "startOnLoad"): "the service starts",
    ("trigger", "interval"): "the task runs once, at the start",
    ("trigger", "count"): "the task runs for ever",
    ("trigger", "cron"): "the task runs once, at the start",
    ("task", "class"): "the message injector is used",
    ("messageStore", "class"): "messages are kept in memory and lost when the engine stops",
    ("messageProcessor", "targetEndpoint"): "each delivery fails, and the processor stops",
    ("iterate", "continueParent"): "the flow stops behind it",
    ("clone", "continueParent"): "the flow stops behind it",
    ("inboundEndpoint", "onError"): "faults go to the fault sequence of the engine",
    ("inboundEndpoint", "suspend"): "the endpoint starts",
}
_CHILDREN = {
    ("api", "resource"): "that resource does not exist: its requests get 404",
    ("resource", "inSequence"): "requests get 202 with an empty body and are lost",
    ("resource", "outSequence"): "replies go back as they are",
    ("resource", "faultSequence"): "faults go to the fault sequence of the engine",
    ("target", "inSequence"): "requests go to the endpoint as they are",
    ("target", "outSequence"): "replies go back as they are",
    ("target", "faultSequence"): "faults go to the fault sequence of the engine",
    ("target", "endpoint"): "nothing is sent on to the back end",
    ("filter", "else"): "nothing happens where the condition does not hold",
    ("switch", "case"): "that case does not exist: its messages take the default",
    ("switch", "default"): "nothing happens where no case matches",
    ("payloadFactory", "args"): "$1 and the others stay in the payload as they are written",
    ("args", "arg"): "the arguments behind it move up by one",
    ("call", "endpoint"): "the message goes to its To address",
    ("send", "endpoint"): "the message goes to its To address",
    ("call-template", "with-param"): "the template does not get the parameter",
    ("template", "parameter"): "the template has no such parameter",
    ("log", "message"): "the log line lacks it",
    ("log", "property"): "the log line lacks it",
    ("timeout", "duration"): "the endpoint has no time limit of its own",
    ("timeout", "responseAction"): "a reply that is too late runs no fault sequence",
    ("suspendOnFailure", "errorCodes"): "every transport error suspends the endpoint",
    ("suspendOnFailure", "initialDuration"): "the endpoint is suspended for 30 seconds",
    ("suspendOnFailure", "progressionFactor"): "the pause does not grow",
    ("suspendOnFailure", "maximumDuration"): "there is no longest pause",
    ("markForSuspension", "errorCodes"): "time-outs and closed connections count",
    ("markForSuspension", "retriesBeforeSuspension"): "the first failure suspends the endpoint",
    ("retryConfig", "disabledErrorCodes"): "every error is tried again",
    ("failover", "endpoint"): "there is one endpoint less to turn to",
    ("loadbalance", "endpoint"): "there is one endpoint less to share the load",
    ("recipientlist", "endpoint"): "there is one recipient less",
    ("task", "trigger"): "the task runs once, at the start",
    ("task", "property"): "the task does not get it",
    ("messageStore", "parameter"): "its default counts",
    ("messageProcessor", "parameter"): "its default counts",
    ("parameters", "parameter"): "its default counts",
}
for _name in ("address", "http", "wsdl", "default"):
    _CHILDREN[(_name, "timeout")] = "the endpoint has no time limit of its own"
    _CHILDREN[(_name, "suspendOnFailure")] = "any transport error suspends the endpoint for 30 seconds"
    _CHILDREN[(_name, "markForSuspension")] = "time-outs and closed connections suspend the endpoint at once"
    _CHILDREN[(_name, "retryConfig")] = "every error is tried again"
    _CHILDREN[(_name, "authentication")] = "requests go out without credentials"


def without_attribute(tag: str, name: str) -> str:
    """What follows when `<tag>` has no attribute `name`, "" when nothing is known."""
    return _ATTRIBUTES.get((tag, name), "")


def without_child(tag: str, name: str) -> str:
    """What follows when `<tag>` has no child `<name>`, "" when nothing is known."""
    return _CHILDREN.get((tag, name), "")
