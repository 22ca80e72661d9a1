// Members of Recipe as settings and back: what the rows of the schema are made by. Internal to
// recipe_schema.cc.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <type_traits>

#include "base/error.h"
#include "recipe/recipe_schema.h"

namespace kindred::recipe {

/// Names in recipes, in the order of the enumeration.
template <typename E>
inline constexpr std::array<std::string_view, 0> kNames{};
template <>
inline constexpr std::array<std::string_view, 5> kNames<TuningMode>{"full", "lora", "adapters",
                                                                    "last_layers", "head"};
template <>
inline constexpr std::array<std::string_view, 15> kNames<LossKind>{
    "infonce", "triplet",         "cosent",         "cosine", "graded_order",
    "simcse",  "distill_vectors", "distill_scores", "mlm",    "next_token",
    "mntp",    "coles",           "next_event",     "tags",   "compatible"};
template <>
inline constexpr std::array<std::string_view, 2> kNames<TripletMetric>{"cosine", "euclidean"};
template <>
inline constexpr std::array<std::string_view, 4> kNames<TripletMining>{"semi_hard", "hard", "all",
                                                                       "own"};
template <>
inline constexpr std::array<std::string_view, 3> kNames<EmbeddingUpdate>{"dense", "lazy", "frozen"};
template <>
inline constexpr std::array<std::string_view, 3> kNames<Schedule>{"linear", "cosine", "constant"};
template <>
inline constexpr std::array<std::string_view, 2> kNames<Precision>{"fp32", "bf16"};

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <typename T>
constexpr SettingType type_of() {
  if constexpr (IsOptional<T>::value)
    return type_of<typename T::value_type>();
  else if constexpr (std::is_same_v<T, bool>)
    return SettingType::boolean;
  else if constexpr (std::is_integral_v<T>)
    return SettingType::integer;
  else if constexpr (std::is_same_v<T, double>)
    return SettingType::number;
  else if constexpr (std::is_same_v<T, std::string> || std::is_enum_v<T>)
    return SettingType::text;
  else if constexpr (std::is_same_v<T, std::vector<std::string>>)
    return SettingType::texts;
  else if constexpr (std::is_same_v<T, std::vector<std::size_t>>)
    return SettingType::integers;
  else if constexpr (std::is_same_v<T, std::vector<double>>)
    return SettingType::numbers;
  else if constexpr (std::is_same_v<T, std::map<std::string, std::string>>)
    return SettingType::text_map;
  else
    return SettingType::number_map;  // labels and losses
}

template <typename T>
Setting to_setting(const T& value) {
  if constexpr (IsOptional<T>::value) {
    return value ? to_setting(*value) : Setting{};
  } else if constexpr (std::is_same_v<T, bool>) {
    return value;
  } else if constexpr (std::is_integral_v<T>) {
    return static_cast<std::int64_t>(value);
  } else if constexpr (std::is_enum_v<T>) {
    return std::string(kNames<T>.at(static_cast<std::size_t>(value)));
  } else if constexpr (std::is_same_v<T, std::vector<std::size_t>>) {
    return std::vector<std::int64_t>(value.begin(), value.end());
  } else if constexpr (std::is_same_v<T, std::vector<LossTerm>>) {
    std::map<std::string, double> terms;
    for (const LossTerm& term : value) terms.emplace(to_string(term.loss), term.weight);
    return terms;
  } else {
    return value;
  }
}

template <typename E>
E named(const std::string& name) {
  const auto found = std::find(kNames<E>.begin(), kNames<E>.end(), name);
  require(found != kNames<E>.end(), "a choice that was not checked");
  return static_cast<E>(found - kNames<E>.begin());
}

/// The setting is of the member's type, or not set where that is optional.
template <typename T>
void from_setting(const Setting& value, T& member) {
  if constexpr (IsOptional<T>::value) {
    if (std::holds_alternative<std::monostate>(value))
      member.reset();
    else
      from_setting(value, member.emplace());
  } else if constexpr (std::is_same_v<T, bool>) {
    member = std::get<bool>(value);
  } else if constexpr (std::is_integral_v<T>) {
    member = static_cast<T>(std::get<std::int64_t>(value));
  } else if constexpr (std::is_enum_v<T>) {
    member = named<T>(std::get<std::string>(value));
  } else if constexpr (std::is_same_v<T, std::vector<std::size_t>>) {
    const auto& numbers = std::get<std::vector<std::int64_t>>(value);
    member.assign(numbers.begin(), numbers.end());
  } else if constexpr (std::is_same_v<T, std::vector<LossTerm>>) {
    const auto& weights = std::get<std::map<std::string, double>>(value);
    member.clear();
    for (const auto& [name, weight] : weights) member.push_back({named<LossKind>(name), weight});
    std::sort(member.begin(), member.end(),
              [](const LossTerm& a, const LossTerm& b) { return a.loss < b.loss; });
  } else {
    member = std::get<T>(value);
  }
}

template <typename M>
struct MemberType;
template <typename S, typename T>
struct MemberType<T S::*> {
  using type = T;
};

template <auto S>
auto& section_at(auto& recipe, [[maybe_unused]] std::size_t at) {
  if constexpr (std::is_same_v<std::remove_cvref_t<decltype(recipe.*S)>, std::vector<DataRecipe>>)
    return (recipe.*S).at(at);
  else
    return recipe.*S;
}

template <auto S, auto M>
Setting get_setting(const Recipe& recipe, std::size_t at) {
  return to_setting(section_at<S>(recipe, at).*M);
}
template <auto S, auto M>
void set_setting(Recipe& recipe, std::size_t at, const Setting& value) {
  from_setting(value, section_at<S>(recipe, at).*M);
}

/// The row of the schema for member M of the recipe's section S.
template <auto S, auto M>
Key key(std::string_view name, std::string_view help, Range range = {},
        std::vector<std::string_view> choices = {}, void (*check)(const std::string&) = nullptr) {
  using T = typename MemberType<decltype(M)>::type;
  constexpr SettingType type = type_of<T>();
  if constexpr (std::is_enum_v<T>) choices.assign(kNames<T>.begin(), kNames<T>.end());
  if constexpr (std::is_same_v<T, std::vector<LossTerm>>)
    choices.assign(kNames<LossKind>.begin(), kNames<LossKind>.end());
  if constexpr (type == SettingType::integer || type == SettingType::integers)
    range.least = std::max(range.least, 0.0);
  Key row{name,
          help,
          type,
          IsOptional<T>::value,
          range,
          std::move(choices),
          check,
          &get_setting<S, M>,
          &set_setting<S, M>};
  return row;
}

}  // namespace kindred::recipe
