#include "static_vectors/language_identifier.h"

#include <gtest/gtest.h>

#include "io/expect_error.h"

namespace kindred::static_vectors {
namespace {

const std::string kFolder = KINDRED_TEST_DATA "/golden/static_vectors/";

TEST(LanguageIdentifier, KnowsWhatItsModelKnows) {
  const LanguageIdentifier identifier(kFolder + "softmax.bin");
  EXPECT_EQ(identifier.identify("a red apple").language, "en");
  EXPECT_EQ(identifier.identify("A RED APPLE").language, "en");
  EXPECT_EQ(identifier.identify("une chaise\nverte").language, "fr");
  EXPECT_EQ(identifier.identify("红 苹果").language, "zh");
  EXPECT_EQ(identifier.identify("БЕЛЫЙ СТУЛ").language, "ru");
  EXPECT_LE(identifier.identify("a red apple").confidence, 1.0);
}

TEST(LanguageIdentifier, RefusesAModelWithoutLabels) {
  EXPECT_KINDRED_ERROR(LanguageIdentifier(kFolder + "skipgram.bin"), ErrorKind::bad_input,
                       "no labels");
}

}  // namespace
}  // namespace kindred::static_vectors
