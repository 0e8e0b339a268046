/* The tape's memory: a stack of blocks in a few large chunks.

   Blocks are pushed in the forward sweep and given back in the reverse sweep, last first: `rewind` to a block gives
   it back with all that was pushed after it. Chunks grow geometrically, so a push is a comparison and an addition.
   One tape belongs to one running derivative (it lies on its stack), hence threads do not meet here. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__APPLE__)
#include <malloc/malloc.h>
#define enzcc_usable malloc_size
#elif defined(_WIN32)
#include <malloc.h>
#define enzcc_usable _msize
#else
#include <malloc.h>
#define enzcc_usable malloc_usable_size
#endif

#define ODR __attribute__((weak, visibility("hidden")))
#define FIRST_CHUNK ((size_t)1 << 16)

struct enzcc_chunk {
  struct enzcc_chunk *before;
  char *top; /* where this chunk ended when the next one was begun */
  char *end;
  char *unused;
};

/* A block of the user that is to be given back: by give(block, a, b), or by free. */
struct enzcc_deferred {
  void *block;
  void (*give)(void *, uint64_t, uint64_t);
  uint64_t a, b;
};

struct enzcc_tape {
  char *top, *end; /* free memory of the current chunk */
  struct enzcc_chunk *chunk;
  struct enzcc_deferred *frees; /* user memory whose free is put off */
  size_t count, capacity;
  size_t kept; /* the reverse sweep will run again: nothing is given back */
  size_t most; /* bytes of all chunks together, where there were several at a time */
};

ODR void __enzcc_no_derivative(const char *message);

ODR void __enzcc_out_of_memory(void) {
  abort();
}

/* The largest chunk of the derivatives so far, kept for the next: its pages are warm. One a process (one
   a library), whoever comes first takes it; more than SPARE_LIMIT is not kept. */
ODR struct enzcc_chunk *__enzcc_spare;
#define SPARE_LIMIT ((ptrdiff_t)1 << 28)

static inline struct enzcc_chunk *swap_spare(struct enzcc_chunk *chunk) {
  return __atomic_exchange_n(&__enzcc_spare, chunk, __ATOMIC_ACQ_REL);
}

/* A chunk of at least `size` bytes: the spare one if it will do. */
static inline struct enzcc_chunk *take_chunk(size_t size) {
  struct enzcc_chunk *chunk = swap_spare(0);
  if (chunk && (size_t)(chunk->end - (char *)chunk) >= size) return chunk;
  free(chunk);
  chunk = malloc(size);
  if (!chunk) __enzcc_out_of_memory();
  chunk->end = (char *)chunk + size;
  return chunk;
}

/* Keeps the larger of `chunk` and the spare one. */
static inline void give_chunk(struct enzcc_chunk *chunk) {
  if (chunk->end - (char *)chunk <= SPARE_LIMIT) {
    struct enzcc_chunk *other = swap_spare(chunk);
    chunk = other && other->end - (char *)other > chunk->end - (char *)chunk ? swap_spare(other) : other;
  }
  free(chunk);
}

ODR void *__enzcc_tape_grow(struct enzcc_tape *tape, size_t bytes) {
  struct enzcc_chunk *old = tape->chunk;
  size_t size = old ? 2 * (size_t)(old->end - (char *)old) : FIRST_CHUNK;
  if (size < FIRST_CHUNK) size = FIRST_CHUNK;
  if (size > (size_t)1 << 30) size = (size_t)1 << 30;
  if (bytes > SIZE_MAX / 2) __enzcc_out_of_memory();
  if (size < bytes + sizeof(struct enzcc_chunk)) size = bytes + sizeof(struct enzcc_chunk);
  struct enzcc_chunk *chunk = take_chunk(size);
  if (old) {
    size_t all = (size_t)(chunk->end - (char *)chunk);
    for (struct enzcc_chunk *one = old; one; one = one->before) all += (size_t)(one->end - (char *)one);
    if (all > tape->most) tape->most = all;
    old->top = tape->top;
  }
  chunk->before = old;
  tape->chunk = chunk;
  tape->top = (char *)(chunk + 1);
  tape->end = chunk->end;
  void *block = tape->top;
  tape->top += bytes;
  return block;
}

/* `bytes` of fresh memory, 16-byte aligned. */
ODR void *__enzcc_tape_push(struct enzcc_tape *tape, size_t bytes) {
  bytes = (bytes + 15) & ~(size_t)15;
  char *block = tape->top;
  if (__builtin_expect(bytes > (size_t)(tape->end - block), 0)) return __enzcc_tape_grow(tape, bytes);
  tape->top = block + bytes;
  return block;
}

/* Gives back `block` and everything pushed after it. NULL: nothing to do. */
ODR void __enzcc_tape_rewind(struct enzcc_tape *tape, void *block) {
  char *to = block;
  if (!to || tape->kept) return;
  while (to < (char *)(tape->chunk + 1) || to > tape->chunk->end) {
    struct enzcc_chunk *gone = tape->chunk;
    tape->chunk = gone->before;
    tape->end = tape->chunk->end;
    give_chunk(gone);
  }
  tape->top = to;
}

/* give(block, a, b), or free(block), but when the whole derivative is done: the reverse sweep may still read it. */
ODR void __enzcc_tape_defer(struct enzcc_tape *tape, void *block, void (*give)(void *, uint64_t, uint64_t), uint64_t a,
                            uint64_t b) {
  if (!block) return;
  if (tape->count == tape->capacity) {
    size_t capacity = tape->capacity ? 2 * tape->capacity : 16;
    struct enzcc_deferred *frees = realloc(tape->frees, capacity * sizeof *frees);
    if (!frees) __enzcc_out_of_memory();
    tape->frees = frees;
    tape->capacity = capacity;
  }
  tape->frees[tape->count++] = (struct enzcc_deferred){block, give, a, b};
}

/* One chunk in the place of several, so that the next derivative of this size allocates nothing. */
static inline void give_whole(size_t size) {
  struct enzcc_chunk *spare = swap_spare(0);
  if (!spare || (size_t)(spare->end - (char *)spare) < size) {
    free(spare);
    spare = malloc(size);
    if (!spare) return;
    spare->end = (char *)spare + size;
  }
  give_chunk(spare);
}

/* The end of a derivative. */
ODR void __enzcc_tape_release(struct enzcc_tape *tape) {
  for (size_t i = 0; i < tape->count; i++) {
    struct enzcc_deferred one = tape->frees[i];
    if (one.give)
      one.give(one.block, one.a, one.b);
    else
      free(one.block);
  }
  free(tape->frees);
  while (tape->chunk) {
    struct enzcc_chunk *gone = tape->chunk;
    tape->chunk = gone->before;
    give_chunk(gone);
  }
  if (tape->most && tape->most <= (size_t)SPARE_LIMIT) give_whole(tape->most);
}

/* Split mode: the two halves of a derivative are calls of the program's, in any order and on any thread, so
   that each has a tape of its own, here with its first chunk behind it. */
struct enzcc_own_tape {
  struct enzcc_tape tape;
  struct enzcc_chunk chunk;
  char memory[1024 - sizeof(struct enzcc_tape) - sizeof(struct enzcc_chunk)];
};

ODR struct enzcc_tape *__enzcc_tape_open(void) {
  struct enzcc_own_tape *own = malloc(sizeof *own);
  if (!own) __enzcc_out_of_memory();
  memset(own, 0, offsetof(struct enzcc_own_tape, memory));
  own->tape.top = own->memory;
  own->tape.end = own->chunk.end = (char *)(own + 1);
  own->tape.chunk = &own->chunk;
  return &own->tape;
}

/* The reverse half begins; will it run again on the same tape? */
ODR void __enzcc_tape_keep(struct enzcc_tape *tape, size_t kept) {
  tape->kept = kept;
}

/* The reverse half is done. */
ODR void __enzcc_tape_close(struct enzcc_tape *tape) {
  struct enzcc_own_tape *own = (struct enzcc_own_tape *)tape;
  if (tape->kept) return;
  while (tape->chunk != &own->chunk) {
    struct enzcc_chunk *gone = tape->chunk;
    tape->chunk = gone->before;
    give_chunk(gone);
  }
  tape->chunk = 0;
  __enzcc_tape_release(tape);
  free(own);
}

/* An anonymous tape: whose it is, and behind that the image of what is kept. */
struct enzcc_image {
  uint64_t owner, unused;
};

ODR void *__enzcc_split_open(size_t bytes, uint64_t owner) {
  struct enzcc_image *image = malloc(sizeof *image + bytes);
  if (!image) __enzcc_out_of_memory();
  image->owner = owner;
  return image;
}

ODR void *__enzcc_split_image(struct enzcc_image *image, uint64_t owner, const char *message) {
  if (!image || image->owner != owner) __enzcc_no_derivative(message);
  return image + 1;
}

ODR void __enzcc_split_close(struct enzcc_image *image) {
  if (!image) return;
  image->owner = 0;
  free(image);
}

#if defined(__ELF__)
/* Where the program's static memory lies. */
extern char __executable_start[] __attribute__((weak)), _end[] __attribute__((weak));
static int is_static(const char *p) { return __executable_start && p >= __executable_start && p < _end; }
#else
static int is_static(const char *p) {
  (void)p;
  return 0;
}
#endif

/* The bytes of a block of the heap; none of what is no block. */
ODR size_t __enzcc_block_size(void *block) { return block && !is_static(block) ? enzcc_usable(block) : 0; }

/* How large the block is that a variable holds. */
ODR void __enzcc_heap_measure(size_t *size, void *const *variable) { *size = __enzcc_block_size(*variable); }

/* A block that static variables hold when a derivative starts, and its shadow. */
struct enzcc_held {
  char *block, *shadow;
  size_t size;
  struct enzcc_held *before;
};

static inline void hold(struct enzcc_held **list, char *block, char *shadow, size_t size) {
  struct enzcc_held *one = malloc(sizeof *one);
  if (!one) __enzcc_out_of_memory();
  *one = (struct enzcc_held){block, shadow, size, *list};
  *list = one;
}

/* Containers of LLVM's library tell AddressSanitizer which part of their block they use: the copy is of all of it. */
__attribute__((noinline, no_sanitize("address"))) static void copy_block(void *to, const void *from, size_t size) {
  volatile uint64_t *word = to;
  const volatile uint64_t *taken = from;
  for (size_t i = 0; i < size / sizeof *word; i++) word[i] = taken[i];
  for (size_t at = size - size % sizeof *word; at < size; at++)
    ((volatile char *)to)[at] = ((const volatile char *)from)[at];
}

/* A variable holds a whole block from the heap, or null: *shadow becomes a block of that size until the derivative is
   done, cleared, or with the same in it. The size is returned, 0 if another variable holds the block too. `make`: the
   program's blocks come from there, and not from malloc. */
ODR size_t __enzcc_heap_sized(void **shadow, void *const *variable, size_t size, struct enzcc_held **list, _Bool same,
                              void *(*make)(size_t), void (*drop)(void *)) {
  char *block = *variable;
  for (struct enzcc_held *one = *list; one; one = one->before)
    if (one->block == block) {
      *shadow = one->shadow;
      return 0;
    }
  *shadow = !size ? block : make ? make(size) : malloc(size);
  char *volatile first = *shadow;
  if (size && first == block) { /* of which nothing is left */
    *shadow = make ? make(size) : malloc(size);
    if (drop) drop(first);
    else free(first);
  }
  if (block && !*shadow) __enzcc_out_of_memory();
  if (size) hold(list, block, *shadow, size);
  if (size && same) copy_block(*shadow, block, size);
  else if (size) memset(*shadow, 0, size);
  return size;
}

ODR size_t __enzcc_heap_shadow(void **shadow, void *const *variable, struct enzcc_held **list, _Bool same,
                               void *(*make)(size_t)) {
  return __enzcc_heap_sized(shadow, variable, __enzcc_block_size(*variable), list, same, make, 0);
}

/* The pointers that follow one to such a block lead as far into its shadow, or to its end. */
ODR void __enzcc_heap_span(void **shadow, void *const *variable, size_t others) {
  for (size_t i = 1; i <= others; i++)
    shadow[i] = variable[i] ? (char *)shadow[0] + ((char *)variable[i] - (char *)variable[0]) : 0;
}

/* In such a block lie vectors that hold blocks themselves. */
ODR void __enzcc_heap_rows(void **shadow, void *const *variable, struct enzcc_held **list, void *(*make)(size_t)) {
  void **row = shadow[0], *const *primal = variable[0];
  if (!row || row == primal) return;
  for (; row < (void **)shadow[1]; row += 3, primal += 3) {
    __enzcc_heap_shadow(row, primal, list, 0, make);
    __enzcc_heap_span(row, primal, 2);
  }
}

/* A hash table of GNU's library: its buckets, the size, the head of the list of nodes, their number, two words, and the
   one bucket of a table without a block. Buckets lead to nodes, which have no shadow, and to the head. */
ODR void __enzcc_heap_table(void **shadow, void *const *variable, struct enzcc_held **list, void *(*make)(size_t)) {
  enum { SIZE = 1, HEAD = 2, ONLY = 6 };
  void **bucket = shadow + ONLY;
  size_t count = 1;
  if (*variable == variable + ONLY) {
    *shadow = bucket;
    *bucket = variable[ONLY];
  } else {
    count = (size_t)variable[SIZE];
    __enzcc_heap_sized(shadow, variable, *variable ? count * sizeof *bucket : 0, list, 1, make, 0);
    bucket = *shadow;
  }
  for (size_t i = 0; bucket && i < count; i++)
    if (bucket[i] == variable + HEAD) bucket[i] = shadow + HEAD;
}

ODR size_t __enzcc_heap_size(const void *block, struct enzcc_held *const *list) {
  for (struct enzcc_held *one = *list; one; one = one->before)
    if (one->block == block) return one->size;
  return 0;
}

/* Pointers in shadow memory shall point into the shadow of such a block, where those in `from` point into the block. */
ODR void __enzcc_heap_redirect(char *to, const char *from, size_t bytes, size_t period, size_t offset, size_t size,
                               struct enzcc_held *const *list) {
  if (!to || !*list) return;
  for (size_t at = offset; at + size <= bytes; at += period)
    for (size_t part = at; part + sizeof(char *) <= at + size; part += sizeof(char *)) {
      char *pointer;
      memcpy(&pointer, from + part, sizeof pointer);
      for (struct enzcc_held *one = *list; one; one = one->before)
        if (pointer >= one->block && pointer < one->block + one->size) {
          pointer = one->shadow + (pointer - one->block);
          memcpy(to + part, &pointer, sizeof pointer);
          break;
        }
    }
}

/* The derivative is done: what the variable's shadow holds is given back, once, to where it came from. */
ODR void __enzcc_heap_release(void **shadow, void *const *variable, struct enzcc_held **gone, void (*drop)(void *)) {
  char *block = *shadow;
  *shadow = 0;
  if (!block || block == *variable) return;
  for (struct enzcc_held *one = *gone; one; one = one->before)
    if (one->shadow == block) return;
  hold(gone, 0, block, 0);
  if (drop) drop(block);
  else free(block);
}

/* The same for the buckets of a hash table, unless it uses the one that lies in it. */
ODR void __enzcc_heap_release_table(void **shadow, void *const *variable, struct enzcc_held **gone,
                                    void (*drop)(void *)) {
  if (*shadow == shadow + 6) *shadow = 0;
  __enzcc_heap_release(shadow, variable, gone, drop);
}

ODR void __enzcc_heap_release_rows(void **shadow, void *const *variable, struct enzcc_held **gone,
                                   void (*drop)(void *)) {
  void **row = shadow[0], *const *primal = variable[0];
  if (!row || row == primal) return;
  for (; row < (void **)shadow[1]; row += 3, primal += 3) __enzcc_heap_release(row, primal, gone, drop);
}

/* The shadow of a block of floats holds none again. */
ODR void __enzcc_heap_clear(void *shadow) {
  if (shadow) memset(shadow, 0, __enzcc_block_size(shadow));
}

ODR void __enzcc_heap_done(struct enzcc_held **list) {
  while (*list) {
    struct enzcc_held *one = *list;
    *list = one->before;
    free(one);
  }
}

/* realloc(block, bytes) that leaves the old block alone; *moved becomes the number of bytes copied. */
ODR void *__enzcc_resize(void *block, size_t bytes, size_t *moved) {
  char *fresh = malloc(bytes);
  size_t size = __enzcc_block_size(block);
  if (size > bytes) size = bytes;
  if (!fresh) size = 0;
  if (size) memcpy(fresh, block, size);
  *moved = size;
  return fresh;
}
