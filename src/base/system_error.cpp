#include "base/system_error.hpp"

#include <cerrno>
#include <system_error>

namespace holdfast {

namespace {

ErrorCode code_of(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return ErrorCode::no_space;
    case EACCES:
    case EPERM:
    case EROFS: return ErrorCode::permission_denied;
    case ENOENT:
    case ENOTDIR: return ErrorCode::not_found;
    case EEXIST: return ErrorCode::already_exists;
    case EMFILE:
    case ENFILE: return ErrorCode::limit;
    default: return ErrorCode::io;
  }
}

}  // namespace

Error system_error(const std::string& what, int error_number) {
  return Error(code_of(error_number), what + ": " + std::generic_category().message(error_number));
}

}  // namespace holdfast
