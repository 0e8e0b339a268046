/* Cells of shadow memory that hold a float, a double or a pointer in turn, or numbers beside each other at one time and
   one number at another.

   Nothing in the code that copies such cells tells what lies there. In the reverse sweep, a load tells it: the adjoint
   that it leaves is noted by its address. Copies take the notes along, backwards, and where a cell got its value the
   note ends. So cells with a note hold an adjoint of that kind; those without hold the shadow of a pointer, or nothing
   of worth, and their adjoint is zero.

   The notes are kept by units of four bytes, in a hash table of each thread. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ODR __attribute__((weak, visibility("hidden")))
#define UNIT 4
#define FIRST 64

enum { NONE_NOTED, FLOAT_NOTED, DOUBLE_NOTED, DOUBLE_END_NOTED };

struct enzcc_note {
  uintptr_t unit; /* its address by UNIT */
  unsigned kind;
};

struct enzcc_notes {
  struct enzcc_note first[FIRST], *more;
  size_t size, count; /* size: a power of two; 0: that of `first` */
};

ODR _Thread_local struct enzcc_notes __enzcc_notes;

static struct enzcc_note *notes(void) { return __enzcc_notes.more ? __enzcc_notes.more : __enzcc_notes.first; }
static size_t notes_size(void) { return __enzcc_notes.more ? __enzcc_notes.size : FIRST; }
/* Units beside each other lie beside each other, 16 in a row. */
static size_t home_of(uintptr_t unit, size_t size) {
  return ((size_t)((uint64_t)(unit / 16) * 0x9E3779B97F4A7C15u >> 20) * 16 + unit % 16) & (size - 1);
}

static struct enzcc_note *note_of(uintptr_t unit) {
  size_t size = notes_size(), at = home_of(unit, size);
  struct enzcc_note *all = notes();
  while (all[at].kind && all[at].unit != unit) at = (at + 1) & (size - 1);
  return &all[at];
}

static void grow_notes(void) {
  struct enzcc_note *old = notes(), *block = __enzcc_notes.more;
  size_t size = notes_size();
  struct enzcc_note *more = calloc(2 * size, sizeof *more);
  if (!more) {
    fputs("enzcc: out of memory\n", stderr);
    abort();
  }
  __enzcc_notes.more = more;
  __enzcc_notes.size = 2 * size;
  for (size_t i = 0; i < size; i++)
    if (old[i].kind) *note_of(old[i].unit) = old[i];
  if (block)
    free(block);
  else
    memset(__enzcc_notes.first, 0, sizeof __enzcc_notes.first);
}

static void put_note(uintptr_t unit, unsigned kind) {
  struct enzcc_note *note = note_of(unit);
  if (!note->kind) {
    if (2 * ++__enzcc_notes.count > notes_size()) {
      grow_notes();
      note = note_of(unit);
    }
    note->unit = unit;
  }
  note->kind = kind;
}

static void end_note(uintptr_t unit) {
  struct enzcc_note *all = notes(), *note = note_of(unit);
  size_t size = notes_size(), hole = (size_t)(note - all), at = hole;
  if (!note->kind) return;
  for (;;) { /* what had to go behind this one moves up */
    at = (at + 1) & (size - 1);
    if (!all[at].kind) break;
    if (((at - home_of(all[at].unit, size)) & (size - 1)) >= ((at - hole) & (size - 1))) {
      all[hole] = all[at];
      hole = at;
    }
  }
  all[hole].kind = NONE_NOTED;
  if (!--__enzcc_notes.count && __enzcc_notes.more) {
    free(__enzcc_notes.more);
    __enzcc_notes.more = 0;
  }
}

static uintptr_t unit_of(const char *cell) {
  if ((uintptr_t)cell % UNIT) {
    fputs("enzcc: a number in memory that holds numbers of several kinds in turn lies at an odd address\n", stderr);
    abort();
  }
  return (uintptr_t)cell / UNIT;
}

static __attribute__((cold)) void read_as_several(void) {
  fputs("enzcc: memory is read as numbers of two types; their derivatives cannot be added up\n", stderr);
  abort();
}

#define NOTED(NAME, TYPE, KIND)                                                        \
  /* *cell += amount, a number of this kind from now on */                             \
  ODR void __enzcc_note_##NAME(char *cell, TYPE amount) {                              \
    if (amount == 0) return; /* what is loaded ahead of a branch may be anything */    \
    uintptr_t unit = unit_of(cell);                                                    \
    unsigned kind = note_of(unit)->kind;                                               \
    unsigned next = sizeof(TYPE) > UNIT ? note_of(unit + 1)->kind : NONE_NOTED;        \
    if (kind == KIND) {                                                                \
      TYPE before;                                                                     \
      memcpy(&before, cell, sizeof before);                                            \
      amount += before;                                                                \
    } else {                                                                           \
      if (kind || next) read_as_several();                                             \
      put_note(unit, KIND);                                                            \
      if (sizeof(TYPE) > UNIT) put_note(unit + 1, DOUBLE_END_NOTED);                   \
    }                                                                                  \
    memcpy(cell, &amount, sizeof amount);                                              \
  }                                                                                    \
  /* the adjoint of a cell that is stored to */                                        \
  ODR TYPE __enzcc_take_##NAME(char *cell) {                                           \
    uintptr_t unit = unit_of(cell);                                                    \
    unsigned kind = note_of(unit)->kind;                                               \
    TYPE found = 0;                                                                    \
    if (kind == KIND) {                                                                \
      memcpy(&found, cell, sizeof found);                                              \
      memset(cell, 0, sizeof found);                                                   \
      end_note(unit);                                                                  \
      if (sizeof(TYPE) > UNIT) end_note(unit + 1);                                     \
    } else if (kind || (sizeof(TYPE) > UNIT && note_of(unit + 1)->kind))               \
      read_as_several();                                                               \
    return found;                                                                      \
  }

NOTED(float, float, FLOAT_NOTED)
NOTED(double, double, DOUBLE_NOTED)

/* Does a number keep its sign and exponent, and more, if what is in front of `end` is overwritten? Then it is only
   rounded. (That the lowest bytes come first is so on all targets with notes.) */
static int is_rounded(uintptr_t unit, unsigned kind, const char *end) {
  return (uintptr_t)end <= unit * UNIT + (kind == DOUBLE_NOTED ? sizeof(double) : UNIT) / 2;
}

/* Something without derivative is written there: what lay there has no adjoint any more. */
ODR void __enzcc_clear_noted(char *to, size_t bytes, size_t period, size_t offset, size_t size) {
  if (!__enzcc_notes.count) return;
  for (size_t at = offset; at < bytes; at += period) {
    size_t length = size < bytes - at ? size : bytes - at;
    uintptr_t last = (uintptr_t)(to + at + length - 1) / UNIT;
    for (uintptr_t unit = (uintptr_t)(to + at) / UNIT; unit <= last && __enzcc_notes.count; unit++) {
      unsigned kind = note_of(unit)->kind;
      if (!kind || (kind != DOUBLE_END_NOTED && is_rounded(unit, kind, to + at + length))) continue;
      if (kind == DOUBLE_NOTED) end_note(unit + 1);
      if (kind == DOUBLE_END_NOTED) end_note(unit - 1);
      end_note(unit);
    }
  }
}

/* The forward sweep copies the shadows of pointers; adjoints stay where they are. */
ODR void __enzcc_copy_noted(char *to, const char *from, size_t bytes, size_t period, size_t offset, size_t size) {
  size_t periods = bytes > offset ? (bytes - offset - 1) / period + 1 : 0;
  for (size_t i = 0; i < periods; i++)
    for (size_t j = 0; j < size; j += UNIT) {
      size_t at = to <= from ? offset + i * period + j : offset + (periods - 1 - i) * period + (size - UNIT - j);
      if (at + UNIT > bytes) continue;
      if (__enzcc_notes.count && (note_of((uintptr_t)(to + at) / UNIT)->kind || note_of((uintptr_t)(from + at) / UNIT)->kind))
        continue;
      memmove(to + at, from + at, UNIT);
    }
}

static void move_note(char *to, char *from, char *begin, char *end) {
  unsigned kind = note_of((uintptr_t)to / UNIT)->kind;
  if (kind == FLOAT_NOTED) __enzcc_note_float(from, __enzcc_take_float(to));
  if (kind == DOUBLE_END_NOTED) {
    if (to - UNIT < begin) __enzcc_broken_copy();
    return; /* with its first half */
  }
  if (kind == DOUBLE_NOTED) {
    if (to + sizeof(double) > end) __enzcc_broken_copy();
    __enzcc_note_double(from, __enzcc_take_double(to));
  }
}

/* The adjoint of memmove, in the reverse of the order in which it would copy. */
ODR void __enzcc_move_adjoint_noted(char *to, char *from, size_t bytes, size_t period, size_t offset, size_t size) {
  size_t periods = bytes > offset ? (bytes - offset - 1) / period + 1 : 0;
  if (!__enzcc_notes.count) return;
  for (size_t i = 0; i < periods; i++) {
    size_t start = offset + (to > from ? i : periods - 1 - i) * period;
    size_t length = size < bytes - start ? size : bytes - start;
    for (size_t j = 0; j < length; j += UNIT) {
      size_t at = to > from ? j : (length - 1) / UNIT * UNIT - j;
      if (at + UNIT > length) { /* no whole unit */
        if (note_of((uintptr_t)(to + start + at) / UNIT)->kind) __enzcc_broken_copy();
        continue;
      }
      move_note(to + start + at, from + start + at, to + start, to + start + length);
    }
  }
}
