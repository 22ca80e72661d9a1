#include "index/writer_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "base/error.h"
#include "io/file.h"
#include "io/system_error.h"

namespace kindred::index {

WriterLock WriterLock::take(const std::string& directory) {
  const std::string path = io::join_path(directory, "LOCK");
  io::Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
  if (!file.valid()) io::fail_system(errno, "create", path);
  while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) io::fail_system(errno, "lock", path);
    fail(ErrorKind::bad_input,
         "{} is being written by another process or object; a collection has one writer at a time "
         "(readers are free to open it)",
         directory);
  }
  return WriterLock(std::move(file));
}

}  // namespace kindred::index
