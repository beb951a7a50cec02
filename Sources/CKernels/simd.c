#include "CKernels.h"
#include "clones.h"

/// One instruction set's kernels; the library picks at load time what the processor has.
struct kernels {
  void (*multiply)(const float *x, long rows, long inputs, long x_stride, const float *packed,
                   long depth, long outputs, const float *bias, int activation, float *y,
                   long y_stride);
  void (*add_transposed)(const float *x, long rows, long width, long x_stride, const float *y,
                         long columns, long y_stride, float *d, long d_stride);
  void (*softmax)(float *x, long rows, long width, long stride, float scale);
  void (*activate)(int activation, const float *x, long count, float *y);
  void (*gate)(int activation, const float *x, const float *up, long count, float *y);
  void (*activate_backward)(int activation, const float *x, const float *dy, long count, float *dx);
  void (*gate_backward)(int activation, const float *x, const float *up, const float *dy, long count,
                        float *dx, float *d_up);
  float (*log_sum_exp)(const float *x, long count);
  /// x = scale · exp(x − shift) + offset.
  void (*exp_scaled)(float *x, long count, float shift, float scale, float offset);
  /// Output columns of one packed panel.
  long panel;
};

/// eᶠ on |f| ≤ ½ ln 2 (Cephes' expf coefficients, relative error under 2e-7).
#define EXP_POLYNOMIAL(f) \
  ((((((1.9875691500e-4f * f + 1.3981999507e-3f) * f + 8.3334519073e-3f) * f + \
      4.1665795894e-2f) * f + 1.6666665459e-1f) * f + 5.0000001201e-1f) * f * f + f + 1.0f)
/// (Φ(t) − ½) / t on |t| ≤ 5.25 with u = 2 t² / 5.25² − 1, fitted to the least largest error of
/// t Φ(t) by iteratively reweighted least squares; u keeps the coefficients small.
#define NORMAL_LIMIT 5.25f
#define NORMAL_POLYNOMIAL(u) \
  (((((((((((((-4.506511614e-04f * u + 1.362165436e-03f) * u - 1.619682298e-03f) * u \
      + 2.112108516e-03f) * u - 4.827070050e-03f) * u + 8.839714341e-03f) * u \
      - 1.309051458e-02f) * u + 1.842543297e-02f) * u - 2.496542223e-02f) * u \
      + 3.204526007e-02f) * u - 3.977121785e-02f) * u + 4.964519292e-02f) * u \
      - 6.712659448e-02f) * u + 1.346593499e-01f)

/// Inputs that are summed before sums go back to y, floats of x that are laid out in tiles at a
/// time, floats of weights that stay in the second-level cache meanwhile, and inputs by which they
/// are asked for ahead of their use.
enum { DEPTH = 384, X_FLOATS = 204800, W_FLOATS = 65536, AHEAD = 8 };

#if defined(__x86_64__)
#define NAME(x) avx512_##x
#define TARGET __attribute__((target("avx512f,fma,avx2")))
#define LANES 16
#define ROWS 14
#define LOW(a, b) \
  __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define HIGH(a, b) \
  __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#include "simd_template.h"

#define NAME(x) avx2_##x
#define TARGET __attribute__((target("avx2,fma")))
#define LANES 8
#define ROWS 6
#define LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define HIGH(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#include "simd_template.h"
#endif

#define NAME(x) baseline_##x
#define TARGET
#define LANES 4
#define ROWS 6
#include "simd_template.h"

static const struct kernels *chosen = &baseline_kernels;

__attribute__((constructor)) static void choose(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f")) chosen = &avx512_kernels;
  else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) chosen = &avx2_kernels;
#endif
}

long firn_panel(void) { return chosen->panel; }

long firn_packed_count(long outputs, long inputs) {
  long panel = chosen->panel;
  return (outputs + panel - 1) / panel * panel * inputs;
}

void firn_pack(const float *w, long outputs, long inputs, long output_stride, long input_stride,
               float *packed) {
  long panel = chosen->panel;
  for (long o = 0; o < outputs; o += panel) {
    long columns = outputs - o < panel ? outputs - o : panel;
    for (long i = 0; i < inputs; i++, packed += panel) {
      const float *source = w + o * output_stride + i * input_stride;
      for (long c = 0; c < columns; c++) packed[c] = source[c * output_stride];
      for (long c = columns; c < panel; c++) packed[c] = 0;
    }
  }
}

void firn_pack_transposed(const float *packed, long inputs, long first_input, long columns,
                          long first_output, long depth, float *transposed) {
  long panel = chosen->panel;
  for (long i = first_input; i < first_input + columns; i += panel) {
    long count = first_input + columns - i < panel ? first_input + columns - i : panel;
    for (long o = first_output; o < first_output + depth; o += panel) {
      long rows = first_output + depth - o < panel ? first_output + depth - o : panel;
      firn_pack(packed + o * inputs + i * panel, count, rows, panel, 1, transposed);
      transposed += rows * panel;
    }
  }
}

void firn_multiply_packed(const float *x, long rows, long inputs, long x_stride,
                          const float *packed, long outputs, const float *bias,
                          enum firn_activation activation, float *y, long y_stride) {
  chosen->multiply(x, rows, inputs, x_stride, packed, inputs, outputs, bias, activation, y,
                   y_stride);
}

void firn_multiply_part(const float *x, long rows, long inputs, long x_stride, const float *packed,
                        long depth, long outputs, enum firn_activation activation, float *y,
                        long y_stride) {
  chosen->multiply(x, rows, inputs, x_stride, packed, depth, outputs, 0, activation, y, y_stride);
}

void firn_add_transposed(const float *x, long rows, long width, long x_stride, const float *y,
                         long columns, long y_stride, float *d, long d_stride) {
  chosen->add_transposed(x, rows, width, x_stride, y, columns, y_stride, d, d_stride);
}

void firn_softmax(float *x, long rows, long width, long stride, float scale) {
  chosen->softmax(x, rows, width, stride, scale);
}

void firn_activate(enum firn_activation activation, const float *x, long count, float *y) {
  chosen->activate(activation, x, count, y);
}

void firn_gate(enum firn_activation activation, const float *x, long rows, long width, float *y) {
  for (long r = 0; r < rows; r++)
    chosen->gate(activation, x + 2 * r * width, x + (2 * r + 1) * width, width, y + r * width);
}

float firn_log_sum_exp(const float *x, long count) { return chosen->log_sum_exp(x, count); }

void firn_activate_backward(enum firn_activation activation, const float *x, const float *dy,
                            long count, float *dx) {
  chosen->activate_backward(activation, x, dy, count, dx);
}

void firn_gate_backward(enum firn_activation activation, const float *x, const float *dy, long rows,
                        long width, float *dx) {
  for (long r = 0; r < rows; r++, x += 2 * width, dx += 2 * width, dy += width)
    chosen->gate_backward(activation, x, x + width, dy, width, dx, dx + width);
}

float firn_cross_entropy(float *x, long width, long target, float smoothing, float z, float scale) {
  float all = firn_log_sum_exp(x, width), share = smoothing / width, sum = 0;
  if (smoothing > 0) {
    REASSOCIATE
    for (long i = 0; i < width; i++) sum += x[i] - all;
  }
  float loss = z * all * all - (1 - smoothing) * (x[target] - all) - share * sum;
  chosen->exp_scaled(x, width, all, (1 + 2 * z * all) * scale, -share * scale);
  x[target] -= (1 - smoothing) * scale;
  return loss;
}
