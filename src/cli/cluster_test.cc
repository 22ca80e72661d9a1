// kindred cluster, with word vectors as the model.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/dispatch_testing.h"
#include "io/expect_error.h"
#include "io/file.h"
#include "io/temp_directory.h"

namespace kindred::cli {
namespace {

class ClusterCommand : public testing::Test {
 protected:
  static std::string run(std::vector<std::string> words) {
    words.insert(words.begin(), "cluster");
    return printed_by(std::move(words));
  }

  // Forty tickets about fruit and colours, and one without a word.
  std::string tickets() {
    std::string table = "number,text,kind\n";
    const char* kFruit[] = {"apple", "apple pear", "pear"};
    const char* kColour[] = {"red", "blue red", "blue"};
    for (int i = 0; i < 40; ++i)
      table += "T" + std::to_string(i) + ",\"" + (i % 4 == 0 ? kColour[i / 4 % 3] : kFruit[i % 3]) +
               ", please\"," + (i % 4 == 0 ? "colour" : "fruit") + "\n";
    return temp_.write("tickets.csv", table + "T40,,none\n");
  }

  std::string model() {
    return temp_.write("words.vec", "4 3\napple 9 1 0\npear 8 0 1\nred 0 9 1\nblue 0 8 2\n");
  }

  io::TempDirectory temp_;
};

TEST_F(ClusterCommand, NamesClustersAndWritesRows) {
  const std::string out = temp_.file("rows.csv");
  const auto summary = nlohmann::json::parse(
      run({tickets(), "-c", "text", "--id", "number", "--model", model(), "--method", "kmeans",
           "-k", "3", "-o", out, "--map", temp_.file("map.html"), "--labels", "kind", "--json"}));
  EXPECT_EQ(summary["rows"], 41);
  ASSERT_EQ(summary["clusters"].size(), 3U);
  EXPECT_EQ(summary["clusters"][0]["size"], 30);
  EXPECT_NE(summary["clusters"][0]["name"].get<std::string>().find("apple"), std::string::npos);
  EXPECT_EQ(summary["clusters"][2]["name"], "");
  EXPECT_EQ(summary["clusters"][2]["examples"][0]["id"], "T40");
  EXPECT_EQ(summary["labels"]["v_measure"], 1.0);
  EXPECT_EQ(summary["labels"]["adjusted_rand"], 1.0);
  const std::string rows = io::read_text_file(out);
  EXPECT_EQ(rows.substr(0, 20), "id,cluster,distance\n");
  EXPECT_NE(rows.find("\nT0,1,"), std::string::npos);
  EXPECT_NE(rows.find("\nT1,0,"), std::string::npos);
  EXPECT_NE(io::read_text_file(temp_.file("map.html")).find("<svg"), std::string::npos);
}

TEST_F(ClusterCommand, DensityWritesProbabilities) {
  const std::string out = temp_.file("rows.jsonl");
  const std::string printed = run(
      {tickets(), "-c", "text", "--model", model(), "--min-size", "5", "--reduce", "0", "-o", out});
  EXPECT_NE(printed.find("41 rows"), std::string::npos);
  const std::string rows = io::read_text_file(out);
  const auto first = nlohmann::json::parse(rows.substr(0, rows.find('\n')));
  EXPECT_EQ(first["id"], 0);
  EXPECT_TRUE(first.contains("cluster"));
  EXPECT_TRUE(first.contains("probability"));
}

TEST_F(ClusterCommand, SaysWhatIsMissing) {
  const std::string texts = tickets(), words = model();
  EXPECT_KINDRED_ERROR(run({texts, "-c", "text"}), ErrorKind::bad_input, "--model");
  EXPECT_KINDRED_ERROR(run({texts, "-c", "text", "--model", words, "--method", "kmeans"}),
                       ErrorKind::bad_input, "-k K");
  EXPECT_KINDRED_ERROR(run({texts, "-c", "text", "--model", words, "-k", "3"}),
                       ErrorKind::bad_input, "--method kmeans");
  EXPECT_KINDRED_ERROR(run({texts, "-c", "text", "--model", words, "-o", temp_.file("a.txt")}),
                       ErrorKind::bad_input, ".jsonl or .csv");
}

}  // namespace
}  // namespace kindred::cli
