// ScoreCalibration as JSON.
#include <cmath>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "estimators/score_calibration.h"
#include "io/atomic_file.h"
#include "io/file.h"

namespace kindred::estimators {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr std::size_t kLargestFile = std::size_t{64} << 20;
constexpr const char* kMagic = "kindred_score_calibration";

template <typename T>
ordered_json or_null(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

ordered_json json_of(const Estimate& e) {
  return {{"value", e.value}, {"low", e.low}, {"high", e.high}};
}

ordered_json json_of(const CalibrationFigures::Of& f) {
  return {{"log_loss", f.log_loss},
          {"brier", f.brier},
          {"ece_equal_width", json_of(f.equal_width)},
          {"ece_equal_mass", json_of(f.equal_mass)}};
}

ordered_json json_of(const ScoreCurve& c) {
  ordered_json object = {{"least", c.least}, {"most", c.most}};
  if (c.method == CurveMethod::platt) {
    object["slope"] = c.slope;
    object["intercept"] = c.intercept;
  } else {
    object["scores"] = c.scores;
    object["probabilities"] = c.probabilities;
  }
  return object;
}

// Takes fields out of an object that nobody vouches for.
class Fields {
 public:
  Fields(const json& object, const std::string& origin) : object_(object), origin_(origin) {
    if (!object.is_object()) damaged("something that is no object");
  }

  double number(const char* name) const {
    const json& value = field(name);
    if (!value.is_number() || !std::isfinite(value.get<double>())) damaged(name);
    return value.get<double>();
  }
  double share(const char* name) const {
    const double value = number(name);
    if (value < 0.0 || value > 1.0) damaged(name);
    return value;
  }
  std::optional<double> number_or_null(const char* name) const {
    return field(name).is_null() ? std::nullopt : std::optional(number(name));
  }
  std::size_t count(const char* name) const {
    const json& value = field(name);
    if (!value.is_number_unsigned()) damaged(name);
    return value.get<std::size_t>();
  }
  std::string text(const char* name) const {
    const json& value = field(name);
    if (!value.is_string()) damaged(name);
    return value.get<std::string>();
  }
  std::vector<double> numbers(const char* name) const {
    std::vector<double> out;
    for (const json& value : array(name)) {
      if (!value.is_number() || !std::isfinite(value.get<double>())) damaged(name);
      out.push_back(value.get<double>());
    }
    return out;
  }
  const json& array(const char* name) const {
    const json& value = field(name);
    if (!value.is_array()) damaged(name);
    return value;
  }
  Fields object(const char* name) const { return {field(name), origin_}; }
  const json& field(const char* name) const {
    const auto it = object_.find(name);
    if (it == object_.end()) damaged(name);
    return *it;
  }
  [[noreturn]] void damaged(const char* name) const {
    fail(ErrorKind::corrupt,
         "{}: '{}' is missing or holds what it cannot; the calibration is damaged or was changed, "
         "make it anew by 'kindred calibrate'",
         origin_, name);
  }

 private:
  const json& object_;
  const std::string& origin_;
};

Estimate estimate_of(const Fields& f) {
  return {f.share("value"), f.share("low"), f.share("high")};
}

CalibrationFigures::Of measures_of(const Fields& f) {
  return {f.number("log_loss"), f.number("brier"), estimate_of(f.object("ece_equal_width")),
          estimate_of(f.object("ece_equal_mass"))};
}

ScoreCurve curve_of(const Fields& f, CurveMethod method) {
  ScoreCurve c;
  c.method = method;
  c.least = f.share("least");
  c.most = f.share("most");
  if (c.most < c.least) f.damaged("most");
  if (method == CurveMethod::platt) {
    c.slope = f.number("slope");
    c.intercept = f.number("intercept");
    if (c.slope < 0.0) f.damaged("slope");
    return c;
  }
  c.scores = f.numbers("scores");
  c.probabilities = f.numbers("probabilities");
  if (c.scores.empty() || c.scores.size() != c.probabilities.size()) f.damaged("scores");
  for (std::size_t i = 0; i < c.scores.size(); ++i) {
    if (c.probabilities[i] < 0.0 || c.probabilities[i] > 1.0) f.damaged("probabilities");
    if (i > 0 && c.scores[i] <= c.scores[i - 1]) f.damaged("scores");
    if (i > 0 && c.probabilities[i] < c.probabilities[i - 1]) f.damaged("probabilities");
  }
  return c;
}

}  // namespace

void ScoreCalibration::check_vector_space(const std::string& space,
                                          const std::string& origin) const {
  if (space == vector_space) return;
  fail(ErrorKind::bad_input,
       "{} was made for the scores of another model, pooling, layers or dimension (vector space "
       "{}, by {}) than those here (vector space {}); make one by 'kindred calibrate' with the "
       "model in use",
       origin, vector_space, model.empty() ? "an unnamed model" : model, space);
}

std::string ScoreCalibration::to_json() const {
  ordered_json object = {{kMagic, kVersion},
                         {"vector_space", vector_space},
                         {"model", model},
                         {"prompts", prompts},
                         {"method", to_string(method)}};
  ordered_json& all = object["curves"] = ordered_json::array();
  for (const auto& [language, curve] : curves) {
    ordered_json item = {{"language", language}};
    item.update(json_of(curve));
    all.push_back(std::move(item));
  }
  ordered_json& measured = object["figures"] = ordered_json::array();
  for (const CalibrationFigures& f : figures)
    measured.push_back({{"language", f.language},
                        {"pairs", f.pairs},
                        {"relevant", f.relevant},
                        {"score_as_probability", json_of(f.score)},
                        {"score_shifted", json_of(f.shifted)},
                        {"calibrated", json_of(f.fitted)}});
  ordered_json& cuts = object["cutoffs"] = ordered_json::array();
  for (const PrecisionCutoff& c : cutoffs)
    cuts.push_back({{"language", c.language},
                    {"wanted", c.wanted},
                    {"score", or_null(c.score)},
                    {"precision", or_null(c.precision)},
                    {"lower_bound", c.lower_bound},
                    {"recall", c.recall},
                    {"pairs", c.pairs}});
  ordered_json& random = object["random_cutoffs"] = ordered_json::array();
  for (const RandomCutoff& c : random_cutoffs)
    random.push_back({{"language", c.language},
                      {"rate", c.rate},
                      {"score", or_null(c.score)},
                      {"pairs", c.pairs},
                      {"needed", c.needed}});
  return object.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

ScoreCalibration ScoreCalibration::from_json(std::string_view text, const std::string& origin) {
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object() || !object.contains(kMagic) || !object[kMagic].is_number_integer())
    fail(ErrorKind::corrupt,
         "{}: not a calibration of scores; make one by 'kindred calibrate MODEL PAIRS -o FILE'",
         origin);
  if (object[kMagic].get<std::int64_t>() != kVersion)
    fail(ErrorKind::unsupported, "{}: version {} of the format, this program reads version {}",
         origin, object[kMagic].dump(), kVersion);
  const Fields f(object, origin);
  ScoreCalibration c;
  c.vector_space = f.text("vector_space");
  c.model = f.text("model");
  c.prompts = f.text("prompts");
  const std::string method = f.text("method");
  if (method != "platt" && method != "isotonic") f.damaged("method");
  c.method = parse_curve_method(method);
  for (const json& item : f.array("curves")) {
    const Fields curve(item, origin);
    c.curves.emplace(curve.text("language"), curve_of(curve, c.method));
  }
  if (!c.curves.empty() && !c.curves.contains("")) f.damaged("curves");
  for (const json& item : f.array("figures")) {
    const Fields g(item, origin);
    c.figures.push_back({g.text("language"), g.count("pairs"), g.count("relevant"),
                         measures_of(g.object("score_as_probability")),
                         measures_of(g.object("score_shifted")),
                         measures_of(g.object("calibrated"))});
  }
  for (const json& item : f.array("cutoffs")) {
    const Fields g(item, origin);
    c.cutoffs.push_back({g.text("language"), g.share("wanted"), g.number_or_null("score"),
                         g.number_or_null("precision"), g.share("lower_bound"), g.share("recall"),
                         g.count("pairs")});
  }
  for (const json& item : f.array("random_cutoffs")) {
    const Fields g(item, origin);
    c.random_cutoffs.push_back({g.text("language"), g.share("rate"), g.number_or_null("score"),
                                g.count("pairs"), g.count("needed")});
  }
  return c;
}

ScoreCalibration ScoreCalibration::load(const std::string& path) {
  return from_json(io::read_text_file(path, kLargestFile), path);
}

void ScoreCalibration::save(const std::string& path) const {
  io::AtomicFile file = io::AtomicFile::create(path);
  file.write(to_json() + "\n");
  file.commit();
}

}  // namespace kindred::estimators
