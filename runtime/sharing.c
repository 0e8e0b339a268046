/* std::shared_ptr of libc++: what its library does when owners and observers come and go, as bodies to be
   differentiated. `functions` is the table of virtual functions; the fifth gives the control block back. */

#include <stddef.h>

#ifndef ODR
#define ODR __attribute__((weak, visibility("hidden")))
#endif

struct enzcc_shared {
  void (*const *functions)(struct enzcc_shared *);
  long owners, observers; /* less one */
};

ODR void __enzcc_shared_release_weak(struct enzcc_shared *block) {
  if (__atomic_load_n(&block->observers, __ATOMIC_ACQUIRE) == 0 ||
      __atomic_sub_fetch(&block->observers, 1, __ATOMIC_ACQ_REL) == -1)
    block->functions[4](block);
}

ODR void *__enzcc_shared_lock(struct enzcc_shared *block) {
  long owners = __atomic_load_n(&block->owners, __ATOMIC_SEQ_CST);
  while (owners != -1)
    if (__atomic_compare_exchange_n(&block->owners, &owners, owners + 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
      return block;
  return NULL;
}
