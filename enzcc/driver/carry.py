"""-fenzcc-link when it compiles: the object gets its IR, in a section that no program loads."""

from __future__ import annotations

import base64
import os

from enzcc.driver.carried import BITCODE, LTO_START, SECTION, Carried, words_to_carry
from enzcc.driver.elf import MAGIC, with_section
from enzcc.driver.frontend import DONE, as_the_user, level_words, run_frontend
from enzcc.driver.options import Means

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from enzcc.driver.road import Call, Unit

_LINE: Final = 2000


def carry_unmarked(call: Call, unit: Unit) -> int:
    """A unit that speaks of no derivative: others may ask for that of its functions."""
    if call.command.emit_llvm:
        return 0
    path = os.path.join(call.scratch.fresh(), "carried.bc")
    if unit.source.is_ir:
        source = call.stdin if unit.source.value == "-" else unit.source.value
        assert source is not None
        path = source
    else:
        level = call.command.level
        if run_frontend(call, unit, path, *level_words(level), form="-c") and run_frontend(
            call, unit, path, *as_the_user(level), form="-c"
        ):
            return 0  # an object like any other
    with open(path, "rb") as file:
        ir = file.read()
    return carry(call, unit, Carried(unit.source.stem, ir, [], cxx=call.clang.cxx))


def carry_marked(
    call: Call, unit: Unit, text: str, opens: Sequence[str], *, wants: bool = False
) -> int:
    """A unit that asks for derivatives, or says something of functions."""
    if call.command.emit_llvm:
        return 0
    ir = text.encode()
    return carry(
        call,
        unit,
        Carried(
            unit.source.stem,
            ir,
            [],
            cxx=call.clang.cxx,
            wants=wants,
            marked=True,
            opens=opens,
        ),
    )


def carry(call: Call, unit: Unit, carried: Carried) -> int:
    """Put a record into the unit's output; the exit status."""
    carried.words = words_to_carry(call.command)
    record = carried.record()
    with open(unit.output, "rb") as file:
        start = file.read(4)
    if start == MAGIC:
        with_section(unit.output, SECTION, record)
        return 0
    if start in BITCODE:
        return _carry_in_bitcode(call, unit, record)
    if call.command.stage == "assembly":
        with open(unit.output, "a", encoding="utf-8") as file:
            file.write(_assembly(record))
        return 0
    from enzcc.errors import Unsupported

    raise Unsupported(
        None,
        "-fenzcc-link works with ELF objects only",
        remedy="compile without it, and keep a function and its marker in one file",
    )


def _assembly(record: bytes) -> str:
    out = ['\t.section\t.enzcc,"e",@progbits\n']
    for at in range(0, len(record), _LINE):
        spelled = "".join(f"\\{byte:03o}" for byte in record[at : at + _LINE])
        out.append(f'\t.ascii\t"{spelled}"\n')
    return "".join(out)


def _carry_in_bitcode(call: Call, unit: Unit, record: bytes) -> int:
    """With -flto an object is bitcode; there the record is a metadata string, and clang writes the
    bitcode once more, so that its summary for the linker stays what it was."""
    path = os.path.join(call.scratch.fresh(), unit.source.stem + ".ll")
    from enzcc import llvm

    with open(unit.output, "rb") as file:
        text = llvm.normalise(file.read())
    with open(path, "w", encoding="utf-8") as file:
        file.write(text + metadata(record))
    return call.run(
        call.command.words(
            without=(*DONE, Means.LEVEL),
            only=[unit.source],
            instead={unit.source: path},
            add=[
                *("-Qunused-arguments", "-w", "-c", "-O" + call.command.level),
                *("-Xclang", "-disable-llvm-passes", "-o", unit.output),
            ],
        )
    )


def metadata(record: bytes) -> str:
    """The lines of IR that make a module carry a record."""
    spelled = (LTO_START + base64.b64encode(record) + b";").decode()
    return f'\n!enzcc.carried = !{{!999999999}}\n!999999999 = !{{!"{spelled}"}}\n'
