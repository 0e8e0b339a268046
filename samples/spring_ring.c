/* A sparse Hessian: springs in a ring, each of which knows two neighbours.
 *
 *     enzcc -O2 spring_ring.c -o spring_ring -lm && ./spring_ring
 *
 * The energy has 2N coordinates; its Hessian has (2N)^2 entries, and six in a row that are not zero.
 * Forward mode over reverse mode makes a row a call. Its shadows are `__enzyme_todense` pointers: the direction
 * is a unit vector that a function computes, and what comes out goes to a function that appends it to a list.
 * Nothing of the size of the matrix is ever allocated.
 */
#include <enzyme.h>
#include <math.h>
#include <stdint.h>

#include "sample.h"

enum { N = 40 };

/* ---- The energy: plain C ---- */

static double energy(const double *at, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) {
    int next = (i + 1) % n;
    double dx = at[2 * i] - at[2 * next], dy = at[2 * i + 1] - at[2 * next + 1];
    double stretch = sqrt(dx * dx + dy * dy) - 0.1;
    sum += 0.5 * stretch * stretch;
  }
  return sum;
}

/* ---- Its derivatives ---- */

static void gradient(const double *at, double *slope, int n) {
  __enzyme_autodiff_void((void *)energy, at, slope, n);
}

struct entry { int row, column; double value; };
struct matrix { struct entry *entries; int count, room; };

/* Shadow of the positions: the unit vector of one row. Offsets are in bytes. */
static double unit(int64_t offset, int row) { return offset / 8 == row; }
static void no_store(double value, int64_t offset, int row) {
  (void)value, (void)offset, (void)row;
  die("never", "a position is not written");
}

/* Shadow of the gradient: starts at zero, and gets each entry of the row in parts. */
static double nothing(int64_t offset, int row, struct matrix *m) { return (void)offset, (void)row, (void)m, 0; }
ENZYME_SPARSE_ACCUMULATE
static void add(double value, int64_t offset, int row, struct matrix *m) {
  if (m->count == m->room) {
    m->room = 2 * m->room + 64;
    m->entries = realloc(m->entries, m->room * sizeof *m->entries);
    if (!m->entries) die("cannot allocate", "out of memory");
  }
  m->entries[m->count++] = (struct entry){row, (int)(offset / 8), value};
}

static struct matrix hessian(const double *at, int n) {
  struct matrix m = {0};
  for (int row = 0; row < 2 * n; row++)
    __enzyme_fwddiff_void((void *)gradient, at, __enzyme_todense((void *)unit, (void *)no_store, row),
                          enzyme_dupnoneed, NULL, __enzyme_todense((void *)nothing, (void *)add, row, &m), n);
  return m;
}

/* ---- Check: the matrix times a vector, against differences of the gradient ---- */

int main(void) {
  double at[2 * N], v[2 * N], found[2 * N] = {0}, expected[2 * N], moved[2 * N];
  for (int i = 0; i < N; i++) {
    at[2 * i] = cos(2 * M_PI * i / N), at[2 * i + 1] = 1.1 * sin(2 * M_PI * i / N);
    v[2 * i] = sin(3.0 * i), v[2 * i + 1] = cos(5.0 * i);
  }
  struct matrix m = hessian(at, N);
  printf("%d parts of entries, of a matrix of %d x %d\n", m.count, 2 * N, 2 * N);
  for (int k = 0; k < m.count; k++) found[m.entries[k].row] += m.entries[k].value * v[m.entries[k].column];
  for (int i = 0; i < 2 * N; i++) expected[i] = 0;
  for (int side = -1; side <= 1; side += 2) {
    double slope[2 * N] = {0}, h = 1e-5;
    for (int i = 0; i < 2 * N; i++) moved[i] = at[i] + side * h * v[i];
    gradient(moved, slope, N);
    for (int i = 0; i < 2 * N; i++) expected[i] += side * slope[i] / (2 * h);
  }
  int wrong = m.count > 2 * N * 16;
  free(m.entries);
  return wrong | verdict("Hessian times a vector, against differences", largest_difference(found, expected, 2 * N), 1e-6);
}
