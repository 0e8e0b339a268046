/* A Jacobian of many columns or rows, several at once, by vector mode.
 *
 *     enzcc -O2 jacobian_lanes.c -o jacobian_lanes -lm && ./jacobian_lanes
 *
 * One call of a derivative with `enzyme_width, LANES` carries LANES directions through the function: the
 * function itself runs once for all, and the tangents (by columns) or adjoints (by rows) of a number lie
 * side by side in a SIMD register. A pointer is followed by its shadows, one a lane; `enzyme_dupv` takes
 * them from a matrix, row by row.
 */
#include <complex.h>
#include <enzyme.h>
#include <math.h>
#include <string.h>

#include "sample.h"

enum { INPUTS = 16, OUTPUTS = 8, LANES = 8 };

/* ---- The function: where the end of each link of an arm is, from the angles between them. The second
 * spelling is for the check only ---- */

static double length_of(int link) { return 1 + 0.25 * (link % 3); }

void reach(const double *angles, double *ends) {
  double x = 0, y = 0, turned = 0;
  for (int link = 0; link < INPUTS; link++) {
    turned += angles[link];
    x += length_of(link) * cos(turned);
    y += length_of(link) * sin(turned);
    if (link % 4 == 3) { /* a joint that is looked at */
      ends[link / 4 * 2] = x;
      ends[link / 4 * 2 + 1] = y;
    }
  }
}

static void complex_reach(const double complex *angles, double complex *ends) {
  double complex x = 0, y = 0, turned = 0;
  for (int link = 0; link < INPUTS; link++) {
    turned += angles[link];
    x += length_of(link) * ccos(turned);
    y += length_of(link) * csin(turned);
    if (link % 4 == 3) ends[link / 4 * 2] = x, ends[link / 4 * 2 + 1] = y;
  }
}

/* ---- Its Jacobian ---- */

/* Forward: column j is the tangent of the outputs in the direction of input j; LANES columns a call. */
static void by_columns(const double *angles, double jacobian[OUTPUTS][INPUTS]) {
  for (int first = 0; first < INPUTS; first += LANES) {
    double directions[LANES][INPUTS] = {{0}}, columns[LANES][OUTPUTS] = {{0}}, ends[OUTPUTS];
    for (int v = 0; v < LANES; v++) directions[v][first + v] = 1;
    __enzyme_fwddiff_void((void *)reach, enzyme_width, LANES,
                          /* each: the distance of two lanes in bytes, the values, their shadows */
                          enzyme_dupv, sizeof *directions, angles, directions,
                          enzyme_dupv, sizeof *columns, ends, columns);
    for (int v = 0; v < LANES; v++)
      for (int i = 0; i < OUTPUTS; i++) jacobian[i][first + v] = columns[v][i];
  }
}

/* Reverse: row i is the gradient of output i, whose adjoint is 1; here all rows in one call. The
 * rows accumulate, so they start at zero; the seeds are consumed. */
static void by_rows(const double *angles, double jacobian[OUTPUTS][INPUTS]) {
  double seeds[LANES][OUTPUTS] = {{0}}, ends[OUTPUTS];
  for (int v = 0; v < LANES; v++) seeds[v][v] = 1;
  memset(jacobian, 0, OUTPUTS * sizeof *jacobian);
  __enzyme_autodiff_void((void *)reach, enzyme_width, LANES,
                         enzyme_dupv, sizeof *jacobian, angles, jacobian,
                         enzyme_dupv, sizeof *seeds, ends, seeds);
}

int main(void) {
  double angles[INPUTS], expected[OUTPUTS][INPUTS], columns[OUTPUTS][INPUTS], rows[OUTPUTS][INPUTS];
  for (int j = 0; j < INPUTS; j++) angles[j] = 0.1 * (j % 5) - 0.15;
  for (int j = 0; j < INPUTS; j++) {
    double complex z[INPUTS], ends[OUTPUTS];
    for (int k = 0; k < INPUTS; k++) z[k] = angles[k] + (k == j ? 1e-100 * I : 0);
    complex_reach(z, ends);
    for (int i = 0; i < OUTPUTS; i++) expected[i][j] = cimag(ends[i]) / 1e-100;
  }
  by_columns(angles, columns);
  by_rows(angles, rows);
  printf("how the last joint moves with each angle:\n");
  for (int i = OUTPUTS - 2; i < OUTPUTS; i++) {
    for (int j = 0; j < INPUTS; j += 3) printf("%9.4f", rows[i][j]);
    printf("\n");
  }
  int bad = verdict("columns, to complex steps",
                    largest_difference(&columns[0][0], &expected[0][0], OUTPUTS * INPUTS), 1e-13);
  return bad | verdict("rows, to complex steps",
                       largest_difference(&rows[0][0], &expected[0][0], OUTPUTS * INPUTS), 1e-13);
}
