#include "train/processes.h"

#include "recipe/batches.h"

namespace kindred::train {
namespace {

class SingleProcess final : public Processes {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  void sum(at::Tensor& /*tensor*/) override {}
  void broadcast(at::Tensor& /*tensor*/, int /*root*/) override {}
  at::Tensor gather_rows(const at::Tensor& rows) override { return rows; }
  void barrier() override {}
};

}  // namespace

std::unique_ptr<Processes> single_process() {
  return std::make_unique<SingleProcess>();
}

Share share_of(std::size_t count, const Processes& processes) {
  const auto [begin, end] =
      recipe::rows_of_process(count, static_cast<std::size_t>(processes.rank()),
                              static_cast<std::size_t>(processes.size()));
  return {begin, end};
}

}  // namespace kindred::train
