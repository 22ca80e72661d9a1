// kindred::inspect: the facts of a model directory.
#include "kindred/model.h"
#include "model/directory.h"
#include "model/fingerprint.h"

namespace kindred {

ModelInfo inspect(const std::string& path, const std::string& base) {
  const model::ModelDirectory directory = model::ModelDirectory::open(path, base);
  ModelInfo info = directory.info;
  info.fingerprint = model::fingerprint(directory);
  return info;
}

}  // namespace kindred
