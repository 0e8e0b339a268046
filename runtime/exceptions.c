/* Shadows of what is thrown: the handler finds the shadow by the address of the exception.

   Where the exception was thrown by code that is not differentiated, there is none: then the exception is its own
   shadow, which means constant. The last few are remembered, one list a thread. */

#include <stddef.h>
#include <stdint.h>

#define ODR __attribute__((weak, visibility("hidden")))
#define REMEMBERED 256

struct enzcc_exception {
  char *object, *shadow;
  size_t size;
  uint64_t whose;
};

ODR _Thread_local struct enzcc_exception __enzcc_exceptions[REMEMBERED];
ODR _Thread_local unsigned __enzcc_exceptions_thrown;

/* An exception of `size` bytes comes into being, and its shadow. */
ODR void __enzcc_exception_thrown(char *object, char *shadow, size_t size, uint64_t whose) {
  for (unsigned i = 0; i < REMEMBERED; i++) { /* what was there before is gone */
    struct enzcc_exception *old = &__enzcc_exceptions[i];
    if (old->object && old->whose == whose && old->object < object + size && object < old->object + old->size)
      old->object = 0;
  }
  __enzcc_exceptions[__enzcc_exceptions_thrown++ % REMEMBERED] = (struct enzcc_exception){object, shadow, size, whose};
}

/* The shadow of an exception, or of a part of one, that is caught. */
ODR void *__enzcc_exception_caught(char *object, uint64_t whose) {
  for (unsigned i = 1; i <= REMEMBERED; i++) {
    struct enzcc_exception *one = &__enzcc_exceptions[(__enzcc_exceptions_thrown - i) % REMEMBERED];
    if (one->object && one->whose == whose && (size_t)(object - one->object) < one->size)
      return one->shadow + (object - one->object);
  }
  return object;
}
