#include "services/dynamodb/transfer/import_text.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "gen/dynamodb/shapes.h"
#include "model/error.h"
#include "model/validate.h"
#include "protocol/document_codec.h"
#include "services/dynamodb/items/key_check.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/value/wire.h"

namespace haneul::dynamodb {
namespace {

constexpr size_t kPieceBytes = 64 << 10;  // of text at a time
constexpr size_t kProblemBytesMax = 1024;

// Of the JSON itself and its form, ParseError is thrown; what PutItem would refuse is refused as there.
Attributes item_of_json(std::string_view text) {
  Document line = parse_json(text);
  Document* item = line.is_object() ? line.find("Item") : nullptr;
  if (item == nullptr || line.as_object().size() != 1) {
    throw ParseError("A line is no object with the member Item, and nothing else");
  }
  const model::Shape& shape = shapes::kPutItemInputAttributeMap;
  const Document wire = protocol::DocumentReader(protocol::kJsonRpcStyle)
                            .value(shape, model::TimestampFormat::kDefault, *item, {.name = "Item"});
  const auto violations = model::validate(shape, wire);
  if (!violations.empty()) refuse(model::violations_message(violations));
  return attributes_from(wire);
}

Value value_of_text(std::string text, ValueType type, const std::string& name) {
  if (type == ValueType::kNumber) return value_from(Document::Object{{"N", text}});
  if (type != ValueType::kBinary) return text;
  auto bytes = base64_decode(text);
  if (!bytes) refuse(fmt::format("One or more parameter values were invalid: {} is not base64", name));
  return Binary{std::move(*bytes)};
}

// Key attributes have their types, all others are strings. CSV has no way to leave a value out but to give
// none.
Attributes item_of_row(std::vector<std::string> fields, const std::vector<std::string>& columns,
                       const Table& table) {
  if (fields.size() != columns.size()) {
    refuse(fmt::format("A row has {} values of {} columns", fields.size(), columns.size()));
  }
  Attributes::Entries entries;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].empty()) continue;
    if (!is_valid_utf8(fields[i])) refuse(fmt::format("The value of {} is not UTF-8", columns[i]));
    const auto known = table.attributes.find(columns[i]);
    const ValueType type = known == table.attributes.end() ? ValueType::kString : known->second;
    entries.emplace_back(columns[i], value_of_text(std::move(fields[i]), type, columns[i]));
  }
  return Attributes::of(std::move(entries));
}

std::string problem_of(const std::vector<std::string>& columns) {
  if (std::ranges::any_of(columns, [](const std::string& name) { return name.empty(); })) {
    return "A column of the header has no name";
  }
  if (!std::ranges::all_of(columns, [](const std::string& name) { return is_valid_utf8(name); })) {
    return "The header is not UTF-8";
  }
  const std::set<std::string> names(columns.begin(), columns.end());
  return names.size() == columns.size() ? std::string() : "Two columns of the header have the same name";
}

const CsvOptions* csv_options(const ImportTableInput& request) {
  const auto& options = request.input_format_options;
  return options && options->csv ? &*options->csv : nullptr;
}

std::unique_ptr<Records> records_of(const ImportTableInput& request) {
  if (request.input_format != "CSV") return make_json_records();
  const CsvOptions* options = csv_options(request);
  return make_csv_records(options != nullptr && options->delimiter ? options->delimiter->front() : ',');
}

}  // namespace

ImportText::ImportText(const ImportTableInput& request, SourceObject object)
    : object_(std::move(object)),
      is_csv_(request.input_format == "CSV"),
      unpacker_(make_unpacker(packing_of(request.input_compression_type.value_or("NONE")))),
      records_(records_of(request)) {
  const CsvOptions* options = csv_options(request);
  if (options != nullptr && options->header_list) columns_ = *options->header_list;
}

void ImportText::feed(std::string piece) {
  fetched_ += piece.size();
  unpacker_->feed(std::move(piece));
}

std::optional<Record> ImportText::next_record(size_t& budget) {
  while (true) {
    if (auto record = records_->next()) return record;
    if (is_finished_) {
      is_at_end_ = true;
      return std::nullopt;
    }
    if (budget == 0) return std::nullopt;
    text_.clear();
    const size_t count = unpacker_->take(text_, std::min(budget, kPieceBytes));
    budget -= count;
    unpacked_ += count;
    records_->feed(text_);
    if (count > 0) continue;
    if (fetched_ < object_.size) return std::nullopt;
    if (object_.size > 0) unpacker_->finish();
    records_->finish();
    is_finished_ = true;
  }
}

std::optional<ImportedItem> ImportText::broken(std::string problem, uint64_t end) {
  is_at_end_ = true;
  if (problem.size() > kProblemBytesMax) problem = to_valid_utf8(problem.substr(0, kProblemBytesMax));
  return ImportedItem{
      .item = std::unexpected(std::move(problem)), .end = end, .index = index_, .is_last = true};
}

std::optional<ImportedItem> ImportText::item_of(Record record, const Table& table, uint64_t offset) {
  if (!record.problem.empty()) return broken(std::move(record.problem), record.end);
  if (is_csv_ && columns_.empty()) {
    columns_ = std::move(record.fields);
    if (std::string problem = problem_of(columns_); !problem.empty()) {
      return broken(std::move(problem), record.end);
    }
    return std::nullopt;
  }
  ImportedItem out{.item = Attributes(), .end = record.end, .index = index_++};
  if (record.end <= offset) return std::nullopt;
  try {
    out.item = is_csv_ ? item_of_row(std::move(record.fields), columns_, table) : item_of_json(record.json);
    require_item(table, *out.item);
  } catch (const ParseError& error) {
    --index_;
    return broken(error.what(), record.end);
  } catch (const model::ServiceError& error) {
    out.item = std::unexpected(error.message());
  }
  return out;
}

std::optional<ImportedItem> ImportText::next(const Table& table, uint64_t offset, size_t& budget) {
  if (is_at_end_) return std::nullopt;
  try {
    while (auto record = next_record(budget)) {
      if (auto item = item_of(std::move(*record), table, offset)) return item;
    }
  } catch (const ParseError& error) {  // of the packing
    return broken(error.what(), unpacked_);
  }
  return std::nullopt;
}

}  // namespace haneul::dynamodb
