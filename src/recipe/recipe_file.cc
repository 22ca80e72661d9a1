#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

// The parser is compiled into this unit alone.
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

#include "base/error.h"
#include "index/field_check.h"
#include "io/file.h"
#include "recipe/recipe_check.h"
#include "recipe/recipe_schema.h"

namespace kindred::recipe {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 20;
constexpr std::size_t kMostSections = 10'000;  // of one name
constexpr std::int64_t kMostInteger = std::int64_t{1} << 53;

// Where a value stands, for messages: "recipe.toml, line 7: loss.temperature".
struct Place {
  std::string where;
  std::string key;

  [[noreturn]] void refuse(std::string_view what, const Key& of) const {
    fail(ErrorKind::bad_input, "{}: {} {}; allowed: {}", where, key, what, of.allowed());
  }
};

std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& names) {
  const std::string like = index::most_like(wrong, names);
  return like.empty() ? "" : fmt::format("; did you mean {}?", like);
}

double number_in_range(double value, const Key& key, const Place& place) {
  if (!std::isfinite(value)) place.refuse("is no finite number", key);
  if (!key.range.holds(value)) place.refuse(fmt::format("is {}", value), key);
  return value;
}

double number_of(const toml::node& node, const Key& key, const Place& place) {
  if (const auto* whole = node.as_integer())
    return number_in_range(static_cast<double>(whole->get()), key, place);
  if (const auto* real = node.as_floating_point()) return number_in_range(real->get(), key, place);
  place.refuse("is no number", key);
}

std::int64_t integer_of(const toml::node& node, const Key& key, const Place& place) {
  const auto* whole = node.as_integer();
  if (whole == nullptr) place.refuse("is no whole number", key);
  if (std::abs(whole->get() / 2) >= kMostInteger / 2) place.refuse("is too large", key);
  (void)number_in_range(static_cast<double>(whole->get()), key, place);
  return whole->get();
}

void check_choice(const std::string& text, const Key& key, const Place& place) {
  if (key.choices.empty() ||
      std::find(key.choices.begin(), key.choices.end(), text) != key.choices.end())
    return;
  const std::vector<std::string> names(key.choices.begin(), key.choices.end());
  place.refuse(fmt::format("is '{}'{}", text, did_you_mean(text, names)), key);
}

std::string text_of(const toml::node& node, const Key& key, const Place& place) {
  const auto* text = node.as_string();
  if (text == nullptr) place.refuse("is no text", key);
  check_choice(text->get(), key, place);
  if (key.check != nullptr) {
    try {
      key.check(text->get());
    } catch (const Error& error) {
      fail(ErrorKind::bad_input, "{}: {}: {}", place.where, place.key, error.what());
    }
  }
  return text->get();
}

template <typename T, typename Read>
std::vector<T> list_of(const toml::node& node, const Key& key, const Place& place, Read read) {
  std::vector<T> values;
  if (const auto* array = node.as_array()) {
    for (const toml::node& element : *array) values.push_back(read(element, key, place));
  } else {
    values.push_back(read(node, key, place));
  }
  return values;
}

// Names alone weigh 1.
std::map<std::string, double> numbers_by_name(const toml::node& node, const Key& key,
                                              const Place& place) {
  std::map<std::string, double> values;
  if (const auto* table = node.as_table()) {
    for (const auto& [name, value] : *table) {
      check_choice(std::string(name.str()), key, place);
      values[std::string(name.str())] = number_of(value, key, place);
    }
    return values;
  }
  if (key.choices.empty()) place.refuse("has no names", key);
  for (const std::string& name : list_of<std::string>(node, key, place, text_of))
    values[name] = 1.0;
  return values;
}

std::map<std::string, std::string> texts_by_name(const toml::node& node, const Key& key,
                                                 const Place& place) {
  const auto* table = node.as_table();
  if (table == nullptr) place.refuse("has no names", key);
  std::map<std::string, std::string> values;
  for (const auto& [name, value] : *table)
    values[std::string(name.str())] = text_of(value, key, place);
  return values;
}

Setting setting_of(const toml::node& node, const Key& key, const Place& place) {
  if (const auto* text = node.as_string(); key.optional && text != nullptr && text->get() == "none")
    return {};
  switch (key.type) {
    case SettingType::boolean:
      if (const auto* value = node.as_boolean()) return value->get();
      place.refuse("is neither", key);
    case SettingType::integer:
      return integer_of(node, key, place);
    case SettingType::number:
      return number_of(node, key, place);
    case SettingType::text:
      return text_of(node, key, place);
    case SettingType::texts:
      return list_of<std::string>(node, key, place, text_of);
    case SettingType::integers:
      return list_of<std::int64_t>(node, key, place, integer_of);
    case SettingType::numbers:
      return list_of<double>(node, key, place, number_of);
    case SettingType::text_map:
      return texts_by_name(node, key, place);
    case SettingType::number_map:
      return numbers_by_name(node, key, place);
  }
  require(false, "a setting of no type");
  return {};
}

std::vector<std::string> section_names() {
  std::vector<std::string> names;
  for (const Section& section : schema()) names.emplace_back(section.name);
  return names;
}

// The key of another section that has the name, to point there.
std::string elsewhere(std::string_view key) {
  for (const Section& section : schema()) {
    if (section.find(key) != nullptr)
      return fmt::format("; did you mean {}.{}?", section.name, key);
  }
  return {};
}

[[noreturn]] void refuse_key(const std::string& where, const Section& section,
                             std::string_view key) {
  std::string meant = did_you_mean(key, section.names());
  if (meant.empty()) meant = elsewhere(key);
  fail(ErrorKind::bad_input, "{}: there is no key {}.{}{}{} The keys of {} are: {}", where,
       section.name, key, meant, meant.empty() ? "." : "", section.name,
       fmt::join(section.names(), ", "));
}

[[noreturn]] void refuse_section(const std::string& where, std::string_view name) {
  std::string meant = did_you_mean(name, section_names());
  if (meant.empty()) meant = elsewhere(name);
  fail(ErrorKind::bad_input, "{}: there is no section {}{}{} The sections are: {}", where, name,
       meant, meant.empty() ? "." : "", fmt::join(section_names(), ", "));
}

class RecipeReader {
 public:
  RecipeReader(std::string_view text, const std::string& name) : name_(name) {
    if (text.size() > kMostBytes)
      fail(ErrorKind::exhausted, "{}: a recipe of more than 1 MB; is it one?", name);
    try {
      const toml::table table = toml::parse(text, name);
      for (const auto& [section, node] : table) read_section(section.str(), node);
    } catch (const toml::parse_error& error) {
      fail(ErrorKind::bad_input, "{}, line {}: no TOML: {}", name, error.source().begin.line,
           error.description());
    }
    name_data();
  }

  void override_by(const std::string& assignment) {
    const std::string where = "--set " + assignment;
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos)
      fail(ErrorKind::bad_input, "{}: write section.key=value", where);
    std::vector<std::string> parts = split(assignment.substr(0, equals), '.');
    const std::string value = assignment.substr(equals + 1);
    const Section* section = find_section(parts[0]);
    if (section == nullptr) refuse_section(where, parts[0]);
    if (parts.size() < 2) fail(ErrorKind::bad_input, "{}: write section.key=value", where);
    std::size_t first = 0;
    std::size_t end = section->repeated ? recipe_.data.size() : 1;
    std::size_t key_at = 1;
    if (section->repeated && parts.size() > 2 && section->find(parts[1]) == nullptr) {
      first = data_named(parts[1], where);
      end = first + 1;
      key_at = 2;
    }
    const Key* key = section->find(parts[key_at]);
    if (key == nullptr) refuse_key(where, *section, parts[key_at]);
    const bool map = key->type == SettingType::text_map || key->type == SettingType::number_map;
    if (parts.size() > key_at + (map ? 2 : 1))
      fail(ErrorKind::bad_input, "{}: {} has no keys in it", where, key->name);
    const std::string entry = parts.size() > key_at + 1 ? parts[key_at + 1] : "";
    for (std::size_t at = first; at < end; ++at) assign(*section, *key, at, entry, value, where);
  }

  Recipe take() { return std::move(recipe_); }

 private:
  std::string where(const toml::node& node) const {
    return fmt::format("{}, line {}", name_, node.source().begin.line);
  }

  static std::vector<std::string> split(const std::string& text, char at) {
    std::vector<std::string> parts(1);
    for (const char c : text) {
      if (c == at)
        parts.emplace_back();
      else
        parts.back() += c;
    }
    return parts;
  }

  void read_section(std::string_view name, const toml::node& node) {
    const Section* section = find_section(name);
    if (section == nullptr) refuse_section(where(node), name);
    if (!section->repeated) {
      const toml::table* table = node.as_table();
      if (table == nullptr)
        fail(ErrorKind::bad_input, "{}: {} is a section: write [{}]", where(node), name, name);
      read_keys(*section, *table, 0);
      return;
    }
    const toml::array* array = node.as_array();
    if (array == nullptr || !array->is_array_of_tables())
      fail(ErrorKind::bad_input, "{}: there may be several sets: write [[{}]]", where(node), name);
    if (array->size() > kMostSections)
      fail(ErrorKind::bad_input, "{}: more than {} sections", where(node), kMostSections);
    for (const toml::node& each : *array) {
      recipe_.data.emplace_back();
      read_keys(*section, *each.as_table(), recipe_.data.size() - 1);
    }
  }

  void read_keys(const Section& section, const toml::table& table, std::size_t at) {
    for (const auto& [name, node] : table) {
      const Key* key = section.find(name.str());
      if (key == nullptr) refuse_key(where(node), section, name.str());
      const Place place{where(node), fmt::format("{}.{}", section.name, key->name)};
      key->set(recipe_, at, setting_of(node, *key, place));
    }
  }

  // Sets without a name get that of their first file.
  void name_data() {
    std::set<std::string> taken;
    for (const DataRecipe& data : recipe_.data) taken.insert(data.name);
    for (DataRecipe& data : recipe_.data) {
      if (!data.name.empty() || data.paths.empty()) continue;
      std::string stem = std::filesystem::path(data.paths[0]).filename().string();
      if (const std::size_t dot = stem.find('.'); dot != std::string::npos && dot > 0)
        stem.resize(dot);
      std::string name = stem;
      for (int number = 2; !taken.insert(name).second; ++number)
        name = fmt::format("{}-{}", stem, number);
      data.name = name;
    }
  }

  std::size_t data_named(const std::string& name, const std::string& where) const {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < recipe_.data.size(); ++i) {
      if (recipe_.data[i].name == name) return i;
      names.push_back(recipe_.data[i].name);
    }
    const Section* section = find_section("data");
    std::string meant = did_you_mean(name, names);
    if (meant.empty()) meant = did_you_mean(name, section->names());
    fail(ErrorKind::bad_input, "{}: there is no data set {}{}{} The data sets are: {}", where, name,
         meant, meant.empty() ? "." : "", fmt::join(names, ", "));
  }

  // What a command line gives is TOML, or a text without quotes.
  static toml::table parsed(const std::string& value, SettingType type) {
    const auto attempt = [](const std::string& text) -> std::optional<toml::table> {
      try {
        return toml::parse("value = " + text);
      } catch (const toml::parse_error&) {
        return std::nullopt;
      }
    };
    if (auto table = attempt(value)) {
      if (type != SettingType::text || table->get("value")->is_string()) return *table;
    }
    if (type == SettingType::integers || type == SettingType::numbers) {
      if (auto table = attempt("[" + value + "]")) return *table;
    }
    toml::table table;
    if ((type == SettingType::texts || type == SettingType::number_map) &&
        value.find(',') != std::string::npos) {
      toml::array array;
      for (const std::string& part : split(value, ',')) array.push_back(part);
      table.insert("value", std::move(array));
    } else {
      table.insert("value", value);
    }
    return table;
  }

  void assign(const Section& section, const Key& key, std::size_t at, const std::string& entry,
              const std::string& value, const std::string& where) {
    const Place place{where, fmt::format("{}.{}", section.name, key.name)};
    if (entry.empty()) {
      const toml::table table = parsed(value, key.type);
      key.set(recipe_, at, setting_of(*table.get("value"), key, place));
      return;
    }
    Setting all = key.get(recipe_, at);
    const bool numbers = key.type == SettingType::number_map;
    const toml::table table = parsed(value, numbers ? SettingType::number : SettingType::text);
    toml::table one;
    one.insert(entry, *table.get("value"));
    Setting added = setting_of(one, key, place);
    std::visit(
        [&](auto& values) {
          using T = std::remove_cvref_t<decltype(values)>;
          if constexpr (std::is_same_v<T, std::map<std::string, double>> ||
                        std::is_same_v<T, std::map<std::string, std::string>>) {
            values[entry] = std::get<T>(added)[entry];
          }
        },
        all);
    key.set(recipe_, at, all);
  }

  std::string name_;
  Recipe recipe_;
};

}  // namespace

Recipe parse_recipe(std::string_view text, const std::string& name,
                    const std::vector<std::string>& overrides) {
  RecipeReader reader(text, name);
  for (const std::string& assignment : overrides) reader.override_by(assignment);
  Recipe recipe = reader.take();
  check_recipe(recipe, name);
  return recipe;
}

Recipe read_recipe(const std::string& path, const std::vector<std::string>& overrides) {
  return parse_recipe(io::read_text_file(path, kMostBytes), path, overrides);
}

}  // namespace kindred::recipe
