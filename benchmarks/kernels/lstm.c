/* The loss of samples/lstm.c, its gradient there, and its adjoint by hand. */
#include "harness.h"

#define gradient sample_gradient
#define main sample_main
#include "../../samples/lstm.c"
#undef main
#undef gradient

static struct lstm instance;

void setup(int argc, char **argv) {
  if (argc != 1) die("usage", "lstm VARIANT MILLISECONDS INSTANCE");
  instance = read_lstm(argv[0]);
  problem.inputs = instance.count;
}

double primal(void) { return loss(&instance, instance.parameters); }

#ifndef WITHOUT_ENZYME
void gradient(double *result) { sample_gradient(&instance, result); }
#endif

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
  const struct lstm *s = &instance;
  int scales = 8 * s->layers * s->bits;
  memset(result, 0, s->count * sizeof *result);
  lstm_adjoint(s->layers, s->characters, s->bits, s->parameters, s->parameters + scales, s->state,
               s->text, result, result + scales);
}
