#pragma once

#include <string>
#include <utility>
#include <vector>

#include "holdfast/repository.hpp"
#include "support/test_repository.hpp"

namespace holdfast::test {

/// A new encrypted repository of one layout, opened as by a host.
template <typename Kind>
struct OpenedRepository {
  Kind repo{true};
  Repository repository{std::move(repo.layout), builtin_drivers(), repo.key};
};

/// Makes a backup of these entries with the repository's own calls.
inline BackupId back_up(Repository& repository, Context& context, const std::vector<std::pair<std::string, std::string>>& entries) {
  const auto session = repository.begin({.tags = {{"env", "test"}}}, context);
  TestRepository::fill(session->add_source(TestRepository::source()), entries);
  return session->commit().id;
}

}  // namespace holdfast::test
