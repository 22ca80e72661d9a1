#include "model/fingerprint.h"

#include <gtest/gtest.h>

#include "model/test_support.h"

namespace kindred::model {
namespace {

using testing::TemporaryDirectory;

std::string of(const TemporaryDirectory& directory) {
  return fingerprint(ModelDirectory::open(directory.path()));
}

TEST(Fingerprint, IsTheModelNotItsSpelling) {
  TemporaryDirectory directory;
  directory.copy_golden("llama");
  const std::string first = of(directory);
  EXPECT_EQ(first.size(), 64U);
  EXPECT_EQ(of(directory), first);
  directory.set("config.json", "_name_or_path", "elsewhere");
  directory.set("config.json", "is_causal", true);
  EXPECT_EQ(of(directory), first) << "a default written out";
  directory.set("config.json", "rms_norm_eps", 1e-3);
  EXPECT_NE(of(directory), first) << "another number";
}

TEST(Fingerprint, DependsOnEveryFile) {
  TemporaryDirectory directory;
  directory.copy_golden("bert-gelu");
  const std::string first = of(directory);
  directory.write("tokenizer.json", io::read_text_file(directory.file("tokenizer.json")) + "\n");
  const std::string second = of(directory);
  EXPECT_NE(second, first);
  std::string weights = io::read_text_file(directory.file("model.safetensors"));
  weights.back() = static_cast<char>(weights.back() ^ 1);
  directory.write("model.safetensors", weights);
  EXPECT_NE(of(directory), second);
}

}  // namespace
}  // namespace kindred::model
