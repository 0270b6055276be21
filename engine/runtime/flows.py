"""Running the in, out and fault sequences of APIs, proxies and the main sequence."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from engine.artifacts.api import Api, Resource, SequenceRef
from engine.errors import ErrorCode, MediationError
from engine.mediators.base import CONTINUE, Flow
from engine.mediators.flow import MediatorList, NamedSequence, run_fault_handler
from engine.message.context import MessageContext, Properties
from engine.message.fault import release
from engine.runtime.properties import api_constants

log = logging.getLogger("synflow.mediation")

Runnable = MediatorList | NamedSequence
Steps = Callable[[MessageContext], Awaitable[Flow]]


class Flows:
    """The three sequences of one resource, proxy or main sequence, compiled into what a message runs."""

    __slots__ = ("_fault", "_in", "_in_missing", "_out", "label")

    def __init__(
        self,
        label: str,
        in_sequence: SequenceRef,
        out_sequence: SequenceRef,
        fault_sequence: SequenceRef,
        *,
        in_missing: str = "Specified sequence: {} cannot be found",
    ) -> None:
        self.label = label
        self._in = in_sequence
        self._out = out_sequence
        self._fault = fault_sequence
        self._in_missing = in_missing

    async def run_in(self, message: MessageContext) -> Flow:
        """The in sequence, without fault handling."""
        steps = self._in
        if steps is None:
            return CONTINUE
        return await self._resolved(steps, message, self._in_missing).run(message)

    async def run_out(self, message: MessageContext) -> None:
        """A reply that came for `send`, or a message that looped back: the out sequence, or straight to the client."""
        await self.guarded(message, self._run_out)

    async def _run_out(self, message: MessageContext) -> Flow:
        message.is_response = True
        message.to = None
        api = message.exchange.api
        if isinstance(api, Api) and api.handlers:
            for handler in reversed(api.handlers):
                if not await handler.handle_response(message):
                    return CONTINUE
        if self._out is None:
            await message.exchange.answer(message)
            return CONTINUE
        return await self._resolved(self._out, message, "Specified sequence: {} cannot be found").run(message)

    async def guarded(self, message: MessageContext, steps: Steps) -> None:
        """Run `steps` with the fault sequence of this flow, then the deployed `fault`, as handlers.

        When there is none, or the last one fails too, the client is told.
        """
        try:
            await steps(message)
        except MediationError as error:
            self._locate(error)
            try:
                await self._handle(message, error)
            finally:
                release(error)
                noted = message.properties.get("ERROR_EXCEPTION")
                if noted is not error and isinstance(noted, BaseException):
                    release(noted)

    async def _handle(self, message: MessageContext, error: MediationError) -> None:
        for name, handler in () if error.skips_handlers else self._handlers(message):
            try:
                await run_fault_handler(handler, message, error, name)
            except MediationError as again:
                self._locate(again)
                release(error)
                error = again
            else:
                # Where the flow had a reply already, the reference engine leaves the client waiting for ever.
                if message.replied and not message.exchange.answered:
                    break
                return
        try:
            await message.exchange.fail(message, error)
        finally:
            release(error)

    def _locate(self, error: MediationError) -> None:
        """Put this flow at the front of the way to the fault; sequences written in place already name it."""
        if not error.path or not error.path[-1].startswith(self.label):
            error.at(self.label)

    def _handlers(self, message: MessageContext) -> list[tuple[str, Runnable]]:
        sequences = message.exchange.deployment.sequences
        handlers: list[tuple[str, Runnable]] = []
        own = self._fault
        if isinstance(own, MediatorList):
            # An empty one deals with nothing: the client is told of the fault instead of getting 202.
            if own.mediators:
                handlers.append((f"{self.label} > faultSequence", own))
        elif own is not None:
            found = sequences.get(own)
            if found is None:
                log.warning(
                    "fault sequence %s of %s cannot be found; the fault sequence of the deployment runs",
                    own,
                    self.label,
                )
            else:
                handlers.append((own, found))
        deployed = sequences.get("fault")
        if deployed is not None and own != "fault":
            handlers.append(("fault", deployed))
        return handlers

    def _resolved(self, steps: MediatorList | str, message: MessageContext, missing: str) -> Runnable:
        if isinstance(steps, MediatorList):
            return steps
        found: Runnable | None = message.exchange.deployment.sequences.get(steps)
        if found is None:
            raise MediationError(missing.format(steps), code=ErrorCode.DEFAULT)
        return found


class ApiRoute(Flows):
    """What a request of one resource runs."""

    __slots__ = ("api_label", "constants", "log_prefix")

    def __init__(self, api: Api, resource: Resource) -> None:
        super().__init__(resource.label, resource.in_sequence, resource.out_sequence, resource.fault_sequence)
        self.api_label = f"api {api.name}"
        self.log_prefix = f"{{api:{api.name}}} "
        self.constants: Properties = api_constants(api, resource)
