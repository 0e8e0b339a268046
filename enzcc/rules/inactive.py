"""Functions that carry no derivative, grouped by the reason.

Neither the call nor its result has a derivative. Functions of `libm.py` that are flat everywhere
(`floor`, `lround`) count too: see `is_inactive` in the package's door.
"""

# ruff: noqa: A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from enzcc.ir import types as ty
from enzcc.ir.types import FunctionType, Type
from enzcc.patterns import pattern
from enzcc.rules.cxx import LIBRARY

_GROUPS: Final[Mapping[str, str]] = {
    "prints": """
        printf fprintf sprintf snprintf dprintf vprintf vfprintf vsprintf vsnprintf vdprintf
        asprintf vasprintf puts fputs putchar putc fputc putc_unlocked putchar_unlocked
        fputc_unlocked fputs_unlocked fwrite_unlocked perror fwrite fflush fflush_unlocked
        wprintf fwprintf swprintf putwchar fputwc fputws write writev pwrite syslog vsyslog
        psignal __printf_chk __fprintf_chk __sprintf_chk __snprintf_chk __vprintf_chk
        __vfprintf_chk __vsprintf_chk __vsnprintf_chk __dprintf_chk __asprintf_chk
        __overflow _IO_putc __swbuf iprintf fiprintf siprintf small_printf
    """,
    "reads input that nothing is differentiated by": """
        scanf fscanf sscanf vscanf vfscanf vsscanf __isoc99_scanf __isoc99_fscanf
        __isoc99_sscanf __isoc23_scanf __isoc23_fscanf __isoc23_sscanf getchar getc fgetc
        getchar_unlocked getc_unlocked fgetc_unlocked ungetc fgets gets fread fread_unlocked
        read readv pread getline getdelim __uflow _IO_getc __srget fgetwc fgetws getwchar
        __fgets_chk __fread_chk __read_chk
    """,
    "opens and moves in files": """
        fopen fopen64 freopen fdopen fclose fcloseall fileno fseek fseeko fseeko64 ftell ftello
        ftello64 rewind feof ferror clearerr feof_unlocked ferror_unlocked fgetpos fsetpos
        setbuf setbuffer setlinebuf setvbuf tmpfile tmpnam mkstemp remove rename open open64
        openat close creat lseek lseek64 stat fstat lstat stat64 fstat64 lstat64 __xstat
        __fxstat __lxstat access mkdir rmdir unlink chdir getcwd opendir readdir closedir
        isatty dup dup2 pipe fcntl ioctl select poll fsync ftruncate truncate chmod umask
        popen pclose flockfile funlockfile ftrylockfile munmap
    """,
    "belongs to derivatives": """
        __enzcc_tape_release __enzcc_broken_copy __enzcc_tape_open __enzcc_tape_keep
        __enzcc_tape_close __enzcc_need_shadow __enzcc_require __enzcc_require_same
        __enzcc_not_within __enzcc_within_none __enzcc_paired
    """,
    "asks for the time": """
        time clock gettimeofday clock_gettime clock_getres clock_settime timespec_get difftime
        mktime timegm gmtime gmtime_r localtime localtime_r strftime asctime asctime_r ctime
        ctime_r times getrusage nanosleep clock_nanosleep usleep sleep alarm tzset strptime
        omp_get_wtime omp_get_wtick MPI_Wtime MPI_Wtick PMPI_Wtime _mcleanup mcount
        mach_absolute_time
    """,
    "draws random numbers": """
        rand rand_r srand random srandom random_r srandom_r initstate setstate drand48 erand48
        lrand48 nrand48 mrand48 jrand48 srand48 seed48 lcong48 drand48_r lrand48_r srand48_r
        getrandom getentropy arc4random arc4random_uniform arc4random_buf
    """,
    "asks the environment or the system": """
        getenv secure_getenv setenv unsetenv putenv clearenv system getpid getppid getuid geteuid
        getgid gettid sysconf pathconf gethostname uname getpagesize sched_yield
        sched_getcpu get_nprocs setlocale localeconv nl_langinfo getopt getopt_long signal
        sigaction sigemptyset sigaddset sigprocmask raise kill getrlimit setrlimit
        getloadavg ttyname
    """,
    "ends the program": """
        abort exit _exit _Exit quick_exit atexit at_quick_exit on_exit __cxa_atexit
        __assert_fail __assert_perror_fail __assert __assert_rtn __assert2 __assert_func
        __assertfail _assert _wassert __stack_chk_fail __chk_fail __fortify_fail err errx warn
        warnx verr verrx vwarn vwarnx error error_at_line __cxa_guard_acquire
        __cxa_guard_release __cxa_guard_abort __cxa_pure_virtual __cxa_throw_bad_array_new_length
        _ZSt17__throw_bad_allocv _ZSt16__throw_bad_castv
        _ZSt20__throw_length_errorPKc _ZSt19__throw_logic_errorPKc
        _ZSt20__throw_out_of_rangePKc _ZSt24__throw_out_of_range_fmtPKcz
        _ZSt28__throw_bad_array_new_lengthv _ZSt24__throw_invalid_argumentPKc
        _ZSt20__throw_domain_errorPKc _ZSt21__throw_runtime_errorPKc
        _ZSt25__throw_bad_function_callv __clang_call_terminate
    """,
    "belongs to the C++ runtime": """
        __dynamic_cast __cxa_allocate_exception __cxa_free_exception __cxa_throw __cxa_rethrow
        __cxa_begin_catch __cxa_end_catch __cxa_get_exception_ptr __cxa_bad_cast
        __cxa_bad_typeid __cxa_throw_bad_array_length __cxa_call_unexpected
        __cxa_deleted_virtual __cxa_thread_atexit __cxa_init_primary_exception
        __cxa_uncaught_exceptions _ZSt18uncaught_exceptionv _ZSt19uncaught_exceptionsv
        _ZSt9terminatev _ZSt17current_exceptionv _Unwind_Resume
        __enzcc_exception_thrown __enzcc_exception_caught __enzcc_exception_object
        __enzcc_exception_owned __enzcc_exception_entered __enzcc_exception_rethrown
        __enzcc_exception_leaving __enzcc_exception_ended
    """,
    "handles characters and strings": """
        strlen strnlen strcmp strncmp strcasecmp strncasecmp strcoll strxfrm strchr strrchr
        strchrnul strstr strcasestr strspn strcspn strpbrk strtok strtok_r strsep strcpy
        strncpy stpcpy stpncpy strcat strncat strlcpy strlcat strerror strerror_r
        __xpg_strerror_r strsignal __strcpy_chk __strncpy_chk __strcat_chk __strncat_chk
        __stpcpy_chk rawmemchr index rindex bcmp memcmp memchr memrchr memmem
        isalnum isalpha isascii isblank iscntrl isdigit isgraph islower isprint ispunct isspace
        isupper isxdigit tolower toupper toascii __ctype_b_loc __ctype_tolower_loc
        __ctype_toupper_loc __ctype_get_mb_cur_max mblen mbtowc wctomb mbstowcs wcstombs
        mbrtowc wcrtomb wcslen wcscmp wcscpy iswalpha iswdigit iswspace towlower towupper
    """,
    "turns text into numbers": """
        atoi atol atoll atof strtol strtoll strtoul strtoull strtoq strtouq strtoimax strtoumax
        strtod strtof strtold strtod_l strtof_l strfromd strfromf strfroml
        __isoc23_strtol __isoc23_strtoll __isoc23_strtoul __isoc23_strtoull
        __isoc23_strtoimax __isoc23_strtoumax __strtol_internal __strtod_internal
        nan nanf nanl nanf128 ecvt fcvt gcvt
    """,
    "computes with integers": """
        abs labs llabs imaxabs div ldiv lldiv imaxdiv ffs ffsl ffsll htonl htons ntohl ntohs
        __popcountdi2 __popcountsi2 __clzdi2 __ctzdi2 __divti3 __modti3 __udivti3 __umodti3
        __multi3 __muloti4 __mulodi4 __mth_i_ipowi
        __fixdfti __fixsfti __fixxfti __fixtfti __fixunsdfti __fixunssfti __fixunsxfti
        hash_combine compress2 crc32 adler32
    """,
    "sets or asks floating modes": """
        feclearexcept fegetexceptflag feraiseexcept fesetexceptflag fetestexcept fegetround
        fesetround fegetenv feholdexcept fesetenv feupdateenv fegetmode fesetmode
        feenableexcept fedisableexcept fegetexcept fetestexceptflag __flt_rounds
        __errno_location __error _errno __matherr setpayload setpayloadsig totalorder
        totalordermag
    """,
    "asks the allocator": """
        malloc_usable_size malloc_size _msize malloc_stats malloc_trim mallinfo mallinfo2
        mallopt posix_madvise
    """,
    "belongs to threads": """
        pthread_self pthread_equal pthread_mutex_init pthread_mutex_destroy
        pthread_mutex_lock pthread_mutex_trylock pthread_mutex_unlock pthread_key_create
        pthread_cond_signal pthread_cond_broadcast mtx_init mtx_lock mtx_trylock mtx_unlock
        mtx_destroy thrd_current thrd_equal thrd_sleep thrd_yield omp_get_thread_num
        omp_get_num_threads omp_get_max_threads omp_get_num_procs omp_in_parallel
        omp_set_num_threads omp_get_level omp_get_nested omp_set_nested omp_get_dynamic
        omp_set_dynamic omp_init_lock omp_destroy_lock __kmpc_global_thread_num
    """,
    "asks MPI": """
        MPI_Init MPI_Initialized MPI_Finalized MPI_Init_thread MPI_Query_thread MPI_Finalize
        MPI_Abort MPI_Test MPI_Probe MPI_Iprobe MPI_Get_count MPI_Get_processor_name
        MPI_Comm_size MPI_Comm_rank PMPI_Comm_size PMPI_Comm_rank MPI_Comm_get_parent
        MPI_Comm_get_name MPI_Comm_get_info MPI_Comm_remote_size MPI_Comm_set_info
        MPI_Comm_set_name MPI_Comm_compare MPI_Type_size MPI_Error_string
    """,
    "asks the device": """
        cuStreamCreate cuStreamQuery cuCtxGetCurrent cuDeviceGet cuDeviceGetName
        cuDeviceGetCount cuDeviceGetAttribute cuDevicePrimaryCtxRetain cuDeviceGetMemPool
        cuMemPoolTrimTo cuMemPoolGetAttribute cuMemGetInfo_v2 cuDriverGetVersion
        cudaRuntimeGetVersion cudaGetDevice cudaGetDeviceCount cudaGetLastError
        cudaGetErrorString cublasCreate_v2 cublasSetMathMode cublasSetStream_v2
    """,
    "prints in another language's runtime": """
        ftnio_fmt_write64 f90_strcmp_klen _FortranAioBeginExternalListOutput
        _FortranAioEndIoStatement _FortranAioOutputAscii _FortranAioOutputReal64
        _FortranAioOutputReal32 _FortranAioOutputInteger32 _FortranAioOutputInteger64
        _FortranAStopStatement _FortranAStopStatementText mpfr_greater_p
        enzyme_zerotype
    """,
}

_PATTERNS: Final = (
    *LIBRARY,
    ("belongs to derivatives", r"__enzcc_(hint|iter)_\w+"),
    ("is a sanitizer's or coverage's runtime", r"__(ubsan_handle|asan|hwasan|msan|tsan|lsan)_\w+"),
    ("is a sanitizer's or coverage's runtime", r"__sanitizer_\w+|__llvm_(profile|gcov|gcda)_\w+"),
    ("is a sanitizer's or coverage's runtime", r"__(cyg_profile_func_(enter|exit)|fentry__)"),
    ("prints in another language's runtime", r"f90io\w*"),
    ("prints in another language's runtime", r"_ZN4core3fmt.*"),
    ("prints in another language's runtime", r"_ZN3std2io5stdio(6_print|7_eprint).*"),
    # libstdc++: std::ostream, std::istream, clocks, random_device
    ("prints", r"_ZNSo(ls|put|flush|write|9_M_insert)\w*|_ZNSolsE\w*|_ZNKSt9basic_ios\w*"),
    ("prints", r"_ZSt(16__ostream_insert|4endl|5flush|lsI)\w*"),
    ("reads input that nothing is differentiated by", r"_ZNSi\w*|_ZSt(ws|rsI|7getline)\w*"),
    ("belongs to the C++ runtime", r"_ZNK?St\d+(?:exception|\w+_error|bad_\w+|out_of_range|"
     r"invalid_argument)(?:C[12]|D[012]|4what)E\w*"),
    ("belongs to the C++ runtime", r"_ZNK?St9type_info\w+"),
    ("asks for the time", r"_ZNSt6chrono3_V2\d+(system|steady)_clock3nowEv"),
    ("draws random numbers", r"_ZNSt13random_device\w*"),
    (
        "makes and ends memory resources, which derivatives do not ask for memory",
        r"_ZNSt(3__1)?3pmr\d+(monotonic_buffer|(un)?synchronized_pool|memory)_resourceD[012]Ev"
        r"|_ZNSt(3__1)?3pmr(2[68](un)?synchronized_pool_resource(C[12]|7release)"
        r"|25monotonic_buffer_resource18_M_release_buffers)\w*",
    ),
)  # fmt: skip

INACTIVE: Final[Mapping[str, str]] = MappingProxyType(
    {name: reason for reason, names in _GROUPS.items() for name in names.split()}
)
"""Function -> the reason, as a phrase whose subject is the function."""

WRITES_VALUES: Final = frozenset(
    """
    scanf fscanf sscanf vscanf vfscanf vsscanf __isoc99_scanf __isoc99_fscanf __isoc99_sscanf
    __isoc23_scanf __isoc23_fscanf __isoc23_sscanf fread fread_unlocked read readv pread
    __fread_chk __read_chk getrandom getentropy arc4random_buf drand48_r
    """.split()
)
"""Inactive functions that may write floats through a pointer: the shadow becomes 0 there."""

_WRITE_BYTES: Final = pattern(
    r"fwrite(_unlocked)?|p?writev?|send|_ZNSo5writeEPKcl"
    r"|_ZNSt3__113basic_ostreamIcNS_11char_traitsIcEEE5writeEPKcl"
)
_READ_BYTES: Final = pattern(
    r"(__)?(fread(_unlocked)?|p?readv?)(_chk)?|recv|_ZNSi4readEPcl"
    r"|_ZNSt3__113basic_istreamIcNS_11char_traitsIcEEE4readEPcl"
)

ERRNO: Final = frozenset("__errno_location __error _errno __errno".split())
"""Functions that say where `errno` lies."""

SIGNS: Final = frozenset("signgam __signgam".split())
"""Variables that mathematical functions set, as they do `errno`."""

VARIABLES: Final = frozenset(
    """
    optarg optind opterr optopt environ __environ timezone daylight tzname getdate_err
    """.split()
)
"""Variables that inactive functions change."""

_INTRINSICS: Final = frozenset(
    """
    lifetime.start lifetime.end invariant.start invariant.end assume expect
    expect.with.probability donothing sideeffect prefetch dbg.value dbg.declare dbg.assign
    dbg.label annotation ptr.annotation var.annotation codeview.annotation stacksave stackrestore
    is.constant objectsize trap debugtrap ubsantrap type.test type.checked.load public.type.test
    experimental.noalias.scope.decl pseudoprobe ctlz cttz ctpop bswap bitreverse fshl fshr abs
    smax smin umax umin sadd.with.overflow uadd.with.overflow ssub.with.overflow
    usub.with.overflow smul.with.overflow umul.with.overflow sadd.sat uadd.sat ssub.sat usub.sat
    sshl.sat ushl.sat smul.fix umul.fix sdiv.fix udiv.fix scmp ucmp fptosi.sat fptoui.sat
    threadlocal.address launder.invariant.group strip.invariant.group ptrmask
    is.fpclass lrint llrint lround llround get.rounding set.rounding reset.fpenv get.fpenv
    set.fpenv get.fpmode set.fpmode reset.fpmode returnaddress frameaddress
    addressofreturnaddress sponentry eh.typeid.for readcyclecounter readsteadycounter vscale
    get.active.lane.mask allow.runtime.check allow.ubsan.check instrprof.increment
    instrprof.increment.step instrprof.value.profile va_start va_end va_copy vector.reduce.add
    vector.reduce.mul vector.reduce.and vector.reduce.or vector.reduce.xor vector.reduce.smax
    vector.reduce.smin vector.reduce.umax vector.reduce.umin experimental.constrained.fcmp
    experimental.constrained.fcmps experimental.constrained.fptosi
    experimental.constrained.fptoui experimental.constrained.sitofp
    experimental.constrained.uitofp nvvm.barrier0 nvvm.barrier0.popc nvvm.barrier0.and
    nvvm.barrier0.or x86.sse.ldmxcsr x86.sse.stmxcsr x86.sse2.pause x86.rdtsc x86.rdtscp
    x86.sse2.mfence x86.sse2.lfence x86.sse.sfence
    x86.sse.comieq.ss x86.sse.comilt.ss x86.sse.comile.ss x86.sse.comigt.ss x86.sse.comige.ss
    x86.sse.comineq.ss x86.sse.ucomieq.ss x86.sse.ucomilt.ss x86.sse.ucomile.ss
    x86.sse.ucomigt.ss x86.sse.ucomige.ss x86.sse.ucomineq.ss
    x86.sse2.comieq.sd x86.sse2.comilt.sd x86.sse2.comile.sd x86.sse2.comigt.sd
    x86.sse2.comige.sd x86.sse2.comineq.sd x86.sse2.ucomieq.sd x86.sse2.ucomilt.sd
    x86.sse2.ucomile.sd x86.sse2.ucomigt.sd x86.sse2.ucomige.sd x86.sse2.ucomineq.sd
    x86.sse41.round.ps x86.sse41.round.pd x86.avx.round.ps.256 x86.avx.round.pd.256
    x86.sse41.ptestz x86.sse41.ptestc x86.sse41.ptestnzc x86.avx.vtestz.pd x86.avx.vtestc.pd
    x86.avx.vtestz.ps x86.avx.vtestc.ps x86.avx.vtestz.pd.256 x86.avx.vtestz.ps.256
    x86.avx.vtestc.pd.256 x86.avx.vtestc.ps.256 x86.avx.ptestz.256 x86.avx.ptestc.256
    x86.sse.movmsk.ps x86.sse2.movmsk.pd x86.avx.movmsk.pd.256 x86.avx.movmsk.ps.256
    x86.sse.cvtss2si x86.sse.cvttss2si x86.sse2.cvtsd2si x86.sse2.cvttsd2si x86.sse.cvtss2si64
    x86.sse.cvttss2si64 x86.sse2.cvtsd2si64 x86.sse2.cvttsd2si64 x86.sse2.cvtpd2dq
    x86.sse2.cvttpd2dq x86.sse2.cvtps2dq x86.sse2.cvttps2dq
    """.split()
)
_TYPE: Final = r"(?:nx)?(?:v\d+)?(?:bf16|f16|f32|f64|f80|f128|ppcf128|i\d+|p\d+)"
_INTRINSIC: Final = pattern(rf"llvm\.(.+?)(?:\.{_TYPE})*")
_COMPILED: Final = tuple((reason, pattern(text)) for reason, text in _PATTERNS)


_FLOATING: Final = frozenset(
    """
    strtod strtof strtold strtod_l strtof_l __strtod_internal atof nan nanf nanl nanf128 difftime
    drand48 erand48 omp_get_wtime omp_get_wtick MPI_Wtime MPI_Wtick PMPI_Wtime strfromd strfromf
    strfroml ecvt fcvt gcvt setpayload setpayloadsig
    """.split()
)
"""The only ones of these functions that take or return floating values themselves."""

_GOING_ON: Final = frozenset(
    """
    rand random drand48 lrand48 mrand48 getrandom getentropy arc4random arc4random_uniform
    arc4random_buf getchar getchar_unlocked getwchar scanf vscanf __isoc99_scanf __isoc23_scanf gets
    _ZNSt13random_device9_M_getvalEv
    """.split()
)
"""Functions that draw numbers, or read input, from a place that no argument tells."""

_SHAPES: Final[Mapping[str, str]] = {
    "access": "i pi", "alarm": "i i", "close": "i i", "div": "* ii", "dup": "i i", "dup2": "i ii",
    "err": "v ip.", "errx": "v ip.", "error": "v iip.", "index": "p pi", "ioctl": "i ii.",
    "kill": "i ii", "open": "i pi.", "pipe": "i p", "poll": "i pii", "raise": "i i",
    "rand": "i ", "random": "i ", "read": "i ipi", "remove": "i p", "rename": "i pp",
    "rindex": "p pi", "select": "i ipppp", "signal": "p ip", "sleep": "i i", "system": "i p",
    "time": "i p", "times": "i p", "clock": "i ", "warn": "v p.", "warnx": "v p.",
    "write": "i ipi", "exit": "v i", "rewind": "v p", "abs": "i i",
}  # fmt: skip
"""Names that a program may well give to something else: result, then parameters (void, integer,
pointer, `*` anything, `.` variadic). With another shape the function is the program's own."""


def why_inactive(name: str, type: FunctionType | None = None) -> str | None:
    """Why the function carries no derivative ("prints"), or None if it may carry one.

    With a type, only if a function of that type can be meant: `double error(double)` is not C's.
    """
    name = name.removeprefix("\\01")
    if name.startswith("llvm."):
        match = _INTRINSIC.fullmatch(name)
        known = match is not None and (match[1] in _INTRINSICS or name[5:] in _INTRINSICS)
        return "is no arithmetic" if known else None
    found = INACTIVE.get(name)
    if found is None and name.startswith(("_Z", "__", "f90")):
        return next((why for why, text in _COMPILED if text.fullmatch(name)), None)
    return found if type is None or _may_be(name, type) else None


def writes_bytes(name: str) -> bool:
    """Does an inactive function write the bytes that an argument points to, or leads to, into a
    file?"""
    return _WRITE_BYTES.fullmatch(name) is not None


def reads_bytes(name: str) -> bool:
    """Does an inactive function read bytes from a file to where an argument points?"""
    return _READ_BYTES.fullmatch(name) is not None


def is_repeatable(name: str, type: FunctionType) -> bool:
    """Does a function do the same if it is called again with what its arguments lead to? If not, it
    goes on from a state of its own."""
    return name not in _GOING_ON or why_inactive(name, type) is None


def _may_be(name: str, type: FunctionType) -> bool:
    shape = _SHAPES.get(name)
    if shape is not None:
        return _shape(type) == shape or (shape[0] == "*" and _shape(type)[1:] == shape[1:])
    if name in _FLOATING:
        return True
    given = () if "printf" in name else type.params  # C89 calls printf without a prototype
    return not any(map(ty.is_float, (type.result, *given)))


def _shape(type: FunctionType) -> str:
    letters = "".join(map(_letter, type.params))
    return f"{_letter(type.result)} {letters}{'.' if type.vararg else ''}"


def _letter(type: Type) -> str:
    if ty.is_pointer(type):
        return "p"
    return "i" if ty.is_int(type) else "v" if type is ty.VOID else "f"
