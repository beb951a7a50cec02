#include "CKernels.h"

#include <math.h>

long firn_attention_scratch(long length, long width) {
  return firn_packed_count(length, width) + firn_packed_count(width, length) + length * width;
}

void firn_attention(const float *q, const float *k, const float *v, long length, long heads,
                    long width, long stride, float *probabilities, float *scratch, float *out) {
  float *keys = scratch;
  float *values = keys + firn_packed_count(length, width);
  float *queries = values + firn_packed_count(width, length);
  const float scale = 1.0f / sqrtf((float)width);
  for (long h = 0; h < heads; h++, probabilities += length * length) {
    long offset = h * width;
    for (long i = 0; i < length; i++)
      for (long d = 0; d < width; d++)
        queries[i * width + d] = q[i * stride + offset + d] * scale;
    firn_pack(k + offset, length, width, stride, 1, keys);
    firn_multiply_packed(queries, length, width, width, keys, length, 0, firn_identity,
                         probabilities, length);
    firn_softmax(probabilities, length, length);
    firn_pack(v + offset, width, length, 1, stride, values);
    firn_multiply_packed(probabilities, length, length, length, values, width, 0, firn_identity,
                         out + offset, stride);
  }
}
