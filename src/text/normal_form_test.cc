#include "text/normal_form.h"

#include <gtest/gtest.h>

namespace kindred::text {
namespace {

std::string normalized(NormalForm form, std::string_view text) {
  std::vector<Change> changes;
  NormalForms::get().normalize(form, text, changes);
  std::string out;
  for (const Change& change : changes) append(out, change.c);
  return out;
}

std::vector<int> changes_of(NormalForm form, std::string_view text) {
  std::vector<Change> changes;
  NormalForms::get().normalize(form, text, changes);
  std::vector<int> out;
  for (const Change& change : changes) out.push_back(change.change);
  return out;
}

TEST(NormalForm, Decomposes) {
  EXPECT_EQ(normalized(NormalForm::nfd, "é"), "e\u0301");
  EXPECT_EQ(normalized(NormalForm::nfd, "각"), "\u1100\u1161\u11a8");
  EXPECT_EQ(normalized(NormalForm::nfd, "a\u0301\u0323"), "a\u0323\u0301");
  EXPECT_EQ(normalized(NormalForm::nfkd, "ﬁ½"), "fi1\u20442");
}

TEST(NormalForm, Composes) {
  EXPECT_EQ(normalized(NormalForm::nfc, "e\u0301"), "é");
  EXPECT_EQ(normalized(NormalForm::nfc, "s\u0307\u0323"), "ṩ");
  EXPECT_EQ(normalized(NormalForm::nfc, "\u1100\u1161\u11a8"), "각");
  EXPECT_EQ(normalized(NormalForm::nfc, "\u0344"), "\u0308\u0301");
  EXPECT_EQ(normalized(NormalForm::nfkc, "ｶﾞ"), "ガ");
}

TEST(NormalForm, TracesWhatBecomesOfCharacters) {
  EXPECT_EQ(changes_of(NormalForm::nfd, "é"), (std::vector<int>{0, 1}));
  EXPECT_EQ(changes_of(NormalForm::nfc, "e\u0301"), (std::vector<int>{-1}));
  EXPECT_EQ(changes_of(NormalForm::nfc, "éa"), (std::vector<int>{0, 0}));
}

TEST(NormalForm, LeavesCharactersOfLaterVersionsAlone) {
  EXPECT_EQ(normalized(NormalForm::nfkd, "\u32ff"), "\u32ff");  // Unicode 12
}

TEST(NormalForm, QuickCheckSaysYesOnlyToNormalText) {
  const NormalForms& forms = NormalForms::get();
  for (const char* text : {"plain", "é", "e\u0301", "각", "\u1100\u1161", "ﬁ", "a\u0301\u0323", "ที่",
                           "\u0344", "日本"}) {
    for (const NormalForm form :
         {NormalForm::nfc, NormalForm::nfd, NormalForm::nfkc, NormalForm::nfkd}) {
      if (forms.is_normal(form, text)) {
        EXPECT_EQ(normalized(form, text), text);
      }
    }
  }
  EXPECT_TRUE(forms.is_normal(NormalForm::nfc, "plain é 日本"));
  EXPECT_FALSE(forms.is_normal(NormalForm::nfc, "e\u0301"));
}

}  // namespace
}  // namespace kindred::text
