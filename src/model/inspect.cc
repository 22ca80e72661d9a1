// kindred::inspect: the facts of a model directory.
#include "kindred/model.h"
#include "model/directory.h"
#include "model/fingerprint.h"

namespace kindred {

ModelInfo inspect(const std::string& path) {
  const model::ModelDirectory directory = model::ModelDirectory::open(path);
  ModelInfo info = directory.info;
  info.fingerprint = model::fingerprint(directory);
  return info;
}

}  // namespace kindred
