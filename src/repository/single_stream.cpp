#include "repository/single_stream.hpp"

#include "holdfast/context.hpp"
#include "holdfast/error.hpp"

namespace holdfast {

const EntryRecord& only_entry(const BackupView& backup, const std::string& who) {
  const auto entries = backup.entries();
  if (entries.size() == 1) return *entries.front();
  throw Error(ErrorCode::unsupported, "the source " + backup.source().uri + " has " + std::to_string(entries.size()) + " entries, and " +
                                          who + " takes one stream; restore it with the driver " + backup.source().driver);
}

void refuse_stream_options(const RestoreOptions& options, const std::string& who) {
  if (!options.selection.empty())
    throw Error(ErrorCode::unsupported, who + "'s stream is restored whole: leave out what includes or excludes parts");
  if (options.resume) throw Error(ErrorCode::unsupported, who + "'s stream is restored from its beginning: leave out the option to resume");
  refuse_role_options(options);
  if (!options.owner) throw Error(ErrorCode::unsupported, who + "'s stream is restored as it is; leave out the option to skip owners");
}

void copy_entry(const BackupView& backup, const EntryRecord& entry, Writer& out, Context& context) {
  constexpr std::size_t kBuffer = 256U << 10;
  context.expect_bytes(entry.plain_bytes);
  const auto reader = backup.open(entry);
  Bytes buffer(kBuffer);
  while (const std::size_t got = reader->read(buffer)) {
    context.check();
    out.write(ByteView(buffer).first(got));
    context.add_progress(got, 0);
  }
}

}  // namespace holdfast
