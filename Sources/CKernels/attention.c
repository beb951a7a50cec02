#include "CKernels.h"

#include <math.h>
#include <string.h>

/// Keys of one sequence, up to a whole panel.
static long padded(long length) { return firn_packed_count(length, 1); }

long firn_attention_scratch(long length, long width) {
  return padded(length) * (width + length) + firn_packed_count(width, length);
}

void firn_attention(const float *q, const float *k, const float *v, long length, long heads,
                    long width, long stride, float *probabilities, float *scratch, float *out) {
  const long columns = padded(length);
  float *keys = scratch;
  float *values = keys + columns * width;
  float *scores = values + firn_packed_count(width, length);
  const float scale = 1.0f / sqrtf((float)width);
  for (long h = 0; h < heads; h++) {
    long offset = h * width;
    firn_pack(k + offset, length, width, stride, 1, keys);
    firn_multiply_packed(q + offset, length, width, stride, keys, columns, 0, firn_identity, scores,
                         columns);
    firn_softmax(scores, length, length, columns, scale);
    firn_pack(v + offset, width, length, 1, stride, values);
    firn_multiply_packed(scores, length, length, columns, values, width, 0, firn_identity,
                         out + offset, stride);
    if (!probabilities) continue;
    for (long i = 0; i < length; i++, probabilities += length)
      memcpy(probabilities, scores + i * columns, length * sizeof(float));
  }
}
