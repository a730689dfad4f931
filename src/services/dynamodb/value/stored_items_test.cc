// Answers are written from the bytes of rows: they must read exactly as if Values and Documents had been
// made of the rows first, in JSON and in CBOR, and be as large.
#include "services/dynamodb/value/stored_items.h"

#include <algorithm>
#include <array>

#include <gtest/gtest.h>

#include "base/cbor.h"
#include "base/json.h"
#include "base/random.h"
#include "services/dynamodb/value/record.h"
#include "services/dynamodb/value/wire.h"
#include "store/errors.h"

namespace haneul::dynamodb {
namespace {

// Items of all types, any nesting, and text that must be escaped.
class Items {
 public:
  explicit Items(uint64_t seed) : random_(seed) {}

  Attributes item() { return map(0); }

 private:
  size_t some(size_t most) { return random_.below(most + 1); }

  std::string text() {
    static constexpr std::array<std::string_view, 10> kParts = {"a",
                                                                "\"",
                                                                "\\",
                                                                "\n",
                                                                "\x01",
                                                                "/",
                                                                "\xC3\xA9",
                                                                "\xF0\x9F\x98\x80",
                                                                "plain words, more than sixteen",
                                                                "\x7F"};
    std::string out;
    for (size_t left = some(6); left > 0; --left) out += kParts[random_.below(kParts.size())];
    return out;
  }
  Number number() {
    std::string digits(random_.below(2) == 0 ? "-" : "");
    digits += std::to_string(random_.below(9) + 1);
    for (size_t left = some(30); left > 0; --left) digits += static_cast<char>('0' + random_.below(10));
    if (random_.below(2) == 0) digits += "E" + std::to_string(static_cast<int>(random_.below(160)) - 80);
    return Number::parse(digits);
  }
  Attributes map(size_t depth) {
    Attributes out;
    for (size_t left = some(5); left > 0; --left) out.set(text(), value(depth));
    return out;
  }
  List list(size_t depth) {
    List out;
    for (size_t left = some(4); left > 0; --left) out.push_back(value(depth));
    return out;
  }
  template <class Item, class Make>
  std::vector<Item> set(Make&& make) {
    std::vector<Item> out;
    for (size_t left = some(4) + 1; left > 0; --left) out.push_back(make());
    std::ranges::sort(out);
    const auto repeated = std::ranges::unique(out);
    out.erase(repeated.begin(), repeated.end());
    return out;
  }
  Value value(size_t depth) {
    const auto texts = [this] { return set<std::string>([this] { return text(); }); };
    switch (random_.below(depth < 6 ? kValueTypes : 6)) {
      case 0: return text();
      case 1: return number();
      case 2: return Binary{random_.bytes(some(20))};
      case 3: return StringSet{texts()};
      case 4: return NumberSet{set<Number>([this] { return number(); })};
      case 5: return BinarySet{texts()};
      case 6: return map(depth + 1);
      case 7: return list(depth + 1);
      case 8: return Null{};
      default: return Value(random_.below(2) == 0);
    }
  }

  SeededRandom random_;
};

void expect_same(const Attributes& item) {
  const std::string bytes = encode_item(item);
  const Document general = document_of(item);
  EXPECT_EQ(write_json(stored_document(bytes)), write_json(general));
  EXPECT_EQ(write_cbor(stored_document(bytes)), write_cbor(general));
  EXPECT_EQ(settle(stored_document(item)), general);
  EXPECT_EQ(size_of_stored(bytes), size_of(item));
}

// The two ways must not part for any value, however it is nested.
TEST(StoredItems, AreWrittenAsTheirDocuments) {
  Items items(20);
  for (int i = 0; i < 500; ++i) expect_same(items.item());
}

// The deepest item there may be is written as well.
TEST(StoredItems, AreWrittenAtEveryDepth) {
  Value nested = "x";
  for (size_t level = 0; level < kDepthMax; ++level) {
    nested =
        level % 2 == 0 ? Value(List{std::move(nested)}) : Value(Attributes::of({{"m", std::move(nested)}}));
    expect_same(Attributes::of({{"a", nested}}));
  }
}

// Many items share one piece of memory, and each must find its own.
TEST(StoredItems, KeepTheirPlaces) {
  Items random(21);
  StoredItems items;
  Document::Array expected;
  for (int i = 0; i < 50; ++i) {
    const Attributes item = random.item();
    items.add(encode_item(item));
    expected.push_back(document_of(item));
  }
  ASSERT_EQ(items.count(), expected.size());
  const std::vector<Document> written = stored_documents(std::move(items));
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(write_json(written[i]), write_json(expected[i]));
}

// A row that a disk has changed must be found before an answer is made of it.
TEST(StoredItems, RefuseBytesThatAreNoItem) {
  Items items(22);
  for (int i = 0; i < 20; ++i) {
    const std::string bytes = encode_item(items.item());
    for (size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_THROW(size_of_stored(bytes.substr(0, size)), store::Corrupt);
    }
    EXPECT_THROW(size_of_stored(bytes + "x"), store::Corrupt);
  }
}

}  // namespace
}  // namespace haneul::dynamodb
