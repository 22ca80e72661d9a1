#include "shop/settings.h"

#include <gtest/gtest.h>

#include "io/expect_error.h"

namespace kindred::shop {
namespace {

ShopSettings full() {
  VersionSettings first;
  first.number = 2;
  first.model = {"/models/a", Precision::int8, "mean", 128, 64, "passage: ", "query: "};
  first.fingerprint = "f1";
  first.dimension = 64;
  first.prompt = catalog::Prompt::from_json(R"({"zh": "{title}", "*": "{brand}"})", "t");
  first.place = {"", "postgres://x/y", "kindred", {"postgres://z/y", "postgres://w/y"}};
  first.fusion = {search::FusionMethod::weighted_scores, 0.25, 60.0};
  VersionSettings second = first;
  second.number = 5;
  second.place = {"/elsewhere", "", ""};
  second.fusion = search::FusionOptions::of(search::FusionMethod::reciprocal_rank);
  return {"postgres://x/z", 2, {first, second}};
}

TEST(Settings, ComeBackAsTheyWere) {
  const ShopSettings settings = full();
  const ShopSettings again = settings_from_json(to_json(settings), "shop.json");
  EXPECT_EQ(again.catalogue, settings.catalogue);
  EXPECT_EQ(again.current, 2U);
  ASSERT_EQ(again.versions.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(again.versions[i].number, settings.versions[i].number);
    EXPECT_TRUE(again.versions[i].same_index(settings.versions[i]));
    EXPECT_EQ(again.versions[i].dimension, 64U);
    EXPECT_EQ(again.versions[i].fusion, settings.versions[i].fusion);
  }
  EXPECT_EQ(to_json(again), to_json(settings));
  EXPECT_EQ(again.next_number(), 6U);
  EXPECT_KINDRED_ERROR(again.version(3), ErrorKind::not_found, "2, 5");
}

TEST(Settings, KeepACalibration) {
  ShopSettings settings = full();
  estimators::ScoreCalibration c;
  c.vector_space = "space";
  c.curves[""].slope = 12.5;
  settings.versions[1].calibration = c;
  const std::string json = to_json(settings);
  const ShopSettings again = settings_from_json(json, "shop.json");
  EXPECT_FALSE(again.versions[0].calibration);
  ASSERT_TRUE(again.versions[1].calibration);
  EXPECT_EQ(again.versions[1].calibration->to_json(), c.to_json());
  std::string damaged = json;
  damaged.replace(damaged.find("12.5"), 4, "-1.0");
  EXPECT_KINDRED_ERROR(settings_from_json(damaged, "shop.json"), ErrorKind::corrupt, "slope");
}

TEST(Settings, AVersionMayHaveNoModel) {
  ShopSettings settings = full();
  settings.versions[0] = {};
  settings.versions[0].number = 2;
  const ShopSettings again = settings_from_json(to_json(settings), "shop.json");
  EXPECT_FALSE(again.versions[0].has_vectors());
  EXPECT_TRUE(again.versions[0].same_index(settings.versions[0]));
  EXPECT_FALSE(again.versions[0].same_index(settings.versions[1]));
  EXPECT_KINDRED_ERROR(again.versions[0].check_vectors("tuning"), ErrorKind::bad_input,
                       "tuning needs vectors");
  again.versions[1].check_vectors("tuning");
  // Programs that know only versions with a model read what has one, and refuse the rest.
  EXPECT_NE(to_json(full()).find("\"version\": 1"), std::string::npos);
  EXPECT_NE(to_json(settings).find("\"version\": 2"), std::string::npos);
  ShopSettings new_fusion = full();
  new_fusion.versions[1].fusion = {};
  EXPECT_NE(to_json(new_fusion).find("\"version\": 2"), std::string::npos);
  EXPECT_EQ(settings_from_json(to_json(new_fusion), "shop.json").versions[1].fusion,
            search::FusionOptions());
  std::string damaged = to_json(full());
  damaged.replace(damaged.find("\"dimension\": 64"), 15, "\"dimension\": 0 ");
  EXPECT_KINDRED_ERROR(settings_from_json(damaged, "shop.json"), ErrorKind::corrupt, "dimension");
}

TEST(Settings, TellsIndexesApart) {
  const VersionSettings a = full().versions[0];
  VersionSettings b = a;
  b.fusion = {};
  b.number = 9;
  EXPECT_TRUE(a.same_index(b));
  b.prompt = catalog::Prompt("{title}");
  EXPECT_FALSE(a.same_index(b));
  b = a;
  b.model.precision = Precision::fp32;
  EXPECT_FALSE(a.same_index(b));
  b = a;
  b.place.schema = "other";
  EXPECT_FALSE(a.same_index(b));
}

TEST(Settings, RefusesWhatItDidNotWrite) {
  const std::string good = to_json(full());
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string text = good;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  };
  for (const std::string& bad :
       {std::string(), std::string("[]"), good.substr(0, good.size() / 2),
        with("kindred shop", "a shop"), with("\"current\": 2", "\"current\": 3"),
        with("\"number\": 5", "\"number\": 1"), with("int8", "int9"),
        with("\"method\": \"weighted", "\"method\": \"un"), with("{brand}", "{brand}!"),
        with("\"dimension\": 64", "\"dimension\": \"x\""),
        with("\"dimension\": 64", "\"dimension\": 64.5"), with("\"number\": 2", "\"number\": -2"),
        with("\"number\": 5", "\"number\": 5e300")}) {
    EXPECT_KINDRED_ERROR(settings_from_json(bad, "shop.json"), ErrorKind::corrupt, "shop.json");
  }
  EXPECT_KINDRED_ERROR(settings_from_json(with("\"version\": 1", "\"version\": 3"), "shop.json"),
                       ErrorKind::unsupported, "version 3");
  EXPECT_KINDRED_ERROR(settings_from_json(with("\"version\": 1", "\"version\": 1e30"), "shop.json"),
                       ErrorKind::unsupported, "version 1e+30");
}

}  // namespace
}  // namespace kindred::shop
