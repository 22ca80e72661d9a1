// Filters from JSON.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "index/filter.h"

namespace kindred::index {
namespace {

using Json = nlohmann::json;

[[noreturn]] void fail_at(const std::string& place, std::string_view what) {
  fail(ErrorKind::bad_input, "{}: {}", place, what);
}

Filter read(const Json& json, const std::string& place);

Filter read_children(const Json& list, Filter::Kind kind, const std::string& place) {
  if (!list.is_array() || list.empty()) fail_at(place, "expected a list of filters");
  Filter filter{.kind = kind};
  for (std::size_t i = 0; i < list.size(); ++i) {
    filter.children.push_back(read(list[i], fmt::format("{}[{}]", place, i)));
  }
  return list.size() == 1 ? Filter(filter.children.front()) : filter;
}

std::string read_value(const Json& json, const std::string& place) {
  if (json.is_string()) return json.get<std::string>();
  if (json.is_number()) return json.dump();
  fail_at(place, "expected a text or a number");
}

double read_bound(const Json& json, const std::string& place) {
  if (!json.is_number()) fail_at(place, "expected a number");
  return json.get<double>();
}

Filter read_test(const Json& json, const std::string& place) {
  const Json& name = json.at("field");
  if (!name.is_string() || name.get_ref<const std::string&>().empty()) {
    fail_at(place + ".field", "expected the name of a field");
  }
  Filter filter{.kind = Filter::Kind::range, .field = name.get<std::string>()};
  NumberRange& range = filter.range;
  int tests = 0;
  const auto take = [&](const char* key, const auto& use) {
    const auto found = json.find(key);
    if (found == json.end()) return;
    use(*found, place + "." + key);
    ++tests;
  };
  take("is", [&](const Json& value, const std::string& at) {
    filter.kind = Filter::Kind::values;
    filter.values.push_back(read_value(value, at));
  });
  take("in", [&](const Json& list, const std::string& at) {
    if (!list.is_array() || list.empty()) fail_at(at, "expected a list of values");
    filter.kind = Filter::Kind::values;
    for (const Json& value : list) filter.values.push_back(read_value(value, at));
  });
  take("exists", [&](const Json& value, const std::string& at) {
    if (value != Json(true))
      fail_at(at, "expected true; for the opposite put {\"not\": …} around it");
    filter.kind = Filter::Kind::present;
  });
  const bool is_range = filter.kind == Filter::Kind::range;
  if (!is_range && json.size() != 2) fail_at(place, "expected one test beside \"field\"");
  if (!is_range) return filter;
  take("from", [&](const Json& v, const std::string& at) { range.low = read_bound(v, at); });
  take("to", [&](const Json& v, const std::string& at) { range.high = read_bound(v, at); });
  take("above", [&](const Json& v, const std::string& at) {
    if (json.contains("from")) fail_at(at, "\"from\" and \"above\" exclude each other");
    range.low = read_bound(v, at);
    range.above_low = true;
  });
  take("below", [&](const Json& v, const std::string& at) {
    if (json.contains("to")) fail_at(at, "\"to\" and \"below\" exclude each other");
    range.high = read_bound(v, at);
    range.below_high = true;
  });
  if (tests == 0 || json.size() != static_cast<std::size_t>(tests) + 1) {
    fail_at(place,
            "beside \"field\" expected \"is\", \"in\", \"exists\", \"from\", \"above\", \"to\" or "
            "\"below\"");
  }
  if (range.low > range.high) fail_at(place, "no number is in this range; exchange its bounds");
  return filter;
}

Filter read(const Json& json, const std::string& place) {
  if (!json.is_object()) fail_at(place, "expected an object");
  if (json.contains("field")) return read_test(json, place);
  if (json.size() != 1)
    fail_at(place, "expected one of \"all\", \"any\", \"not\", or \"field\" and a test");
  const std::string& key = json.begin().key();
  const std::string inside = place + "." + key;
  if (key == "all") return read_children(json.front(), Filter::Kind::all_of, inside);
  if (key == "any") return read_children(json.front(), Filter::Kind::any_of, inside);
  if (key != "not") fail_at(inside, "unknown; use \"all\", \"any\", \"not\" or \"field\"");
  Filter filter{.kind = Filter::Kind::none_of};
  filter.children.push_back(read(json.front(), inside));
  return filter;
}

}  // namespace

Filter parse_filter_json(std::string_view json) {
  if (json.size() > kMaxFilterBytes) {
    fail(ErrorKind::bad_input, "a filter of {} bytes; at most {} are allowed", json.size(),
         kMaxFilterBytes);
  }
  // Each level of a filter is an object and perhaps a list.
  const auto check_depth = [](int depth, Json::parse_event_t, Json&) {
    if (depth > 2 * kMaxFilterDepth) {
      fail(ErrorKind::bad_input, "filter: nested more than {} deep", kMaxFilterDepth);
    }
    return true;
  };
  Json parsed;
  try {
    parsed = Json::parse(json, check_depth);
  } catch (const Json::exception& error) {
    fail(ErrorKind::bad_input, "filter: not JSON: {}", error.what());
  }
  return read(parsed, "filter");
}

}  // namespace kindred::index
