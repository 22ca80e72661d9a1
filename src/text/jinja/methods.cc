// Methods of Python's strings, lists and dictionaries.
#include <unicode/locid.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "text/code_points.h"
#include "text/jinja/builtins.h"
#include "text/unicode.h"

namespace kindred::text::jinja {
namespace {

constexpr std::array<std::string_view, 19> kStringMethods = {
    "strip",    "lstrip", "rstrip", "split",   "rsplit",     "splitlines", "startswith",
    "endswith", "upper",  "lower",  "title",   "capitalize", "replace",    "join",
    "find",     "rfind",  "count",  "isdigit", "format"};
constexpr std::array<std::string_view, 4> kDictMethods = {"get", "items", "keys", "values"};
constexpr std::array<std::string_view, 2> kListMethods = {"index", "count"};

// Python's white space: Unicode's, and four separators of ASCII.
bool is_blank(char32_t c) {
  return Unicode::get().is(c, kWhite) || (c >= 0x1C && c <= 0x1F);
}

std::string_view stripped(std::string_view text, const Value* chars, bool left, bool right) {
  const auto goes = [&](std::string_view c) {
    if (chars == nullptr || chars->is_none()) return is_blank(decode(c, 0).value);
    return chars->string() != nullptr && chars->string()->find(c) != std::string::npos;
  };
  while (left && !text.empty()) {
    const std::uint32_t bytes = decode(text, 0).bytes;
    if (!goes(text.substr(0, bytes))) break;
    text.remove_prefix(bytes);
  }
  while (right && !text.empty()) {
    const std::uint32_t bytes = decode_before(text, text.size()).bytes;
    if (!goes(text.substr(text.size() - bytes))) break;
    text.remove_suffix(bytes);
  }
  return text;
}

List words(std::string_view text) {
  List result;
  std::size_t begin = 0;
  const auto add = [&](std::size_t end) {
    if (begin < end) result.emplace_back(std::string(text.substr(begin, end - begin)));
  };
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = decode(text, at);
    if (is_blank(c.value)) {
      add(at);
      begin = at + c.bytes;
    }
    at += c.bytes;
  }
  add(text.size());
  return result;
}

Value split(std::string_view text, const Call& call, bool from_right) {
  const Value* between = call.find(0, "sep");
  const std::int64_t most = call.integer(1, "maxsplit", -1);
  call.budget().step(1 + text.size() / 16);
  call.budget().use(text.size());
  if (between == nullptr || between->is_none()) {
    if (most >= 0) call.wrong("maxsplit without a separator is not supported");
    return words(text);
  }
  const std::string& sep = call.text(0, "sep");
  if (sep.empty()) call.wrong("an empty separator");
  List result;
  if (from_right) {
    std::size_t end = text.size();
    for (std::int64_t n = 0; most < 0 || n < most; ++n) {
      if (end < sep.size()) break;
      const std::size_t found = text.rfind(sep, end - sep.size());
      if (found == std::string_view::npos) break;
      result.emplace_back(std::string(text.substr(found + sep.size(), end - found - sep.size())));
      end = found;
    }
    result.emplace_back(std::string(text.substr(0, end)));
    std::reverse(result.begin(), result.end());
  } else {
    std::size_t begin = 0;
    for (std::int64_t n = 0; most < 0 || n < most; ++n) {
      const std::size_t found = text.find(sep, begin);
      if (found == std::string_view::npos) break;
      result.emplace_back(std::string(text.substr(begin, found - begin)));
      begin = found + sep.size();
    }
    result.emplace_back(std::string(text.substr(begin)));
  }
  call.budget().step(result.size());
  return result;
}

Value lines(std::string_view text, const Call& call) {
  call.expect(0);
  List result;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    std::size_t next = text.size();
    for (; end < text.size();) {
      const CodePoint c = decode(text, end);
      const char32_t v = c.value;
      if ((v >= 0xA && v <= 0xD) || (v >= 0x1C && v <= 0x1E) || v == 0x85 || v == 0x2028 ||
          v == 0x2029) {
        next = end + c.bytes + (text.substr(end, 2) == "\r\n" ? 1 : 0);
        break;
      }
      end += c.bytes;
    }
    result.emplace_back(std::string(text.substr(at, end - at)));
    at = next;
    call.budget().step();
  }
  call.budget().use(text.size());
  return result;
}

bool has_affix(std::string_view text, const Call& call, bool prefix) {
  call.expect(1);
  const auto is = [&](const Value& part) {
    if (part.string() == nullptr) call.wrong("it takes a text");
    return prefix ? text.starts_with(*part.string()) : text.ends_with(*part.string());
  };
  const Value& affix = call.at(0);
  if (affix.list() == nullptr) return is(affix);
  return std::any_of(affix.list()->begin(), affix.list()->end(), is);
}

Value replaced(std::string_view text, const Call& call) {
  call.expect(3, {"old", "new", "count"});
  const std::string& old = call.text(0, "old");
  const std::string& with = call.text(1, "new");
  std::int64_t most = call.integer(2, "count", -1);
  if (old.empty()) call.wrong("replacing nothing is not supported");
  std::string out;
  std::size_t begin = 0;
  for (; most != 0; --most) {
    const std::size_t found = text.find(old, begin);
    if (found == std::string_view::npos) break;
    call.budget().use(found - begin + with.size() + 1);
    out.append(text.substr(begin, found - begin)).append(with);
    begin = found + old.size();
  }
  call.budget().use(text.size() - begin);
  return out.append(text.substr(begin));
}

std::string cased(std::string_view text, const std::string& how, Budget& budget) {
  budget.use(text.size() * 3);
  const auto unicode = [](std::string_view part) {
    return icu::UnicodeString::fromUTF8({part.data(), static_cast<std::int32_t>(part.size())});
  };
  std::string out;
  if (how == "upper") {
    unicode(text).toUpper(icu::Locale::getRoot()).toUTF8String(out);
  } else if (how == "lower") {
    unicode(text).toLower(icu::Locale::getRoot()).toUTF8String(out);
  } else if (how == "capitalize") {
    const std::size_t first = text.empty() ? 0 : decode(text, 0).bytes;
    unicode(text.substr(0, first)).toTitle(nullptr, icu::Locale::getRoot()).toUTF8String(out);
    unicode(text.substr(first)).toLower(icu::Locale::getRoot()).toUTF8String(out);
  } else {
    bool inside = false;
    for (const std::string_view c : characters(text)) {
      const bool letter = Unicode::get().is(decode(c, 0).value, kLetter);
      out += letter ? cased(c, inside ? "lower" : "upper", budget) : std::string(c);
      inside = letter;
    }
  }
  return out;
}

Value string_method(const std::string& text, const Call& call) {
  const std::string& name = call.name();
  Budget& budget = call.budget();
  if (name == "strip" || name == "lstrip" || name == "rstrip") {
    call.expect(1);
    budget.use(text.size());
    return std::string(stripped(text, call.find(0), name != "rstrip", name != "lstrip"));
  }
  if (name == "split" || name == "rsplit") {
    call.expect(2, {"sep", "maxsplit"});
    return split(text, call, name == "rsplit");
  }
  if (name == "splitlines") return lines(text, call);
  if (name == "startswith" || name == "endswith")
    return has_affix(text, call, name == "startswith");
  if (name == "replace") return replaced(text, call);
  if (name == "upper" || name == "lower" || name == "title" || name == "capitalize") {
    call.expect(0);
    return cased(text, name, budget);
  }
  if (name == "join") {
    call.expect(1);
    std::string out;
    bool first = true;
    for (const Value& part : iterate(call.at(0), budget)) {
      if (part.string() == nullptr) call.wrong("it joins texts only");
      if (!std::exchange(first, false)) out += text;
      budget.use(text.size() + part.string()->size());
      out += *part.string();
    }
    return out;
  }
  if (name == "isdigit") {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  }
  call.expect(1);
  const std::string& part = call.text(0);
  budget.step(1 + text.size() / 64);
  if (name == "count") {
    if (part.empty()) call.wrong("an empty text");
    std::int64_t count = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size())
      ++count;
    return count;
  }
  const std::size_t found = name == "find" ? text.find(part) : text.rfind(part);
  if (found == std::string::npos) return std::int64_t{-1};
  return static_cast<std::int64_t>(length(std::string_view(text).substr(0, found)));
}

Value dict_method(const Dict& dict, const Call& call) {
  const std::string& name = call.name();
  if (name == "get") {
    call.expect(2);
    const Value* found = call.at(0).string() == nullptr ? nullptr : find(dict, call.text(0));
    if (found != nullptr) return *found;
    return call.size() > 1 ? call.at(1) : Value();
  }
  call.expect(0);
  List result;
  for (const auto& [key, value] : dict) {
    call.budget().step();
    if (name == "items") {
      result.emplace_back(List{key, value}, /*tuple=*/true);
    } else {
      result.push_back(name == "keys" ? Value(key) : value);
    }
  }
  return result;
}

Value list_method(const List& list, const Call& call) {
  call.expect(1);
  std::int64_t count = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!equal(list[i], call.at(0), call.budget())) continue;
    if (call.name() == "index") return static_cast<std::int64_t>(i);
    ++count;
  }
  if (call.name() == "index") call.wrong("there is no such item");
  return count;
}

template <typename Names>
bool has(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool has_method(const Value& object, std::string_view name) {
  if (object.string() != nullptr) return has(kStringMethods, name);
  if (object.dict() != nullptr) return has(kDictMethods, name);
  return object.list() != nullptr && has(kListMethods, name);
}

Value call_method(const Value& object, const Call& call) {
  call.budget().step();
  if (call.name() == "format")
    fail(ErrorKind::unsupported, "chat template: Kindred does not have the method 'format'");
  if (object.string() != nullptr) return string_method(*object.string(), call);
  if (object.dict() != nullptr) return dict_method(*object.dict(), call);
  return list_method(*object.list(), call);
}

}  // namespace kindred::text::jinja
