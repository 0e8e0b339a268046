/* Shadows of what is thrown: the handler finds the shadow by the address of the exception.

   Where the exception was thrown by code that is not differentiated, there is none: then the exception is its own
   shadow, which means constant. The last few are remembered, one list a thread.

   And exceptions that own memory: the differentiated code destroys them itself, where the C++ runtime would have
   done it, so that the derivative sees it (enzcc/ad/exceptions/destroyed.py). */

#include <stddef.h>
#include <stdint.h>
#include <unwind.h>

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

struct enzcc_owner {
  char *object;
  void (*destroy)(void *);
  int handlers, in_flight;
};

ODR _Thread_local struct enzcc_owner __enzcc_owners[REMEMBERED];
ODR _Thread_local struct enzcc_owner *__enzcc_handled[REMEMBERED]; /* by the handlers that run, the inmost last */
ODR _Thread_local unsigned __enzcc_handlers;

ODR struct enzcc_owner *__enzcc_owner_of(const void *object) {
  for (unsigned i = 0; i < REMEMBERED; i++)
    if (__enzcc_owners[i].object == object) return &__enzcc_owners[i];
  return 0;
}

/* The exception of which a landing pad gets the header. */
ODR void *__enzcc_exception_object(void *header) { return (struct _Unwind_Exception *)header + 1; }

/* An exception is thrown that has a destructor. */
ODR void __enzcc_exception_owned(char *object, void (*destroy)(void *)) {
  struct enzcc_owner *owner = __enzcc_owner_of(0);
  if (!owner) __builtin_trap(); /* more than REMEMBERED at once */
  *owner = (struct enzcc_owner){object, destroy, 0, 1};
}

/* Its destructor, to the C++ runtime: the differentiated code has destroyed it, unless it has left that. */
ODR void __enzcc_exception_left(void *object) {
  struct enzcc_owner *owner = __enzcc_owner_of(object);
  if (!owner) return;
  void (*destroy)(void *) = owner->destroy;
  *owner = (struct enzcc_owner){0, 0, 0, 0};
  if (destroy) destroy(object);
}

/* A handler begins, ... */
ODR void __enzcc_exception_entered(void *header) {
  struct enzcc_owner *owner = __enzcc_owner_of(__enzcc_exception_object(header));
  if (owner) owner->handlers++, owner->in_flight = 0;
  if (__enzcc_handlers >= REMEMBERED) __builtin_trap();
  __enzcc_handled[__enzcc_handlers++] = owner;
}

/* ... throws again what it has caught, ... */
ODR void __enzcc_exception_rethrown(void) {
  struct enzcc_owner *owner = __enzcc_handlers ? __enzcc_handled[__enzcc_handlers - 1] : 0;
  if (owner) owner->in_flight = 1;
}

/* ... and ends: is its exception one with this destructor, and to be destroyed? */
ODR void *__enzcc_exception_leaving(void (*destroy)(void *)) {
  struct enzcc_owner *owner = __enzcc_handlers ? __enzcc_handled[__enzcc_handlers - 1] : 0;
  if (!owner || owner->handlers != 1 || owner->in_flight || owner->destroy != destroy) return 0;
  owner->destroy = 0;
  return owner->object;
}

ODR void __enzcc_exception_ended(void) {
  struct enzcc_owner *owner = __enzcc_handlers ? __enzcc_handled[--__enzcc_handlers] : 0;
  if (owner) owner->handlers--;
}
