#include "CKernels.h"
#include "clones.h"

#include <string.h>

// One panel of the packed matrix holds PANEL output columns; within it, four inputs of one column
// stand side by side, which is what the byte dot product of the processor takes at once. Sums are
// exact integers, so that every instruction set gives the same result.

#define PANEL 64
#define GROUP 4
// Groups by which a panel is asked for ahead of its use.
#define AHEAD 8

static long padded(long inputs) { return (inputs + GROUP - 1) / GROUP * GROUP; }

/// 127 / max |x|, and max |x| / 127 in *scale; both 0 for a row of zeros.
static inline __attribute__((always_inline)) float quantum(const float *x, long count,
                                                           float *scale) {
  float lanes[32] = {0}, top = 0;
  long i = 0;
  for (; i + 32 <= count; i += 32)
    for (int j = 0; j < 32; j++) {
      float size = __builtin_fabsf(x[i + j]);
      lanes[j] = size > lanes[j] ? size : lanes[j];
    }
  for (; i < count; i++) lanes[0] = __builtin_fmaxf(lanes[0], __builtin_fabsf(x[i]));
  for (int j = 0; j < 32; j++) top = lanes[j] > top ? lanes[j] : top;
  *scale = top / 127.0f;
  return top > 0 ? 127.0f / top : 0;
}

#define ROWS 6

long firn_quantized_panel(void) { return PANEL; }

long firn_rounded_tile(void) { return ROWS; }

long firn_rounded_count(long rows, long inputs) { return rows * padded(inputs); }

/// One row's bytes, shifted by 128 to be unsigned; returns its scale.
FIRN_CLONES static float round_row(const float *x, long inputs, unsigned char *bytes) {
  float scale, inverse = quantum(x, inputs, &scale);
  for (long i = 0; i < inputs; i++)
    bytes[i] = (unsigned char)((int)__builtin_roundevenf(x[i] * inverse) + 128);
  return scale;
}

/// Within a tile of rows, four inputs of each row stand side by side, as the panels' do.
void firn_round_rows(const float *x, long rows, long inputs, long x_stride, unsigned char *bytes,
                     float *scales) {
  long width = padded(inputs);
  unsigned char row[width];
  memset(row, 128, width);
  for (long r = 0; r < rows; r++) {
    long first = r / ROWS * ROWS, height = rows - first < ROWS ? rows - first : ROWS;
    unsigned char *tile = bytes + first * width + (r - first) * GROUP;
    scales[r] = round_row(x + r * x_stride, inputs, row);
    for (long i = 0; i < width; i += GROUP) memcpy(tile + i * height, row + i, GROUP);
  }
}

long firn_quantized_count(long outputs, long inputs) {
  return (outputs + PANEL - 1) / PANEL * PANEL * padded(inputs);
}

/// One row's bytes; returns their sum.
FIRN_CLONES static int quantize_row(const float *w, long inputs, signed char *bytes, float *scale) {
  float inverse = quantum(w, inputs, scale);
  int total = 0;
  for (long i = 0; i < inputs; i++) {
    int q = (int)__builtin_roundevenf(w[i] * inverse);
    bytes[i] = (signed char)q;
    total += q;
  }
  return total;
}

void firn_quantize(const float *w, long outputs, long inputs, signed char *packed, float *scales,
                   int *totals) {
  long width = padded(inputs);
  signed char row[width];
  for (long o = 0; o < (outputs + PANEL - 1) / PANEL * PANEL; o++) {
    if (o <= outputs) memset(row, 0, width);
    if (o < outputs) totals[o] = quantize_row(w + o * inputs, inputs, row, scales + o);
    signed char *column = packed + o / PANEL * PANEL * width + o % PANEL * GROUP;
    for (long i = 0; i < width; i += GROUP) memcpy(column + i * PANEL, row + i, GROUP);
  }
}

/// The sums of one tile of rows with a piece of a panel, out [rows, PANEL], added to what is there
/// or not.
typedef void tile_function(const unsigned char *x, long groups, const signed char *panel, long rows, int adds,
                  int *out);

FIRN_CLONES static void portable_tile(const unsigned char *x, long groups, const signed char *panel,
                                      long rows, int adds, int *out) {
  if (!adds) memset(out, 0, rows * PANEL * sizeof(int));
  for (long g = 0; g < groups; g++)
    for (long r = 0; r < rows; r++, x += GROUP)
      for (long c = 0; c < PANEL; c++) {
        const signed char *w = panel + (g * PANEL + c) * GROUP;
        out[r * PANEL + c] += x[0] * w[0] + x[1] * w[1] + x[2] * w[2] + x[3] * w[3];
      }
}

#if defined(__x86_64__)
#include <immintrin.h>

#define UNROLL _Pragma("clang loop unroll(full)")
#define VNNI __attribute__((target("avx512f,avx512vnni")))

VNNI static inline __attribute__((always_inline)) void vnni_rows(
    const unsigned char *x, long groups, const signed char *panel, int adds, int *out,
    const int rows) {
  __m512i sums[ROWS][4];
  UNROLL for (int r = 0; r < rows; r++) UNROLL for (int c = 0; c < 4; c++)
    sums[r][c] = adds ? _mm512_loadu_si512(out + r * PANEL + 16 * c) : _mm512_setzero_si512();
  for (long g = 0; g < groups; g++, panel += PANEL * GROUP, x += rows * GROUP) {
    __m512i w[4];
    UNROLL for (int c = 0; c < 4; c++) w[c] = _mm512_loadu_si512(panel + 64 * c);
    UNROLL for (int c = 0; c < 4; c++) __builtin_prefetch(panel + AHEAD * PANEL * GROUP + 64 * c);
    UNROLL for (int r = 0; r < rows; r++) {
      int group;
      memcpy(&group, x + r * GROUP, sizeof group);
      __m512i value = _mm512_set1_epi32(group);
      UNROLL for (int c = 0; c < 4; c++) sums[r][c] = _mm512_dpbusd_epi32(sums[r][c], value, w[c]);
    }
  }
  UNROLL for (int r = 0; r < rows; r++) UNROLL for (int c = 0; c < 4; c++)
    _mm512_storeu_si512(out + r * PANEL + 16 * c, sums[r][c]);
}

VNNI static void vnni_tile(const unsigned char *x, long groups, const signed char *panel, long rows,
                           int adds, int *out) {
  switch (rows) {
    case 1: vnni_rows(x, groups, panel, adds, out, 1); break;
    case 2: vnni_rows(x, groups, panel, adds, out, 2); break;
    case 3: vnni_rows(x, groups, panel, adds, out, 3); break;
    case 4: vnni_rows(x, groups, panel, adds, out, 4); break;
    case 5: vnni_rows(x, groups, panel, adds, out, 5); break;
    default: vnni_rows(x, groups, panel, adds, out, ROWS);
  }
}

#define AVX2 __attribute__((target("avx2")))

/// Two products of 16-bit integers are summed at a time, for which AVX2 has an instruction that
/// cannot overflow; four columns fill a register.
AVX2 static void avx2_tile(const unsigned char *x, long groups, const signed char *panel, long rows,
                           int adds, int *out) {
  for (long r = 0; r < rows; r++, out += PANEL)
    for (long c = 0; c < PANEL; c += 16) {
      __m256i sums[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(),
                         _mm256_setzero_si256()};
      for (long g = 0; g < groups; g++) {
        int group;
        memcpy(&group, x + (g * rows + r) * GROUP, sizeof group);
        __m256i value = _mm256_broadcastq_epi64(_mm_cvtepu8_epi16(_mm_cvtsi32_si128(group)));
        const signed char *w = panel + (g * PANEL + c) * GROUP;
        UNROLL for (int j = 0; j < 4; j++) {
          __m256i columns = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(w + 16 * j)));
          sums[j] = _mm256_add_epi32(sums[j], _mm256_madd_epi16(value, columns));
        }
      }
      for (int j = 0; j < 4; j++) {
        int halves[8];
        _mm256_storeu_si256((__m256i *)halves, sums[j]);
        for (int k = 0; k < 4; k++) {
          int sum = halves[2 * k] + halves[2 * k + 1];
          out[c + 4 * j + k] = adds ? out[c + 4 * j + k] + sum : sum;
        }
      }
    }
}
#endif

static tile_function *chosen = portable_tile;

__attribute__((constructor)) static void choose(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512vnni")) chosen = vnni_tile;
  else if (__builtin_cpu_supports("avx2")) chosen = avx2_tile;
#endif
}

/// y = row scale · column scale · (sum − 128 · total) + bias, activated: the 128 takes back the shift.
FIRN_CLONES static void finish(const int *sums, const float *row_scales, long rows, long columns,
                               const float *scales, const int *totals, const float *bias,
                               enum firn_activation activation, float *y, long y_stride) {
  int adds = activation == firn_accumulate;
  for (long r = 0; r < rows; r++, sums += PANEL, y += y_stride) {
    for (long c = 0; c < columns; c++) {
      float value =
          (float)(sums[c] - 128 * totals[c]) * (row_scales[r] * scales[c]) + (bias ? bias[c] : 0);
      y[c] = adds ? y[c] + value : value;
    }
    if (activation != firn_identity && !adds) firn_activate(activation, y, columns, y);
  }
}

/// Rows in one block, whose bytes stay in the second-level cache, and inputs in one slice of a panel,
/// which stays in the first-level cache while the rows pass.
enum { block = 96, slice = 384 };

static void multiply_block(const unsigned char *bytes, const float *row_scales, long rows,
                           long width, const signed char *packed, const float *scales,
                           const int *totals, long outputs, const float *bias,
                           enum firn_activation activation, float *y, long y_stride) {
  int sums[block * PANEL];
  for (long o = 0; o < outputs; o += PANEL, packed += PANEL * width) {
    long columns = outputs - o < PANEL ? outputs - o : PANEL;
    // A single tile has nothing to share a slice with.
    long step = rows <= ROWS ? width : slice;
    for (long i = 0; i < width; i += step)
      for (long r = 0; r < rows; r += ROWS) {
        long height = rows - r < ROWS ? rows - r : ROWS, depth = width - i < step ? width - i : step;
        // Sums that are whole after one slice are used while they are in the first-level cache.
        int *tile = step < width ? sums + r * PANEL : sums;
        chosen(bytes + r * width + i * height, depth / GROUP, packed + i * PANEL, height, i > 0,
               tile);
        if (i + depth == width)
          finish(tile, row_scales + r, height, columns, scales + o, totals + o,
                 bias ? bias + o : 0, activation, y + r * y_stride + o, y_stride);
      }
  }
}

void firn_multiply_rounded(const unsigned char *bytes, const float *row_scales, long rows,
                           long inputs, const signed char *packed, const float *scales,
                           const int *totals, long outputs, const float *bias,
                           enum firn_activation activation, float *y, long y_stride) {
  long width = padded(inputs);
  for (long r = 0; r < rows; r += block)
    multiply_block(bytes + r * width, row_scales + r, rows - r < block ? rows - r : block, width,
                   packed, scales, totals, outputs, bias, activation, y + r * y_stride, y_stride);
}

long firn_quantized_scratch(long inputs) {
  return block * padded(inputs) + block * (long)sizeof(float);
}

void firn_multiply_quantized(const float *x, long rows, long inputs, long x_stride,
                             const signed char *packed, const float *scales, const int *totals,
                             long outputs, const float *bias, enum firn_activation activation,
                             unsigned char *scratch, float *y, long y_stride) {
  float *row_scales = (float *)scratch;
  unsigned char *bytes = scratch + block * sizeof(float);
  for (long r = 0; r < rows; r += block, x += block * x_stride, y += block * y_stride) {
    long count = rows - r < block ? rows - r : block;
    firn_round_rows(x, count, inputs, x_stride, bytes, row_scales);
    firn_multiply_rounded(bytes, row_scales, count, inputs, packed, scales, totals, outputs, bias,
                          activation, y, y_stride);
  }
}
