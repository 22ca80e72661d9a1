// Temporary model directories for this layer's tests.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "io/file.h"
#include "io/safetensors.h"
#include "kindred/error.h"

#include <unistd.h>

namespace kindred::model::testing {

/// A directory that is gone with the object.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    static std::atomic<int> next{0};
    path_ = std::filesystem::temp_directory_path() /
            ("kindred_model_test_" + std::to_string(::getpid()) + "_" + std::to_string(next++));
    std::filesystem::create_directories(path_);
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::string path() const { return path_.string(); }
  std::string file(const std::string& name) const { return (path_ / name).string(); }

  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
  }
  nlohmann::json read_json(const std::string& name) const {
    return nlohmann::json::parse(io::read_text_file(file(name)));
  }
  /// Sets one key of a JSON object file.
  void set(const std::string& name, const std::string& key, const nlohmann::json& value) const {
    nlohmann::json object = read_json(name);
    object[key] = value;
    write(name, object.dump());
  }
  /// Copies a directory of tests/golden/models into a folder of this one.
  void copy_golden(const std::string& model, const std::string& folder = "") const {
    const auto from = std::filesystem::path(KINDRED_TEST_DATA) / "golden" / "models" / model;
    std::filesystem::create_directories(path_ / folder);
    for (const auto& entry : std::filesystem::directory_iterator(from)) {
      if (entry.path().filename() == "golden.safetensors") continue;
      std::filesystem::copy(entry.path(), path_ / folder / entry.path().filename());
    }
  }
  /// Writes one F32 tensor a name, of zeros but for the first values given.
  void write_tensors(const std::string& name,
                     const std::vector<std::pair<std::string, std::vector<std::size_t>>>& shapes,
                     const std::vector<float>& values = {}) const {
    std::vector<std::vector<float>> data;
    std::vector<io::TensorView> views;
    for (const auto& [tensor, shape] : shapes) {
      io::TensorView& view = views.emplace_back();
      view.name = tensor;
      view.shape = shape;
      std::vector<float>& floats = data.emplace_back(view.elements(), 0.0F);
      for (std::size_t i = 0; i < floats.size() && i < values.size(); ++i) floats[i] = values[i];
    }
    for (std::size_t i = 0; i < views.size(); ++i) {
      views[i].data = reinterpret_cast<const std::byte*>(data[i].data());
      views[i].bytes = data[i].size() * sizeof(float);
    }
    std::filesystem::create_directories((path_ / name).parent_path());
    io::write_safetensors(file(name), views);
  }

 private:
  std::filesystem::path path_;
};

/// Expects an Error of this kind whose message holds each of the parts.
template <typename Function>
void expect_error(ErrorKind kind, std::initializer_list<std::string> parts, Function function) {
  try {
    function();
    ADD_FAILURE() << "no error where " << to_string(kind) << " was expected";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    for (const std::string& part : parts) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos)
          << "\"" << part << "\" is not in: " << error.what();
    }
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << "more than one line";
  }
}

}  // namespace kindred::model::testing
