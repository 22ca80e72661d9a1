#include <cmath>

#include <fmt/format.h>

#include "recipe/recipe_schema.h"

namespace kindred::recipe {
namespace {

// A basic string of TOML 1.0.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\u{:04X}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string toml_of(bool value) {
  return value ? "true" : "false";
}
std::string toml_of(std::int64_t value) {
  return fmt::format("{}", value);
}
std::string toml_of(double value) {
  std::string text = fmt::format("{}", value);
  // A number of TOML without point or exponent is a whole one; reading takes either.
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}
std::string toml_of(const std::string& value) {
  return quoted(value);
}
template <typename T>
std::string toml_of(const std::vector<T>& values) {
  std::string text;
  for (const T& value : values) text += (text.empty() ? "" : ", ") + toml_of(value);
  return "[" + text + "]";
}
template <typename T>
std::string toml_of(const std::map<std::string, T>& values) {
  std::string text;
  for (const auto& [name, value] : values)
    text += (text.empty() ? " " : ", ") + quoted(name) + " = " + toml_of(value);
  return "{" + text + (text.empty() ? "}" : " }");
}

std::string toml_of(const Setting& value) {
  return std::visit(
      [](const auto& known) -> std::string {
        if constexpr (std::is_same_v<std::remove_cvref_t<decltype(known)>, std::monostate>)
          return quoted("none");
        else
          return toml_of(known);
      },
      value);
}

// Bars and angle brackets would be read as Markdown.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '<') out += '\\';
    out += c;
  }
  return out;
}

std::string title(const Section& section) {
  return section.repeated ? fmt::format("[[{}]]", section.name) : fmt::format("[{}]", section.name);
}

}  // namespace

std::string to_toml(const Recipe& recipe) {
  std::string text;
  for (const Section& section : schema()) {
    const std::size_t count = section.repeated ? recipe.data.size() : 1;
    for (std::size_t at = 0; at < count; ++at) {
      text += text.empty() ? "" : "\n";
      text += title(section) + "\n";
      for (const Key& key : section.keys)
        text += fmt::format("{} = {}\n", key.name, toml_of(key.get(recipe, at)));
    }
  }
  return text;
}

std::string reference_markdown() {
  Recipe defaults;
  defaults.data.emplace_back();
  std::string text;
  for (const Section& section : schema()) {
    text += text.empty() ? "" : "\n";
    text += fmt::format("### `{}`\n", title(section));
    text += fmt::format("{}\n\n| key | default | | values |\n|---|---|---|---|\n", section.help);
    for (const Key& key : section.keys) {
      text += fmt::format("| `{}` | `{}` | {} | {} |\n", key.name, toml_of(key.get(defaults, 0)),
                          cell(key.help), cell(key.allowed()));
    }
  }
  return text;
}

}  // namespace kindred::recipe
