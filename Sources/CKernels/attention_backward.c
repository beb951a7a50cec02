#include "CKernels.h"
#include "clones.h"

#include <math.h>
#include <string.h>

/// Queries taken together, as in the forward pass: their scores stay in the second-level cache.
enum { block = 56 };

static long whole_panels(long count) { return firn_packed_count(count, 1); }

long firn_attend_backward_scratch(long keys, long width) {
  long columns = whole_panels(keys);
  return columns * (2 * width + 2 * block) + whole_panels(width) * keys;
}

/// Adds the bias, scaled scores and all, and hides the keys that row `query` does not see; x begins
/// with key `start`.
FIRN_CLONES static void mask(float *x, long start, long count, long query, const float *bias,
                             struct firn_attending how) {
  if (bias)
    for (long i = 0; i < count; i++) x[i] = x[i] * how.scale + bias[start + i - query];
  if (how.causal)
    for (long i = query + 1 - start; i < count; i++) x[i] = -INFINITY;
  if (how.window > 0)
    for (long i = 0; i < count && start + i <= query - how.window; i++) x[i] = -INFINITY;
}

/// Keys and values of one head, packed for every product, and what the gradients of their rows are
/// added to.
struct packed {
  float *keys, *values, *keys_transposed;
  float *dk, *dv;
  long dkv_stride, columns, count;
};

/// Room for one block of queries: probabilities and the gradient of the scores [block, columns].
struct scratch { float *p, *d; };

/// d_bias[key − query] += ∂loss/∂score for a block of them, of which d has how.scale times as much.
static void add_bias(const float *d, long rows, long count, long stride, long low, long first,
                     float scale, float *d_bias) {
  for (long r = 0; r < rows; r++)
    for (long i = 0; i < count; i++) d_bias[low + i - first - r] += d[r * stride + i] / scale;
}

static void attend_backward(const float *q, long q_stride, long rows, long first, struct packed kv,
                            const float *bias, struct firn_attending how, const float *d_out,
                            long out_stride, struct scratch s, float *dq, long dq_stride,
                            float *d_bias) {
  const long width = how.width, stride = kv.columns;
  long low = how.window > 0 && first + 1 > how.window ? first + 1 - how.window : 0;
  low -= low % firn_panel();
  long high = how.causal && first + rows < kv.count ? first + rows : kv.count, count = high - low;
  firn_multiply_packed(q, rows, width, q_stride, kv.keys + low * width, count, 0, firn_identity,
                       s.p, stride);
  for (long r = 0; r < rows; r++) mask(s.p + r * stride, low, count, first + r, bias, how);
  firn_softmax(s.p, rows, count, stride, bias ? 1 : how.scale);
  firn_add_transposed(s.p, rows, count, stride, d_out, width, out_stride,
                      kv.dv + low * kv.dkv_stride, kv.dkv_stride);
  firn_multiply_packed(d_out, rows, width, out_stride, kv.values + low * width, count, 0,
                       firn_identity, s.d, stride);
  for (long r = 0; r < rows; r++)
    firn_softmax_backward(s.p + r * stride, s.d + r * stride, 1, count, how.scale);
  if (d_bias) add_bias(s.d, rows, count, stride, low, first, how.scale, d_bias);
  firn_add_transposed(s.d, rows, count, stride, q, width, q_stride, kv.dk + low * kv.dkv_stride,
                      kv.dkv_stride);
  firn_multiply_part(s.d, rows, count, stride, kv.keys_transposed + low * firn_panel(), kv.count,
                     width, firn_identity, dq, dq_stride);
}

void firn_attend_backward(const float *q, long q_stride, long queries, long first, const float *k,
                          const float *v, long kv_stride, long keys, struct firn_attending how,
                          const float *d_out, long out_stride, float *scratch, float *dq,
                          long dq_stride, float *dk, float *dv, long dkv_stride, float *d_bias) {
  const long width = how.width, columns = whole_panels(keys);
  struct packed kv = {
      .dk = dk, .dv = dv, .dkv_stride = dkv_stride, .columns = columns, .count = keys};
  struct scratch s;
  float **parts[] = {&kv.keys, &kv.values, &s.p, &s.d};
  for (int i = 0; i < 4; i++) {
    *parts[i] = scratch;
    scratch += columns * (i < 2 ? width : block);
  }
  kv.keys_transposed = scratch;
  firn_pack(k, keys, width, kv_stride, 1, kv.keys);
  firn_pack(v, keys, width, kv_stride, 1, kv.values);
  firn_pack(k, width, keys, 1, kv_stride, kv.keys_transposed);
  for (long r = 0; r < keys; r++) {
    memset(dk + r * dkv_stride, 0, width * sizeof(float));
    memset(dv + r * dkv_stride, 0, width * sizeof(float));
  }
  for (long h = 0; h < how.group; h++) {
    const float *bias = how.bias ? how.bias + h * how.bias_stride : 0;
    for (long i = 0; i < queries; i += block)
      attend_backward(q + i * q_stride + h * width, q_stride,
                      queries - i < block ? queries - i : block, first + i, kv, bias, how,
                      d_out + i * out_stride + h * width, out_stride, s,
                      dq + i * dq_stride + h * width, dq_stride,
                      d_bias ? d_bias + h * how.bias_stride : 0);
  }
}
