#include "catalog/html.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "catalog/html_entities.h"

namespace kindred::catalog {
namespace {

TEST(Html, TakesMarkupOutAndLeavesTextAlone) {
  const std::pair<const char*, const char*> cases[] = {
      {"plain text", "plain text"},
      {"<p>One</p><p>Two</p>", "\nOne\n\nTwo\n"},
      {"a <b>bold</b> word", "a bold word"},
      {"line<br>break<br/>two", "line\nbreak\ntwo"},
      {"<div class=\"x > y\">in</div>", "\nin\n"},
      {"<SPAN STYLE='color:red'>Red</SPAN>", "Red"},
      {"<script>alert('<b>')</script>after", "after"},
      {"<style type=\"text/css\">p { a > b }</style>x", "x"},
      {"before<!-- a <b> comment -->after", "beforeafter"},
      {"<!DOCTYPE html>x", "x"},
      {"3 < 4 and 5 > 4", "3 < 4 and 5 > 4"},
      {"I <3 it", "I <3 it"},
      {"List<T> and <正品>", "List<T> and <正品>"},
      {"an open <b", "an open <b"},
      {"a<b and c>d", "ad"},  // indistinguishable from a tag
      {"Tom &amp; Jerry", "Tom & Jerry"},
      {"&lt;b&gt;twice&lt;/b&gt;", "twice"},
      {"&amp;quot;6.1&amp;quot;", "\"6.1\""},
      {"5&nbsp;kg &eacute;&Eacute; &euro;9", "5\u00a0kg éÉ €9"},
      {"&#39;x&#x27; &#128; &#8364;", "'x' € €"},
      {"&#0; &#xD800; &#x110000; &#99999999999;", "\uFFFD \uFFFD \uFFFD &#99999999999;"},
      {"AT&T, R&D; a&b;", "AT&T, R&D; a&b;"},
      {"?a=1&copy=2", "?a=1&copy=2"},
      {"<ul><li>A</li><li>B</li></ul>", "\n\nA\n\nB\n\n"},
  };
  for (const auto& [html, text] : cases) EXPECT_EQ(strip_html(html), text) << html;
}

TEST(Html, EntitiesAreSortedForTheirSearch) {
  EXPECT_TRUE(
      std::is_sorted(std::begin(kHtmlEntities), std::end(kHtmlEntities),
                     [](const HtmlEntity& a, const HtmlEntity& b) { return a.name < b.name; }));
  for (const HtmlEntity& entity : kHtmlEntities) {
    EXPECT_EQ(strip_html("&" + std::string(entity.name) + ";").find('&'),
              entity.name == "amp" ? 0U : std::string::npos)
        << entity.name;
  }
}

TEST(Html, IsLinearInWhatLooksLikeMarkup) {
  std::string open;
  for (int i = 0; i < 200000; ++i) open += "<b ";
  EXPECT_EQ(strip_html(open), open);
  std::string unclosed;
  for (int i = 0; i < 200000; ++i) unclosed += i % 2 == 0 ? "<!--" : "<!x";
  EXPECT_EQ(strip_html(unclosed), unclosed);
  std::string comments;
  for (int i = 0; i < 20000; ++i) comments += "&#60;";
  EXPECT_EQ(strip_html(comments), std::string(20000, '<'));
}

}  // namespace
}  // namespace kindred::catalog
