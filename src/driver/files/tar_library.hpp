#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

#include <memory>
#include <string>

#include "holdfast/error.hpp"

namespace holdfast::files {

struct FreeTarReader {
  void operator()(struct archive* archive) const noexcept { archive_read_free(archive); }
};
struct FreeTarWriter {
  void operator()(struct archive* archive) const noexcept { archive_write_free(archive); }
};
struct FreeTarEntry {
  void operator()(struct archive_entry* entry) const noexcept { archive_entry_free(entry); }
};
using TarReader = std::unique_ptr<struct archive, FreeTarReader>;
using TarWriter = std::unique_ptr<struct archive, FreeTarWriter>;
using TarEntry = std::unique_ptr<struct archive_entry, FreeTarEntry>;

/// While it exists, this thread has the locale "C.UTF-8", in which libarchive leaves names as they are: those that are
/// UTF-8, as archives have them, and after a warning also those that are not. In other locales it would convert them.
class BytesAsTheyAre {
 public:
  BytesAsTheyAre() : plain_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", static_cast<locale_t>(nullptr))) {
    if (plain_ == static_cast<locale_t>(nullptr)) throw Error(ErrorCode::unsupported, "tar archives need the locale C.UTF-8: install it");
    before_ = ::uselocale(plain_);
  }
  ~BytesAsTheyAre() {
    ::uselocale(before_);
    ::freelocale(plain_);
  }
  BytesAsTheyAre(const BytesAsTheyAre&) = delete;
  BytesAsTheyAre& operator=(const BytesAsTheyAre&) = delete;

 private:
  locale_t plain_;
  locale_t before_;
};

/// Returns libarchive's words about its last failure.
inline std::string said_by(struct archive* archive) {
  const char* text = archive_error_string(archive);
  return text == nullptr ? "no reason is given" : text;
}

}  // namespace holdfast::files
