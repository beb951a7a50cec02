// One instruction set's kernels where the compiler's own vectorising falls short. Includers define
// NAME(x), TARGET, LANES and ROWS; a tile of the matrix product is ROWS rows by two vectors of LANES
// output columns, so that its sums stay in registers. Where ROWS fit into LANES, LOW(a, b) and
// HIGH(a, b) are the halves of a and b element by element.

typedef float NAME(vector) __attribute__((ext_vector_type(LANES), aligned(4)));

/// eˣ; below −80 the result is e⁻⁸⁰, about 1.8e-35: divided by a softmax's sum it is not yet
/// subnormal, which would cost a hundred cycles.
TARGET static inline NAME(vector) NAME(exp)(NAME(vector) x) {
  x = __builtin_elementwise_max(x, (NAME(vector))(-80.0f));
  NAME(vector) n = __builtin_elementwise_roundeven(x * 1.44269504088896341f);
  NAME(vector) f = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  NAME(vector) p = EXP_POLYNOMIAL(f);
  typedef int integers __attribute__((ext_vector_type(LANES)));
  integers bits = (__builtin_convertvector(n, integers) + 127) << 23;
  union { integers i; float f __attribute__((ext_vector_type(LANES))); } scale = {bits};
  return p * scale.f;
}

/// Φ(x), the share of the standard normal distribution below x (absolute error 3e-7), without the
/// division and the exponential of the usual formulas.
TARGET static inline NAME(vector) NAME(normal_share)(NAME(vector) x) {
  NAME(vector) t = __builtin_elementwise_max(x, (NAME(vector))(-NORMAL_LIMIT));
  t = __builtin_elementwise_min(t, (NAME(vector))NORMAL_LIMIT);
  NAME(vector) u = t * t * (2.0f / (NORMAL_LIMIT * NORMAL_LIMIT)) - 1.0f;
  return t * NORMAL_POLYNOMIAL(u) + 0.5f;
}

TARGET static inline NAME(vector) NAME(gelu)(NAME(vector) x) { return x * NAME(normal_share)(x); }

/// 1 / (1 + e⁻ˣ); the bound keeps e⁻ˣ finite.
TARGET static inline NAME(vector) NAME(sigmoid)(NAME(vector) x) {
  return 1.0f / (1.0f + NAME(exp)(__builtin_elementwise_min(-x, (NAME(vector))80.0f)));
}

/// ½ (1 + tanh u) = sigmoid(2 u) turns GELU's tanh form into one exponential.
TARGET static inline NAME(vector) NAME(activated)(int activation, NAME(vector) x) {
  switch (activation) {
    case firn_gelu: return NAME(gelu)(x);
    case firn_gelu_tanh:
      return x * NAME(sigmoid)(1.59576912160573071f * (x + 0.044715f * x * x * x));
    case firn_relu: return __builtin_elementwise_max(x, (NAME(vector))0.0f);
    case firn_silu: return x * NAME(sigmoid)(x);
    default: return x;
  }
}

/// The derivative of an activation; ReLU's at 0 is 0.
TARGET static inline NAME(vector) NAME(slope)(int activation, NAME(vector) x) {
  switch (activation) {
    case firn_gelu:
      return NAME(normal_share)(x) + x * 0.39894228040143268f * NAME(exp)(-0.5f * x * x);
    case firn_gelu_tanh: {
      NAME(vector) s = NAME(sigmoid)(1.59576912160573071f * (x + 0.044715f * x * x * x));
      return s + x * s * (1.0f - s) * 1.59576912160573071f * (1.0f + 0.134145f * x * x);
    }
    case firn_relu: {
      NAME(vector) one = 1.0f, zero = 0.0f;
      return x > 0.0f ? one : zero;
    }
    case firn_silu: {
      NAME(vector) s = NAME(sigmoid)(x);
      return s + x * s * (1.0f - s);
    }
    default: return 1.0f;
  }
}

/// The vector at x, or its first `count` lanes with the rest at `fill`.
TARGET static inline NAME(vector) NAME(load)(const float *x, long count, float fill) {
  if (count >= LANES) return *(const NAME(vector) *)x;
  NAME(vector) v = fill;
  __builtin_memcpy(&v, x, count * sizeof(float));
  return v;
}

TARGET static inline void NAME(store)(float *y, long count, NAME(vector) v) {
  if (count >= LANES) *(NAME(vector) *)y = v;
  else __builtin_memcpy(y, &v, count * sizeof(float));
}

TARGET static void NAME(activate)(int activation, const float *x, long count, float *y) {
  for (long i = 0; i < count; i += LANES)
    NAME(store)(y + i, count - i, NAME(activated)(activation, NAME(load)(x + i, count - i, 0)));
}

TARGET static void NAME(gate)(int activation, const float *x, const float *up, long count,
                              float *y) {
  for (long i = 0; i < count; i += LANES)
    NAME(store)(y + i, count - i, NAME(activated)(activation, NAME(load)(x + i, count - i, 0)) *
                                      NAME(load)(up + i, count - i, 0));
}

TARGET static float NAME(log_sum_exp)(const float *x, long count) {
  NAME(vector) tops = -__builtin_inff(), sums = 0.0f;
  for (long i = 0; i < count; i += LANES)
    tops = __builtin_elementwise_max(tops, NAME(load)(x + i, count - i, -__builtin_inff()));
  float top = __builtin_reduce_max(tops), sum = 0;
  if (top == -__builtin_inff()) return top;
  for (long i = 0; i < count; i += LANES)
    sums += NAME(exp)(NAME(load)(x + i, count - i, -__builtin_inff()) - top);
  for (int lane = 0; lane < LANES; lane++) sum += sums[lane];
  return top + __builtin_logf(sum);
}

TARGET static void NAME(exp_scaled)(float *x, long count, float shift, float scale, float offset) {
  for (long i = 0; i < count; i += LANES) {
    NAME(vector) e = NAME(exp)(NAME(load)(x + i, count - i, 0) - shift);
    NAME(store)(x + i, count - i, e * scale + offset);
  }
}

TARGET static void NAME(activate_backward)(int activation, const float *x, const float *dy,
                                           long count, float *dx) {
  for (long i = 0; i < count; i += LANES) {
    NAME(vector) slope = NAME(slope)(activation, NAME(load)(x + i, count - i, 0));
    NAME(store)(dx + i, count - i, NAME(load)(dy + i, count - i, 0) * slope);
  }
}

TARGET static void NAME(gate_backward)(int activation, const float *x, const float *up,
                                       const float *dy, long count, float *dx, float *d_up) {
  for (long i = 0; i < count; i += LANES) {
    NAME(vector) left = NAME(load)(x + i, count - i, 0), d = NAME(load)(dy + i, count - i, 0);
    NAME(vector) right = NAME(load)(up + i, count - i, 0);
    NAME(store)(dx + i, count - i, d * right * NAME(slope)(activation, left));
    NAME(store)(d_up + i, count - i, d * NAME(activated)(activation, left));
  }
}

/// The floats between a row's end and the next whole vector become −∞ first, so that no loop has a
/// tail.
TARGET static void NAME(softmax)(float *x, long rows, long width, long stride, float scale) {
  REASSOCIATE
  long whole = (width - 1) / LANES * LANES;
  NAME(vector) last = 0.0f;
  for (int lane = 0; lane < LANES; lane++) last[lane] = whole + lane < width;
  for (long r = 0; r < rows; r++, x += stride) {
    NAME(vector) tops = -__builtin_inff(), sums = 0.0f, *end = (NAME(vector) *)(x + whole);
    *end = last != 0.0f ? *end : -__builtin_inff();
    for (long i = 0; i < width; i += LANES)
      tops = __builtin_elementwise_max(tops, *(NAME(vector) *)(x + i));
    float top = __builtin_reduce_max(tops), sum = 0;
    for (long i = 0; i < width; i += LANES) {
      NAME(vector) e = NAME(exp)((*(NAME(vector) *)(x + i) - top) * scale);
      *(NAME(vector) *)(x + i) = e;
      sums += e;
    }
    for (int lane = 0; lane < LANES; lane++) sum += sums[lane];
    float inverse = 1.0f / sum;
    for (long i = 0; i < width; i += LANES) *(NAME(vector) *)(x + i) *= inverse;
  }
}

/// One tile of y; `adds` to what is there or not. Element (r, i) of x stands at
/// x[r * row_step + i * input_step].
TARGET static inline __attribute__((always_inline)) void NAME(tile)(
    const float *x, long row_step, long input_step, const float *panel, long inputs,
    const float *bias, long columns, int adds, int activation, float *y, long y_stride,
    const int rows) {
  NAME(vector) left[ROWS], right[ROWS];
  _Pragma("clang loop unroll(full)") for (int r = 0; r < rows; r++) left[r] = right[r] = 0.0f;
  for (long i = 0; i < inputs; i++) {
    NAME(vector) w0 = *(const NAME(vector) *)(panel + 2 * LANES * i);
    NAME(vector) w1 = *(const NAME(vector) *)(panel + 2 * LANES * i + LANES);
    // The panel comes from the second-level cache, which reads ahead too late.
    __builtin_prefetch(panel + 2 * LANES * (i + AHEAD));
    __builtin_prefetch(panel + 2 * LANES * (i + AHEAD) + LANES);
    _Pragma("clang loop unroll(full)") for (int r = 0; r < rows; r++) {
      NAME(vector) value = x[r * row_step + i * input_step];
      left[r] += value * w0;
      right[r] += value * w1;
    }
  }
  float edge[2 * LANES] = {0};
  if (bias) __builtin_memcpy(edge, bias, columns * sizeof(float));
  NAME(vector) b0 = *(NAME(vector) *)edge, b1 = *(NAME(vector) *)(edge + LANES);
  _Pragma("clang loop unroll(full)") for (int r = 0; r < rows; r++) {
    NAME(vector) y0 = left[r] + b0, y1 = right[r] + b1;
    if (columns == 2 * LANES) {
      NAME(vector) *place = (NAME(vector) *)(y + r * y_stride);
      place[0] = adds ? place[0] + y0 : y0;
      place[1] = adds ? place[1] + y1 : y1;
    } else {
      if (adds) {
        __builtin_memcpy(edge, y + r * y_stride, columns * sizeof(float));
        y0 += *(NAME(vector) *)edge;
        y1 += *(NAME(vector) *)(edge + LANES);
      }
      *(NAME(vector) *)edge = y0;
      *(NAME(vector) *)(edge + LANES) = y1;
      __builtin_memcpy(y + r * y_stride, edge, columns * sizeof(float));
    }
  }
  // Apart from the stores above, whose sums leave no register free.
  if (activation != firn_identity)
    for (int r = 0; r < rows; r++)
      NAME(activate)(activation, y + r * y_stride, columns, y + r * y_stride);
}

#define TILE_OF(R) case R: \
  NAME(tile)(x, row_step, input_step, panel, inputs, bias, columns, adds, activation, y, y_stride, \
             R); \
  break;

TARGET static __attribute__((noinline)) void NAME(edge)(
    const float *x, long row_step, long input_step, const float *panel, long inputs,
    const float *bias, long columns, int adds, int activation, float *y, long y_stride, long rows) {
  switch (rows) {
    TILE_OF(1) TILE_OF(2) TILE_OF(3) TILE_OF(4) TILE_OF(5)
#if ROWS > 6
    TILE_OF(6) TILE_OF(7) TILE_OF(8) TILE_OF(9) TILE_OF(10) TILE_OF(11) TILE_OF(12) TILE_OF(13)
#endif
  }
}

/// At most ROWS rows of x, as they came or in a tile [inputs][rows], with the panels of `outputs`.
TARGET static inline __attribute__((always_inline)) void NAME(multiply_rows)(
    const float *x, long x_stride, const int tiled, long rows, long inputs, const float *packed,
    long depth, long outputs, const float *bias, int adds, int activation, float *y,
    long y_stride) {
  long row_step = tiled ? 1 : x_stride, input_step = tiled ? rows : 1;
  for (long o = 0; o < outputs; o += 2 * LANES) {
    long columns = outputs - o < 2 * LANES ? outputs - o : 2 * LANES;
    const float *panel = packed + o * depth, *b = bias ? bias + o : 0;
    if (rows == ROWS)
      NAME(tile)(x, row_step, input_step, panel, inputs, b, columns, adds, activation, y + o,
                 y_stride, ROWS);
    else
      NAME(edge)(x, row_step, input_step, panel, inputs, b, columns, adds, activation, y + o,
                 y_stride, rows);
  }
}

#if ROWS <= LANES
/// The same numbers with rows and columns exchanged, by shuffling both halves together again and
/// again.
TARGET static inline __attribute__((always_inline)) void NAME(transpose)(NAME(vector) *v) {
  NAME(vector) shuffled[LANES];
  for (int step = 1; step < LANES; step *= 2) {
    _Pragma("clang loop unroll(full)") for (int k = 0; k < LANES / 2; k++) {
      shuffled[2 * k] = LOW(v[k], v[k + LANES / 2]);
      shuffled[2 * k + 1] = HIGH(v[k], v[k + LANES / 2]);
    }
    _Pragma("clang loop unroll(full)") for (int k = 0; k < LANES; k++) v[k] = shuffled[k];
  }
}

/// A whole tile's columns, as many as fill vectors; returns how many. The last store reaches beyond
/// the tile, into what is written next.
TARGET static long NAME(tile_columns)(const float *x, long inputs, long x_stride, float *tile) {
  long i = 0;
  for (; i + LANES <= inputs; i += LANES) {
    NAME(vector) v[LANES] = {0};
    _Pragma("clang loop unroll(full)") for (int k = 0; k < ROWS; k++)
      v[k] = *(const NAME(vector) *)(x + k * x_stride + i);
    NAME(transpose)(v);
    _Pragma("clang loop unroll(full)") for (int k = 0; k < LANES; k++)
      *(NAME(vector) *)(tile + (i + k) * ROWS) = v[k];
  }
  return i;
}
#endif

/// Rows in tiles [inputs][ROWS], the last of which holds what rows are left.
///
/// - Requires: room for LANES floats behind the tiles.
TARGET static void NAME(tile_rows)(const float *x, long rows, long inputs, long x_stride,
                                   float *tiles) {
  for (long r = 0; r < rows; r += ROWS, x += ROWS * x_stride) {
    long height = rows - r < ROWS ? rows - r : ROWS, i = 0;
#if ROWS <= LANES
    if (height == ROWS) i = NAME(tile_columns)(x, inputs, x_stride, tiles);
#endif
    for (tiles += i * height; i < inputs; i++)
      for (long k = 0; k < height; k++) *tiles++ = x[k * x_stride + i];
  }
}

/// Many rows, of which `inputs` of at most DEPTH are taken: a tile of x stays in the first-level
/// cache while the panels of a share of the outputs pass, and that share in the second-level cache
/// while all tiles do, so that each weight comes from memory once.
TARGET static void NAME(multiply_tiled)(const float *x, long rows, long inputs, long x_stride,
                                        const float *packed, long depth, long outputs,
                                        const float *bias, int adds, int activation, float *y,
                                        long y_stride) {
  static _Thread_local __attribute__((aligned(64))) float tiles[X_FLOATS + LANES];
  long block = X_FLOATS / inputs / ROWS * ROWS, blocks = (rows + block - 1) / block;
  block = (rows + blocks * ROWS - 1) / (blocks * ROWS) * ROWS;
  long share = W_FLOATS / inputs / (2 * LANES) * 2 * LANES;
  for (long first = 0; first < rows; first += block) {
    long count = rows - first < block ? rows - first : block;
    NAME(tile_rows)(x + first * x_stride, count, inputs, x_stride, tiles);
    for (long o = 0; o < outputs; o += share)
      for (long r = 0; r < count; r += ROWS)
        NAME(multiply_rows)(tiles + r * inputs, 0, 1, count - r < ROWS ? count - r : ROWS, inputs,
                            packed + o * depth, depth, outputs - o < share ? outputs - o : share,
                            bias ? bias + o : 0, adds, activation, y + (first + r) * y_stride + o,
                            y_stride);
  }
}

/// Inputs are taken in equal pieces, whatever the rows, so that a row's sums do not depend on what
/// else is computed.
TARGET static inline __attribute__((always_inline)) void NAME(multiply_pieces)(
    const float *x, long rows, long inputs, long x_stride, const int tiled, const float *packed,
    long depth, long outputs, const float *bias, int adds, int activation, float *y,
    long y_stride) {
  long pieces = inputs > DEPTH ? (inputs + DEPTH - 1) / DEPTH : 1;
  long piece = (inputs + pieces - 1) / pieces, i = 0;
  do {
    long width = inputs - i < piece ? inputs - i : piece;
    int act = i + width < inputs ? firn_identity : activation;
    if (tiled)
      NAME(multiply_tiled)(x + i, rows, width, x_stride, packed + 2 * LANES * i, depth, outputs,
                           bias, adds, act, y, y_stride);
    else
      for (long r = 0; r < rows; r += ROWS)
        NAME(multiply_rows)(x + r * x_stride + i, x_stride, 0, rows - r < ROWS ? rows - r : ROWS,
                            width, packed + 2 * LANES * i, depth, outputs, bias, adds, act,
                            y + r * y_stride, y_stride);
    bias = 0;
    adds = 1;
    i += piece;
  } while (i < inputs);
}

/// d [width, columns] += xᵀ y for x [rows, width] and y [rows, columns], some rows and a panel's
/// columns of y at a time, copied to where they stay in the first-level cache.
TARGET static void NAME(add_transposed)(const float *x, long rows, long width, long x_stride,
                                        const float *y, long columns, long y_stride, float *d,
                                        long d_stride) {
  enum { HEIGHT = 128 };
  float panel[HEIGHT * 2 * LANES] __attribute__((aligned(64)));
  for (long t = 0; t < rows; t += HEIGHT, x += HEIGHT * x_stride, y += HEIGHT * y_stride) {
    long count = rows - t < HEIGHT ? rows - t : HEIGHT;
    for (long c = 0; c < columns; c += 2 * LANES) {
      for (long i = 0; i < count; i++) {
        const float *row = y + i * y_stride + c;
        NAME(store)(panel + 2 * LANES * i, LANES, NAME(load)(row, columns - c, 0));
        NAME(store)(panel + 2 * LANES * i + LANES, LANES,
                    columns - c > LANES ? NAME(load)(row + LANES, columns - c - LANES, 0) : 0.0f);
      }
      long some = columns - c < 2 * LANES ? columns - c : 2 * LANES;
      for (long r = 0; r < width; r += ROWS)
        if (width - r < ROWS)
          NAME(edge)(x + r, 1, x_stride, panel, count, 0, some, 1, firn_identity,
                     d + r * d_stride + c, d_stride, width - r);
        else
          NAME(tile)(x + r, 1, x_stride, panel, count, 0, some, 1, firn_identity,
                     d + r * d_stride + c, d_stride, ROWS);
    }
  }
}

/// Few rows or outputs are not worth laying out in tiles: weights pass in the order of memory.
TARGET static void NAME(multiply)(const float *x, long rows, long inputs, long x_stride,
                                  const float *packed, long depth, long outputs,
                                  const float *bias, int activation, float *y, long y_stride) {
  int adds = activation == firn_accumulate;
  if (adds) activation = firn_identity;
  if (rows >= 2 * ROWS && outputs >= 16 * LANES) {
    NAME(multiply_pieces)(x, rows, inputs, x_stride, 1, packed, depth, outputs, bias, adds,
                          activation, y, y_stride);
    return;
  }
  for (long o = 0; o < outputs; o += 2 * LANES)
    NAME(multiply_pieces)(x, rows, inputs, x_stride, 0, packed + o * depth, depth,
                          outputs - o < 2 * LANES ? outputs - o : 2 * LANES, bias ? bias + o : 0,
                          adds, activation, y + o, y_stride);
}

static const struct kernels NAME(kernels) = {
    NAME(multiply), NAME(add_transposed), NAME(softmax), NAME(activate), NAME(gate),
    NAME(activate_backward), NAME(gate_backward), NAME(log_sum_exp), NAME(exp_scaled), 2 * LANES,
};

#undef TILE_OF
#undef NAME
#undef TARGET
#undef LANES
#undef ROWS
#undef LOW
#undef HIGH
