// The commands of 'kindred index' from end to end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <nlohmann/json.hpp>

#include "base/random.h"
#include "io/file.h"
#include "io/npy.h"
#include "io/temp_directory.h"
#include "io/vector_reader.h"

namespace kindred {
namespace {

using testing::HasSubstr;

constexpr std::size_t kRows = 500;
constexpr std::size_t kDimension = 16;

class IndexCli : public testing::Test {
 protected:
  IndexCli() {
    Random random(1);
    vectors_.resize(kRows * kDimension);
    for (float& v : vectors_) v = static_cast<float>(random.normal());
    write_vectors("x.npy", vectors_);
    std::string ids;
    for (std::size_t i = 0; i < kRows; ++i) ids += "product-" + std::to_string(i) + "\n";
    temp_.write("ids.txt", ids);
  }
  void write_vectors(const std::string& name, const std::vector<float>& values) const {
    const std::vector<std::size_t> shape{values.size() / kDimension, kDimension};
    io::write_npy(temp_.file(name), io::DType::f32, shape, std::as_bytes(std::span(values)));
  }
  // In the test's directory. The exit status; what was printed in `out_` and `err_`.
  int run(const std::string& words) {
    const std::string line =
        "cd " + temp_.path() + " && " + KINDRED_PROGRAM + " index " + words + " > out 2> err";
    const int status = std::system(line.c_str());
    out_ = io::read_text_file(temp_.file("out"));
    err_ = io::read_text_file(temp_.file("err"));
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  void ok(const std::string& words) { EXPECT_EQ(run(words), 0) << words << ": " << err_; }
  std::vector<std::int64_t> keys(const std::string& name) const {
    const io::NpyArray array = io::read_npy(temp_.file(name));
    EXPECT_EQ(array.tensor.dtype, io::DType::i64);
    std::vector<std::int64_t> values(array.tensor.bytes / 8);
    std::memcpy(values.data(), array.tensor.data, array.tensor.bytes);
    return values;
  }

  io::TempDirectory temp_;
  std::vector<float> vectors_;
  std::string out_, err_;
};

TEST_F(IndexCli, BuildsSearchesChangesAndExports) {
  ok("build c --vectors x.npy --ids ids.txt --fingerprint model-a --json");
  EXPECT_EQ(nlohmann::json::parse(out_)["rows"], kRows);
  ok("search c --queries x.npy -k 3 --recall 1 -o k.npy --distances d.npy");
  const auto found = keys("k.npy");
  ASSERT_EQ(found.size(), kRows * 3);
  for (std::size_t i = 0; i < kRows; ++i) EXPECT_EQ(found[i * 3], static_cast<std::int64_t>(i));
  const auto distances = io::VectorReader::open(temp_.file("d.npy"));
  std::vector<float> row(3);
  distances.read_rows(7, 1, row.data());
  EXPECT_NEAR(row[0], 1.0F, 2e-3F);
  EXPECT_GE(row[0], row[1]);

  ok("delete c --id product-7 --key 8 --json");
  EXPECT_EQ(nlohmann::json::parse(out_)["deleted"], 2);
  write_vectors("one.npy", std::vector<float>(vectors_.begin(), vectors_.begin() + kDimension));
  temp_.write("one.txt", "product-9\n");
  ok("add c --vectors one.npy --ids one.txt");
  ok("search c --queries x.npy -k 1 --recall 1 -o k.npy");
  const auto later = keys("k.npy");
  EXPECT_NE(later[7], 7);
  EXPECT_NE(later[8], 8);
  EXPECT_NE(later[9], 9);  // product-9 has another vector now
  EXPECT_EQ(later[10], 10);

  ok("snapshot c s");
  ok("compact c");
  for (const char* name : {"c", "s"}) {
    ok(std::string("verify ") + name);
    ok(std::string("stats ") + name + " --json");
    EXPECT_EQ(nlohmann::json::parse(out_)["rows"], kRows - 2);
  }
  ok("export c -o y.npy --keys yk.npy --ids y.txt");
  EXPECT_EQ(io::VectorReader::open(temp_.file("y.npy")).rows(), kRows - 2);
  const auto exported = keys("yk.npy");
  EXPECT_TRUE(std::is_sorted(exported.begin(), exported.end()));
  EXPECT_THAT(io::read_text_file(temp_.file("y.txt")), HasSubstr("product-6\nproduct-9\n"));
  ok("export c -o y.fvecs");
  EXPECT_EQ(io::read_text_file(temp_.file("y.fvecs")).size(), (kRows - 2) * 4 * (kDimension + 1));
  ok("recall c --sample 50 -k 5 --json");
  EXPECT_GE(nlohmann::json::parse(out_)["recall"], 0.9);
}

TEST_F(IndexCli, FiltersByFields) {
  std::string fields;
  for (std::size_t i = 0; i < kRows; ++i) {
    fields += R"({"lang": ")" + std::string(i % 2 == 0 ? "zh" : "en") + R"(", "price": )" +
              std::to_string(i) + R"(, "size": ["S", "M"], "new": true, "note": )" +
              (i == 7 ? "\"last\"" : "null") + "}\n";
  }
  temp_.write("fields.jsonl", fields);
  ok("build c --vectors x.npy --fields fields.jsonl");
  const auto expect_keys = [&](const std::string& filter, std::size_t begin, std::size_t step) {
    ok("search c --queries x.npy -k 500 --recall 1 --filter '" + filter + "' -o k.npy");
    std::vector<std::int64_t> found = keys("k.npy"), expected;
    found.resize(kRows);  // of the first query
    std::erase(found, -1);
    std::sort(found.begin(), found.end());
    for (std::size_t i = begin; i < kRows; i += step) expected.push_back(static_cast<int>(i));
    EXPECT_EQ(found, expected) << filter;
  };
  expect_keys("lang = zh AND price >= 100 AND size = M AND new = true", 100, 2);
  expect_keys("note EXISTS", 7, kRows);
  temp_.write("one.jsonl", "{\"lang\": \"en\", \"price\": 3}\n");
  write_vectors("one.npy", std::vector<float>(vectors_.begin(), vectors_.begin() + kDimension));
  ok("add c --vectors one.npy --fields one.jsonl");  // row 500
  ok("search c --queries one.npy -k 500 --recall 1 --filter 'price = 3' --json");
  EXPECT_EQ(nlohmann::json::parse(out_)["results"].size(), 2U);
  ok("recall c --filter 'price < 200' --json");
  EXPECT_GE(nlohmann::json::parse(out_)["recall"], 0.9);
  EXPECT_EQ(run("search c --queries one.npy --filter 'price <'"), 2);
  EXPECT_EQ(run("search c --queries one.npy --filter 'prise < 3'"), 2);
  EXPECT_EQ(run("recall c --filter 'lang < 3'"), 2);
  EXPECT_EQ(run("build d --vectors x.npy --fields one.jsonl"), 2);
  EXPECT_THAT(err_, HasSubstr("one.jsonl has 1 lines"));
  temp_.write("one.jsonl", "{\"lang\": {\"a\": 1}}\n");
  EXPECT_EQ(run("add c --vectors one.npy --fields one.jsonl"), 2);
  EXPECT_THAT(err_, HasSubstr("line 1"));
}

TEST_F(IndexCli, SaysWhatIsWrong) {
  ok("build c --vectors x.npy --metric l2 --kind flat --fingerprint model-a");
  EXPECT_EQ(run("build c --vectors x.npy"), 2);
  EXPECT_THAT(err_, HasSubstr("not empty"));
  EXPECT_EQ(run("search c --queries x.npy --fingerprint model-b"), 2);
  EXPECT_THAT(err_, HasSubstr("model-a"));
  EXPECT_THAT(err_, HasSubstr("model-b"));
  EXPECT_EQ(run("search nowhere --queries x.npy"), 3);
  EXPECT_EQ(run("delete c"), 2);
  EXPECT_EQ(run("build d --vectors x.npy --ram lots"), 2);
  EXPECT_THAT(err_, HasSubstr("--ram"));
  EXPECT_EQ(run("build d --vectors x.npy --recall 1.5"), 2);
  EXPECT_EQ(run("mend c"), 2);
  EXPECT_THAT(err_, HasSubstr("compact"));
  temp_.write("twice.txt", std::string("a\n") + "a\n");
  write_vectors("two.npy", std::vector<float>(vectors_.begin(), vectors_.begin() + 2 * kDimension));
  EXPECT_EQ(run("build d --vectors two.npy --ids twice.txt"), 2);
  EXPECT_THAT(err_, HasSubstr("same id 'a'"));
}

}  // namespace
}  // namespace kindred
