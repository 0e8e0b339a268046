/* What Eigen does to resize blocks that it aligns itself, as a body to be differentiated: its own moves within the
   block that realloc returns, by a distance between addresses, which differs in shadow memory. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifndef ODR
#define ODR __attribute__((weak, visibility("hidden")))
#endif

enum { COARSEST = 64 };

ODR void *__enzcc_aligned_realloc(void *old, size_t size, size_t old_size) {
  void *block = malloc(size + COARSEST);
  if (!block) return NULL;
  void **made = (void **)(((uintptr_t)block & ~(uintptr_t)(COARSEST - 1)) + COARSEST);
  made[-1] = block;
  if (old) {
    memcpy(made, old, old_size < size ? old_size : size);
    free(((void **)old)[-1]);
  }
  return made;
}
