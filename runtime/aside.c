/* Seeds that pointers displace.

   Memory that others see may hold a number at one time and a pointer at another. Its shadow, then, is told by the
   caller what the adjoint of the last number is, and gets the shadows of pointers in between. What lies in a cell when
   such a shadow is put there is set aside, and brought back when a number is stored there. Where the pointer stays to
   the end, the adjoint of what it has overwritten begins with zero.

   A hash table of each thread, by address; empty but for derivatives in the making. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ODR __attribute__((weak, visibility("hidden")))

struct enzcc_aside {
  char *cell;
  char bytes[sizeof(void *)];
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

/* Forward, before the shadow of a pointer is stored. A shadow that is the primal itself is that of constant memory. */
ODR void __enzcc_put_aside(char *cell, const char *primal) {
  if (cell == primal) return;
  if (2 * (__enzcc_asides.count + 1) > __enzcc_asides.size) grow_asides();
  struct enzcc_aside *aside = aside_of(cell);
  if (aside->cell) return;
  __enzcc_asides.count++;
  aside->cell = cell;
  memcpy(aside->bytes, cell, sizeof aside->bytes);
}

/* Forward, where a number is stored. */
ODR void __enzcc_bring_back(char *cell, const char *primal, size_t size) {
  if (cell == primal) return;
  for (char *at = cell - sizeof(void *) + 1; at < cell + size && __enzcc_asides.count; at++) {
    struct enzcc_aside *aside = aside_of(at);
    if (!aside->cell) continue;
    memcpy(at, aside->bytes, sizeof aside->bytes);
    end_aside(aside);
  }
}

/* Backward, where a pointer was stored. */
ODR void __enzcc_end_aside(char *cell, const char *primal) {
  if (cell == primal || !__enzcc_asides.count) return;
  struct enzcc_aside *aside = aside_of(cell);
  if (!aside->cell) return;
  memset(cell, 0, sizeof aside->bytes);
  end_aside(aside);
}
