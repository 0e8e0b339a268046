// One C file with what C can make clang print: every kind of type, memory access and control flow.
#include <complex.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef float v4f __attribute__((vector_size(16)));
typedef double v8d __attribute__((vector_size(64)));
typedef int v4i __attribute__((vector_size(16)));
typedef unsigned char v16u __attribute__((vector_size(16)));

// Vectors: arithmetic, lanes, comparisons, shuffles, conversions.
v4f vector_mix(v4f a, v4f b, int lane) {
  v4i below = a < b;
  v4f chosen = (v4f)(((v4i)a & below) | ((v4i)b & ~below));
  chosen[lane & 3] = a[0] + b[lane & 3];
  return __builtin_shufflevector(chosen, a, 3, 5, -1, 0) * 2.0f + (v4f){1, 2, 3, 4};
}
v8d vector_wide(const v8d *x, int n) {
  v8d sum = {0};
  for (int i = 0; i < n; i++) sum += x[i] * x[i] - 0.5;
  return sum;
}
v4i vector_convert(v4f x) { return __builtin_convertvector(x, v4i) << 2; }
int vector_reduce(v16u x) { return __builtin_reduce_max(x) + __builtin_reduce_xor(x); }

// Atomics in every ordering, and volatile.
static _Atomic int counter;
static _Atomic double accumulated;
static volatile sig_atomic_t caught;
int atomics(atomic_int *p, _Atomic(uint64_t) *wide, int n) {
  int expected = n;
  atomic_store_explicit(p, 1, memory_order_release);
  atomic_fetch_add(p, 3);
  atomic_fetch_xor_explicit(p, n, memory_order_relaxed);
  atomic_compare_exchange_strong(p, &expected, 5);
  atomic_compare_exchange_weak_explicit(p, &expected, 6, memory_order_acq_rel,
                                        memory_order_acquire);
  atomic_thread_fence(memory_order_seq_cst);
  atomic_signal_fence(memory_order_acquire);
  __atomic_fetch_nand((uint64_t *)wide, 7, __ATOMIC_SEQ_CST);
  __atomic_fetch_max((int *)p, 7, __ATOMIC_SEQ_CST);
  __c11_atomic_fetch_add(&accumulated, 1.5, __ATOMIC_RELAXED);
  __atomic_exchange_n((uint64_t *)wide, 9, __ATOMIC_ACQUIRE);
  counter++;
  caught = 1;
  return atomic_load_explicit(p, memory_order_acquire) + caught;
}

// Inline assembly: outputs, clobbers, memory, tied operands, asm goto.
unsigned assembly(unsigned x, unsigned *memory) {
  unsigned y;
  __asm__ volatile("" ::: "memory");
  __asm__("movl %1, %0\n\taddl $1, %0" : "=r"(y) : "r"(x) : "cc");
  __asm__ volatile("lock; addl %1, %0" : "+m"(*memory) : "ir"(y));
  __asm__ volatile goto("testl %0, %0; jne %l1" : : "r"(y) : "cc" : nonzero);
  return y;
nonzero:
  return y + 1;
}

// Variable arguments.
double variable(int count, ...) {
  va_list list, copy;
  va_start(list, count);
  va_copy(copy, list);
  double sum = 0;
  for (int i = 0; i < count; i++) sum += va_arg(list, double);
  sum += va_arg(copy, int);
  sum += (double)va_arg(copy, long double);
  va_end(copy);
  va_end(list);
  return sum;
}

// Computed goto, switch with ranges, a jump into a loop.
int machine(const unsigned char *code, int value) {
  static void *table[] = {&&halt, &&add, &&mul, &&jump};
  goto *table[*code & 3];
add:
  value += *++code;
  goto *table[*++code & 3];
mul:
  value *= *++code;
  goto *table[*++code & 3];
jump:
  if (value > 100) goto inside;
  for (;;) {
    value += 2;
  inside:
    if (value > 1000) break;
  }
halt:
  switch (value) {
    case 0: return 1;
    case 1 ... 5: return 2;
    case -7: value++; /* fall through */
    case INT_MIN: return value;
    default: return (int)(value ^ 0x55);
  }
}

// Scalar types of every width.
_Float16 half_precision(_Float16 a, float b) { return a * (_Float16)b + (_Float16)0.1f; }
__bf16 brain(__bf16 a, __bf16 b) { return a + b; }
__int128 wide(__int128 a, unsigned __int128 b) { return a * 3 + (__int128)(b / 7) - ((__int128)1 << 100); }
long double extended(long double x) { return sqrtl(x) + 0.1L * x - 1e-4000L; }
__float128 quad(__float128 a, double b) { return a * b + 0.1Q; }
_BitInt(37) odd_width(_BitInt(37) a, unsigned _BitInt(129) b) { return a + (_BitInt(37))b; }
double complex conjugate(double complex z, float complex w) { return conj(z) * w + I; }
bool truth(bool a, _Bool b) { return a && !b; }
double limits(double x) {
  return x == HUGE_VAL ? -HUGE_VAL : isnan(x) ? __builtin_nan("0x12") : x + 0x1p-1074 + -0.0;
}

// Structs by value, unions, bit fields, flexible arrays, variable length arrays.
struct inner { char tag; double value[3]; };
struct outer { struct inner first; union { int i; float f; struct inner *next; } u; unsigned bits : 5, more : 11; };
struct __attribute__((packed)) tight { char c; int i; double d; };
struct flexible { int n; double data[]; };
typedef struct { float x, y; } pair;
struct inner by_value(struct inner a, pair p, struct tight t) {
  a.value[1] += p.x * p.y + t.d;
  return a;
}
int fields(struct outer *o, struct flexible *f) {
  o->bits = o->more + 3;
  o->u.next = &o->first;
  f->data[f->n] = o->first.value[2];
  return o->bits;
}
double variable_length(int n, double m[n][n]) {
  double copy[n], *grown = __builtin_alloca(n * sizeof(double));
  memcpy(copy, m[0], sizeof copy);
  memset(grown, 0, n * sizeof(double));
  memmove(grown, copy, (n - 1) * sizeof(double));
  return copy[n - 1] + grown[0];
}

// Globals of every linkage and shape.
static const char *const words[] = {"plain", "quote \" back\\slash", "\001\377\n", u8"gr\u00fc\u00dfe"};
const int *pointer_into = &((const int[]){1, 2, 3})[1];
static struct outer initial = {{'a', {1, 2, 3}}, {.f = 1.5f}, 3, 4};
__thread int per_thread = 4;
__attribute__((weak)) int weak_symbol;
__attribute__((section("mine"), used)) static int placed = 3;
__attribute__((aligned(64))) double aligned_table[4] = {1, 0.5, 1e300, -0.0};
extern int declared_only;
__attribute__((visibility("hidden"))) int hidden_symbol = 1;
int tentative;
static int (*handlers[2])(const unsigned char *, int) = {machine, 0};
size_t distance = (size_t)((char *)&((struct outer *)0)->u - (char *)0);
__attribute__((alias("machine"))) int machine_again(const unsigned char *, int);
static int resolved_one(int x) { return x; }
static int (*resolver(void))(int) { return resolved_one; }
__attribute__((ifunc("resolver"))) int resolved(int);

// Attributes of functions.
__attribute__((noinline, cold, noreturn)) void fail(const char *format, ...) { abort(); }
__attribute__((constructor)) static void start(void) { per_thread = placed; }
__attribute__((always_inline)) static inline int inlined(int x) { return x * x; }
__attribute__((pure, nonnull(1))) int length(const char *s) { return (int)strlen(s); }
__attribute__((target("avx2"))) v8d target_specific(v8d a) { return a + a; }
__attribute__((ms_abi)) int other_convention(int a, double b) { return a + (int)b; }
__attribute__((preserve_most)) void preserving(void) { counter--; }

// Assumptions, expectations, overflow, setjmp, library calls, recursion through pointers.
static jmp_buf environment;
int remaining(int x, double *restrict p, const double *restrict q) {
  p = __builtin_assume_aligned(p, 32);
  __builtin_assume(x > 3);
  int product;
  if (__builtin_expect(__builtin_mul_overflow(x, 3, &product), 0)) __builtin_trap();
  if (setjmp(environment)) longjmp(environment, 2);
  if (!handlers[x & 1]) fail("no handler %d %s\n", x, words[x & 3]);
  for (int i = 0; i < x; i++) p[i] = fma(q[i], q[i], fabs(p[i])) + pow(q[i], 3.0) + (double)inlined(i);
  __builtin_prefetch(p, 1, 3);
  uint32_t swapped = __builtin_bswap32((uint32_t)x) + __builtin_popcount(x) + __builtin_clz(x | 1);
  return handlers[x & 1]((const unsigned char *)words[0], product) + (int)swapped + length(words[1]) +
         machine_again(0, x) + resolved(x) + (int)initial.first.value[0] + *pointer_into + declared_only +
         other_convention(x, 2.0);
}
double deep(int n, double x) { return n <= 0 ? x : sin(deep(n - 1, x * 0.5)) + deep(n - 2, x); }
int main(int argc, char **argv) {
  printf("%g %d\n", deep(argc, 1.0), remaining(argc, 0, 0));
  return argc > 1 ? tentative + weak_symbol : EXIT_SUCCESS;
}
