/* Where numbers were before a nest of loops moved them about within one object.

   Cells are counted from where the object begins. A window of cells that lies on the tape covers what has been written
   so far; each cell holds which cell its number was in at first, and what lies outside has not been moved. The window
   grows geometrically on the side where it is left, as long as much of it has changed. What is moved elsewhere lies in
   a table, until that is large enough to fill a window, too: a heap moves a few numbers that lie far apart. */

struct enzcc_far {
  int32_t used, room, low, high; /* `high` is exclusive; `room` is a power of two */
  struct {
    int32_t at, origin;
  } cells[]; /* NOBODY: there is none */
};

struct enzcc_origins {
  uint64_t base, first, bytes; /* the address of cell 0; the memory that the window covers */
  int32_t *cells;
  struct enzcc_far *far;
};

/* What the reverse sweep needs. */
struct enzcc_moved {
  int64_t offset; /* of cell 0, from the start of the object */
  int64_t first, count; /* of the window */
  int32_t *cells;
  struct enzcc_far *far;
};

#define ORIGINS_AT_FIRST 16
#define ORIGINS_BEFORE 128
#define ORIGINS_NEAR 128 /* cells that a window may have however few of them have changed */
#define ORIGINS_FOR_EACH 8 /* cells of a window for each that has changed */
#define NOBODY INT32_MIN

static inline int32_t origin_cell(const struct enzcc_origins *state, uint64_t at, uint64_t unit) {
  int64_t cell = (int64_t)(at - state->base) / (int64_t)unit; /* numbers are aligned, and so is the base */
  if (__builtin_expect(cell > INT32_MAX || cell < -INT32_MAX, 0)) __enzcc_out_of_memory();
  return (int32_t)cell;
}

/* Where a cell is in the table, or would be. */
ODR int32_t __enzcc_origins_slot(const struct enzcc_far *far, int32_t cell) {
  uint32_t mask = (uint32_t)far->room - 1, slot = ((uint32_t)cell * 2654435769u) >> 7;
  while (far->cells[slot & mask].at != NOBODY && far->cells[slot & mask].at != cell) slot++;
  return (int32_t)(slot & mask);
}

ODR int32_t __enzcc_origins_find(const struct enzcc_far *far, int32_t cell) {
  int32_t slot = __enzcc_origins_slot(far, cell);
  return far->cells[slot].at == cell ? far->cells[slot].origin : cell;
}

/* The table with room for one more. */
ODR struct enzcc_far *__enzcc_origins_room(struct enzcc_tape *tape, struct enzcc_far *far) {
  if (far && far->used < far->room / 2) return far;
  int32_t room = far ? 2 * far->room : 32;
  struct enzcc_far *fresh = __enzcc_tape_push(tape, sizeof *fresh + (size_t)room * sizeof *fresh->cells);
  fresh->used = far ? far->used : 0;
  fresh->room = room;
  fresh->low = far ? far->low : INT32_MAX;
  fresh->high = far ? far->high : NOBODY;
  for (int32_t i = 0; i < room; i++) fresh->cells[i].at = NOBODY;
  for (int32_t i = 0; far && i < far->room; i++)
    if (far->cells[i].at != NOBODY) fresh->cells[__enzcc_origins_slot(fresh, far->cells[i].at)] = far->cells[i];
  return fresh;
}

/* Lets the window cover the cells from `from` to `end` (exclusive); it grows where it is if it is the last block. */
ODR void __enzcc_origins_cover(struct enzcc_tape *tape, struct enzcc_origins *state, int64_t from, int64_t end,
                               uint64_t unit) {
  size_t old = state->bytes / unit, count = (size_t)(end - from);
  size_t before = old ? (size_t)((int64_t)(state->first - state->base) / (int64_t)unit - from) : 0;
  int32_t *kept = state->cells, *fresh = kept;
  size_t size = (old * sizeof *kept + 15) & ~(size_t)15, more = ((count * sizeof *kept + 15) & ~(size_t)15) - size;
  if (old && !before && (char *)kept + size == tape->top && more <= (size_t)(tape->end - tape->top)) {
    tape->top += more;
  } else {
    fresh = __enzcc_tape_push(tape, count * sizeof *fresh);
    for (size_t i = 0; i < before; i++) fresh[i] = (int32_t)(from + (int64_t)i);
    for (size_t i = 0; i < old; i++) fresh[before + i] = kept[i];
  }
  for (size_t i = before + old; i < count; i++) fresh[i] = (int32_t)(from + (int64_t)i);
  state->first = state->base + (uint64_t)from * unit;
  state->bytes = count * unit;
  state->cells = fresh;
}

/* Puts down an origin outside the window. */
ODR __attribute__((noinline)) void __enzcc_origins_outside(struct enzcc_tape *tape, struct enzcc_origins *state,
                                                           uint64_t at, int32_t origin, uint64_t unit) {
  int32_t cell = origin_cell(state, at, unit);
  struct enzcc_far *far = state->far;
  int32_t slot = far ? __enzcc_origins_slot(far, cell) : 0;
  if (far && far->cells[slot].at == cell) {
    far->cells[slot].origin = origin;
    return;
  }
  if (origin == cell) return;
  int64_t count = (int64_t)(state->bytes / unit), changed = 0;
  int64_t from = (int64_t)(state->first - state->base) / (int64_t)unit, end = from + count;
  if (!far) {
    for (int64_t i = 0; i < count; i++) changed += state->cells[i] != from + i;
    if (!count) {
      from = cell >= 0 && cell <= ORIGINS_BEFORE ? 0 : cell;
      end = (int64_t)cell + ORIGINS_AT_FIRST;
    } else if (cell < from) {
      from = cell - (end - cell);
    } else {
      end = (int64_t)cell + 1 + (cell - from);
    }
    if (from < -INT32_MAX) from = -INT32_MAX;
    if (end > INT32_MAX) end = (int64_t)INT32_MAX + 1;
    if (end - from <= ORIGINS_NEAR || end - from <= ORIGINS_FOR_EACH * changed) {
      __enzcc_origins_cover(tape, state, from, end, unit);
      state->cells[cell - from] = origin;
      return;
    }
    from = (int64_t)(state->first - state->base) / (int64_t)unit;
    end = from + count;
  }
  state->far = far = __enzcc_origins_room(tape, far);
  slot = __enzcc_origins_slot(far, cell);
  far->cells[slot].at = cell;
  far->cells[slot].origin = origin;
  far->used++;
  if (cell < far->low) far->low = cell;
  if (cell >= far->high) far->high = cell + 1;
  if (!count || far->low < from) from = far->low;
  if (!count || far->high > end) end = far->high;
  if (end - from > (int64_t)ORIGINS_FOR_EACH * far->used) return;
  __enzcc_origins_cover(tape, state, from, end, unit);
  for (int32_t i = 0; i < far->room; i++)
    if (far->cells[i].at != NOBODY) state->cells[far->cells[i].at - from] = far->cells[i].origin;
  state->far = 0;
}

/* `unit`: bytes of a number. The state is handed over in copies, so that it may stay in registers. */
#define ORIGINS(TYPE)                                                                                                 \
  ODR int32_t __enzcc_origins_get_##TYPE(struct enzcc_origins *state, uint64_t at) {                                  \
    uint64_t offset = at - state->first;                                                                              \
    if (__builtin_expect(offset < state->bytes, 1)) return state->cells[offset / sizeof(TYPE)];                       \
    int32_t cell = origin_cell(state, at, sizeof(TYPE));                                                              \
    return __builtin_expect(!!state->far, 0) ? __enzcc_origins_find(state->far, cell) : cell;                         \
  }                                                                                                                   \
                                                                                                                      \
  ODR void __enzcc_origins_put_##TYPE(struct enzcc_tape *tape, struct enzcc_origins *state,                           \
                                   uint64_t at, int32_t origin) {                                                     \
    uint64_t offset = at - state->first;                                                                              \
    if (__builtin_expect(offset < state->bytes, 1)) {                                                                 \
      state->cells[offset / sizeof(TYPE)] = origin;                                                                   \
      return;                                                                                                         \
    }                                                                                                                 \
    struct enzcc_origins copy = *state;                                                                               \
    __enzcc_origins_outside(tape, &copy, at, origin, sizeof(TYPE));                                                   \
    *state = copy;                                                                                                    \
  }                                                                                                                   \
                                                                                                                      \
  /* Adjoints go to where the numbers were: first all are taken, as places change among each other. */                \
  ODR void __enzcc_origins_back_##TYPE(struct enzcc_tape *tape, char *object, const struct enzcc_moved *moved) {      \
    if (!object) return;                                                                                              \
    TYPE *shadow = (TYPE *)(object + moved->offset);                                                                  \
    const struct enzcc_far *far = moved->far;                                                                         \
    int64_t count = moved->count, first = moved->first, more = far ? far->room : 0;                                   \
    TYPE *taken = __enzcc_tape_push(tape, (size_t)(count + more) * sizeof *taken);                                    \
    for (int64_t i = 0; i < count; i++)                                                                               \
      if (moved->cells[i] != first + i) {                                                                             \
        taken[i] = shadow[first + i];                                                                                 \
        shadow[first + i] = 0;                                                                                        \
      }                                                                                                               \
    for (int64_t i = 0; i < more; i++)                                                                                \
      if (far->cells[i].at != NOBODY && far->cells[i].at != far->cells[i].origin) {                                   \
        taken[count + i] = shadow[far->cells[i].at];                                                                  \
        shadow[far->cells[i].at] = 0;                                                                                 \
      }                                                                                                               \
    for (int64_t i = 0; i < count; i++)                                                                               \
      if (moved->cells[i] != first + i) shadow[moved->cells[i]] += taken[i];                                          \
    for (int64_t i = 0; i < more; i++)                                                                                \
      if (far->cells[i].at != NOBODY && far->cells[i].at != far->cells[i].origin)                                     \
        shadow[far->cells[i].origin] += taken[count + i];                                                             \
    __enzcc_tape_rewind(tape, taken);                                                                                 \
  }

ORIGINS(double)
ORIGINS(float)

/* The region is entered. `object`: where its object begins. */
ODR void __enzcc_origins_open(struct enzcc_origins *state, uint64_t object, uint64_t unit) {
  state->base = object & -unit;
  state->first = state->bytes = 0;
  state->cells = 0;
  state->far = 0;
}

/* The region is left. */
ODR struct enzcc_moved *__enzcc_origins_close(struct enzcc_tape *tape, struct enzcc_origins *state,
                                              uint64_t object, uint64_t unit) {
  struct enzcc_moved *moved = __enzcc_tape_push(tape, sizeof *moved);
  moved->offset = (int64_t)(state->base - object);
  moved->count = (int64_t)(state->bytes / unit);
  moved->first = moved->count ? (int64_t)(state->first - state->base) / (int64_t)unit : 0;
  moved->cells = state->cells;
  moved->far = state->far;
  return moved;
}
