#include "driver/postgres/restore/mask_samples.hpp"

#include "driver/postgres/client/copy_text.hpp"
#include "driver/postgres/restore/mask_schema.hpp"
#include "mask/suggest.hpp"

namespace holdfast::postgres {

namespace {

constexpr std::size_t kSampleBytes = 256U << 10, kSampleRows = 200;

masking::ColumnSamples first_rows(const BackupView& backup, const RowsEntry& rows) {
  masking::ColumnSamples samples(rows.table->columns.size());
  std::size_t count = 0;
  CopyTextReader reader([&](const std::vector<std::string>& fields) {
    if (++count > kSampleRows) return;
    for (std::size_t at = 0; at < std::min(fields.size(), samples.size()); ++at) {
      if (!fields[at].empty()) samples[at].push_back(fields[at]);
    }
  });
  const std::unique_ptr<Reader> in = backup.open(*rows.entry);
  Bytes buffer(16U << 10);
  for (std::size_t total = 0; total < kSampleBytes && count < kSampleRows;) {
    const std::size_t got = in->read(buffer);
    if (got == 0) break;
    total += got;
    reader.add(ByteView(buffer).first(got));
  }
  return samples;
}

}  // namespace

std::string suggest_mask(const BackupView& backup, Context& context) {
  const RestorePlan plan = plan_restore(backup, {});
  masking::Samples samples;
  context.phase("looking at rows");
  for (const RowsEntry& rows : plan.rows) {
    context.check();
    if (rows.table == nullptr || samples.contains({rows.table->schema, rows.table->name})) continue;
    samples[{rows.table->schema, rows.table->name}] = first_rows(backup, rows);
  }
  return masking::suggest_rules(mask_schema(plan), samples);
}

}  // namespace holdfast::postgres
