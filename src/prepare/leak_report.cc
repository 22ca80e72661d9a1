#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "prepare/leaks.h"

namespace kindred::prepare {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const LeakPlace& place) {
  return {{"split", place.split},
          {"file", place.file},
          {"line", place.line},
          {"field", place.field},
          {"text", place.text}};
}

}  // namespace

std::string LeakReport::to_text() const {
  std::string text;
  for (const Split& split : splits) {
    text += fmt::format("{}: {} examples, {} different texts, {} examples leak", split.name,
                        with_thousands(split.examples), with_thousands(split.texts),
                        with_thousands(split.leaking));
    if (split.rejected > 0)
      text += fmt::format("; {} rows are no examples", with_thousands(split.rejected));
    text += '\n';
  }
  if (!any()) return text + "nothing is in two splits\n";
  for (const LeakCount& count : counts) {
    text += fmt::format("\n{} in both {} and {}: {} of the first, {} of the second\n",
                        to_string(count.kind), count.first, count.second,
                        with_thousands(count.in_first), with_thousands(count.in_second));
    for (const Leak& leak : samples) {
      if (leak.kind != count.kind || leak.first.split != count.first ||
          leak.second.split != count.second)
        continue;
      const auto line = [&](const LeakPlace& place) {
        return fmt::format("  {}, line {}, {}: {}\n", place.file, place.line, place.field,
                           place.text);
      };
      text += line(leak.first) + line(leak.second);
      if (leak.kind == LeakKind::near)
        text += fmt::format("  similarity {:.2f}\n", leak.similarity);
    }
  }
  if (crowded > 0) {
    text += fmt::format(
        "\n{} texts have more than 1,000 candidates, of which the first 1,000 were compared\n",
        with_thousands(crowded));
  }
  return text;
}

std::string LeakReport::to_json() const {
  Json json{{"leaks", any()}};
  for (const Split& split : splits) {
    json["splits"].push_back({{"name", split.name},
                              {"examples", split.examples},
                              {"rejected", split.rejected},
                              {"texts", split.texts},
                              {"leaking", split.leaking}});
  }
  json["counts"] = Json::array();
  for (const LeakCount& count : counts) {
    json["counts"].push_back({{"kind", to_string(count.kind)},
                              {"first", count.first},
                              {"second", count.second},
                              {"in_first", count.in_first},
                              {"in_second", count.in_second}});
  }
  json["samples"] = Json::array();
  for (const Leak& leak : samples) {
    json["samples"].push_back({{"kind", to_string(leak.kind)},
                               {"first", json_of(leak.first)},
                               {"second", json_of(leak.second)},
                               {"similarity", leak.similarity}});
  }
  json["crowded"] = crowded;
  json["missed"] = missed;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace kindred::prepare
