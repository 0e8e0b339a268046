/* Fixed-point iterations: the derivative is that of the converged state, by one step at that state.

   z = F(z, p) gives  bz' = bz + (dF/dz)^T bz'  and  bp += (dF/dp)^T bz'.  With the terms of the series
   bz' = bz + J^T bz + J^T J^T bz + ... in the state's shadow, one call of the step's own reverse makes the next
   term of it, and adds what this term contributes to the parameters. The tangent is iterated likewise. */

struct enzcc_state {
  void *value, *shadow; /* no shadow of its own: constant */
  uint64_t bytes;
  const char *kinds; /* what lies in it, again and again: d, f, e for a float, . for a byte of anything else */
};

struct enzcc_fixed_point {
  double reduction;
  int64_t most;
  int (*control)(double *cumulative, double *reduction);
};

struct enzcc_converged {
  int64_t steps;
  char *bytes;
};

typedef int enzcc_fixed_step(void *env, int64_t i);
typedef void enzcc_fixed_turn(void *env, int64_t i);

ODR void __enzcc_states_move(struct enzcc_state *s, uint64_t n, char *bytes, int to_state) {
  for (uint64_t k = 0; k < n; bytes += s[k++].bytes) {
    if (to_state) memcpy(s[k].value, bytes, s[k].bytes);
    else memcpy(bytes, s[k].value, s[k].bytes);
  }
}

ODR char *__enzcc_states_room(struct enzcc_state *s, uint64_t n) {
  uint64_t bytes = 1;
  for (uint64_t k = 0; k < n; k++) bytes += s[k].bytes;
  char *made = malloc(bytes);
  if (!made) __enzcc_out_of_memory();
  return made;
}

/* Squared distance of the floats of two states; from zero if there is no second one. */
ODR double __enzcc_norm(const char *a, const char *b, uint64_t bytes, const char *kinds) {
  double sum = 0;
  const char *kind = kinds;
  for (uint64_t at = 0, size; at < bytes; at += size, kind = kind[1] ? kind + 1 : kinds) {
    size = *kind == 'd' ? sizeof(double) : *kind == 'f' ? sizeof(float) : *kind == 'e' ? sizeof(long double) : 1;
    if (*kind == '.' || at + size > bytes) continue;
    double d = 0;
    for (int second = 0; second < (b ? 2 : 1); second++) {
      const char *from = (second ? b : a) + at;
      double x, sign = second ? -1 : 1;
      float narrow;
      long double wide;
      if (*kind == 'd') memcpy(&x, from, sizeof x);
      else if (*kind == 'f') memcpy(&narrow, from, sizeof narrow), x = narrow;
      else memcpy(&wide, from, sizeof wide), x = (double)wide;
      d += sign * x;
    }
    sum += d * d;
  }
  return sum;
}

struct enzcc_progress {
  double first, before;
  int64_t count;
};

/* Is one more term wanted, after one of this squared norm? */
ODR int __enzcc_goes_on(struct enzcc_fixed_point *how, struct enzcc_progress *p, double norm) {
  int64_t count = p->count++;
  if (!count) p->first = norm;
  double before = p->before;
  p->before = norm;
  int64_t most = how->most < 0 ? 1000 : how->most;
  double least = how->reduction < 0 ? 1e-12 : how->reduction;
  if (most > 0 && count + 1 >= most) return 0;
  if (how->control) {
    double cumulative = count ? norm / p->first : -1, reduction = count ? norm / before : 1;
    return how->control(&cumulative, &reduction) != 0;
  }
  if (!(norm > 0)) return 0;
  if (!count) return 1;
  return norm >= least * p->first && !(count >= 5 && norm > before);
}

ODR void *__enzcc_fixed_point_forward(void *env, struct enzcc_state *s, uint64_t n, enzcc_fixed_step *step) {
  struct enzcc_converged *made = malloc(sizeof *made);
  if (!made) __enzcc_out_of_memory();
  made->steps = 0;
  while (step(env, made->steps)) made->steps++;
  made->bytes = __enzcc_states_room(s, n);
  __enzcc_states_move(s, n, made->bytes, 0);
  return made;
}

ODR void __enzcc_fixed_point_reverse(void *tape, void *env, struct enzcc_state *s, uint64_t n, uint64_t states,
                                     struct enzcc_fixed_point *how, enzcc_fixed_turn *turn) {
  struct enzcc_converged *made = tape;
  struct enzcc_progress progress = {0, 0, 0};
  char *now = __enzcc_states_room(s, n);
  __enzcc_states_move(s, n, now, 0);
  for (;;) {
    double size = 0;
    for (uint64_t k = 0; k < states; k++)
      if (s[k].shadow != s[k].value) size += __enzcc_norm(s[k].shadow, 0, s[k].bytes, s[k].kinds);
    int more = __enzcc_goes_on(how, &progress, size);
    if (size > 0 || size != size) { /* also the last term goes to the parameters */
      __enzcc_states_move(s, n, made->bytes, 1);
      turn(env, made->steps);
    }
    if (!more) break;
  }
  for (uint64_t k = 0; k < states; k++)
    if (s[k].shadow != s[k].value) memset(s[k].shadow, 0, s[k].bytes);
  __enzcc_states_move(s, n, now, 1);
  free(now);
  free(made->bytes);
  free(made);
}

ODR void __enzcc_fixed_point_tangent(void *env, struct enzcc_state *s, uint64_t n, uint64_t states,
                                     struct enzcc_fixed_point *how, enzcc_fixed_step *step,
                                     enzcc_fixed_turn *turn) {
  struct enzcc_progress progress = {0, 0, 0};
  struct enzcc_converged *made = __enzcc_fixed_point_forward(env, s, n, step);
  char *before = __enzcc_states_room(s, n), *at;
  for (uint64_t k = 0; k < states; k++)
    if (s[k].shadow != s[k].value) memset(s[k].shadow, 0, s[k].bytes);
  for (;;) {
    double size = 0;
    at = before;
    for (uint64_t k = 0; k < states; at += s[k++].bytes) memcpy(at, s[k].shadow, s[k].bytes);
    __enzcc_states_move(s, n, made->bytes, 1);
    turn(env, made->steps);
    at = before;
    for (uint64_t k = 0; k < states; at += s[k++].bytes)
      if (s[k].shadow != s[k].value) size += __enzcc_norm(s[k].shadow, at, s[k].bytes, s[k].kinds);
    if (!__enzcc_goes_on(how, &progress, size)) break;
  }
  __enzcc_states_move(s, n, made->bytes, 1);
  free(before);
  free(made->bytes);
  free(made);
}
