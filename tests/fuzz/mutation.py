"""A small mutation loop for where atheris is not installed; inputs with a new outcome join the corpus."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from tests.fuzz.target import Target

LONGEST = 8192
_AWKWARD = (
    b"\0",
    b"\r",
    b"\n",
    b"\r\n",
    b"\xff",
    b"\xc3",
    b"\xef\xbb\xbf",
    b" ",
    b"\t",
    b"\\",
    b'"',
    b"'",
    b"%",
    b"-0",
)


class Corpus:
    """The inputs worth changing."""

    def __init__(self, target: Target, seed: int) -> None:
        self.random = random.Random(seed)
        self.tokens = target.tokens + _AWKWARD
        self.inputs = [path.read_bytes() for path in target.seeds]
        self.outcomes: set[str] = set()

    def next(self) -> bytes:
        """A changed input."""
        data = bytearray(self.random.choice(self.inputs))
        for _ in range(self.random.choice((1, 1, 1, 2, 3, 8))):
            self.random.choice(_CHANGES)(self, data)
        return bytes(data[:LONGEST])

    def keep(self, data: bytes, outcome: str) -> None:
        """Keep an input whose outcome nobody has seen."""
        if outcome not in self.outcomes:
            self.outcomes.add(outcome)
            self.inputs.append(data)

    def span(self, data: bytearray) -> tuple[int, int]:
        """A short stretch of the input."""
        start = self.random.randint(0, len(data))
        return start, min(len(data), start + self.random.choice((1, 1, 2, 4, 16, 64)))


def _flip(corpus: Corpus, data: bytearray) -> None:
    if data:
        data[corpus.random.randrange(len(data))] ^= 1 << corpus.random.randrange(8)


def _insert(corpus: Corpus, data: bytearray) -> None:
    at = corpus.random.randint(0, len(data))
    data[at:at] = corpus.random.choice(corpus.tokens)


def _replace(corpus: Corpus, data: bytearray) -> None:
    start, end = corpus.span(data)
    data[start:end] = corpus.random.choice(corpus.tokens)


def _delete(corpus: Corpus, data: bytearray) -> None:
    start, end = corpus.span(data)
    del data[start:end]


def _repeat(corpus: Corpus, data: bytearray) -> None:
    start, end = corpus.span(data)
    data[start:start] = data[start:end] * corpus.random.choice((1, 2, 10, 300))


def _splice(corpus: Corpus, data: bytearray) -> None:
    other = corpus.random.choice(corpus.inputs)
    data[corpus.random.randint(0, len(data)) :] = other[corpus.random.randint(0, len(other)) :]


def _cut(corpus: Corpus, data: bytearray) -> None:
    del data[corpus.random.randint(0, len(data)) :]


_CHANGES: tuple[Callable[[Corpus, bytearray], None], ...] = (_flip, _insert, _replace, _delete, _repeat, _splice, _cut)


def fuzz(target: Target, seconds: float, seed: int, found: Callable[[bytes, BaseException], None]) -> int:
    """Run changed inputs for a time; gives how many. Findings are handed over, each kind once."""
    corpus = Corpus(target, seed)
    known: set[str] = set()
    count = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        data = corpus.next()
        count += 1
        try:
            corpus.keep(data, target.checked(data))
        except Exception as error:
            kind = f"{type(error).__name__} {str(error)[:40]}"
            if kind not in known:
                known.add(kind)
                found(data, error)
    return count
