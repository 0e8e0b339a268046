/* Seeds that pointers displace.

   Memory that others see may hold a number at one time and a pointer at another. Its shadow, then, is told by the
   caller what the adjoint of the last number is, and gets the shadows of pointers in between. What lies in a cell when
   such a shadow is put there is set aside, and brought back when a number is stored there. Where the pointer stays to
   the end, the adjoint of what it has overwritten begins with zero.

   A hash table of each thread, by address; empty but for derivatives in the making, and for those that an exception or
   another thread has ended: an entry holds only as long as the shadow lies there for which it was made. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ODR __attribute__((weak, visibility("hidden")))

struct enzcc_aside {
  char *cell;
  char bytes[sizeof(void *)]; /* the seed */
  char shadow[sizeof(void *)]; /* what lies there instead */
};

struct enzcc_asides {
  struct enzcc_aside *all;
  size_t size, count; /* size: a power of two */
};

ODR _Thread_local struct enzcc_asides __enzcc_asides;

static size_t aside_home(const char *cell, size_t size) {
  return (size_t)((uint64_t)(uintptr_t)cell * 0x9E3779B97F4A7C15u >> 32) & (size - 1);
}

static struct enzcc_aside *aside_of(const char *cell) {
  size_t size = __enzcc_asides.size, at = aside_home(cell, size);
  while (__enzcc_asides.all[at].cell && __enzcc_asides.all[at].cell != cell) at = (at + 1) & (size - 1);
  return &__enzcc_asides.all[at];
}

static void grow_asides(void) {
  struct enzcc_aside *old = __enzcc_asides.all;
  size_t size = __enzcc_asides.size;
  __enzcc_asides.size = size ? 2 * size : 64;
  __enzcc_asides.all = calloc(__enzcc_asides.size, sizeof *old);
  if (!__enzcc_asides.all) {
    fputs("enzcc: out of memory\n", stderr);
    abort();
  }
  for (size_t i = 0; i < size; i++)
    if (old[i].cell) *aside_of(old[i].cell) = old[i];
  free(old);
}

static void end_aside(struct enzcc_aside *aside) {
  struct enzcc_aside *all = __enzcc_asides.all;
  size_t size = __enzcc_asides.size, hole = (size_t)(aside - all), at = hole;
  for (;;) { /* what had to go behind this one moves up */
    at = (at + 1) & (size - 1);
    if (!all[at].cell) break;
    if (((at - aside_home(all[at].cell, size)) & (size - 1)) >= ((at - hole) & (size - 1))) {
      all[hole] = all[at];
      hole = at;
    }
  }
  all[hole].cell = 0;
  if (--__enzcc_asides.count) return;
  free(all);
  __enzcc_asides = (struct enzcc_asides){0};
}

/* What has been set aside for a cell, if anything. */
static struct enzcc_aside *find_aside(const char *cell) {
  struct enzcc_aside *aside = __enzcc_asides.count ? aside_of(cell) : 0;
  return aside && aside->cell ? aside : 0;
}

static void put_aside(char *cell, const char *shadow) {
  struct enzcc_aside *aside = find_aside(cell);
  if (!aside) {
    if (2 * (__enzcc_asides.count + 1) > __enzcc_asides.size) grow_asides();
    aside = aside_of(cell);
    __enzcc_asides.count++;
    aside->cell = cell;
    memcpy(aside->bytes, cell, sizeof aside->bytes);
  } else if (memcmp(aside->shadow, cell, sizeof aside->shadow))
    memcpy(aside->bytes, cell, sizeof aside->bytes);
  memcpy(aside->shadow, shadow, sizeof aside->shadow);
}

static void bring_back(char *cell) {
  struct enzcc_aside *aside = find_aside(cell);
  if (!aside) return;
  if (!memcmp(aside->shadow, cell, sizeof aside->shadow)) memcpy(cell, aside->bytes, sizeof aside->bytes);
  end_aside(aside);
}

static void end_cell(char *cell) {
  struct enzcc_aside *aside = find_aside(cell);
  if (!aside) return;
  memset(cell, 0, sizeof aside->bytes);
  end_aside(aside);
}

/* Forward, before the shadow of a pointer is stored. A shadow that is the primal itself is that of constant memory. */
ODR void __enzcc_put_aside(char *cell, const char *primal, const char *shadow) {
  if (cell != primal) put_aside(cell, (const char *)&shadow);
}

/* Forward, where a number is stored. */
ODR void __enzcc_bring_back(char *cell, const char *primal, size_t size) {
  if (cell == primal) return;
  for (char *at = cell - sizeof(void *) + 1; at < cell + size && __enzcc_asides.count; at++) bring_back(at);
}

/* Forward, where a float is stored to where a pointer may have lain since before the derivative, whose shadow is no seed
   of the float. The upper half of an address, if it is not zero, is no float that is worth anything. */
ODR void __enzcc_end_pointer(char *cell, const char *primal) {
  uint64_t word;
  if (cell == primal || sizeof(void *) != sizeof word) return;
  memcpy(&word, cell, sizeof word);
  if (word >> 32 && !(word >> 52)) memset(cell, 0, sizeof word);
}

/* Backward, where a pointer was stored. */
ODR void __enzcc_end_aside(char *cell, const char *primal) {
  if (cell != primal) end_cell(cell);
}

/* The same for cells that are copied in bulk and hold a double or a pointer, as `runtime/cells.c` tells them apart. */
static int is_shadow(const char *cell) {
  size_t word;
  memcpy(&word, cell, sizeof word);
  return word && !(word >> (sizeof word * 8 - 12));
}

static void displace(char *to, const char *from) {
  if (!is_shadow(from)) {
    bring_back(to);
    if (is_shadow(to)) memset(to, 0, sizeof(double)); /* of a pointer from before */
    return;
  }
  put_aside(to, from);
  memmove(to, from, sizeof(double));
}

/* Forward, where such cells are cleared: a zero is a number. */
ODR void __enzcc_clear_displaced(char *to, size_t bytes, size_t period, size_t offset, size_t size) {
  for (size_t at = offset; at < bytes; at += period)
    for (size_t part = at; part < at + size && part + sizeof(double) <= bytes; part += sizeof(double)) {
      bring_back(to + part);
      if (is_shadow(to + part)) memset(to + part, 0, sizeof(double));
    }
}

static void place_back(char *to, char *from) {
  double adjoint, sum;
  if (is_shadow(to)) {
    end_cell(to);
    return;
  }
  memcpy(&adjoint, to, sizeof adjoint);
  memset(to, 0, sizeof adjoint);
  memcpy(&sum, from, sizeof sum);
  sum += adjoint;
  if (adjoint != 0) memcpy(from, &sum, sizeof sum);
}

ODR void __enzcc_copy_displacing(char *to, char *from, size_t bytes, size_t period, size_t offset, size_t size) {
  size_t periods = bytes > offset ? (bytes - offset - 1) / period + 1 : 0;
  for (size_t i = 0; i < periods && to != from; i++)
    for (size_t j = 0; j < size; j += sizeof(double)) {
      size_t at = to <= from ? offset + i * period + j
                             : offset + (periods - 1 - i) * period + (size - sizeof(double) - j);
      if (at + sizeof(double) <= bytes) displace(to + at, from + at);
    }
}

ODR void __enzcc_move_adjoint_displacing(char *to, char *from, size_t bytes, size_t period, size_t offset,
                                         size_t size) {
  size_t periods = bytes > offset ? (bytes - offset - 1) / period + 1 : 0;
  for (size_t i = 0; i < periods && to != from; i++)
    for (size_t j = 0; j < size; j += sizeof(double)) {
      size_t at = to > from ? offset + i * period + j
                            : offset + (periods - 1 - i) * period + (size - sizeof(double) - j);
      if (at + sizeof(double) <= bytes) place_back(to + at, from + at);
    }
}
