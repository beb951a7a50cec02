#include "CKernels.h"
#include "clones.h"

#include <math.h>
#include <string.h>

/// Queries taken together, as in the forward pass: their scores stay in the second-level cache.
enum { block = 56 };

static long whole_panels(long count) { return firn_packed_count(count, 1); }

long firn_attend_backward_scratch(long keys, long width) {
  long columns = whole_panels(keys);
  return columns * (4 * width + 3 * block) + whole_panels(width) * keys + width * block;
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

static void transpose(const float *x, long rows, long width, long stride, float *y, long y_stride) {
  for (long r = 0; r < rows; r++)
    for (long i = 0; i < width; i++) y[i * y_stride + r] = x[r * stride + i];
}

/// Keys and values of one head, packed for every product, and the sums of their gradients.
struct packed {
  float *keys, *values, *keys_transposed;
  /// [width, whole panels of keys]
  float *d_keys, *d_values;
  long columns, count;
};

/// Room for one block of queries: probabilities and the gradient of the scores [block, columns], one
/// of them packed, and some rows transposed.
struct scratch { float *p, *d, *packed, *transposed; };

/// d [width, keys] += xᵀ y for x [rows, width] and y [rows, keys]; rows of y and d are `stride` apart.
static void add_product(const float *x, long rows, long width, long x_stride, const float *y,
                        long keys, struct scratch s, float *d, long stride) {
  transpose(x, rows, width, x_stride, s.transposed, rows);
  firn_pack(y, keys, rows, 1, stride, s.packed);
  firn_multiply_packed(s.transposed, width, rows, rows, s.packed, keys, 0, firn_accumulate, d,
                       stride);
}

static void attend_backward(const float *q, long q_stride, long rows, long first, struct packed kv,
                            const float *bias, struct firn_attending how, const float *d_out,
                            long out_stride, struct scratch s, float *dq, long dq_stride) {
  const long width = how.width, stride = kv.columns;
  long low = how.window > 0 && first + 1 > how.window ? first + 1 - how.window : 0;
  low -= low % firn_panel();
  long high = how.causal && first + rows < kv.count ? first + rows : kv.count, count = high - low;
  firn_multiply_packed(q, rows, width, q_stride, kv.keys + low * width, count, 0, firn_identity,
                       s.p, stride);
  for (long r = 0; r < rows; r++) mask(s.p + r * stride, low, count, first + r, bias, how);
  firn_softmax(s.p, rows, count, stride, bias ? 1 : how.scale);
  add_product(d_out, rows, width, out_stride, s.p, count, s, kv.d_values + low, stride);
  firn_multiply_packed(d_out, rows, width, out_stride, kv.values + low * width, count, 0,
                       firn_identity, s.d, stride);
  for (long r = 0; r < rows; r++)
    firn_softmax_backward(s.p + r * stride, s.d + r * stride, 1, count, how.scale);
  add_product(q, rows, width, q_stride, s.d, count, s, kv.d_keys + low, stride);
  firn_multiply_part(s.d, rows, count, stride, kv.keys_transposed + low * firn_panel(), kv.count,
                     width, firn_identity, dq, dq_stride);
}

void firn_attend_backward(const float *q, long q_stride, long queries, long first, const float *k,
                          const float *v, long kv_stride, long keys, struct firn_attending how,
                          const float *d_out, long out_stride, float *scratch, float *dq,
                          long dq_stride, float *dk, float *dv, long dkv_stride) {
  const long width = how.width, columns = whole_panels(keys);
  struct packed kv = {.columns = columns, .count = keys};
  struct scratch s;
  float **parts[] = {&kv.keys, &kv.values, &kv.d_keys, &kv.d_values, &s.p, &s.d, &s.packed};
  for (int i = 0; i < 7; i++) {
    *parts[i] = scratch;
    scratch += columns * (i < 4 ? width : block);
  }
  kv.keys_transposed = scratch;
  s.transposed = scratch + whole_panels(width) * keys;
  firn_pack(k, keys, width, kv_stride, 1, kv.keys);
  firn_pack(v, keys, width, kv_stride, 1, kv.values);
  firn_pack(k, width, keys, 1, kv_stride, kv.keys_transposed);
  memset(kv.d_keys, 0, 2 * columns * width * sizeof(float));
  for (long h = 0; h < how.group; h++) {
    const float *bias = how.bias ? how.bias + h * how.bias_stride : 0;
    for (long i = 0; i < queries; i += block)
      attend_backward(q + i * q_stride + h * width, q_stride,
                      queries - i < block ? queries - i : block, first + i, kv, bias, how,
                      d_out + i * out_stride + h * width, out_stride, s,
                      dq + i * dq_stride + h * width, dq_stride);
  }
  for (long r = 0; r < keys; r++)
    for (long i = 0; i < width; i++) {
      dk[r * dkv_stride + i] = kv.d_keys[i * columns + r];
      dv[r * dkv_stride + i] = kv.d_values[i * columns + r];
    }
}
