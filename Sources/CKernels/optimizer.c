#include "CKernels.h"
#include "clones.h"

#include <math.h>

FIRN_CLONES void firn_adamw_step(float *x, const float *gradient, float *first, float *second,
                                 long count, float gradient_scale, struct firn_adamw s) {
  for (long i = 0; i < count; i++) {
    float g = gradient[i] * gradient_scale;
    first[i] = s.beta1 * first[i] + (1 - s.beta1) * g;
    second[i] = s.beta2 * second[i] + (1 - s.beta2) * g * g;
    float m = first[i] / s.correction1, v = second[i] / s.correction2;
    x[i] -= s.rate * (m / (sqrtf(v) + s.epsilon) + s.decay * x[i]);
  }
}
