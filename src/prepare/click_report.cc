// What came of click logs, as JSON.
#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "prepare/click_job.h"

namespace kindred::prepare {
namespace {

using Json = nlohmann::ordered_json;

double rounded(double value) {
  return std::round(value * 1e4) / 1e4;
}

Json bots_json(const ClickReport& report) {
  Json bots = Json::object();
  for (std::size_t i = 0; i < kBotReasons; ++i)
    bots[std::string(to_string(static_cast<BotReason>(i)))] = {{"users", report.bot_users[i]},
                                                               {"lines", report.bot_lines[i]}};
  return bots;
}

Json models_json(const ClickReport& report) {
  const ClickModelChoice& models = report.models;
  Json json = {{"chosen", to_string(models.best)},
               {"fitted_to_searches", report.sampled_searches},
               {"pairs_at_several_positions", models.variation.pairs},
               {"clicks_on_them", models.variation.clicks},
               {"positions_linked", models.variation.connected},
               {"confidence", to_string(models.confidence())}};
  for (std::size_t k = 0; k < kClickModels; ++k) {
    if (!models.fitted[k]) continue;
    json["perplexity"][std::string(to_string(static_cast<ClickModelKind>(k)))] =
        rounded(models.foretold[k].perplexity());
  }
  const auto cascade = static_cast<std::size_t>(ClickModelKind::cascade);
  json["persistence"] = rounded(models.models[cascade].persistence);
  return json;
}

Json positions_json(const ClickReport& report) {
  const auto& models = report.models;
  const auto position = static_cast<std::size_t>(ClickModelKind::position);
  const std::vector<double>& examined = models.models[position].examined;
  Json list = Json::array();
  for (std::size_t k = 0; k < report.by_position.size(); ++k) {
    const ClickRate& rate = report.by_position[k];
    if (rate.shown == 0) continue;
    const double ctr = static_cast<double>(rate.clicks) / static_cast<double>(rate.shown);
    Json each = {
        {"position", k + 1}, {"shown", rate.shown}, {"clicks", rate.clicks}, {"ctr", rounded(ctr)}};
    if (models.fitted[position]) {
      each["examined"] = rounded(examined[k]);
      each["harvested"] = rounded(models.harvested[k]);
      each["corrected_ctr"] = rounded(ctr / examined[k]);
    }
    list.push_back(std::move(each));
  }
  return list;
}

Json parts_json(const ClickReport& report) {
  Json parts = Json::object();
  for (std::size_t p = 0; p < kParts; ++p) {
    parts[std::string(kPartNames[p])] = {{"from", format_time(report.part_from[p])},
                                         {"searches", report.part_searches[p]},
                                         {"queries", report.part_queries[p]},
                                         {"judgements", report.judgements[p]},
                                         {"grades", report.grades[p]},
                                         {"pairs", report.pairs[p]}};
  }
  return parts;
}

}  // namespace

std::string to_json(const ClickReport& report) {
  Json json = {{"lines", report.lines}, {"rejected", report.rejected}};
  json["rejects"] = Json::object();
  for (const auto& [reason, counts] : report.rejects) json["rejects"][reason] = counts.lines;
  json["types"] = report.types;
  json["first_time"] = format_time(report.first_time);
  json["last_time"] = format_time(report.last_time);
  json["first_position"] = report.first_position;
  json["users"] = report.users;
  json["lines_without_user"] = report.anonymous;
  json["bots"] = bots_json(report);
  SessionCounts::for_each(report.sessions,
                          [&](const char* name, std::uint64_t count) { json[name] = count; });
  json["queries"] = report.queries;
  json["languages"] = Json::object();
  for (const auto& [language, counts] : report.languages)
    json["languages"][language.empty() ? "unknown" : language] = {
        {"searches", counts.searches}, {"queries", counts.queries}, {"clicks", counts.clicks}};
  for (const auto& [words, searches] : report.query_words)
    json["searches_by_words"][words >= 10 ? "10+" : std::to_string(words)] = searches;
  constexpr const char* kThirds[] = {"head", "torso", "tail"};
  for (std::size_t i = 0; i < 3; ++i)
    json["frequency"][kThirds[i]] = {{"queries", report.frequency_queries[i]},
                                     {"searches", report.frequency_searches[i]}};
  json["click_model"] = models_json(report);
  json["positions"] = positions_json(report);
  json["parts"] = parts_json(report);
  json["searches_of_other_parts_queries"] = report.seen_searches;
  json["searches_over_a_users_share"] = report.views_of_user;
  json["searches_over_a_querys_share"] = report.views_over_cap;
  json["judgements_of_unknown_products"] = report.unknown_products;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace kindred::prepare
