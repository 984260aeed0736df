"""Two texts compared word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from supportrules.report.parts import Role, Run, Text

# Texts that have less than this in common differ as a whole.
LEAST_LIKENESS = 0.3
# Words and signs; `09:00-17:00` is one word.
_WORDS = re.compile(r"\w+(?:[-:.]\w+)*|\W")


def compared(old: str, new: str) -> tuple[Text, Text]:
    """Two texts that differ, each with the words marked that the other does not have there."""
    blocks = list(_blocks(_WORDS.findall(old), _WORDS.findall(new)))
    alike = sum(len(before) for before, _, same in blocks if same)
    if 2 * alike < LEAST_LIKENESS * (len(old) + len(new)):
        return whole(old, "old"), whole(new, "new")
    before = [Run(text, "plain" if same else "old") for text, _, same in blocks if text]
    after = [Run(text, "plain" if same else "new") for _, text, same in blocks if text]
    return tuple(before), tuple(after)


def whole(text: str, role: Role) -> Text:
    """A text in one piece."""
    return (Run(text, role),) if text else ()


def _blocks(old: list[str], new: list[str]) -> Iterator[tuple[str, str, bool]]:
    """Stretches of both, and whether they are the same; a mere sign between two changes belongs to them."""
    before = after = ""
    opcodes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for number, (tag, i, j, k, n) in enumerate(opcodes):
        texts = "".join(old[i:j]), "".join(new[k:n])
        inside = 0 < number < len(opcodes) - 1
        if tag == "equal" and not (inside and not re.search(r"\w", texts[0])):
            if before or after:
                yield before, after, False
            yield *texts, True
            before = after = ""
        else:
            before, after = before + texts[0], after + texts[1]
    if before or after:
        yield before, after, False
