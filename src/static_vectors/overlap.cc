#include "static_vectors/overlap.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace kindred::static_vectors {
namespace {

// The space of some words alone, in the order given.
WordSpace part_of(const WordSpace& space, const std::vector<std::uint32_t>& ids, ThreadPool& pool) {
  const std::size_t d = space.dimensions();
  auto part = std::make_shared<StaticModel>();
  part->origin = space.model().origin;
  part->vocabulary.reserve(ids.size());
  std::vector<float> values(ids.size() * d);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    part->vocabulary.add(space.model().vocabulary.word(ids[i]));
    std::copy_n(space.vector(ids[i]), d, values.data() + i * d);
  }
  part->input = std::make_shared<FloatTable>(ids.size(), d, std::move(values));
  return {std::move(part), pool};
}

std::size_t shared_words(const std::vector<Neighbour>& a, const std::vector<Neighbour>& b) {
  return static_cast<std::size_t>(std::count_if(a.begin(), a.end(), [&](const Neighbour& n) {
    return std::any_of(b.begin(), b.end(), [&](const Neighbour& m) { return m.id == n.id; });
  }));
}

}  // namespace

OverlapResult neighbour_overlap(const WordSpace& a, const WordSpace& b,
                                const OverlapOptions& options, ThreadPool& pool) {
  std::vector<std::uint32_t> in_a;
  std::vector<std::uint32_t> in_b;
  const std::size_t limit = options.restrict == 0 ? a.size() : std::min(options.restrict, a.size());
  for (std::uint32_t id = 0; id < limit; ++id) {
    const auto other = b.model().vocabulary.find(a.model().vocabulary.word(id));
    if (!other) continue;
    in_a.push_back(id);
    in_b.push_back(*other);
  }
  OverlapResult result;
  result.common = in_a.size();
  if (result.common < 2 || options.k == 0)
    fail(ErrorKind::bad_input,
         "{} and {} have {} words in common: too few for neighbours; is one in another language or "
         "spelling?",
         a.model().origin, b.model().origin, result.common);
  result.words = options.words == 0 ? result.common : std::min(options.words, result.common);
  result.k = std::min(options.k, result.common - 1);
  std::vector<std::uint32_t> asked(result.words);
  std::iota(asked.begin(), asked.end(), 0U);
  const auto of_a = part_of(a, in_a, pool).nearest_of(asked, result.k, pool);
  const auto of_b = part_of(b, in_b, pool).nearest_of(asked, result.k, pool);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto shared = static_cast<double>(shared_words(of_a[i], of_b[i]));
    const auto k = static_cast<double>(result.k);
    result.overlap += shared / k / static_cast<double>(result.words);
    result.jaccard += shared / (2.0 * k - shared) / static_cast<double>(result.words);
  }
  return result;
}

}  // namespace kindred::static_vectors
