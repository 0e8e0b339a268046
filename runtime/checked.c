/* Containers of GNU's library that check how they are used (-D_GLIBCXX_DEBUG): they list their iterators, by functions of
   its library. Copies do not check (`enzcc.ad.copies.unchecked`), so nobody needs these lists: an iterator knows the
   container that it came from, which tells how far it may go. */

#include <stddef.h>

#ifndef ODR
#define ODR __attribute__((weak, visibility("hidden")))
#endif

struct enzcc_checked_container {
  void *iterators, *constant_iterators;
  unsigned version;
};

struct enzcc_checked_iterator {
  struct enzcc_checked_container *of;
  unsigned version;
};

ODR void __enzcc_checked_attach(struct enzcc_checked_iterator *it, struct enzcc_checked_container *to, _Bool constant) {
  (void)constant;
  it->of = to;
  if (to) it->version = to->version;
}

ODR void __enzcc_checked_detach(void *iterator_or_container) { (void)iterator_or_container; }

ODR void __enzcc_checked_swap(void *container, void *other) { (void)container, (void)other; }

ODR _Bool __enzcc_checked_singular(const struct enzcc_checked_iterator *it) { return !it->of; }

ODR _Bool __enzcc_checked_comparable(const void *iterator, const void *other) { return iterator && other; }

ODR void *__enzcc_checked_mutex(void *of) {
  static _Alignas(16) char unlocked[64];
  (void)of;
  return unlocked;
}
