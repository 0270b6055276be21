"""What an artifact is, and how the readers of root elements are registered."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.build import Build, find_component
from engine.diagnostics import Problem, Problems, Severity
from engine.records import dataclass
from engine.registry import Registry, nearest
from engine.source.document import SYNAPSE, Document, Place, local_name
from engine.source.node import Node


@dataclass(frozen=True, slots=True)
class Artifact:
    """One deployable thing: its kind (the root element), its name, and the compiled object."""

    kind: str
    name: str
    item: object
    place: Place


Reader = Callable[[Node, Build], Iterator[Artifact]]
READERS: Registry[Reader] = Registry("artifact kind")


def artifact(tag: str) -> Callable[[Reader], Reader]:
    """Register the function below as the reader of this root element."""

    def register(reader: Reader) -> Reader:
        READERS.add(tag, reader)
        return reader

    return register


def read_artifacts(document: Document, problems: Problems) -> tuple[list[Artifact], Build]:
    """Everything a file deploys. An artifact with an error of its own is left out; problems say why."""
    build = Build(document, problems)
    node = Node(document.root, document, problems, describe(document))
    if not namespace_fits(node):
        return [], build
    return read_root(node, build), build


def namespace_fits(node: Node) -> bool:
    """Whether the element of an artifact is in the right namespace; a problem when it is not."""
    if node.namespace == SYNAPSE or (not node.namespace and node.tag in _WITHOUT_NAMESPACE):
        return True
    where = f"in namespace {node.namespace!r}" if node.namespace else "in no namespace"
    hint = f'Synapse artifacts are in {SYNAPSE!r}: write xmlns="{SYNAPSE}"'
    if not node.namespace and node.tag in _LENIENT:
        node.warning(
            "SYN003",
            f"the element <{node.tag}> is {where}: the reference engine ignores what it holds, here it is read",
            hint=hint,
        )
        return True
    node.error("SYN003", f"the element <{node.tag}> is {where}, so nothing of it is deployed", hint=hint)
    return False


_WITHOUT_NAMESPACE = ("data", "connector", "component", "unit-test")
_LENIENT = ("localEntry", "messageStore", "messageProcessor", "inboundEndpoint")
"""Kinds that the reference engine deploys, with their defaults, even without a namespace."""


def read_root(node: Node, build: Build) -> list[Artifact]:
    """The artifacts of one root element (or one child of `definitions`)."""
    reader: Reader | None = find_component(READERS, "engine.artifacts", node.tag)
    if reader is None:
        near = nearest(node.tag, KINDS)
        node.error(
            "SYN002",
            f"<{node.tag}> is no kind of artifact",
            hint=f"did you mean <{near}>?" if near else "known kinds: " + ", ".join(KINDS),
        )
        return []
    before = len(build.problems.errors)
    found = list(reader(node, build))
    if node.tag == "definitions":  # each child was judged by itself: a broken one does not take the others with it
        return found
    return found if len(build.problems.errors) == before else []


KINDS = (
    "api",
    "sequence",
    "proxy",
    "endpoint",
    "localEntry",
    "template",
    "definitions",
    "task",
    "messageStore",
    "messageProcessor",
    "inboundEndpoint",
    "registry",
    "import",
    "data",
    "taskManager",
    "eventSource",
    "priorityExecutor",
    "connector",
    "component",
)


def describe(document: Document) -> str:
    """How problems call the artifact of a file: `api createjob`."""
    root = document.root
    name = root.get("name") or root.get("key") or ""
    return f"{local_name(root)} {name}".strip()


def problem_at(
    place: Place, code: str, severity: Severity, message: str, artifact_name: str, hint: str = ""
) -> Problem:
    """A problem at a place already known."""
    return Problem(code, severity, message, place.file, place.line, place.column, artifact_name, hint)
