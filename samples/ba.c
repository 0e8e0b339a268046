/* Bundle adjustment: the Jacobian of the reprojection errors of many cameras and points.
 *
 *     enzcc -O3 ba.c -o ba -lm
 *     ./ba INSTANCE [EXPECTED]
 *
 * Objective and file format are those of the ADBench suite. A camera has 11 parameters: rotation
 * (3, axis times angle), centre (3), focal length, principal point (2), radial distortion (2). An
 * observation says where a camera has seen a point, and has a weight. Its error is the weight times
 * the distance between the projected point and the feature measured (2 numbers); another error,
 * 1 - weight^2, pulls the weight to one. The file holds the numbers of cameras, points and
 * observations, and one of each, which stands for all.
 *
 * The Jacobian of an observation has 2 rows and 15 columns: camera (11), point (3), weight.
 * A row is one reverse run, seeded with one of the two errors.
 *
 * EXPECTED holds, for one observation: its error (2 numbers), its Jacobian (2 rows of 15), the
 * error of the weight and its derivative. Without it, both are compared with forward mode and with
 * central differences.
 */
#include <enzyme.h>
#include <string.h>

#include "sample.h"

enum { CAMERA = 11, POINT = 3, COLUMNS = CAMERA + POINT + 1 };
enum { ROTATION = 0, CENTRE = 3, FOCAL = 6, PRINCIPAL = 7, RADIAL = 9 };

/* ---- The objective: plain C, which knows nothing of derivatives ---- */

static void cross(const double *a, const double *b, double *result) {
  result[0] = a[1] * b[2] - a[2] * b[1];
  result[1] = a[2] * b[0] - a[0] * b[2];
  result[2] = a[0] * b[1] - a[1] * b[0];
}

static double dot(const double *a, const double *b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/* Rotates `v` about the axis `rotation` by the angle |rotation| (the formula of Rodrigues). */
static void rotate(const double *restrict rotation, const double *restrict v,
                   double *restrict result) {
  double square = dot(rotation, rotation);
  double turned[3];
  if (square != 0) {
    double angle = sqrt(square), cosine = cos(angle), sine = sin(angle);
    double axis[3] = {rotation[0] / angle, rotation[1] / angle, rotation[2] / angle};
    double along = dot(axis, v) * (1 - cosine);
    cross(axis, v, turned);
    for (int i = 0; i < 3; i++) result[i] = cosine * v[i] + sine * turned[i] + along * axis[i];
  } else {
    cross(rotation, v, turned);
    for (int i = 0; i < 3; i++) result[i] = v[i] + turned[i];
  }
}

static void project(const double *restrict camera, const double *restrict point,
                    double *restrict result) {
  double moved[3], seen[3];
  for (int i = 0; i < 3; i++) moved[i] = point[i] - camera[CENTRE + i];
  rotate(&camera[ROTATION], moved, seen);
  double x = seen[0] / seen[2], y = seen[1] / seen[2];
  double square = x * x + y * y;
  double distortion = 1 + camera[RADIAL] * square + camera[RADIAL + 1] * square * square;
  result[0] = x * distortion * camera[FOCAL] + camera[PRINCIPAL];
  result[1] = y * distortion * camera[FOCAL] + camera[PRINCIPAL + 1];
}

void reprojection_error(const double *restrict camera, const double *restrict point, double weight,
                        const double *restrict feature, double *restrict error) {
  double projected[2];
  project(camera, point, projected);
  error[0] = weight * (projected[0] - feature[0]);
  error[1] = weight * (projected[1] - feature[1]);
}

double weight_error(double weight) { return 1 - weight * weight; }

/* ---- The instance ---- */

struct ba {
  int cameras, points, observations;
  double *camera, *point, *weight, *feature; /* all of each, one after the other */
};

static double *repeated(FILE *file, int size, int count) {
  double *values = new_doubles((size_t)size * count);
  for (int i = 0; i < size; i++) values[i] = read_double(file);
  for (int i = 1; i < count; i++) memcpy(&values[i * size], values, size * sizeof *values);
  return values;
}

static struct ba read_ba(const char *path) {
  FILE *file = open_file(path);
  struct ba b;
  b.cameras = read_int(file);
  b.points = read_int(file);
  b.observations = read_int(file);
  if (b.cameras < 1 || b.points < 1 || b.observations < 1) die("not an instance", path);
  b.camera = repeated(file, CAMERA, b.cameras);
  b.point = repeated(file, POINT, b.points);
  b.weight = repeated(file, 1, b.observations);
  b.feature = repeated(file, 2, b.observations);
  fclose(file);
  return b;
}

static void free_ba(struct ba *b) {
  free(b->camera);
  free(b->point);
  free(b->weight);
  free(b->feature);
}

/* ---- Derivatives ---- */

/* What is known of one observation, in the order of the file EXPECTED. */
struct result {
  double error[2], jacobian[2][COLUMNS], weight_error, weight_slope;
};

static void observe(const struct ba *b, int i, struct result *r) {
  const double *camera = &b->camera[i % b->cameras * CAMERA];
  const double *point = &b->point[i % b->points * POINT];
  const double *feature = &b->feature[i * 2];
  double weight = b->weight[i];
  memset(r, 0, sizeof *r);
  for (int row = 0; row < 2; row++) {
    double *gradient = r->jacobian[row];
    double seed[2] = {row == 0, row == 1};
    gradient[CAMERA + POINT] =
        __enzyme_autodiff((void *)reprojection_error, enzyme_dup, camera, gradient, enzyme_dup,
                          point, gradient + CAMERA, enzyme_out, weight, enzyme_const, feature,
                          enzyme_dup, r->error, seed);
  }
  r->weight_error = weight_error(weight);
  r->weight_slope = __enzyme_autodiff((void *)weight_error, enzyme_out, weight);
}

/* ---- Checks ---- */

static void check_in_one_direction(const struct ba *b, int i, const struct result *r,
                                   double *to_tangent, double *to_difference) {
  const double h = 1e-6;
  double direction[COLUMNS], ahead[2], behind[2], value[2], tangent[2];
  const double *camera = &b->camera[i % b->cameras * CAMERA];
  const double *point = &b->point[i % b->points * POINT];
  const double *feature = &b->feature[i * 2];
  double weight = b->weight[i];

  for (int j = 0; j < COLUMNS; j++) direction[j] = sin(1.0 + i + j) * (j == FOCAL ? 100 : 0.1);
  for (int side = -1; side <= 1; side += 2) {
    double moved[COLUMNS];
    for (int j = 0; j < CAMERA; j++) moved[j] = camera[j] + side * h * direction[j];
    for (int j = 0; j < POINT; j++)
      moved[CAMERA + j] = point[j] + side * h * direction[CAMERA + j];
    moved[CAMERA + POINT] = weight + side * h * direction[CAMERA + POINT];
    reprojection_error(moved, moved + CAMERA, moved[CAMERA + POINT], feature,
                       side < 0 ? behind : ahead);
  }
  __enzyme_fwddiff_void((void *)reprojection_error, enzyme_dup, camera, direction, enzyme_dup,
                        point, direction + CAMERA, enzyme_dup, weight, direction[CAMERA + POINT],
                        enzyme_const, feature, enzyme_dup, value, tangent);
  for (int row = 0; row < 2; row++) {
    double reverse = 0, size = 0; /* of the terms, which may cancel in their sum */
    for (int j = 0; j < COLUMNS; j++) {
      reverse += r->jacobian[row][j] * direction[j];
      size += fabs(r->jacobian[row][j] * direction[j]);
    }
    double slope = (ahead[row] - behind[row]) / (2 * h);
    *to_tangent = fmax(*to_tangent, difference(reverse / size, tangent[row] / size));
    *to_difference = fmax(*to_difference, difference(reverse / size, slope / size));
  }
  double slope = __enzyme_fwddiff((void *)weight_error, enzyme_dup, weight, 1.0);
  *to_tangent = fmax(*to_tangent, difference(r->weight_slope, slope));
  *to_difference = fmax(*to_difference, difference(r->weight_slope, -2 * weight));
}

int main(int argc, char **argv) {
  if (argc < 2 || argc > 3) {
    fprintf(stderr, "usage: %s INSTANCE [EXPECTED]\n", argv[0]);
    return 2;
  }
  struct ba b = read_ba(argv[1]);
  const size_t size = sizeof(struct result) / sizeof(double);
  double *expected = NULL;
  if (argc == 3) {
    FILE *file = open_file(argv[2]);
    expected = read_doubles(file, size);
    fclose(file);
  }

  struct result r;
  double error = 0, frobenius = 0, to_file = 0, to_tangent = 0, to_difference = 0;
  for (int i = 0; i < b.observations; i++) {
    observe(&b, i, &r);
    error += r.error[0] * r.error[0] + r.error[1] * r.error[1] + r.weight_error * r.weight_error;
    for (int j = 0; j < COLUMNS; j++)
      frobenius += r.jacobian[0][j] * r.jacobian[0][j] + r.jacobian[1][j] * r.jacobian[1][j];
    frobenius += r.weight_slope * r.weight_slope;
    if (expected)
      to_file = fmax(to_file, largest_difference((const double *)&r, expected, size));
    else
      check_in_one_direction(&b, i, &r, &to_tangent, &to_difference);
  }

  printf("%d observations of %d points by %d cameras\n", b.observations, b.points, b.cameras);
  printf("sum of squared errors    %.12g\n", error);
  printf("norm of the Jacobian     %.12g\n", sqrt(frobenius));
  printf("the Jacobian of the last observation\n%12s %12s %12s\n", "", "error x", "error y");
  static const char *const names[COLUMNS] = {
      "rotation 1",  "rotation 2",  "rotation 3", "centre 1",   "centre 2",
      "centre 3",    "focal",       "principal 1", "principal 2", "radial 1",
      "radial 2",    "point 1",     "point 2",    "point 3",    "weight"};
  for (int j = 0; j < COLUMNS; j++)
    printf("%12s %12.5g %12.5g\n", names[j], r.jacobian[0][j], r.jacobian[1][j]);

  int status;
  if (expected) {
    status = verdict("all numbers, largest relative difference", to_file, 1e-9);
  } else {
    status = verdict("Jacobian * direction, against forward mode", to_tangent, 1e-9);
    status |= verdict("Jacobian * direction, against a difference", to_difference, 1e-5);
  }
  free(expected);
  free_ba(&b);
  return status;
}
