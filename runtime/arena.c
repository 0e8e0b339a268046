/* The tape's memory: a stack of blocks in a few large chunks.

   Blocks are pushed in the forward sweep and given back in the reverse sweep, last first: `rewind` to a block gives
   it back with all that was pushed after it. Chunks grow geometrically, so a push is a comparison and an addition.
   One tape belongs to one running derivative (it lies on its stack), hence threads do not meet here. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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

/* Something that would have to be differentiated has no derivative. */
ODR __attribute__((cold)) void __enzcc_no_derivative(const char *message) {
  fprintf(stderr, "%s\n", message);
  abort();
}

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
