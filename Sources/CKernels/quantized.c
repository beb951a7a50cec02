#include "CKernels.h"
#include "clones.h"

// One panel of the packed matrix holds PANEL output columns; within it, four inputs of one column
// stand side by side, which is what the byte dot product of the processor takes at once. Sums are
// exact integers, so that every instruction set gives the same result.

#define PANEL 64
#define GROUP 4

static long padded(long inputs) { return (inputs + GROUP - 1) / GROUP * GROUP; }

/// 127 / max |x|, and max |x| / 127 in *scale; both 0 for a row of zeros.
static inline float quantum(const float *x, long count, float *scale) {
  float lanes[16] = {0}, top = 0;
  long i = 0;
  for (; i + 16 <= count; i += 16)
    for (int j = 0; j < 16; j++) {
      float size = __builtin_fabsf(x[i + j]);
      lanes[j] = size > lanes[j] ? size : lanes[j];
    }
  for (; i < count; i++) lanes[0] = __builtin_fmaxf(lanes[0], __builtin_fabsf(x[i]));
  for (int j = 0; j < 16; j++) top = lanes[j] > top ? lanes[j] : top;
  *scale = top / 127.0f;
  return top > 0 ? 127.0f / top : 0;
}

/// The rows in bytes, shifted by 128 to be unsigned, and each row's scale.
FIRN_CLONES static void quantize_rows(const float *x, long rows, long inputs, long stride,
                                      unsigned char *bytes, float *scales) {
  long width = padded(inputs);
  for (long r = 0; r < rows; r++, x += stride, bytes += width) {
    float inverse = quantum(x, inputs, scales + r);
    for (long i = 0; i < inputs; i++)
      bytes[i] = (unsigned char)((int)__builtin_roundevenf(x[i] * inverse) + 128);
    for (long i = inputs; i < width; i++) bytes[i] = 128;
  }
}

long firn_quantized_count(long outputs, long inputs) {
  return (outputs + PANEL - 1) / PANEL * PANEL * padded(inputs);
}

FIRN_CLONES void firn_quantize(const float *w, long outputs, long inputs, signed char *packed,
                               float *scales, int *totals) {
  long width = padded(inputs);
  for (long o = 0; o < (outputs + PANEL - 1) / PANEL * PANEL; o++) {
    signed char *column = packed + o / PANEL * PANEL * width + o % PANEL * GROUP;
    float inverse = 0;
    int total = 0;
    if (o < outputs) inverse = quantum(w + o * inputs, inputs, scales + o);
    for (long i = 0; i < width; i++) {
      int q = 0;
      if (o < outputs && i < inputs) q = (int)__builtin_roundevenf(w[o * inputs + i] * inverse);
      column[i / GROUP * PANEL * GROUP + i % GROUP] = (signed char)q;
      total += q;
    }
    if (o < outputs) totals[o] = total;
  }
}

/// The sums of `rows` rows with one panel: out [rows, PANEL].
typedef void tile(const unsigned char *x, long width, const signed char *panel, long rows, int *out);

FIRN_CLONES static void portable_tile(const unsigned char *x, long width, const signed char *panel,
                                      long rows, int *out) {
  for (long r = 0; r < rows; r++, x += width, out += PANEL) {
    for (long c = 0; c < PANEL; c++) out[c] = 0;
    for (long i = 0; i < width; i += GROUP)
      for (long c = 0; c < PANEL; c++) {
        const signed char *w = panel + i * PANEL + c * GROUP;
        out[c] += x[i] * w[0] + x[i + 1] * w[1] + x[i + 2] * w[2] + x[i + 3] * w[3];
      }
  }
}

#define ROWS 6

#if defined(__x86_64__)
#include <immintrin.h>

#define VNNI __attribute__((target("avx512f,avx512vnni")))

VNNI static inline __attribute__((always_inline)) void vnni_rows(
    const unsigned char *x, long width, const signed char *panel, int *out, const int rows) {
  __m512i sums[ROWS][4];
  _Pragma("clang loop unroll(full)") for (int r = 0; r < rows; r++)
    _Pragma("clang loop unroll(full)") for (int c = 0; c < 4; c++)
      sums[r][c] = _mm512_setzero_si512();
  for (long i = 0; i < width; i += GROUP, panel += PANEL * GROUP) {
    __m512i w[4];
    _Pragma("clang loop unroll(full)") for (int c = 0; c < 4; c++)
      w[c] = _mm512_loadu_si512(panel + 64 * c);
    _Pragma("clang loop unroll(full)") for (int r = 0; r < rows; r++) {
      int group;
      __builtin_memcpy(&group, x + r * width + i, sizeof group);
      __m512i value = _mm512_set1_epi32(group);
      _Pragma("clang loop unroll(full)") for (int c = 0; c < 4; c++)
        sums[r][c] = _mm512_dpbusd_epi32(sums[r][c], value, w[c]);
    }
  }
  _Pragma("clang loop unroll(full)") for (int r = 0; r < rows; r++)
    _Pragma("clang loop unroll(full)") for (int c = 0; c < 4; c++)
      _mm512_storeu_si512(out + r * PANEL + 16 * c, sums[r][c]);
}

VNNI static void vnni_tile(const unsigned char *x, long width, const signed char *panel, long rows,
                           int *out) {
  switch (rows) {
    case 1: vnni_rows(x, width, panel, out, 1); break;
    case 2: vnni_rows(x, width, panel, out, 2); break;
    case 3: vnni_rows(x, width, panel, out, 3); break;
    case 4: vnni_rows(x, width, panel, out, 4); break;
    case 5: vnni_rows(x, width, panel, out, 5); break;
    default: vnni_rows(x, width, panel, out, ROWS);
  }
}

#define AVX2 __attribute__((target("avx2")))

/// Two products of 16-bit integers are summed at a time, for which AVX2 has an instruction that
/// cannot overflow; four columns fill a register.
AVX2 static void avx2_tile(const unsigned char *x, long width, const signed char *panel, long rows,
                           int *out) {
  for (long r = 0; r < rows; r++, x += width, out += PANEL)
    for (long c = 0; c < PANEL; c += 16) {
      __m256i sums[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(),
                         _mm256_setzero_si256()};
      for (long i = 0; i < width; i += GROUP) {
        int group;
        __builtin_memcpy(&group, x + i, sizeof group);
        __m256i value = _mm256_broadcastq_epi64(_mm_cvtepu8_epi16(_mm_cvtsi32_si128(group)));
        const signed char *w = panel + i * PANEL + c * GROUP;
        _Pragma("clang loop unroll(full)") for (int j = 0; j < 4; j++) {
          __m256i columns = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(w + 16 * j)));
          sums[j] = _mm256_add_epi32(sums[j], _mm256_madd_epi16(value, columns));
        }
      }
      for (int j = 0; j < 4; j++) {
        int halves[8];
        _mm256_storeu_si256((__m256i *)halves, sums[j]);
        for (int k = 0; k < 4; k++) out[c + 4 * j + k] = halves[2 * k] + halves[2 * k + 1];
      }
    }
}
#endif

static tile *chosen = portable_tile;

__attribute__((constructor)) static void choose(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512vnni")) chosen = vnni_tile;
  else if (__builtin_cpu_supports("avx2")) chosen = avx2_tile;
#endif
}

/// y = row scale · column scale · (sum − 128 · total) + bias: the 128 takes back the shift.
FIRN_CLONES static void finish(const int *out, const float *row_scales, long rows, long columns,
                               const float *scales, const int *totals, const float *bias, float *y,
                               long y_stride) {
  for (long r = 0; r < rows; r++, out += PANEL, y += y_stride)
    for (long c = 0; c < columns; c++)
      y[c] = (float)(out[c] - 128 * totals[c]) * (row_scales[r] * scales[c]) + (bias ? bias[c] : 0);
}

/// Rows in one block: their bytes and results stay in the second-level cache.
#define BLOCK 48

long firn_quantized_scratch(long inputs) {
  return BLOCK * padded(inputs) + BLOCK * (long)sizeof(float);
}

void firn_multiply_quantized(const float *x, long rows, long inputs, long x_stride,
                             const signed char *packed, const float *scales, const int *totals,
                             long outputs, const float *bias, enum firn_activation activation,
                             unsigned char *scratch, float *y, long y_stride) {
  long width = padded(inputs);
  float *row_scales = (float *)scratch;
  unsigned char *bytes = scratch + BLOCK * sizeof(float);
  int out[ROWS * PANEL];
  for (long first = 0; first < rows; first += BLOCK, x += BLOCK * x_stride, y += BLOCK * y_stride) {
    long count = rows - first < BLOCK ? rows - first : BLOCK;
    quantize_rows(x, count, inputs, x_stride, bytes, row_scales);
    for (long o = 0; o < outputs; o += PANEL) {
      long columns = outputs - o < PANEL ? outputs - o : PANEL;
      for (long r = 0; r < count; r += ROWS) {
        long height = count - r < ROWS ? count - r : ROWS;
        chosen(bytes + r * width, width, packed + o * width, height, out);
        finish(out, row_scales + r, height, columns, scales + o, totals + o, bias ? bias + o : 0,
               y + r * y_stride + o, y_stride);
      }
    }
    if (activation != firn_identity)
      for (long r = 0; r < count; r++)
        firn_activate(activation, y + r * y_stride, outputs, y + r * y_stride);
  }
}
