// One part of an attention over the `Lanes` of the including file: softmax(scale · q·kᵀ)·v by
// blocks of keys with a running maximum and sum (as in FlashAttention, Dao et al. 2022). Internal.
#pragma once

#include "kernels/attention_isa.h"

namespace kindred::kernels {
namespace {

using Vector = Lanes::Vector;
constexpr std::size_t kWidth = Lanes::kWidth;

/// Stands for minus infinity, so that differences of two of them are no NaN; its exponential is 0.
constexpr float kHidden = -1e30F;

inline std::size_t round_up(std::size_t n) {
  return (n + kWidth - 1) / kWidth * kWidth;
}
inline std::size_t smaller(std::size_t a, std::size_t b) {
  return a < b ? a : b;
}
inline std::size_t larger(std::size_t a, std::size_t b) {
  return a < b ? b : a;
}

/// A block's keys as head_dim rows of `stride` columns, zero behind the last key.
inline void transpose_keys(const float* k, std::size_t ld, std::size_t keys, std::size_t head_dim,
                           float* out, std::size_t stride) {
  std::size_t j = 0;
  for (; j < keys; j += Lanes::kTranspose) {
    const std::size_t rows = smaller(Lanes::kTranspose, keys - j);
    std::size_t d = 0;
    if (rows == Lanes::kTranspose) {
      for (; d + Lanes::kTranspose <= head_dim; d += Lanes::kTranspose)
        Lanes::transpose(k + j * ld + d, ld, out + d * stride + j, stride);
    }
    for (; d < head_dim; ++d)
      for (std::size_t r = 0; r < Lanes::kTranspose; ++r)
        out[d * stride + j + r] = r < rows ? k[(j + r) * ld + d] : 0.0F;
  }
  for (; j < stride; j += Lanes::kTranspose)
    for (std::size_t d = 0; d < head_dim; ++d)
      for (std::size_t r = 0; r < Lanes::kTranspose; ++r) out[d * stride + j + r] = 0.0F;
}

/// A block's values as rows of `stride` columns, zero behind head_dim.
inline void copy_values(const float* v, std::size_t ld, std::size_t keys, std::size_t head_dim,
                        float* out, std::size_t stride) {
  for (std::size_t j = 0; j < keys; ++j) {
    std::size_t d = 0;
    for (; d + kWidth <= head_dim; d += kWidth)
      Lanes::store(out + j * stride + d, Lanes::load(v + j * ld + d));
    if (d < head_dim)
      Lanes::store(out + j * stride + d, Lanes::load_first(v + j * ld + d, head_dim - d));
  }
}

/// Scores of kRows queries and kColumns registers of keys.
template <int kRows, int kColumns>
void score_tile(const float* q, std::size_t ldq, const float* keys, std::size_t stride,
                std::size_t head_dim, float scale, float* scores) {
  Vector acc[kRows][kColumns];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 8
    for (int c = 0; c < kColumns; ++c) acc[r][c] = Lanes::zero();
  for (std::size_t d = 0; d < head_dim; ++d) {
    Vector column[kColumns];
#pragma GCC unroll 8
    for (int c = 0; c < kColumns; ++c) column[c] = Lanes::load(keys + d * stride + c * kWidth);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      const Vector x = Lanes::broadcast(q + r * ldq + d);
#pragma GCC unroll 8
      for (int c = 0; c < kColumns; ++c) acc[r][c] = Lanes::fma(x, column[c], acc[r][c]);
    }
  }
  const Vector s = Lanes::set(scale);
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 8
    for (int c = 0; c < kColumns; ++c)
      Lanes::store(scores + r * kKeyBlock + c * kWidth, Lanes::mul(acc[r][c], s));
}

template <int kRows>
void score_rows(const float* q, std::size_t ldq, const float* keys, std::size_t stride,
                std::size_t begin, std::size_t end, std::size_t head_dim, float scale,
                float* scores) {
  std::size_t j = begin;
  for (; j + 3 * kWidth <= end; j += 3 * kWidth)
    score_tile<kRows, 3>(q, ldq, keys + j, stride, head_dim, scale, scores + j);
  if (j + 2 * kWidth <= end) {
    score_tile<kRows, 2>(q, ldq, keys + j, stride, head_dim, scale, scores + j);
  } else if (j < end) {
    score_tile<kRows, 1>(q, ldq, keys + j, stride, head_dim, scale, scores + j);
  }
}

/// scores = scale · q·kᵀ for `rows` queries and the keys [begin, end), both whole registers.
inline void score(const float* q, std::size_t ldq, std::size_t rows, const float* keys,
                  std::size_t stride, std::size_t begin, std::size_t end, std::size_t head_dim,
                  float scale, float* scores) {
  std::size_t r = 0;
  for (; r + 4 <= rows; r += 4)
    score_rows<4>(q + r * ldq, ldq, keys, stride, begin, end, head_dim, scale,
                  scores + r * kKeyBlock);
  q += r * ldq;
  scores += r * kKeyBlock;
  switch (rows - r) {
    case 3:
      return score_rows<3>(q, ldq, keys, stride, begin, end, head_dim, scale, scores);
    case 2:
      return score_rows<2>(q, ldq, keys, stride, begin, end, head_dim, scale, scores);
    case 1:
      return score_rows<1>(q, ldq, keys, stride, begin, end, head_dim, scale, scores);
    default:
      return;
  }
}

/// How a tile's block of weighted values joins the output rows.
struct Joining {
  const float*
      earlier;         ///< a row each: what the earlier blocks' output is multiplied by; null: none
  const float* final;  ///< a row each: multiplies the result; null: later blocks follow
};

/// out = (earlier · out + weights·values) · final for kRows queries and kColumns registers, of
/// which the last has `last` valid lanes.
template <int kRows, int kColumns>
void value_tile(const float* weights, const float* values, std::size_t stride, std::size_t begin,
                std::size_t end, const Joining& joining, float* out, std::size_t ldo,
                std::size_t last) {
  Vector acc[kRows][kColumns];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 8
    for (int c = 0; c < kColumns; ++c) acc[r][c] = Lanes::zero();
  for (std::size_t j = begin; j < end; ++j) {
    Vector column[kColumns];
#pragma GCC unroll 8
    for (int c = 0; c < kColumns; ++c) column[c] = Lanes::load(values + j * stride + c * kWidth);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r) {
      const Vector x = Lanes::broadcast(weights + r * kKeyBlock + j);
#pragma GCC unroll 8
      for (int c = 0; c < kColumns; ++c) acc[r][c] = Lanes::fma(x, column[c], acc[r][c]);
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r) {
#pragma GCC unroll 8
    for (int c = 0; c < kColumns; ++c) {
      float* o = out + r * ldo + c * kWidth;
      const std::size_t lanes = c + 1 == kColumns ? last : kWidth;
      Vector result = acc[r][c];
      if (joining.earlier != nullptr)
        result =
            Lanes::fma(Lanes::broadcast(joining.earlier + r), Lanes::load_first(o, lanes), result);
      if (joining.final != nullptr)
        result = Lanes::mul(result, Lanes::broadcast(joining.final + r));
      if (lanes == kWidth) {
        Lanes::store(o, result);
      } else {
        Lanes::store_first(o, result, lanes);
      }
    }
  }
}

template <int kRows>
void value_rows(const float* weights, const float* values, std::size_t stride, std::size_t begin,
                std::size_t end, std::size_t head_dim, const Joining& joining, float* out,
                std::size_t ldo) {
  std::size_t d = 0;
  for (; d + 4 * kWidth < head_dim; d += 4 * kWidth)
    value_tile<kRows, 4>(weights, values + d, stride, begin, end, joining, out + d, ldo, kWidth);
  const std::size_t registers = (head_dim - d + kWidth - 1) / kWidth;
  const std::size_t last = head_dim - d - (registers - 1) * kWidth;
  switch (registers) {
    case 4:
      return value_tile<kRows, 4>(weights, values + d, stride, begin, end, joining, out + d, ldo,
                                  last);
    case 3:
      return value_tile<kRows, 3>(weights, values + d, stride, begin, end, joining, out + d, ldo,
                                  last);
    case 2:
      return value_tile<kRows, 2>(weights, values + d, stride, begin, end, joining, out + d, ldo,
                                  last);
    default:
      return value_tile<kRows, 1>(weights, values + d, stride, begin, end, joining, out + d, ldo,
                                  last);
  }
}

inline void weigh_values(const float* weights, std::size_t rows, const float* values,
                         std::size_t stride, std::size_t begin, std::size_t end,
                         std::size_t head_dim, Joining joining, float* out, std::size_t ldo) {
  for (std::size_t r = 0; r < rows; r += 3) {
    switch (rows - r) {
      case 1:
        value_rows<1>(weights, values, stride, begin, end, head_dim, joining, out, ldo);
        break;
      case 2:
        value_rows<2>(weights, values, stride, begin, end, head_dim, joining, out, ldo);
        break;
      default:
        value_rows<3>(weights, values, stride, begin, end, head_dim, joining, out, ldo);
    }
    weights += 3 * kKeyBlock;
    out += 3 * ldo;
    if (joining.earlier != nullptr) joining.earlier += 3;
    if (joining.final != nullptr) joining.final += 3;
  }
}

/// Soft cap and relative bias of one row of scores; `bias` is the bias of the row's key 0.
inline void adjust_scores(float* scores, std::size_t begin, std::size_t end, float softcap,
                          const float* bias) {
  const Vector cap = Lanes::set(softcap);
  for (std::size_t j = begin; j < end; j += kWidth) {
    Vector s = Lanes::load(scores + j);
    if (softcap > 0.0F) s = Lanes::mul(cap, Lanes::tanh(Lanes::div(s, cap)));
    if (bias != nullptr) s = Lanes::add(s, Lanes::load_first(bias + j, smaller(kWidth, end - j)));
    Lanes::store(scores + j, s);
  }
}

struct RowState {
  float maximum;
  float sum;
  float earlier;  ///< what sums and outputs of earlier blocks are multiplied by
};

/// Turns the scores [begin, end) of one row, of which [first, limit) are visible, into
/// exp(score - maximum) and brings the running state up to date. `begin` is a whole register; zeros
/// follow up to the next.
inline RowState exponentiate(float* scores, std::size_t begin, std::size_t end, std::size_t first,
                             std::size_t limit, float old_maximum, float old_sum) {
  const std::size_t padded = round_up(end);
  if (first >= limit) {
    for (std::size_t j = begin; j < padded; j += kWidth) Lanes::store(scores + j, Lanes::zero());
    return {old_maximum, old_sum, 1.0F};
  }
  for (std::size_t j = begin; j < first; ++j) scores[j] = kHidden;
  for (std::size_t j = limit; j < padded; ++j) scores[j] = kHidden;
  Vector m = Lanes::set(old_maximum);
  for (std::size_t j = begin; j < padded; j += kWidth) m = Lanes::max(m, Lanes::load(scores + j));
  const float maximum = Lanes::maximum(m);
  m = Lanes::set(maximum);
  Vector total = Lanes::zero();
  for (std::size_t j = begin; j < padded; j += kWidth) {
    const Vector e = Lanes::exp(Lanes::sub(Lanes::load(scores + j), m));
    Lanes::store(scores + j, e);
    total = Lanes::add(total, e);
  }
  if (old_sum == 0.0F) return {maximum, Lanes::sum(total), 0.0F};
  alignas(64) float earlier[kWidth];
  Lanes::store(earlier, Lanes::exp(Lanes::sub(Lanes::set(old_maximum), m)));
  return {maximum, old_sum * earlier[0] + Lanes::sum(total), earlier[0]};
}

/// A block of keys and values as packed into the scratch.
struct Block {
  std::size_t begin, end;  ///< key positions in the sequence
  std::size_t key_stride, value_stride;
};

/// One tile of queries of one head against one block.
inline void attend_tile(const AttentionPart& p, const AttentionScratch& s, const Block& block,
                        std::size_t head, std::size_t tile, std::size_t rows) {
  // The keys that any row of the tile sees: the ranges' bounds never fall from query to query.
  const std::size_t tile_begin = p.begin[tile];
  const std::size_t tile_end = p.end[tile + rows - 1];
  if (tile_begin >= block.end || tile_end <= block.begin) return;
  const std::size_t visible = larger(tile_begin, block.begin) - block.begin;
  const std::size_t begin = visible / kWidth * kWidth;
  const std::size_t end = smaller(tile_end, block.end) - block.begin;
  score(p.q + tile * p.ld + head * p.head_dim, p.ld, rows, s.keys, block.key_stride, begin,
        round_up(end), p.head_dim, p.scale, s.scores);

  float earlier[kQueryTile], final[kQueryTile];
  for (std::size_t r = 0; r < rows; ++r) {
    float* scores = s.scores + r * kKeyBlock;
    const std::size_t i = tile + r;
    if (p.softcap > 0.0F || p.relative_bias != nullptr) {
      const float* bias = nullptr;
      if (p.relative_bias != nullptr)
        bias = p.relative_bias +
               static_cast<std::ptrdiff_t>(head * p.relative_stride + block.begin) -
               static_cast<std::ptrdiff_t>(p.first_query + i);
      adjust_scores(scores, begin, end, p.softcap, bias);
    }
    const std::size_t first = larger(p.begin[i], block.begin + begin) - block.begin;
    const std::size_t limit = larger(smaller(p.end[i], block.end), block.begin) - block.begin;
    float& maximum = s.maximum[head * p.queries + i];
    float& sum = s.sum[head * p.queries + i];
    const RowState state = exponentiate(scores, begin, end, first, limit, maximum, sum);
    maximum = state.maximum;
    sum = state.sum;
    earlier[r] = state.earlier;
    final[r] = 1.0F / state.sum;
  }
  const Joining joining{tile_begin < block.begin ? earlier : nullptr,
                        tile_end <= block.end ? final : nullptr};
  weigh_values(s.scores, rows, s.values, block.value_stride, begin, end, p.head_dim, joining,
               p.out + tile * p.ldo + head * p.head_dim, p.ldo);
}

inline void attend_lanes(const AttentionPart& p, const AttentionScratch& s) {
  for (std::size_t i = 0; i < p.group * p.queries; ++i) {
    s.maximum[i] = kHidden;
    s.sum[i] = 0.0F;
  }
  const std::size_t keys_end = p.end[p.queries - 1];
  Block block{p.begin[0] / kKeyBlock * kKeyBlock, 0, 0, round_up(p.head_dim)};
  for (; block.begin < keys_end; block.begin += kKeyBlock) {
    block.end = smaller(block.begin + kKeyBlock, keys_end);
    const std::size_t keys = block.end - block.begin;
    block.key_stride = round_up(keys);
    transpose_keys(p.k + block.begin * p.ld, p.ld, keys, p.head_dim, s.keys, block.key_stride);
    copy_values(p.v + block.begin * p.ld, p.ld, keys, p.head_dim, s.values, block.value_stride);
    for (std::size_t head = 0; head < p.group; ++head)
      for (std::size_t tile = 0; tile < p.queries; tile += kQueryTile)
        attend_tile(p, s, block, head, tile, smaller(kQueryTile, p.queries - tile));
  }
}

}  // namespace
}  // namespace kindred::kernels
