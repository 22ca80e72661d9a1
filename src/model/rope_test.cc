#include "model/rope.h"

#include <gtest/gtest.h>

#include <cmath>

#include "model/test_support.h"

namespace kindred::model {
namespace {

using testing::expect_error;

RopeParameters read(const std::string& text, std::size_t max_positions = 64) {
  return read_rope(Config::parse(text, "config.json"), 10000.0, max_positions);
}

void expect_near(const std::vector<float>& got, const std::vector<double>& wanted) {
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    EXPECT_NEAR(got[i], wanted[i], std::abs(wanted[i]) * 3e-7) << i;
  }
}

TEST(Rope, Plain) {
  expect_near(make_rope(read("{}"), 8).inverse_frequencies, {1.0, 0.1, 0.01, 0.001});
  expect_near(make_rope(read(R"({"rope_theta": 81.0})"), 4).inverse_frequencies, {1.0, 1.0 / 9.0});
}

TEST(Rope, LinearDividesByTheFactor) {
  const RopeSpec rope = make_rope(read(R"({"type": "linear", "factor": 4.0})"), 4);
  expect_near(rope.inverse_frequencies, {0.25, 0.0025});
  EXPECT_EQ(rope.attention_factor, 1.0F);
}

TEST(Rope, DynamicIsPlainWithinTheModelsLength) {
  expect_near(make_rope(read(R"({"rope_type": "dynamic", "factor": 4.0})"), 4).inverse_frequencies,
              {1.0, 0.01});
}

// Values from transformers 5.24's ROPE_INIT_FUNCTIONS, head of 16 (see tests/reference).
TEST(Rope, Llama3) {
  const RopeSpec rope =
      make_rope(read(R"({"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
               "high_freq_factor": 4.0, "original_max_position_embeddings": 64,
               "rope_theta": 500000.0})"),
                16);
  expect_near(rope.inverse_frequencies,
              {1, 0.079403013, 0.00470075384, 0.000911583134, 0.000176776681, 3.42810235e-05,
               6.64786967e-06, 1.28917316e-06});
}

TEST(Rope, Yarn) {
  const RopeSpec rope = make_rope(read(R"({"rope_type": "yarn", "factor": 4.0,
               "original_max_position_embeddings": 64, "beta_fast": 4.0})"),
                                  16);
  expect_near(rope.inverse_frequencies, {1, 0.237170815, 0.049999997, 0.00790569466, 0.00249999994,
                                         0.000790569466, 0.000250000012, 7.90569466e-05});
  EXPECT_NEAR(rope.attention_factor, 1.13862944, 1e-6);
}

TEST(Rope, YarnAttentionFactorFromTwoScales) {
  const RopeParameters rope = read(R"({"rope_type": "yarn", "factor": 4.0, "mscale": 1.0,
               "mscale_all_dim": 0.5, "truncate": false})");
  EXPECT_NEAR(rope.attention_factor, (0.1 * std::log(4.0) + 1.0) / (0.05 * std::log(4.0) + 1.0),
              1e-12);
  EXPECT_FALSE(rope.truncate);
  EXPECT_EQ(rope.original_max_positions, 64.0);
}

TEST(Rope, ReadsBothSpellings) {
  const auto theta = [](const std::string& text) {
    return read_rope_of(Config::parse(text, "config.json"), 10000.0, 64);
  };
  EXPECT_EQ(theta(R"({"rope_theta": 7.0})").theta, 7.0);
  EXPECT_EQ(theta(R"({"rope_parameters": {"rope_type": "default", "rope_theta": 8.0}})").theta,
            8.0);
  const RopeParameters old =
      theta(R"({"rope_theta": 9.0, "rope_scaling": {"type": "linear", "factor": 2.0}})");
  EXPECT_EQ(old.theta, 9.0);
  EXPECT_EQ(old.kind, RopeParameters::Kind::linear);
}

TEST(Rope, RefusesByName) {
  expect_error(ErrorKind::unsupported, {"config.json", "rope_type", "longrope"},
               [] { read(R"({"rope_type": "longrope", "factor": 4.0})"); });
  expect_error(ErrorKind::unsupported, {"\"type\" is \"su\""}, [] { read(R"({"type": "su"})"); });
  expect_error(ErrorKind::unsupported, {"partial_rotary_factor", "0.5"},
               [] { read(R"({"partial_rotary_factor": 0.5})"); });
  expect_error(ErrorKind::unsupported, {"mrope_section"},
               [] { read(R"({"mrope_section": [1, 2, 3]})"); });
  expect_error(ErrorKind::corrupt, {"factor", "missing"}, [] { read(R"({"type": "linear"})"); });
  expect_error(ErrorKind::corrupt, {"factor", "0"},
               [] { read(R"({"type": "linear", "factor": 0})"); });
  expect_error(ErrorKind::corrupt, {"rope_theta"}, [] { read(R"({"rope_theta": -1})"); });
  expect_error(ErrorKind::corrupt, {"high_freq_factor"}, [] {
    read(R"({"type": "llama3", "factor": 8, "low_freq_factor": 4, "high_freq_factor": 4})");
  });
}

}  // namespace
}  // namespace kindred::model
