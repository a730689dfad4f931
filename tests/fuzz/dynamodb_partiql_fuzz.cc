// PartiQL statements come from any client: each is refused or parsed, and what is parsed runs on an item.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <variant>

#include "base/json.h"
#include "model/error.h"
#include "services/dynamodb/partiql/statement.h"
#include "services/dynamodb/value/record.h"
#include "services/dynamodb/value/wire.h"

namespace {

using namespace haneul;
using namespace haneul::dynamodb;

const Attributes& item() {
  static const Attributes out = attributes_from(parse_json(R"({
    "a": {"N": "5"}, "b": {"S": "text"}, "c": {"SS": ["x", "y"]}, "l": {"L": [{"N": "1"}, {"L": []}]},
    "m": {"M": {"p": {"N": "1E125"}, "q": {"NS": ["1", "2"]}}}})"));
  return out;
}

const KeyNames kKeys{.hash = "a", .range = "b"};

void condition(const Predicate& where) {
  where.matches(item());
  partiql::key_access(where, kKeys);
  partiql::looks_beyond(where, kKeys);
  partiql::whole_key(where, kKeys);
}

struct Run {
  void operator()(const partiql::Select& select) const {
    select.project(item());
    condition(select.where);
  }
  void operator()(const partiql::Insert& insert) const {
    if (!(decode_item(encode_item(insert.item)) == insert.item)) std::abort();
  }
  void operator()(const partiql::Update& update) const {
    Attributes changed = item();
    update.modification.apply(changed);
    if (!(decode_item(encode_item(changed)) == changed)) std::abort();
    condition(update.where);
  }
  void operator()(const partiql::Delete& remove) const { condition(remove.where); }
  void operator()(const partiql::Exists& exists) const { condition(exists.select.where); }
};

}  // namespace

// The first byte says how many parameters there are.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  static const std::array<Value, 3> some = {Value("text"), Value(Number(5)), Value(List{Value(Number(5))})};
  const std::span<const Value> parameters = std::span(some).first(data[0] % 4U);
  try {
    std::visit(Run{},
               partiql::parse_statement({reinterpret_cast<const char*>(data + 1), size - 1}, parameters));
  } catch (const haneul::model::ServiceError&) {
  }
  return 0;
}
