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
  const struct ba *b = &instance;
  for (int i = 0; i < b->observations; i++) {
    struct result *r = (struct result *)&result[i * NUMBERS];
    const double *camera = &b->camera[i % b->cameras * CAMERA];
    const double *point = &b->point[i % b->points * POINT];
    const double *feature = &b->feature[2 * i];
    double weight = b->weight[i], scale;
    struct view v;
    look(camera, point, &v);
    scale = v.distortion * camera[FOCAL];
    double distance[2] = {v.x * scale + camera[PRINCIPAL] - feature[0],
                          v.y * scale + camera[PRINCIPAL + 1] - feature[1]};
    for (int row = 0; row < 2; row++) {
      double *out = r->jacobian[row];
      r->error[row] = weight * distance[row];
      out[CAMERA + POINT] = distance[row];
      look_adjoint(camera, &v, row == 0 ? weight : 0, row == 1 ? weight : 0, out, out + CAMERA);
    }
    r->weight_error = weight_error(weight);
    r->weight_slope = -2 * weight;
  }
}
