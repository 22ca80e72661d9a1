// The words of `kindred tokens` beside what word vectors, which know no context, say of them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "encode/marked_text.h"
#include "kindred/encoder.h"
#include "kindred/static_vectors.h"

namespace kindred::cli {

/// What one place of a word is compared with.
struct StaticView {
  std::string word;                ///< as the word vectors have it
  std::vector<float> vector;       ///< the one vector
  std::vector<WordScore> nearest;  ///< words nearest to it, whatever the context
  std::vector<WordScore> here;     ///< of the nearest kCandidates, those that this place draws
};

/// Words nearest to the static vector that are asked for each place.
inline constexpr std::size_t kCandidates = 50;

/// For each marked word its view, of `k` words each. A candidate's contextual vector is that of the
/// word as a text of its own; it is listed for the places whose contextual vectors (`contextual`,
/// one a text) it is nearer to than to the average place, by that difference of cosines; with one
/// place alone, by the cosine. Errors: not_found for a word without a vector.
std::vector<StaticView> static_views(const std::string& path,
                                     const std::vector<encode::MarkedText>& texts,
                                     const std::vector<std::vector<float>>& contextual,
                                     const Encoder& encoder, const EncodeOptions& options,
                                     std::size_t k, int threads);

void print_views(const std::vector<StaticView>& views);
nlohmann::ordered_json to_json(const std::vector<StaticView>& views);

}  // namespace kindred::cli
