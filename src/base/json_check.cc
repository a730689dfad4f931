// RapidJSON's iterative reader without anybody who listens: depth costs a byte or two of heap each.
#include "base/json_check.h"

#include <fmt/format.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace haneul {

void check_json(std::string_view text) {
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                              rapidjson::kParseFullPrecisionFlag;
  rapidjson::MemoryStream in(text.data(), text.size());
  rapidjson::Reader reader;
  rapidjson::BaseReaderHandler<> nobody;
  const rapidjson::ParseResult result = reader.Parse<kFlags>(in, nobody);
  if (result.IsError()) {
    throw ParseError(
        fmt::format("{} (offset {})", rapidjson::GetParseError_En(result.Code()), result.Offset()));
  }
  // The reader takes a zero byte for the end of its input.
  if (in.Tell() != text.size()) {
    throw ParseError(
        fmt::format("The document root must not be followed by other values. (offset {})", in.Tell()));
  }
}

}  // namespace haneul
