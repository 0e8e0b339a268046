/* enzyme_checkpoint.h - which states of a checkpointed loop are kept, and which computed again.
 *
 *     struct enzyme_checkpoint_config config = {.budget = 20};
 *     __enzyme_checkpoint_for((void *)step, 0L, steps, enzyme_scheme, &enzyme_checkpoint_revolve, &config,
 *                             enzyme_checkpoint_region, x, n * sizeof *x, x, n);
 *
 * A scheme is an object of functions. Those named below come with enzcc and take a config (or null);
 * a program may write its own.
 */
#ifndef ENZYME_CHECKPOINT_H
#define ENZYME_CHECKPOINT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum enzyme_checkpoint_flag {
  ENZYME_CHECKPOINT_NONE,
  ENZYME_CHECKPOINT_STORE,      /* save the state that precedes step `iteration` in slot `cpnum` */
  ENZYME_CHECKPOINT_RESTORE,    /* bring back slot `cpnum` */
  ENZYME_CHECKPOINT_FORWARD,    /* run steps `startiteration` to `iteration` - 1 */
  ENZYME_CHECKPOINT_FIRST_TURN, /* differentiate the last step */
  ENZYME_CHECKPOINT_TURN,       /* differentiate step `iteration` - 1, from the state that precedes it */
  ENZYME_CHECKPOINT_ERROR,      /* end the program */
  ENZYME_CHECKPOINT_DONE
};

struct enzyme_checkpoint_action {
  int32_t flag;
  int64_t iteration, startiteration, cpnum; /* iterations count from 0 */
};

struct enzyme_checkpoint_region {
  void *ptr;
  uint64_t bytes;
  uint32_t addrspace, flags;
};

/* Every function takes what `init` has returned. Slots -1 and -2 are the driver's own: the state at the start
 * of the reverse sweep, and the state before the last step (of a `while` loop: before the first). */
struct enzyme_checkpoint_scheme {
  uint32_t version; /* 1 */
  void *(*init)(void *data, int64_t nsteps, uint64_t snapshot_bytes); /* -1: not known yet */
  void (*next_action)(void *state, struct enzyme_checkpoint_action *);
  void (*store)(void *state, int64_t slot, int64_t step, const struct enzyme_checkpoint_region *,
                uint64_t nregions);
  void (*restore)(void *state, int64_t slot, int64_t step, const struct enzyme_checkpoint_region *,
                  uint64_t nregions);
  void (*set_nsteps)(void *state, int64_t nsteps); /* of a `while` loop, after its forward sweep */
  void (*finalize)(void *state);
  void (*save_state)(void *state, int64_t slot, int64_t step, void *env); /* may be null */
  void (*load_state)(void *state, int64_t slot, int64_t step, void *env); /* may be null */
  void (*set_paths)(void *state, const char *paths, uint64_t length);     /* may be null */
};

struct enzyme_checkpoint_statistics {
  uint64_t forward_steps, taped_steps, stores, restores, peak_slots, peak_bytes;
};

/* What the ready-made schemes read; all zero is the default. */
struct enzyme_checkpoint_config {
  int64_t budget;        /* snapshots (revolve, binomial) or segments (periodic); 0: about sqrt(steps) */
  int32_t verbosity;     /* 1: the statistics go to stderr in the end */
  const char *directory; /* snapshots beyond `memory` bytes go to files here; null: to memory */
  uint64_t memory;
  struct enzyme_checkpoint_statistics *statistics; /* filled in the end, if not null */
};

extern const struct enzyme_checkpoint_scheme enzyme_checkpoint_revolve, enzyme_checkpoint_binomial,
    enzyme_checkpoint_periodic, enzyme_checkpoint_store_all;

#ifdef __cplusplus
}
#endif

#endif /* ENZYME_CHECKPOINT_H */
