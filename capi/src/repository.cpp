#include <cstring>

#include "handles.hpp"
#include "holdfast/anchor.hpp"
#include "holdfast/host.hpp"

using namespace holdfast;
using namespace holdfast::capi;

namespace holdfast::capi {

BackupId resolve(const Repository& repository, const std::string& backup, Context& context) { return repository.resolve(backup, context); }

char* copy_text(std::string_view text) {
  char* const copy = new char[text.size() + 1];
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  return copy;
}

}  // namespace holdfast::capi

namespace {

// Runs a call that uses a repository, in a context of its own.
template <class Body>
holdfast_status with_repository(holdfast_repository* repository, const holdfast_options* options, holdfast_error** err, Body&& body) {
  return guard("repository", err, [&] {
    const auto core = required(repository, "repository").core;
    Operation operation(options);
    body(core->repository, operation.context);
  });
}

template <class Open>
holdfast_status make_repository(holdfast_repository** out, const holdfast_options* options, holdfast_error** err, Open&& open) {
  return guard("repository", err, [&] {
    Out result(out);
    const OptionSet set = options_of(options);
    Operation operation(set);
    result.make(std::make_shared<RepositoryCore>(open(set, operation.context), caller_of(set)));
  });
}

}  // namespace

holdfast_status holdfast_repository_create(holdfast_repository** out, const char* uri, const holdfast_options* options,
                                           holdfast_error** err) {
  clear(out);
  return make_repository(out, options, err, [&](const OptionSet& set, Context& context) {
    const std::string place = required_text(uri, "uri");
    const CreateOptions create = create_options(set, place);
    return create_repository(open_storage(place, create.storage, IfMissing::create), create, context, drivers_of(set));
  });
}

holdfast_status holdfast_repository_open(holdfast_repository** out, const char* uri, const holdfast_options* options,
                                         holdfast_error** err) {
  clear(out);
  return make_repository(out, options, err, [&](const OptionSet& set, Context& context) {
    const std::string place = required_text(uri, "uri");
    return Repository::open(place, open_options(set, place), context);
  });
}

holdfast_status holdfast_repository_create_on(holdfast_repository** out, holdfast_storage* storage, const holdfast_options* options,
                                              holdfast_error** err) {
  clear(out);
  return make_repository(out, options, err, [&](const OptionSet& set, Context& context) {
    const auto place = required(storage, "storage").storage;
    return create_repository(place, create_options(set, place->uri()), context, drivers_of(set));
  });
}

holdfast_status holdfast_repository_open_on(holdfast_repository** out, holdfast_storage* storage, const holdfast_options* options,
                                            holdfast_error** err) {
  clear(out);
  return make_repository(out, options, err, [&](const OptionSet& set, Context& context) {
    const auto place = required(storage, "storage").storage;
    return open_repository(place, open_options(set, place->uri()), context);
  });
}

void holdfast_repository_free(holdfast_repository* repository) { delete repository; }

const char* holdfast_repository_uri(const holdfast_repository* repository) {
  return repository == nullptr ? nullptr : repository->core->info.uri.c_str();
}

const char* holdfast_repository_id(const holdfast_repository* repository) {
  return repository == nullptr ? nullptr : repository->core->info.id.c_str();
}

const char* holdfast_repository_layout(const holdfast_repository* repository) {
  if (repository == nullptr) return nullptr;
  return repository->core->info.layout == LayoutKind::plain ? "plain" : "packed";
}

int32_t holdfast_repository_is_encrypted(const holdfast_repository* repository) {
  return repository != nullptr && repository->core->info.encrypted ? 1 : 0;
}

int64_t holdfast_repository_created(const holdfast_repository* repository) {
  return repository == nullptr ? 0 : micros(repository->core->info.created);
}

holdfast_status holdfast_repository_list(holdfast_backup_list** out, holdfast_repository* repository, const holdfast_options* options,
                                         holdfast_error** err) {
  clear(out);
  return with_repository(repository, options, err, [&](Repository& opened, Context& context) {
    Out result(out);
    result.make(opened.list(context));
  });
}

holdfast_status holdfast_repository_find(holdfast_backup** out, holdfast_repository* repository, const char* backup,
                                         const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return with_repository(repository, options, err, [&](Repository& opened, Context& context) {
    required(out, "out");
    make_backup(out, opened.find(required_text(backup, "backup"), context));
  });
}

holdfast_status holdfast_repository_remove(holdfast_repository* repository, const char* backup, const holdfast_options* options,
                                           holdfast_error** err) {
  return with_repository(repository, options, err, [&](Repository& opened, Context& context) {
    opened.remove(resolve(opened, required_text(backup, "backup"), context), context);
  });
}

holdfast_status holdfast_repository_undo_remove(holdfast_repository* repository, const char* id, const holdfast_options* options,
                                                holdfast_error** err) {
  return with_repository(repository, options, err,
                         [&](Repository& opened, Context& context) { opened.undo_remove(required_text(id, "id"), context); });
}

holdfast_status holdfast_repository_diff(holdfast_diff** out, holdfast_repository* repository, const char* first, const char* second,
                                         const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return with_repository(repository, options, err, [&](Repository& opened, Context& context) {
    Out result(out);
    const BackupId before = resolve(opened, required_text(first, "first"), context);
    result.make(opened.diff(before, resolve(opened, required_text(second, "second"), context), context));
  });
}

holdfast_status holdfast_repository_anchor(char** out, holdfast_repository* repository, const holdfast_options* options,
                                           holdfast_error** err) {
  clear(out);
  return with_repository(repository, options, err, [&](Repository& opened, Context& context) {
    required(out, "out");
    *out = copy_text(make_anchor(opened, context));
  });
}

holdfast_status holdfast_repository_check_anchor(holdfast_verify_report** out, holdfast_repository* repository, const char* anchor,
                                                 const holdfast_options* options, holdfast_error** err) {
  clear(out);
  return with_repository(repository, options, err, [&](Repository& opened, Context& context) {
    Out result(out);
    result.make(check_anchor(opened, required_text(anchor, "anchor"), context));
  });
}
