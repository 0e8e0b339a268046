/* The blocks that stand for what memory resources hand out: operator new, as they use it, and operator delete. */

#include <stddef.h>

#ifndef ODR
#define ODR __attribute__((weak, visibility("hidden")))
#endif

void *_ZnwmSt11align_val_t(size_t bytes, size_t align);
void _ZdlPvSt11align_val_t(void *block, size_t align);

ODR void *__enzcc_resource_new(size_t bytes, size_t align) { return _ZnwmSt11align_val_t(bytes, align); }

ODR void __enzcc_resource_delete(void *block, size_t align) { _ZdlPvSt11align_val_t(block, align); }
