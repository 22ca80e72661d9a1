#include "train/teacher.h"

#include <ATen/ops/empty.h>

#include <cstring>
#include <map>
#include <string_view>
#include <vector>

namespace kindred::train {

Teacher::Teacher(const std::string& model) : encoder_(Encoder::open(model)) {}

at::Tensor Teacher::encode(const std::vector<recipe::BatchText>& texts,
                           Processes& processes) const {
  const Share share = share_of(texts.size(), processes);
  const auto width = static_cast<std::int64_t>(encoder_.dimensions());
  at::Tensor own =
      at::empty({static_cast<std::int64_t>(share.end - share.begin), width}, at::kFloat);
  std::map<std::string_view, std::vector<std::size_t>> by_prompt;
  for (std::size_t i = share.begin; i < share.end; ++i) by_prompt[texts[i].prompt].push_back(i);
  for (const auto& [prompt, places] : by_prompt) {
    std::vector<std::string_view> same;
    for (const std::size_t i : places) same.push_back(texts[i].text);
    EncodeOptions options;
    options.prompt = std::string(prompt);
    const Embeddings vectors = encoder_.encode(same, options);
    for (std::size_t i = 0; i < places.size(); ++i)
      std::memcpy(
          own.data_ptr<float>() + static_cast<std::int64_t>(places[i] - share.begin) * width,
          vectors.values.data() + i * vectors.dimensions, vectors.dimensions * sizeof(float));
  }
  return processes.gather_rows(own);
}

TextVectors Teacher::vectors(const recipe::Batch& batch, Processes& processes) const {
  return {encode(batch.anchors, processes), encode(batch.passages, processes)};
}

}  // namespace kindred::train
