// Cutting an attention into parts, choice of instruction set, its proof, and the scalar reference.
#include "kernels/attention.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <new>
#include <vector>

#include "base/error.h"
#include "kernels/all_variants.h"
#include "kernels/proof_data.h"

namespace kindred::kernels {
namespace {

/// A run of at most kPartQueries queries of one sequence.
struct Run {
  std::uint32_t sequence;
  std::uint32_t first_query;
  std::uint32_t queries;
};

/// Below this many multiplications a job costs more to hand out than to do.
constexpr double kWorthThreads = 100'000.0;

class Scratch {
 public:
  /// Grows to what a part needs and lays it out.
  AttentionScratch layout(std::size_t head_dim, std::size_t rows) {
    const std::size_t padded = (head_dim + kLaneRound - 1) / kLaneRound * kLaneRound;
    const std::size_t keys = head_dim * kKeyBlock;
    const std::size_t values = kKeyBlock * padded;
    const std::size_t scores = kQueryTile * kKeyBlock;
    const std::size_t states = (rows + kLaneRound - 1) / kLaneRound * kLaneRound;
    const std::size_t needed = keys + values + scores + 2 * states;
    if (floats_.size() < needed + kLaneRound) floats_.resize(needed + kLaneRound);
    void* start = floats_.data();
    std::size_t space = floats_.size() * sizeof(float);
    float* p = static_cast<float*>(std::align(64, needed * sizeof(float), start, space));
    return {p, p + keys, p + keys + values, p + keys + values + scores,
            p + keys + values + scores + states};
  }

  std::vector<std::uint32_t> begin, end;

 private:
  std::vector<float> floats_;
};

Scratch& thread_scratch() {
  thread_local Scratch scratch;
  return scratch;
}

std::size_t clamped_begin(std::size_t query, std::uint32_t left) {
  return left >= query ? 0 : query - left;
}

std::size_t clamped_end(std::size_t query, std::uint32_t right, std::size_t limit) {
  return right >= limit - query ? limit : query + right + 1;
}

/// Both reaches hold the query itself, so their union is one range.
void visible_keys(const AttentionInput& in, const Run& run, Scratch& scratch) {
  const std::size_t length = in.offsets[run.sequence + 1] - in.offsets[run.sequence];
  const std::size_t prefix =
      in.prefix.empty() ? 0 : std::min<std::size_t>(in.prefix[run.sequence], length);
  scratch.begin.resize(run.queries);
  scratch.end.resize(run.queries);
  for (std::size_t i = 0; i < run.queries; ++i) {
    const std::size_t query = run.first_query + i;
    std::size_t begin = clamped_begin(query, in.reach.left);
    std::size_t end = clamped_end(query, in.reach.right, length);
    if (query < prefix) {
      begin = std::min(begin, clamped_begin(query, in.prefix_reach.left));
      end = std::max(end, clamped_end(query, in.prefix_reach.right, prefix));
    }
    scratch.begin[i] = static_cast<std::uint32_t>(begin);
    scratch.end[i] = static_cast<std::uint32_t>(end);
  }
}

float dot_plain(const float* a, const float* b, std::size_t n) {
  float sum = 0.0F;
  for (std::size_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

void attend_scalar(const AttentionPart& p, const AttentionScratch& /*scratch*/) {
  thread_local std::vector<float> scores;
  for (std::size_t g = 0; g < p.group; ++g) {
    for (std::size_t i = 0; i < p.queries; ++i) {
      const float* q = p.q + i * p.ld + g * p.head_dim;
      float* out = p.out + i * p.ldo + g * p.head_dim;
      const std::size_t begin = p.begin[i], end = p.end[i];
      scores.resize(end - begin);
      float maximum = -std::numeric_limits<float>::infinity();
      for (std::size_t j = begin; j < end; ++j) {
        float s = p.scale * dot_plain(q, p.k + j * p.ld, p.head_dim);
        if (p.softcap > 0.0F) s = p.softcap * std::tanh(s / p.softcap);
        if (p.relative_bias != nullptr) {
          const auto distance =
              static_cast<std::ptrdiff_t>(j) - static_cast<std::ptrdiff_t>(p.first_query + i);
          s += p.relative_bias[static_cast<std::ptrdiff_t>(g * p.relative_stride) + distance];
        }
        scores[j - begin] = s;
        maximum = std::max(maximum, s);
      }
      float sum = 0.0F;
      for (float& s : scores) sum += s = std::exp(s - maximum);
      std::fill(out, out + p.head_dim, 0.0F);
      for (std::size_t j = begin; j < end; ++j)
        for (std::size_t d = 0; d < p.head_dim; ++d)
          out[d] += scores[j - begin] / sum * p.v[j * p.ld + d];
    }
  }
}

void attend(const AttentionInput& in, const Run& run, std::size_t kv_head, float* out,
            std::size_t ldo, AttendFunction attend_part) {
  Scratch& scratch = thread_scratch();
  visible_keys(in, run, scratch);
  const std::size_t group = in.heads / in.kv_heads;
  const std::size_t start = in.offsets[run.sequence];
  const std::size_t query_row = start + run.first_query;
  const std::size_t query_column = kv_head * group * in.head_dim;
  const std::size_t stride = in.relative_bias == nullptr ? 0 : 2 * in.relative_span - 1;
  const AttentionPart part{
      .q = in.q + query_row * in.ld + query_column,
      .k = in.k + start * in.ld + kv_head * in.head_dim,
      .v = in.v + start * in.ld + kv_head * in.head_dim,
      .ld = in.ld,
      .out = out + query_row * ldo + query_column,
      .ldo = ldo,
      .head_dim = in.head_dim,
      .group = group,
      .first_query = run.first_query,
      .queries = run.queries,
      .begin = scratch.begin.data(),
      .end = scratch.end.data(),
      .scale = in.scale,
      .softcap = in.softcap,
      .relative_bias = in.relative_bias == nullptr
                           ? nullptr
                           : in.relative_bias + kv_head * group * stride + in.relative_span - 1,
      .relative_stride = stride,
  };
  attend_part(part, scratch.layout(in.head_dim, group * run.queries));
}

// The last queries of a sequence that takes more than one block of keys, two query heads a key
// head, plainly and with all that scores can be changed by.
bool is_right(AttendFunction candidate) {
  constexpr std::size_t kTokens = kKeyBlock + 9, kDim = 20, kGroup = 2, kWidth = kGroup * kDim;
  constexpr Run kRun{0, kTokens - 7, 7};
  const std::vector<float> qkv = proof_values(kTokens * (kWidth + 2 * kDim), 1);
  const std::vector<float> bias = proof_values(kGroup * (2 * kTokens - 1), 2);
  const std::uint32_t offsets[] = {0, kTokens};
  AttentionInput in;
  in.q = qkv.data();
  in.k = in.q + kWidth;
  in.v = in.k + kDim;
  in.ld = kWidth + 2 * kDim;
  in.heads = kGroup;
  in.kv_heads = 1;
  in.head_dim = kDim;
  in.offsets = offsets;
  in.scale = 0.5F;
  for (const bool changed : {false, true}) {
    if (changed) {
      in.reach = {kTokens / 2, 0};
      in.softcap = 2.0F;
      in.relative_bias = bias.data();
      in.relative_span = kTokens;
    }
    std::vector<float> found(kTokens * kWidth), expected(found);
    attend(in, kRun, 0, found.data(), kWidth, candidate);
    attend(in, kRun, 0, expected.data(), kWidth, attend_scalar);
    if (!all_near(found, expected, 1e-4F)) return false;
  }
  return true;
}

}  // namespace

constinit const Variants<AttendFunction> kAttentionVariants("attention", is_right, attend_scalar,
                                                            attend_avx2, attend_avx512);

void attention(const AttentionInput& in, float* out, std::size_t ldo, ThreadPool& pool, Isa isa) {
  require(in.kv_heads > 0 && in.heads % in.kv_heads == 0, "attention: heads per key head");
  thread_local std::vector<Run> runs_of_thread;
  std::vector<Run>& runs = runs_of_thread;
  runs.clear();
  double work = 0.0;
  for (std::size_t b = 0; b + 1 < in.offsets.size(); ++b) {
    const std::size_t length = in.offsets[b + 1] - in.offsets[b];
    for (std::size_t first = 0; first < length; first += kPartQueries)
      runs.push_back({static_cast<std::uint32_t>(b), static_cast<std::uint32_t>(first),
                      static_cast<std::uint32_t>(std::min(kPartQueries, length - first))});
    work += static_cast<double>(length) * static_cast<double>(length);
  }
  work *= static_cast<double>(in.heads * in.head_dim);
  const AttendFunction attend_part = kAttentionVariants.choose(isa);
  const auto part = [&](std::size_t index, int) {
    attend(in, runs[index / in.kv_heads], index % in.kv_heads, out, ldo, attend_part);
  };
  const std::size_t parts = runs.size() * in.kv_heads;
  if (pool.threads() > 1 && work > kWorthThreads) {
    pool.run(parts, std::ref(part));
  } else {
    for (std::size_t i = 0; i < parts; ++i) part(i, 0);
  }
}

}  // namespace kindred::kernels
