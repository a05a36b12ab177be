// Softmax cross-entropy over the vocabulary.
#ifndef MTL_LOSS_H
#define MTL_LOSS_H

#include <stddef.h>
#include <stdint.h>

// loss[i] = log sum e^logits[i] - logits[i, targets[i]]; logits [rows, V] contiguous.
void mtl_cross_entropy(const float *logits, const int32_t *targets, float *loss, size_t rows, size_t vocabulary);

// The same, and logits[i] becomes weights[i] * (softmax(logits[i]) - onehot(targets[i])).
void mtl_cross_entropy_backward(float *logits, const int32_t *targets, const float *weights, float *loss, size_t rows,
                                size_t vocabulary);

// An index drawn from softmax(logits [vocabulary]) by the inverse of its distribution function at uniform in [0, 1).
size_t mtl_sample(const float *logits, size_t vocabulary, double uniform);

// The index of the largest of values [count], the lowest such index where several are equal.
size_t mtl_argmax(const float *values, size_t count);

#endif
