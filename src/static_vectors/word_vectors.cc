// Questions to word vectors.
#include <algorithm>
#include <cmath>

#include "base/cpu.h"
#include "base/error.h"
#include "base/printable.h"
#include "kernels/distance.h"
#include "kindred/static_vectors.h"
#include "static_vectors/read.h"
#include "static_vectors/word_space.h"
#include "static_vectors/word_splitter.h"

namespace kindred {

using static_vectors::Neighbour;
using static_vectors::StaticModel;

struct WordVectors::Impl {
  Impl(const std::string& path, const WordVectorOptions& options)
      : pool(options.threads > 0 ? options.threads : available_cores()),
        space(read(path, options, pool.threads()), pool) {}

  static std::shared_ptr<const StaticModel> read(const std::string& path,
                                                 const WordVectorOptions& options, int threads) {
    static_vectors::ReadOptions reading;
    reading.limit = options.limit;
    reading.threads = threads;
    return std::make_shared<StaticModel>(static_vectors::read_static_model(path, reading));
  }

  const StaticModel& model() const { return space.model(); }

  // The word's vector of length 1 to `out`. Errors: not_found.
  void unit_vector(std::string_view word, float* out) const {
    if (const auto id = model().vocabulary.find(word)) return space.unit_vector(*id, out);
    if (!model().vector_of(word, out)) refuse(word);
    const float square = kernels::dot(out, out, space.dimensions());
    if (square > 0.0F)
      for (std::size_t i = 0; i < space.dimensions(); ++i) out[i] /= std::sqrt(square);
  }

  [[noreturn]] void refuse(std::string_view word) const {
    std::string lower;
    static_vectors::to_lower(word, lower);
    const bool known = lower != word && model().vocabulary.find(lower);
    fail(ErrorKind::not_found, "{}: the word '{}' is not among its {} words{}", model().origin,
         printable(word), model().size(),
         known ? fmt::format("; '{}' is", printable(lower))
               : std::string(", and the file has no n-grams to make its vector from"));
  }

  std::vector<WordScore> named(const std::vector<Neighbour>& found) const {
    std::vector<WordScore> scores;
    scores.reserve(found.size());
    for (const Neighbour& n : found)
      scores.push_back({std::string(model().vocabulary.word(n.id)), n.score});
    return scores;
  }

  mutable ThreadPool pool;
  static_vectors::WordSpace space;
};

WordVectors::WordVectors(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
WordVectors::WordVectors(WordVectors&&) noexcept = default;
WordVectors& WordVectors::operator=(WordVectors&&) noexcept = default;
WordVectors::~WordVectors() = default;

WordVectors WordVectors::open(const std::string& path, const WordVectorOptions& options) {
  return WordVectors(std::make_unique<const Impl>(path, options));
}

std::size_t WordVectors::size() const {
  return impl_->space.size();
}

std::size_t WordVectors::dimensions() const {
  return impl_->space.dimensions();
}

const std::string& WordVectors::format() const {
  return impl_->model().format;
}

std::string_view WordVectors::word(std::uint32_t id) const {
  return impl_->model().vocabulary.word(id);
}

std::uint64_t WordVectors::count(std::uint32_t id) const {
  return impl_->model().vocabulary.count(id);
}

std::optional<std::uint32_t> WordVectors::find(std::string_view word) const {
  return impl_->model().vocabulary.find(word);
}

std::optional<std::vector<float>> WordVectors::vector_of(std::string_view word) const {
  if (const auto id = find(word)) return vector_of(*id);
  std::vector<float> values(dimensions());
  if (!impl_->model().vector_of(word, values.data())) return std::nullopt;
  return values;
}

std::vector<float> WordVectors::vector_of(std::uint32_t id) const {
  const float* values = impl_->space.vector(id);
  return {values, values + dimensions()};
}

std::vector<WordScore> WordVectors::nearest(const WordQuery& query) const {
  if (query.positive.empty())
    fail(ErrorKind::bad_input, "nothing is asked: give a word to be near to");
  const std::size_t d = dimensions();
  const std::size_t terms = query.positive.size() + query.negative.size();
  std::vector<float> units(terms * d);
  std::vector<std::uint32_t> asked;
  for (std::size_t t = 0; t < terms; ++t) {
    const bool positive = t < query.positive.size();
    const std::string& word =
        positive ? query.positive[t] : query.negative[t - query.positive.size()];
    impl_->unit_vector(word, units.data() + t * d);
    if (const auto id = find(word)) asked.push_back(*id);
  }
  if (query.combination == Combination::multiply)
    return impl_->named(impl_->space.nearest_by_product(units, query.positive.size(), query.k,
                                                        query.restrict, asked, impl_->pool));
  std::vector<float> mean(d);
  for (std::size_t t = 0; t < terms; ++t)
    for (std::size_t i = 0; i < d; ++i)
      mean[i] += t < query.positive.size() ? units[t * d + i] : -units[t * d + i];
  return impl_->named(
      impl_->space.nearest(mean.data(), query.k, query.restrict, asked, impl_->pool));
}

std::vector<WordScore> WordVectors::nearest(std::string_view word, std::size_t k) const {
  WordQuery query;
  query.positive.emplace_back(word);
  query.k = k;
  return nearest(query);
}

std::vector<WordScore> WordVectors::nearest(std::span<const float> vector, std::size_t k) const {
  if (vector.size() != dimensions())
    fail(ErrorKind::bad_input, "a vector of {} values, where the words have {}", vector.size(),
         dimensions());
  return impl_->named(impl_->space.nearest(vector.data(), k, 0, {}, impl_->pool));
}

std::vector<WordScore> WordVectors::analogy(const std::string& a, const std::string& b,
                                            const std::string& c, std::size_t k,
                                            Combination combination) const {
  return nearest({{b, c}, {a}, k, 0, combination});
}

std::vector<WordScore> WordVectors::odd_one_out(std::span<const std::string> words) const {
  const std::size_t d = dimensions();
  std::vector<float> units(words.size() * d);
  std::vector<float> mean(d);
  for (std::size_t w = 0; w < words.size(); ++w) {
    impl_->unit_vector(words[w], units.data() + w * d);
    for (std::size_t i = 0; i < d; ++i) mean[i] += units[w * d + i];
  }
  const float square = kernels::dot(mean.data(), mean.data(), d);
  const float scale = square > 0.0F ? 1.0F / std::sqrt(square) : 0.0F;
  std::vector<WordScore> scores;
  for (std::size_t w = 0; w < words.size(); ++w)
    scores.push_back({words[w], kernels::dot(units.data() + w * d, mean.data(), d) * scale});
  std::stable_sort(scores.begin(), scores.end(),
                   [](const WordScore& a, const WordScore& b) { return a.score < b.score; });
  return scores;
}

float WordVectors::similarity(std::string_view a, std::string_view b) const {
  const std::size_t d = dimensions();
  std::vector<float> units(2 * d);
  impl_->unit_vector(a, units.data());
  impl_->unit_vector(b, units.data() + d);
  return kernels::dot(units.data(), units.data() + d, d);
}

}  // namespace kindred
