/* levels: precise
   Shortest paths: a queue of integers, relaxations of active distances, predecessors. */
#include "check.h"

struct edge { int from, to, length; };
static const struct edge edges[] = {{0, 1, 0}, {0, 2, 1}, {1, 2, 2}, {1, 3, 3}, {2, 3, 4}, {3, 4, 5}, {2, 4, 6}};

static double f(double *length, int n) {
    double distance[5], sum = 0;
    int queue[64], head = 0, tail = 0, from[5] = {-1, -1, -1, -1, -1};
    for (int i = 0; i < 5; i++) distance[i] = INFINITY;
    distance[0] = 0;
    queue[tail++] = 0;
    while (head < tail) {
        int v = queue[head++];
        for (int e = 0; e < LENGTH(edges); e++) {
            if (edges[e].from != v) continue;
            double through = distance[v] + length[edges[e].length % n] * length[edges[e].length % n];
            if (through < distance[edges[e].to]) {
                distance[edges[e].to] = through;
                from[edges[e].to] = v;
                queue[tail++] = edges[e].to;
            }
        }
    }
    for (int i = 0; i < 5; i++) sum += distance[i] * (from[i] + 2);
    return sum;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, 0.8, 1.1, 0.9, 1.2, 2.5);
    return report();
}
