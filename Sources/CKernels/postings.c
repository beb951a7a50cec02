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

static unpacker *unpack = portable_unpack;

__attribute__((constructor)) static void choose(void) {
#if defined(__x86_64__)
  for (int width = 0; width <= WIDEST; width++)
    for (int i = 0; i < 8; i++) {
      // The second half begins at the byte in which number 4 begins.
      int bit = i < 4 ? i * width : i * width - width / 2 * 8;
      for (int j = 0; j < 4; j++) layouts[width].bytes[4 * i + j] = (signed char)(bit / 8 + j);
      layouts[width].shifts[i] = bit % 8;
    }
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2")) unpack = avx2_unpack;
#endif
}

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

FIRN_CLONES static void saturate(const uint32_t *rows, const uint32_t *frequencies, long count,
                                 const struct firn_saturation *s, float weight, float *parts) {
  const unsigned *lengths = s->lengths;
  for (long i = 0; i < count; i++) {
    float frequency = (float)(int)frequencies[i];
    float norm = s->base + s->slope * (float)(int)lengths[rows[i]];
    parts[i] = weight * frequency / (frequency + norm);
  }
}

float firn_bound_postings(struct firn_postings *p, const struct firn_saturation *s, long first,
                          long end) {
  if (p->blocks == 1) {
    float parts[BLOCK], maximum = 0;
    long from = place_of(p, (uint32_t)first), to = place_of(p, (uint32_t)end);
    saturate(p->rows + from, p->frequencies + from, to - from, s, 1, parts);
    for (long i = 0; i < to - from; i++) maximum = parts[i] > maximum ? parts[i] : maximum;
    return maximum;
  }
  long block = p->block = skip(p, p->block, (uint32_t)first);
  int code = 0;
  for (; begins(p, block, (uint32_t)end); block++)
    code = p->bounds[block] > code ? p->bounds[block] : code;
  return p->bound_of[code];
}

int firn_add_postings(struct firn_postings *p, const struct firn_saturation *s, float weight,
                      long first, long end, float *scores) {
  float parts[BLOCK];
  p->block = skip(p, p->block, (uint32_t)first);
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
  for (long i = 0; i < count; i++) {
    uint32_t row = rows[i];
    float score = scores[i];
    block = skip(p, block, row);
    if (begins(p, block, row + 1)) {
      if (p->blocks > 1 && score + weight * p->bound_of[p->bounds[block]] < cut) continue;
      if (!decode(p, block)) return -1;
      long place = place_of(p, row);
      if (place < BLOCK && p->rows[place] == row) {
        float frequency = (float)(int)p->frequencies[place];
        score += weight * frequency
                 / (frequency + s->base + s->slope * (float)(int)s->lengths[row]);
      }
    }
    if (score < cut) continue;
    rows[kept] = row;
    scores[kept++] = score;
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

FIRN_CLONES long firn_collect_scores(float *scores, long count, float cut, long first,
                                     unsigned *rows, float *found) {
  long kept = 0;
  for (long i = 0; i < count; i += 32) {
    long end = i + 32 < count ? i + 32 : count;
    int any = 0;
    for (long j = i; j < end; j++) any |= scores[j] >= cut;
    if (!any) continue;
    for (long j = i; j < end; j++) {
      rows[kept] = (unsigned)(first + j);
      found[kept] = scores[j];
      kept += scores[j] >= cut;
    }
  }
  memset(scores, 0, (size_t)count * sizeof *scores);
  return kept;
}
