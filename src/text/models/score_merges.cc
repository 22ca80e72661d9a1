#include "text/models/score_merges.h"

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <unordered_map>

#include "text/models/utf8.h"

namespace kindred::text {
namespace {

struct Candidate {
  float score;
  std::uint32_t left_characters;
  std::uint32_t right_characters;
  std::uint32_t left;  // index of the piece
  std::uint32_t right;
};

}  // namespace

std::vector<MergePair> merges_from_scores(std::span<const std::string_view> pieces,
                                          std::span<const float> scores,
                                          const std::vector<bool>& takes_part) {
  std::unordered_map<std::string_view, std::uint32_t> ids;
  ids.reserve(pieces.size());
  for (std::uint32_t i = 0; i < pieces.size(); ++i) {
    if (takes_part[i]) ids[pieces[i]] = i;
  }
  std::vector<Candidate> candidates;
  for (std::uint32_t i = 0; i < pieces.size(); ++i) {
    if (!takes_part[i]) continue;
    const std::string_view piece = pieces[i];
    const auto characters = static_cast<std::uint32_t>(count_characters(piece));
    const auto first = static_cast<std::ptrdiff_t>(candidates.size());
    std::uint32_t left_characters = 0;
    for (std::size_t cut = 0; cut < piece.size(); ++left_characters) {
      if (cut > 0) {
        const auto left = ids.find(piece.substr(0, cut));
        const auto right = left == ids.end() ? left : ids.find(piece.substr(cut));
        if (right != ids.end())
          candidates.push_back({scores[i], left_characters, characters - left_characters,
                                left->second, right->second});
      }
      cut += character_bytes(piece, cut);
    }
    std::sort(candidates.begin() + first, candidates.end(),
              [](const Candidate& a, const Candidate& b) {
                return std::tie(a.left, a.right) < std::tie(b.left, b.right);
              });
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) {
                     return std::tie(a.score, a.left_characters, a.right_characters) >
                            std::tie(b.score, b.left_characters, b.right_characters);
                   });
  std::vector<MergePair> merges;
  merges.reserve(candidates.size());
  for (const Candidate& candidate : candidates)
    merges.emplace_back(pieces[candidate.left], pieces[candidate.right]);
  return merges;
}

}  // namespace kindred::text
