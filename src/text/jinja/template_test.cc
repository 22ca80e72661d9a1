#include "text/jinja/template.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "io/expect_error.h"
#include "io/file.h"

namespace kindred::text::jinja {
namespace {

using nlohmann::ordered_json;

Value to_value(const ordered_json& json) {
  if (json.is_null()) return {};
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_number()) return json.get<double>();
  if (json.is_string()) return json.get<std::string>();
  if (json.is_array()) {
    List list;
    for (const ordered_json& part : json) list.push_back(to_value(part));
    return list;
  }
  Dict dict;
  for (const auto& [key, part] : json.items()) dict.emplace_back(key, to_value(part));
  return dict;
}

Dict variables_of(const ordered_json& json) {
  Dict dict;
  for (const auto& [key, part] : json.items()) dict.emplace_back(key, to_value(part));
  return dict;
}

std::string render(std::string_view source, const Dict& variables = {}) {
  return Template(source).render(variables);
}

// tests/reference/make_chat_goldens.py
TEST(ChatTemplate, RendersAsTransformers) {
  const ordered_json goldens = ordered_json::parse(
      io::read_text_file(std::string(KINDRED_TEST_DATA) + "/golden/chat/rendered.json"));
  ASSERT_GE(goldens.size(), 20U);
  for (const ordered_json& golden : goldens) {
    const std::string source = golden["source"];
    for (const ordered_json& c : golden["cases"]) {
      const std::string name = golden["name"].get<std::string>() + " " + c["variables"].dump();
      const Dict variables = variables_of(c["variables"]);
      if (c.contains("error")) {
        EXPECT_THROW(render(source, variables), Error) << name;
      } else {
        try {
          EXPECT_EQ(render(source, variables), c["text"].get<std::string>()) << name;
        } catch (const Error& error) {
          ADD_FAILURE() << name << ": " << error.what();
        }
      }
    }
  }
}

TEST(ChatTemplate, NamesWhatItDoesNotHave) {
  EXPECT_KINDRED_ERROR(render("{% include 'x' %}"), ErrorKind::unsupported, "'include'");
  EXPECT_KINDRED_ERROR(render("\n\n{{ 1|frobnicate }}"), ErrorKind::unsupported, "'frobnicate'");
  EXPECT_KINDRED_ERROR(render("{{ 1 is frobnicated }}"), ErrorKind::unsupported, "'frobnicated'");
  EXPECT_KINDRED_ERROR(render("{{ raise_exception('no ' ~ 1) }}"), ErrorKind::bad_input, "no 1");
  EXPECT_KINDRED_ERROR(render("{{ x.y }}"), ErrorKind::bad_input, "'x' is undefined");
  EXPECT_KINDRED_ERROR(render("{{ [].append(1) }}"), ErrorKind::bad_input, "'append'");
  EXPECT_KINDRED_ERROR(render("{% if %}"), ErrorKind::corrupt, "line 1");
  EXPECT_KINDRED_ERROR(render("a\n{% if x %}"), ErrorKind::corrupt, "endif");
  EXPECT_KINDRED_ERROR(render("{{ 'x }}"), ErrorKind::corrupt, "string");
  EXPECT_KINDRED_ERROR(render("{{ ['\xF0\x9F'] }}"), ErrorKind::corrupt, "not UTF-8");
  EXPECT_KINDRED_ERROR(render("{{ [1]|map(attribut='n')|list }}"), ErrorKind::bad_input, "map");
  EXPECT_KINDRED_ERROR(render("{{ (0 - 999999999999999999 * 9 - 223372036854775817)|abs }}"),
                       ErrorKind::bad_input, "too large");
}

// Templates come from files that nobody checked.
TEST(ChatTemplate, IsBounded) {
  const auto exhausted = [](const std::string& source) {
    EXPECT_KINDRED_ERROR(render(source), ErrorKind::exhausted, "chat template");
  };
  exhausted(
      "{% for a in range(90000) %}{% for b in range(90000) %}{{ b }}{% endfor %}{% endfor %}");
  exhausted("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}");
  exhausted(
      "{% set x = 'aaaaaaaa' %}{% for i in range(60) %}{% set ns = namespace(x=x) %}"
      "{{ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' * 99999999 }}{% endfor %}");
  exhausted(
      "{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}"
      "{% endfor %}");
  exhausted(
      "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}"
      "{% endfor %}");
  exhausted(
      "{% set ns = namespace(x=[]) %}{% for i in range(999) %}{% set ns.x = [ns.x] %}"
      "{% endfor %}{{ ns.x }}");
  EXPECT_KINDRED_ERROR(render("{{ range(999999999) }}"), ErrorKind::bad_input, "range");
  std::string deep(5000, '(');
  EXPECT_KINDRED_ERROR(render("{{ " + deep + "1" + std::string(5000, ')') + " }}"),
                       ErrorKind::corrupt, "nested");
  std::string blocks;
  for (int i = 0; i < 5000; ++i) blocks += "{% if x %}";
  EXPECT_KINDRED_ERROR(render(blocks), ErrorKind::corrupt, "nested");
  std::string chain = "{{ 1";
  for (int i = 0; i < 5000; ++i) chain += "+1";
  EXPECT_KINDRED_ERROR(render(chain + " }}"), ErrorKind::corrupt, "too long");
  EXPECT_KINDRED_ERROR(render(std::string(3U << 20, 'x')), ErrorKind::exhausted, "bytes");
}

TEST(ChatTemplate, KnowsThatItReadsTheClock) {
  EXPECT_TRUE(Template("{{ strftime_now('%Y') }}").reads_clock());
  EXPECT_FALSE(Template("{{ 1 }}").reads_clock());
  EXPECT_EQ(render("{{ strftime_now('%Y') }}").size(), 4U);
}

}  // namespace
}  // namespace kindred::text::jinja
