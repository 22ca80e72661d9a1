// Which kind of segment: when one is built, and when one is opened.
#include "index/segment.h"

#include "base/error.h"
#include "index/flat_segment.h"
#include "index/ivf_build.h"
#include "index/ivf_segment.h"
#include "index/planner.h"
#include "index/segment_file.h"
#include "index/segment_meta.h"
#include "io/file.h"

namespace kindred::index {
namespace {

/// A segment's finished files, and what a killed build left of one that was being written.
bool is_segment_file(const std::string& name) {
  for (const FileRole role : {FileRole::meta, FileRole::vectors, FileRole::lists, FileRole::codes,
                              FileRole::refine, FileRole::spill})
    if (name.starts_with(file_name(role))) return true;
  return false;
}

/// Removes what an interrupted build cannot go on from.
void clear_directory(const std::string& directory) {
  const std::vector<std::string> names = io::list_directory(directory);
  for (const std::string& name : names) {
    if (name == file_name(FileRole::meta))
      fail(ErrorKind::bad_input, "{}: holds a segment already; build into an empty directory",
           directory);
    if (!is_segment_file(name) && !is_build_file(name))
      fail(ErrorKind::bad_input,
           "{}: holds {}, which is no segment's; build into an empty directory", directory, name);
  }
  for (const std::string& name : names)
    if (is_segment_file(name)) io::remove_file(io::join_path(directory, name));
}

}  // namespace

std::vector<std::uint32_t> build_segment(const VectorSource& source, const BuildOptions& options,
                                         const std::string& directory, ThreadPool& pool) {
  const Plan plan = make_plan(source.rows(), source.dimension(), options);
  clear_directory(directory);
  if (plan.kind == SegmentKind::flat) return build_flat(source, options, directory, pool);
  return build_ivf(source, options, plan, directory, pool);
}

std::shared_ptr<const Segment> open_segment(const std::string& directory,
                                            const OpenOptions& options) {
  SegmentMeta meta = SegmentMeta::load(directory);
  if (meta.kind == SegmentKind::flat)
    return std::make_shared<FlatSegment>(directory, meta, options);
  return std::make_shared<IvfSegment>(directory, std::move(meta), options);
}

}  // namespace kindred::index
