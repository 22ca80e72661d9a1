#include "train/optimizer.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/_unique.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.h"

namespace kindred::train {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr std::int64_t kTableBlock = 16384;  // rows

at::Tensor flat_sum_of_squares(const at::Tensor& x) {
  return x.flatten().to(at::kDouble).square().sum();
}

}  // namespace

double schedule_factor(recipe::Schedule schedule, double warmup, std::uint64_t step,
                       std::uint64_t steps) {
  const auto all = static_cast<double>(steps);
  const double warm = warmup < 1.0 ? std::ceil(warmup * all) : warmup;
  const auto at = static_cast<double>(step);
  if (at < warm) return (at + 1.0) / std::max(1.0, warm);
  if (schedule == recipe::Schedule::constant) return 1.0;
  const double left = std::max(0.0, all - at) / std::max(1.0, all - warm);
  if (schedule == recipe::Schedule::linear) return left;
  return 0.5 * (1.0 + std::cos(kPi * (1.0 - left)));
}

Optimizer::Optimizer(std::vector<Parameter> parameters, torch::EmbeddingTable& embeddings,
                     std::size_t depth, const recipe::OptimizerRecipe& options, bool shard,
                     Processes& processes)
    : parameters_(std::move(parameters)),
      embeddings_(embeddings),
      depth_(depth),
      options_(options),
      shard_(shard && processes.size() > 1),
      processes_(processes),
      moments_(parameters_.size()) {
  make_groups();
  // The largest tensor to the process that has least.
  std::vector<std::size_t> order(parameters_.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
    return parameters_[a].value.numel() > parameters_[b].value.numel();
  });
  std::vector<std::int64_t> load(static_cast<std::size_t>(processes.size()), 0);
  if (embeddings_.trained()) load[0] += embeddings_.weight().numel();
  owners_.resize(parameters_.size());
  for (const std::size_t i : order) {
    const auto least = std::min_element(load.begin(), load.end());
    owners_[i] = static_cast<int>(least - load.begin());
    *least += parameters_[i].value.numel();
  }
  const auto make = [](const at::Tensor& value) {
    return Moments{at::zeros_like(value), at::zeros_like(value),
                   at::zeros({}, at::TensorOptions(at::kFloat).device(value.device()))};
  };
  const at::NoGradGuard no_graph;
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    if (owns(i)) moments_[i] = make(parameters_[i].value.detach());
  if (embeddings_.trained() && (!shard_ || processes.first()))
    embedding_moments_ = make(embeddings_.weight());
}

bool Optimizer::owns(std::size_t parameter) const {
  return !shard_ || owners_[parameter] == processes_.rank();
}

double Optimizer::rate_of(const Parameter& parameter) const {
  double rate = options_.learning_rate;
  if (parameter.part == Part::head) return options_.head_rate.value_or(rate);
  return rate * std::pow(options_.layer_decay, static_cast<double>(depth_ + 1 - parameter.layer));
}

void Optimizer::make_groups() {
  std::map<std::pair<double, double>, std::vector<std::size_t>> by_rate;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Parameter& p = parameters_[i];
    const double decay = !p.decays               ? 0.0
                         : p.weight_decay >= 0.0 ? p.weight_decay
                                                 : options_.weight_decay;
    by_rate[{rate_of(p), decay}].push_back(i);
  }
  for (auto& [rates, members] : by_rate)
    groups_.push_back({rates.first, rates.second, std::move(members)});
}

void Optimizer::reduce() {
  embedding_gradient_ = embeddings_.take_gradient();
  if (processes_.size() == 1) return;
  for (const Parameter& p : parameters_) {
    at::Tensor gradient = p.value.grad();
    // A process whose texts did not reach a weight takes part with zeros.
    if (!gradient.defined()) gradient = at::zeros_like(p.value.detach());
    gradient = gradient.contiguous();
    processes_.sum(gradient);
    p.value.mutable_grad() = gradient;
  }
  if (!embeddings_.trained()) return;
  const at::Tensor& table = embeddings_.weight();
  if (!embedding_gradient_.ids.defined())
    embedding_gradient_ = {at::zeros({0}, at::TensorOptions(at::kLong).device(table.device())),
                           at::zeros({0, table.size(1)}, table.options())};
  const at::Tensor ids = processes_.gather_rows(embedding_gradient_.ids);
  const at::Tensor rows = processes_.gather_rows(embedding_gradient_.rows);
  auto [unique, place] = at::_unique(ids, /*sorted=*/true, /*return_inverse=*/true);
  at::Tensor sums = at::zeros({unique.size(0), rows.size(1)}, rows.options());
  embedding_gradient_ = {unique, sums.index_add_(0, place, rows)};
}

double Optimizer::gradient_norm() const {
  at::Tensor total = at::zeros({}, at::kDouble);
  for (const Parameter& p : parameters_)
    if (p.value.grad().defined())
      total = total.add(flat_sum_of_squares(p.value.grad()).to(at::kCPU));
  if (embedding_gradient_.rows.defined())
    total = total.add(flat_sum_of_squares(embedding_gradient_.rows).to(at::kCPU));
  return std::sqrt(total.item<double>());
}

UpdateReport Optimizer::update(double factor) {
  const at::NoGradGuard no_graph;
  reduce();
  UpdateReport report;
  report.gradient_norm = gradient_norm();
  report.rate = factor * options_.learning_rate;
  if (!std::isfinite(report.gradient_norm)) {
    for (Parameter& p : parameters_) p.value.mutable_grad() = at::Tensor();
    fail(ErrorKind::bad_input,
         "the gradient of step {} is not finite: a lower learning rate, more warm-up or clipping "
         "may help; the batch is saved for a closer look",
         updates_ + 1);
  }
  const double scale = options_.clip > 0.0 && report.gradient_norm > options_.clip
                           ? options_.clip / (report.gradient_norm + 1e-6)
                           : 1.0;
  ++updates_;
  for (const Group& group : groups_) update_group(group, factor, scale);
  update_embeddings(factor, scale);
  for (Parameter& p : parameters_) p.value.mutable_grad() = at::Tensor();
  embedding_gradient_ = {};
  share_updates();
  return report;
}

void Optimizer::update_group(const Group& group, double factor, double scale) {
  std::vector<at::Tensor> values, gradients, means, squares, steps;
  for (const std::size_t i : group.members) {
    const at::Tensor& value = parameters_[i].value;
    if (!owns(i) || !value.grad().defined()) continue;
    if (scale != 1.0) value.grad().mul_(scale);
    values.push_back(value.detach());
    gradients.push_back(value.grad());
    means.push_back(moments_[i].mean);
    squares.push_back(moments_[i].square);
    steps.push_back(moments_[i].steps.add_(1.0));
  }
  if (values.empty()) return;
  at::_fused_adamw_(values, gradients, means, squares, {}, steps, group.rate * factor,
                    options_.beta1, options_.beta2, group.weight_decay, options_.epsilon,
                    /*amsgrad=*/false, /*maximize=*/false);
}

void Optimizer::update_embeddings(double factor, double scale) {
  if (!embedding_moments_.mean.defined()) return;
  const at::Tensor& table = embeddings_.weight();
  const double rate = factor * options_.embedding_rate.value_or(
                                   options_.learning_rate *
                                   std::pow(options_.layer_decay, static_cast<double>(depth_ + 1)));
  embedding_moments_.steps.add_(1.0);
  const auto adamw = [&](const at::Tensor& value, const at::Tensor& gradient,
                         const at::Tensor& mean, const at::Tensor& square) {
    at::_fused_adamw_({value}, {gradient}, {mean}, {square}, {}, {embedding_moments_.steps}, rate,
                      options_.beta1, options_.beta2, options_.weight_decay, options_.epsilon,
                      false, false);
  };
  const at::Tensor ids = embedding_gradient_.ids;
  const at::Tensor rows = scale == 1.0 || !ids.defined() ? embedding_gradient_.rows
                                                         : embedding_gradient_.rows.mul(scale);
  if (options_.embeddings == recipe::EmbeddingUpdate::lazy) {
    if (!ids.defined() || ids.size(0) == 0) return;
    at::Tensor value = table.index_select(0, ids);
    at::Tensor mean = embedding_moments_.mean.index_select(0, ids);
    at::Tensor square = embedding_moments_.square.index_select(0, ids);
    adamw(value, rows, mean, square);
    table.index_copy_(0, ids, value);
    embedding_moments_.mean.index_copy_(0, ids, mean);
    embedding_moments_.square.index_copy_(0, ids, square);
    return;
  }
  // A block of rows at a time: the gradient of a whole table is hundreds of megabytes of zeros.
  std::int64_t next = 0;  // of ids, which ascend
  for (std::int64_t begin = 0; begin < table.size(0); begin += kTableBlock) {
    const std::int64_t count = std::min(kTableBlock, table.size(0) - begin);
    at::Tensor gradient = at::zeros({count, table.size(1)}, table.options());
    if (ids.defined()) {
      const std::int64_t last = ids.lt(begin + count).sum().item<std::int64_t>();
      gradient.index_copy_(0, ids.narrow(0, next, last - next).sub(begin),
                           rows.narrow(0, next, last - next));
      next = last;
    }
    adamw(table.narrow(0, begin, count), gradient, embedding_moments_.mean.narrow(0, begin, count),
          embedding_moments_.square.narrow(0, begin, count));
  }
}

void Optimizer::share_updates() {
  if (!shard_) return;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    at::Tensor value = parameters_[i].value.detach();
    processes_.broadcast(value, owners_[i]);
  }
  if (!embeddings_.trained()) return;
  at::Tensor table = embeddings_.weight();
  processes_.broadcast(table, 0);
}

std::vector<std::pair<std::string, at::Tensor>> Optimizer::state() const {
  std::vector<std::pair<std::string, at::Tensor>> result;
  const auto add = [&result](const std::string& name, const Moments& moments) {
    if (!moments.mean.defined()) return;
    result.emplace_back(name + ".mean", moments.mean);
    result.emplace_back(name + ".square", moments.square);
    result.emplace_back(name + ".steps", moments.steps.view({1}));
  };
  for (std::size_t i = 0; i < parameters_.size(); ++i) add(parameters_[i].name, moments_[i]);
  add("word_embeddings", embedding_moments_);
  return result;
}

}  // namespace kindred::train
