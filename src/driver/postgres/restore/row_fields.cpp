#include "driver/postgres/restore/row_fields.hpp"

#include <algorithm>

#include "driver/postgres/client/copy_text.hpp"
#include "holdfast/error.hpp"

namespace holdfast::postgres {

RowFields::RowFields(std::span<const std::size_t> wanted)
    : wanted_(wanted.begin(), wanted.end()), raw_(wanted_.size()), fields_(wanted_.size()), plain_(wanted_.size()) {}

void RowFields::finish() const {
  if (!partial_.empty()) throw Error(ErrorCode::corrupt, "the rows end in the middle of one");
}

void RowFields::read(std::string_view row) {
  std::size_t column = 0, at = 0;
  for (std::size_t position = 0; position < raw_.size(); ++position) {
    for (; column < wanted_[position]; ++column) {
      const std::size_t tab = row.find('\t', at);
      if (tab == std::string_view::npos) throw Error(ErrorCode::corrupt, "a row of the backup has too few fields");
      at = tab + 1;
    }
    const std::string_view raw = row.substr(at, std::min(row.find('\t', at), row.size()) - at);
    raw_[position] = raw;
    fields_[position] = {raw == kNullField ? std::string_view() : unescaped_text(raw, plain_[position]), raw == kNullField};
  }
}

std::string_view RowFields::unescaped_text(std::string_view field, std::string& into) {
  if (field.find('\\') == std::string_view::npos) return field;
  into.clear();
  for (std::size_t at = 0; at < field.size(); ++at) {
    const bool escape = field[at] == '\\' && at + 1 < field.size();
    into += escape ? unescaped(field[at + 1]).value_or(field[at + 1]) : field[at];
    if (escape) ++at;
  }
  return into;
}

}  // namespace holdfast::postgres
