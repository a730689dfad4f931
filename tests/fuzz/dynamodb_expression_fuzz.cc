// Expressions come from any client: each is refused or runs on an item, and what is refused leaves the item
// as it was. The first byte says which kind of expression the rest is.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/json.h"
#include "model/error.h"
#include "services/dynamodb/expression/key_condition.h"
#include "services/dynamodb/expression/modification.h"
#include "services/dynamodb/expression/predicate.h"
#include "services/dynamodb/expression/selection.h"
#include "services/dynamodb/value/record.h"
#include "services/dynamodb/value/wire.h"

namespace {

using namespace haneul;
using namespace haneul::dynamodb;

const Attributes& item() {
  static const Attributes out = attributes_from(parse_json(R"({
    "a": {"N": "5"}, "b": {"S": "text"}, "c": {"SS": ["x", "y"]},
    "l": {"L": [{"N": "1"}, {"M": {"x": {"S": ""}}},
    {"L": [{"NULL": true}]}]},
    "m": {"M": {"p": {"N": "1E125"}, "q": {"NS": ["1", "2"]}, "l": {"L": []}}}})"));
  return out;
}

Placeholders placeholders() {
  static const Document values =
      parse_json(R"({":n": {"N": "1"}, ":s": {"S": "te"}, ":l": {"L": [{"N": "2"}]},
    ":c": {"SS": ["x"]}, ":q": {"NS": ["2"]}, ":m": {"M": {}},
    ":t": {"BOOL": true}, ":big": {"N": "9E125"}})");
  return Placeholders(Placeholders::Names{{"#a", "a"}, {"#m", "m"}, {"#d", "x.y"}}, values);
}

void update(const std::string& text) {
  Placeholders known = placeholders();
  const Modification update = parse_update(text, known);
  update.targets();
  Attributes changed = item();
  try {
    update.apply(changed);
  } catch (const model::ServiceError&) {
    if (!(changed == item())) std::abort();
  }
  if (!(decode_item(encode_item(changed)) == changed)) std::abort();
}

void read(char kind, const std::string& text) {
  Placeholders known = placeholders();
  switch (kind % 4) {
    case 0: parse_condition(text, "ConditionExpression", known).matches(item()); return;
    case 1: update(text); return;
    case 2: parse_projection(text, known).apply(item()); return;
    default: parse_key_condition(text, {.hash = "a", .range = "b"}, known);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  try {
    read(static_cast<char>(data[0] & 3), std::string(reinterpret_cast<const char*>(data + 1), size - 1));
  } catch (const haneul::model::ServiceError&) {
  }
  return 0;
}
