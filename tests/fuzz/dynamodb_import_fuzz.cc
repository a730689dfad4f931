// Objects of an import come from anybody: any bytes are items or are told as none, the same however they are
// cut, and unpack into no more memory than a record may have. The first byte says what they are.
#include <cstdint>
#include <cstdlib>

#include "base/json.h"
#include "services/dynamodb/items/key_check.h"
#include "services/dynamodb/transfer/import_text.h"
#include "services/dynamodb/value/wire.h"

namespace {

using namespace haneul;
using namespace haneul::dynamodb;

constexpr size_t kTextMax = 16 << 20;  // what one input may unpack to: the rest is more of the same

ImportTableInput request_of(uint8_t kind) {
  ImportTableInput out;
  out.input_format = (kind & 1) != 0 ? "CSV" : "DYNAMODB_JSON";
  out.input_compression_type = (kind & 6) == 2 ? "GZIP" : (kind & 6) == 4 ? "ZSTD" : "NONE";
  if ((kind & 9) == 9) {
    CsvOptions& csv = out.input_format_options.emplace().csv.emplace();
    csv.delimiter = ";";
    csv.header_list = {"pk", "sk", "text"};
  }
  return out;
}

struct Outcome {
  std::string items;  // and "!" for what is none
  bool is_whole = false;
};

Outcome read(const Table& table, const ImportTableInput& request, std::string_view object, size_t piece) {
  ImportText text(request, {.key = "k", .etag = "e", .size = object.size()});
  Outcome out;
  uint64_t end = 0;
  while (!text.is_at_end() && text.unpacked() < kTextMax) {
    size_t budget = 1 << 16;
    while (auto found = text.next(table, 0, budget)) {
      if (found->item) require_item(table, *found->item);
      if (!found->is_last && found->end <= end) std::abort();
      end = found->end;
      out.items += found->item ? write_json(document_of(*found->item)) : "!";
    }
    if (budget > 0 && !text.is_at_end()) text.feed(std::string(object.substr(text.fetched(), piece)));
  }
  out.is_whole = text.is_at_end();
  return out;
}

// A packed object that is broken may tell more or less of what stands before that.
bool agree(const Outcome& a, const Outcome& b, const ImportTableInput& request) {
  if (!a.is_whole || !b.is_whole || a.items == b.items) return true;
  return request.input_compression_type != "NONE" && a.items.ends_with('!') && b.items.ends_with('!');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  Table table;
  table.keys = {.hash = "pk", .range = "sk"};
  table.attributes = {{"pk", ValueType::kString}, {"sk", ValueType::kNumber}, {"by", ValueType::kBinary}};
  Index index;
  index.keys = {.hash = "by", .range = {}};
  table.indexes.push_back(index);
  const ImportTableInput request = request_of(data[0]);
  const std::string_view object(reinterpret_cast<const char*>(data + 1), size - 1);
  const Outcome whole = read(table, request, object, 1 << 20), cut = read(table, request, object, 3);
  if (!agree(whole, cut, request)) std::abort();
  return 0;
}
