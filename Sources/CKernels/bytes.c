#include "CKernels.h"
#include "clones.h"

#include <math.h>

/// The largest fixed-point number of a row: 127 in the coarse byte, 0 in the fine one.
#define LARGEST 32512.0f

/// Sixteen running maxima, which vectors can hold; not-a-number never shows in them.
static inline float largest(const float *x, long width) {
  float lanes[16] = {0}, top = 0;
  for (long i = 0; i < width; i++) {
    float size = __builtin_fabsf(x[i]);
    lanes[i % 16] = size > lanes[i % 16] ? size : lanes[i % 16];
  }
  for (int j = 0; j < 16; j++) top = lanes[j] > top ? lanes[j] : top;
  return top;
}

static inline int is_usable(const float *x, long width) {
  float sum = 0;
  for (long i = 0; i < width; i++) sum += x[i] * 0.0f;
  return sum == 0;
}

FIRN_CLONES void firn_split_rows(const float *x, long count, long width, float *scales,
                                 float *errors, signed char *coarse, signed char *fine) {
  for (long r = 0; r < count; r++, x += width, coarse += width, fine += width) {
    float top = largest(x, width);
    // Below this the inverse is no longer finite; such a row counts as zeros.
    float inverse = top > 1e-30f ? LARGEST / top : 0;
    int usable = is_usable(x, width);
    double squares = 0;
    scales[r] = usable ? (inverse > 0 ? top / 127.0f : 0) : NAN;
    for (long i = 0; i < width; i++) {
      int fixed = usable ? (int)__builtin_roundevenf(x[i] * inverse) : 0;
      int high = (fixed + 128) >> 8;
      coarse[i] = (signed char)high;
      fine[i] = (signed char)(fixed - 256 * high);
      squares += (double)fine[i] * fine[i];
    }
    errors[r] = usable ? (float)(sqrt(squares) * scales[r] / 256 * (1 + 1e-5)) : NAN;
  }
}

FIRN_CLONES void firn_join_row(const signed char *coarse, const signed char *fine, float scale,
                               long width, float *x) {
  float unit = scale / 256;
  for (long i = 0; i < width; i++) x[i] = unit * (float)(256 * coarse[i] + fine[i]);
}
