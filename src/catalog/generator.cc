#include "catalog/generator.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "base/error.h"
#include "base/random.h"
#include "catalog/compose.h"
#include "catalog/lexicon.h"

namespace kindred::catalog {
namespace {

/// A leaf with the way to it.
struct Place {
  std::size_t department_index;
  const Department* department;
  const Group* group;
  const Leaf* leaf;
};

std::vector<Place> all_places() {
  std::vector<Place> places;
  for (std::size_t d = 0; d < departments().size(); ++d) {
    for (const Group& group : departments()[d].groups) {
      for (const Leaf& leaf : group.leaves) {
        places.push_back({d, &departments()[d], &group, &leaf});
      }
    }
  }
  return places;
}

template <typename T>
const T& pick(std::span<const T> values, Random& random) {
  return values[random.below(values.size())];
}

/// The words of `all` that suit the leaf; `first` is the letter of the first one.
template <typename T, std::size_t N>
std::vector<const T*> suitable(const std::array<T, N>& all, std::string_view fits, char first) {
  std::vector<const T*> result;
  for (std::size_t i = 0; i < N; ++i) {
    const char letter = static_cast<char>(first + static_cast<char>(i));
    if (fits.empty() || fits.find(letter) != std::string_view::npos) result.push_back(&all[i]);
  }
  return result;
}

std::vector<const Word*> suitable_uses(const FamilyWords& words, std::string_view fits) {
  if (fits.find_first_of("-xyz") == std::string_view::npos) fits = {};
  return suitable(words.uses, fits, 'x');
}

std::string_view draw_series(Family family, Random& random) {
  const bool technical = family <= Family::climate || family == Family::health ||
                         family == Family::power_tools || family == Family::hand_tools ||
                         family == Family::car || family == Family::cycling;
  return pick(technical ? technical_series() : collection_series(), random);
}

/// Three brands belong to each department.
std::string_view draw_brand(std::size_t department, Random& random) {
  const std::size_t each = brands().size() / departments().size();
  return brands()[department * each + random.below(each)];
}

const Word& draw_service(Family family, Random& random) {
  const bool consumed =
      family == Family::food || family == Family::skin_care || family == Family::hair_care;
  const auto services = service_sentences();
  return pick(consumed ? services.first(3) : services, random);
}

/// Of some leaf's attributes every colour, material and the like, and one or more of the others.
std::vector<DrawnAttribute> draw_attributes(const Leaf& leaf, Random& random) {
  std::vector<DrawnAttribute> attributes;
  for (const AttributeKind kind : leaf.attributes) {
    const AttributeWords& words = words_of(kind);
    const std::size_t count = words.words.empty() ? words.numbers.size() : words.words.size();
    const std::size_t value = random.below(count);
    // A plain thing has no pattern, and a seller does not always name the material.
    const double keep = words.role == AttributeRole::pattern    ? 0.35
                        : words.role == AttributeRole::material ? 0.75
                                                                : 0.9;
    if (random.uniform() < keep) attributes.push_back({&words, value});
  }
  return attributes;
}

Draw draw_product(const Place& place, Random& random) {
  const Leaf& leaf = *place.leaf;
  const FamilyWords& words = words_of(leaf.family);
  Draw draw;
  draw.leaf = &leaf;
  draw.brand = draw_brand(place.department_index, random);
  draw.series = draw_series(leaf.family, random);
  const auto qualifiers = suitable(words.qualifiers, leaf.fits, 'a');
  if (!qualifiers.empty() && random.uniform() < 0.5) {
    draw.qualifier = qualifiers[random.below(qualifiers.size())];
  }
  draw.features = suitable(words.features, leaf.fits, '0');
  random.shuffle(std::span(draw.features));
  draw.features.resize(std::min<std::size_t>(draw.features.size(), 1 + random.below(3)));
  const auto uses = suitable_uses(words, leaf.fits);
  if (!uses.empty()) draw.use = uses[random.below(uses.size())];
  draw.service = &draw_service(leaf.family, random);
  draw.attributes = draw_attributes(leaf, random);
  return draw;
}

GeneratedTexts to_texts(const Word& word) {
  GeneratedTexts texts;
  for (std::size_t l = 0; l < kLanguages; ++l) texts.by_language[l] = word[l];
  return texts;
}

/// Prices lie evenly on a logarithmic scale and end in .99, or in 9 for yuan and pesos.
void set_price(GeneratedProduct& product, const Leaf& leaf, Random& random) {
  const double low = leaf.lowest_price, high = leaf.highest_price;
  const double dollars = low * std::pow(high / low, random.uniform());
  switch (product.language) {
    case Language::zh:
      product.currency = "CNY";
      product.price = std::floor(dollars * 7.1 / 10.0) * 10.0 + 9.0;
      return;
    case Language::es:
      if (random.below(2) == 0) {
        product.currency = "MXN";
        product.price = std::floor(dollars * 18.0 / 10.0) * 10.0 + 9.0;
        return;
      }
      product.currency = "EUR";
      break;
    case Language::fr:
      product.currency = "EUR";
      break;
    case Language::en:
      product.currency = "USD";
      break;
  }
  product.price = std::floor(product.currency == "EUR" ? dollars * 0.92 : dollars) + 0.99;
}

GeneratedProduct make_product(std::uint64_t id, const std::vector<Place>& places, Random random) {
  const Place& place = places[random.below(places.size())];
  GeneratedProduct product;
  product.id = id;
  product.language = static_cast<Language>(random.below(kLanguages));
  product.category = {to_texts(place.department->name), to_texts(place.group->name),
                      to_texts(place.leaf->category)};
  const Draw draw = draw_product(place, random);
  product.brand = draw.brand;
  for (std::size_t l = 0; l < kLanguages; ++l) {
    product.titles.by_language[l] = compose_title(draw, l);
    product.descriptions.by_language[l] = compose_description(draw, l);
  }
  for (const DrawnAttribute& drawn : draw.attributes) {
    GeneratedAttribute attribute{std::string(drawn.words->key), to_texts(drawn.words->name), {}};
    for (std::size_t l = 0; l < kLanguages; ++l) {
      attribute.value.by_language[l] = attribute_value(drawn, l);
    }
    product.attributes.push_back(std::move(attribute));
  }
  set_price(product, *place.leaf, random);
  return product;
}

}  // namespace

void GeneratorOptions::validate() const {
  if (products == 0) fail(ErrorKind::bad_input, "a catalogue needs at least one product");
}

void generate(const GeneratorOptions& options,
              const std::function<void(const GeneratedProduct&)>& sink) {
  options.validate();
  const std::vector<Place> places = all_places();
  const Random random(options.seed);
  for (std::uint64_t id = 1; id <= options.products; ++id) {
    sink(make_product(id, places, random.split(id)));
  }
}

}  // namespace kindred::catalog
