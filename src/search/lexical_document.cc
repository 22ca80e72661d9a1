#include "search/lexical_document.h"

#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "io/byte_codec.h"
#include "search/analyzer.h"

namespace kindred::search {

AnalyzedDocument analyze_document(const LexicalDocument& document) {
  document.fields.validate();
  AnalyzedDocument analyzed;
  analyzed.key = document.key;
  analyzed.fields = document.fields;
  std::unordered_map<std::string, std::uint32_t> counts;
  std::vector<std::string> terms;
  for (const FieldText& text : document.texts) {
    const std::uint32_t weight = kFieldWeights[static_cast<std::size_t>(text.field)];
    terms.clear();
    analyze(text.text, text.language, terms);
    for (std::string& term : terms) counts[std::move(term)] += weight;
    analyzed.length += weight * static_cast<std::uint32_t>(terms.size());
  }
  analyzed.terms.assign(counts.begin(), counts.end());
  std::sort(analyzed.terms.begin(), analyzed.terms.end());
  return analyzed;
}

std::string encode_document(const AnalyzedDocument& document) {
  io::ByteWriter out;
  out.number(document.key);
  out.number(document.length);
  out.number(static_cast<std::uint32_t>(document.terms.size()));
  for (const auto& [term, weight] : document.terms) {
    out.number(static_cast<std::uint8_t>(term.size()));
    for (const char c : term) out.number(c);
    out.number(weight);
  }
  out.text(index::encode_fields(document.fields));
  return out.take();
}

AnalyzedDocument decode_document(std::string_view bytes) {
  io::ByteReader in(bytes, "a logged document");
  AnalyzedDocument document;
  document.key = in.number<std::uint64_t>();
  document.length = in.number<std::uint32_t>();
  const auto count = in.number<std::uint32_t>();
  for (std::uint32_t i = 0; i < count; ++i) {
    std::string term(in.take(in.number<std::uint8_t>()));
    const auto weight = in.number<std::uint32_t>();
    const bool ascends = document.terms.empty() || document.terms.back().first < term;
    if (term.empty() || weight == 0 || !ascends) {
      fail(ErrorKind::corrupt,
           "a logged document's terms are out of order; restore the log from a backup");
    }
    document.terms.emplace_back(std::move(term), weight);
  }
  document.fields = index::decode_fields(in.text());
  if (in.left() != 0) fail(ErrorKind::corrupt, "a logged document has bytes behind its end");
  return document;
}

}  // namespace kindred::search
