#include "encode/calibration.h"

#include <gtest/gtest.h>

#include "io/file.h"
#include "io/temp_directory.h"
#include "kindred/error.h"

namespace kindred::encode {
namespace {

class CalibrationFile : public testing::Test {
 protected:
  const io::TempDirectory temp_;  // of its own: tests run side by side
  const std::string path_ = temp_.file("calibration.json");
};

TEST_F(CalibrationFile, KeepsRangesExactly) {
  Calibration c;
  c.fingerprint = "abc";
  c.observe(std::vector<float>{0.1F, -3.0F, 0.3F, 1e-7F}, 2);
  c.observe(std::vector<float>{0.2F, 7.0F}, 2);
  c.save(path_);
  const Calibration read = Calibration::load(path_);
  EXPECT_EQ(read.ranges.minimum, (std::vector<float>{0.1F, -3.0F}));
  EXPECT_EQ(read.ranges.maximum, (std::vector<float>{0.3F, 7.0F}));
  EXPECT_EQ(read.rows, 3U);
  EXPECT_NO_THROW(read.check_maker("abc", path_));
  EXPECT_THROW(read.check_maker("abd", path_), Error);
}

TEST_F(CalibrationFile, RefusesNothingAndNonsense) {
  EXPECT_THROW(Calibration().save(path_), Error);
  for (const char* text : {"", "[]", "{}", R"({"kindred_calibration":1})",
                           R"({"kindred_calibration":1,"min":[1],"max":[]})",
                           R"({"kindred_calibration":1,"min":[2],"max":[1]})",
                           R"({"kindred_calibration":1,"min":["a"],"max":[1]})",
                           R"({"kindred_calibration":1,"min":[1e99],"max":[1]})"}) {
    io::write_text_file(path_, text);
    try {
      (void)Calibration::load(path_);
      FAIL() << text;
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::corrupt) << text;
    }
  }
  io::write_text_file(path_, R"({"kindred_calibration":2,"min":[1],"max":[1]})");
  EXPECT_THROW((void)Calibration::load(path_), Error);
}

TEST(Calibration, DoubtsFewRowsAndConstantDimensions) {
  const auto of = [](std::size_t rows, bool constant) {
    Calibration c;
    std::vector<float> values;
    for (std::size_t r = 0; r < rows; ++r) {
      values.push_back(static_cast<float>(r));
      values.push_back(constant ? 0.5F : -static_cast<float>(r));
    }
    c.observe(values, 2);
    return c.doubts();
  };
  EXPECT_TRUE(of(100, false).empty());
  ASSERT_EQ(of(1, false).size(), 1U);
  EXPECT_NE(of(1, false)[0].find("1 text,"), std::string::npos);
  EXPECT_NE(of(1, false)[0].find("100 or more"), std::string::npos);
  ASSERT_EQ(of(100, true).size(), 1U);
  EXPECT_NE(of(100, true)[0].find("1 of 2 dimensions"), std::string::npos);
  EXPECT_NE(of(100, true)[0].find("the first is 1"), std::string::npos);
  EXPECT_EQ(of(99, true).size(), 2U);
}

}  // namespace
}  // namespace kindred::encode
