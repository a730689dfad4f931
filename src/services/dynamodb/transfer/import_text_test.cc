// The text of an import: records of both formats, however they are cut and packed, and what is none.
#include "services/dynamodb/transfer/import_text.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include "base/json.h"
#include "services/dynamodb/transfer/gzip.h"
#include "services/dynamodb/value/wire.h"

namespace haneul::dynamodb {
namespace {

Table table() {
  Table out;
  out.keys = {.hash = "pk", .range = {}};
  out.attributes = {{"pk", ValueType::kNumber}, {"bytes", ValueType::kBinary}};
  Index index;
  index.keys = {.hash = "bytes", .range = {}};
  out.indexes.push_back(index);
  return out;
}

ImportTableInput request(const char* format, const char* compression = "NONE") {
  ImportTableInput out;
  out.input_format = format;
  out.input_compression_type = compression;
  return out;
}

std::string zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 1));
  return out;
}

// Items as JSON, problems as "!" and their text; the object comes in pieces of this size.
std::vector<std::string> read(const ImportTableInput& input, const std::string& object,
                              size_t piece = 1 << 20, uint64_t offset = 0) {
  ImportText text(input, {.key = "k", .etag = "e", .size = object.size()});
  std::vector<std::string> out;
  const Table schema = table();
  while (!text.is_at_end()) {
    size_t budget = 1 << 16;
    while (auto found = text.next(schema, offset, budget)) {
      out.push_back(found->item ? write_json(document_of(*found->item)) : "!" + found->item.error());
    }
    if (budget > 0 && !text.is_at_end()) text.feed(object.substr(text.fetched(), piece));
  }
  return out;
}

using Texts = std::vector<std::string>;

// Where a network or a disk cuts an object, and how it is packed, must not change what it says.
TEST(ImportText, IsTheSameHoweverItIsCut) {
  const std::string text =
      "\xEF\xBB\xBF{\"Item\": {\"pk\": {\"N\": \"1\"}, \"t\": {\"S\": \"a}\\\"{\\\\\"}}}\r\n\n  \n"
      "{\"Item\":{\"pk\":{\"N\":\"2.50\"}}} {\"Item\":{\"pk\":{\"N\":\"3\"},\"b\":{\"B\":\"AAE=\"}}}";
  const Texts wanted = {R"({"pk":{"N":"1"},"t":{"S":"a}\"{\\"}})", R"({"pk":{"N":"2.5"}})",
                        R"({"b":{"B":"AAE="},"pk":{"N":"3"}})"};
  for (size_t piece = 1; piece < text.size(); ++piece) {
    EXPECT_EQ(read(request("DYNAMODB_JSON"), text, piece), wanted) << piece;
  }
  for (const size_t piece : {1, 7, 1000}) {
    EXPECT_EQ(read(request("DYNAMODB_JSON", "GZIP"), gzip(text), piece), wanted);
    EXPECT_EQ(read(request("DYNAMODB_JSON", "GZIP"), gzip(text.substr(0, 60)) + gzip(text.substr(60)), piece),
              wanted);
    EXPECT_EQ(read(request("DYNAMODB_JSON", "ZSTD"), zstd(text.substr(0, 60)) + zstd(text.substr(60)), piece),
              wanted);
  }
}

// CSV is RFC 4180: quoted values hold delimiters, lines and quotes; key attributes have their types.
TEST(ImportText, ReadsRows) {
  const std::string text =
      "pk,bytes,note\r\n1,AAE=,\"a, \"\"b\"\"\nc\"\r\n\r\n2,,\n3,AA==,\"\"\n\"4\",,x\n1e2,,last\r";
  const Texts wanted = {R"({"bytes":{"B":"AAE="},"note":{"S":"a, \"b\"\nc"},"pk":{"N":"1"}})",
                        R"({"pk":{"N":"2"}})", R"({"bytes":{"B":"AA=="},"pk":{"N":"3"}})",
                        R"({"note":{"S":"x"},"pk":{"N":"4"}})", R"({"note":{"S":"last"},"pk":{"N":"100"}})"};
  for (size_t piece = 1; piece < text.size(); ++piece) EXPECT_EQ(read(request("CSV"), text, piece), wanted);
  ImportTableInput given = request("CSV");
  given.input_format_options.emplace().csv.emplace();
  given.input_format_options->csv->delimiter = ";";
  given.input_format_options->csv->header_list = {"pk", "a,b"};
  EXPECT_EQ(read(given, "1;x,y\n2;z"),
            (Texts{R"({"a,b":{"S":"x,y"},"pk":{"N":"1"}})", R"({"a,b":{"S":"z"},"pk":{"N":"2"}})"}));
}

// Where a run goes on, what was before is passed over: by places in the text, not by counts.
TEST(ImportText, GoesOnBehindAPlace) {
  const std::string text = "pk\n1\n2\n3\n";
  EXPECT_EQ(read(request("CSV"), text, 2, 5), (Texts{R"({"pk":{"N":"2"}})", R"({"pk":{"N":"3"}})"}));
  EXPECT_EQ(read(request("CSV"), text, 2, 9), Texts{});
}

// An item that PutItem would refuse is told and passed over.
TEST(ImportText, PassesOverBadItems) {
  const auto one = [](const std::string& item) {
    const Texts out =
        read(request("DYNAMODB_JSON"), "{\"Item\": " + item + "}\n{\"Item\":{\"pk\":{\"N\":\"1\"}}}");
    EXPECT_EQ(out.size(), 2u) << item;
    EXPECT_EQ(out.back(), R"({"pk":{"N":"1"}})") << item;
    return out.front();
  };
  EXPECT_EQ(one("{}"), "!One or more parameter values were invalid: Missing the key pk in the item");
  EXPECT_EQ(one(R"({"pk": {"S": "1"}})"),
            "!One or more parameter values were invalid: Type mismatch for key pk expected: N actual: S");
  EXPECT_EQ(one(R"({"pk": {"N": "x"}})").substr(0, 2), "!T");
  EXPECT_EQ(one(R"({"pk": {"N": "1"}, "": {"S": "x"}})"), "!Empty attribute name");
  EXPECT_EQ(one(R"({"pk": {"N": "1"}, "s": {"SS": []}})").front(), '!');
  EXPECT_EQ(one(R"({"pk": {"N": "1"}, "bytes": {"S": "AA=="}})").front(), '!');
  EXPECT_EQ(one("{\"pk\": {\"N\": \"1\"}, \"t\": {\"S\": \"" + std::string(400 << 10, 'x') + "\"}}"),
            "!Item size has exceeded the maximum allowed size");
  EXPECT_EQ(read(request("CSV"), "pk,bytes\n1,%\n2\n3,AA==,4\nx,\n,AA==\n5,AA==\n").size(), 6u);
}

// What is no item at all ends its object, as in AWS: what follows may be anything.
TEST(ImportText, EndsWhereThereAreNoItems) {
  const std::string good = "{\"Item\":{\"pk\":{\"N\":\"1\"}}}\n";
  for (const std::string bad :
       {"garbage", "{\"Item\": ", "[]", "{}", "{\"Item\": 1}", "{\"Keys\": {\"pk\": {\"N\": \"2\"}}}",
        "{\"Item\": {\"pk\": {\"N\": 2}}}", "{\"Item\": {\"pk\": {\"N\": \"2\"}}, \"x\": 1}", "}", "\xff",
        "{\"Item\": {\"pk\": {\"N\": \"2\"}, \"b\": {\"B\": \"%\"}}}"}) {
    const Texts out = read(request("DYNAMODB_JSON"), good + bad + "\n" + good);
    ASSERT_EQ(out.size(), 2u) << bad;
    EXPECT_EQ(out[1].front(), '!') << bad;
  }
  for (const std::string bad : {"1,a\"b", "1,\"a\"b", "1,\"a"}) {
    const Texts out = read(request("CSV"), "pk,t\n2,b\n" + bad + "\n3,c\n");
    ASSERT_EQ(out.size(), 2u) << bad;
    EXPECT_EQ(out[1].front(), '!') << bad;
  }
  for (const std::string bad : {"pk,pk\n1,2\n", "pk,\n1,2\n", "pk,\xff\n1,2\n"}) {
    EXPECT_EQ(read(request("CSV"), bad).size(), 1u) << bad;
  }
}

// An object that is not packed as it is said to be, or is cut off, is no items.
TEST(ImportText, ToldWhenItIsNotPackedSo) {
  const std::string text = "{\"Item\":{\"pk\":{\"N\":\"1\"}}}\n";
  for (const char* compression : {"GZIP", "ZSTD"}) {
    const std::string packed = compression == std::string("GZIP") ? gzip(text) : zstd(text);
    EXPECT_EQ(read(request("DYNAMODB_JSON", compression), text).size(), 1u);
    EXPECT_EQ(read(request("DYNAMODB_JSON", compression), ""), Texts{});
    const Texts cut = read(request("DYNAMODB_JSON", compression), packed.substr(0, packed.size() - 2));
    ASSERT_FALSE(cut.empty());
    EXPECT_EQ(cut.back().front(), '!') << cut.back();
  }
}

// A few bytes that unpack to very many take no more memory than a record may have.
TEST(ImportText, IsNotFilledByABomb) {
  const std::string bomb = zstd(std::string(64 << 20, 'x'));
  ImportText text(request("CSV", "ZSTD"), {.key = "k", .etag = "e", .size = bomb.size()});
  text.feed(bomb);
  size_t budget = SIZE_MAX;
  const auto found = text.next(table(), 0, budget);
  ASSERT_TRUE(found && !found->item);
  EXPECT_EQ(found->item.error(), "A record is longer than any item can be");
  EXPECT_LT(text.unpacked(), kRecordBytesMax + (1 << 20));
}

}  // namespace
}  // namespace haneul::dynamodb
