#include "static_vectors/analogies.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "io/expect_error.h"
#include "io/file.h"
#include "io/temp_directory.h"
#include "static_vectors/read.h"

namespace kindred::static_vectors {
namespace {

using nlohmann::json;

const std::string kGolden = KINDRED_TEST_DATA "/golden/word_questions/";

json golden() {
  return json::parse(io::read_text_file(kGolden + "questions.json"));
}

WordSpace space_of(const std::string& file, ThreadPool& pool) {
  return {std::make_shared<StaticModel>(read_static_model(kGolden + file)), pool};
}

AnalogyOptions options_of(const json& options) {
  AnalogyOptions o;
  o.ignore_case = options.value("case_insensitive", true);
  o.restrict = options.value("restrict_vocab", o.restrict);
  o.unknown_is_wrong = options.value("dummy4unknown", false);
  return o;
}

TEST(Analogies, AreCountedAsGensimCounts) {
  for (const int threads : {1, 3}) {
    ThreadPool pool(threads);
    const WordSpace space = space_of("vectors.txt", pool);
    const AnalogyQuestions questions = AnalogyQuestions::read(kGolden + "analogies.txt");
    EXPECT_EQ(questions.refused, 3U);
    for (const json& expected : golden()["analogies"]) {
      const AnalogyResult result =
          evaluate_analogies(space, questions, options_of(expected["options"]), pool);
      SCOPED_TRACE(expected["options"].dump());
      EXPECT_NEAR(result.total.accuracy(), expected["score"].get<double>(), 1e-12);
      const json& sections = expected["sections"];  // the last one is the total
      ASSERT_EQ(result.sections.size() + 1, sections.size());
      for (std::size_t s = 0; s < result.sections.size(); ++s) {
        EXPECT_EQ(result.sections[s].name, sections[s][0]);
        EXPECT_EQ(result.sections[s].correct, sections[s][1]);
        EXPECT_EQ(result.sections[s].asked, sections[s][2]);
      }
      EXPECT_EQ(result.syntactic.asked, result.sections[2].asked);
      EXPECT_EQ(result.semantic.asked + result.syntactic.asked, result.total.asked);
    }
  }
}

// The block-wise products answer as one question at a time does.
TEST(Analogies, MultiplyAnswersAsTheNearestByProduct) {
  ThreadPool pool(2);
  const WordSpace space = space_of("vectors.txt", pool);
  const AnalogyQuestions questions = AnalogyQuestions::read(kGolden + "analogies.txt");
  AnalogyOptions options;
  options.multiply = true;
  options.ignore_case = false;
  std::size_t correct = 0;
  const Vocabulary& words = space.model().vocabulary;
  for (const AnalogySection& section : questions.sections)
    for (const auto& q : section.questions) {
      const auto a = words.find(q[0]), b = words.find(q[1]), c = words.find(q[2]);
      if (!a || !b || !c || !words.find(q[3])) continue;
      std::vector<float> units(3 * space.dimensions());
      space.unit_vector(*b, units.data());
      space.unit_vector(*c, units.data() + space.dimensions());
      space.unit_vector(*a, units.data() + 2 * space.dimensions());
      const std::vector<std::uint32_t> asked = {*a, *b, *c};
      const auto found = space.nearest_by_product(units, 2, 1, 0, asked, pool);
      correct += words.word(found[0].id) == q[3] ? 1 : 0;
    }
  EXPECT_EQ(evaluate_analogies(space, questions, options, pool).total.correct, correct);
}

TEST(Analogies, RefusesWhatIsNoFileOfQuestions) {
  io::TempDirectory folder;
  folder.write("none.txt", "one two three four\n");
  EXPECT_KINDRED_ERROR(AnalogyQuestions::read(folder.file("none.txt")), ErrorKind::bad_input,
                       "none.txt");
  folder.write("empty.txt", "\n");
  EXPECT_KINDRED_ERROR(AnalogyQuestions::read(folder.file("empty.txt")), ErrorKind::bad_input,
                       "empty.txt");
  EXPECT_THROW(AnalogyQuestions::read(folder.file("missing.txt")), Error);
}

}  // namespace
}  // namespace kindred::static_vectors
