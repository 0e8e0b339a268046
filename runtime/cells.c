/* Shadow memory that is copied or overwritten in bulk, where floats, pointers and integers are mixed.

   A pattern of kinds repeats every `period` bytes; a cell is `size` bytes at `offset` in each period, within the first
   `bytes` bytes. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ODR __attribute__((weak, visibility("hidden")))

ODR void __enzcc_clear_cells(char *to, size_t bytes, size_t period, size_t offset, size_t size) {
  if (size == period) {
    if (bytes > offset) memset(to + offset, 0, bytes - offset);
    return;
  }
  for (size_t at = offset; at < bytes; at += period)
    memset(to + at, 0, size < bytes - at ? size : bytes - at);
}

ODR void __enzcc_copy_cells(char *to, const char *from, size_t bytes, size_t period, size_t offset,
                            size_t size) {
  if (to <= from)
    for (size_t at = offset; at + size <= bytes; at += period) memmove(to + at, from + at, size);
  else
    for (size_t at = offset + (bytes >= offset + size ? (bytes - offset - size) / period * period : 0) + period;
         bytes >= offset + size && at > offset;) {
      at -= period;
      memmove(to + at, from + at, size);
    }
}

/* Cells that hold a double at one time and a pointer at another. An address is never a normal double: the sign and the
   exponent of a double are the highest bits of a word, which no address uses. What is taken for an address without
   being one is less than the smallest normal number. */
static int is_address(const char *cell) {
  size_t word;
  memcpy(&word, cell, sizeof word);
  return word && !(word >> (sizeof word * 8 - 12));
}

ODR void __enzcc_clear_numbers(char *to, size_t bytes, size_t period, size_t offset, size_t size) {
  for (size_t at = offset; at < bytes; at += period)
    for (size_t part = at; part < at + size && part + sizeof(double) <= bytes; part += sizeof(double))
      if (!is_address(to + part)) memset(to + part, 0, sizeof(double));
}

/* Where a number is copied over a pointer, the pointer's shadow goes: further copies would take the number for one. */
static void copy_address(char *to, const char *from) {
  if (is_address(from))
    memcpy(to, from, sizeof(double));
  else if (is_address(to))
    memset(to, 0, sizeof(double));
}

ODR void __enzcc_copy_pointers(char *to, const char *from, size_t bytes, size_t period, size_t offset, size_t size) {
  size_t periods = bytes > offset ? (bytes - offset - 1) / period + 1 : 0;
  for (size_t i = 0; i < periods; i++)
    for (size_t j = 0; j < size; j += sizeof(double)) {
      size_t at = to <= from ? offset + i * period + j
                             : offset + (periods - 1 - i) * period + (size - sizeof(double) - j);
      if (at + sizeof(double) <= bytes) copy_address(to + at, from + at);
    }
}

/* Half a float has no derivative that could be moved: better no answer than a wrong one. */
ODR void __enzcc_broken_copy(void) {
  fputs("enzcc: a copy of active memory ends within a floating value; its derivative cannot be moved in parts\n",
        stderr);
  abort();
}

/* The adjoint of memmove(p, q, bytes): for each float, t = *dp; *dp = 0; *dq += t, in the reverse of the order in
   which memmove would copy, so that overlapping regions come out right. Where nothing but floats is copied, to another
   place, any order will do: vectors are moved. */
#define MOVE_ADJOINT(NAME, TYPE, PASSES)                                                               \
  static void NAME##_one(char *to, char *from) {                                                       \
    TYPE t, sum;                                                                                       \
    if (PASSES(to)) return;                                                                            \
    memcpy(&t, to, sizeof t);                                                                          \
    memset(to, 0, sizeof t);                                                                           \
    memcpy(&sum, from, sizeof sum);                                                                    \
    sum += t;                                                                                          \
    memcpy(from, &sum, sizeof sum);                                                                    \
  }                                                                                                    \
  static void NAME##_all(char *restrict to, char *restrict from, size_t count) {                       \
    for (size_t i = 0; i < count; i++) NAME##_one(to + i * sizeof(TYPE), from + i * sizeof(TYPE));     \
  }                                                                                                    \
  ODR void __enzcc_move_adjoint_##NAME(char *to, char *from, size_t bytes, size_t period, size_t offset, \
                                       size_t size) {                                                  \
    size_t periods = bytes > offset ? (bytes - offset - 1) / period + 1 : 0;                           \
    size_t each = size / sizeof(TYPE);                                                                 \
    size_t rest = bytes > offset ? (bytes - offset) % period : 0;                                      \
    if (rest < size && rest % sizeof(TYPE)) __enzcc_broken_copy();                                     \
    if (size == period && (to + bytes <= from || from + bytes <= to)) {                                \
      if (bytes > offset) NAME##_all(to + offset, from + offset, (bytes - offset) / sizeof(TYPE));     \
    } else if (to > from) {                                                                            \
      for (size_t i = 0; i < periods; i++)                                                             \
        for (size_t j = 0; j < each; j++) {                                                            \
          size_t at = offset + i * period + j * sizeof(TYPE);                                          \
          if (at + sizeof(TYPE) <= bytes) NAME##_one(to + at, from + at);                                                              \
        }                                                                                              \
    } else {                                                                                           \
      for (size_t i = periods; i-- > 0;)                                                               \
        for (size_t j = each; j-- > 0;) {                                                              \
          size_t at = offset + i * period + j * sizeof(TYPE);                                          \
          if (at + sizeof(TYPE) <= bytes) NAME##_one(to + at, from + at);                                                              \
        }                                                                                              \
    }                                                                                                  \
  }

#define NONE(to) 0
MOVE_ADJOINT(float, float, NONE)
MOVE_ADJOINT(double, double, NONE)
MOVE_ADJOINT(number, double, is_address)
#if defined(__x86_64__) || defined(__i386__)
MOVE_ADJOINT(x86_fp80, long double, NONE)
#endif
#if defined(__FLT16_MAX__)
MOVE_ADJOINT(half, _Float16, NONE)
#endif
#if defined(__SIZEOF_FLOAT128__)
MOVE_ADJOINT(fp128, __float128, NONE)
#endif

/* The table of derivatives that is the shadow of a function pointer. */
ODR const void *__enzcc_table_of(const void *function, const void *shadow, const char *message) {
  if (!shadow || shadow == function) __enzcc_no_derivative(message);
  return shadow;
}

/* Does a global pointer point to an argument? `whole`: it holds a block of the heap, all of which counts. */
ODR void __enzcc_apart(const char *argument, const char *held, _Bool whole, const char *message) {
  if (argument && (argument == held || (whole && held && argument > held && argument < held + __enzcc_block_size((void *)held))))
    __enzcc_no_derivative(message);
}

/* A pointer from before the derivative leads to none of the variables through which active data pass. */
ODR void __enzcc_not_within(const char *pointer, const char *variable, size_t size, const char *message) {
  if ((uintptr_t)pointer - (uintptr_t)variable < size && pointer) __enzcc_no_derivative(message);
}

/* The same of several, which lie between two addresses: most pointers lead elsewhere. */
struct enzcc_followed {
  const char *place;
  size_t size;
  const char *message;
};

ODR __attribute__((noinline, cold)) void __enzcc_look_within(const char *pointer, const struct enzcc_followed *variables,
                                                             size_t count) {
  for (size_t i = 0; i < count; i++)
    __enzcc_not_within(pointer, variables[i].place, variables[i].size, variables[i].message);
}

ODR void __enzcc_within_none(const char *pointer, const char *first, const char *end,
                             const struct enzcc_followed *variables, size_t count) {
  if ((uintptr_t)pointer - (uintptr_t)first < (uintptr_t)end - (uintptr_t)first)
    __enzcc_look_within(pointer, variables, count);
}

/* The name of a weak function leads to the definition that a derivative was made from; the second half of
   a derivative gets the shadows that the first one got. */
ODR void __enzcc_require_same(const void *address, const void *wanted, const char *message) {
  if (address != wanted) __enzcc_no_derivative(message);
}

/* What a derivative relies on, where a run may be otherwise. */
ODR void __enzcc_require(_Bool is_so, const char *message) {
  if (!is_so) __enzcc_no_derivative(message);
}

/* With -enzyme-runtime-error: what could not be differentiated has been reached. */
ODR __attribute__((cold)) void __enzcc_refused(const char *message) {
  fprintf(stderr, "%s\n", message);
  exit(1);
}

/* A variable and its shadow. */
struct enzcc_variable {
  char *from, *to;
  size_t size;
};

/* Pointers in the shadow of a variable that point to a variable with a shadow shall point to that. */
ODR void __enzcc_redirect(char *to, size_t bytes, size_t period, size_t offset, size_t size,
                          const struct enzcc_variable *variables) {
  for (size_t at = offset; at + size <= bytes; at += period)
    for (size_t part = at; part + sizeof(char *) <= at + size; part += sizeof(char *)) {
      char *pointer;
      memcpy(&pointer, to + part, sizeof pointer);
      for (const struct enzcc_variable *v = variables; v->from; v++)
        if (pointer >= v->from && pointer < v->from + v->size) {
          pointer = v->to + (pointer - v->from);
          memcpy(to + part, &pointer, sizeof pointer);
          break;
        }
    }
}

/* Active data may not go to memory that has no shadow: what is read from there later would be constant. */
ODR void __enzcc_need_shadow(const void *primal, const void *shadow, const char *message) {
  if (primal == shadow) {
    fprintf(stderr, "%s\n", message);
    abort();
  }
}
