// Smaller models: fewer words, no n-grams. Tested by prune_test.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "static_vectors/row_table.h"
#include "static_vectors/static_model.h"

namespace kindred::static_vectors {

/// The model of the words of `ids`, in their order, each at most once; with their n-grams, labels
/// and, where each word has a row of it, output. Words that went get the vectors of their n-grams
/// alone, where the model has n-grams. Errors: bad_input for no words; internal for unknown ids.
StaticModel keep_words(const StaticModel& model, std::span<const std::uint32_t> ids);

/// Each word's vector as it is by word and n-grams, and nothing else: no n-grams, output, labels or
/// facts of training.
StaticModel without_ngrams(const StaticModel& model);

/// The rows of a table in another order, as compact as they were.
std::shared_ptr<const RowTable> select_rows(const RowTable& table,
                                            std::span<const std::uint32_t> rows);

}  // namespace kindred::static_vectors
