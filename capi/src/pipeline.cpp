#include "foreign.hpp"
#include "handles.hpp"

using namespace holdfast;
using namespace holdfast::capi;

holdfast_status holdfast_transform_compression(holdfast_transform** out, const char* text, holdfast_error** err) {
  clear(out);
  return guard("transform", err, [&] {
    Out result(out);
    TransformPtr transform = parse_compression(required_text(text, "text"));
    if (!transform) refuse("no compression is not a transform: leave it out");
    result.make(std::move(transform));
  });
}

holdfast_status holdfast_transform_aes256gcm(holdfast_transform** out, const void* key, size_t key_length, const char* associated,
                                             holdfast_error** err) {
  clear(out);
  return guard("transform", err, [&] {
    Out result(out);
    const Secret secret(ByteView(&required(static_cast<const std::byte*>(key), "key"), key_length));
    result.make(aes256gcm(secret, associated == nullptr ? "" : associated));
  });
}

holdfast_status holdfast_transform_throttle(holdfast_transform** out, uint64_t bytes_per_second, holdfast_error** err) {
  clear(out);
  return guard("transform", err, [&] {
    Out result(out);
    if (bytes_per_second == 0) refuse("bytes_per_second is 0: leave the stage out instead");
    result.make(throttle(bytes_per_second));
  });
}

holdfast_status holdfast_transform_hash(holdfast_transform** out, int32_t kind, holdfast_hash_callback done, void* user_data,
                                        void (*release)(void* user_data), holdfast_error** err) {
  clear(out);
  return guard("transform", err, [&] {
    const auto callback = std::make_shared<HostCallback<holdfast_hash_callback>>(done, user_data, release);
    Out result(out);
    required(done, "done");
    if (kind != HOLDFAST_HASH_SHA256 && kind != HOLDFAST_HASH_XXH3) refuse("kind is HOLDFAST_HASH_SHA256 or HOLDFAST_HASH_XXH3");
    const HashKind wanted = kind == HOLDFAST_HASH_SHA256 ? HashKind::sha256 : HashKind::xxh3;
    result.make(hash(wanted, [callback, wanted](const Digest& digest) {
      (*callback)(digest.bytes, (wanted == HashKind::sha256 ? digest.sha256 : digest.xxh3).c_str());
    }));
  });
}

holdfast_status holdfast_transform_new(holdfast_transform** out, holdfast_transform_driver* driver, holdfast_error** err) {
  clear(out);
  return guard("transform", err, [&] {
    Owned<holdfast_transform_driver> table(driver, "driver");
    Out result(out);
    result.make(foreign_transform(std::move(table)));
  });
}

void holdfast_transform_free(holdfast_transform* transform) { delete transform; }

holdfast_status holdfast_options_add_transform(holdfast_options* options, const holdfast_transform* transform, holdfast_error** err) {
  return guard("option", err, [&] {
    const TransformPtr& lent = required(transform, "transform").transform;
    const Busy::Hold hold(required(options, "options").busy, "options");
    options->set.transforms.push_back(lent);
  });
}

holdfast_status holdfast_pipeline_new(holdfast_pipeline** out, holdfast_error** err) {
  clear(out);
  return guard("pipeline", err, [&] { Out(out).make(); });
}

holdfast_status holdfast_pipeline_add(holdfast_pipeline* pipeline, const holdfast_transform* transform, holdfast_error** err) {
  return guard("pipeline", err, [&] {
    const Busy::Hold hold(required(pipeline, "pipeline").busy, "pipeline");
    pipeline->pipeline.add(required(transform, "transform").transform);
  });
}

holdfast_status holdfast_pipeline_encode(holdfast_writer** out, const holdfast_pipeline* pipeline, holdfast_writer* next,
                                         holdfast_error** err) {
  clear(out);
  return guard("pipeline", err, [&] {
    Out result(out);
    const Busy::Hold hold(required(pipeline, "pipeline").busy, "pipeline");
    auto core = std::make_shared<WriterCore>();
    EntryWriter* const entry = required(next, "next").core->entry;
    auto taken = take_writer(next, "next");
    core->kept = next->core->kept;
    core->operation = next->core->operation;
    core->entry = entry;
    core->piped = true;
    core->writer = pipeline->pipeline.encode(std::move(taken));
    result.make(std::move(core));
  });
}

holdfast_status holdfast_pipeline_decode(holdfast_reader** out, const holdfast_pipeline* pipeline, holdfast_reader* from,
                                         holdfast_error** err) {
  clear(out);
  return guard("pipeline", err, [&] {
    Out result(out);
    const Busy::Hold hold(required(pipeline, "pipeline").busy, "pipeline");
    auto core = std::make_shared<ReaderCore>();
    auto taken = take_reader(from, "from");
    core->kept = from->core->kept;
    core->operation = from->core->operation;
    core->reader = pipeline->pipeline.decode(std::move(taken));
    result.make(std::move(core));
  });
}

void holdfast_pipeline_free(holdfast_pipeline* pipeline) { delete pipeline; }
