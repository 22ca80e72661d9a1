#include "eval/slices.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

namespace kindred::eval {
namespace {

constexpr const char* kOthers = "(others)";

// Groups with how many queries of the first system each has, in the order to be shown.
std::vector<std::string> groups_of(const Slicing& slicing, std::span<const Measured> systems) {
  std::map<std::string, std::size_t> sizes;
  for (const Measured& system : systems)
    for (const std::string& query : system.queries)
      if (const auto found = slicing.group_of.find(query); found != slicing.group_of.end())
        ++sizes[found->second];
  std::vector<std::string> groups;
  for (const std::string& name : slicing.order)
    if (sizes.erase(name) > 0) groups.push_back(name);
  std::vector<std::pair<std::string, std::size_t>> rest(sizes.begin(), sizes.end());
  std::stable_sort(rest.begin(), rest.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  for (auto& [name, size] : rest) groups.push_back(std::move(name));
  return groups;
}

std::optional<double> number(const std::string& text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(value) || value < 0.0) return std::nullopt;
  return value;
}

}  // namespace

Table slice_table(const Slicing& slicing, std::span<const Measured> systems, const Metric& metric) {
  Table table;
  table.key = "slice." + slicing.key;
  table.title = slicing.title + ", " + metric.name();
  table.note = slicing.note;
  std::vector<std::string> groups = groups_of(slicing, systems);
  const bool has_others = groups.size() > kMostGroups;
  if (has_others) {
    groups.resize(kMostGroups - 1);
    groups.emplace_back(kOthers);
  }
  std::unordered_map<std::string, std::size_t> place;
  for (std::size_t i = 0; i < groups.size(); ++i) place.emplace(groups[i], i);
  for (const std::string& name : groups) table.rows.push_back({name, {}, 0});
  for (const Measured& system : systems) {
    table.columns.push_back(system.name);
    const std::vector<double>& values = system.values[system.index_of(metric)];
    std::vector<std::vector<double>> of_group(groups.size());
    for (std::size_t q = 0; q < system.queries.size(); ++q) {
      const auto group = slicing.group_of.find(system.queries[q]);
      if (group == slicing.group_of.end()) continue;
      const auto known = place.find(group->second);
      of_group[known == place.end() ? groups.size() - 1 : known->second].push_back(values[q]);
    }
    for (std::size_t g = 0; g < groups.size(); ++g) {
      Table::Row& row = table.rows[g];
      row.count = std::max(row.count, of_group[g].size());
      if (of_group[g].empty()) {
        row.cells.push_back({std::nullopt});
        continue;
      }
      double sum = 0.0;
      for (const double value : of_group[g]) sum += value;
      row.cells.push_back(
          {sum / static_cast<double>(of_group[g].size()), bootstrap_mean(of_group[g])});
    }
  }
  return table;
}

Slicing popularity_slicing(const std::unordered_map<std::string, std::string>& popularity) {
  Slicing slicing{"popularity",
                  "By popularity",
                  "Head: the most popular queries, which make up a third of all popularity; torso: "
                  "the second third.",
                  {},
                  {"head", "torso", "tail"}};
  std::vector<std::pair<double, std::string>> queries;
  double total = 0.0;
  for (const auto& [query, text] : popularity) {
    const std::optional<double> value = number(text);
    if (!value) continue;
    queries.emplace_back(*value, query);
    total += *value;
  }
  std::sort(queries.begin(), queries.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  double before = 0.0;
  for (const auto& [value, query] : queries) {
    slicing.group_of[query] = before < total / 3       ? "head"
                              : before < 2 * total / 3 ? "torso"
                                                       : "tail";
    before += value;
  }
  return slicing;
}

}  // namespace kindred::eval
