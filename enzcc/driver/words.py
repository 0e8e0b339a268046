"""The words of a command line: response files in, response files out."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_DEEPEST = 20  # response files within response files; clang itself refuses a cycle


def expand(words: Sequence[str], depth: int = 0) -> list[str]:
    """The words with each `@file` replaced by the words in that file, as clang reads them.

    A file that cannot be read stays a word, so that clang can say so.
    """
    expanded: list[str] = []
    for word in words:
        if len(word) < 2 or word[0] != "@" or depth == _DEEPEST:
            expanded.append(word)
            continue
        try:
            with open(word[1:], encoding="utf-8-sig", errors="surrogateescape") as file:
                text = file.read()
        except OSError:
            expanded.append(word)
            continue
        expanded += expand(split(text), depth + 1)
    return expanded


def split(text: str) -> list[str]:
    r"""Split as clang splits a response file: blanks part words, "" and '' and \ quote."""
    words: list[str] = []
    word: list[str] | None = None
    quote = ""
    characters = iter(text)
    for character in characters:
        if character == "\\":
            word = [] if word is None else word
            word.append(next(characters, ""))
        elif quote:
            assert word is not None
            if character == quote:
                quote = ""
            else:
                word.append(character)
        elif character in "'\"":
            quote = character
            word = [] if word is None else word
        elif character in " \t\r\n":
            if word is not None:
                words.append("".join(word))
            word = None
        else:
            word = [] if word is None else word
            word.append(character)
    if word is not None:
        words.append("".join(word))
    return words


def join(words: Sequence[str]) -> str:
    """The text of a response file that `split` reads back as these words."""
    return "".join('"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"\n' for word in words)
