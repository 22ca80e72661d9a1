// Backends that the tests of the engine run over. For tests only.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "search/backend_fixture.h"
#include "search/postgres_backend.h"
#include "search/postgres_server.h"

namespace kindred::search {

enum class BackendKind { embedded, postgres };

inline std::string_view to_string(BackendKind kind) {
  return kind == BackendKind::embedded ? "embedded" : "postgres";
}

struct MadeBackend {
  std::shared_ptr<io::TempDirectory> directory;  // outlives the backend
  std::unique_ptr<Backend> backend;              // null: it cannot be made here
  std::string why_not;
};

inline MadeBackend make_backend(BackendKind kind, std::size_t dimension) {
  MadeBackend made{std::make_shared<io::TempDirectory>(), nullptr, ""};
  if (kind == BackendKind::embedded) {
    made.backend = make_embedded(made.directory->file("items"), dimension);
    return made;
  }
  const PostgresServer& server = PostgresServer::shared();
  made.why_not = server.why_not();
  if (made.why_not.empty()) {
    made.backend = PostgresBackend::create(server.url(),
                                           {.dimension = dimension, .schema = server.new_schema()});
  }
  return made;
}

}  // namespace kindred::search
