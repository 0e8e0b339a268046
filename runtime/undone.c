/* What a derivative by hand has written is taken back, because it is called once more for another lane
   (enzcc/ad/byhand/undone.py); in the end, what all these calls have written is there. */

struct enzcc_written {
  char *place;
  size_t size, kept; /* where its bytes are kept */
};

struct enzcc_log_of_writes {
  char *frame; /* what lies below on the stack belongs to the functions called */
  struct enzcc_written *entries;
  size_t first, count, capacity; /* the entries since the last time that all was taken back */
  char *bytes;
  size_t used, room;
};

static inline void *grown(void *block, size_t *capacity, size_t wanted, size_t size) {
  if (wanted <= *capacity) return block;
  while (*capacity < wanted) *capacity = *capacity ? 2 * *capacity : 64;
  block = realloc(block, *capacity * size);
  if (!block) __enzcc_out_of_memory();
  return block;
}

/* Memory of a function that has returned may be out of bounds for sanitizers: nobody calls memcpy here. */
static inline void put_bytes(volatile char *to, const char *from, size_t size) {
  for (size_t i = 0; i < size; i++) to[i] = from[i];
}

static inline void take_bytes(char *to, const volatile char *from, size_t size) {
  for (size_t i = 0; i < size; i++) to[i] = from[i];
}

ODR __attribute__((noinline)) struct enzcc_log_of_writes *__enzcc_undo_open(void) {
  struct enzcc_log_of_writes *log = calloc(1, sizeof *log);
  if (!log) __enzcc_out_of_memory();
  log->frame = __builtin_frame_address(0);
  return log;
}

ODR __attribute__((noinline)) void __enzcc_undo_note(struct enzcc_log_of_writes *log, char *place, size_t size) {
  if (place < log->frame && place > (char *)__builtin_frame_address(0)) return;
  log->entries = grown(log->entries, &log->capacity, log->count + 1, sizeof *log->entries);
  log->bytes = grown(log->bytes, &log->room, log->used + size, 1);
  log->entries[log->count++] = (struct enzcc_written){place, size, log->used};
  take_bytes(log->bytes + log->used, place, size);
  log->used += size;
}

/* A block is given back: what was written there is forgotten. */
ODR void __enzcc_undo_gone(struct enzcc_log_of_writes *log, char *block) {
  size_t size = __enzcc_block_size(block);
  for (size_t i = log->first; i < log->count; i++) {
    struct enzcc_written *one = &log->entries[i];
    if (one->place >= block && one->place < block + size) one->size = 0;
  }
}

ODR void __enzcc_undo_back(struct enzcc_log_of_writes *log) {
  size_t start = log->first < log->count ? log->entries[log->first].kept : log->used;
  char *now = malloc(log->used - start + 1);
  if (!now) __enzcc_out_of_memory();
  for (size_t i = log->first; i < log->count; i++)
    take_bytes(now + log->entries[i].kept - start, log->entries[i].place, log->entries[i].size);
  for (size_t i = log->count; i-- > log->first;)
    put_bytes(log->entries[i].place, log->bytes + log->entries[i].kept, log->entries[i].size);
  memcpy(log->bytes + start, now, log->used - start);
  free(now);
  log->first = log->count;
}

ODR void __enzcc_undo_again(struct enzcc_log_of_writes *log) {
  for (size_t i = 0; i < log->count; i++)
    put_bytes(log->entries[i].place, log->bytes + log->entries[i].kept, log->entries[i].size);
  free(log->entries);
  free(log->bytes);
  free(log);
}
