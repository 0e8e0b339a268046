/* Loops that keep few states and run again from them: the driver, and the ready-made schemes.

   The forward sweep runs the steps as the scheme says, up to and including the last; the reverse sweep asks the
   scheme what to restore, what to run, and which step to differentiate (`turn`). */

#include <stdio.h>

#include "../../include/enzyme_checkpoint.h"

typedef struct enzyme_checkpoint_action action;
typedef struct enzyme_checkpoint_region region;
typedef struct enzyme_checkpoint_scheme scheme;
typedef struct enzyme_checkpoint_config config;

ODR void __enzcc_checkpoint_failed(const char *why) {
  fprintf(stderr, "enzcc: checkpointed loop: %s\n", why);
  abort();
}

/* ---- the driver ---- */

struct enzcc_loop {
  const scheme *scheme;
  void *state;
  int64_t start, steps, at; /* `at`: the step that comes next */
  int reversing, resumed;
  struct enzcc_pointers *pointers;
};

typedef int enzcc_step(void *env, int64_t i);
typedef void enzcc_turn(void *env, int64_t i);

ODR void __enzcc_loop_store(struct enzcc_loop *l, int64_t slot, void *env, const region *r, uint64_t n) {
  l->scheme->store(l->state, slot, l->at, r, n);
  if (l->scheme->save_state) l->scheme->save_state(l->state, slot, l->at, env);
}

ODR void __enzcc_loop_restore(struct enzcc_loop *l, int64_t slot, int64_t step, void *env, const region *r, uint64_t n) {
  l->scheme->restore(l->state, slot, step, r, n);
  if (l->scheme->load_state) l->scheme->load_state(l->state, slot, step, env);
}

/* Carries out one action; 0 when the scheme is done, or has come to the first turn in the forward sweep. */
ODR int __enzcc_loop_act(struct enzcc_loop *l, void *env, const region *r, uint64_t n, enzcc_step *step,
                         enzcc_turn *turn) {
  action a = {0, 0, 0, 0};
  l->scheme->next_action(l->state, &a);
  switch (a.flag) {
    case ENZYME_CHECKPOINT_NONE: return 1;
    case ENZYME_CHECKPOINT_STORE: __enzcc_loop_store(l, a.cpnum, env, r, n); return 1;
    case ENZYME_CHECKPOINT_RESTORE:
      __enzcc_loop_restore(l, a.cpnum, a.iteration, env, r, n);
      l->at = a.iteration;
      return 1;
    case ENZYME_CHECKPOINT_FORWARD:
      for (l->at = a.startiteration; l->at < a.iteration; l->at++) step(env, l->start + l->at);
      return 1;
    case ENZYME_CHECKPOINT_FIRST_TURN:
    case ENZYME_CHECKPOINT_TURN:
      if (!l->reversing) return 0;
      turn(env, l->start + (a.flag == ENZYME_CHECKPOINT_TURN ? a.iteration - 1 : l->steps - 1));
      return 1;
    case ENZYME_CHECKPOINT_DONE: return 0;
  }
  __enzcc_checkpoint_failed("the scheme has returned an error");
  return 0;
}

ODR void *__enzcc_checkpoint_forward(const scheme *s, void *data, int64_t start, int64_t count, void *env,
                                     const region *r, uint64_t n, enzcc_step *step) {
  uint64_t bytes = 0;
  struct enzcc_loop *l = calloc(1, sizeof *l);
  if (!l) __enzcc_out_of_memory();
  if (s->version != 1) __enzcc_checkpoint_failed("the scheme is of another version than 1");
  for (uint64_t k = 0; k < n; k++) bytes += r[k].bytes;
  l->scheme = s;
  l->start = start;
  if (count < 0) { /* while: how often is known when it has run */
    l->state = s->init(data, -1, bytes);
    __enzcc_loop_store(l, -2, env, r, n);
    while (step(env, l->at)) l->at++;
    l->steps = ++l->at;
    s->set_nsteps(l->state, l->steps);
    return l;
  }
  l->resumed = 1;
  l->steps = count;
  l->state = s->init(data, count, bytes);
  if (!count) return l;
  while (__enzcc_loop_act(l, env, r, n, step, 0)) {}
  for (; l->at < count - 1; l->at++) step(env, start + l->at);
  __enzcc_loop_store(l, -2, env, r, n);
  step(env, start + count - 1);
  l->at = count;
  return l;
}

ODR void __enzcc_checkpoint_reverse(void *tape, void *env, const region *r, uint64_t n, enzcc_step *step,
                                    enzcc_turn *turn) {
  struct enzcc_loop *l = tape;
  int64_t last = l->steps - 1;
  if (l->steps) {
    __enzcc_loop_store(l, -1, env, r, n);
    __enzcc_loop_restore(l, -2, l->resumed ? last : 0, env, r, n);
    l->at = l->resumed ? last : 0;
    l->reversing = 1;
    if (l->resumed) turn(env, l->start + last);
    while (__enzcc_loop_act(l, env, r, n, step, turn)) {}
    __enzcc_loop_restore(l, -1, l->steps, env, r, n);
  }
  l->scheme->finalize(l->state);
  free(l);
}

/* ---- pointers that the steps exchange ---- */

struct enzcc_pair {
  char *primal, *shadow;
};

struct enzcc_pointers {
  int64_t slots, regions, known;
  struct enzcc_pair *slot, *region, *held; /* where pointers lie; memory; pointers, when the loop began */
  uint64_t *bytes;
};

/* What `follow` needs, as it is when the loop begins. `known` are further pointers, with their shadows. */
ODR struct enzcc_pointers *__enzcc_pointers_begin(const struct enzcc_pair *slots, int64_t n, const region *r,
                                                  const struct enzcc_pair *regions, int64_t m,
                                                  const struct enzcc_pair *known, int64_t k) {
  struct enzcc_pointers *p = calloc(1, sizeof *p);
  if (p) p->slot = calloc((size_t)(2 * n + m + k + 1), sizeof *p->slot), p->bytes = calloc((size_t)m + 1, sizeof *p->bytes);
  if (!p || !p->slot || !p->bytes) __enzcc_out_of_memory();
  p->region = p->slot + n;
  p->held = p->region + m;
  p->slots = n, p->regions = m, p->known = n + k;
  for (int64_t i = 0; i < m; i++) p->region[i] = regions[i], p->bytes[i] = r[i].bytes;
  for (int64_t i = 0; i < n; i++) {
    int saved = 0;
    p->slot[i] = slots[i];
    for (int64_t j = 0; j < m; j++)
      saved |= slots[i].primal >= regions[j].primal && slots[i].primal + sizeof(char *) <= regions[j].primal + r[j].bytes;
    if (!saved) __enzcc_checkpoint_failed("a step stores a pointer in memory that is none of the loop's regions");
    memcpy(&p->held[i].primal, slots[i].primal, sizeof(char *));
    memcpy(&p->held[i].shadow, slots[i].shadow, sizeof(char *));
  }
  for (int64_t i = 0; i < k; i++) p->held[n + i] = known[i];
  return p;
}

/* Each pointer gets the shadow that belongs to it. */
ODR void __enzcc_pointers_follow(const struct enzcc_pointers *p) {
  for (int64_t i = 0; i < p->slots; i++) {
    char *at, *shadow = 0;
    int found = 0;
    if (p->slot[i].shadow == p->slot[i].primal) continue;
    memcpy(&at, p->slot[i].primal, sizeof at);
    for (int64_t j = 0; at && !found && j < p->known; j++)
      if (p->held[j].primal == at) shadow = p->held[j].shadow, found = 1;
    for (int64_t j = 0; at && !found && j < p->regions; j++)
      if (at >= p->region[j].primal && at < p->region[j].primal + p->bytes[j])
        shadow = p->region[j].shadow + (at - p->region[j].primal), found = 1;
    if (at && !found) __enzcc_checkpoint_failed("a step stores a pointer to memory that is none of the loop's regions");
    memcpy(p->slot[i].shadow, &shadow, sizeof shadow);
  }
}

ODR void __enzcc_pointers_hold(void *tape, struct enzcc_pointers *p) { ((struct enzcc_loop *)tape)->pointers = p; }

ODR struct enzcc_pointers *__enzcc_pointers_held(void *tape) { return ((struct enzcc_loop *)tape)->pointers; }

ODR void __enzcc_pointers_done(struct enzcc_pointers *p) {
  free(p->slot);
  free(p->bytes);
  free(p);
}

ODR _Bool __enzcc_never(int64_t which) {
  (void)which;
  return 0;
}

/* ---- ready-made schemes ---- */

struct enzcc_snapshot {
  char *bytes; /* or, if it is in a file, null */
  int in_file;
};

struct enzcc_schedule {
  config config;
  struct enzyme_checkpoint_statistics count;
  int64_t steps, segment, slots; /* segment: steps between those kept in the forward sweep (periodic) */
  int64_t fine, at;              /* steps that are not reversed yet; where the state is */
  int64_t depth, *held;          /* binomial: snapshots kept, the step before which each was taken */
  int64_t outer, inner, upto;    /* periodic: segments kept; the one whose steps are kept, up to where */
  int turned, started, periodic;
  uint64_t bytes, in_memory, files;
  int64_t kept, capacity; /* snapshots there are, and room for */
  struct enzcc_snapshot *snapshots;
};

ODR int64_t __enzcc_root(int64_t n) {
  int64_t r = 0;
  while ((r + 1) * (r + 1) <= n) r++;
  return r;
}

ODR void *__enzcc_schedule_init(void *data, uint64_t bytes, int periodic) {
  struct enzcc_schedule *s = calloc(1, sizeof *s);
  if (!s) __enzcc_out_of_memory();
  if (data) s->config = *(const config *)data;
  s->bytes = bytes;
  s->periodic = periodic;
  s->inner = -1;
  return s;
}

ODR void __enzcc_schedule_steps(void *state, int64_t n) {
  struct enzcc_schedule *s = state;
  int64_t budget = s->config.budget;
  s->steps = s->fine = n;
  if (n < 1) return;
  if (s->periodic == 2) s->segment = n;
  else if (s->periodic) s->segment = budget > 0 ? (n + budget - 1) / budget : __enzcc_root(n);
  else {
    s->slots = budget > 0 ? budget : __enzcc_root(n);
    if (s->slots < 2 && budget <= 0) s->slots = 2;
    if (s->slots > n) s->slots = n;
    s->held = malloc((size_t)s->slots * sizeof *s->held);
    if (!s->held) __enzcc_out_of_memory();
  }
}

/* C(n, k), or the largest number if that is too large */
ODR int64_t __enzcc_choose(int64_t n, int64_t k) {
  int64_t made = 1;
  if (k > n - k) k = n - k;
  if (k < 0) return 0;
  for (int64_t i = 1; i <= k; i++) {
    if (__builtin_mul_overflow(made, n - k + i, &made)) return INT64_MAX;
    made /= i;
  }
  return made;
}

/* How far to go before the next snapshot, with room for s of them and n steps ahead. */
ODR int64_t __enzcc_advance(int64_t s, int64_t n) {
  int64_t t = 1, low, high, made;
  while (__enzcc_choose(s + t, t) < n) t++;
  low = n - __enzcc_choose(s + t - 1, t);
  high = __enzcc_choose(s + t - 1, t - 1);
  if (low < 1) low = 1;
  if (high > n - 1) high = n - 1;
  made = low + (high - low) / 2;
  if (made > n - (s - 1)) made = n - (s - 1);
  return made < 1 ? 1 : made > n - 1 ? n - 1 : made;
}

ODR void __enzcc_set_action(action *a, int flag, int64_t iteration, int64_t from, int64_t slot) {
  a->flag = flag;
  a->iteration = iteration;
  a->startiteration = from;
  a->cpnum = slot;
}

ODR void __enzcc_schedule_turn(struct enzcc_schedule *s, action *a) {
  __enzcc_set_action(a, s->started ? ENZYME_CHECKPOINT_TURN : ENZYME_CHECKPOINT_FIRST_TURN, s->fine, 0, 0);
  s->started = 1;
  s->turned = 1;
  s->fine--;
  s->count.taped_steps++;
}

ODR void __enzcc_schedule_forward(struct enzcc_schedule *s, action *a, int64_t to) {
  __enzcc_set_action(a, ENZYME_CHECKPOINT_FORWARD, to, s->at, 0);
  s->count.forward_steps += (uint64_t)(to - s->at);
  s->at = to;
}

ODR void __enzcc_binomial_next(void *state, action *a) {
  struct enzcc_schedule *s = state;
  int64_t ahead;
  if (s->fine <= 0) {
    a->flag = ENZYME_CHECKPOINT_DONE;
    return;
  }
  if (s->turned) {
    while (s->depth && s->held[s->depth - 1] >= s->fine) s->depth--;
    s->turned = 0;
    s->at = s->held[s->depth - 1];
    __enzcc_set_action(a, ENZYME_CHECKPOINT_RESTORE, s->at, 0, s->depth - 1);
    return;
  }
  ahead = s->fine - s->at;
  if (ahead == 1) {
    __enzcc_schedule_turn(s, a);
    return;
  }
  if (s->depth < s->slots && (!s->depth || s->held[s->depth - 1] != s->at)) {
    s->held[s->depth] = s->at;
    __enzcc_set_action(a, ENZYME_CHECKPOINT_STORE, s->at, 0, s->depth++);
    return;
  }
  if (s->depth == s->slots) __enzcc_schedule_forward(s, a, s->fine - 1);
  else __enzcc_schedule_forward(s, a, s->at + __enzcc_advance(s->slots - s->depth + 1, ahead));
}

/* Slots of the segments come first, then those of the steps of the segment at hand. */
ODR void __enzcc_periodic_next(void *state, action *a) {
  struct enzcc_schedule *s = state;
  int64_t segments, begin;
  if (s->fine <= 0) {
    a->flag = ENZYME_CHECKPOINT_DONE;
    return;
  }
  segments = (s->steps + s->segment - 1) / s->segment;
  begin = (s->fine - 1) / s->segment * s->segment;
  if (s->turned) {
    s->turned = 0;
    s->at = s->inner == begin ? s->fine - 1 : begin;
    __enzcc_set_action(a, ENZYME_CHECKPOINT_RESTORE, s->at, 0,
                       s->at == begin ? begin / s->segment : segments + s->at - begin);
    return;
  }
  if (s->at >= begin && s->inner != begin) s->inner = s->upto = begin;
  if (s->at == s->fine - 1) {
    __enzcc_schedule_turn(s, a);
    return;
  }
  if (s->at % s->segment == 0 && s->outer <= s->at / s->segment)
    __enzcc_set_action(a, ENZYME_CHECKPOINT_STORE, s->at, 0, s->outer++);
  else if (s->at < begin) __enzcc_schedule_forward(s, a, s->at + s->segment);
  else if (s->upto < s->at) {
    s->upto = s->at;
    __enzcc_set_action(a, ENZYME_CHECKPOINT_STORE, s->at, 0, segments + s->at - begin);
  } else __enzcc_schedule_forward(s, a, s->at + 1);
}

ODR void __enzcc_snapshot_name(struct enzcc_schedule *s, int64_t slot, char *name, size_t size) {
  snprintf(name, size, "%s/enzcc-%p-%lld", s->config.directory, (void *)s, (long long)slot);
}

ODR struct enzcc_snapshot *__enzcc_snapshot(struct enzcc_schedule *s, int64_t slot) {
  int64_t at = slot + 2;
  if (at >= s->capacity) {
    int64_t more = at + 1 > 2 * s->capacity ? at + 1 : 2 * s->capacity;
    s->snapshots = realloc(s->snapshots, (size_t)more * sizeof *s->snapshots);
    if (!s->snapshots) __enzcc_out_of_memory();
    memset(s->snapshots + s->capacity, 0, (size_t)(more - s->capacity) * sizeof *s->snapshots);
    s->capacity = more;
  }
  return s->snapshots + at;
}

ODR void __enzcc_snapshot_store(void *state, int64_t slot, int64_t step, const region *r, uint64_t n) {
  struct enzcc_schedule *s = state;
  struct enzcc_snapshot *kept = __enzcc_snapshot(s, slot);
  uint64_t at = 0;
  FILE *file = 0;
  if (!kept->bytes && !kept->in_file) {
    if (s->config.directory && slot >= 0 && s->in_memory + s->bytes > s->config.memory) kept->in_file = 1;
    else {
      kept->bytes = malloc(s->bytes ? s->bytes : 1);
      if (!kept->bytes) __enzcc_out_of_memory();
      s->in_memory += s->bytes;
    }
    if (slot >= 0) s->kept++;
  }
  if (kept->in_file) {
    char name[4096];
    __enzcc_snapshot_name(s, slot, name, sizeof name);
    file = fopen(name, "wb");
    if (!file) __enzcc_checkpoint_failed("cannot write a snapshot to its directory");
  }
  for (uint64_t k = 0; k < n; at += r[k++].bytes) {
    if (!file) memcpy(kept->bytes + at, r[k].ptr, r[k].bytes);
    else if (fwrite(r[k].ptr, 1, r[k].bytes, file) != r[k].bytes)
      __enzcc_checkpoint_failed("cannot write a snapshot to its directory");
  }
  if (file && fclose(file)) __enzcc_checkpoint_failed("cannot write a snapshot to its directory");
  if (slot < 0) return;
  s->count.stores++;
  if ((uint64_t)s->kept > s->count.peak_slots) s->count.peak_slots = (uint64_t)s->kept;
  if ((uint64_t)s->kept * s->bytes > s->count.peak_bytes) s->count.peak_bytes = (uint64_t)s->kept * s->bytes;
}

ODR void __enzcc_snapshot_restore(void *state, int64_t slot, int64_t step, const region *r, uint64_t n) {
  struct enzcc_schedule *s = state;
  struct enzcc_snapshot *kept = __enzcc_snapshot(s, slot);
  uint64_t at = 0;
  FILE *file = 0;
  if (kept->in_file) {
    char name[4096];
    __enzcc_snapshot_name(s, slot, name, sizeof name);
    file = fopen(name, "rb");
    if (!file) __enzcc_checkpoint_failed("a snapshot is gone from its directory");
  } else if (!kept->bytes) __enzcc_checkpoint_failed("the scheme restores what it has not stored");
  for (uint64_t k = 0; k < n; at += r[k++].bytes) {
    if (!file) memcpy(r[k].ptr, kept->bytes + at, r[k].bytes);
    else if (fread(r[k].ptr, 1, r[k].bytes, file) != r[k].bytes)
      __enzcc_checkpoint_failed("cannot read a snapshot from its directory");
  }
  if (file) fclose(file);
  if (slot >= 0) s->count.restores++;
}

ODR void __enzcc_schedule_end(void *state) {
  struct enzcc_schedule *s = state;
  for (int64_t k = 0; k < s->capacity; k++) {
    free(s->snapshots[k].bytes);
    if (s->snapshots[k].in_file) {
      char name[4096];
      __enzcc_snapshot_name(s, k - 2, name, sizeof name);
      remove(name);
    }
  }
  if (s->config.statistics) *s->config.statistics = s->count;
  if (s->config.verbosity > 0)
    fprintf(stderr, "enzcc: checkpointed loop: %llu steps forward, %llu taped, %llu stored, %llu restored, "
               "at most %llu snapshots of %llu bytes\n",
            (unsigned long long)s->count.forward_steps, (unsigned long long)s->count.taped_steps,
            (unsigned long long)s->count.stores, (unsigned long long)s->count.restores,
            (unsigned long long)s->count.peak_slots, (unsigned long long)s->bytes);
  free(s->snapshots);
  free(s->held);
  free(s);
}

ODR void *__enzcc_periodic_init(void *data, int64_t n, uint64_t bytes) {
  void *s = __enzcc_schedule_init(data, bytes, 1);
  __enzcc_schedule_steps(s, n);
  return s;
}

ODR void *__enzcc_store_all_init(void *data, int64_t n, uint64_t bytes) {
  void *s = __enzcc_schedule_init(data, bytes, 2);
  __enzcc_schedule_steps(s, n);
  return s;
}

ODR void *__enzcc_binomial_init(void *data, int64_t n, uint64_t bytes) {
  void *s = __enzcc_schedule_init(data, bytes, 0);
  __enzcc_schedule_steps(s, n);
  return s;
}

#define SCHEME(init, next)                                                                                      \
  {1, init, next, __enzcc_snapshot_store, __enzcc_snapshot_restore, __enzcc_schedule_steps, __enzcc_schedule_end, \
   0, 0, 0}

ODR const scheme enzyme_checkpoint_revolve = SCHEME(__enzcc_binomial_init, __enzcc_binomial_next);
ODR const scheme enzyme_checkpoint_binomial = SCHEME(__enzcc_binomial_init, __enzcc_binomial_next);
ODR const scheme enzyme_checkpoint_periodic = SCHEME(__enzcc_periodic_init, __enzcc_periodic_next);
ODR const scheme enzyme_checkpoint_store_all = SCHEME(__enzcc_store_all_init, __enzcc_periodic_next);
