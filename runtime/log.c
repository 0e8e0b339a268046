/* The tape of split forward mode: a log of the values that the function has met, written by the augmented half and
   read in the same order by the tangent half. Which log is meant is told by the thread. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

struct enzcc_log_block {
  struct enzcc_log_block *next;
  char *top, *end;
  size_t unused;
};

struct enzcc_log {
  struct enzcc_log_block *first, *last;
  char *read;
  struct enzcc_log *around; /* of the derivative in which this one runs */
};

ODR _Thread_local struct enzcc_log *__enzcc_log;

static inline struct enzcc_log_block *log_block(size_t bytes) {
  size_t size = bytes > 4000 ? bytes : 4000;
  struct enzcc_log_block *block = malloc(sizeof *block + size);
  if (!block) __enzcc_out_of_memory();
  block->next = 0;
  block->top = (char *)(block + 1);
  block->end = block->top + size;
  return block;
}

ODR struct enzcc_log *__enzcc_log_open(void) {
  struct enzcc_log *log = malloc(sizeof *log);
  if (!log) __enzcc_out_of_memory();
  log->first = log->last = log_block(0);
  log->read = 0;
  log->around = __enzcc_log;
  __enzcc_log = log;
  return log;
}

/* The tangent half begins. */
ODR void __enzcc_log_begin(struct enzcc_log *log) {
  log->last = log->first;
  log->read = (char *)(log->first + 1);
  log->around = __enzcc_log;
  __enzcc_log = log;
}

/* The halves met something else: better no derivative than a wrong one. */
static inline void log_differs(void) {
  __enzcc_no_derivative("__enzyme_fwdsplit went another way than __enzyme_augmentfwd: the function depends on something"
                        " that has changed between the two calls");
}

/* A half is done; will the log be read again? */
ODR void __enzcc_log_end(struct enzcc_log *log, size_t kept) {
  __enzcc_log = log->around;
  if (log->read && (log->last->next || log->read != log->last->top)) log_differs();
  if (kept) return;
  while (log->first) {
    struct enzcc_log_block *gone = log->first;
    log->first = gone->next;
    free(gone);
  }
  free(log);
}

/* Two shadows of a block that the first half has made. The program may have given that back since, so that one may lie
   at its address, which would say that there is no shadow: that one comes last. */
ODR __attribute__((noinline)) void __enzcc_log_apart(void *volatile *both, const void *block) {
  void *first = both[0];
  if (first != block) return;
  both[0] = both[1];
  both[1] = first;
}

/* A call that is not made again: did it return? */
ODR void __enzcc_log_returned(const char *place) {
  if (!*place)
    __enzcc_no_derivative("__enzyme_fwdsplit cannot throw what a function threw that is not differentiated");
}

/* Room for one value, 16-byte aligned. */
ODR void *__enzcc_log_write(size_t bytes) {
  struct enzcc_log *log = __enzcc_log;
  bytes = (bytes + 15) & ~(size_t)15;
  if (bytes > (size_t)(log->last->end - log->last->top)) log->last = log->last->next = log_block(bytes);
  void *place = log->last->top;
  log->last->top += bytes;
  return place;
}

ODR void *__enzcc_log_read(size_t bytes) {
  struct enzcc_log *log = __enzcc_log;
  bytes = (bytes + 15) & ~(size_t)15;
  if (bytes > (size_t)(log->last->top - log->read)) {
    log->last = log->last->next;
    if (!log->last || bytes > (size_t)(log->last->top - (char *)(log->last + 1))) log_differs();
    log->read = (char *)(log->last + 1);
  }
  void *place = log->read;
  log->read += bytes;
  return place;
}
