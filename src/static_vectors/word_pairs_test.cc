#include "static_vectors/word_pairs.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "io/file.h"
#include "io/temp_directory.h"
#include "static_vectors/read.h"

namespace kindred::static_vectors {
namespace {

using nlohmann::json;

const std::string kGolden = KINDRED_TEST_DATA "/golden/word_questions/";

TEST(WordPairs, CorrelateAsGensimSays) {
  ThreadPool pool(1);
  const WordSpace space(std::make_shared<StaticModel>(read_static_model(kGolden + "vectors.txt")),
                        pool);
  const WordPairs pairs = WordPairs::read(kGolden + "pairs.tsv");
  EXPECT_EQ(pairs.refused, 2U);
  const json golden = json::parse(io::read_text_file(kGolden + "questions.json"));
  for (const json& expected : golden["pairs"]) {
    PairOptions options;
    options.ignore_case = expected["options"].value("case_insensitive", true);
    options.restrict = expected["options"].value("restrict_vocab", options.restrict);
    options.unknown_is_zero = expected["options"].value("dummy4unknown", false);
    const PairResult result = evaluate_pairs(space, pairs, options);
    SCOPED_TRACE(expected["options"].dump());
    EXPECT_NEAR(result.spearman, expected["spearman"].get<double>(), 1e-6);
    EXPECT_NEAR(result.pearson, expected["pearson"].get<double>(), 1e-6);
    const double all =
        static_cast<double>(result.pairs + (options.unknown_is_zero ? 0 : result.unknown));
    EXPECT_NEAR(100.0 * static_cast<double>(result.unknown) / all,
                expected["unknown_percent"].get<double>(), 1e-9);
  }
}

TEST(WordPairs, RefusesAFileWithoutPairs) {
  io::TempDirectory folder;
  folder.write("pairs.tsv", "# nothing\nred blue 3\n");
  EXPECT_THROW(WordPairs::read(folder.file("pairs.tsv")), Error);
}

}  // namespace
}  // namespace kindred::static_vectors
