#include "prepare/title_spans.h"

#include <gtest/gtest.h>

namespace kindred::prepare {
namespace {

catalog::Product phone() {
  catalog::Product product;
  product.brand = "Nova";
  product.attributes = {{.key = "storage", .values = {{"", "256 GB"}}},
                        {.key = "colour", .values = {{"en", "deep black"}, {"zh", "黑色"}}},
                        {.key = "finish", .values = {{"en", "black"}}},
                        {.key = "empty", .values = {{"", " "}}}};
  return product;
}

std::vector<std::string> marked(std::string_view title, std::string_view language) {
  std::vector<std::string> list;
  for (const Span& span : title_spans(title, language, phone()))
    list.push_back(span.label + "=" + std::string(title.substr(span.begin, span.end - span.begin)));
  return list;
}
using Marked = std::vector<std::string>;

TEST(TitleSpans, AreWholeWordsOfTheTitlesLanguage) {
  EXPECT_EQ(marked("NOVA X9 phone 256GB deep  black", "en"),
            (Marked{"brand=NOVA", "storage=256GB", "colour=deep  black"}));
  EXPECT_EQ(marked("Nova手机 256 GB 黑色", "zh"),
            (Marked{"brand=Nova", "storage=256 GB", "colour=黑色"}));
  EXPECT_EQ(marked("Nova 黑色", "en"), Marked{"brand=Nova"});
  EXPECT_EQ(marked("Supernova blackish 1256 GB", "en"), Marked{});
  EXPECT_EQ(marked("black, black", "en"), (Marked{"finish=black", "finish=black"}));
  EXPECT_EQ(marked("", "en"), Marked{});
}

}  // namespace
}  // namespace kindred::prepare
