// Kernels that the compiler cannot be trusted to find in Swift: vectorised C with run-time dispatch
// on x86 (AVX-512, AVX2 with FMA, baseline) and the baseline elsewhere. All matrices are row-major;
// every function runs on the calling thread and writes only what its name says.
#ifndef FIRN_CKERNELS_H
#define FIRN_CKERNELS_H

// simd.c: y = x Wᵀ + bias with W packed once into panels of output columns.

/// What becomes of a product: GELU exactly or by tanh, ReLU, SiLU, or added to what is there.
enum firn_activation {
  firn_identity = 0, firn_gelu = 1, firn_gelu_tanh = 2, firn_relu = 3, firn_silu = 4,
  firn_accumulate = 5,
};

/// Output columns of one packed panel on this machine.
long firn_panel(void);
/// Floats in one packed copy of W [outputs, inputs] on this machine.
long firn_packed_count(long outputs, long inputs);
/// Packs W, whose element (o, i) stands at w[o * output_stride + i * input_stride].
void firn_pack(const float *w, long outputs, long inputs, long output_stride, long input_stride,
               float *packed);
/// Packs a part of Wᵀ, the map from outputs to inputs, out of W's packed copy: `columns` inputs from
/// first_input on, as a map from `depth` outputs. Both firsts are the beginning of a panel.
void firn_pack_transposed(const float *packed, long inputs, long first_input, long columns,
                          long first_output, long depth, float *transposed);
/// y [rows, outputs] = activation(x [rows, inputs] Wᵀ + bias); bias may be NULL.
void firn_multiply_packed(const float *x, long rows, long inputs, long x_stride,
                          const float *packed, long outputs, const float *bias,
                          enum firn_activation activation, float *y, long y_stride);
/// The same without bias for panels that are `depth` >= inputs rows long, of which the first count.
void firn_multiply_part(const float *x, long rows, long inputs, long x_stride, const float *packed,
                        long depth, long outputs, enum firn_activation activation, float *y,
                        long y_stride);
/// d [width, columns] += xᵀ y for x [rows, width] and y [rows, columns].
void firn_add_transposed(const float *x, long rows, long width, long x_stride, const float *y,
                         long columns, long y_stride, float *d, long d_stride);

// quantized.c: the same product on 8-bit integers, W by a scale for each output, x for each row.

/// Bytes in one packed copy of W.
long firn_quantized_count(long outputs, long inputs);
/// Rounds W [outputs, inputs] to bytes; scales and totals (the sum of a row's bytes) [outputs].
void firn_quantize(const float *w, long outputs, long inputs, signed char *packed, float *scales,
                   int *totals);
/// Outputs of one packed panel, at whose beginnings packed weights can be divided.
long firn_quantized_panel(void);
/// Rows that are rounded together, at whose beginnings rounded rows can be divided.
long firn_rounded_tile(void);
/// Bytes of rounded rows.
long firn_rounded_count(long rows, long inputs);
/// Rounds x [rows, inputs] to bytes; scales [rows].
void firn_round_rows(const float *x, long rows, long inputs, long x_stride, unsigned char *bytes,
                     float *scales);
/// As firn_multiply_packed, of rounded rows; they end where those that were rounded together end, or
/// at a tile.
void firn_multiply_rounded(const unsigned char *bytes, const float *row_scales, long rows,
                           long inputs, const signed char *packed, const float *scales,
                           const int *totals, long outputs, const float *bias,
                           enum firn_activation activation, float *y, long y_stride);
/// Both in one; `scratch` holds firn_quantized_scratch bytes.
long firn_quantized_scratch(long inputs);
void firn_multiply_quantized(const float *x, long rows, long inputs, long x_stride,
                             const signed char *packed, const float *scales, const int *totals,
                             long outputs, const float *bias, enum firn_activation activation,
                             unsigned char *scratch, float *y, long y_stride);

// attention.c: softmax(q kᵀ / √width) v, one sequence, all heads.

/// q, k, v, out [length, heads * width], rows `stride` floats apart. `probabilities`
/// [heads, length, length] is written unless NULL. `scratch` holds firn_attention_scratch floats.
long firn_attention_scratch(long length, long width);
void firn_attention(const float *q, const float *k, const float *v, long length, long heads,
                    long width, long stride, float *probabilities, float *scratch, float *out);

// cached_attention.c: attention to packed keys and values that grow.

/// Keys and values of `count` tokens with room for `capacity`, a multiple of firn_panel(). For each
/// head, keys are packed as [capacity, width] and values as [width, capacity] (firn_pack).
struct firn_key_values { float *keys, *values; long count, capacity; };
struct firn_attending {
  /// Query heads that share one head of keys, which they follow in order; width of one head.
  long group, width;
  float scale;
  /// Whether a query sees no key after its own place; how many keys up to it (0: all).
  long causal, window;
  /// Added to scale q k: for query head h of the group, bias[h * bias_stride + key - query], with
  /// both counted from the first key. May be NULL.
  const float *bias;
  long bias_stride;
};

/// Floats of all keys, and of all values, for `heads` heads.
long firn_cached_keys(long heads, long width, long capacity);
long firn_cached_values(long heads, long width, long capacity);
/// Writes rows of keys and values [rows, width], `stride` floats apart, behind the count; the count
/// stays.
void firn_cache(const float *k, const float *v, long rows, long stride, long head, long width,
                struct firn_key_values cache);
/// Moves one head's `count` tokens into a larger cache.
void firn_move_cached(struct firn_key_values from, struct firn_key_values to, long head, long width);
/// out = softmax(scale q kᵀ + bias) v for the query heads of key head `head`. q and out
/// [queries, group * width], rows `stride` floats apart; `first` is the first query's place, counted
/// from the first key; the caches' keys follow each other. `scratch` holds firn_attend_scratch.
long firn_attend_scratch(long queries, const struct firn_key_values *caches, long count,
                         struct firn_attending how);
void firn_attend(const float *q, long q_stride, long queries, long first,
                 const struct firn_key_values *caches, long count, long head,
                 struct firn_attending how, float *scratch, float *out, long out_stride);

// attention_backward.c: gradients of attention, its scores computed anew.

/// Gradients of the queries, keys and values of key head `head`'s group, given d_out = ∂loss/∂out:
/// dq, dk and dv are written, not added. All are rows of heads side by side, `..._stride` floats
/// apart, and begin with the group's first query head, or the key head. `first` as in firn_attend.
/// Unless d_bias is NULL, ∂loss/∂bias is added to it, laid out as how.bias.
long firn_attend_backward_scratch(long keys, long width);
void firn_attend_backward(const float *q, long q_stride, long queries, long first, const float *k,
                          const float *v, long kv_stride, long keys, struct firn_attending how,
                          const float *d_out, long out_stride, float *scratch, float *dq,
                          long dq_stride, float *dk, float *dv, long dkv_stride, float *d_bias);

// rows.c: operations row by row, and elementwise ones.

/// y = (x + residual − mean) / √(variance + ε) · gain + bias; residual, normalized and
/// inverse_deviation may be NULL; normalized [rows, width] and inverse_deviation [rows] are what
/// the backward pass needs.
void firn_layer_norm(const float *x, const float *residual, const float *gain, const float *bias,
                     float epsilon, long rows, long width, float *y, float *normalized,
                     float *inverse_deviation);
/// y = x / √(mean(x²) + ε) · gain.
void firn_rms_norm(const float *x, const float *gain, float epsilon, long rows, long width,
                   float *y);
/// dx = ∂loss/∂x of the norm above; written, not added.
void firn_rms_norm_backward(const float *x, const float *dy, const float *gain, float epsilon,
                            long rows, long width, float *dx);
/// Turns pairs of numbers that stand `half` apart in the first heads of rows `stride` floats apart,
/// in place; cosines and sines [rows, half].
void firn_rotate(float *x, long rows, long stride, long heads, long half, const float *cosines,
                 const float *sines);
/// Numbers in IEEE's 16 bits as floats; `halves` may be unaligned.
void firn_widen(const void *halves, long count, float *y);
/// dx = ∂loss/∂(x + residual) of the layer norm above; written, not added.
void firn_layer_norm_backward(const float *dy, const float *normalized,
                              const float *inverse_deviation, const float *gain, long rows,
                              long width, float *dx);
/// softmax(scale x) of each row in place (simd.c), scale > 0. The floats from width to the next
/// multiple of a packed panel are overwritten: `stride` must leave room for them.
void firn_softmax(float *x, long rows, long width, long stride, float scale);
/// dx = p ∘ (dy − Σ dy ∘ p) · scale for each row, in place of dy.
void firn_softmax_backward(const float *p, float *dy, long rows, long width, float scale);
void firn_activate(enum firn_activation activation, const float *x, long count, float *y);
/// y [rows, width] = activation(left) ∘ right for x [rows, left width | right width].
void firn_gate(enum firn_activation activation, const float *x, long rows, long width, float *y);
/// ln Σ eˣ.
float firn_log_sum_exp(const float *x, long count);
/// dx = dy · activation'(x); dx may be dy.
void firn_activate_backward(enum firn_activation activation, const float *x, const float *dy,
                            long count, float *dx);
/// dx [rows, 2 width] of the gate above, for dy [rows, width].
void firn_gate_backward(enum firn_activation activation, const float *x, const float *dy, long rows,
                        long width, float *dx);
/// −Σ q ln p + z ln² Σ eˣ of one row's logits, with p = softmax(x) and q = 1 at the target, of which
/// every one of the logits gets a share of `smoothing`; x becomes its gradient times `scale`.
float firn_cross_entropy(float *x, long width, long target, float smoothing, float z, float scale);
void firn_add(float *y, const float *x, long count);
float firn_dot(const float *x, const float *y, long count);
float firn_max(const float *x, long count);

// scan.c: many stored vectors against a few queries.

/// Kernels to run, for tests: what the processor lacks, and anything else, is the best it has.
enum firn_instructions { firn_best = 0, firn_portable = 1, firn_avx2 = 2, firn_avx512 = 3 };

/// scores [query_count, count] = queries [query_count, width] · rows [count, width]ᵀ. A score is the
/// same whatever stands beside it: sixteen running sums, every sixteenth element each, added 8 and
/// 8, 4 and 4, 2 and 2, 1 and 1.
void firn_scan_floats(enum firn_instructions instructions, const float *rows, long count,
                      long width, const float *queries, long query_count, float *scores);
/// The same for float16 rows.
void firn_scan_halves(enum firn_instructions instructions, const unsigned short *rows, long count,
                      long width, const float *queries, long query_count, float *scores);

/// Queries as integers: values [count, stride], stride a multiple of 32, zeros behind the width;
/// parameters [count, 3]: unit u, norm and slack, see firn_scan_bytes.
struct firn_byte_queries { const short *values; const float *parameters; long count, stride; };
/// bounds [query count, count] = (u Σ row · values + slack) · scale + norm · error. The sums are
/// exact: no magnitude of a row's bytes times that of the values may reach 2³¹ in sum.
void firn_scan_bytes(enum firn_instructions instructions, const signed char *rows,
                     const float *scales, const float *errors, long count, long width,
                     const struct firn_byte_queries *queries, float *bounds);

/// Writes the places of scores >= threshold, in order, and gives how many there are.
long firn_select(const float *scores, long count, float threshold, int *places);

// postings.c: where terms occur, in blocks of 128 documents (Retrieval's PostingList).

#define FIRN_POSTING_BLOCK 128
/// Bytes behind a list that may be read.
#define FIRN_POSTING_PADDING 32

/// A list and a way through it. Only `block` is to be written from outside.
struct firn_postings {
  const unsigned char *bytes;
  /// All rows lie below the limit.
  long size, limit, documents, blocks;
  /// The code of the average length to which bounds refer; only where there are several blocks.
  int reference;
  /// The table's columns, and where the blocks begin.
  const unsigned char *last_rows, *offsets, *bounds, *blocks_start;
  /// A block before which none holds the rows that are asked for; the one that is decoded, or -1.
  long block, decoded;
  unsigned rows[FIRN_POSTING_BLOCK], frequencies[FIRN_POSTING_BLOCK];
  /// The largest saturation that each code of a bound stands for.
  float bound_of[256];
};
/// saturation = frequency / (frequency + base + slope · length); lengths are of 1, 2 or 4 bytes each.
struct firn_saturation { float base, slope; const void *lengths; long length_bytes; };

/// Opens an encoded list; 0 if it is damaged. Damage that this does not see is found when a block is
/// decoded, or makes other postings of them, whose rows lie below the limit all the same.
int firn_open_postings(struct firn_postings *p, const unsigned char *bytes, long size, long limit);
/// What bounds stand for: b / (b + factor (1 − b)) for b = code / 255.
void firn_set_posting_bounds(struct firn_postings *p, float factor);
/// Decodes a block; 0 if it is damaged.
int firn_decode_postings(struct firn_postings *p, long block);
/// For windows of 2^shift rows from row 0 on, up to the limit: upper bounds of the saturations in each,
/// and its first block; 0 where no row of the window holds the term. 0 if the list is damaged.
int firn_bound_windows(struct firn_postings *p, const struct firn_saturation *s, int shift,
                       float *bounds, int *blocks);
/// scores[row − first] += weight · saturation for rows first ..< end, of which p->block is the first
/// block; 0 if a block is damaged.
int firn_add_postings(struct firn_postings *p, const struct firn_saturation *s, float weight,
                      long first, long end, float *scores);
/// The same for some rows, in ascending order from p->block on, of which those stay whose scores reach
/// the cut: gives how many, or -1 if a block is damaged.
long firn_complete_postings(struct firn_postings *p, const struct firn_saturation *s, float weight,
                            float cut, unsigned *rows, float *scores, long count);
/// The term's frequency in a row, not before p->block, or 0, or -1 if the block is damaged.
long firn_find_posting(struct firn_postings *p, long row);
/// Rows first ..< first + count whose scores reach the cut, and these scores; gives how many, and
/// sets all scores to 0. Room for `count` of them.
long firn_collect_scores(float *scores, long count, float cut, long first, unsigned *rows,
                         float *found);

// bytes.c: vectors as two bytes for each element.

/// x ≈ scale / 256 · (256 coarse + fine) with scale = max |x| / 127 for each row; errors bound the
/// length of what coarse alone leaves out, scale / 256 · fine. A row that is not finite gets
/// not-a-number for its scale and its error.
void firn_split_rows(const float *x, long count, long width, float *scales, float *errors,
                     signed char *coarse, signed char *fine);
/// The vector that such a row stands for.
void firn_join_row(const signed char *coarse, const signed char *fine, float scale, long width,
                   float *x);

// optimizer.c

struct firn_adamw {
  float rate, beta1, beta2, epsilon, decay;
  /// 1 − β₁ᵗ and 1 − β₂ᵗ of this step t.
  float correction1, correction2;
};
void firn_adamw_step(float *x, const float *gradient, float *first, float *second, long count,
                     float gradient_scale, struct firn_adamw settings);

// memory.c

/// Makes malloc keep large freed blocks instead of returning them to the kernel.
void firn_keep_freed_memory(void);

#endif
