#include "CKernels.h"
#include "clones.h"

#include <math.h>
#include <string.h>

FIRN_CLONES void firn_layer_norm(const float *x, const float *residual, const float *gain,
                                 const float *bias, float epsilon, long rows, long width, float *y,
                                 float *normalized, float *inverse_deviation) {
  REASSOCIATE
  for (long r = 0; r < rows; r++, x += width, y += width) {
    if (residual) {
      for (long i = 0; i < width; i++) y[i] = x[i] + residual[r * width + i];
    } else if (y != x) {
      memcpy(y, x, width * sizeof(float));
    }
    float sum = 0, squares = 0;
    for (long i = 0; i < width; i++) sum += y[i];
    float mean = sum / width;
    for (long i = 0; i < width; i++) squares += (y[i] - mean) * (y[i] - mean);
    float inverse = 1.0f / sqrtf(squares / width + epsilon);
    if (normalized)
      for (long i = 0; i < width; i++) normalized[r * width + i] = (y[i] - mean) * inverse;
    if (inverse_deviation) inverse_deviation[r] = inverse;
    for (long i = 0; i < width; i++) y[i] = (y[i] - mean) * inverse * gain[i] + bias[i];
  }
}

FIRN_CLONES void firn_rms_norm(const float *x, const float *gain, float epsilon, long rows,
                               long width, float *y) {
  REASSOCIATE
  for (long r = 0; r < rows; r++, x += width, y += width) {
    float squares = 0;
    for (long i = 0; i < width; i++) squares += x[i] * x[i];
    float inverse = 1.0f / sqrtf(squares / width + epsilon);
    for (long i = 0; i < width; i++) y[i] = x[i] * inverse * gain[i];
  }
}

FIRN_CLONES void firn_rotate(float *x, long rows, long stride, long heads, long half,
                             const float *cosines, const float *sines) {
  for (long r = 0; r < rows; r++, x += stride, cosines += half, sines += half)
    for (long h = 0; h < heads; h++) {
      float *restrict first = x + 2 * h * half, *restrict second = first + half;
      for (long i = 0; i < half; i++) {
        float x1 = first[i], x2 = second[i];
        first[i] = x1 * cosines[i] - x2 * sines[i];
        second[i] = x2 * cosines[i] + x1 * sines[i];
      }
    }
}

FIRN_CLONES void firn_widen(const void *halves, long count, float *y) {
  const unsigned char *bytes = halves;
  for (long i = 0; i < count; i++) {
    unsigned short half;
    memcpy(&half, bytes + 2 * i, sizeof half);
    union { unsigned bits; float value; } number = {(half & 0x7fffu) << 13};
    // The exponents' biases differ by 112; what overflows was infinite or no number.
    number.value *= 0x1p112f;
    number.bits |= (half & 0x7c00u) == 0x7c00u ? 0x7f800000u : 0;
    number.bits |= (half & 0x8000u) << 16;
    y[i] = number.value;
  }
}

FIRN_CLONES void firn_layer_norm_backward(const float *dy, const float *normalized,
                                          const float *inverse_deviation, const float *gain,
                                          long rows, long width, float *dx) {
  REASSOCIATE
  for (long r = 0; r < rows; r++, dy += width, dx += width, normalized += width) {
    float sum = 0, projection = 0;
    for (long i = 0; i < width; i++) {
      float d = dy[i] * gain[i];
      sum += d;
      projection += d * normalized[i];
    }
    float mean = sum / width, slope = projection / width;
    for (long i = 0; i < width; i++)
      dx[i] = (dy[i] * gain[i] - mean - normalized[i] * slope) * inverse_deviation[r];
  }
}

FIRN_CLONES void firn_rms_norm_backward(const float *x, const float *dy, const float *gain,
                                        float epsilon, long rows, long width, float *dx) {
  REASSOCIATE
  for (long r = 0; r < rows; r++, x += width, dy += width, dx += width) {
    float squares = 0, projection = 0;
    for (long i = 0; i < width; i++) {
      squares += x[i] * x[i];
      projection += dy[i] * gain[i] * x[i];
    }
    float inverse = 1.0f / sqrtf(squares / width + epsilon);
    float slope = projection / width * inverse * inverse;
    for (long i = 0; i < width; i++) dx[i] = (dy[i] * gain[i] - x[i] * slope) * inverse;
  }
}

/// Sixteen running maxima, since one alone may not be split without changing what NaN does.
FIRN_CLONES float firn_max(const float *x, long count) {
  float lanes[16], top = -INFINITY;
  for (int j = 0; j < 16; j++) lanes[j] = -INFINITY;
  long i = 0;
  for (; i + 16 <= count; i += 16)
    for (int j = 0; j < 16; j++) lanes[j] = x[i + j] > lanes[j] ? x[i + j] : lanes[j];
  for (int j = 0; j < 16; j++) top = lanes[j] > top ? lanes[j] : top;
  for (; i < count; i++) top = x[i] > top ? x[i] : top;
  return top;
}

FIRN_CLONES void firn_softmax_backward(const float *p, float *dy, long rows, long width,
                                       float scale) {
  REASSOCIATE
  for (long r = 0; r < rows; r++, p += width, dy += width) {
    float sum = 0;
    for (long i = 0; i < width; i++) sum += dy[i] * p[i];
    for (long i = 0; i < width; i++) dy[i] = p[i] * (dy[i] - sum) * scale;
  }
}

FIRN_CLONES void firn_add(float *y, const float *x, long count) {
  for (long i = 0; i < count; i++) y[i] += x[i];
}

FIRN_CLONES float firn_dot(const float *x, const float *y, long count) {
  REASSOCIATE
  float sum = 0;
  for (long i = 0; i < count; i++) sum += x[i] * y[i];
  return sum;
}
