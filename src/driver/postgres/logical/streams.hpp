#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "driver/postgres/client/connection.hpp"
#include "driver/postgres/logical/catalog.hpp"
#include "driver/postgres/logical/row_sum.hpp"

namespace holdfast::postgres {

/// The data of one COPY statement: a table, a range of a large one, or a share of the large objects. A backup reads
/// these streams, and the proof reads the same ones from the restored database.
struct Stream {
  std::string entry;         ///< name in the backup: "data/public.orders/00001.copy"
  std::string copy_sql;      ///< COPY … TO STDOUT
  std::string lock_sql;      ///< empty: no lock is needed
  Table* table = nullptr;    ///< null: large objects
  RowSum* proof = nullptr;   ///< the sum that it is added to; several streams may share one
  std::string rows;          ///< of the table, as written after FROM
  std::string range;         ///< for events: "pages 0-8191", "pages 8192-"
  std::uint64_t weight = 0;  ///< bytes, an estimate
};

/// Divides a database into streams, largest first, none much larger than `bytes_per_stream` if the server can read
/// ranges. Their pointers refer to `catalog`.
std::vector<Stream> plan_streams(Catalog& catalog, std::uint64_t bytes_per_stream);
/// Returns a stream size that gives each of `jobs` connections enough streams to finish at the same time, without too
/// many for a repository.
std::uint64_t stream_size(const Catalog& catalog, unsigned jobs);

/// Reads a stream and passes its bytes to `take` in order, in pieces that fill `block`, except the last. Returns the
/// sum of its rows. Throws LongRow for a row that is too long to be sent.
RowSum read_stream(Connection& connection, const Stream& stream, const RowKey& key, Bytes& block,
                   const std::function<void(ByteView)>& take);

std::string column_list(const Table& table);
/// Returns the table that a table's rows are loaded into: itself, or the partition root.
RelationName row_destination(const Table& table);
enum class CopyFormat : char { text, binary };
/// Returns COPY … FROM STDIN for a table's rows. Texts in binary rows have the session's encoding, not `encoding`.
std::string copy_in_sql(const Table& table, const std::string& encoding, bool freeze, CopyFormat format = CopyFormat::text);

/// The entries with large objects: COPY text of (oid, comment, owner, grants), in the session's encoding, and of (oid,
/// offset, bytes).
inline constexpr const char* kLargeObjectNames = "large_objects/names.copy";
inline constexpr const char* kLargeObjectContents = "large_objects/contents/";

}  // namespace holdfast::postgres
