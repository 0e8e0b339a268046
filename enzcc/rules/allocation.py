"""What allocates memory and what gives it back, with the role of each argument.

Sizes, alignments and placements are inactive. `zeroed` memory needs no clearing of its shadow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, final


@final
@dataclass(frozen=True)
class Allocator:
    """A function that returns fresh memory, or stores its address through `out`.

    size     argument with the bytes (or the bytes of one element, if there is a `count`)
    count    argument with the number of elements, or None
    align    argument with the alignment, or None
    out      argument through which the address is stored (None: it is returned)
    old      argument with the block that is resized (realloc), or None
    text     argument with the string that is duplicated (strdup), or None: `size` is then -1
    zeroed   the memory comes zeroed
    frees    the deallocator that fits
    """

    name: str
    size: int
    frees: str
    count: int | None = None
    align: int | None = None
    out: int | None = None
    old: int | None = None
    text: int | None = None
    zeroed: bool = False


@final
@dataclass(frozen=True)
class Deallocator:
    """A function that gives back the block at argument `pointer`."""

    name: str
    pointer: int = 0


def _by_name(
    *rows: Allocator | Iterable[Allocator],
) -> Mapping[str, Allocator]:
    found: dict[str, Allocator] = {}
    for row in rows:
        for made in (row,) if isinstance(row, Allocator) else row:
            if made.name in found:
                raise ValueError(f"second row for {made.name}")
            found[made.name] = made
    return MappingProxyType(found)


def _operator_new(letter: str) -> Iterable[Allocator]:
    """operator new (`w`) or new[] (`a`), for 64- and 32-bit sizes, plain, nothrow, aligned."""
    frees = f"_Zd{'l' if letter == 'w' else 'a'}Pv"
    aligned = f"{frees}St11align_val_t"
    for size in "mj":
        stem = f"_Zn{letter}{size}"
        yield Allocator(stem, 0, frees)
        yield Allocator(f"{stem}RKSt9nothrow_t", 0, frees)
        yield Allocator(f"{stem}12__hot_cold_t", 0, frees)
        yield Allocator(f"{stem}St11align_val_t", 0, aligned, align=1)
        yield Allocator(f"{stem}St11align_val_tRKSt9nothrow_t", 0, aligned, align=1)


# fmt: off
ALLOCATORS: Final = _by_name(
    Allocator("malloc",          0, "free"),
    Allocator("__enzcc_tape_push", 1, "__enzcc_tape_rewind"),
    Allocator("__enzcc_resize",  1, "free", old=0),
    Allocator("__enzcc_resource_new", 0, "__enzcc_resource_delete", align=1),
    Allocator("calloc",          1, "free", count=0, zeroed=True),
    Allocator("realloc",         1, "free", old=0),
    Allocator("reallocarray",    2, "free", count=1, old=0),
    Allocator("reallocf",        1, "free", old=0),
    Allocator("aligned_alloc",   1, "free", align=0),
    Allocator("memalign",        1, "free", align=0),
    Allocator("valloc",          0, "free"),
    Allocator("pvalloc",         0, "free"),
    Allocator("posix_memalign",  2, "free", align=1, out=0),
    Allocator("strdup",         -1, "free", text=0),
    Allocator("__strdup",       -1, "free", text=0),
    Allocator("strndup",         1, "free", text=0),
    Allocator("__strndup",       1, "free", text=0),
    Allocator("wcsdup",         -1, "free", text=0),
    Allocator("_mm_malloc",      0, "_mm_free", align=1),
    _operator_new("w"),
    _operator_new("a"),
    Allocator("??2@YAPEAX_K@Z",  0, "??3@YAXPEAX@Z"),
    Allocator("??_U@YAPEAX_K@Z", 0, "??_V@YAXPEAX@Z"),
    Allocator("__rust_alloc",    0, "__rust_dealloc", align=1),
    Allocator("__rust_alloc_zeroed", 0, "__rust_dealloc", align=1, zeroed=True),
    Allocator("__rust_realloc",  3, "__rust_dealloc", align=2, old=0),
    Allocator("swift_allocObject", 1, "swift_release", align=2),
    Allocator("_mlir_memref_to_llvm_alloc", 0, "_mlir_memref_to_llvm_free"),
    Allocator("cudaMalloc",      1, "cudaFree", out=0),
    Allocator("cudaMallocHost",  1, "cudaFreeHost", out=0),
    Allocator("cudaMallocAsync", 1, "cudaFreeAsync", out=0),
    Allocator("cuMemAlloc",      1, "cuMemFree", out=0),
    Allocator("cuMemAlloc_v2",   1, "cuMemFree_v2", out=0),
    Allocator("cuMemAllocAsync", 1, "cuMemFreeAsync", out=0),
)
# fmt: on
"""Name -> Allocator."""

DEALLOCATORS: Final[Mapping[str, Deallocator]] = MappingProxyType(
    {
        name: Deallocator(name)
        for name in (
            "free", "cfree", "free_sized", "free_aligned_sized", "_mm_free",
            *(
                f"_Zd{letter}Pv{tail}"
                for letter in "la"
                for tail in (
                    "", "m", "j", "RKSt9nothrow_t", "St11align_val_t", "mSt11align_val_t",
                    "jSt11align_val_t", "St11align_val_tRKSt9nothrow_t",
                )
            ),
            "??3@YAXPEAX@Z", "??3@YAXPEAX_K@Z", "??_V@YAXPEAX@Z", "??_V@YAXPEAX_K@Z",
            "__rust_dealloc", "swift_release", "_mlir_memref_to_llvm_free", "cudaFree",
            "cudaFreeHost", "cudaFreeAsync", "cuMemFree", "cuMemFree_v2", "cuMemFreeAsync",
            "__enzcc_resource_delete",
        )
    }
    | {name: Deallocator(name, 1) for name in ("__enzcc_tape_rewind", "__enzcc_tape_defer")}
)  # fmt: skip
"""Name -> Deallocator."""
