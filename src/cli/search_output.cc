#include "cli/search_output.h"

#include <nlohmann/json.hpp>

#include "cli/console.h"
#include "search/stop_words.h"
#include "shop/item.h"

namespace kindred::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string price_of(const shop::Shown& shown) {
  return shown.price ? fmt::format("{:.2f} {}", *shown.price, shown.currency) : std::string();
}

Json json_of(const search::Explanation& e) {
  Json json = Json::object();
  if (e.vector_rank) json["vector"] = {{"rank", *e.vector_rank}, {"part", e.vector_part}};
  if (e.vector_score) json["vector"]["score"] = *e.vector_score;
  if (e.words_rank) json["words"] = {{"rank", *e.words_rank}, {"part", e.words_part}};
  if (e.words_score) json["words"]["score"] = *e.words_score;
  for (const search::TermScore& term : e.terms) {
    json["words"]["terms"].push_back(
        {{"word", term.word}, {"term", term.term}, {"score", term.score}});
  }
  if (e.history_score) json["history"] = {{"score", *e.history_score}, {"part", e.history_part}};
  if (!e.boosts.empty()) json["boosts"] = e.boosts;
  return json;
}

std::string line_of(const search::Explanation& e) {
  std::string line;
  if (e.vector_rank)
    line += fmt::format("vector: place {}, cosine {:.3f}, part {:.4f}", *e.vector_rank,
                        e.vector_score.value_or(0.0), e.vector_part);
  if (e.words_rank) {
    line += fmt::format("{}words: place {}, BM25 {:.2f}, part {:.4f}", line.empty() ? "" : "; ",
                        *e.words_rank, e.words_score.value_or(0.0), e.words_part);
    std::string terms;
    for (const search::TermScore& term : e.terms) {
      terms +=
          fmt::format("{}{} {:.2f}", terms.empty() ? "" : ", ",
                      term.word == term.term ? term.term : term.word + "→" + term.term, term.score);
    }
    line += " (" + terms + ")";
  }
  if (e.history_score)
    line += fmt::format("{}history: score {:.3f}, part {:.4f}", line.empty() ? "" : "; ",
                        *e.history_score, e.history_part);
  return line;
}

Json json_of(const search::SearchHit& hit, const SearchOutput& output) {
  const shop::Shown shown = shop::shown(hit.item.payload, output.language);
  Json json{{"id", hit.item.id},          {"score", hit.score},         {"title", shown.title},
            {"language", shown.language}, {"category", shown.category}, {"brand", shown.brand}};
  if (shown.price) json["price"] = *shown.price;
  json["currency"] = shown.currency;
  if (!shown.image.empty()) json["image"] = shown.image;
  if (hit.collapsed > 0) json["collapsed"] = hit.collapsed;
  if (output.calibration) {
    const std::optional<double> p = output.probability(hit);
    json["probability"] = p ? Json(*p) : Json(nullptr);
  }
  if (hit.explanation && output.explain) json["explanation"] = json_of(*hit.explanation);
  return json;
}

const char* kind_of(const search::UsedHistory& history) {
  if (history.items.empty()) return "none";
  return history.learned ? "learned" : "textual";
}

Json json_of(const search::UsedHistory& history) {
  Json json{{"vectors", kind_of(history)}, {"items", Json::array()}, {"unknown", history.unknown}};
  for (const auto& [id, share] : history.items)
    json["items"].push_back({{"id", id}, {"share", share}});
  return json;
}

void print_history(const search::UsedHistory& history) {
  std::string unknown;
  for (const std::string& id : history.unknown) unknown += (unknown.empty() ? "" : ", ") + id;
  if (history.items.empty())
    cli::print("  the history was of no use: no product of it has a vector\n");
  else
    cli::print("  history: {} vectors of {} product{}{}\n", kind_of(history), history.items.size(),
               history.items.size() == 1 ? "" : "s",
               unknown.empty() ? "" : "; unknown: " + unknown);
}

void print_json(const SearchOutput& output, const std::string& query,
                const search::SearchResponse& response, double encode_ms, double search_ms) {
  Json json{{"query", query}, {"results", Json::array()}};
  if (response.history) json["history"] = json_of(*response.history);
  for (const search::SearchHit& hit : response.hits)
    json["results"].push_back(json_of(hit, output));
  for (const search::Facet& facet : response.facets) {
    for (const index::FacetValue& value : facet.values)
      json["facets"][facet.field].push_back({{"value", value.value}, {"products", value.rows}});
  }
  for (const search::NumberFacet& facet : response.number_facets) {
    const index::NumberSummary& s = facet.summary;
    if (s.count == 0) continue;
    json["number_facets"][facet.field] = {{"products", s.count},
                                          {"min", s.min},
                                          {"max", s.max},
                                          {"mean", s.sum / static_cast<double>(s.count)}};
  }
  if (!response.cursor.empty()) json["cursor"] = response.cursor;
  json["encode_ms"] = encode_ms;
  json["search_ms"] = search_ms;
  write_out(json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

void print_corrections(const search::SearchResponse& response) {
  for (const search::UsedWord& word : response.words) {
    if (search::is_stop_word_of_any(word.word)) continue;
    if (word.terms.empty()) {
      cli::print("  no product has '{}'\n", word.word);
      continue;
    }
    if (word.terms[0].edits == 0) continue;
    std::string terms;
    for (const search::UsedTerm& term : word.terms)
      terms += (terms.empty() ? "" : ", ") + term.term;
    cli::print("  no product has '{}'; looked for {}\n", word.word, terms);
  }
}

void print_facets(const search::SearchResponse& response) {
  for (const search::Facet& facet : response.facets) {
    if (facet.values.empty()) continue;
    std::string values;
    for (const index::FacetValue& value : facet.values)
      values += fmt::format("{}{} {}", values.empty() ? "" : ", ", value.value, value.rows);
    cli::print("  {}: {}\n", facet.field, values);
  }
  for (const search::NumberFacet& facet : response.number_facets) {
    const index::NumberSummary& s = facet.summary;
    if (s.count == 0) continue;
    cli::print("  {}: {} products, {:.2f} to {:.2f}, mean {:.2f}\n", facet.field, s.count, s.min,
               s.max, s.sum / static_cast<double>(s.count));
  }
}

}  // namespace

std::optional<double> SearchOutput::probability(const search::SearchHit& hit) const {
  if (calibration == nullptr || !hit.explanation || !hit.explanation->vector_score)
    return std::nullopt;
  return calibration->probability(*hit.explanation->vector_score, language);
}

void SearchOutput::print(const std::string& query, const search::SearchResponse& response,
                         double encode_ms, double search_ms) const {
  if (json) {
    print_json(*this, query, response, encode_ms, search_ms);
    return;
  }
  if (!query.empty()) cli::print("{}\n", query);
  print_corrections(response);
  if (response.history) print_history(*response.history);
  std::size_t place = 0;
  for (const search::SearchHit& hit : response.hits) {
    const shop::Shown shown = shop::shown(hit.item.payload, language);
    const std::optional<double> p = probability(hit);
    cli::print("{:3}. {:.4f} {}{:2} {:>12}  {:10}  {} | {}\n", ++place, hit.score,
               p ? fmt::format("{:>5.1f}% ", 100.0 * *p) : "", shown.language, price_of(shown),
               hit.item.id, shown.title, shown.category);
    if (hit.explanation && explain) cli::print("     {}\n", line_of(*hit.explanation));
    if (hit.collapsed > 0) cli::print("     and {} like it\n", hit.collapsed);
  }
  if (response.hits.empty()) cli::print("  nothing found\n");
  print_facets(response);
  cli::print("  encoded in {:.1f} ms, searched in {:.1f} ms\n\n", encode_ms, search_ms);
}

}  // namespace kindred::cli
