/* Memory resources (std::pmr): in derivatives, what they hand out is a block of the heap for each call
   (`enzcc.ad.copies.resources`). */

#include <stddef.h>

#ifndef ODR
#define ODR __attribute__((weak, visibility("hidden")))
#endif

__attribute__((malloc, alloc_size(1))) void *__enzcc_resource_new(size_t bytes, size_t align);
void __enzcc_resource_delete(void *block, size_t align);

ODR void *__enzcc_resource_allocate(void *resource, size_t bytes, size_t align) {
  (void)resource;
  return __enzcc_resource_new(bytes, align);
}

ODR void __enzcc_resource_deallocate(void *resource, void *block, size_t bytes, size_t align) {
  (void)resource, (void)bytes;
  __enzcc_resource_delete(block, align);
}
