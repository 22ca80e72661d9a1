#include "text/tokenizer_config.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "io/expect_error.h"
#include "io/file.h"
#include "io/temp_directory.h"
#include "kindred/tokenizer.h"
#include "text/configured_tokenizer.h"
#include "text/tokenizer_class.h"

namespace kindred::text {
namespace {

using io::TempDirectory;
using nlohmann::json;
using Ids = std::vector<std::uint32_t>;

void write_files(const TempDirectory& directory, const json& files) {
  for (const auto& [name, content] : files.items()) directory.write(name, content.dump());
}

// tests/reference/make_tokenizer_config_goldens.py
TEST(TokenizerConfig, GivesTheIdsOfAutoTokenizer) {
  const json goldens = json::parse(
      io::read_text_file(std::string(KINDRED_TEST_DATA) + "/golden/tokenizer_config.json"));
  const auto texts = goldens["texts"].get<std::vector<std::string>>();
  ASSERT_GE(goldens["cases"].size(), 64U);
  for (const json& golden : goldens["cases"]) {
    const TempDirectory directory;
    write_files(directory, golden["files"]);
    const std::string name =
        golden["name"].get<std::string>() + " " + golden["class"].get<std::string>();
    const Tokenizer tokenizer = Tokenizer::open(directory.path());
    for (std::size_t i = 0; i < texts.size(); ++i) {
      TokenizeOptions options;
      options.max_length = TokenizeOptions::kNoTruncation;
      EXPECT_EQ(tokenizer.encode(texts[i], options).ids, golden["ids"][i].get<Ids>())
          << name << ": '" << texts[i] << "'";
      options.max_length = 6;
      PackedIds packed;
      const std::string_view view = texts[i];
      tokenizer.encode_packed({&view, 1}, options, packed);
      EXPECT_EQ(packed.ids, golden["cut"][i].get<Ids>()) << name << ", cut: '" << texts[i] << "'";
    }
  }
}

}  // namespace
}  // namespace kindred::text
