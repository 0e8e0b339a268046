"""What an object carries for the linker of derivatives: its IR, and how to compile it again.

Each unit is one record; `ld -r` puts the records of several objects behind each other.

    magic, length of the header (4 bytes), header (JSON), length of the IR (8 bytes), IR (zlib)
"""

from __future__ import annotations

import base64
import json
import struct
import zlib

from enzcc.driver.options import MECHANISMS, Means

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from enzcc.driver.command import Command

SECTION: Final = b".enzcc"
LTO_START: Final = b"ENZCC-IN-BITCODE:"
BITCODE: Final = (b"BC\xc0\xde", b"\xde\xc0\x17\x0b")
_MAGIC: Final = b"ENZCC-1\n"
# What the frontend has seen to, or names files of the call that compiles.
_WITHOUT: Final = frozenset(
    (
        *(Means.INPUT, Means.INPUTS, Means.OUTPUT, Means.DEPENDENCIES, Means.LINK, Means.LANGUAGE),
        *(Means.OBJECT, Means.ASSEMBLY, Means.EMIT_LLVM, Means.SAVE_TEMPS, Means.DUMPDIR),
    )
)
_OF_THE_SOURCE: Final = ("-D", "-U", "-I", "-L", "-i", "-std", "--std", "-W", "-fplugin")


class Carried:
    """One translation unit in an object.

    stem     the source's name without its directory and suffix
    cxx      enzcc++ compiled it
    words    options for the code generator
    wants    a marker is left in the object: its function is defined elsewhere
    marked   the unit calls markers, or registers or annotates functions
    opens    what its derivatives may need, and the unit does not finally define
    ir       bitcode, or text, as the frontend wrote it
    """

    __slots__ = ("_ir", "_packed", "cxx", "marked", "opens", "stem", "wants", "words")

    def __init__(
        self,
        stem: str,
        ir: bytes,
        words: Sequence[str],
        *,
        cxx: bool,
        wants: bool = False,
        marked: bool = False,
        opens: Sequence[str] = (),
    ) -> None:
        self.stem, self.words, self.cxx = stem, list(words), cxx
        self._ir, self._packed = ir, b""
        self.wants, self.marked, self.opens = wants, marked, list(opens)

    @property
    def ir(self) -> bytes:
        if self._packed and not self._ir:
            self._ir = zlib.decompress(self._packed)
        return self._ir

    @property
    def digest(self) -> str:
        """Tells one unit from another."""
        import hashlib

        return hashlib.sha256(self._packed or self._ir).hexdigest()[:8]

    def record(self) -> bytes:
        header = json.dumps(
            {
                "stem": self.stem,
                "words": self.words,
                "cxx": self.cxx,
                "wants": self.wants,
                "marked": self.marked,
                "opens": self.opens,
            },
            separators=(",", ":"),
        ).encode()
        body = self._packed or zlib.compress(self._ir, 6)
        return b"".join(
            (_MAGIC, struct.pack("<I", len(header)), header, struct.pack("<Q", len(body)), body)
        )


def words_to_carry(command: Command) -> list[str]:
    """The user's options that still matter once the source is IR."""
    words = [
        word
        for arg in command.args
        if arg.means not in _WITHOUT and not arg.words[0].startswith(_OF_THE_SOURCE)
        for word in arg.words
    ]
    words += [f"-{name}={_spelled(value)}" for name, value in command.enzyme.items()]
    chosen = command.mechanisms.items()
    return words + [word for word, choice in MECHANISMS.items() if choice in chosen]


def _spelled(value: bool | int | str) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def records(content: bytes) -> list[Carried]:
    """The units in the content of a section."""
    found: list[Carried] = []
    at = 0
    while (at := content.find(_MAGIC, at)) >= 0:
        at += len(_MAGIC)
        (length,) = struct.unpack_from("<I", content, at)
        header = json.loads(content[at + 4 : at + 4 + length])
        at += 4 + length
        (length,) = struct.unpack_from("<Q", content, at)
        body = content[at + 8 : at + 8 + length]
        at += 8 + length
        carried = Carried(
            header["stem"],
            b"",
            header["words"],
            cxx=header["cxx"],
            wants=header["wants"],
            marked=header["marked"],
            opens=header["opens"],
        )
        carried._packed = body
        found.append(carried)
    return found


def record_in_bitcode(content: bytes) -> bytes:
    """The records that bitcode carries."""
    found: list[bytes] = []
    at = 0
    while (at := content.find(LTO_START, at)) >= 0:
        at += len(LTO_START)
        end = content.find(b";", at)
        found.append(base64.b64decode(content[at:end]))
    return b"".join(found)
