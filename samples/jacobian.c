/* A Jacobian by columns and by rows, and Newton's method with it.
 *
 *     enzcc -O2 jacobian.c -o jacobian -lm && ./jacobian
 *
 * Forward mode gives a column a call, reverse mode a row: take the one of which there are fewer. Here
 * is a square system, so both; they are compared with each other and with complex steps, and used to
 * solve the system.
 */
#include <complex.h>
#include <enzyme.h>
#include <math.h>
#include <string.h>

#include "sample.h"

enum { N = 6 };

/* ---- The system: r(x) = 0 is Broyden's tridiagonal problem. The second spelling is for the check
 * only ---- */

void residual(const double *x, double *r) {
  for (int i = 0; i < N; i++) {
    double before = i ? x[i - 1] : 0, after = i + 1 < N ? x[i + 1] : 0;
    r[i] = (3 - 2 * x[i]) * x[i] - before - 2 * after + 1 + 0.1 * sin(x[i] * after);
  }
}

static void complex_residual(const double complex *x, double complex *r) {
  for (int i = 0; i < N; i++) {
    double complex before = i ? x[i - 1] : 0, after = i + 1 < N ? x[i + 1] : 0;
    r[i] = (3 - 2 * x[i]) * x[i] - before - 2 * after + 1 + 0.1 * csin(x[i] * after);
  }
}

/* ---- Its Jacobian: jacobian[i][j] is the derivative of r[i] by x[j] ---- */

static void by_columns(const double *x, double jacobian[N][N]) {
  for (int j = 0; j < N; j++) {
    double direction[N] = {0}, r[N], column[N];
    direction[j] = 1;
    __enzyme_fwddiff_void((void *)residual, x, direction, r, column);
    for (int i = 0; i < N; i++) jacobian[i][j] = column[i];
  }
}

static void by_rows(const double *x, double jacobian[N][N]) {
  memset(jacobian, 0, N * sizeof *jacobian);
  for (int i = 0; i < N; i++) {
    double seed[N] = {0}, r[N];
    seed[i] = 1;
    __enzyme_autodiff_void((void *)residual, x, jacobian[i], r, seed);
  }
}

/* a x = b by elimination with pivots; both are overwritten, b becomes x. */
static void solve(double a[N][N], double b[N]) {
  for (int k = 0; k < N; k++) {
    int best = k;
    for (int i = k + 1; i < N; i++)
      if (fabs(a[i][k]) > fabs(a[best][k])) best = i;
    for (int j = 0; j < N; j++) {
      double t = a[k][j];
      a[k][j] = a[best][j];
      a[best][j] = t;
    }
    double t = b[k];
    b[k] = b[best];
    b[best] = t;
    for (int i = k + 1; i < N; i++) {
      double factor = a[i][k] / a[k][k];
      for (int j = k; j < N; j++) a[i][j] -= factor * a[k][j];
      b[i] -= factor * b[k];
    }
  }
  for (int i = N; i-- > 0;) {
    for (int j = i + 1; j < N; j++) b[i] -= a[i][j] * b[j];
    b[i] /= a[i][i];
  }
}

int main(void) {
  double x[N], r[N], columns[N][N], rows[N][N], expected[N][N];
  for (int i = 0; i < N; i++) x[i] = -1;
  by_columns(x, columns);
  by_rows(x, rows);
  for (int j = 0; j < N; j++) {
    double complex z[N], c[N];
    for (int i = 0; i < N; i++) z[i] = x[i] + (i == j ? 1e-100 * I : 0);
    complex_residual(z, c);
    for (int i = 0; i < N; i++) expected[i][j] = cimag(c[i]) / 1e-100;
  }
  double worst_column = largest_difference(&columns[0][0], &expected[0][0], N * N);
  double worst_row = largest_difference(&rows[0][0], &expected[0][0], N * N);

  for (int step = 0; step < 8; step++) {
    residual(x, r);
    printf("step %d: |r| = %.2e\n", step, norm(r, N));
    by_columns(x, columns);
    solve(columns, r);
    for (int i = 0; i < N; i++) x[i] -= r[i];
  }
  residual(x, r);
  int bad = verdict("columns, to complex steps", worst_column, 1e-13);
  bad |= verdict("rows, to complex steps", worst_row, 1e-13);
  return bad | verdict("residual after Newton's method", norm(r, N), 1e-13);
}
