/* The reprojection errors of bundle adjustment and their Jacobian, as in samples/ba.c, which
 * describes them and their files. */
#define JACOBIAN /* one an observation, with two rows */
#include "harness.h"

#include "../../samples/sample.h"

enum { CAMERA = 11, POINT = 3, COLUMNS = CAMERA + POINT + 1 };
enum { ROTATION = 0, CENTRE = 3, FOCAL = 6, PRINCIPAL = 7, RADIAL = 9 };

static void cross(const REAL *a, const REAL *b, REAL *result) {
  result[0] = a[1] * b[2] - a[2] * b[1];
  result[1] = a[2] * b[0] - a[0] * b[2];
  result[2] = a[0] * b[1] - a[1] * b[0];
}

static REAL dot(const REAL *a, const REAL *b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Rotates `v` about the axis `rotation` by the angle |rotation| (the formula of Rodrigues). */
static void rotate(const REAL *RESTRICT rotation, const REAL *RESTRICT v,
                   REAL *RESTRICT result) {
  REAL square = dot(rotation, rotation);
  REAL turned[3];
  if (square != 0) {
    REAL angle = sqrt(square), cosine = cos(angle), sine = sin(angle);
    REAL axis[3] = {rotation[0] / angle, rotation[1] / angle, rotation[2] / angle};
    REAL along = dot(axis, v) * (1 - cosine);
    cross(axis, v, turned);
    for (int i = 0; i < 3; i++) result[i] = cosine * v[i] + sine * turned[i] + along * axis[i];
  } else {
    cross(rotation, v, turned);
    for (int i = 0; i < 3; i++) result[i] = v[i] + turned[i];
  }
}

static void project(const REAL *RESTRICT camera, const REAL *RESTRICT point,
                    REAL *RESTRICT result) {
  REAL moved[3], seen[3];
  for (int i = 0; i < 3; i++) moved[i] = point[i] - camera[CENTRE + i];
  rotate(&camera[ROTATION], moved, seen);
  REAL x = seen[0] / seen[2], y = seen[1] / seen[2];
  REAL square = x * x + y * y;
  REAL distortion = 1 + camera[RADIAL] * square + camera[RADIAL + 1] * square * square;
  result[0] = x * distortion * camera[FOCAL] + camera[PRINCIPAL];
  result[1] = y * distortion * camera[FOCAL] + camera[PRINCIPAL + 1];
}

void reprojection_error(const REAL *RESTRICT camera, const REAL *RESTRICT point, REAL weight,
                        const double *RESTRICT feature, REAL *RESTRICT error) {
  REAL projected[2];
  project(camera, point, projected);
  error[0] = weight * (projected[0] - feature[0]);
  error[1] = weight * (projected[1] - feature[1]);
}

REAL weight_error(REAL weight) { return 1 - weight * weight; }

/* What is wanted of an observation. */
struct result {
  double error[2], jacobian[2][COLUMNS], weight_error, weight_slope;
};
enum { NUMBERS = sizeof(struct result) / sizeof(double) };

static int cameras, points, observations;
static double *camera, *point, *weight, *feature; /* all of each, one after the other */

static double *repeated(FILE *file, int size, int count) {
  double *values = doubles((size_t)size * count);
  for (int i = 0; i < size; i++) values[i] = read_double(file);
  for (int i = 1; i < count; i++) memcpy(&values[i * size], values, size * sizeof *values);
  return values;
}

void setup(int argc, char **argv) {
  if (argc != 1) die("usage", "ba VARIANT MILLISECONDS INSTANCE");
  FILE *file = open_file(argv[0]);
  cameras = read_int(file);
  points = read_int(file);
  observations = read_int(file);
  camera = repeated(file, CAMERA, cameras);
  point = repeated(file, POINT, points);
  weight = repeated(file, 1, observations);
  feature = repeated(file, 2, observations);
  problem.inputs = (size_t)observations * NUMBERS;
  fclose(file);
}

static const double *camera_of(int i) { return &camera[i % cameras * CAMERA]; }
static const double *point_of(int i) { return &point[i % points * POINT]; }

#ifdef PEER
static const double *seen; /* the feature of the observation that is evaluated */

void evaluate(const REAL *x, REAL *y) {
  reprojection_error(x, x + CAMERA, x[CAMERA + POINT], seen, y);
}

void gradient(double *result) {
  for (int i = 0; i < observations; i++) {
    struct result *r = (struct result *)&result[i * NUMBERS];
    double x[COLUMNS];
    memcpy(x, camera_of(i), CAMERA * sizeof *x);
    memcpy(x + CAMERA, point_of(i), POINT * sizeof *x);
    x[CAMERA + POINT] = weight[i];
    seen = &feature[2 * i];
    peer_jacobian(evaluate, COLUMNS, 2, x, r->error, r->jacobian[0]);
    r->weight_error = 1 - weight[i] * weight[i];
    r->weight_slope = -2 * weight[i];
  }
}
#else
double primal(void) {
  double sum = 0;
  for (int i = 0; i < observations; i++) {
    double error[2];
    reprojection_error(camera_of(i), point_of(i), weight[i], &feature[2 * i], error);
    sum += error[0] + error[1] + weight_error(weight[i]);
  }
  return sum;
}

/* What the projection computes on the way, for both rows of its Jacobian. */
struct view {
  double moved[3], turned[3], axis[3], angle, cosine, sine, along, x, y, depth, square, distortion;
};

static inline void look(const double *camera, const double *point, struct view *v) {
  const double *rotation = &camera[ROTATION];
  double seen[3];
  for (int i = 0; i < 3; i++) v->moved[i] = point[i] - camera[CENTRE + i];
  v->angle = sqrt(dot(rotation, rotation));
  v->cosine = cos(v->angle);
  v->sine = sin(v->angle);
  for (int i = 0; i < 3; i++) v->axis[i] = v->angle != 0 ? rotation[i] / v->angle : 0;
  v->along = dot(v->axis, v->moved);
  cross(v->angle != 0 ? v->axis : rotation, v->moved, v->turned);
  for (int i = 0; i < 3; i++)
    seen[i] = v->angle != 0 ? v->cosine * v->moved[i] + v->sine * v->turned[i] +
                                  v->along * (1 - v->cosine) * v->axis[i]
                            : v->moved[i] + v->turned[i];
  v->depth = 1 / seen[2];
  v->x = seen[0] * v->depth;
  v->y = seen[1] * v->depth;
  v->square = v->x * v->x + v->y * v->y;
  v->distortion = 1 + camera[RADIAL] * v->square + camera[RADIAL + 1] * v->square * v->square;
}

/* A row of the Jacobian of `project`, backwards from the adjoints of the two numbers it gives. */
static inline void look_adjoint(const double *camera, const struct view *v, double bx, double by,
                                double *dcamera, double *dpoint) {
  const double *axis = v->axis;
  double focal = camera[FOCAL], both = bx * v->x + by * v->y, scale = v->distortion * focal;
  double ddistortion = focal * both;
  double dsquare = ddistortion * (camera[RADIAL] + 2 * camera[RADIAL + 1] * v->square);
  dcamera[PRINCIPAL] = bx;
  dcamera[PRINCIPAL + 1] = by;
  dcamera[FOCAL] = v->distortion * both;
  dcamera[RADIAL] = ddistortion * v->square;
  dcamera[RADIAL + 1] = ddistortion * v->square * v->square;
  double dx = (bx * scale + 2 * dsquare * v->x) * v->depth;
  double dy = (by * scale + 2 * dsquare * v->y) * v->depth;
  double dseen[3] = {dx, dy, -(dx * v->x + dy * v->y)}, dmoved[3], crossed[3], daxis[3];

  if (v->angle != 0) {
    double flat = 1 - v->cosine, across = dot(dseen, axis), dalong = across * flat;
    double dangle = v->cosine * dot(dseen, v->turned) + v->sine * (v->along * across -
                                                                  dot(dseen, v->moved));
    double inverse = 1 / v->angle;
    cross(dseen, axis, crossed);
    for (int i = 0; i < 3; i++)
      dmoved[i] = v->cosine * dseen[i] + v->sine * crossed[i] + dalong * axis[i];
    cross(v->moved, dseen, crossed);
    for (int i = 0; i < 3; i++)
      daxis[i] = v->sine * crossed[i] + dalong * v->moved[i] + v->along * flat * dseen[i];
    dangle -= dot(daxis, axis) * inverse;
    for (int i = 0; i < 3; i++) dcamera[ROTATION + i] = daxis[i] * inverse + dangle * axis[i];
  } else {
    const double *rotation = &camera[ROTATION];
    cross(dseen, rotation, crossed);
    for (int i = 0; i < 3; i++) dmoved[i] = dseen[i] + crossed[i];
    cross(v->moved, dseen, crossed);
    for (int i = 0; i < 3; i++) dcamera[ROTATION + i] = crossed[i];
  }
  for (int i = 0; i < 3; i++) {
    dpoint[i] = dmoved[i];
    dcamera[CENTRE + i] = -dmoved[i];
  }
}

void by_hand(double *result) {
  for (int i = 0; i < observations; i++) {
    struct result *r = (struct result *)&result[i * NUMBERS];
    const double *c = camera_of(i);
    double w = weight[i], scale;
    struct view v;
    look(c, point_of(i), &v);
    scale = v.distortion * c[FOCAL];
    double distance[2] = {v.x * scale + c[PRINCIPAL] - feature[2 * i],
                          v.y * scale + c[PRINCIPAL + 1] - feature[2 * i + 1]};
    for (int row = 0; row < 2; row++) {
      double *out = r->jacobian[row];
      r->error[row] = w * distance[row];
      out[CAMERA + POINT] = distance[row];
      look_adjoint(c, &v, row == 0 ? w : 0, row == 1 ? w : 0, out, out + CAMERA);
    }
    r->weight_error = weight_error(w);
    r->weight_slope = -2 * w;
  }
}
#endif

#ifndef WITHOUT_ENZYME
static void observe(int i, struct result *r) {
  const double *c = camera_of(i), *p = point_of(i), *f = &feature[2 * i];
  memset(r, 0, sizeof *r);
  for (int row = 0; row < 2; row++) {
    double *gradient = r->jacobian[row];
    double seed[2] = {row == 0, row == 1};
    gradient[CAMERA + POINT] =
        __enzyme_autodiff((void *)reprojection_error, enzyme_dup, c, gradient, enzyme_dup, p,
                          gradient + CAMERA, enzyme_out, weight[i], enzyme_const, f, enzyme_dup,
                          r->error, seed);
  }
  r->weight_error = weight_error(weight[i]);
  r->weight_slope = __enzyme_autodiff((void *)weight_error, enzyme_out, weight[i]);
}

void gradient(double *result) {
  for (int i = 0; i < observations; i++) observe(i, (struct result *)&result[i * NUMBERS]);
}
#endif
