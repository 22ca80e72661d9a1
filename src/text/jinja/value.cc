#include "text/jinja/value.h"

#include <fmt/format.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "text/code_points.h"

namespace kindred::text::jinja {
namespace {

// Deep enough for any message, shallow enough for the stack.
constexpr int kMaxDepth = 64;

void check_depth(int depth) {
  if (depth > kMaxDepth)
    fail(ErrorKind::exhausted, "chat template: a value is nested deeper than {} lists", kMaxDepth);
}

bool is_printable(char32_t c) {
  if (c == ' ') return true;
  switch (u_charType(static_cast<UChar32>(c))) {
    case U_UNASSIGNED:
    case U_CONTROL_CHAR:
    case U_FORMAT_CHAR:
    case U_SURROGATE:
    case U_PRIVATE_USE_CHAR:
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR:
    case U_SPACE_SEPARATOR:
      return false;
    default:
      return true;
  }
}

std::string quoted(std::string_view text) {
  const bool apostrophe = text.find('\'') != std::string_view::npos;
  const char quote = apostrophe && text.find('"') == std::string_view::npos ? '"' : '\'';
  std::string out(1, quote);
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint c = decode(text, at);
    const auto value = static_cast<std::uint32_t>(c.value);
    if (value == static_cast<unsigned char>(quote) || value == '\\') {
      out += '\\';
      out += static_cast<char>(value);
    } else if (value == '\n') {
      out += "\\n";
    } else if (value == '\r') {
      out += "\\r";
    } else if (value == '\t') {
      out += "\\t";
    } else if (is_printable(c.value)) {
      out.append(text.substr(at, c.bytes));
    } else if (value < 0x100) {
      out += fmt::format("\\x{:02x}", value);
    } else if (value < 0x10000) {
      out += fmt::format("\\u{:04x}", value);
    } else {
      out += fmt::format("\\U{:08x}", value);
    }
    at += c.bytes;
  }
  return out += quote;
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  return out += '"';
}

std::string real_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  const double size = std::abs(value);
  if (size != 0 && (size >= 1e16 || size < 1e-4)) return fmt::format("{}", value);
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string repr(const Value& value, Budget& budget, int depth) {
  check_depth(depth);
  budget.step();
  if (const std::string* text = value.string()) {
    budget.use(text->size());
    return quoted(*text);
  }
  if (const List* list = value.list()) {
    std::string out(1, value.is_tuple() ? '(' : '[');
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (i > 0) out += ", ";
      out += repr((*list)[i], budget, depth + 1);
    }
    if (value.is_tuple() && list->size() == 1) out += ',';
    budget.use(out.size());
    return out += value.is_tuple() ? ')' : ']';
  }
  if (const Dict* dict = value.dict()) {
    std::string out = "{";
    for (const auto& [key, item] : *dict) {
      if (out.size() > 1) out += ", ";
      out += quoted(key) + ": " + repr(item, budget, depth + 1);
    }
    budget.use(out.size());
    return out += '}';
  }
  if (value.undefined() != nullptr) return "Undefined";
  return to_text(value, budget);
}

void append_json(const Value& value, std::int64_t indent, int depth, Budget& budget,
                 std::string& out) {
  check_depth(depth);
  budget.step();
  const auto line = [&](int level) {
    if (indent < 0) return;
    const std::size_t spaces = static_cast<std::size_t>(indent) * static_cast<std::size_t>(level);
    budget.use(spaces + 1);
    out += '\n';
    out.append(spaces, ' ');
  };
  const auto comma = [&](bool first) {
    if (!first) out += indent < 0 ? ", " : ",";
    line(depth + 1);
  };
  if (const std::string* text = value.string()) {
    budget.use(text->size());
    out += json_string(*text);
  } else if (const List* list = value.list()) {
    out += '[';
    for (std::size_t i = 0; i < list->size(); ++i) {
      comma(i == 0);
      append_json((*list)[i], indent, depth + 1, budget, out);
    }
    if (!list->empty()) line(depth);
    out += ']';
  } else if (const Dict* dict = value.dict()) {
    out += '{';
    bool first = true;
    for (const auto& [key, item] : *dict) {
      comma(std::exchange(first, false));
      out += json_string(key) + ": ";
      append_json(item, indent, depth + 1, budget, out);
    }
    if (!dict->empty()) line(depth);
    out += '}';
  } else if (value.is_none()) {
    out += "null";
  } else if (const bool* flag = value.boolean()) {
    out += *flag ? "true" : "false";
  } else if (value.is_number()) {
    out += to_text(value, budget);
  } else {
    fail(ErrorKind::bad_input, "chat template: a value of type {} has no JSON", value.type());
  }
}

}  // namespace

double Value::number() const {
  if (const bool* flag = boolean()) return *flag ? 1.0 : 0.0;
  if (const std::int64_t* whole = integer()) return static_cast<double>(*whole);
  return real() == nullptr ? 0.0 : *real();
}

bool Value::truth() const {
  if (const std::string* text = string()) return !text->empty();
  if (const List* items = list()) return !items->empty();
  if (const Dict* items = dict()) return !items->empty();
  if (is_number()) return number() != 0.0;
  return !is_none() && undefined() == nullptr;
}

std::string_view Value::type() const {
  if (is_none()) return "NoneType";
  if (boolean() != nullptr) return "bool";
  if (integer() != nullptr) return "int";
  if (real() != nullptr) return "float";
  if (string() != nullptr) return "str";
  if (list() != nullptr) return is_tuple() ? "tuple" : "list";
  if (dict() != nullptr) return "dict";
  if (space() != nullptr) return "Namespace";
  return callable() != nullptr ? "function" : "Undefined";
}

const Value* find(const Dict& dict, std::string_view key) {
  for (const auto& [name, value] : dict)
    if (name == key) return &value;
  return nullptr;
}

void Budget::step(std::size_t count) {
  if (count > steps_)
    fail(ErrorKind::exhausted,
         "chat template: more than a million steps for one text; it loops too often");
  steps_ -= count;
}

void Budget::use(std::size_t bytes) {
  if (bytes > bytes_)
    fail(ErrorKind::exhausted,
         "chat template: it makes far more text than it was given; it is no chat template");
  bytes_ -= bytes;
}

bool equal(const Value& a, const Value& b, Budget& budget) {
  budget.step();
  if (a.is_number() && b.is_number()) return a.number() == b.number();
  if (a.string() != nullptr && b.string() != nullptr) {
    budget.step(std::min(a.string()->size(), b.string()->size()) / 64);
    return *a.string() == *b.string();
  }
  if (a.list() != nullptr && b.list() != nullptr) {
    if (a.is_tuple() != b.is_tuple() || a.list()->size() != b.list()->size()) return false;
    for (std::size_t i = 0; i < a.list()->size(); ++i)
      if (!equal((*a.list())[i], (*b.list())[i], budget)) return false;
    return true;
  }
  if (a.dict() != nullptr && b.dict() != nullptr) {
    if (a.dict()->size() != b.dict()->size()) return false;
    for (const auto& [key, value] : *a.dict()) {
      const Value* other = find(*b.dict(), key);
      if (other == nullptr || !equal(value, *other, budget)) return false;
    }
    return true;
  }
  if (a.space() != nullptr) return a.space() == b.space();
  return (a.is_none() && b.is_none()) || (a.undefined() != nullptr && b.undefined() != nullptr);
}

int compare(const Value& a, const Value& b, Budget& budget) {
  budget.step();
  const auto order = [](const auto& x, const auto& y) { return x < y ? -1 : (y < x ? 1 : 0); };
  if (a.is_number() && b.is_number()) return order(a.number(), b.number());
  if (a.string() != nullptr && b.string() != nullptr) return order(*a.string(), *b.string());
  fail(ErrorKind::bad_input, "chat template: {} and {} have no order", a.type(), b.type());
}

std::string to_text(const Value& value, Budget& budget) {
  if (const std::string* text = value.string()) {
    budget.use(text->size());
    return *text;
  }
  if (value.is_none()) return "None";
  if (const bool* flag = value.boolean()) return *flag ? "True" : "False";
  if (const std::int64_t* whole = value.integer()) return fmt::format("{}", *whole);
  if (const double* real = value.real()) return real_text(*real);
  if (value.undefined() != nullptr) return "";
  if (value.list() != nullptr || value.dict() != nullptr) return repr(value, budget);
  fail(ErrorKind::unsupported, "chat template: it prints a {}, which Kindred does not",
       value.type());
}

std::string repr(const Value& value, Budget& budget) {
  return repr(value, budget, 0);
}

std::string to_json(const Value& value, std::int64_t indent, Budget& budget) {
  std::string out;
  append_json(value, std::min<std::int64_t>(indent, 64), 0, budget, out);
  return out;
}

std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> result;
  for (std::size_t at = 0; at < text.size();) {
    const std::uint32_t bytes = decode(text, at).bytes;
    result.push_back(text.substr(at, bytes));
    at += bytes;
  }
  return result;
}

std::size_t length(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace kindred::text::jinja
