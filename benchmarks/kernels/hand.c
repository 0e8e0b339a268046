/* Hand tracking in the manner of the ADBench suite: 26 angles and positions move 22 bones, these
 * move the hand's surface, each of whose points is compared with a measured one. Data are made up;
 * the model is ADBench's "simple" one, its loss the squared length of all errors. */
#include "harness.h"

enum { BONES = 22, THETA = 26, POSES = BONES + 3 };

typedef struct {
  REAL at[12]; /* a rotation and a shift, row by row */
} Motion;

struct model {
  int vertices;
  int parent[BONES];
  double base_relative[BONES][12], inverse_base_absolute[BONES][12];
  double *position; /* 3 a vertex */
  double *weight;   /* BONES a vertex */
  double *measured; /* 3 a vertex */
};

static struct model hand;

static inline void euler_rotation(const REAL *RESTRICT angle, REAL *RESTRICT r) {
  REAL sx = sin(angle[0]), cx = cos(angle[0]), sy = sin(angle[1]), cy = cos(angle[1]);
  REAL sz = sin(angle[2]), cz = cos(angle[2]);
  r[0] = cy * cz;
  r[1] = -cx * sz + sx * sy * cz;
  r[2] = sx * sz + cx * sy * cz;
  r[3] = cy * sz;
  r[4] = cx * cz + sx * sy * sz;
  r[5] = -sx * cz + cx * sy * sz;
  r[6] = -sy;
  r[7] = sx * cy;
  r[8] = cx * cy;
}

static inline void axis_rotation(const REAL *RESTRICT v, REAL *RESTRICT r) {
  REAL norm = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
  REAL x = v[0] / norm, y = v[1] / norm, z = v[2] / norm, s = sin(norm), c = cos(norm), d = 1 - c;
  r[0] = x * x + (1 - x * x) * c;
  r[1] = x * y * d - z * s;
  r[2] = x * z * d + y * s;
  r[3] = x * y * d + z * s;
  r[4] = y * y + (1 - y * y) * c;
  r[5] = y * z * d - x * s;
  r[6] = x * z * d - y * s;
  r[7] = z * y * d + x * s;
  r[8] = z * z + (1 - z * z) * c;
}

/* Which pose parameter each angle is: the rest are 0, or 1 for the scale. */
static void to_poses(const REAL *RESTRICT theta, REAL (*RESTRICT pose)[3]) {
  for (int i = 0; i < POSES; i++)
    for (int k = 0; k < 3; k++) pose[i][k] = i == 1 ? 1 : 0;
  for (int k = 0; k < 3; k++) {
    pose[0][k] = theta[k];
    pose[2][k] = theta[k + 3];
  }
  int next = 6, row = 5;
  for (int finger = 0; finger < 5; finger++) {
    for (int i = 2; i <= 4; i++) {
      pose[row][0] = theta[next++];
      if (i == 2) pose[row][1] = theta[next++];
      row++;
    }
    row++;
  }
}

/* c = a * b; a macro, since b may be constant */
#define MULTIPLY(a, b, c)                                                                        \
  for (int i = 0; i < 3; i++) {                                                                  \
    for (int j = 0; j < 4; j++)                                                                  \
      c[4 * i + j] = a[4 * i] * b[j] + a[4 * i + 1] * b[4 + j] + a[4 * i + 2] * b[8 + j];         \
    c[4 * i + 3] += a[4 * i + 3];                                                                \
  }

static void bone_motions(const struct model *m, REAL (*RESTRICT pose)[3], Motion *RESTRICT motion) {
  Motion absolute[BONES];
  for (int b = 0; b < BONES; b++) {
    const double *base = m->base_relative[b];
    REAL turn[9];
    Motion relative;
    euler_rotation(pose[b + 3], turn);
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 3; j++)
        relative.at[4 * i + j] = base[4 * i] * turn[j] + base[4 * i + 1] * turn[3 + j] +
                                 base[4 * i + 2] * turn[6 + j];
      relative.at[4 * i + 3] = base[4 * i + 3];
    }
    if (m->parent[b] < 0) {
      for (int i = 0; i < 12; i++) absolute[b].at[i] = relative.at[i];
    } else {
      const REAL *up = absolute[m->parent[b]].at;
      MULTIPLY(up, relative.at, absolute[b].at)
    }
    const double *inverse = m->inverse_base_absolute[b];
    MULTIPLY(absolute[b].at, inverse, motion[b].at)
  }
}

static REAL tracking(const struct model *RESTRICT m, const REAL *RESTRICT theta) {
  REAL pose[POSES][3], turn[9], sum = 0;
  Motion motion[BONES];
  to_poses(theta, pose);
  bone_motions(m, pose, motion);
  axis_rotation(pose[0], turn);
  for (int i = 0; i < 9; i++) turn[i] = turn[i] * pose[1][i % 3];
  for (int v = 0; v < m->vertices; v++) {
    const double *p = &m->position[3 * v], *weight = &m->weight[BONES * v];
    REAL moved[3];
    for (int i = 0; i < 3; i++) moved[i] = 0;
    for (int b = 0; b < BONES; b++)
      for (int i = 0; i < 3; i++) {
        const REAL *row = &motion[b].at[4 * i];
        moved[i] += weight[b] * (row[0] * p[0] + row[1] * p[1] + row[2] * p[2] + row[3]);
      }
    for (int i = 0; i < 3; i++) {
      REAL seen = turn[3 * i] * moved[0] + turn[3 * i + 1] * moved[1] + turn[3 * i + 2] * moved[2];
      REAL error = m->measured[3 * v + i] - (seen + pose[2][i]);
      sum += error * error;
    }
  }
  return sum;
}

void setup(int argc, char **argv) {
  int n = hand.vertices = (int)size_argument(argc, argv);
  problem.inputs = THETA;
  problem.x = uniforms(THETA, 0.1, 0.5);
  for (int b = 0; b < BONES; b++) {
    hand.parent[b] = b == 0 ? -1 : b < 2 ? 0 : (b - 2) % 4 == 0 ? 1 : b - 1;
    for (int i = 0; i < 12; i++) {
      double one = i % 5 == 0;
      hand.base_relative[b][i] = one + uniform(-0.2, 0.2);
      hand.inverse_base_absolute[b][i] = one + uniform(-0.2, 0.2);
    }
  }
  hand.position = uniforms(3 * (size_t)n, -1, 1);
  hand.measured = uniforms(3 * (size_t)n, -1, 1);
  hand.weight = uniforms(BONES * (size_t)n, 0, 2.0 / BONES);
}

void evaluate(const REAL *x, REAL *y) { y[0] = tracking(&hand, x); }

#ifndef PEER
double primal(void) { return tracking(&hand, problem.x); }

static void euler_rotation_adjoint(const double *angle, const double *b, double *dangle) {
  double sx = sin(angle[0]), cx = cos(angle[0]), sy = sin(angle[1]), cy = cos(angle[1]);
  double sz = sin(angle[2]), cz = cos(angle[2]);
  dangle[0] += b[1] * (sx * sz + cx * sy * cz) + b[2] * (cx * sz - sx * sy * cz) +
               b[4] * (-sx * cz + cx * sy * sz) - b[5] * (cx * cz + sx * sy * sz) +
               b[7] * cx * cy - b[8] * sx * cy;
  dangle[1] += -b[0] * sy * cz + b[1] * sx * cy * cz + b[2] * cx * cy * cz - b[3] * sy * sz +
               b[4] * sx * cy * sz + b[5] * cx * cy * sz - b[6] * cy - b[7] * sx * sy -
               b[8] * cx * sy;
  dangle[2] += -b[0] * cy * sz - b[1] * (cx * cz + sx * sy * sz) + b[2] * (sx * cz - cx * sy * sz) +
               b[3] * cy * cz + b[4] * (-cx * sz + sx * sy * cz) + b[5] * (sx * sz + cx * sy * cz);
}

static void axis_rotation_adjoint(const double *v, const double *b, double *dv) {
  double norm = sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
  double a[3] = {v[0] / norm, v[1] / norm, v[2] / norm}, s = sin(norm), c = cos(norm), d = 1 - c;
  double b01 = b[1] + b[3], b02 = b[2] + b[6], b12 = b[5] + b[7];
  double turned[3] = {b[7] - b[5], b[2] - b[6], b[3] - b[1]}, db[3], along = 0;
  db[0] = 2 * a[0] * d * b[0] + d * (a[1] * b01 + a[2] * b02) + s * turned[0];
  db[1] = 2 * a[1] * d * b[4] + d * (a[0] * b01 + a[2] * b12) + s * turned[1];
  db[2] = 2 * a[2] * d * b[8] + d * (a[0] * b02 + a[1] * b12) + s * turned[2];
  double dd = a[0] * a[1] * b01 + a[0] * a[2] * b02 + a[1] * a[2] * b12;
  double dc = (1 - a[0] * a[0]) * b[0] + (1 - a[1] * a[1]) * b[4] + (1 - a[2] * a[2]) * b[8] - dd;
  double ds = a[0] * turned[0] + a[1] * turned[1] + a[2] * turned[2];
  double dnorm = ds * c - dc * s;
  for (int i = 0; i < 3; i++) along += db[i] * a[i];
  for (int i = 0; i < 3; i++) dv[i] += (db[i] - along * a[i]) / norm + dnorm * a[i];
}

/* The adjoints of a and, if there is one, of b where c = a * b. */
static inline void multiply_adjoint(const double *a, const double *b, const double *dc, double *da,
                                    double *db) {
  for (int i = 0; i < 3; i++) {
    for (int j = 0; j < 4; j++)
      for (int k = 0; k < 3; k++) {
        da[4 * i + k] += dc[4 * i + j] * b[4 * k + j];
        if (db) db[4 * k + j] += dc[4 * i + j] * a[4 * i + k];
      }
    da[4 * i + 3] += dc[4 * i + 3];
  }
}

static void bone_motions_adjoint(const struct model *m, double (*pose)[3], const Motion *dmotion,
                                 double (*dpose)[3]) {
  Motion absolute[BONES], relative[BONES], dabsolute[BONES];
  memset(dabsolute, 0, sizeof dabsolute);
  for (int b = 0; b < BONES; b++) {
    const double *base = m->base_relative[b];
    double turn[9];
    euler_rotation(pose[b + 3], turn);
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 3; j++)
        relative[b].at[4 * i + j] = base[4 * i] * turn[j] + base[4 * i + 1] * turn[3 + j] +
                                    base[4 * i + 2] * turn[6 + j];
      relative[b].at[4 * i + 3] = base[4 * i + 3];
    }
    if (m->parent[b] < 0) {
      absolute[b] = relative[b];
    } else {
      const double *up = absolute[m->parent[b]].at;
      MULTIPLY(up, relative[b].at, absolute[b].at)
    }
  }
  for (int b = BONES - 1; b >= 0; b--) {
    const double *base = m->base_relative[b];
    Motion own = {{0}}, *drelative = &own;
    double dturn[9];
    multiply_adjoint(absolute[b].at, m->inverse_base_absolute[b], dmotion[b].at, dabsolute[b].at,
                     NULL);
    if (m->parent[b] < 0)
      drelative = &dabsolute[b];
    else
      multiply_adjoint(absolute[m->parent[b]].at, relative[b].at, dabsolute[b].at,
                       dabsolute[m->parent[b]].at, own.at);
    for (int k = 0; k < 3; k++)
      for (int j = 0; j < 3; j++)
        dturn[3 * k + j] = base[k] * drelative->at[j] + base[4 + k] * drelative->at[4 + j] +
                           base[8 + k] * drelative->at[8 + j];
    euler_rotation_adjoint(pose[b + 3], dturn, dpose[b + 3]);
  }
}

/* Vertex by vertex; only 12 numbers a bone pass from there to the angles. */
void by_hand(double *result) {
  const struct model *m = &hand;
  double pose[POSES][3], dpose[POSES][3] = {{0}}, turn[9], dturn[9] = {0};
  Motion motion[BONES], dmotion[BONES];
  memset(dmotion, 0, sizeof dmotion);
  to_poses(problem.x, pose);
  bone_motions(m, pose, motion);
  axis_rotation(pose[0], turn);
  for (int v = 0; v < m->vertices; v++) {
    const double *p = &m->position[3 * v], *weight = &m->weight[BONES * v];
    double moved[3] = {0}, dmoved[3] = {0};
    for (int b = 0; b < BONES; b++)
      for (int i = 0; i < 3; i++) {
        const double *row = &motion[b].at[4 * i];
        moved[i] += weight[b] * (row[0] * p[0] + row[1] * p[1] + row[2] * p[2] + row[3]);
      }
    for (int i = 0; i < 3; i++) {
      double seen = turn[3 * i] * moved[0] + turn[3 * i + 1] * moved[1] +
                    turn[3 * i + 2] * moved[2];
      double dseen = -2 * (m->measured[3 * v + i] - (seen + pose[2][i]));
      dpose[2][i] += dseen;
      for (int k = 0; k < 3; k++) {
        dturn[3 * i + k] += dseen * moved[k];
        dmoved[k] += dseen * turn[3 * i + k];
      }
    }
    for (int i = 0; i < 3; i++) {
      double at[4] = {dmoved[i] * p[0], dmoved[i] * p[1], dmoved[i] * p[2], dmoved[i]};
      for (int b = 0; b < BONES; b++)
        for (int k = 0; k < 4; k++) dmotion[b].at[4 * i + k] += weight[b] * at[k];
    }
  }
  axis_rotation_adjoint(pose[0], dturn, dpose[0]); /* the scale is 1 */
  bone_motions_adjoint(m, pose, dmotion, dpose);

  int next = 6, row = 5;
  for (int k = 0; k < 3; k++) {
    result[k] = dpose[0][k];
    result[k + 3] = dpose[2][k];
  }
  for (int finger = 0; finger < 5; finger++) {
    for (int i = 2; i <= 4; i++) {
      result[next++] = dpose[row][0];
      if (i == 2) result[next++] = dpose[row][1];
      row++;
    }
    row++;
  }
}
#endif

#ifndef WITHOUT_ENZYME
void gradient(double *result) {
  memset(result, 0, THETA * sizeof *result);
  __enzyme_autodiff((void *)tracking, enzyme_const, &hand, enzyme_dup, problem.x, result);
}
#endif
