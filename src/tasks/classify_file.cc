// TextClassifier as a file.
#include <charconv>
#include <cmath>
#include <cstring>
#include <set>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "io/finite.h"
#include "io/safetensors.h"
#include "tasks/classify.h"

namespace kindred::tasks {
namespace {

constexpr const char* kVersion = "1";

io::TensorView view(const char* name, const std::vector<float>& values,
                    std::vector<std::size_t> shape) {
  io::TensorView tensor;
  tensor.name = name;
  tensor.dtype = io::DType::f32;
  tensor.shape = std::move(shape);
  const auto bytes = std::as_bytes(std::span(values));
  tensor.data = bytes.data();
  tensor.bytes = bytes.size();
  return tensor;
}

[[noreturn]] void damaged(const std::string& path, const std::string& what) {
  fail(ErrorKind::corrupt,
       "{}: {}; it is damaged or no classifier, make it by 'kindred classify … --save'", path,
       what);
}

std::vector<float> floats(const io::Safetensors& file, const char* name, std::size_t count) {
  const io::TensorView* tensor = file.find(name);
  if (tensor == nullptr || tensor->dtype != io::DType::f32 ||
      tensor->bytes != count * sizeof(float))
    damaged(file.path(), fmt::format("its tensor '{}' is missing or of another size", name));
  std::vector<float> values(count);
  if (count > 0) std::memcpy(values.data(), tensor->data, tensor->bytes);
  if (io::first_not_finite(values.data(), values.size()) != values.size())
    damaged(file.path(), fmt::format("its tensor '{}' has NaN or infinity in it", name));
  return values;
}

std::vector<std::string> labels_of(const std::string& text, const std::string& path) {
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  std::vector<std::string> names;
  if (!json.is_array() || json.size() < 2) damaged(path, "it has no two labels");
  for (const auto& item : json) {
    if (!item.is_string()) damaged(path, "a label is no text");
    names.push_back(item.get<std::string>());
  }
  if (std::set<std::string>(names.begin(), names.end()).size() != names.size())
    damaged(path, "a label is there twice");
  return names;
}

}  // namespace

void TextClassifier::save(const std::string& path) const {
  const bool linear = std::holds_alternative<estimators::LinearClassifier>(head);
  std::map<std::string, std::string> metadata = {
      {"kindred_classifier", kVersion},
      {"kind", linear ? "linear" : "centroids"},
      {"labels",
       nlohmann::json(names).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)},
      {"vector_space", vector_space},
      {"model", model},
      {"prompt", prompt}};
  std::vector<io::TensorView> tensors;
  const std::vector<std::size_t> shape = {names.size(), dimensions()};
  if (linear) {
    const auto& h = std::get<estimators::LinearClassifier>(head);
    tensors = {view("weights", h.weights, shape), view("biases", h.biases, {names.size()})};
  } else {
    const auto& h = std::get<estimators::CentroidClassifier>(head);
    tensors = {view("weights", h.centroids, shape)};
    metadata["temperature"] = fmt::format("{}", h.temperature);
  }
  io::write_safetensors(path, tensors, metadata);
}

TextClassifier TextClassifier::load(const std::string& path) {
  const io::Safetensors file = io::Safetensors::open(path);
  const auto field = [&](const char* name) {
    const auto it = file.metadata().find(name);
    if (it == file.metadata().end()) damaged(path, fmt::format("it has no '{}'", name));
    return it->second;
  };
  if (field("kindred_classifier") != kVersion)
    fail(ErrorKind::unsupported, "{}: version {} of the format, this program reads version {}",
         path, field("kindred_classifier"), kVersion);
  TextClassifier c;
  c.names = labels_of(field("labels"), path);
  c.vector_space = field("vector_space");
  c.model = field("model");
  c.prompt = field("prompt");
  const io::TensorView* weights = file.find("weights");
  if (weights == nullptr || weights->shape.size() != 2 || weights->shape[0] != c.names.size() ||
      weights->shape[1] == 0)
    damaged(path, "its weights are missing, or not a row a label");
  const std::size_t dimensions = weights->shape[1];
  std::vector<float> values = floats(file, "weights", c.names.size() * dimensions);
  const std::string kind = field("kind");
  if (kind == "linear") {
    c.head = estimators::LinearClassifier{c.names.size(), dimensions, std::move(values),
                                          floats(file, "biases", c.names.size())};
  } else if (kind == "centroids") {
    const std::string text = field("temperature");
    double temperature = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), temperature);
    if (error != std::errc() || end != text.data() + text.size() || !(temperature > 0.0) ||
        !std::isfinite(temperature))
      damaged(path, "its temperature is no number above 0");
    c.head = estimators::centroids_of(values, dimensions, temperature);
  } else {
    damaged(path, fmt::format("its kind '{}' is not known", kind));
  }
  return c;
}

}  // namespace kindred::tasks
