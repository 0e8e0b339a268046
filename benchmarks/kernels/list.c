/* A walk along a linked list whose nodes lie anywhere in memory, with a state that each node
 * changes; by the numbers in the nodes. */
#include "harness.h"

struct node {
  REAL value;
  struct node *next;
};

static int count;
static struct node *nodes, *head, *shadows, *shadow_head;

static REAL walk(const struct node *RESTRICT node) {
  REAL state = 0;
  for (; node; node = node->next) state = sin(state + node->value);
  return state;
}

/* Node i lies at place order[i]. */
static struct node *chain(struct node *memory, const int *order) {
  for (int i = 0; i < count; i++)
    memory[order[i]].next = i + 1 < count ? &memory[order[i + 1]] : NULL;
  return &memory[order[0]];
}

void setup(int argc, char **argv) {
  count = (int)size_argument(argc, argv);
  int *order = (int *)malloc(count * sizeof *order);
  for (int i = 0; i < count; i++) order[i] = i;
  for (int i = count - 1; i > 0; i--) {
    int j = (int)uniform(0, i + 1), other = order[i];
    order[i] = order[j];
    order[j] = other;
  }
  problem.inputs = count;
  problem.x = uniforms(count, -1, 1);
#ifdef __cplusplus
  nodes = new struct node[count];
#else
  nodes = malloc(count * sizeof *nodes);
  shadows = malloc(count * sizeof *shadows);
  shadow_head = chain(shadows, order);
#endif
  for (int i = 0; i < count; i++) nodes[i].value = problem.x[i];
  head = chain(nodes, order);
  free(order);
}

void evaluate(const REAL *x, REAL *y) {
  for (int i = 0; i < count; i++) nodes[i].value = x[i];
  y[0] = walk(head);
}

#ifndef PEER
double primal(void) { return walk(head); }

/* Keeps where the nodes are, and one cosine a node. */
void by_hand(double *result) {
  struct { long place; double cosine; } *kept = malloc((count + 1) * sizeof *kept);
  double state = 0;
  long length = 0;
  for (const struct node *node = head; node; node = node->next) {
    double angle = state + node->value;
    state = sin(angle);
    kept[length].place = node - nodes;
    kept[length++].cosine = cos(angle);
  }
  for (double adjoint = 1; length-- > 0;)
    result[kept[length].place] = adjoint *= kept[length].cosine;
  free(kept);
}
#endif

#ifndef WITHOUT_ENZYME
void gradient(double *result) {
  for (int i = 0; i < count; i++) shadows[i].value = 0;
  __enzyme_autodiff((void *)walk, enzyme_dup, head, shadow_head);
  for (int i = 0; i < count; i++) result[i] = shadows[i].value;
}
#endif
