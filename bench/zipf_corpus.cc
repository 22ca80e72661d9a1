// zipf_corpus WORDS TYPES SEED OUT.txt: a stream of words with Zipf's frequencies and with topics,
// one sentence a line, for measuring the training of word vectors.
//
// The probability of the type of rank r is exactly proportional to 1 / r. The hundred most frequent
// types stand anywhere, as function words do. The others belong to topics of about 125 types, and
// 32 topics make a field: a sentence has a topic, and a content word comes from it (half of the
// time), from its field (a quarter) or from anywhere. Topics are drawn in proportion to the mass of
// their types, so that the mixture leaves every type's frequency as it is, and a model that
// predicts neighbours finds two levels of structure to learn.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "io/atomic_file.h"

namespace {

using kindred::Random;

constexpr std::size_t kFunctionWords = 100;
constexpr std::size_t kTopicTypes = 125;
constexpr std::size_t kFieldTopics = 32;
constexpr double kFromTopic = 0.5, kFromField = 0.25;
constexpr std::size_t kShortest = 10, kLongest = 30;  // of a sentence, in words

/// Draws positions in proportion to their weights in constant time (Vose's alias method).
class Alias {
 public:
  explicit Alias(std::span<const double> weights)
      : share_(weights.size(), 1.0), other_(weights.size()) {
    for (const double weight : weights) mass_ += weight;
    std::vector<std::uint32_t> small, large;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      share_[i] = weights[i] * static_cast<double>(weights.size()) / mass_;
      (share_[i] < 1.0 ? small : large).push_back(static_cast<std::uint32_t>(i));
    }
    while (!small.empty() && !large.empty()) {
      const std::uint32_t low = small.back(), high = large.back();
      small.pop_back();
      other_[low] = high;
      share_[high] -= 1.0 - share_[low];
      if (share_[high] < 1.0) {
        large.pop_back();
        small.push_back(high);
      }
    }
    // What rounding has left over is full.
    for (const auto& rest : {small, large})
      for (const std::uint32_t i : rest) share_[i] = 1.0;
  }
  double mass() const { return mass_; }

  std::size_t draw(Random& random) const {
    const double u = random.uniform() * static_cast<double>(share_.size());
    const auto i = std::min(static_cast<std::size_t>(u), share_.size() - 1);
    return u - static_cast<double>(i) < share_[i] ? i : other_[i];
  }

 private:
  double mass_ = 0.0;
  std::vector<double> share_;
  std::vector<std::uint32_t> other_;
};

/// The stream's distribution; types are numbered by rank, from 0.
class Stream {
 public:
  Stream(std::size_t types, std::uint64_t seed)
      : functions_(weights_of(0, kFunctionWords)),
        content_(weights_of(kFunctionWords, types)),
        order_(types - kFunctionWords),
        function_share_(functions_.mass() / (functions_.mass() + content_.mass())) {
    for (std::size_t i = 0; i < order_.size(); ++i)
      order_[i] = static_cast<std::uint32_t>(kFunctionWords + i);
    Random(seed).split(1).shuffle(std::span(order_));
    std::vector<double> masses;
    divide(kTopicTypes, topics_, &masses);
    divide(kTopicTypes * kFieldTopics, fields_, nullptr);
    topic_ = Alias(masses);
  }

  /// Appends the ranks of a sentence.
  void sentence(Random& random, std::vector<std::uint32_t>& out) const {
    const std::size_t topic = topic_.draw(random);
    const std::size_t field = topic / kFieldTopics;
    for (std::size_t left = kShortest + random.below(kLongest - kShortest + 1); left > 0; --left) {
      if (random.uniform() < function_share_) {
        out.push_back(static_cast<std::uint32_t>(functions_.draw(random)));
        continue;
      }
      const double u = random.uniform();
      if (u < kFromTopic)
        out.push_back(order_[topic * kTopicTypes + topics_[topic].draw(random)]);
      else if (u < kFromTopic + kFromField)
        out.push_back(order_[field * kTopicTypes * kFieldTopics + fields_[field].draw(random)]);
      else
        out.push_back(static_cast<std::uint32_t>(kFunctionWords + content_.draw(random)));
    }
  }

 private:
  static std::vector<double> weights_of(std::size_t begin, std::size_t end) {
    std::vector<double> weights(end - begin);
    for (std::size_t i = 0; i < weights.size(); ++i)
      weights[i] = 1.0 / static_cast<double>(begin + i + 1);
    return weights;
  }
  /// Tables for runs of `size` types of order_.
  void divide(std::size_t size, std::vector<Alias>& tables, std::vector<double>* masses) const {
    std::vector<double> weights;
    for (std::size_t begin = 0; begin < order_.size(); begin += size) {
      weights.clear();
      for (std::size_t i = begin; i < std::min(begin + size, order_.size()); ++i)
        weights.push_back(1.0 / (order_[i] + 1.0));
      tables.emplace_back(weights);
      if (masses != nullptr) masses->push_back(tables.back().mass());
    }
  }

  Alias functions_, content_;
  std::vector<std::uint32_t> order_;  // content types, by topic
  double function_share_;
  std::vector<Alias> topics_, fields_;
  Alias topic_{std::vector<double>{1.0}};
};

/// Syllables that spell a rank, the shortest for the most frequent; every rank's are its own.
std::string word_of(std::size_t rank) {
  constexpr std::string_view kConsonants = "bdfgklmnprstvz", kVowels = "aeiou";
  constexpr std::size_t kSyllables = kConsonants.size() * kVowels.size();
  std::string word;
  for (std::size_t rest = rank + 1; rest > 0; rest = (rest - 1) / kSyllables) {
    const std::size_t syllable = (rest - 1) % kSyllables;
    word += kConsonants[syllable / kVowels.size()];
    word += kVowels[syllable % kVowels.size()];
  }
  return word;
}

void write(std::size_t words, std::size_t types, std::uint64_t seed, const std::string& path) {
  const Stream stream(types, seed);
  std::vector<std::string> spelt(types);
  for (std::size_t rank = 0; rank < types; ++rank) spelt[rank] = word_of(rank);
  auto file = kindred::io::AtomicFile::create(path);
  Random random = Random(seed).split(2);
  std::vector<std::uint32_t> ranks;
  std::string text;
  for (std::size_t written = 0; written < words; written += ranks.size()) {
    ranks.clear();
    stream.sentence(random, ranks);
    for (std::size_t i = 0; i < ranks.size(); ++i) {
      text += spelt[ranks[i]];
      text += i + 1 < ranks.size() ? ' ' : '\n';
    }
    if (text.size() < (1U << 20U)) continue;
    file.write(text);
    text.clear();
  }
  file.write(text);
  file.commit();
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int at) { return std::strtoull(argv[at], nullptr, 10); };
  if (argc != 5 || number(2) <= kFunctionWords + kTopicTypes * kFieldTopics) {
    fmt::print(stderr, "usage: zipf_corpus WORDS TYPES SEED OUT.txt (TYPES above {})\n",
               kFunctionWords + kTopicTypes * kFieldTopics);
    return 2;
  }
  try {
    write(number(1), number(2), number(3), argv[4]);
  } catch (const std::exception& error) {
    fmt::print(stderr, "zipf_corpus: {}\n", error.what());
    return 1;
  }
  return 0;
}
