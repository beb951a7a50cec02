#include "CKernels.h"
#include "clones.h"

#define LANES 16
#define UNROLL _Pragma("clang loop unroll(full)")
#define PICK __builtin_shufflevector

typedef float floats __attribute__((ext_vector_type(LANES), aligned(4)));
typedef int integers __attribute__((ext_vector_type(LANES), aligned(4)));

// Vectors wider than a register pass between static functions of one instruction set only.
#pragma clang diagnostic ignored "-Wpsabi"

struct scans {
  void (*floats)(const void *rows, long count, long width, const float *queries, long query_count,
                 float *scores);
  void (*halves)(const void *rows, long count, long width, const float *queries, long query_count,
                 float *scores);
  void (*bytes)(const signed char *rows, const float *scales, const float *errors, long count,
                long width, const struct firn_byte_queries *queries, float *bounds);
};

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,fma,f16c")))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c")))
#define VNNI __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c")))

AVX2 static inline floats avx2_sixteen(const unsigned short *p) {
  __m256 low = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p));
  __m256 high = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(p + 8)));
  return PICK(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

AVX2 static inline __m256i avx2_products(const signed char *p, const short *y) {
  return _mm256_madd_epi16(_mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)p)),
                           _mm256_loadu_si256((const __m256i *)y));
}

AVX2 static inline integers avx2_bytes(integers sum, const signed char *p, const short *y) {
  typedef int eight __attribute__((ext_vector_type(8)));
  eight low = (eight)avx2_products(p, y), high = (eight)avx2_products(p + 16, y + 16);
  return sum + PICK(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

AVX512 static inline floats avx512_sixteen(const unsigned short *p) {
  return (floats)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
}

AVX512 static inline __m512i avx512_widened(const signed char *p) {
  return _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)p));
}

AVX512 static inline integers avx512_bytes(integers sum, const signed char *p, const short *y) {
  return sum + (integers)_mm512_madd_epi16(avx512_widened(p), _mm512_loadu_si512(y));
}

VNNI static inline integers vnni_bytes(integers sum, const signed char *p, const short *y) {
  return (integers)_mm512_dpwssd_epi32((__m512i)sum, avx512_widened(p), _mm512_loadu_si512(y));
}

#define NAME(x) avx2_##x
#define TARGET AVX2
#define HALVES avx2_sixteen
#define BYTES avx2_bytes
#include "scan_template.h"

#define NAME(x) avx512_##x
#define TARGET AVX512
#define HALVES avx512_sixteen
#define BYTES avx512_bytes
#include "scan_template.h"

#define NAME(x) vnni_##x
#define TARGET VNNI
#define BYTES vnni_bytes
#include "scan_template.h"

static const struct scans avx2_scans = {avx2_scan_floats, avx2_scan_halves, avx2_scan_bytes};
static const struct scans avx512_scans = {
    avx512_scan_floats, avx512_scan_halves, avx512_scan_bytes};
static const struct scans vnni_scans = {avx512_scan_floats, avx512_scan_halves, vnni_scan_bytes};
#endif

/// A float16's value by its parts; exact.
static inline float widened(unsigned short bits) {
  union { unsigned i; float f; } value = {(unsigned)(bits & 0x7fff) << 13};
  // Moves the exponent's bias from 15 to 127, subnormal numbers included.
  value.f *= 0x1p112f;
  if ((bits & 0x7c00) == 0x7c00) value.i |= 0x7f800000;
  value.i |= (unsigned)(bits & 0x8000) << 16;
  return value.f;
}

static inline floats portable_sixteen(const unsigned short *p) {
  floats v;
  for (int i = 0; i < LANES; i++) v[i] = widened(p[i]);
  return v;
}

static inline integers portable_bytes(integers sum, const signed char *p, const short *y) {
  for (int i = 0; i < LANES; i++) sum[i] += p[2 * i] * y[2 * i] + p[2 * i + 1] * y[2 * i + 1];
  return sum;
}

#define NAME(x) portable_##x
#define TARGET
#define HALVES portable_sixteen
#define BYTES portable_bytes
#include "scan_template.h"

static const struct scans portable_scans = {
    portable_scan_floats, portable_scan_halves, portable_scan_bytes};
static const struct scans *chosen = &portable_scans;

__attribute__((constructor)) static void choose(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  int wide = __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
             __builtin_cpu_supports("avx512vl");
  // Every processor with AVX2 and FMA has F16C.
  if (wide && __builtin_cpu_supports("avx512vnni")) chosen = &vnni_scans;
  else if (wide) chosen = &avx512_scans;
  else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) chosen = &avx2_scans;
#endif
}

static const struct scans *scans(enum firn_instructions instructions) {
#if defined(__x86_64__)
  if (instructions == firn_avx2 && chosen != &portable_scans) return &avx2_scans;
  if (instructions == firn_avx512 && (chosen == &vnni_scans || chosen == &avx512_scans))
    return &avx512_scans;
#endif
  return instructions == firn_portable ? &portable_scans : chosen;
}

void firn_scan_floats(enum firn_instructions instructions, const float *rows, long count,
                      long width, const float *queries, long query_count, float *scores) {
  scans(instructions)->floats(rows, count, width, queries, query_count, scores);
}

void firn_scan_halves(enum firn_instructions instructions, const unsigned short *rows, long count,
                      long width, const float *queries, long query_count, float *scores) {
  scans(instructions)->halves(rows, count, width, queries, query_count, scores);
}

void firn_scan_bytes(enum firn_instructions instructions, const signed char *rows,
                     const float *scales, const float *errors, long count, long width,
                     const struct firn_byte_queries *queries, float *bounds) {
  scans(instructions)->bytes(rows, scales, errors, count, width, queries, bounds);
}

FIRN_CLONES long firn_select(const float *scores, long count, float threshold, int *places) {
  long found = 0;
  for (long i = 0; i < count; i += 64) {
    long end = i + 64 < count ? i + 64 : count;
    int any = 0;
    for (long j = i; j < end; j++) any |= scores[j] >= threshold;
    if (any)
      for (long j = i; j < end; j++)
        if (scores[j] >= threshold) places[found++] = (int)j;
  }
  return found;
}
