#include "train/next_event.h"

#include "base/error.h"

namespace kindred::train {

NextEvent::NextEvent(double temperature) : info_nce_(InfoNceOptions{.temperature = temperature}) {}

at::Tensor NextEvent::operator()(const LossInput& input) const {
  check(input);
  const recipe::Batch& batch = input.batch;
  if (batch.following.empty())
    fail(ErrorKind::bad_input,
         "batch '{}': next_event needs slices of histories; set data.slices, and keep other data "
         "sets out of their batches (batch.one_task)",
         batch.task);
  recipe::Batch pairs;
  pairs.task = batch.task;
  pairs.passages = batch.events;
  std::vector<std::int64_t> rows;
  std::size_t begin = 0, end = 0;
  for (std::size_t i = 0; i < batch.following.size(); ++i) {
    if (batch.following[i] == recipe::Batch::kNoEvent) continue;
    begin += i < input.begin ? 1 : 0;
    end += i < input.end ? 1 : 0;
    rows.push_back(static_cast<std::int64_t>(i));
    pairs.anchors.push_back(batch.anchors[i]);
    pairs.positives.push_back({batch.following[i]});
  }
  if (rows.empty()) return input.anchors.sum().mul(0.0);
  return info_nce_({pairs,
                    input.anchors.index_select(0, index_tensor(rows, input.anchors)),
                    input.events,
                    {},
                    begin,
                    end});
}

}  // namespace kindred::train
