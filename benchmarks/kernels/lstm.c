/* The loss of a long short-term memory network, as in samples/lstm.c, which describes it and its
 * files. */
#include "harness.h"

#include "../../samples/sample.h"

static REAL sigmoid(REAL x) { return 1 / (1 + exp(-x)); }

/* One step of one layer; replaces `hidden` and `cell`. */
static void layer_step(int bits, const REAL *RESTRICT weights, const REAL *RESTRICT biases,
                       REAL *RESTRICT hidden, REAL *RESTRICT cell, const REAL *RESTRICT input) {
  for (int i = 0; i < bits; i++) {
    REAL forget = sigmoid(input[i] * weights[i] + biases[i]);
    REAL ingate = sigmoid(hidden[i] * weights[bits + i] + biases[bits + i]);
    REAL outgate = sigmoid(input[i] * weights[2 * bits + i] + biases[2 * bits + i]);
    REAL candidate = tanh(hidden[i] * weights[3 * bits + i] + biases[3 * bits + i]);
    cell[i] = cell[i] * forget + ingate * candidate;
    hidden[i] = outgate * tanh(cell[i]);
  }
}

/* One character through all layers; replaces `state`, writes the scores of the next bits. */
static void predict(int layers, int bits, const REAL *RESTRICT weights,
                    const REAL *RESTRICT scales, REAL *RESTRICT state,
                    const double *RESTRICT character, REAL *RESTRICT scores) {
  for (int i = 0; i < bits; i++) scores[i] = character[i] * scales[i];
  const REAL *input = scores;
  for (int layer = 0; layer < layers; layer++) {
    REAL *hidden = &state[2 * bits * layer];
    const REAL *w = &weights[8 * bits * layer];
    layer_step(bits, w, w + 4 * bits, hidden, hidden + bits, input);
    input = hidden;
  }
  for (int i = 0; i < bits; i++) scores[i] = input[i] * scales[bits + i] + scales[2 * bits + i];
}

static REAL log_sum_exp(int n, const REAL *x) {
  REAL largest = x[0];
  for (int i = 1; i < n; i++) largest = fmax(largest, x[i]);
  REAL sum = 0;
  for (int i = 0; i < n; i++) sum += exp(x[i] - largest);
  return largest + log(sum);
}

REAL lstm_loss(int layers, int characters, int bits, const REAL *RESTRICT weights,
               const REAL *RESTRICT scales, const double *RESTRICT start,
               const double *RESTRICT text) {
  REAL *state = new_reals((size_t)2 * layers * bits), *scores = new_reals(bits);
  REAL total = 0;
  for (int i = 0; i < 2 * layers * bits; i++) state[i] = start[i];
  for (int t = 0; t + 1 < characters; t++) {
    const double *next = &text[(t + 1) * bits];
    predict(layers, bits, weights, scales, state, &text[t * bits], scores);
    REAL normaliser = log_sum_exp(bits, scores);
    for (int i = 0; i < bits; i++) total += next[i] * (scores[i] - normaliser);
  }
  delete_reals(state);
  delete_reals(scores);
  return -total / ((characters - 1) * bits);
}

static int layers, characters, bits;
static double *start, *text;

void setup(int argc, char **argv) {
  if (argc != 1) die("usage", "lstm VARIANT MILLISECONDS INSTANCE");
  FILE *file = open_file(argv[0]);
  layers = read_int(file);
  characters = read_int(file);
  bits = read_int(file);
  problem.inputs = (size_t)(8 * layers + 3) * bits;
  problem.x = read_doubles(file, problem.inputs); /* weights and biases, then scales */
  start = read_doubles(file, (size_t)2 * layers * bits);
  text = read_doubles(file, (size_t)characters * bits);
  fclose(file);
}

void evaluate(const REAL *x, REAL *y) {
  y[0] = lstm_loss(layers, characters, bits, x, x + 8 * layers * bits, start, text);
}

#ifndef PEER
double primal(void) {
  const double *x = problem.x;
  return lstm_loss(layers, characters, bits, x, x + 8 * layers * bits, start, text);
}

/* What one cell leaves for its adjoint. */
struct kept {
  double input, hidden, cell, forget, ingate, outgate, candidate, squashed;
};

static void lstm_adjoint(int layers, int characters, int bits, const double *weights,
                         const double *scales, const double *start, const double *text,
                         double *dweights, double *dscales) {
  int width = layers * bits, last = width - bits;
  size_t size = (size_t)2 * width * sizeof(double);
  struct kept *tape = malloc((size_t)(characters - 1) * width * sizeof *tape);
  double *shares = malloc((size_t)(characters - 1) * bits * sizeof *shares);
  double *state = malloc(size), *dstate = calloc(1, size), *dscores = malloc(bits * sizeof(double));
  double *dinput = malloc(bits * sizeof *dinput);
  double scale = -1.0 / ((characters - 1) * bits);

  memcpy(state, start, size);
  for (int t = 0; t + 1 < characters; t++) {
    double *share = &shares[t * bits], largest = -INFINITY, sum = 0;
    for (int layer = 0; layer < layers; layer++) {
      const double *w = &weights[8 * bits * layer], *b = w + 4 * bits;
      double *hidden = &state[2 * bits * layer], *cell = hidden + bits;
      for (int i = 0; i < bits; i++) {
        struct kept *k = &tape[t * width + layer * bits + i];
        k->input = layer ? hidden[i - 2 * bits] : text[t * bits + i] * scales[i];
        k->hidden = hidden[i];
        k->cell = cell[i];
        k->forget = sigmoid(k->input * w[i] + b[i]);
        k->ingate = sigmoid(k->hidden * w[bits + i] + b[bits + i]);
        k->outgate = sigmoid(k->input * w[2 * bits + i] + b[2 * bits + i]);
        k->candidate = tanh(k->hidden * w[3 * bits + i] + b[3 * bits + i]);
        cell[i] = k->cell * k->forget + k->ingate * k->candidate;
        k->squashed = tanh(cell[i]);
        hidden[i] = k->outgate * k->squashed;
      }
    }
    for (int i = 0; i < bits; i++) {
      share[i] = state[2 * last + i] * scales[bits + i] + scales[2 * bits + i];
      largest = fmax(largest, share[i]);
    }
    for (int i = 0; i < bits; i++) sum += share[i] = exp(share[i] - largest);
    for (int i = 0; i < bits; i++) share[i] /= sum;
  }

  for (int t = characters - 2; t >= 0; t--) {
    const double *share = &shares[t * bits], *next = &text[(t + 1) * bits];
    double ones = 0;
    for (int i = 0; i < bits; i++) ones += next[i];
    for (int i = 0; i < bits; i++) {
      const struct kept *k = &tape[t * width + last + i];
      dscores[i] = scale * (next[i] - ones * share[i]);
      dscales[2 * bits + i] += dscores[i];
      dscales[bits + i] += dscores[i] * k->outgate * k->squashed;
      dinput[i] = dscores[i] * scales[bits + i];
    }
    for (int layer = layers - 1; layer >= 0; layer--) {
      const double *w = &weights[8 * bits * layer];
      double *dw = &dweights[8 * bits * layer], *db = dw + 4 * bits;
      double *dhidden = &dstate[2 * bits * layer], *dcell = dhidden + bits;
      for (int i = 0; i < bits; i++) {
        const struct kept *k = &tape[t * width + layer * bits + i];
        double dh = dhidden[i] + dinput[i];
        double dc = dcell[i] + dh * k->outgate * (1 - k->squashed * k->squashed);
        double dout = dh * k->squashed * k->outgate * (1 - k->outgate);
        double dforget = dc * k->cell * k->forget * (1 - k->forget);
        double din = dc * k->candidate * k->ingate * (1 - k->ingate);
        double dcandidate = dc * k->ingate * (1 - k->candidate * k->candidate);
        dw[i] += dforget * k->input;
        dw[bits + i] += din * k->hidden;
        dw[2 * bits + i] += dout * k->input;
        dw[3 * bits + i] += dcandidate * k->hidden;
        db[i] += dforget;
        db[bits + i] += din;
        db[2 * bits + i] += dout;
        db[3 * bits + i] += dcandidate;
        dcell[i] = dc * k->forget;
        dhidden[i] = din * w[bits + i] + dcandidate * w[3 * bits + i];
        dinput[i] = dforget * w[i] + dout * w[2 * bits + i];
      }
    }
    for (int i = 0; i < bits; i++) dscales[i] += dinput[i] * text[t * bits + i];
  }
  free(tape);
  free(shares);
  free(state);
  free(dstate);
  free(dscores);
  free(dinput);
}

void by_hand(double *result) {
  const double *x = problem.x;
  int scales = 8 * layers * bits;
  memset(result, 0, problem.inputs * sizeof *result);
  lstm_adjoint(layers, characters, bits, x, x + scales, start, text, result, result + scales);
}
#endif

#ifndef WITHOUT_ENZYME
void gradient(double *result) {
  const double *x = problem.x;
  int scales = 8 * layers * bits;
  memset(result, 0, problem.inputs * sizeof *result);
  __enzyme_autodiff_void((void *)lstm_loss, layers, characters, bits, enzyme_dup, x, result,
                         enzyme_dup, x + scales, result + scales, enzyme_const, start,
                         enzyme_const, text);
}
#endif
