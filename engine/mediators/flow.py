"""Running mediators one after the other, and what happens when one of them fails."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from engine.errors import ErrorCode, MediationError
from engine.mediators.base import CONTINUE, STOP, Flow, Mediator, SyncMediator
from engine.message.context import MessageContext
from engine.message.fault import note_fault
from engine.message.payload import HEAVY, PARSING, READING
from engine.records import dataclass
from engine.source.document import Place

log = logging.getLogger("synflow.mediation")

Step = tuple[Mediator, Callable[[MessageContext], Flow] | None, int]


class MediatorList:
    """Mediators in their order: runs until one says STOP.

    The payload is read just before the first mediator that looks at it, so a flow that never looks never reads.
    Mediators that look at a long one do so in a thread.
    """

    __slots__ = ("_steps", "mediators", "name")

    def __init__(self, mediators: Sequence[Mediator], name: str = "") -> None:
        self.mediators = tuple(mediators)
        self.name = name
        self._steps: tuple[Step, ...] = tuple(
            (each, each.apply if isinstance(each, SyncMediator) else None, _care(each)) for each in mediators
        )

    def __len__(self) -> int:
        return len(self.mediators)

    @property
    def content_aware(self) -> bool:
        """Whether any mediator of the list looks at the payload."""
        return any(care for _, _, care in self._steps)

    async def run(self, message: MessageContext) -> Flow:
        """Run the list. A fault carries the position and place of the mediator it came from."""
        if message.trace is not None:
            traced: Flow = await message.trace.run(self, message)
            return traced
        mediator: Mediator | None = None
        try:
            for mediator, apply, care in self._steps:
                if care & message.payload.demands and await _prepared(message, care):
                    assert apply is not None
                    flow = await asyncio.to_thread(apply, message)
                else:
                    flow = await mediator.mediate(message) if apply is None else apply(message)
                if flow is STOP:
                    return STOP
        except MediationError as error:
            self.locate(error, mediator)
            raise
        except Exception as error:
            raise self.unexpected(error, mediator) from error
        return CONTINUE

    def locate(self, error: MediationError, mediator: Mediator | None) -> None:
        """Note on a passing error which step it came from."""
        if mediator is not None:
            error.at(f"[{self.mediators.index(mediator) + 1}] {mediator.label}", str(mediator.place))
        if self.name:
            error.at(self.name)

    def unexpected(self, error: Exception, mediator: Mediator | None) -> MediationError:
        """An exception that is no fault of the flow: logged with its traceback, turned into a fault."""
        label = mediator.label if mediator is not None else self.name
        fault = MediationError(f"{label} failed unexpectedly: {type(error).__name__}: {error}", code=ErrorCode.DEFAULT)
        self.locate(fault, mediator)
        log.exception("unexpected error in %s", fault.location, exc_info=error)
        return fault


EMPTY_LIST = MediatorList(())


def _care(mediator: Mediator) -> int:
    """Which demands of a payload this mediator meets: it looks for itself, in a thread, or has to have things ready."""
    if not mediator.content_aware:
        return 0
    if isinstance(mediator, SyncMediator):
        return READING | HEAVY
    return READING if mediator.looks_apart else READING | PARSING


async def _prepared(message: MessageContext, care: int) -> bool:
    """Read and parse what must be; whether the mediator is to run in a thread then."""
    await message.build()
    if care & PARSING & message.payload.demands:
        await asyncio.to_thread(message.payload.document)
    return bool(care & HEAVY & message.payload.demands)


async def attend(mediator: Mediator, message: MessageContext) -> Flow:
    """Run one mediator as a MediatorList does: what it looks at is ready, and what is long does not hold up others."""
    care = _care(mediator)
    if care & message.payload.demands and await _prepared(message, care):
        assert isinstance(mediator, SyncMediator)
        return await asyncio.to_thread(mediator.apply, message)
    return await mediator.mediate(message)


class NamedSequence:
    """A deployed sequence: its mediators and the sequence that takes over when one of them fails."""

    __slots__ = ("key", "mediators", "on_error")

    def __init__(self, key: str, mediators: MediatorList, on_error: str | None = None) -> None:
        self.key = key
        self.mediators = mediators
        self.on_error = on_error

    async def run(self, message: MessageContext) -> Flow:
        """Run the sequence; after its fault handler has run the interrupted flow is not resumed (STOP)."""
        if self.on_error is None:
            return await self.mediators.run(message)
        return await guarded(self.mediators, message, self.on_error, f"sequence {self.key}")


@dataclass(frozen=True, slots=True)
class TemplateParameter:
    """A declared parameter."""

    name: str
    mandatory: bool
    default: str | None


@dataclass(frozen=True, slots=True)
class SequenceTemplate:
    """A sequence that takes parameters."""

    name: str
    parameters: tuple[TemplateParameter, ...]
    mediators: MediatorList
    on_error: str | None
    place: Place

    async def run(self, message: MessageContext) -> Flow:
        """Run the body with the template's own fault handler, the inner one of the two a call may have."""
        if self.on_error is None:
            return await self.mediators.run(message)
        return await guarded(self.mediators, message, self.on_error, f"template {self.name}")


async def guarded(
    mediators: MediatorList | SequenceTemplate, message: MessageContext, on_error: str, owner: str
) -> Flow:
    """Run `mediators` with the sequence named `on_error` as fault handler."""
    try:
        return await mediators.run(message)
    except MediationError as error:
        if error.skips_handlers:
            raise
        handler = message.exchange.deployment.sequences.get(on_error)
        if handler is None:
            log.warning("onError handler : %s for %s cannot be found", on_error, owner)
            raise
        await run_fault_handler(handler, message, error, on_error)
        return STOP


async def run_fault_handler(
    handler: NamedSequence | MediatorList, message: MessageContext, error: MediationError, name: str
) -> None:
    """Give a failed message to its fault handler, with the ERROR_* properties set."""
    note_fault(message, error)
    log.warning(
        "Executing fault sequence mediator : %s (ERROR_CODE %s: %s at %s)",
        name,
        error.code,
        error.message.partition("\n")[0],
        error.location,
    )
    message.frames.clear()
    await handler.run(message)
