#include "optimizer.h"

#include "vector.h"

MTL_CLONES void mtl_adamw(float *parameters, const float *gradient, float *first_moment, float *second_moment,
                          size_t count, float gradient_scale, float rate, float beta1, float beta2, float epsilon,
                          float decay, float correction1, float correction2) {
  float step = rate / correction1;
  float root = 1.0f / __builtin_sqrtf(correction2);
  for (size_t i = 0; i < count; i++) {
    float g = gradient[i] * gradient_scale;
    float p = parameters[i] * (1.0f - rate * decay);
    float m = beta1 * first_moment[i] + (1.0f - beta1) * g;
    float v = beta2 * second_moment[i] + (1.0f - beta2) * g * g;
    first_moment[i] = m;
    second_moment[i] = v;
    parameters[i] = p - step * m / (__builtin_elementwise_sqrt(v) * root + epsilon);
  }
}

MTL_CLONES double mtl_sum_of_squares(const float *values, size_t count) {
  MTL_REASSOCIATE
  double sum = 0.0;
  for (size_t i = 0; i < count; i++) sum += (double)values[i] * (double)values[i];
  return sum;
}

MTL_CLONES void mtl_add(float *destination, const float *source, size_t count) {
  for (size_t i = 0; i < count; i++) destination[i] += source[i];
}
