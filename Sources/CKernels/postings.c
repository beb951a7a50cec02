#include "CKernels.h"
#include "clones.h"

#include <stdint.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define BLOCK FIRN_POSTING_BLOCK

/// Unpacks `count` numbers of `width` bits and adds them up: y[i] = start + i + x[0] + ... + x[i], or
/// y[i] = 1 + x[i] where there is no start. Gives the last of them, more than 32 bits if they
/// overflow.
typedef uint64_t unpacker(const unsigned char *bytes, int width, long count, const uint32_t *start,
                          uint32_t *y);

static uint64_t portable_unpack(const unsigned char *bytes, int width, long count,
                                const uint32_t *start, uint32_t *y) {
  uint64_t mask = ((uint64_t)1 << width) - 1, last = start ? (uint64_t)*start - 1 : 0;
  for (long i = 0, bit = 0; i < count; i++, bit += width) {
    uint64_t word;
    memcpy(&word, bytes + bit / 8, sizeof word);
    last = (start ? last : 0) + (word >> bit % 8 & mask) + 1;
    y[i] = (uint32_t)last;
    if (last > UINT32_MAX) return last;
  }
  return last;
}

#if defined(__x86_64__)
/// A number of at most 24 bits lies within 4 bytes, and 128 of them never overflow behind a start
/// below 2³¹.
#define WIDEST 24

/// For each width, where in 16 bytes the first 4 and the next 4 of 8 numbers lie, and from which bit.
static struct { signed char bytes[32]; int shifts[8]; } layouts[WIDEST + 1];

__attribute__((target("avx2"))) static uint64_t avx2_unpack(const unsigned char *bytes, int width,
                                                            long count, const uint32_t *start,
                                                            uint32_t *y) {
  if (width > WIDEST) return portable_unpack(bytes, width, count, start, y);
  const __m256i order = _mm256_loadu_si256((const __m256i *)layouts[width].bytes);
  const __m256i shifts = _mm256_loadu_si256((const __m256i *)layouts[width].shifts);
  const __m256i mask = _mm256_set1_epi32((1 << width) - 1), one = _mm256_set1_epi32(1);
  const __m256i low = _mm256_setr_epi32(0, 0, 0, 0, -1, -1, -1, -1);
  __m256i before = _mm256_set1_epi32(start ? (int)*start - 1 : 0);
  for (long i = 0; i < count; i += 8, bytes += width) {
    __m256i x = _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)bytes)),
        _mm_loadu_si128((const __m128i *)(bytes + width / 2)), 1);
    x = _mm256_srlv_epi32(_mm256_shuffle_epi8(x, order), shifts);
    x = _mm256_add_epi32(_mm256_and_si256(x, mask), one);
    if (start) {
      x = _mm256_add_epi32(x, _mm256_slli_si256(x, 4));
      x = _mm256_add_epi32(x, _mm256_slli_si256(x, 8));
      __m256i half = _mm256_permutevar8x32_epi32(x, _mm256_set1_epi32(3));
      x = _mm256_add_epi32(x, _mm256_and_si256(half, low));
      x = _mm256_add_epi32(x, before);
      before = _mm256_permutevar8x32_epi32(x, _mm256_set1_epi32(7));
    }
    _mm256_storeu_si256((__m256i *)(y + i), x);
  }
  return y[count - 1];
}
#endif

#if defined(__x86_64__)
/// The same for 16 numbers, four in each quarter of a register.
static struct { signed char bytes[64]; int shifts[16]; } wide_layouts[WIDEST + 1];

__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))) static uint64_t avx512_unpack(
    const unsigned char *bytes, int width, long count, const uint32_t *start, uint32_t *y) {
  if (width > WIDEST) return portable_unpack(bytes, width, count, start, y);
  const __m512i order = _mm512_loadu_si512(wide_layouts[width].bytes);
  const __m512i shifts = _mm512_loadu_si512(wide_layouts[width].shifts);
  const __m512i mask = _mm512_set1_epi32((1 << width) - 1), one = _mm512_set1_epi32(1);
  const __m512i one_before = _mm512_setr_epi32(0, 0, 0, 0, 3, 3, 3, 3, 7, 7, 7, 7, 11, 11, 11, 11);
  const __m512i two_before = _mm512_setr_epi32(0, 0, 0, 0, 0, 0, 0, 0, 3, 3, 3, 3, 7, 7, 7, 7);
  __m512i before = _mm512_set1_epi32(start ? (int)*start - 1 : 0);
  for (long i = 0; i < count; i += 16, bytes += 2 * width) {
    __m512i x = _mm512_castsi128_si512(_mm_loadu_si128((const __m128i *)bytes));
    x = _mm512_inserti32x4(x, _mm_loadu_si128((const __m128i *)(bytes + width / 2)), 1);
    x = _mm512_inserti32x4(x, _mm_loadu_si128((const __m128i *)(bytes + width)), 2);
    x = _mm512_inserti32x4(x, _mm_loadu_si128((const __m128i *)(bytes + width * 3 / 2)), 3);
    x = _mm512_srlv_epi32(_mm512_shuffle_epi8(x, order), shifts);
    x = _mm512_add_epi32(_mm512_and_si512(x, mask), one);
    if (start) {
      x = _mm512_add_epi32(x, _mm512_bslli_epi128(x, 4));
      x = _mm512_add_epi32(x, _mm512_bslli_epi128(x, 8));
      x = _mm512_add_epi32(x, _mm512_maskz_permutexvar_epi32(0xfff0, one_before, x));
      x = _mm512_add_epi32(x, _mm512_maskz_permutexvar_epi32(0xff00, two_before, x));
      x = _mm512_add_epi32(x, before);
      before = _mm512_permutexvar_epi32(_mm512_set1_epi32(15), x);
    }
    _mm512_storeu_si512(y + i, x);
  }
  return y[count - 1];
}
#endif

static unpacker *unpack = portable_unpack;

static inline uint32_t number(const unsigned char *p) {
  uint32_t value;
  memcpy(&value, p, sizeof value);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  value = __builtin_bswap32(value);
#endif
  return value;
}

/// The last row of a block of several.
static inline uint32_t last_row(const struct firn_postings *p, long block) {
  return number(p->last_rows + 4 * block);
}

static inline long block_count(const struct firn_postings *p, long block) {
  long rest = p->documents - block * BLOCK;
  return rest < BLOCK ? rest : BLOCK;
}

/// Decodes a block unless it is the one that was decoded last; 0 if it is damaged.
static int decode(struct firn_postings *p, long block) {
  if (p->decoded == block) return 1;
  p->decoded = -1;
  long count = block_count(p, block), left = p->size - (p->blocks_start - p->bytes);
  long offset = p->blocks > 1 ? number(p->offsets + 4 * block) : 0;
  if (offset + 2 > left) return 0;
  const unsigned char *bytes = p->blocks_start + offset;
  int width = bytes[0], frequency_width = bytes[1];
  long size = (count * width + 7) / 8, frequency_size = (count * frequency_width + 7) / 8;
  if (width > 32 || frequency_width > 32 || offset + 2 + size + frequency_size > left) return 0;
  uint32_t start = block > 0 ? last_row(p, block - 1) + 1 : 0;
  if (start >= p->limit) return 0;
  uint64_t last = unpack(bytes + 2, width, count, &start, p->rows);
  // Rows only grow, so with the last one right all of them lie inside the index.
  if (last >= (uint64_t)p->limit || (p->blocks > 1 && last != last_row(p, block))) return 0;
  unpack(bytes + 2 + size, frequency_width, count, NULL, p->frequencies);
  for (long i = count; i < BLOCK; i++) p->rows[i] = UINT32_MAX;
  p->decoded = block;
  return 1;
}

int firn_open_postings(struct firn_postings *p, const unsigned char *bytes, long size, long limit) {
  long place = 0, documents = 0;
  do {
    if (place == size || place == 5) return 0;
    documents |= (long)(bytes[place] & 0x7f) << 7 * place;
  } while (bytes[place++] & 0x80);
  if (documents == 0 || documents > limit || limit > INT32_MAX) return 0;
  *p = (struct firn_postings){.bytes = bytes, .size = size, .limit = limit, .documents = documents,
                              .blocks = (documents + BLOCK - 1) / BLOCK, .decoded = -1};
  if (p->blocks > 1) {
    if (size - place < 1 + 9 * p->blocks) return 0;
    p->reference = bytes[place++];
    p->last_rows = bytes + place;
    p->offsets = p->last_rows + 4 * p->blocks;
    p->bounds = p->offsets + 4 * p->blocks;
    place += 9 * p->blocks;
  }
  p->blocks_start = bytes + place;
  // One block has no table: what would stand there is in it.
  return p->blocks > 1 ? 1 : decode(p, 0);
}

FIRN_CLONES void firn_set_posting_bounds(struct firn_postings *p, float factor) {
  for (int code = 0; code < 256; code++) {
    float bound = (float)code / 255;
    p->bound_of[code] = bound / (bound + factor * (1 - bound));
  }
}

int firn_decode_postings(struct firn_postings *p, long block) { return decode(p, block); }

/// Makes `block` the first that may hold a row from `row` on.
static inline long skip(const struct firn_postings *p, long block, uint32_t row) {
  if (p->blocks == 1) return block;
  while (block < p->blocks && last_row(p, block) < row) block++;
  return block;
}

/// Whether a block's first row may lie before `end`.
static inline int begins(const struct firn_postings *p, long block, uint32_t end) {
  return block < p->blocks && (block == 0 || last_row(p, block - 1) + 1 < end);
}

/// The first place in the decoded block whose row is not below `row`.
static inline long place_of(const struct firn_postings *p, uint32_t row) {
  long place = 0;
  for (long step = BLOCK / 2; step > 0; step /= 2)
    place += p->rows[place + step - 1] < row ? step : 0;
  return place + (p->rows[place] < row);
}

static inline float length_of(const struct firn_saturation *s, uint32_t row) {
  if (s->length_bytes == 1) return ((const uint8_t *)s->lengths)[row];
  if (s->length_bytes == 2) return ((const uint16_t *)s->lengths)[row];
  return (float)(int)((const uint32_t *)s->lengths)[row];
}

#define SATURATE(name, type)                                                                      \
  FIRN_CLONES static void name(const uint32_t *rows, const uint32_t *frequencies, long count,     \
                               const struct firn_saturation *s, float weight, float *parts) {     \
    const type *lengths = s->lengths;                                                             \
    for (long i = 0; i < count; i++) {                                                            \
      float frequency = (float)(int)frequencies[i];                                               \
      float norm = s->base + s->slope * (float)(int)lengths[rows[i]];                             \
      parts[i] = weight * frequency / (frequency + norm);                                         \
    }                                                                                             \
  }
SATURATE(saturate_bytes, uint8_t)
SATURATE(saturate_shorts, uint16_t)
SATURATE(saturate_longs, uint32_t)

/// parts = weight · saturation.
static void saturate(const uint32_t *rows, const uint32_t *frequencies, long count,
                     const struct firn_saturation *s, float weight, float *parts) {
  if (s->length_bytes == 1) saturate_bytes(rows, frequencies, count, s, weight, parts);
  else if (s->length_bytes == 2) saturate_shorts(rows, frequencies, count, s, weight, parts);
  else saturate_longs(rows, frequencies, count, s, weight, parts);
}

/// Bounds of all windows by what is stored for blocks.
static int bound_by_blocks(struct firn_postings *p, int shift, float *bounds, int *blocks) {
  long next = 0;
  for (long block = 0; block < p->blocks; block++) {
    long last = last_row(p, block);
    if (last < next || last >= p->limit) return 0;
    float bound = p->bound_of[p->bounds[block]];
    for (long window = next >> shift; window <= last >> shift; window++) {
      if (bounds[window] == 0) blocks[window] = (int)block;
      if (bounds[window] < bound) bounds[window] = bound;
    }
    next = last + 1;
  }
  return 1;
}

int firn_bound_windows(struct firn_postings *p, const struct firn_saturation *s, int shift,
                       float *bounds, int *blocks) {
  float parts[BLOCK];
  long windows = ((p->limit - 1) >> shift) + 1;
  memset(bounds, 0, (size_t)windows * sizeof *bounds);
  memset(blocks, 0, (size_t)windows * sizeof *blocks);
  // Of a list with fewer blocks than windows, a block says little about a window.
  if (p->blocks > 1 && p->blocks > windows / 2) return bound_by_blocks(p, shift, bounds, blocks);
  for (long block = 0; block < p->blocks; block++) {
    if (!decode(p, block)) return 0;
    long count = block_count(p, block);
    saturate(p->rows, p->frequencies, count, s, 1, parts);
    for (long i = 0; i < count; i++) {
      long window = p->rows[i] >> shift;
      if (bounds[window] == 0) blocks[window] = (int)block;
      if (bounds[window] < parts[i]) bounds[window] = parts[i];
    }
  }
  return 1;
}

int firn_add_postings(struct firn_postings *p, const struct firn_saturation *s, float weight,
                      long first, long end, float *scores) {
  float parts[BLOCK];
  for (long block = p->block; begins(p, block, (uint32_t)end); block++) {
    if (!decode(p, block)) return 0;
    const uint32_t *rows = p->rows;
    long from = rows[0] >= first ? 0 : place_of(p, (uint32_t)first), to = block_count(p, block);
    if (rows[to - 1] >= end) to = place_of(p, (uint32_t)end);
    saturate(rows + from, p->frequencies + from, to - from, s, weight, parts);
    for (long i = from; i < to; i++) scores[rows[i] - first] += parts[i - from];
  }
  return 1;
}

long firn_complete_postings(struct firn_postings *p, const struct firn_saturation *s, float weight,
                            float cut, unsigned *rows, float *scores, long count) {
  long kept = 0, block = p->block;
  for (long i = 0; i < count;) {
    block = skip(p, block, rows[i]);
    // Behind the last block nothing is added; within one at most its bound.
    long isKnown = p->blocks > 1, isOver = block == p->blocks, reached = 0;
    uint32_t last = isKnown && !isOver ? last_row(p, block) : UINT32_MAX;
    float most = isOver ? 0 : isKnown ? weight * p->bound_of[p->bounds[block]] : weight;
    for (; i < count && rows[i] <= last; i++) {
      rows[kept + reached] = rows[i];
      scores[kept + reached] = scores[i];
      reached += scores[i] + most >= cut;
    }
    long end = kept + reached;
    if (isOver) return end;
    if (reached && !decode(p, block)) return -1;
    for (long j = kept; j < end; j++) {
      uint32_t row = rows[j];
      // A row that is not there has a frequency of 0.
      long place = place_of(p, row) & (BLOCK - 1);
      float frequency = p->rows[place] == row ? (float)(int)p->frequencies[place] : 0;
      float norm = s->base + s->slope * length_of(s, row);
      float score = scores[j] + weight * frequency / (frequency + norm);
      rows[kept] = row;
      scores[kept] = score;
      kept += score >= cut;
    }
  }
  return kept;
}

long firn_find_posting(struct firn_postings *p, long row) {
  p->block = skip(p, p->block, (uint32_t)row);
  if (!begins(p, p->block, (uint32_t)row + 1)) return 0;
  if (!decode(p, p->block)) return -1;
  long place = place_of(p, (uint32_t)row);
  return place < BLOCK && p->rows[place] == row ? p->frequencies[place] : 0;
}

typedef long collector(const float *scores, long count, float cut, long first, unsigned *rows,
                       float *found);

static long portable_collect(const float *scores, long count, float cut, long first, unsigned *rows,
                             float *found) {
  long kept = 0;
  for (long i = 0; i < count; i++) {
    rows[kept] = (unsigned)(first + i);
    found[kept] = scores[i];
    kept += scores[i] >= cut;
  }
  return kept;
}

#if defined(__x86_64__)
/// Few scores reach the cut: most of the time goes to seeing that none of 32 does.
#define COLLECT(name, instructions, reached)                                                      \
  __attribute__((target(instructions))) static long name(                                         \
      const float *scores, long count, float cut, long first, unsigned *rows, float *found) {     \
    long kept = 0, whole = count / 32 * 32;                                                       \
    for (long i = 0; i < whole; i += 32)                                                          \
      for (uint32_t mask = reached(scores + i, cut); mask; mask &= mask - 1) {                    \
        long j = i + __builtin_ctz(mask);                                                         \
        rows[kept] = (unsigned)(first + j);                                                       \
        found[kept++] = scores[j];                                                                \
      }                                                                                           \
    return kept + portable_collect(scores + whole, count - whole, cut, first + whole, rows + kept, \
                                   found + kept);                                                 \
  }

__attribute__((target("avx2"))) static inline uint32_t avx2_reached(const float *x, float cut) {
  uint32_t mask = 0;
  for (int i = 0; i < 4; i++) {
    __m256 reached = _mm256_cmp_ps(_mm256_loadu_ps(x + 8 * i), _mm256_set1_ps(cut), _CMP_GE_OQ);
    mask |= (uint32_t)_mm256_movemask_ps(reached) << 8 * i;
  }
  return mask;
}

__attribute__((target("avx512f"))) static inline uint32_t avx512_reached(const float *x, float cut) {
  __m512 least = _mm512_set1_ps(cut);
  uint32_t high = _mm512_cmp_ps_mask(_mm512_loadu_ps(x + 16), least, _CMP_GE_OQ);
  return high << 16 | _mm512_cmp_ps_mask(_mm512_loadu_ps(x), least, _CMP_GE_OQ);
}

COLLECT(avx2_collect, "avx2", avx2_reached)
COLLECT(avx512_collect, "avx512f", avx512_reached)
#endif

static collector *collect = portable_collect;

__attribute__((constructor)) static void choose(void) {
#if defined(__x86_64__)
  for (int width = 0; width <= WIDEST; width++)
    for (int i = 0; i < 16; i++) {
      // Every four numbers begin at the byte in which the first of them begins.
      int bit = i * width - i / 4 * width / 2 * 8;
      for (int j = 0; j < 4; j++) {
        wide_layouts[width].bytes[4 * i + j] = (signed char)(bit / 8 + j);
        if (i < 8) layouts[width].bytes[4 * i + j] = (signed char)(bit / 8 + j);
      }
      wide_layouts[width].shifts[i] = bit % 8;
      if (i < 8) layouts[width].shifts[i] = bit % 8;
    }
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2")) {
    unpack = avx2_unpack;
    collect = avx2_collect;
  }
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl")) {
    unpack = avx512_unpack;
    collect = avx512_collect;
  }
#endif
}

long firn_collect_scores(float *scores, long count, float cut, long first, unsigned *rows,
                         float *found) {
  long kept = collect(scores, count, cut, first, rows, found);
  memset(scores, 0, (size_t)count * sizeof *scores);
  return kept;
}
