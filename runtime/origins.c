/* Where numbers were before a nest of loops moved them about within one object.

   A window of cells that lies on the tape covers the addresses that have been met so far; a cell holds which cell of
   the window its number was in at first. The window grows geometrically on the side where it is left. */

struct enzcc_origins {
  uint64_t first, bytes; /* the memory that is covered; while there is none, where the object begins */
  int32_t *cells;
};

/* What the reverse sweep needs. */
struct enzcc_moved {
  int64_t offset; /* of the first cell, from the start of the object */
  int64_t count;
  int32_t *cells;
};

#define ORIGINS_AT_FIRST 16
#define ORIGINS_BEFORE 1024

/* The window with the cell at an address in it. */
ODR void __enzcc_origins_grow(struct enzcc_tape *tape, uint64_t *first, uint64_t *bytes, int32_t **cells, uint64_t at,
                              uint64_t unit) {
  uint64_t from = *first, end = *first + *bytes;
  if (!*bytes) {
    if (at < from || at - from > ORIGINS_BEFORE || (at - from) % unit) from = at;
    end = at + ORIGINS_AT_FIRST * unit;
  } else if (at < from) {
    uint64_t more = end - at;
    from = at > more ? at - more : at % unit;
  } else {
    end = at + unit + (at - from);
  }
  uint64_t count = (end - from) / unit, before = *bytes ? (*first - from) / unit : 0, old = *bytes / unit;
  if (count > INT32_MAX) __enzcc_out_of_memory();
  int32_t *kept = *cells, *fresh;
  size_t size = (old * sizeof *kept + 15) & ~(size_t)15, more = ((count * sizeof *kept + 15) & ~(size_t)15) - size;
  if (old && !before && (char *)kept + size == tape->top && more <= (size_t)(tape->end - tape->top)) {
    tape->top += more; /* it is the last block: it grows where it is */
    fresh = kept;
  } else {
    fresh = __enzcc_tape_push(tape, count * sizeof *fresh);
    for (uint64_t i = 0; i < before; i++) fresh[i] = (int32_t)i;
    for (uint64_t i = 0; i < old; i++) fresh[before + i] = kept[i] + (int32_t)before;
  }
  for (uint64_t i = before + old; i < count; i++) fresh[i] = (int32_t)i;
  *first = from;
  *bytes = end - from;
  *cells = fresh;
}

/* `unit`: bytes of a number. The state is handed over in parts, so that it may stay in registers. */
static inline int32_t *origin_at(struct enzcc_tape *tape, struct enzcc_origins *state, uint64_t at,
                                 uint64_t unit) {
  uint64_t offset = at - state->first;
  if (__builtin_expect(offset >= state->bytes, 0)) {
    uint64_t first = state->first, bytes = state->bytes;
    int32_t *cells = state->cells;
    __enzcc_origins_grow(tape, &first, &bytes, &cells, at, unit);
    state->first = first;
    state->bytes = bytes;
    state->cells = cells;
    offset = at - first;
  }
  return (int32_t *)((char *)state->cells + offset / (unit / sizeof(int32_t))); /* numbers are aligned */
}

#define ORIGINS(TYPE)                                                                                                 \
  ODR int32_t __enzcc_origins_get_##TYPE(struct enzcc_tape *tape, struct enzcc_origins *state,                        \
                                      uint64_t at) {                                                                  \
    return *origin_at(tape, state, at, sizeof(TYPE));                                                                 \
  }                                                                                                                   \
                                                                                                                      \
  ODR void __enzcc_origins_put_##TYPE(struct enzcc_tape *tape, struct enzcc_origins *state,                           \
                                   uint64_t at, int32_t origin) {                                                     \
    *origin_at(tape, state, at, sizeof(TYPE)) = origin;                                                               \
  }                                                                                                                   \
                                                                                                                      \
  /* Adjoints go to where the numbers were: first all are taken, as places change among each other. */                \
  ODR void __enzcc_origins_back_##TYPE(struct enzcc_tape *tape, char *object, const struct enzcc_moved *moved) {      \
    if (!object) return;                                                                                              \
    TYPE *shadow = (TYPE *)(object + moved->offset);                                                                  \
    TYPE *taken = __enzcc_tape_push(tape, (size_t)moved->count * sizeof *taken);                                      \
    for (int64_t i = 0; i < moved->count; i++)                                                                        \
      if (moved->cells[i] != i) {                                                                                     \
        taken[i] = shadow[i];                                                                                         \
        shadow[i] = 0;                                                                                                \
      }                                                                                                               \
    for (int64_t i = 0; i < moved->count; i++)                                                                        \
      if (moved->cells[i] != i) shadow[moved->cells[i]] += taken[i];                                                  \
    __enzcc_tape_rewind(tape, taken);                                                                                 \
  }

ORIGINS(double)
ORIGINS(float)

/* The region is left. `object`: where its object begins. */
ODR struct enzcc_moved *__enzcc_origins_close(struct enzcc_tape *tape, struct enzcc_origins *state,
                                              uint64_t object, uint64_t unit) {
  struct enzcc_moved *moved = __enzcc_tape_push(tape, sizeof *moved);
  moved->offset = (int64_t)(state->first - object);
  moved->count = (int64_t)(state->bytes / unit);
  moved->cells = state->cells;
  return moved;
}
