/* A long short-term memory network: the gradient of its loss by all weights.
 *
 *     enzcc -O3 lstm.c -o lstm -lm
 *     ./lstm INSTANCE [EXPECTED]
 *
 * The model is in the manner of the ADBench suite: characters of B bits, L layers of B cells, and
 * gates that connect cell i only with input i. The network reads a text and predicts, after each
 * character, the bits of the next; the loss is the mean cross entropy of the predictions.
 *
 * An instance is a list of numbers separated by white space:
 *
 *     L C B                     layers, characters, bits
 *     L rows of 8 B             per layer: weights of the forget, input, output and candidate
 *                               gates, B each, then their biases, B each
 *     3 rows of B               scale of the input, scale and bias of the output
 *     L rows of 2 B             per layer: hidden state and cells at the start
 *     C rows of B               the characters
 *
 * EXPECTED holds the loss and its gradient by the first 8 L B + 3 B of these numbers, one a line.
 * Without it the gradient is compared with forward mode and with a central difference, both in one
 * direction.
 */
#include <enzyme.h>
#include <string.h>

#include "sample.h"

/* ---- The objective: plain C, which knows nothing of derivatives ---- */

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

/* One step of one layer; replaces `hidden` and `cell`. */
static void layer_step(int bits, const double *restrict weights, const double *restrict biases,
                       double *restrict hidden, double *restrict cell,
                       const double *restrict input) {
  for (int i = 0; i < bits; i++) {
    double forget = sigmoid(input[i] * weights[i] + biases[i]);
    double ingate = sigmoid(hidden[i] * weights[bits + i] + biases[bits + i]);
    double outgate = sigmoid(input[i] * weights[2 * bits + i] + biases[2 * bits + i]);
    double candidate = tanh(hidden[i] * weights[3 * bits + i] + biases[3 * bits + i]);
    cell[i] = cell[i] * forget + ingate * candidate;
    hidden[i] = outgate * tanh(cell[i]);
  }
}

/* One character through all layers; replaces `state`, writes the scores of the next bits. */
static void predict(int layers, int bits, const double *restrict weights,
                    const double *restrict scales, double *restrict state,
                    const double *restrict character, double *restrict scores) {
  for (int i = 0; i < bits; i++) scores[i] = character[i] * scales[i];
  const double *input = scores;
  for (int layer = 0; layer < layers; layer++) {
    double *hidden = &state[2 * bits * layer];
    const double *w = &weights[8 * bits * layer];
    layer_step(bits, w, w + 4 * bits, hidden, hidden + bits, input);
    input = hidden;
  }
  for (int i = 0; i < bits; i++) scores[i] = input[i] * scales[bits + i] + scales[2 * bits + i];
}

static double log_sum_exp(int n, const double *x) {
  double largest = x[0];
  for (int i = 1; i < n; i++) largest = fmax(largest, x[i]);
  double sum = 0;
  for (int i = 0; i < n; i++) sum += exp(x[i] - largest);
  return largest + log(sum);
}

double lstm_loss(int layers, int characters, int bits, const double *restrict weights,
                 const double *restrict scales, const double *restrict start,
                 const double *restrict text) {
  size_t size = (size_t)2 * layers * bits * sizeof(double);
  double *state = malloc(size);
  double *scores = malloc(bits * sizeof *scores);
  double total = 0;
  memcpy(state, start, size);
  for (int t = 0; t + 1 < characters; t++) {
    const double *next = &text[(t + 1) * bits];
    predict(layers, bits, weights, scales, state, &text[t * bits], scores);
    double normaliser = log_sum_exp(bits, scores);
    for (int i = 0; i < bits; i++) total += next[i] * (scores[i] - normaliser);
  }
  free(state);
  free(scores);
  return -total / ((characters - 1) * bits);
}

/* ---- The instance and its derivatives ---- */

struct lstm {
  int layers, characters, bits;
  size_t count;       /* of parameters */
  double *parameters; /* weights and biases, then scales */
  double *state, *text;
};

static struct lstm read_lstm(const char *path) {
  FILE *file = open_file(path);
  struct lstm s;
  s.layers = read_int(file);
  s.characters = read_int(file);
  s.bits = read_int(file);
  if (s.layers < 1 || s.characters < 2 || s.bits < 1) die("not an instance", path);
  s.count = (size_t)(8 * s.layers + 3) * s.bits;
  s.parameters = read_doubles(file, s.count);
  s.state = read_doubles(file, (size_t)2 * s.layers * s.bits);
  s.text = read_doubles(file, (size_t)s.characters * s.bits);
  fclose(file);
  return s;
}

static void free_lstm(struct lstm *s) {
  free(s->parameters);
  free(s->state);
  free(s->text);
}

static double loss(const struct lstm *s, const double *parameters) {
  return lstm_loss(s->layers, s->characters, s->bits, parameters,
                   parameters + 8 * s->layers * s->bits, s->state, s->text);
}

static void gradient(const struct lstm *s, double *result) {
  int scales = 8 * s->layers * s->bits;
  memset(result, 0, s->count * sizeof *result);
  __enzyme_autodiff_void((void *)lstm_loss, s->layers, s->characters, s->bits, enzyme_dup,
                         s->parameters, result, enzyme_dup, s->parameters + scales,
                         result + scales, enzyme_const, s->state, enzyme_const, s->text);
}

static double tangent(const struct lstm *s, const double *direction) {
  int scales = 8 * s->layers * s->bits;
  return __enzyme_fwddiff((void *)lstm_loss, s->layers, s->characters, s->bits, enzyme_dup,
                          s->parameters, direction, enzyme_dup, s->parameters + scales,
                          direction + scales, enzyme_const, s->state, enzyme_const, s->text);
}

/* ---- Checks ---- */

static int check_against_file(double value, const double *found, size_t count, const char *path) {
  FILE *file = open_file(path);
  double expected_value = read_double(file);
  double *expected = read_doubles(file, count);
  fclose(file);
  int status = verdict("loss, relative difference", difference(value, expected_value), 1e-9);
  status |= verdict("gradient, largest relative difference",
                    largest_difference(found, expected, count), 1e-9);
  free(expected);
  return status;
}

static int check_in_one_direction(const struct lstm *s, const double *found) {
  const double h = 1e-5;
  double *direction = new_doubles(s->count), *moved = new_doubles(s->count);
  double reverse = 0, ahead, behind;
  for (size_t i = 0; i < s->count; i++) {
    direction[i] = sin(1.0 + (double)i);
    reverse += found[i] * direction[i];
  }
  for (size_t i = 0; i < s->count; i++) moved[i] = s->parameters[i] + h * direction[i];
  ahead = loss(s, moved);
  for (size_t i = 0; i < s->count; i++) moved[i] = s->parameters[i] - h * direction[i];
  behind = loss(s, moved);
  int status = verdict("gradient * direction, against forward mode",
                       difference(reverse, tangent(s, direction)), 1e-9);
  status |= verdict("gradient * direction, against a difference",
                    difference(reverse, (ahead - behind) / (2 * h)), 1e-7);
  free(direction);
  free(moved);
  return status;
}

int main(int argc, char **argv) {
  if (argc < 2 || argc > 3) {
    fprintf(stderr, "usage: %s INSTANCE [EXPECTED]\n", argv[0]);
    return 2;
  }
  struct lstm s = read_lstm(argv[1]);
  double *found = new_doubles(s.count);
  double value = loss(&s, s.parameters);
  gradient(&s, found);

  printf("%d layers of %d cells read %d characters, %zu parameters\n", s.layers, s.bits,
         s.characters, s.count);
  printf("loss           %.12g\n", value);
  printf("gradient norm  %.12g\n", norm(found, s.count));
  int status = argc == 3 ? check_against_file(value, found, s.count, argv[2])
                         : check_in_one_direction(&s, found);
  free(found);
  free_lstm(&s);
  return status;
}
