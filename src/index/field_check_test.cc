#include "index/field_check.h"

#include <gtest/gtest.h>

#include "index/mutable_fields.h"
#include "io/expect_error.h"

namespace kindred::index {
namespace {

KnownFields known(const Fields& fields) {
  return {.kinds = [&fields](std::string_view name, FieldUse) { return fields.kinds(name); },
          .names = [&fields] { return fields.names(); }};
}

TEST(FieldCheck, NamesTheNearest) {
  const std::vector<std::string> names = {"attribute.colour", "attribute.colour.zh", "brand",
                                          "category", "price"};
  for (const auto& [wrong, meant] : {std::pair{"prise", "price"},
                                     {"pirce", "price"},
                                     {"Price", "price"},
                                     {"prices", "price"},
                                     {"colour", "attribute.colour"},
                                     {"color", "attribute.colour"},
                                     {"attribute.color", "attribute.colour"},
                                     {"brnd", "brand"},
                                     {"warehouse", ""},
                                     {"x", ""}}) {
    EXPECT_EQ(most_like(wrong, names), meant) << wrong;
  }
}

TEST(FieldCheck, RefusesWhatIsNotThere) {
  MutableFields fields;
  fields.append({{{"brand", "Umi"}}, {{"price", 5}, {"size", 4}}});
  fields.append({{{"size", "large"}}, {}});
  const KnownFields all = known(fields);
  EXPECT_NO_THROW(check_field("sort", "price", FieldUse::numbers, all));
  EXPECT_NO_THROW(check_field("collapse", "size", FieldUse::tags, all));
  EXPECT_NO_THROW(check_field("sort", "size", FieldUse::numbers, all));
  EXPECT_KINDRED_ERROR(check_field("sort", "prise", FieldUse::numbers, all), ErrorKind::bad_input,
                       "sort: there is no field prise; did you mean price? The fields are: brand, "
                       "price, size");
  EXPECT_KINDRED_ERROR(check_field("facet", "warehouse", FieldUse::any, all), ErrorKind::bad_input,
                       "facet: there is no field warehouse. The fields are: brand, price, size");
  EXPECT_KINDRED_ERROR(check_field("sort", "brand", FieldUse::numbers, all), ErrorKind::bad_input,
                       "the field brand holds texts, and a number is needed; fields with such are: "
                       "price, size");
  EXPECT_KINDRED_ERROR(check_field("collapse", "price", FieldUse::tags, all), ErrorKind::bad_input,
                       "holds numbers, and texts are needed; fields with such are: brand, size");
  EXPECT_KINDRED_ERROR(
      check_fields("filter", parse_filter("size = 4 AND NOT (brnd = Umi OR price < 3)"), all),
      ErrorKind::bad_input, "did you mean brand?");
  EXPECT_KINDRED_ERROR(check_fields("filter", parse_filter("price = 5 AND brand > 3"), all),
                       ErrorKind::bad_input, "brand holds texts");
  EXPECT_KINDRED_ERROR(check_fields("filter", parse_filter("NOT colour EXISTS"), all),
                       ErrorKind::bad_input, "no field colour");
}

TEST(FieldCheck, LetsPassWhatMayCome) {
  MutableFields none;
  EXPECT_NO_THROW(check_field("sort", "prise", FieldUse::numbers, known(none)));
  MutableFields fields;
  fields.append({{{"brand", "Umi"}}, {}});
  KnownFields all = known(fields);
  all.expected = {{"price", {.tags = false, .numbers = true}}};
  EXPECT_NO_THROW(check_field("sort", "price", FieldUse::numbers, all));
  EXPECT_KINDRED_ERROR(check_field("sort", "prise", FieldUse::numbers, all), ErrorKind::bad_input,
                       "did you mean price?");
}

}  // namespace
}  // namespace kindred::index
