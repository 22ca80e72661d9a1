#include "index/field_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace kindred::index {
namespace {

constexpr std::size_t kMostShown = 30;  // names in a message
constexpr std::size_t kLongest = 100;   // names that are compared

std::string lower(std::string_view text) {
  std::string result(text.substr(0, kLongest));
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

// Letters changed, added, left out or exchanged with the next (optimal string alignment).
std::size_t edits_between(std::string_view a, std::string_view b) {
  std::vector<std::size_t> two_up, up(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    two_up = up;
    up = row;
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({up[j] + 1, row[j - 1] + 1, up[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], two_up[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::vector<std::string> all_names(const KnownFields& known) {
  std::vector<std::string> names = known.names();
  if (names.empty()) return names;
  for (const auto& [name, kinds] : known.expected) names.push_back(name);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::string listed(const std::vector<std::string>& names) {
  const std::size_t shown = std::min(names.size(), kMostShown);
  std::string list = fmt::format(
      "{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  if (shown < names.size()) list += fmt::format(" and {} more", names.size() - shown);
  return list;
}

FieldKinds kinds_of(std::string_view field, FieldUse use, const KnownFields& known) {
  for (const auto& [name, expected] : known.expected) {
    if (name == field) return expected;
  }
  return known.kinds(field, use);
}

}  // namespace

std::string most_like(std::string_view wrong, const std::vector<std::string>& names) {
  const std::string asked = lower(wrong);
  std::string best;
  std::size_t least = std::max<std::size_t>(1, std::min<std::size_t>(3, asked.size() / 3)) + 1;
  for (const std::string& name : names) {
    const std::string plain = lower(name);
    std::size_t edits = edits_between(asked, plain);
    for (std::size_t dot = plain.find('.'); dot != std::string::npos;
         dot = plain.find('.', dot + 1))
      edits = std::min(edits, edits_between(asked, std::string_view(plain).substr(dot + 1)));
    if (edits >= least) continue;
    least = edits;
    best = name;
  }
  return best;
}

void check_field(std::string_view what, std::string_view field, FieldUse use,
                 const KnownFields& known) {
  const auto fits = [&](const FieldKinds& kinds) {
    return use == FieldUse::any ? kinds.any() : use == FieldUse::tags ? kinds.tags : kinds.numbers;
  };
  if (fits(kinds_of(field, use, known))) return;
  if (!kinds_of(field, FieldUse::any, known).any()) {
    const std::vector<std::string> names = all_names(known);
    if (names.empty()) return;
    const std::string like = most_like(field, names);
    const std::string meant = like.empty() ? "" : fmt::format("; did you mean {}?", like);
    fail(ErrorKind::bad_input, "{}: there is no field {}{}{} The fields are: {}", what, field,
         meant, meant.empty() ? "." : "", listed(names));
  }
  std::vector<std::string> names = all_names(known);
  std::erase_if(names, [&](const std::string& name) { return !fits(kinds_of(name, use, known)); });
  const char* holds = use == FieldUse::tags ? "numbers, and texts are" : "texts, and a number is";
  fail(ErrorKind::bad_input, "{}: the field {} holds {} needed; {}{}", what, field, holds,
       names.empty() ? "no field has any" : "fields with such are: ", listed(names));
}

void check_fields(std::string_view what, const Filter& filter, const KnownFields& known) {
  if (!filter.field.empty()) {
    const bool range = filter.kind == Filter::Kind::range;
    check_field(what, filter.field, range ? FieldUse::numbers : FieldUse::any, known);
  }
  for (const Filter& child : filter.children) check_fields(what, child, known);
}

}  // namespace kindred::index
