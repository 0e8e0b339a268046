"""The options of clang that the driver has to understand, one a row.

A row says how the option takes its argument and what it means to us. An option that is not here is
one word and goes to clang untouched; so a row is needed only where an option takes its argument in
the next word (else that word would be read as an input), or where we act on it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

# How an option takes its argument: shapes may be joined by `|`.
ALONE: Final = 1  # -c
REST: Final = 2  # -ofoo
NEXT: Final = 4  # -o foo
TWO: Final = 8  # -sectorder a b, the next two words
THREE: Final = 16
REST_AND_NEXT: Final = 32  # -Xarch_x86_64 -foo


class Means:
    """What an option means to the driver."""

    PASS = 0  # nothing: clang gets it in every step
    QUERY = 1  # a question to clang, or a stage with nothing to differentiate
    OBJECT = 2  # -c
    ASSEMBLY = 3  # -S
    OUTPUT = 4  # -o
    LANGUAGE = 5  # -x
    LEVEL = 6  # -O
    DEBUG = 7  # -g: how much debug information
    DEPENDENCIES = 8  # a file on the side: written by the first compile, and only there
    EMIT_LLVM = 9
    SAVE_TEMPS = 10
    LTO = 11
    INPUT = 12  # an input file, in its place
    LINK = 13  # goes to the linker, in its place among the inputs
    CLANG = 14  # --enzcc-clang=
    REPORT = 15  # -fenzcc-report
    ENZYME = 16  # -enzyme-...
    LLVM = 17  # -mllvm
    XCLANG = 18  # -Xclang
    PLUGIN = 19  # -fplugin=
    INPUTS = 20  # --: all that follows is input
    NO_STANDARD_INCLUDE = 21
    ARCHITECTURE = 22  # -arch, of which there may be several
    CPU = 23  # -march= and its like
    SANITIZE = 24
    INSTRUMENT = 25  # asks for LLVM passes that only clang itself can run
    NAMES_FILES = 26  # writes files whose names clang derives from the final output
    DUMPDIR = 27
    VERSION = 28
    ENZYME_AT_LINK = 29  # -Wl,-mllvm=-enzyme-...
    MECHANISM = 30  # -fenzcc-before-opt and others
    ACROSS_FILES = 31  # -fenzcc-link
    PLACE = 33  # --cmake-dir and its like: where a part of enzcc is
    DIRECTORY = 34  # -working-directory: where relative paths start
    SEARCH = 32  # -L: where the linker looks for libraries


MECHANISMS: Final = {
    "-fenzcc-before-opt": ("before_opt", True),
    "-fenzcc-no-recompute": ("recompute", False),
    "-fenzcc-no-reload": ("reload", False),
    "-fenzcc-in-lanes": ("in_lanes", True),
    "-fenzcc-no-drop": ("drop", False),
    "-fenzcc-no-scopes": ("scopes", False),
    "-fenzcc-no-spread": ("spread", False),
    "-fenzcc-no-gather": ("gather", False),
    "-fenzcc-no-forwards": ("forwards", False),
    "-fenzcc-no-stencils": ("stencils", False),
    "-fenzcc-no-rows": ("rows", False),
    "-fenzcc-no-reuse": ("reuse", False),
    "-fenzcc-no-hope": ("hope", False),
    "-fenzcc-no-arms": ("arms", False),
    "-fenzcc-no-choices": ("choices", False),
    "-fenzcc-no-counters": ("counters", False),
    "-fenzcc-no-ends": ("ends", False),
    "-fenzcc-no-latest": ("latest", False),
    "-fenzcc-no-dependence": ("dependence", False),
    "-fenzcc-no-distinct": ("distinct", False),
    "-fenzcc-no-remember": ("remember", False),
    "-fenzcc-no-clears": ("clears", False),
    "-fenzcc-no-reciprocals": ("reciprocals", False),
    "-fenzcc-no-replay": ("replay", False),
    "-fenzcc-no-delay": ("delay", False),
    "-fenzcc-no-triangles": ("triangles", False),
    "-fenzcc-no-resets": ("resets", False),
    "-fenzcc-no-moves": ("moves", False),
    "-fenzcc-no-whole": ("whole", False),
    "-fenzcc-no-skips": ("skips", False),
    "-fenzcc-no-unroll": ("unroll", False),
    "-fenzcc-no-abreast": ("abreast", False),
    "-fenzcc-no-contract": ("contract", False),
    "-fenzcc-no-checks": ("checks", False),
    "-fenzcc-no-calls": ("calls", False),
}
"""Options that change how derivatives are made, and which field of the settings they set to what.
What they leave out is left out for comparison only: the derivatives are the same."""


# fmt: off
OPTIONS: Final[Mapping[str, tuple[int, int]]] = {
    # what to make
    "-c":                       (ALONE, Means.OBJECT),
    "--compile":                (ALONE, Means.OBJECT),
    "-S":                       (ALONE, Means.ASSEMBLY),
    "--assemble":               (ALONE, Means.ASSEMBLY),
    "-o":                       (REST | NEXT, Means.OUTPUT),
    "--output":                 (NEXT, Means.OUTPUT),
    "--output=":                (REST, Means.OUTPUT),
    "-x":                       (REST | NEXT, Means.LANGUAGE),
    "--language":               (NEXT, Means.LANGUAGE),
    "--language=":              (REST, Means.LANGUAGE),
    "-emit-llvm":               (ALONE, Means.EMIT_LLVM),
    "--":                       (ALONE, Means.INPUTS),
    "--version":                (ALONE, Means.VERSION),

    # calls in which nothing can be differentiated
    "-E":                       (ALONE, Means.QUERY),
    "--preprocess":             (ALONE, Means.QUERY),
    "-M":                       (ALONE, Means.QUERY),
    "-MM":                      (ALONE, Means.QUERY),
    "--dependencies":           (ALONE, Means.QUERY),
    "--user-dependencies":      (ALONE, Means.QUERY),
    "-fsyntax-only":            (ALONE, Means.QUERY),
    "-###":                     (ALONE, Means.QUERY),
    "-ccc-print-phases":        (ALONE, Means.QUERY),
    "-ccc-print-bindings":      (ALONE, Means.QUERY),
    "--help":                   (ALONE | REST, Means.QUERY),
    "-help":                    (ALONE, Means.QUERY),
    "-dumpmachine":             (ALONE, Means.QUERY),
    "-dumpversion":             (ALONE, Means.QUERY),
    "-dumpspecs":               (ALONE, Means.QUERY),
    "-print-":                  (REST, Means.QUERY),
    "--print-":                 (REST, Means.QUERY),
    "--autocomplete=":          (REST, Means.QUERY),
    "--analyze":                (ALONE, Means.QUERY),
    "--precompile":             (ALONE, Means.QUERY),
    "-emit-ast":                (ALONE, Means.QUERY),
    "-emit-interface-stubs":    (ALONE, Means.QUERY),
    "-emit-merged-ifs":         (ALONE, Means.QUERY),
    "-verify-pch":              (ALONE, Means.QUERY),
    "-rewrite-objc":            (ALONE, Means.QUERY),
    "-rewrite-legacy-objc":     (ALONE, Means.QUERY),
    "-extract-api":             (ALONE, Means.QUERY),
    "-fdriver-only":            (ALONE, Means.QUERY),
    "-cc1":                     (ALONE, Means.QUERY),
    "-cc1as":                   (ALONE, Means.QUERY),

    # files on the side
    "-MD":                      (ALONE, Means.DEPENDENCIES),
    "-MMD":                     (ALONE, Means.DEPENDENCIES),
    "--write-dependencies":     (ALONE, Means.DEPENDENCIES),
    "--write-user-dependencies": (ALONE, Means.DEPENDENCIES),
    "-MF":                      (REST | NEXT, Means.DEPENDENCIES),
    "-MT":                      (REST | NEXT, Means.DEPENDENCIES),
    "-MQ":                      (REST | NEXT, Means.DEPENDENCIES),
    "-MJ":                      (REST | NEXT, Means.DEPENDENCIES),
    "-MP":                      (ALONE, Means.DEPENDENCIES),
    "-MG":                      (ALONE, Means.DEPENDENCIES),
    "-MV":                      (ALONE, Means.DEPENDENCIES),
    "-dependency-dot":          (NEXT, Means.DEPENDENCIES),
    "-dependency-file":         (NEXT, Means.DEPENDENCIES),
    "-H":                       (ALONE, Means.DEPENDENCIES),
    "-serialize-diagnostics":   (NEXT, Means.DEPENDENCIES),
    "--serialize-diagnostics":  (NEXT, Means.DEPENDENCIES),
    "-ftime-report":            (ALONE | REST, Means.DEPENDENCIES),
    "-fproc-stat-report":       (ALONE | REST, Means.DEPENDENCIES),
    "-save-temps":              (ALONE | REST, Means.SAVE_TEMPS),
    "--save-temps":             (ALONE | REST, Means.SAVE_TEMPS),
    "-dumpdir":                 (NEXT, Means.DUMPDIR),
    "-gsplit-dwarf":            (ALONE | REST, Means.NAMES_FILES),
    "-ftime-trace":             (ALONE | REST, Means.NAMES_FILES),
    "-fstack-usage":            (ALONE, Means.NAMES_FILES),
    "-fsave-optimization-record": (ALONE | REST, Means.NAMES_FILES),

    # how to compile
    "-O":                       (ALONE | REST, Means.LEVEL),
    "--optimize":               (ALONE, Means.LEVEL),
    "--optimize=":              (REST, Means.LEVEL),
    "-g":                       (ALONE | REST, Means.DEBUG),
    "--debug":                  (ALONE, Means.DEBUG),
    "-flto":                    (ALONE | REST, Means.LTO),
    "-fno-lto":                 (ALONE, Means.LTO),
    "-nostdinc":                (ALONE, Means.NO_STANDARD_INCLUDE),
    "--no-standard-includes":   (ALONE, Means.NO_STANDARD_INCLUDE),
    "-arch":                    (NEXT, Means.ARCHITECTURE),
    "-march=":                  (REST, Means.CPU),
    "-mcpu=":                   (REST, Means.CPU),
    "-mtune=":                  (REST, Means.CPU),
    "-fsanitize=":              (REST, Means.SANITIZE),
    "-fsanitize-coverage=":     (REST, Means.INSTRUMENT),
    "-fprofile-generate":       (ALONE | REST, Means.INSTRUMENT),
    "-fprofile-instr-generate": (ALONE | REST, Means.INSTRUMENT),
    "-fcs-profile-generate":    (ALONE | REST, Means.INSTRUMENT),
    "-fprofile-use":            (ALONE | REST, Means.INSTRUMENT),
    "-fprofile-arcs":           (ALONE, Means.INSTRUMENT),
    "-ftest-coverage":          (ALONE, Means.INSTRUMENT),
    "--coverage":               (ALONE, Means.INSTRUMENT),
    "-coverage":                (ALONE, Means.INSTRUMENT),
    "-fxray-instrument":        (ALONE, Means.INSTRUMENT),

    # what enzcc itself reads
    "--enzcc-clang=":           (REST, Means.CLANG),
    "-fenzcc-report":           (ALONE | REST, Means.REPORT),
    "-fenzcc-link":             (ALONE, Means.ACROSS_FILES),
    "-fno-enzcc-link":          (ALONE, Means.ACROSS_FILES),
    "--cmake-toolchain":        (ALONE, Means.PLACE),
    "--cmake-dir":              (ALONE, Means.PLACE),
    "--enzcc-include-dir":      (ALONE, Means.PLACE),
    **dict.fromkeys(MECHANISMS,  (ALONE, Means.MECHANISM)),
    "-enzyme-":                 (REST, Means.ENZYME),
    "--enzyme-":                (REST, Means.ENZYME),
    "-enzyme_":                 (REST, Means.ENZYME),
    "--enzyme_":                (REST, Means.ENZYME),
    "-mllvm":                   (NEXT, Means.LLVM),
    "-mllvm=":                  (REST, Means.LLVM),
    "-Xclang":                  (NEXT, Means.XCLANG),
    "-Xclang=":                 (REST, Means.XCLANG),
    "-working-directory":       (NEXT, Means.DIRECTORY),
    "-working-directory=":      (REST, Means.DIRECTORY),
    "-fplugin=":                (REST, Means.PLUGIN),
    "-fpass-plugin=":           (REST, Means.PLUGIN),

    # for the linker, in order with the inputs
    "-l":                       (REST | NEXT, Means.LINK),
    "-Wl,":                     (REST, Means.LINK),
    "-L":                       (REST | NEXT, Means.SEARCH),
    "--library-directory":      (NEXT, Means.SEARCH),
    "--library-directory=":     (REST, Means.SEARCH),
    "-Xlinker":                 (NEXT, Means.LINK),
    "--for-linker":             (NEXT, Means.LINK),
    "--for-linker=":            (REST, Means.LINK),
    "-z":                       (NEXT, Means.LINK),
    "-framework":               (NEXT, Means.LINK),
    "-weak_framework":          (NEXT, Means.LINK),
    "-weak_library":            (NEXT, Means.LINK),
    "-force_load":              (NEXT, Means.LINK),
    "-filelist":                (NEXT, Means.LINK),

    # an argument in the next word, and no meaning to us
    **dict.fromkeys("""
        -A -B -D -F -G -I -T -U -u -e -idirafter -iframework -imacros -imultilib -include
        -include-pch -iprefix -iquote -isysroot -isystem -isystem-after -ivfsoverlay -iwithprefix
        -iwithprefixbefore -iwithsysroot -iframeworkwithsysroot -cxx-isystem -stdlib++-isystem
        -vfsoverlay --include --imacros --include-directory
        --include-directory-after --include-prefix --include-with-prefix
        --include-with-prefix-after --include-with-prefix-before --define-macro --undefine-macro
        --prefix --sysroot --config
        -target --param
        -Xassembler -Xpreprocessor -Xanalyzer -Xopenmp-target -Xoffload-linker -Xcuda-fatbinary
        -Xcuda-ptxas -mmlir
        -rpath -init -install_name -bundle_loader
        -allowable_client -client_name -current_version -compatibility_version -dylib_file
        -dylinker_install_name -exported_symbols_list -unexported_symbols_list -image_base
        -lazy_framework -lazy_library -multiply_defined -multiply_defined_unused -pagezero_size
        -read_only_relocs -seg_addr_table -seg_addr_table_filename -seg1addr -segs_read_only_addr
        -segs_read_write_addr -sub_library -sub_umbrella -umbrella -undefined
        -weak_reference_mismatches
        -ccc-gcc-name -ccc-install-dir -fmodules-user-build-path -ftrapv-handler
        -fdebug-compilation-dir -dsym-dir
        --dyld-prefix -mthread-model -meabi
    """.split(), (NEXT, Means.PASS)),
    "-segaddr":                 (TWO, Means.PASS),
    "-sectobjectsymbols":       (TWO, Means.PASS),
    "-sectalign":               (THREE, Means.PASS),
    "-sectcreate":              (THREE, Means.PASS),
    "-sectorder":               (THREE, Means.PASS),
    "-segcreate":               (THREE, Means.PASS),
    "-segprot":                 (THREE, Means.PASS),
    "-Xarch_":                  (REST_AND_NEXT, Means.PASS),
    "-Xopenmp-target=":         (REST_AND_NEXT, Means.PASS),
    "-Xoffload-linker-":        (REST_AND_NEXT, Means.PASS),

    # longer than -o, -x, -l, -g or -O and no relation of theirs
    "-object-file-name=":       (REST, Means.PASS),
    "-objcmt-":                 (REST, Means.PASS),
    "-objc":                    (REST, Means.PASS),
    "-offload-":                (REST, Means.PASS),
    "-omptargets=":             (REST, Means.PASS),
    "-lazy":                    (REST, Means.PASS),
    "-gcc-toolchain=":          (REST, Means.PASS),
    "-gen-reproducer":          (ALONE | REST, Means.PASS),
    "-gpulibc":                 (ALONE, Means.PASS),
}
# fmt: on

# The suffixes of inputs that may call a marker; all others are clang's business.
C_FAMILY: Final = frozenset(
    "c i cc cp cxx cpp CPP c++ C CC ii m mi mm mii M cppm ixx cxxm c++m ccm".split()
)
PREPROCESSED: Final = frozenset("i ii mi mii".split())
IR: Final = frozenset(("ll", "bc"))
HEADERS: Final = frozenset("h hh H hp hpp hxx h++ H++ tcc".split())

# The languages of -x, likewise.
C_LANGUAGES: Final = frozenset(
    "c c++ cpp-output c++-cpp-output objective-c objective-c++ objective-c-cpp-output "
    "objc-cpp-output objective-c++-cpp-output objc++-cpp-output c++-module".split()
)

# The options of Enzyme: what a value must look like. `enzcc.settings` says what they mean.
SWITCH: Final = 0
NUMBER: Final = 1
WORD: Final = 2
# fmt: off
ENZYME_OPTIONS: Final[Mapping[str, int]] = {
    **dict.fromkeys("""
        enzyme-enable enzyme-loose-types enzyme-strict-aliasing enzyme-runtime-error
        enzyme-fast-math enzyme-strong-zero enzyme-emptyfn-inactive enzyme-assume-unknown-nofree
        enzyme-globals-default-inactive enzyme_nonmarkedglobals_inactiveloads
        enzyme-global-activity enzyme-disable-activity-analysis enzyme-enable-recursive-activity
        enzyme-inactive-dynamic enzyme-lower-globals enzyme-noalias enzyme-aggressive-aa
        enzyme-rust-type enzyme-julia-addr-load enzyme-auto-sparsity
        enzyme-free-internal-allocations enzyme-type-warning enzyme-preopt enzyme-inline
        enzyme-always-inline enzyme-postopt enzyme-attributor enzyme-omp-opt enzyme-mincut-cache
        enzyme-new-cache enzyme-loop-invariant-cache enzyme-max-cache enzyme-rematerialize
        enzyme-register-reduce enzyme-speculate-phis enzyme-shared-forward
        enzyme-vector-split-phi enzyme-select-opt enzyme-phi-restructure enzyme-coalese
        enzyme-smallbool enzyme-zero-cache enzyme-non-power2-cache enzyme-blas-copy
        enzyme-lapack-copy enzyme-memmove-warning enzyme-checkpoint-split-steps
        enzyme-print-checkpoint-regions enzyme-print enzyme-print-activity enzyme-print-type
        enzyme-print-diffuse enzyme-print-unnecessary enzyme-print-perf enzyme-name-instructions
        enzyme-vectorize-at-leaf-nodes
    """.split(), SWITCH),
    **dict.fromkeys("""
        enzyme-max-type-offset enzyme-max-int-offset enzyme-max-type-depth enzyme-inline-count
        enzyme-post-opt-level
    """.split(), NUMBER),
    "enzyme-truncate-all": WORD,
}
# fmt: on
