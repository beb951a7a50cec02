#include "CKernels.h"
#include "clones.h"

#include <math.h>
#include <string.h>

/// Queries taken together, a multiple of both tile heights (14 and 6) nearly: their scores stay in
/// the second-level cache while every key and value passes once.
enum { block = 56, pad = 16 };

static long whole_panels(long count) { return firn_packed_count(count, 1); }

long firn_cached_keys(long heads, long width, long capacity) { return heads * width * capacity; }

long firn_cached_values(long heads, long width, long capacity) {
  return heads * whole_panels(width) * capacity;
}

void firn_cache(const float *k, const float *v, long rows, long stride, long head, long width,
                struct firn_key_values cache) {
  const long panel = firn_panel();
  float *keys = cache.keys + firn_cached_keys(head, width, cache.capacity);
  float *values = cache.values + firn_cached_values(head, width, cache.capacity);
  for (long row = cache.count; row < cache.count + rows; row++, k += stride, v += stride) {
    float *column = keys + row / panel * panel * width + row % panel;
    for (long i = 0; i < width; i++) column[i * panel] = k[i];
    for (long i = 0; i < width; i += panel)
      memcpy(values + i * cache.capacity + row * panel, v + i,
             (width - i < panel ? width - i : panel) * sizeof(float));
  }
}

void firn_move_cached(struct firn_key_values from, struct firn_key_values to, long head,
                      long width) {
  const long panel = firn_panel();
  memcpy(to.keys + firn_cached_keys(head, width, to.capacity),
         from.keys + firn_cached_keys(head, width, from.capacity),
         whole_panels(from.count) * width * sizeof(float));
  const float *source = from.values + firn_cached_values(head, width, from.capacity);
  float *target = to.values + firn_cached_values(head, width, to.capacity);
  for (long i = 0; i < width; i += panel)
    memcpy(target + i * to.capacity, source + i * from.capacity,
           from.count * panel * sizeof(float));
}

/// Scores of `rows` queries, and the columns that one cache's keys take among them.
struct scores {
  float *values;
  long rows, columns;
  /// From one row to the next: not a multiple of a page, which would put all into the same lines of
  /// the first-level cache.
  long stride;
  /// Place of the first query, and of the next less this one's: 0 when rows are heads of one query.
  long first, step;
};

/// Keys first ..< last that some query sees: first is the beginning of a panel.
struct keys { long first, last; };

static struct keys visible(struct firn_key_values cache, long start, struct scores s,
                           struct firn_attending how) {
  long first = how.window > 0 ? s.first - how.window + 1 - start : 0;
  long last = how.causal ? s.first + s.step * (s.rows - 1) + 1 - start : cache.count;
  if (first < 0) first = 0;
  if (last > cache.count) last = cache.count;
  first -= first % firn_panel();
  return (struct keys){first, last < first ? first : last};
}

/// Adds the bias of one row's keys and hides those that its query does not see.
FIRN_CLONES static void mask(float *x, struct keys keys, long start, long query, const float *bias,
                             struct firn_attending how) {
  long width = whole_panels(keys.last - keys.first), base = start + keys.first;
  if (bias) {
    const float *b = bias + base - query;
    for (long i = 0; i < keys.last - keys.first; i++) x[i] = x[i] * how.scale + b[i];
  }
  long seen = keys.last - keys.first;
  if (how.causal && query + 1 - base < seen) seen = query + 1 - base;
  for (long i = seen < 0 ? 0 : seen; i < width; i++) x[i] = -INFINITY;
  if (how.window > 0)
    for (long i = 0; i < width && base + i <= query - how.window; i++) x[i] = -INFINITY;
}

static void attend(const float *q, long q_stride, struct scores s,
                   const struct firn_key_values *caches, long count, long head, const float *bias,
                   struct firn_attending how, float *out, long out_stride) {
  s.columns = 0;
  for (long c = 0, start = 0; c < count; start += caches[c++].count) {
    struct keys keys = visible(caches[c], start, s, how);
    s.columns += whole_panels(keys.last - keys.first);
  }
  s.stride = s.columns + pad;
  float *x = s.values;
  for (long c = 0, start = 0; c < count; start += caches[c++].count) {
    struct keys keys = visible(caches[c], start, s, how);
    if (keys.first == keys.last) continue;
    long columns = whole_panels(keys.last - keys.first);
    const float *packed = caches[c].keys + firn_cached_keys(head, how.width, caches[c].capacity);
    firn_multiply_packed(q, s.rows, how.width, q_stride, packed + keys.first * how.width, columns,
                         0, firn_identity, x, s.stride);
    for (long r = 0; r < s.rows; r++)
      mask(x + r * s.stride, keys, start, s.first + s.step * r,
           bias && !s.step ? bias + r * how.bias_stride : bias, how);
    x += columns;
  }
  firn_softmax(s.values, s.rows, s.columns, s.stride, bias ? 1 : how.scale);
  enum firn_activation put = firn_identity;
  x = s.values;
  for (long c = 0, start = 0; c < count; start += caches[c++].count) {
    struct keys keys = visible(caches[c], start, s, how);
    if (keys.first == keys.last) continue;
    const float *packed =
        caches[c].values + firn_cached_values(head, how.width, caches[c].capacity);
    firn_multiply_part(x, s.rows, keys.last - keys.first, s.stride,
                       packed + keys.first * firn_panel(), caches[c].capacity, how.width, put, out,
                       out_stride);
    x += whole_panels(keys.last - keys.first);
    put = firn_accumulate;
  }
}

long firn_attend_scratch(long queries, const struct firn_key_values *caches, long count,
                         struct firn_attending how) {
  long columns = 0;
  for (long c = 0; c < count; c++) columns += whole_panels(caches[c].count);
  return (columns + pad) * (queries == 1 ? how.group : queries < block ? queries : block);
}

void firn_attend(const float *q, long q_stride, long queries, long first,
                 const struct firn_key_values *caches, long count, long head,
                 struct firn_attending how, float *scratch, float *out, long out_stride) {
  if (queries == 1) {
    // The heads of the group are one product's rows, so that keys and values are read once.
    struct scores s = {scratch, how.group, 0, 0, first, 0};
    attend(q, how.width, s, caches, count, head, how.bias, how, out, how.width);
    return;
  }
  for (long h = 0; h < how.group; h++) {
    const float *bias = how.bias ? how.bias + h * how.bias_stride : 0;
    for (long i = 0; i < queries; i += block) {
      struct scores s = {scratch, queries - i < block ? queries - i : block, 0, 0, first + i,
                         1};
      attend(q + i * q_stride + h * how.width, q_stride, s, caches, count, head, bias, how,
             out + i * out_stride + h * how.width, out_stride);
    }
  }
}
