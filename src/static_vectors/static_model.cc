#include "static_vectors/static_model.h"

#include <algorithm>

#include "kernels/row_sum.h"

namespace kindred::static_vectors {
namespace {

void mean_of_rows(const RowTable& table, const std::vector<std::uint32_t>& rows, float* out) {
  if (const float* values = table.floats()) {
    kernels::row_sum(values, table.columns(), rows.data(), nullptr, rows.size(), out);
  } else {
    std::fill_n(out, table.columns(), 0.0F);
    for (const std::uint32_t row : rows) table.add_row(row, 1.0F, out);
  }
  if (rows.size() < 2) return;
  const float share = 1.0F / static_cast<float>(rows.size());
  for (std::size_t i = 0; i < table.columns(); ++i) out[i] *= share;
}

}  // namespace

void StaticModel::append_rows(std::string_view word, std::vector<std::uint32_t>& rows) const {
  if (const auto id = vocabulary.find(word)) rows.push_back(*id);
  if (!subwords) return;
  const std::size_t begin = rows.size();
  append_subwords(word, *subwords, rows);
  const auto words = static_cast<std::uint32_t>(vocabulary.size());
  if (!kept_buckets) {
    for (std::size_t i = begin; i < rows.size(); ++i) rows[i] += words;
    return;
  }
  std::size_t kept = begin;
  for (std::size_t i = begin; i < rows.size(); ++i)
    if (const auto row = bucket_row(rows[i])) rows[kept++] = words + *row;
  rows.resize(kept);
}

std::optional<std::uint32_t> StaticModel::bucket_row(std::uint32_t bucket) const {
  if (!kept_buckets) return bucket;
  const auto at = std::lower_bound(kept_buckets->begin(), kept_buckets->end(),
                                   std::pair{bucket, std::uint32_t{0}});
  if (at == kept_buckets->end() || at->first != bucket) return std::nullopt;
  return at->second;
}

bool StaticModel::vector_of(std::string_view word, float* out) const {
  thread_local std::vector<std::uint32_t> rows;
  rows.clear();
  append_rows(word, rows);
  mean_of_rows(*input, rows, out);
  return !rows.empty();
}

void StaticModel::vector_of(std::uint32_t id, float* out) const {
  if (subwords)
    vector_of(vocabulary.word(id), out);
  else
    input->read_row(id, out);
}

}  // namespace kindred::static_vectors
