"""Open items by what a movement may say of them, so that not each is held against each.

What is found here is looked at; what is not found says nothing of itself but its day. Pure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field

_KEY = 6
"""The last signs of a run, by which it is looked up: numbers of a series begin alike. What is sought
inside others has that many at least."""


@dataclass(slots=True)
class Sought:
    """Names of things by words and by runs of signs."""

    _words: dict[Hashable, list[str]] = field(default_factory=lambda: defaultdict(list))
    _runs: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _cut: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(
        self, name: str, *, words: Iterable[Hashable], runs: Iterable[str], cut: Iterable[str]
    ) -> None:
        """`words` are met whole, `runs` inside others, `cut` by a last word of four signs or more
        that they begin with.
        """
        for word in words:
            self._words[word].append(name)
        for run in runs:
            if len(run) >= _KEY:
                self._runs[run[-_KEY:]].append(name)
        for word in cut:
            self._cut[word[:4]].append(name)

    def met(self, words: Iterable[Hashable], run: str, last: str) -> Iterator[str]:
        """The names that these words, this run or this last word may mean; some more than once."""
        for word in words:
            yield from self._words.get(word, ())
        for at in range(len(run) - _KEY + 1):
            yield from self._runs.get(run[at : at + _KEY], ())
        if len(last) >= 4:
            yield from self._cut.get(last[:4], ())
