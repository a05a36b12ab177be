#include "loss.h"

#include <math.h>

#include "vector.h"

static inline __attribute__((always_inline)) float largest(const float *row, size_t count) {
  MTL_REASSOCIATE
  float maximum = row[0];
  for (size_t v = 1; v < count; v++) maximum = row[v] > maximum ? row[v] : maximum;
  return maximum;
}

MTL_CLONES void mtl_cross_entropy(const float *logits, const int32_t *targets, float *loss, size_t rows,
                                  size_t vocabulary) {
  MTL_REASSOCIATE
  for (size_t i = 0; i < rows; i++) {
    const float *row = logits + i * vocabulary;
    float maximum = largest(row, vocabulary);
    float sum = 0.0f;
    for (size_t v = 0; v < vocabulary; v++) sum += mtl_exp(row[v] - maximum);
    loss[i] = maximum + logf(sum) - row[targets[i]];
  }
}

MTL_CLONES void mtl_cross_entropy_backward(float *logits, const int32_t *targets, const float *weights, float *loss,
                                           size_t rows, size_t vocabulary) {
  MTL_REASSOCIATE
  for (size_t i = 0; i < rows; i++) {
    float *row = logits + i * vocabulary;
    float maximum = largest(row, vocabulary);
    float target = row[targets[i]];
    float sum = 0.0f;
    for (size_t v = 0; v < vocabulary; v++) {
      float e = mtl_exp(row[v] - maximum);
      row[v] = e;
      sum += e;
    }
    loss[i] = maximum + logf(sum) - target;
    float factor = weights[i] / sum;
    for (size_t v = 0; v < vocabulary; v++) row[v] *= factor;
    row[targets[i]] -= weights[i];
  }
}

MTL_CLONES size_t mtl_sample(const float *logits, size_t vocabulary, double uniform) {
  float maximum = largest(logits, vocabulary);
  double sum = 0;
  for (size_t v = 0; v < vocabulary; v++) sum += mtl_exp(logits[v] - maximum);
  double rest = uniform * sum;
  size_t last = 0;
  for (size_t v = 0; v < vocabulary; v++) {
    float weight = mtl_exp(logits[v] - maximum);
    if (weight > 0) last = v;
    rest -= weight;
    if (rest < 0) return v;
  }
  return last;
}

MTL_CLONES size_t mtl_argmax(const float *values, size_t count) {
  float maximum = largest(values, count);
  for (size_t i = 0; i < count; i++)
    if (values[i] == maximum) return i;
  return 0;
}
