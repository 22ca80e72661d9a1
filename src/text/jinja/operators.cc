#include "text/jinja/operators.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "text/jinja/builtins.h"

namespace kindred::text::jinja {
namespace {

[[noreturn]] void wrong(std::size_t line, std::string_view what) {
  fail(ErrorKind::bad_input, "chat template, line {}: {}", line, what);
}

Value repeated(const Value& value, std::int64_t count, std::size_t line, Budget& budget) {
  const std::size_t times =
      count <= 0 ? 0 : static_cast<std::size_t>(std::min<std::int64_t>(count, 1 << 24));
  if (const std::string* text = value.string()) {
    budget.use(text->size() * times);
    std::string out;
    for (std::size_t i = 0; i < times && !text->empty(); ++i) out += *text;
    return out;
  }
  if (value.list() == nullptr) wrong(line, fmt::format("'*' on {}", value.type()));
  budget.step(std::max<std::size_t>(value.list()->size(), 1) * times);
  List out;
  for (std::size_t i = 0; i < times; ++i)
    out.insert(out.end(), value.list()->begin(), value.list()->end());
  return Value(std::move(out), value.is_tuple());
}

Value arithmetic(const std::string& sign, const Value& left, const Value& right, std::size_t line) {
  const bool real = left.real() != nullptr || right.real() != nullptr;
  const bool divides = sign == "/" || sign == "//" || sign == "%";
  if (divides && right.number() == 0.0) wrong(line, "a division by 0");
  if (real || sign == "/") {
    const double a = left.number();
    const double b = right.number();
    if (sign == "+") return a + b;
    if (sign == "-") return a - b;
    if (sign == "*") return a * b;
    if (sign == "/") return a / b;
    const double floor = std::floor(a / b);
    return sign == "//" ? floor : a - floor * b;
  }
  const auto whole = [](const Value& value) {
    return value.integer() != nullptr ? *value.integer() : std::int64_t{value.truth() ? 1 : 0};
  };
  const std::int64_t a = whole(left);
  const std::int64_t b = whole(right);
  std::int64_t result = 0;
  bool overflow = divides && b == -1 && a == std::numeric_limits<std::int64_t>::min();
  if (sign == "+") overflow = __builtin_add_overflow(a, b, &result);
  if (sign == "-") overflow = __builtin_sub_overflow(a, b, &result);
  if (sign == "*") overflow = __builtin_mul_overflow(a, b, &result);
  if (overflow) wrong(line, "a number is too large");
  if (!divides) return result;
  const std::int64_t rest = a % b;
  const bool other_side = rest != 0 && (rest < 0) != (b < 0);  // Python rounds down
  return sign == "//" ? a / b - (other_side ? 1 : 0) : rest + (other_side ? b : 0);
}

}  // namespace

Value combine(const std::string& sign, Value left, Value right, std::size_t line, Budget& budget) {
  if (sign == "~") return to_text(left, budget) + to_text(right, budget);
  if (left.is_number() && right.is_number()) return arithmetic(sign, left, right, line);
  if (sign == "+" && left.string() != nullptr && right.string() != nullptr) {
    budget.use(left.string()->size() + right.string()->size());
    return *left.string() + *right.string();
  }
  if (sign == "+" && left.list() != nullptr && right.list() != nullptr &&
      left.is_tuple() == right.is_tuple()) {
    List items = iterate(left, budget);
    for (const Value& part : iterate(right, budget)) items.push_back(part);
    return Value(std::move(items), left.is_tuple());
  }
  if (sign == "*" && left.integer() != nullptr) std::swap(left, right);
  if (sign == "*" && right.integer() != nullptr)
    return repeated(left, *right.integer(), line, budget);
  if (sign == "%" && left.string() != nullptr)
    fail(ErrorKind::unsupported, "chat template, line {}: Kindred does not format with '%'", line);
  for (const Value* side : {&left, &right})
    if (side->undefined() != nullptr)
      wrong(line, fmt::format("'{}' is undefined", side->undefined()->name));
  wrong(line, fmt::format("'{}' between {} and {}", sign, left.type(), right.type()));
}

}  // namespace kindred::text::jinja
