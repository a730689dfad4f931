// RapidJSON's iterative reader without anybody who listens: depth costs a byte or two of heap each.
#include "base/json_check.h"

#include <string>

#include <fmt/format.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace haneul {

namespace {

rapidjson::ParseResult read(std::string_view text, size_t& end) {
  constexpr unsigned kFlags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                              rapidjson::kParseFullPrecisionFlag;
  rapidjson::MemoryStream in(text.data(), text.size());
  rapidjson::Reader reader;
  rapidjson::BaseReaderHandler<> nobody;
  const rapidjson::ParseResult result = reader.Parse<kFlags>(in, nobody);
  end = in.Tell();
  return result;
}

// The same text with other characters for escaped halves of surrogate pairs, which the grammar allows alone.
std::string without_surrogates(std::string text) {
  for (size_t at = text.find('\\'); at != std::string::npos; at = text.find('\\', at + 2)) {
    if (at + 6 > text.size() || text[at + 1] != 'u' || (text[at + 2] | 0x20) != 'd') continue;
    if (text[at + 3] >= '8') text[at + 2] = '0';
  }
  return text;
}

}  // namespace

void check_json(std::string_view text) {
  size_t end = 0;
  rapidjson::ParseResult result = read(text, end);
  if (result.Code() == rapidjson::kParseErrorStringUnicodeSurrogateInvalid)
    result = read(without_surrogates(std::string(text)), end);
  if (result.IsError()) {
    throw ParseError(
        fmt::format("{} (offset {})", rapidjson::GetParseError_En(result.Code()), result.Offset()));
  }
  // The reader takes a zero byte for the end of its input.
  if (end != text.size()) {
    throw ParseError(fmt::format("The document root must not be followed by other values. (offset {})", end));
  }
}

}  // namespace haneul
