// Texts to the terms by which words find them. Tested by analyzer_test.cc.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kindred::search {

/// Longer terms are cut at a character's border.
inline constexpr std::size_t kMaxTermBytes = 64;

/// A word of a query.
struct QueryWord {
  std::string term;
  std::string written;  ///< the same before its plural was taken, to be corrected by
  bool stop = false;    ///< a stop word of some language: never corrected, and no word to insist on
};

/// Analysis is the same for documents and queries, and for every language, so that a query that
/// mixes languages ("zapatillas 红色 42") finds what each of its words finds:
///
/// - Unicode NFKC with case folding; accents and strokes go from Latin, Greek and Cyrillic letters
///   (ñ → n, ø → o, й → и), and from no other script, where marks are letters.
/// - Words are runs of letters and digits. Chinese, Japanese, Thai, Lao, Khmer and Burmese are
///   segmented by ICU's dictionaries; a Chinese word of three or more characters also gives its
///   pairs of characters, since segmentations differ with the context. Traditional characters are
///   simplified, so that 紅色運動鞋 and 红色运动鞋 are the same words.
/// - A number keeps its unit, "256 GB" and "256GB" alike: `256gb`. "3,5" is `3.5`, "1,000" is
/// `1000`.
/// - "wh-1000xm4" and "t-shirt" give their parts and the whole without hyphens.
/// - "l'homme" gives `homme`: an elided article is no word. "men's" gives `men`.
/// - Plurals: a final s goes from words of at least four Latin letters, unless it ends in ss, us or
///   is; "ies" becomes "y". In Spanish also "es" behind d, j, l, n, r, y and z. Nothing else is
///   stemmed: a wrong conflation costs a shop more than a missed one, which typo tolerance catches.
/// - Stop words of the text's language go, where that is known.
///
/// What is not valid UTF-8 separates words.
///
/// Threads: both functions may run concurrently.
///
/// `language`: "en", "zh-Hant" …; only what stands before a '-' counts; empty: not known. Appends
/// the terms in the text's order.
void analyze(std::string_view text, std::string_view language, std::vector<std::string>& terms);

/// The words of a query, each term once. Stop words stay, marked.
std::vector<QueryWord> analyze_query(std::string_view text, std::string_view language);

}  // namespace kindred::search
