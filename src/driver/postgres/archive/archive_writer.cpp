#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "driver/postgres/archive/archive.hpp"
#include "driver/postgres/archive/archive_format.hpp"
#include "holdfast/error.hpp"

namespace holdfast::pg_archive {

namespace {

constexpr std::size_t kChunk = 64U << 10;

/// Collects encoded values. Each entry of the table of contents is one write.
class Encoder {
 public:
  explicit Encoder(int int_size) : int_size_(int_size) {}

  void byte(int value) { bytes_.push_back(static_cast<std::byte>(value)); }
  void integer(std::int64_t value) {
    byte(value < 0 ? 1 : 0);
    auto magnitude = static_cast<std::uint64_t>(value < 0 ? -value : value);
    for (int i = 0; i < int_size_; ++i, magnitude >>= 8) byte(static_cast<int>(magnitude & 0xff));
  }
  void raw(std::string_view text) {
    const ByteView bytes = as_bytes(text);
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  void text(const Text& value) {
    if (!value) return integer(-1);
    if (value->size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
      throw Error(ErrorCode::limit, "can't write the pg_dump archive: a text of more than 2 GiB");
    }
    integer(static_cast<std::int64_t>(value->size()));
    raw(*value);
  }
  void flush(Writer& out) {
    out.write(bytes_);
    bytes_.clear();
  }

 private:
  int int_size_;
  Bytes bytes_;
};

void encode_header(Encoder& out, const ArchiveHeader& header) {
  out.raw(kMagic);
  for (const int value : {kMajor, header.minor, header.revision, header.int_size, header.offset_size, kFormatCustom}) out.byte(value);
  if (header.minor >= kMinorWithAlgorithm) {
    out.byte(static_cast<int>(header.compression));
  } else {
    out.integer(header.compression == Compression::none ? 0 : header.level);
  }
  for (const int field : header.created) out.integer(field);
  out.text(header.database);
  out.text(header.server_version);
  out.text(header.dump_version);
}

void encode_entry(Encoder& out, const ArchiveHeader& header, const TocEntry& entry) {
  out.integer(entry.dump_id);
  out.integer(entry.has_data ? 1 : 0);
  out.text(std::to_string(entry.catalog_oid));
  out.text(std::to_string(entry.object_oid));
  out.text(entry.tag);
  out.text(entry.desc);
  out.integer(static_cast<int>(entry.section));
  out.text(entry.definition);
  out.text(entry.drop_statement);
  out.text(entry.copy_statement);
  out.text(entry.schema);
  out.text(entry.tablespace);
  if (header.minor >= kMinorWithTableAm) out.text(entry.table_access_method);
  if (header.minor >= kMinorWithRelkind) out.integer(entry.relkind);
  out.text(entry.owner);
  out.text(entry.with_oids ? "true" : "false");
  for (const int dependency : entry.dependencies) out.text(std::to_string(dependency));
  out.text(std::nullopt);
  out.byte(entry.has_data ? kOffsetNotSet : kOffsetNoData);
  for (int i = 0; i < header.offset_size; ++i) out.byte(0);
}

void check_header(const ArchiveHeader& header) {
  if (header.minor < kOldestMinor || header.minor > kNewestMinor || (header.int_size != 4 && header.int_size != 8)) {
    throw Error(ErrorCode::invalid_argument, "can't write a pg_dump archive of format version 1." + std::to_string(header.minor));
  }
  if (header.compression != Compression::none && header.compression != Compression::gzip) {
    throw Error(ErrorCode::unsupported, "can't write the pg_dump archive: its compression is neither none nor gzip; set one of them");
  }
}

}  // namespace

/// Writes data in length-prefixed chunks and a last chunk of length 0; deflates it if requested.
class ArchiveWriter::Chunks {
 public:
  Chunks(Writer& out, const ArchiveHeader& header)
      : out_(out), int_size_(header.int_size), deflates_(header.compression != Compression::none) {
    if (!deflates_) return;
    buffer_.resize(kChunk);
    if (deflateInit(&stream_, header.level) != Z_OK) {
      throw Error(ErrorCode::invalid_argument, "can't compress the pg_dump archive with level " + std::to_string(header.level));
    }
  }
  Chunks(const Chunks&) = delete;
  Chunks& operator=(const Chunks&) = delete;
  ~Chunks() {
    if (deflates_) deflateEnd(&stream_);
  }

  void write(ByteView data) {
    while (!data.empty()) {
      const ByteView piece = data.first(std::min(data.size(), std::size_t{1} << 20));
      data = data.subspan(piece.size());
      if (deflates_) {
        pump(piece, Z_NO_FLUSH);
      } else {
        emit(piece);
      }
    }
  }

  void finish() {
    if (deflates_) {
      pump({}, Z_FINISH);
      deflateReset(&stream_);
    }
    Encoder end(int_size_);
    end.integer(0);
    end.flush(out_);
  }

 private:
  void pump(ByteView input, int flush) {
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(input.data()));
    stream_.avail_in = static_cast<uInt>(input.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data() + filled_);
      stream_.avail_out = static_cast<uInt>(buffer_.size() - filled_);
      if (deflate(&stream_, flush) == Z_STREAM_ERROR) throw Error(ErrorCode::internal, "zlib refused the data of the pg_dump archive");
      filled_ = buffer_.size() - stream_.avail_out;
      if (filled_ == buffer_.size() || flush == Z_FINISH) emit_buffer();
    } while (stream_.avail_in != 0 || stream_.avail_out == 0);
  }

  void emit_buffer() {
    emit(ByteView(buffer_).first(filled_));
    filled_ = 0;
  }

  void emit(ByteView chunk) {
    if (chunk.empty()) return;  // length 0 would mean the end
    Encoder prefix(int_size_);
    prefix.integer(static_cast<std::int64_t>(chunk.size()));
    prefix.flush(out_);
    out_.write(chunk);
  }

  Writer& out_;
  int int_size_;
  bool deflates_;
  z_stream stream_{};
  Bytes buffer_;
  std::size_t filled_ = 0;
};

ArchiveWriter::ArchiveWriter(Writer& out, const ArchiveToc& toc) : out_(out), int_size_(toc.header.int_size) {
  check_header(toc.header);
  chunks_ = std::make_unique<Chunks>(out, toc.header);
  Encoder encoder(int_size_);
  encode_header(encoder, toc.header);
  encoder.integer(static_cast<std::int64_t>(toc.entries.size()));
  encoder.flush(out_);
  for (const TocEntry& entry : toc.entries) {
    encode_entry(encoder, toc.header, entry);
    encoder.flush(out_);
  }
}

ArchiveWriter::~ArchiveWriter() = default;

void ArchiveWriter::expect(State state, const char* call) const {
  if (state_ != state) throw Error(ErrorCode::invalid_state, std::string("ArchiveWriter::") + call + " was called out of order");
}

void ArchiveWriter::begin_block(int type, int dump_id) {
  Encoder encoder(int_size_);
  encoder.byte(type);
  encoder.integer(dump_id);
  encoder.flush(out_);
}

void ArchiveWriter::begin_data(int dump_id) {
  expect(State::between, "begin_data");
  begin_block(kBlockData, dump_id);
  state_ = State::in_data;
}

void ArchiveWriter::write(ByteView data) {
  if (state_ != State::in_large_object) expect(State::in_data, "write");
  chunks_->write(data);
}

void ArchiveWriter::end_data() {
  expect(State::in_data, "end_data");
  chunks_->write(as_bytes("\\.\n\n\n"));  // for psql, when the archive is converted to a script
  chunks_->finish();
  state_ = State::between;
}

void ArchiveWriter::begin_large_objects(int dump_id) {
  expect(State::between, "begin_large_objects");
  begin_block(kBlockLargeObjects, dump_id);
  state_ = State::in_large_objects;
}

void ArchiveWriter::begin_large_object(std::uint32_t oid) {
  expect(State::in_large_objects, "begin_large_object");
  if (oid == 0) throw Error(ErrorCode::invalid_argument, "a large object can't have OID 0");
  Encoder encoder(int_size_);
  encoder.integer(static_cast<std::int32_t>(oid));  // pg_restore reads an int and casts
  encoder.flush(out_);
  state_ = State::in_large_object;
}

void ArchiveWriter::end_large_object() {
  expect(State::in_large_object, "end_large_object");
  chunks_->finish();
  state_ = State::in_large_objects;
}

void ArchiveWriter::end_large_objects() {
  expect(State::in_large_objects, "end_large_objects");
  Encoder encoder(int_size_);
  encoder.integer(0);
  encoder.flush(out_);
  state_ = State::between;
}

}  // namespace holdfast::pg_archive
