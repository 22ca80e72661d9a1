#include "train/compatible.h"

#include "base/error.h"

namespace kindred::train {
namespace {

/// The other direction would ask old passages for new anchors, which nobody does.
InfoNceOptions one_way(InfoNceOptions options) {
  options.both_directions = false;
  return options;
}

}  // namespace

Compatible::Compatible(const InfoNceOptions& options) : info_nce_(one_way(options)) {}

at::Tensor Compatible::operator()(const LossInput& input) const {
  check(input);
  if (!input.other.old.passages.defined())
    fail(ErrorKind::bad_input, "batch '{}': compatible needs the old model's vectors",
         input.batch.task);
  if (input.other.old.passages.size(1) != input.anchors.size(1))
    fail(ErrorKind::bad_input,
         "compatible: the old model's vectors have {} dimensions and the new one's {}; train with "
         "as many (dimensions in [model]), or map vectors by 'kindred adapt'",
         input.other.old.passages.size(1), input.anchors.size(1));
  LossInput across = input;
  across.passages =
      input.other.old.passages.to(input.anchors.device(), input.anchors.scalar_type());
  return info_nce_(across);
}

}  // namespace kindred::train
