"""Reading one element of an artifact: what is read is remembered, what is left over is reported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from engine.diagnostics import Problem, Problems, Severity
from engine.registry import nearest
from engine.source import leftovers
from engine.source.document import Document, Element, Place, line_of, local_name, namespace, split_tag

T = TypeVar("T")

COMMON_ATTRIBUTES = ("description", "statistics", "trace", "traceFilter")
"""Attributes that every mediator takes."""


class Node:
    """An element being read. Every question asked of it marks what it read; `finish` reports the rest.

    Questions never raise: a wrong answer becomes a located problem and the default comes back, so that one run
    finds every mistake of a file.
    """

    __slots__ = (
        "_children",
        "_content_ok",
        "_foreign_ok",
        "_text_between",
        "_text_read",
        "artifact",
        "attributes",
        "attributes_read",
        "children_asked",
        "children_read",
        "document",
        "element",
        "namespace",
        "problems",
        "tag",
    )

    def __init__(self, element: Element, document: Document, problems: Problems, artifact: str = "") -> None:
        self.element = element
        self.document = document
        self.problems = problems
        self.artifact = artifact
        self.namespace, self.tag = split_tag(element.tag)
        """Namespace and local name of the element, "" for none."""
        written: Any = element.items()
        self.attributes: dict[str, str] = dict(written)
        """The attributes as they are written; asking this marks nothing as read."""
        self.attributes_read: dict[str, None] = {}
        self.children_read: dict[Element, str] = {}
        self.children_asked: dict[str, None] = {}
        self._children: list[tuple[Element, str, bool]] = []
        """Each child element with its local name, and whether it is in the element's own namespace."""
        self._text_between = False
        self._text_read = False
        self._foreign_ok = False
        self._content_ok = False
        if len(element):
            self._list_children()

    # -- what it is
    @property
    def line(self) -> int:
        """Line of the element, cheap: that of its start tag's end."""
        return line_of(self.element)

    @property
    def place(self) -> Place:
        """Exact place of the element."""
        return self.document.place(self.element)

    @property
    def namespaces(self) -> dict[str, str]:
        """Prefixes in scope here, the default namespace left out (as expressions see them)."""
        return {prefix: uri for prefix, uri in self.element.nsmap.items() if prefix}

    # -- attributes
    def has(self, name: str) -> bool:
        """Whether the attribute is written, even empty; marks it as read."""
        return self._given(name) is not None

    def attribute(
        self,
        name: str,
        default: str | None = None,
        *,
        required: bool = False,
        empty_ok: bool = False,
        why: str = "",
    ) -> str | None:
        """The attribute's text, `default` when absent.

        `required`: absence is an error (SYN020). An empty one counts as absent unless `empty_ok`, and is reported
        (SYN021). `why` says in the user's words what follows.
        """
        value = self._given(name)
        if value is None:
            if required:
                self.error(
                    "SYN020",
                    f"the {name!r} attribute is required for <{self.tag}>{_tail(why)}",
                    hint=self._misspelt(name),
                )
            return default
        if not value.strip() and not empty_ok:
            if required:
                self.error("SYN021", f"the {name!r} attribute of <{self.tag}> is empty{_tail(why)}", attribute=name)
                return default
            self.warning(
                "SYN021",
                f"the {name!r} attribute of <{self.tag}> is empty, as if it were not there{_tail(why)}",
                attribute=name,
                hint=f"give it a value or remove {name}",
            )
            return default
        return value

    def choice(
        self,
        name: str,
        choices: Sequence[str],
        default: str,
        *,
        strict: bool = True,
        fold: bool = False,
        otherwise: str = "",
    ) -> str:
        """An attribute with a closed set of values. `fold`: letter case does not matter.

        A wrong value is an error when `strict` (the reference engine refuses it), else a warning whose text says what
        is taken instead (`otherwise`).
        """
        value = self._given(name)
        if value is None:
            return default
        return self.chosen(name, value, choices, default, strict=strict, fold=fold, otherwise=otherwise, attribute=name)

    def chosen(
        self,
        what: str,
        value: str,
        choices: Sequence[str],
        default: str,
        *,
        strict: bool = True,
        fold: bool = False,
        otherwise: str = "",
        attribute: str | None = None,
    ) -> str:
        """`value` when it is one of `choices`, else a problem on it and `default`."""
        if value in choices:
            return value
        if fold:
            for candidate in choices:
                if candidate.lower() == value.strip().lower():
                    return candidate
        near = nearest(value, choices)
        hint = f"did you mean {near!r}?" if near else "one of: " + ", ".join(choices)
        text = f"{what} of <{self.tag}> is {value!r}, which is none of {', '.join(choices)}"
        if strict:
            self.error("SYN022", text, attribute=attribute, hint=hint)
        else:
            self.warning("SYN022", text + _tail(otherwise or f"{default!r} is taken"), attribute=attribute, hint=hint)
        return default

    def flag(self, name: str, default: bool = False, *, otherwise: str = "") -> bool:
        """A true/false attribute, letter case free; other words count as false, with a warning (SYN024)."""
        value = self._given(name)
        if value is None:
            return default
        folded = value.strip().lower()
        if folded not in ("true", "false"):
            near = nearest(folded, ("true", "false"))
            self.warning(
                "SYN024",
                f"{name!r} of <{self.tag}> is {value!r}, neither true nor false"
                f"{_tail(otherwise or 'it counts as false')}",
                attribute=name,
                hint=f"did you mean {near!r}?" if near else "write true or false",
            )
        return folded == "true"

    def integer(
        self,
        name: str,
        default: int | None = None,
        *,
        minimum: int | None = None,
        maximum: int | None = None,
        strict: bool = True,
        otherwise: str = "",
    ) -> int | None:
        """A whole number attribute (SYN023 otherwise)."""
        value = self._given(name)
        if value is None:
            return default
        return self.whole_number(
            name, value, default, minimum=minimum, maximum=maximum, strict=strict, otherwise=otherwise, attribute=name
        )

    def whole_number(
        self,
        what: str,
        value: str,
        default: int | None = None,
        *,
        minimum: int | None = None,
        maximum: int | None = None,
        strict: bool = True,
        otherwise: str = "",
        attribute: str | None = None,
        strict_bounds: bool | None = None,
    ) -> int | None:
        """`value` as an int within the bounds, else a problem and `default`.

        `strict_bounds`: whether a number outside of the bounds is an error too (as `strict` says, if not given).
        """
        try:
            number = int(value.strip())
        except ValueError:
            number = None
        if number is not None and (minimum is None or number >= minimum) and (maximum is None or number <= maximum):
            return number
        bounds = f" of at least {minimum}" if minimum is not None else ""
        bounds += f" and at most {maximum}" if maximum is not None else ""
        text = f"{what} of <{self.tag}> must be a whole number{bounds}, not {value!r}{_tail(otherwise)}"
        if number is not None and strict_bounds is not None:
            strict = strict_bounds
        self.report(
            "SYN023",
            Severity.ERROR if strict else Severity.WARNING,
            text,
            attribute=attribute,
            hint="write digits only, without a unit" if number is None else "write a number that makes sense here",
        )
        return default

    # -- children
    def child(self, name: str, *, required: bool = False, why: str = "", after: Sequence[str] = ()) -> Node | None:
        """The first child called `name` in the element's own namespace; later ones are left to `finish`.

        `required`: absence is an error (SYN025), told behind the last of the children called `after`, if there is one.
        """
        self.children_asked[name] = None
        for element, local, ours in self._children:
            if ours and local == name:
                return self._take(element, name)
        if required:
            self.lacks_child(name, why=why, after=after)
        return None

    def lacks_child(
        self,
        name: str,
        *,
        why: str = "",
        message: str = "",
        after: Sequence[str] = (),
        code: str = "SYN025",
        severity: Severity = Severity.ERROR,
        hint: str = "",
    ) -> None:
        """Report a required child that is not there.

        It is told at the element that was meant to be it, else where it belongs: behind the last child called `after`.
        """
        meant = self._meant(name)
        place = None if meant is None else self.document.place(meant)
        if meant is None:
            before = [element for element in self.elements() if local_name(element) in after]
            place = self.document.end_place(before[-1]) if before else None
        self.report(
            code,
            severity,
            message or f"<{self.tag}> needs a <{name}> child{_tail(why)}",
            place=place,
            hint=self._misspelt_child(meant, name) if meant is not None else hint or f"add <{name}>",
        )

    def children(self, *names: str) -> list[Node]:
        """Children with one of these names (all elements when none is given) in the element's own namespace."""
        self.children_asked.update(dict.fromkeys(names))
        return [
            self._take(element, local)
            for element, local, ours in self._children
            if ours and (not names or local in names)
        ]

    def children_anywhere(self, name: str) -> list[Node]:
        """Children called `name` in whatever namespace."""
        return [self._take(element, name) for element, local, _ in self._children if local == name]

    def any_children(self) -> list[Node]:
        """Every child element whatever its namespace, all marked as read: for free content and mediator lists."""
        return [self._take(element, local) for element, local, _ in self._children]

    def child_text(self, name: str, default: str | None = None, *, required: bool = False) -> str | None:
        """Trimmed text of the child called `name`; an empty one counts as absent, which is said (SYN021)."""
        node = self.child(name, required=required)
        if node is None:
            return default
        text = node.text()
        node.finish()
        if not text:
            node.empty()
        return text if text else default

    def empty(self) -> None:
        """Report that the element is empty where a value was wanted, so that it counts as absent."""
        self.warning(
            "SYN021", f"<{self.tag}> is empty, as if it were not there", hint="write a value into it or remove it"
        )

    def text(self) -> str:
        """The element's own text, trimmed; marks text as wanted here."""
        self._text_read = True
        return self.raw_text().strip()

    def raw_text(self) -> str:
        """The element's direct text as written."""
        self._text_read = True
        parts = [self.element.text or ""]
        parts.extend(child.tail or "" for child in self.element)
        return "".join(parts)

    def accept_anything(self) -> None:
        """Free content: nothing inside is checked by `finish`."""
        self._foreign_ok = True

    def accept_content(self) -> None:
        """Free children and text; attributes are still checked by `finish`."""
        self._content_ok = True

    # -- problems
    def error(
        self, code: str, message: str, *, attribute: str | None = None, hint: str = "", place: Place | None = None
    ) -> None:
        """Report what keeps the artifact from being deployed."""
        self.report(code, Severity.ERROR, message, attribute=attribute, hint=hint, place=place)

    def warning(
        self, code: str, message: str, *, attribute: str | None = None, hint: str = "", place: Place | None = None
    ) -> None:
        """Report what the reference engine lets pass but which changes what the flow does."""
        self.report(code, Severity.WARNING, message, attribute=attribute, hint=hint, place=place)

    def info(self, code: str, message: str, *, attribute: str | None = None, hint: str = "") -> None:
        """Report something worth knowing that changes nothing."""
        self.report(code, Severity.INFO, message, attribute=attribute, hint=hint)

    def report(
        self,
        code: str,
        severity: Severity,
        message: str,
        *,
        attribute: str | None = None,
        hint: str = "",
        place: Place | None = None,
    ) -> None:
        """Add one problem at this element, or at one of its attributes."""
        where = place or self.document.place(self.element, attribute)
        self.problems.add(Problem(code, severity, message, where.file, where.line, where.column, self.artifact, hint))

    def finish(self, *extra_attributes: str, known_children: Iterable[str] = ()) -> None:
        """Report everything that nobody read: attributes, children, stray text."""
        if self._foreign_ok:
            return
        if self.attributes.keys() - self.attributes_read.keys():
            leftovers.report_attributes(self, (*COMMON_ATTRIBUTES, *extra_attributes))
        if self._content_ok:
            return
        if len(self.children_read) < len(self._children):
            leftovers.report_children(self, tuple(known_children))
        text = self.element.text
        if not self._text_read and (self._text_between or (text and not text.isspace())):
            leftovers.report_text(self)

    # -- the inside
    def elements(self) -> list[Element]:
        """All child elements, without marking them as read."""
        return [element for element, _, _ in self._children]

    def _list_children(self) -> None:
        own, listed = self.namespace, self._children
        for child in self.element:
            space, name = split_tag(child.tag)
            if name:  # comments and the like have none
                listed.append((child, name, space == own))
            tail = child.tail
            if tail and not tail.isspace():
                self._text_between = True

    def of(self, element: Element) -> Node:
        """Another element of the same file, to be read by itself."""
        return Node(element, self.document, self.problems, self.artifact)

    def _take(self, element: Element, name: str) -> Node:
        self.children_read[element] = name
        return self.of(element)

    def _given(self, name: str) -> str | None:
        """The attribute as it is written, None when it is not; marks it as read."""
        self.attributes_read[name] = None
        return self.attributes.get(name)

    def _misspelt(self, wanted: str) -> str:
        for name in self.element.attrib:
            if isinstance(name, str) and name not in self.attributes_read and nearest(name, [wanted]):
                return f"is {name!r} meant to be {wanted!r}?"
        return ""

    def _meant(self, wanted: str) -> Element | None:
        unread = [element for element in self.elements() if element not in self.children_read]
        for element in unread:
            if local_name(element) == wanted:
                return element
        return next((element for element in unread if nearest(local_name(element), [wanted])), None)

    def _misspelt_child(self, element: Element, wanted: str) -> str:
        if local_name(element) == wanted:
            return f"the <{wanted}> here is in namespace {namespace(element)!r}; it belongs in {self.namespace!r}"
        return f"is <{local_name(element)}> meant to be <{wanted}>?"


def _tail(text: str) -> str:
    return f"; {text}" if text else ""


def attempt(
    node: Node, code: str, action: Callable[[], T], *, attribute: str | None = None, hint: str = ""
) -> T | None:
    """Run `action`; a ValueError out of it becomes an error at `node`, and None comes back."""
    try:
        return action()
    except ValueError as error:
        node.error(code, str(error), attribute=attribute, hint=hint)
        return None
