/* The reprojection errors of samples/ba.c, their Jacobian there, and the same by hand. */
#include "harness.h"

#define main sample_main
#include "../../samples/ba.c"
#undef main

static struct ba instance;
enum { NUMBERS = sizeof(struct result) / sizeof(double) };

void setup(int argc, char **argv) {
  if (argc != 1) die("usage", "ba VARIANT MILLISECONDS INSTANCE");
  instance = read_ba(argv[0]);
  problem.inputs = (size_t)instance.observations * NUMBERS;
}

double primal(void) {
  const struct ba *b = &instance;
  double sum = 0;
  for (int i = 0; i < b->observations; i++) {
    double error[2];
    reprojection_error(&b->camera[i % b->cameras * CAMERA], &b->point[i % b->points * POINT],
                       b->weight[i], &b->feature[2 * i], error);
    sum += error[0] + error[1] + weight_error(b->weight[i]);
  }
  return sum;
}

#ifndef WITHOUT_ENZYME
void gradient(double *result) {
  for (int i = 0; i < instance.observations; i++)
    observe(&instance, i, (struct result *)&result[i * NUMBERS]);
}
#endif

/* One row of the Jacobian of `project`, backwards from the adjoint of what it gives. */
static void project_adjoint(const double *camera, const double *point, const double *dresult,
                            double *dcamera, double *dpoint) {
  const double *rotation = &camera[ROTATION];
  double moved[3], seen[3], turned[3], axis[3], daxis[3], dmoved[3], dseen[3], crossed[3];
  for (int i = 0; i < 3; i++) moved[i] = point[i] - camera[CENTRE + i];
  double angle = sqrt(dot(rotation, rotation)), cosine = cos(angle), sine = sin(angle);
  for (int i = 0; i < 3; i++) axis[i] = angle != 0 ? rotation[i] / angle : 0;
  double along = dot(axis, moved);
  cross(angle != 0 ? axis : rotation, moved, turned);
  for (int i = 0; i < 3; i++)
    seen[i] = angle != 0 ? cosine * moved[i] + sine * turned[i] + along * (1 - cosine) * axis[i]
                         : moved[i] + turned[i];
  double x = seen[0] / seen[2], y = seen[1] / seen[2], square = x * x + y * y;
  double k1 = camera[RADIAL], k2 = camera[RADIAL + 1], focal = camera[FOCAL];
  double distortion = 1 + k1 * square + k2 * square * square;

  double both = dresult[0] * x + dresult[1] * y;
  double ddistortion = focal * both, dsquare = ddistortion * (k1 + 2 * k2 * square);
  dcamera[PRINCIPAL] += dresult[0];
  dcamera[PRINCIPAL + 1] += dresult[1];
  dcamera[FOCAL] += distortion * both;
  dcamera[RADIAL] += ddistortion * square;
  dcamera[RADIAL + 1] += ddistortion * square * square;
  double dx = dresult[0] * distortion * focal + 2 * dsquare * x;
  double dy = dresult[1] * distortion * focal + 2 * dsquare * y;
  dseen[0] = dx / seen[2];
  dseen[1] = dy / seen[2];
  dseen[2] = -(dx * x + dy * y) / seen[2];

  if (angle != 0) {
    double dalong = dot(dseen, axis) * (1 - cosine);
    double dangle = -sine * dot(dseen, moved) + cosine * dot(dseen, turned) +
                    sine * along * dot(dseen, axis);
    cross(dseen, axis, crossed);
    for (int i = 0; i < 3; i++)
      dmoved[i] = cosine * dseen[i] + sine * crossed[i] + dalong * axis[i];
    cross(moved, dseen, crossed);
    for (int i = 0; i < 3; i++)
      daxis[i] = sine * crossed[i] + dalong * moved[i] + along * (1 - cosine) * dseen[i];
    dangle -= dot(daxis, axis) / angle;
    for (int i = 0; i < 3; i++) dcamera[ROTATION + i] += daxis[i] / angle + dangle * axis[i];
  } else {
    cross(dseen, rotation, crossed);
    for (int i = 0; i < 3; i++) dmoved[i] = dseen[i] + crossed[i];
    cross(moved, dseen, crossed);
    for (int i = 0; i < 3; i++) dcamera[ROTATION + i] += crossed[i];
  }
  for (int i = 0; i < 3; i++) {
    dpoint[i] += dmoved[i];
    dcamera[CENTRE + i] -= dmoved[i];
  }
}

void by_hand(double *result) {
  const struct ba *b = &instance;
  for (int i = 0; i < b->observations; i++) {
    struct result *r = (struct result *)&result[i * NUMBERS];
    const double *camera = &b->camera[i % b->cameras * CAMERA];
    const double *point = &b->point[i % b->points * POINT];
    const double *feature = &b->feature[2 * i];
    double weight = b->weight[i], projected[2];
    memset(r, 0, sizeof *r);
    project(camera, point, projected);
    for (int row = 0; row < 2; row++) {
      double dresult[2] = {row == 0 ? weight : 0, row == 1 ? weight : 0};
      r->error[row] = weight * (projected[row] - feature[row]);
      r->jacobian[row][CAMERA + POINT] = projected[row] - feature[row];
      project_adjoint(camera, point, dresult, r->jacobian[row], r->jacobian[row] + CAMERA);
    }
    r->weight_error = weight_error(weight);
    r->weight_slope = -2 * weight;
  }
}
