/* Where numbers were before a nest of loops moved them about within one object.

   Cells are counted from where the object begins. A window of cells that lies on the tape covers what has been written
   so far; each cell holds which cell its number was in at first, and what lies outside has not been moved. The window
   grows geometrically on the side where it is left, as long as much of it has changed, or the loops have iterations
   enough for it. What is moved elsewhere lies in a table, until that is large enough to fill a window, too: a heap
   moves a few numbers that lie far apart. */

struct enzcc_far {
  int32_t used, room, low, high; /* `high` is exclusive; `room` is a power of two */
  struct {
    int32_t at, origin;
  } cells[]; /* NOBODY: there is none */
};

/* What each move looks at stays in registers: it is handed over in copies. The rest lies in memory. */
struct enzcc_origins {
  int64_t first, count; /* of the window */
  int32_t *cells;
};

struct enzcc_origins_rest {
  uint64_t root; /* cell 0 is the first number from there on */
  int64_t near;  /* cells from there on that a window may have however few of them have changed */
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
#define ORIGINS_MOST (1 << 20) /* cells that are near at most */
#define NOBODY INT32_MIN

/* Numbers are aligned: each of a cell's has the same distance from the root, but for whole cells. */
static inline int64_t origin_cell(uint64_t root, uint64_t at, uint64_t unit) {
  return (int64_t)(at - root) >> (unit == 8 ? 3 : 2);
}

static inline int32_t origin_word(int64_t cell) {
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
ODR void __enzcc_origins_cover(struct enzcc_tape *tape, struct enzcc_origins *state, int64_t from, int64_t end) {
  size_t old = (size_t)state->count, count = (size_t)(end - from);
  size_t before = old ? (size_t)(state->first - from) : 0;
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
  state->first = from;
  state->count = end - from;
  state->cells = fresh;
}

ODR int64_t __enzcc_origins_changed(const struct enzcc_origins *state) {
  int64_t changed = 0;
  for (int64_t i = 0; i < state->count; i++) changed += state->cells[i] != (int32_t)(state->first + i);
  return changed;
}

/* Puts down an origin outside the window. */
ODR __attribute__((noinline)) void __enzcc_origins_outside(struct enzcc_tape *tape, struct enzcc_origins *state,
                                                           struct enzcc_origins_rest *rest, int64_t at,
                                                           int32_t origin) {
  int32_t cell = origin_word(at);
  struct enzcc_far *far = rest->far;
  int32_t slot = far ? __enzcc_origins_slot(far, cell) : 0;
  if (far && far->cells[slot].at == cell) {
    far->cells[slot].origin = origin;
    return;
  }
  if (origin == cell) return;
  int64_t count = state->count, near = rest->near;
  int64_t from = state->first, end = from + count;
  if (!far) {
    if (!count) {
      from = cell >= 0 && (cell <= ORIGINS_BEFORE || cell < near) ? 0 : cell;
      end = (int64_t)cell + ORIGINS_AT_FIRST;
    } else if (cell < from) {
      from = cell - (end - cell);
    } else {
      end = (int64_t)cell + 1 + (cell - from);
    }
    if (cell >= 0 && cell < near && state->first >= 0 && state->first + count <= near) {
      if (from < 0) from = 0;
      if (end > near) end = near;
    }
    if (from < -INT32_MAX) from = -INT32_MAX;
    if (end > INT32_MAX) end = (int64_t)INT32_MAX + 1;
    if (end - from <= ORIGINS_NEAR || (from >= 0 && end <= near) ||
        end - from <= ORIGINS_FOR_EACH * __enzcc_origins_changed(state)) {
      __enzcc_origins_cover(tape, state, from, end);
      state->cells[cell - from] = origin;
      return;
    }
    from = state->first;
    end = from + count;
  }
  rest->far = far = __enzcc_origins_room(tape, far);
  slot = __enzcc_origins_slot(far, cell);
  far->cells[slot].at = cell;
  far->cells[slot].origin = origin;
  far->used++;
  if (cell < far->low) far->low = cell;
  if (cell >= far->high) far->high = cell + 1;
  if (!count || far->low < from) from = far->low;
  if (!count || far->high > end) end = far->high;
  if (end - from > (int64_t)ORIGINS_FOR_EACH * far->used) return;
  __enzcc_origins_cover(tape, state, from, end);
  for (int32_t i = 0; i < far->room; i++)
    if (far->cells[i].at != NOBODY) state->cells[far->cells[i].at - from] = far->cells[i].origin;
  rest->far = 0;
}

/* A window of which little has changed becomes a table in its place, as it stays on the tape. */
ODR void __enzcc_origins_shrink(struct enzcc_tape *tape, struct enzcc_origins *state,
                                struct enzcc_origins_rest *rest) {
  size_t size = ((size_t)state->count * sizeof *state->cells + 15) & ~(size_t)15;
  if (rest->far || state->count <= ORIGINS_NEAR || (char *)state->cells + size != tape->top) return;
  if (ORIGINS_FOR_EACH * __enzcc_origins_changed(state) >= state->count) return;
  struct enzcc_far *far = 0;
  for (int64_t i = 0; i < state->count; i++) {
    int32_t cell = (int32_t)(state->first + i);
    if (state->cells[i] == cell) continue;
    far = __enzcc_origins_room(tape, far);
    int32_t slot = __enzcc_origins_slot(far, cell);
    far->cells[slot].at = cell;
    far->cells[slot].origin = state->cells[i];
    far->used++;
  }
  struct enzcc_far *place = (struct enzcc_far *)state->cells;
  size_t bytes = far ? sizeof *far + (size_t)far->room * sizeof *far->cells : 0;
  bytes = (bytes + 15) & ~(size_t)15;
  if (bytes > size) return; /* nothing is gained */
  if (far) memmove(place, far, bytes);
  __enzcc_tape_rewind(tape, (char *)place + bytes);
  rest->far = far ? place : 0;
  state->count = 0;
}

#define ORIGINS(TYPE)                                                                                                 \
  ODR int32_t __enzcc_origins_get_##TYPE(struct enzcc_origins *state, struct enzcc_origins_rest *rest, uint64_t root, \
                                         uint64_t at) {                                                               \
    int64_t cell = origin_cell(root, at, sizeof(TYPE)), place = cell - state->first;                                  \
    if (__builtin_expect((uint64_t)place < (uint64_t)state->count, 1)) return state->cells[place];                    \
    int32_t word = origin_word(cell);                                                                                 \
    return __builtin_expect(!!rest->far, 0) ? __enzcc_origins_find(rest->far, word) : word;                           \
  }                                                                                                                   \
                                                                                                                      \
  ODR void __enzcc_origins_put_##TYPE(struct enzcc_tape *tape, struct enzcc_origins *state,                           \
                                      struct enzcc_origins_rest *rest, uint64_t root, uint64_t at, int32_t origin) {  \
    int64_t cell = origin_cell(root, at, sizeof(TYPE)), place = cell - state->first;                                  \
    if (__builtin_expect((uint64_t)place < (uint64_t)state->count, 1)) {                                              \
      state->cells[place] = origin;                                                                                   \
      return;                                                                                                         \
    }                                                                                                                 \
    struct enzcc_origins copy = *state;                                                                               \
    __enzcc_origins_outside(tape, &copy, rest, cell, origin);                                                         \
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

/* The region is entered, whose outer loop may run `trips` times; 0: nobody knows. */
ODR void __enzcc_origins_open(struct enzcc_origins *state, struct enzcc_origins_rest *rest, uint64_t root,
                              uint64_t trips) {
  state->first = state->count = 0;
  state->cells = 0;
  rest->root = root;
  rest->near = trips < ORIGINS_MOST / 2 ? 2 * (int64_t)trips + ORIGINS_AT_FIRST : ORIGINS_MOST;
  rest->far = 0;
}

/* The region is left. */
ODR struct enzcc_moved *__enzcc_origins_close(struct enzcc_tape *tape, struct enzcc_origins *state,
                                              struct enzcc_origins_rest *rest, uint64_t unit) {
  __enzcc_origins_shrink(tape, state, rest);
  struct enzcc_moved *moved = __enzcc_tape_push(tape, sizeof *moved);
  moved->offset = (int64_t)(-rest->root & (unit - 1));
  moved->count = state->count;
  moved->first = state->first;
  moved->cells = state->cells;
  moved->far = rest->far;
  return moved;
}
