"""Call-template mediator: runs a sequence template with parameters."""

from __future__ import annotations

from engine.build import Build, Given
from engine.errors import ErrorCode, MediationError
from engine.expressions import Value
from engine.mediators.base import Flow, Mediator, mediator
from engine.mediators.flow import SequenceTemplate, guarded
from engine.message.context import MessageContext, TemplateFrame
from engine.source.node import Node


@mediator("call-template")
class CallTemplate(Mediator):
    """Run the template called `target`; parameters are evaluated before it starts, `{{...}}` ones inside it."""

    target: str
    parameters: tuple[tuple[str, Value], ...] = ()
    on_error: str | None = None

    @property
    def label(self) -> str:
        return f"call-template {self.target}"

    @property
    def content_aware(self) -> bool:
        return any(value.content_aware for _, value in self.parameters)

    async def mediate(self, message: MessageContext) -> Flow:
        template: SequenceTemplate | None = message.exchange.deployment.templates.get(self.target)
        if template is None:
            raise MediationError(f"Sequence template {self.target} cannot be found")
        message.frames.append(TemplateFrame(self.target, self._bind(message, template)))
        depth = len(message.frames)
        try:
            if self.on_error is not None:
                return await guarded(template, message, self.on_error, f"call-template {self.target}")
            return await template.run(message)
        finally:
            del message.frames[depth - 1 :]

    def _bind(self, message: MessageContext, template: SequenceTemplate) -> dict[str, object]:
        given = {name: _evaluate(message, value) for name, value in self.parameters}
        bound: dict[str, object] = {}
        for parameter in template.parameters:
            if parameter.name in given:
                value = given[parameter.name]
                if value is not None:
                    bound[parameter.name] = value
            elif parameter.mandatory:
                text = (
                    f"Neither a value nor default value is provided for mandatory parameter: {parameter.name} "
                    f"in seq-template {template.name}"
                )
                message.properties["ERROR_CODE"] = int(ErrorCode.TEMPLATE_PARAMETER_MISSING)
                message.properties["ERROR_MESSAGE"] = text  # set here, so ERROR_DETAIL stays unset, as there
                raise MediationError(text, code=ErrorCode.TEMPLATE_PARAMETER_MISSING)
            elif parameter.default is not None:
                bound[parameter.name] = parameter.default
        return bound

    @classmethod
    def from_element(cls, node: Node, build: Build) -> CallTemplate | None:
        target = node.attribute("target", required=True)
        on_error = node.attribute("onError")
        if on_error is not None:
            build.refer("sequence", on_error, node, "onError")
        parameters = []
        given: list[Given] = []
        for child in node.children("with-param"):
            name = child.attribute("name", required=child.element.get("name") is not None)
            if child.element.get("name") is None:
                child.warning(
                    "SYN020", "this <with-param> has no name, so its value goes nowhere", hint='add name="..."'
                )
            if name is not None:
                if any(one.name == name for one in given):
                    child.warning(
                        "SYN026",
                        f"the parameter {name!r} is given already; the last one counts",
                        attribute="name",
                        hint="remove one of them",
                    )
                given.append(Given(name, child.document.spot(child.element, "name")))
            value = build.value(child, "value", required=True, empty_ok=True)
            child.finish()
            if name is not None and value is not None:
                parameters.append((name, value))
        node.finish()
        if target is not None:
            build.refer("template", target, node, "target", given=tuple(given))
        return (
            None
            if target is None
            else cls(place=build.place(node), target=target, parameters=tuple(parameters), on_error=on_error)
        )


def _evaluate(message: MessageContext, value: Value) -> object | None:
    """A `{{...}}` parameter is handed over as it is and evaluated where it is read, on the message as it is then."""
    return value if value.deferred else value.object(message)
