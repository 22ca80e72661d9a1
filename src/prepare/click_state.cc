#include "prepare/click_state.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "io/file.h"

namespace kindred::prepare {
namespace {

using Json = nlohmann::json;

std::string path_in(const std::string& directory) {
  return io::join_path(directory, "state.json");
}

Json rejects_json(const ClickReport& report) {
  Json rejects = Json::object();
  for (const auto& [reason, counts] : report.rejects) {
    Json sample = Json::array();
    for (const LogReject& reject : counts.sample)
      sample.push_back({{"line", reject.line}, {"text", reject.text}});
    rejects[reason] = {{"lines", counts.lines}, {"sample", sample}};
  }
  return rejects;
}

void read_rejects(const Json& json, ClickReport& report) {
  for (const auto& [reason, value] : json.items()) {
    RejectCounts& counts = report.rejects[reason];
    counts.lines = value.at("lines");
    for (const Json& each : value.at("sample"))
      counts.sample.push_back({reason, each.at("line"), each.at("text")});
  }
}

}  // namespace

void ClickState::save(const std::string& directory, const std::string& key) const {
  Json json = {{"key", key},
               {"stage", static_cast<int>(stage)},
               {"file", file},
               {"rows", rows},
               {"sequence", sequence},
               {"search_runs", search_runs},
               {"user_runs", user_runs},
               {"view_runs", view_runs},
               {"least_position", least_position},
               {"lines", report.lines},
               {"rejected", report.rejected},
               {"rejects", rejects_json(report)},
               {"types", report.types},
               {"anonymous", report.anonymous},
               {"users", report.users},
               {"bot_users", report.bot_users},
               {"bot_lines", report.bot_lines},
               {"first_time", report.first_time},
               {"last_time", report.last_time},
               {"temporary_bytes", report.temporary_bytes},
               {"seconds", report.seconds}};
  SessionCounts::for_each(report.sessions, [&](const char* name, std::uint64_t count) {
    json["sessions"][name] = count;
  });
  json["hours"] = Json::array();
  for (const auto& [hour, counts] : hours)
    json["hours"].push_back({hour, counts.searches, counts.items});
  io::write_text_file(path_in(directory),
                      json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::optional<ClickState> ClickState::load(const std::string& directory, const std::string& key) {
  if (!io::is_file(path_in(directory))) return std::nullopt;
  const std::string text = io::read_text_file(path_in(directory));
  try {
    const Json json = Json::parse(text);
    if (json.at("key") != key) return std::nullopt;
    ClickState state;
    state.stage = static_cast<Stage>(json.at("stage").get<int>());
    state.file = json.at("file");
    state.rows = json.at("rows");
    state.sequence = json.at("sequence");
    state.search_runs = json.at("search_runs");
    state.user_runs = json.at("user_runs");
    state.view_runs = json.at("view_runs");
    state.least_position = json.at("least_position");
    ClickReport& report = state.report;
    report.lines = json.at("lines");
    report.rejected = json.at("rejected");
    read_rejects(json.at("rejects"), report);
    json.at("types").get_to(report.types);
    report.anonymous = json.at("anonymous");
    report.users = json.at("users");
    json.at("bot_users").get_to(report.bot_users);
    json.at("bot_lines").get_to(report.bot_lines);
    report.first_time = json.at("first_time");
    report.last_time = json.at("last_time");
    report.temporary_bytes = json.at("temporary_bytes");
    report.seconds = json.at("seconds");
    SessionCounts::for_each(report.sessions, [&](const char* name, std::uint64_t& count) {
      count = json.at("sessions").at(name);
    });
    for (const Json& hour : json.at("hours")) state.hours[hour.at(0)] = {hour.at(1), hour.at(2)};
    return state;
  } catch (const Json::exception& error) {
    fail(ErrorKind::corrupt, "{} is damaged ({}); remove {} to start over", path_in(directory),
         error.what(), directory);
  }
}

}  // namespace kindred::prepare
