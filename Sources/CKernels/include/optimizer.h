// AdamW (Loshchilov & Hutter 2019, arXiv 1711.05101), in PyTorch's order of operations.
#ifndef MTL_OPTIMIZER_H
#define MTL_OPTIMIZER_H

#include <stddef.h>

// One step over count parameters: p -= rate * decay * p; m, v are the first and second moments;
// p -= rate / correction1 * m / (sqrt(v) / sqrt(correction2) + epsilon), g = gradient * gradient_scale.
void mtl_adamw(float *parameters, const float *gradient, float *first_moment, float *second_moment, size_t count,
               float gradient_scale, float rate, float beta1, float beta2, float epsilon, float decay,
               float correction1, float correction2);

// The sum of squares, in double precision and a fixed order.
double mtl_sum_of_squares(const float *values, size_t count);

// destination += source.
void mtl_add(float *destination, const float *source, size_t count);

#endif
