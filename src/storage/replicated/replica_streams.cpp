#include "storage/replicated/replica_streams.hpp"

#include <optional>
#include <utility>

#include "storage/replicated/replica_store.hpp"

namespace holdfast {

namespace {

using Index = ReplicaSet::Index;

/// A smaller write to several storages at a time costs more for threads than it saves.
constexpr std::size_t kParallelWrite = 256U << 10;

class FailoverReader final : public Reader {
 public:
  FailoverReader(std::shared_ptr<ReplicaSet> set, std::string_view name, std::uint64_t offset, std::uint64_t length)
      : set_(std::move(set)), copies_(set_->usable()), name_(name), offset_(offset), left_(length) {
    open();
  }

  std::size_t read(std::span<std::byte> out) override {
    for (;;) {
      try {
        const std::size_t got = reader_->read(out);
        offset_ += got;
        left_ -= got;
        return got;
      } catch (const Error& error) {
        failed(error);
        open();
      }
    }
  }

 private:
  void open() {
    for (; next_ < copies_.size(); ++next_) {
      try {
        reader_ = set_->storage(copies_[next_]).open_reader(name_, offset_, left_);
        return;
      } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found) {
          failed(error);
          --next_;
        } else if (!not_found_) {
          not_found_ = error;
        }
      }
    }
    if (error_) throw *error_;
    if (not_found_) throw *not_found_;
    throw set_->too_few("can't read '" + name_ + "'", 0);
  }
  /// An error may concern one object only, which is damaged; a lost connection concerns all.
  void failed(const Error& error) {
    rethrow_if_ours(error);
    if (error.code() == ErrorCode::network || error.code() == ErrorCode::timeout) set_->exclude(copies_[next_], error);
    if (!error_) error_ = error;
    ++next_;
  }

  std::shared_ptr<ReplicaSet> set_;
  const std::vector<Index> copies_;
  const std::string name_;
  std::uint64_t offset_;
  std::uint64_t left_;
  std::size_t next_ = 0;
  std::unique_ptr<Reader> reader_;
  std::optional<Error> error_, not_found_;
};

class ReplicatedWriter final : public Writer {
 public:
  ReplicatedWriter(std::shared_ptr<ReplicaSet> set, std::string_view name) : set_(std::move(set)), name_(name), copies_(set_->usable()) {
    writers_.resize(set_->size());
    each([&](Index copy) { writers_[copy] = set_->storage(copy).open_writer(name_); });
  }

  void write(ByteView data) override {
    each([&](Index copy) { writers_[copy]->write(data); }, data.size() >= kParallelWrite);
  }

  void commit() override {
    const auto finish = [this](Index copy) {
      try {
        writers_[copy]->commit();
        return PutResult::created;
      } catch (const Error& error) {
        if (error.code() != ErrorCode::already_exists) throw;
        return PutResult::already_exists;
      }
    };
    if (store(*set_, name_, copies_, finish) == PutResult::already_exists)
      throw Error(ErrorCode::already_exists, "can't store '" + name_ + "': an object of that name exists");
  }

 private:
  void each(const std::function<void(Index)>& work, bool parallel = false) {
    std::vector<char> fine(copies_.size(), 1);
    const auto attempt = [&](std::size_t at) {
      try {
        work(copies_[at]);
      } catch (const Error& error) {
        rethrow_if_ours(error);
        set_->exclude(copies_[at], error);
        fine[at] = 0;
      }
    };
    if (parallel) {
      on_each(copies_, attempt);
    } else {
      for (std::size_t at = 0; at < copies_.size(); ++at) attempt(at);
    }
    std::vector<Index> left;
    for (std::size_t at = 0; at < copies_.size(); ++at) {
      if (fine[at] != 0) left.push_back(copies_[at]);
      if (fine[at] == 0) writers_[copies_[at]].reset();
    }
    copies_ = std::move(left);
    if (copies_.size() < set_->quorum()) throw set_->too_few("can't store '" + name_ + "'", copies_.size());
  }

  std::shared_ptr<ReplicaSet> set_;
  const std::string name_;
  std::vector<Index> copies_;
  std::vector<std::unique_ptr<Writer>> writers_;  // by index
};

}  // namespace

std::unique_ptr<Reader> open_replicated_reader(std::shared_ptr<ReplicaSet> set, std::string_view name, std::uint64_t offset,
                                               std::uint64_t length) {
  return std::make_unique<FailoverReader>(std::move(set), name, offset, length);
}

std::unique_ptr<Writer> open_replicated_writer(std::shared_ptr<ReplicaSet> set, std::string_view name) {
  return std::make_unique<ReplicatedWriter>(std::move(set), name);
}

}  // namespace holdfast
