#include "static_vectors/analogies.h"

#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "io/table.h"
#include "kernels/matmul.h"
#include "static_vectors/case_classes.h"
#include "static_vectors/word_splitter.h"

namespace kindred::static_vectors {
namespace {

constexpr std::size_t kCandidates = 5;  // gensim looks at so many
constexpr std::size_t kBlock = 128;     // words whose cosines stay in the cache
constexpr std::size_t kStep = 16;       // scores that are looked at together
constexpr std::size_t kMostDistinct = 4096;

// A question that can be asked; a, b and c as rows of the distinct words and as ids.
struct Question {
  std::array<std::uint32_t, 3> rows;
  std::array<std::uint32_t, 3> ids;
  std::uint32_t expected;
  std::size_t section;
};

float score(float a, float b, float c, bool multiply) {
  if (!multiply) return b + c - a;
  constexpr float kFloor = 1e-6F;
  return (1.0F + b) / 2.0F * ((1.0F + c) / 2.0F) / ((1.0F + a) / 2.0F + kFloor);
}

// Offers the words of one block to a question.
template <bool kMultiply>
void offer_block(const Question& q, const float* cosines, std::size_t first, std::size_t words,
                 BestWords& best) {
  const float* a = cosines + q.rows[0] * kBlock;
  const float* b = cosines + q.rows[1] * kBlock;
  const float* c = cosines + q.rows[2] * kBlock;
  const float least = best.threshold();
  for (std::size_t at = 0; at < words; at += kStep) {
    float scores[kStep];
    int some = 0;
    for (std::size_t i = 0; i < kStep; ++i)
      scores[i] = score(a[at + i], b[at + i], c[at + i], kMultiply);
    for (std::size_t i = 0; i < kStep; ++i) some |= scores[i] >= least ? 1 : 0;
    if (some == 0) continue;
    for (std::size_t i = 0; i < std::min(kStep, words - at); ++i) {
      const auto id = static_cast<std::uint32_t>(first + at + i);
      if (scores[i] < best.threshold()) continue;
      if (std::find(q.ids.begin(), q.ids.end(), id) == q.ids.end()) best.offer(id, scores[i]);
    }
  }
}

class Solver {
 public:
  Solver(const WordSpace& space, std::size_t searched, bool multiply)
      : space_(space), searched_(searched), multiply_(multiply) {}

  // The best words for each question.
  std::vector<BestWords> solve(std::span<Question> questions, ThreadPool& pool) {
    std::vector<BestWords> found;
    for (std::size_t begin = 0; begin < questions.size();) {
      const std::size_t end = begin + take(questions.subspan(begin));
      std::vector<BestWords> some = solve_some(questions.subspan(begin, end - begin), pool);
      std::move(some.begin(), some.end(), std::back_inserter(found));
      begin = end;
    }
    return found;
  }

 private:
  // Questions from the first on whose distinct words fit one product.
  std::size_t take(std::span<Question> questions) {
    distinct_.clear();
    std::unordered_map<std::uint32_t, std::uint32_t> rows;
    std::size_t taken = 0;
    for (; taken < questions.size() && distinct_.size() + 3 <= kMostDistinct; ++taken)
      for (std::size_t t = 0; t < 3; ++t) {
        const std::uint32_t id = questions[taken].ids[t];
        const auto [it, fresh] = rows.try_emplace(id, static_cast<std::uint32_t>(rows.size()));
        if (fresh) distinct_.push_back(id);
        questions[taken].rows[t] = it->second;
      }
    return taken;
  }

  std::vector<BestWords> solve_some(std::span<const Question> questions, ThreadPool& pool) const {
    const std::size_t d = space_.dimensions();
    std::vector<float> units(distinct_.size() * d);
    for (std::size_t i = 0; i < distinct_.size(); ++i)
      space_.unit_vector(distinct_[i], units.data() + i * d);
    std::vector<std::vector<BestWords>> best(
        static_cast<std::size_t>(pool.threads()),
        std::vector<BestWords>(questions.size(), BestWords(kCandidates)));
    pool.run((searched_ + kBlock - 1) / kBlock, [&](std::size_t part, int thread) {
      thread_local std::vector<float> cosines;
      cosines.resize(distinct_.size() * kBlock);
      const std::size_t first = part * kBlock;
      const std::size_t words = std::min(kBlock, searched_ - first);
      const kernels::PackedMatrix packed = kernels::PackedMatrix::pack(
          words, d, kernels::WeightType::fp32, false, [&](std::size_t row, float* out) {
            space_.unit_vector(static_cast<std::uint32_t>(first + row), out);
          });
      ThreadPool serial(1);
      kernels::matmul(units.data(), distinct_.size(), d, packed, {}, cosines.data(), kBlock,
                      serial);
      std::vector<BestWords>& mine = best[static_cast<std::size_t>(thread)];
      for (std::size_t q = 0; q < questions.size(); ++q)
        if (multiply_)
          offer_block<true>(questions[q], cosines.data(), first, words, mine[q]);
        else
          offer_block<false>(questions[q], cosines.data(), first, words, mine[q]);
    });
    for (std::size_t t = 1; t < best.size(); ++t)
      for (std::size_t q = 0; q < questions.size(); ++q) best[0][q].merge(best[t][q]);
    return std::move(best[0]);
  }

  const WordSpace& space_;
  std::size_t searched_;
  bool multiply_;
  std::vector<std::uint32_t> distinct_;
};

// Of the candidates, the first that is none of the question's words in another case.
bool is_right(const Question& question, const std::vector<Neighbour>& candidates,
              const CaseClasses& classes) {
  std::uint32_t predicted = Vocabulary::kMostWords;
  for (const Neighbour& n : candidates) {
    predicted = classes.representative(n.id);
    if (std::find(question.ids.begin(), question.ids.end(), predicted) == question.ids.end()) break;
  }
  return predicted == question.expected;
}

std::vector<Question> known_questions(const AnalogyQuestions& questions, const CaseClasses& classes,
                                      const AnalogyOptions& options, AnalogyResult& result) {
  std::vector<Question> known;
  for (std::size_t s = 0; s < questions.sections.size(); ++s) {
    AnalogyScore& section = result.sections.emplace_back();
    section.name = questions.sections[s].name;
    for (const auto& words : questions.sections[s].questions) {
      std::array<std::uint32_t, 4> ids{};
      const bool all = std::all_of(words.begin(), words.end(), [&](const std::string& word) {
        const auto id = classes.find(word);
        if (id) ids[static_cast<std::size_t>(&word - words.data())] = *id;
        return id.has_value();
      });
      if (all) known.push_back({{}, {ids[0], ids[1], ids[2]}, ids[3], s});
      section.unknown += all ? 0 : 1;
      section.asked += all || options.unknown_is_wrong ? 1 : 0;
    }
  }
  return known;
}

}  // namespace

void AnalogyScore::add(const AnalogyScore& other) {
  correct += other.correct;
  asked += other.asked;
  unknown += other.unknown;
}

AnalogyQuestions AnalogyQuestions::read(const std::string& path) {
  AnalogyQuestions questions;
  io::TableOptions options;
  options.format = io::TableFormat::lines;
  io::TableReader reader = io::TableReader::open(path, options);
  WordSplitter splitter(WordMode::spaces);
  std::vector<std::string_view> words;
  for (io::TableRow row; reader.next(row);) {
    const std::string_view line = row.values[0];
    words.clear();
    splitter.split(line, words);
    if (line.starts_with(": ")) {
      std::string& name = questions.sections.emplace_back().name;
      for (std::size_t w = 1; w < words.size(); ++w) name.append(w > 1 ? " " : "").append(words[w]);
    } else if (words.size() != 4) {
      questions.refused += words.empty() ? 0 : 1;
    } else if (questions.sections.empty()) {
      fail(ErrorKind::bad_input,
           "{}: line {}: a question before the first section; analogies are a file as word2vec's "
           "questions-words.txt, where ': name' begins a section and four words are a question",
           path, row.line);
    } else {
      auto& question = questions.sections.back().questions.emplace_back();
      std::copy(words.begin(), words.end(), question.begin());
    }
  }
  if (questions.sections.empty())
    fail(ErrorKind::bad_input, "{}: no section (': name') of questions of four words in it", path);
  return questions;
}

AnalogyResult evaluate_analogies(const WordSpace& space, const AnalogyQuestions& questions,
                                 const AnalogyOptions& options, ThreadPool& pool) {
  const CaseClasses classes(space.model().vocabulary, options.restrict, options.ignore_case);
  AnalogyResult result;
  std::vector<Question> known = known_questions(questions, classes, options, result);
  const std::vector<BestWords> found =
      Solver(space, classes.size(), options.multiply).solve(known, pool);
  for (std::size_t q = 0; q < known.size(); ++q)
    result.sections[known[q].section].correct +=
        is_right(known[q], found[q].sorted(), classes) ? 1 : 0;
  result.semantic.name = "semantic";
  result.syntactic.name = "syntactic";
  result.total.name = "total";
  for (const AnalogyScore& section : result.sections) {
    (section.name.starts_with("gram") ? result.syntactic : result.semantic).add(section);
    result.total.add(section);
  }
  return result;
}

}  // namespace kindred::static_vectors
