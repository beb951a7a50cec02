// One instruction set's scans of stored vectors. Includers define NAME(x), TARGET, and HALVES(p),
// sixteen float16 at p as floats, or BYTES(sum, p, y), sixteen sums to which the products of 32 bytes
// at p with 32 16-bit integers at y are added, or both.
//
// A dot product of floats is sixteen running sums, one for every sixteenth element, which are then
// added in halves: 8 and 8, 4 and 4, 2 and 2, 1 and 1. It does not depend on which rows or queries
// are scanned together.

/// Adds up sixteen vectors: lane 4 j + i of the result is the sum of sums[4 i + j].
#define TOTALS(type, name)                                                                        \
  TARGET static inline type NAME(name)(const type sums[LANES]) {                                  \
    type quarters[4], pairs[2];                                                                   \
    UNROLL for (int i = 0; i < 4; i++) {                                                          \
      type halves[2];                                                                             \
      UNROLL for (int j = 0; j < 2; j++) {                                                        \
        type a = sums[4 * i + 2 * j], b = sums[4 * i + 2 * j + 1];                                \
        halves[j] = PICK(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +          \
                    PICK(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);     \
      }                                                                                           \
      type a = halves[0], b = halves[1];                                                          \
      quarters[i] = PICK(a, b, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) +        \
                    PICK(a, b, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);       \
    }                                                                                             \
    UNROLL for (int i = 0; i < 2; i++) {                                                          \
      type a = quarters[2 * i], b = quarters[2 * i + 1];                                          \
      pairs[i] = PICK(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29) +           \
                 PICK(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);          \
    }                                                                                             \
    type a = pairs[0], b = pairs[1];                                                              \
    return PICK(a, b, 0, 2, 16, 18, 4, 6, 20, 22, 8, 10, 24, 26, 12, 14, 28, 30) +                \
           PICK(a, b, 1, 3, 17, 19, 5, 7, 21, 23, 9, 11, 25, 27, 13, 15, 29, 31);                 \
  }

#ifdef HALVES
TOTALS(floats, float_totals)

TARGET static inline floats NAME(load_floats)(const void *row, long i) {
  return *(const floats *)((const float *)row + i);
}

/// The elements of the last, incomplete vector with zeros behind them.
TARGET static inline floats NAME(load_float_tail)(const void *row, long i, long count) {
  floats v = 0.0f;
  __builtin_memcpy(&v, (const float *)row + i, count * sizeof(float));
  return v;
}

TARGET static inline floats NAME(load_halves)(const void *row, long i) {
  return HALVES((const unsigned short *)row + i);
}

TARGET static inline floats NAME(load_half_tail)(const void *row, long i, long count) {
  unsigned short padded[LANES] = {0};
  __builtin_memcpy(padded, (const unsigned short *)row + i, count * sizeof(unsigned short));
  return HALVES(padded);
}

/// Scores of one or four rows for one or four queries: lane 4 q + r is row r for query q.
TARGET static inline __attribute__((always_inline)) floats NAME(float_tile)(
    const char *rows, long stride, long width, const int halves, const float *queries,
    const int row_count, const int query_count) {
  floats sums[LANES];
  UNROLL for (int i = 0; i < LANES; i++) sums[i] = 0.0f;
  long whole = width / LANES * LANES, rest = width - whole;
  for (long i = 0; i < whole; i += LANES) {
    floats x[4];
    UNROLL for (int r = 0; r < row_count; r++)
      x[r] = halves ? NAME(load_halves)(rows + r * stride, i)
                    : NAME(load_floats)(rows + r * stride, i);
    UNROLL for (int q = 0; q < query_count; q++) {
      floats y = NAME(load_floats)(queries + q * width, i);
      UNROLL for (int r = 0; r < row_count; r++) sums[4 * r + q] += x[r] * y;
    }
  }
  if (rest) {
    UNROLL for (int r = 0; r < row_count; r++) {
      floats x = halves ? NAME(load_half_tail)(rows + r * stride, whole, rest)
                        : NAME(load_float_tail)(rows + r * stride, whole, rest);
      UNROLL for (int q = 0; q < query_count; q++)
        sums[4 * r + q] += x * NAME(load_float_tail)(queries + q * width, whole, rest);
    }
  }
  return NAME(float_totals)(sums);
}

/// All rows for one or four queries, whose scores stand `stride` apart.
TARGET static inline __attribute__((always_inline)) void NAME(float_panel)(
    const char *rows, long count, long width, const int halves, const float *queries,
    const int query_count, float *scores, long stride) {
  long size = width * (halves ? 2 : 4), r = 0;
  float tile[LANES];
  for (; r + 4 <= count; r += 4, rows += 4 * size) {
    *(floats *)tile = NAME(float_tile)(rows, size, width, halves, queries, 4, query_count);
    for (int q = 0; q < query_count; q++)
      __builtin_memcpy(scores + q * stride + r, tile + 4 * q, 4 * sizeof(float));
  }
  for (; r < count; r++, rows += size) {
    *(floats *)tile = NAME(float_tile)(rows, size, width, halves, queries, 1, query_count);
    for (int q = 0; q < query_count; q++) scores[q * stride + r] = tile[4 * q];
  }
}

TARGET static inline __attribute__((always_inline)) void NAME(scan)(
    const char *rows, long count, long width, const int halves, const float *queries,
    long query_count, float *scores) {
  // A strip of rows stays in the fastest cache while all queries pass.
  long size = width * (halves ? 2 : 4), strip = size < 4096 ? 16384 / size / 4 * 4 : 4;
  for (long r = 0; r < count; r += strip) {
    long some = count - r < strip ? count - r : strip, q = 0;
    const char *first = rows + r * size;
    for (; q + 4 <= query_count; q += 4)
      NAME(float_panel)(first, some, width, halves, queries + q * width, 4,
                        scores + q * count + r, count);
    for (; q < query_count; q++)
      NAME(float_panel)(first, some, width, halves, queries + q * width, 1,
                        scores + q * count + r, count);
  }
}

TARGET static void NAME(scan_floats)(const void *rows, long count, long width, const float *queries,
                                     long query_count, float *scores) {
  NAME(scan)(rows, count, width, 0, queries, query_count, scores);
}

TARGET static void NAME(scan_halves)(const void *rows, long count, long width, const float *queries,
                                     long query_count, float *scores) {
  NAME(scan)(rows, count, width, 1, queries, query_count, scores);
}
#undef HALVES
#endif

#ifdef BYTES
TOTALS(integers, integer_totals)

TARGET static inline __attribute__((always_inline)) integers NAME(byte_tile)(
    const signed char *rows, long width, const short *queries, long query_stride,
    const int row_count, const int query_count) {
  integers sums[LANES];
  UNROLL for (int i = 0; i < LANES; i++) sums[i] = 0;
  long whole = width / 32 * 32;
  for (long i = 0; i < whole; i += 32)
    UNROLL for (int r = 0; r < row_count; r++)
      UNROLL for (int q = 0; q < query_count; q++)
        sums[4 * r + q] = BYTES(sums[4 * r + q], rows + r * width + i, queries + q * query_stride + i);
  if (whole < width) {
    UNROLL for (int r = 0; r < row_count; r++) {
      signed char padded[32] = {0};
      __builtin_memcpy(padded, rows + r * width + whole, width - whole);
      UNROLL for (int q = 0; q < query_count; q++)
        sums[4 * r + q] = BYTES(sums[4 * r + q], padded, queries + q * query_stride + whole);
    }
  }
  return NAME(integer_totals)(sums);
}

TARGET static inline void NAME(bounds)(const int sums[LANES], const float *scales,
                                       const float *errors, long rows, long count,
                                       const float *parameters, long queries, float *bounds) {
  for (long q = 0; q < queries; q++, parameters += 3)
    for (long r = 0; r < rows; r++)
      bounds[q * count + r] =
          ((float)sums[4 * q + r] * parameters[0] + parameters[2]) * scales[r] +
          parameters[1] * errors[r];
}

TARGET static inline __attribute__((always_inline)) void NAME(byte_panel)(
    const signed char *rows, const float *scales, const float *errors, long count, long width,
    const struct firn_byte_queries *queries, long first, const int query_count, float *bounds) {
  const short *values = queries->values + first * queries->stride;
  const float *parameters = queries->parameters + 3 * first;
  int tile[LANES];
  long r = 0;
  for (; r + 4 <= count; r += 4, rows += 4 * width) {
    *(integers *)tile = NAME(byte_tile)(rows, width, values, queries->stride, 4, query_count);
    NAME(bounds)(tile, scales + r, errors + r, 4, count, parameters, query_count, bounds + r);
  }
  for (; r < count; r++, rows += width) {
    *(integers *)tile = NAME(byte_tile)(rows, width, values, queries->stride, 1, query_count);
    NAME(bounds)(tile, scales + r, errors + r, 1, count, parameters, query_count, bounds + r);
  }
}

TARGET static void NAME(scan_bytes)(const signed char *rows, const float *scales,
                                    const float *errors, long count, long width,
                                    const struct firn_byte_queries *queries, float *bounds) {
  long q = 0;
  for (; q + 4 <= queries->count; q += 4)
    NAME(byte_panel)(rows, scales, errors, count, width, queries, q, 4, bounds + q * count);
  for (; q < queries->count; q++)
    NAME(byte_panel)(rows, scales, errors, count, width, queries, q, 1, bounds + q * count);
}
#undef BYTES
#endif

#undef TOTALS
#undef NAME
#undef TARGET
