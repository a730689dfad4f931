#include "services/dynamodb/ops/tag_check.h"

#include <fmt/format.h>

#include "model/pattern_cache.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/tables/naming.h"

namespace haneul::dynamodb {
namespace {

constexpr std::string_view kCharacters = R"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)";
constexpr std::string_view kReserved = "aws:";
constexpr std::string_view kInvalid = "One or more parameter values were invalid: ";

}  // namespace

void require_tags(const std::vector<Tag>& tags) {
  for (const Tag& tag : tags) {
    if (tag.key.starts_with(kReserved)) {
      refuse(fmt::format("{}Keys of tags that begin with {} are reserved for system use: {}", kInvalid,
                         kReserved, tag.key));
    }
    for (const std::string& text : {tag.key, tag.value}) {
      if (model::matches_pattern(kCharacters, text)) continue;
      refuse(fmt::format("{}Tags hold letters, numbers, spaces and the characters _ . : / = + - @ only: {}",
                         kInvalid, text));
    }
  }
}

void require_few_tags(const Table& table) {
  if (table.tags.size() <= kTagsMax) return;
  refuse(fmt::format("{}A table can have no more than {} tags", kInvalid, kTagsMax));
}

TableName tagged_table(const platform::Request& request, std::string_view arn) {
  if (arn.find("/index/") != std::string_view::npos) {
    refuse(
        fmt::format("{}Invalid resource arn provided, only table or stream is accepted. Provided resource "
                    "arn: {}",
                    kInvalid, arn));
  }
  return table_in_arn(request, arn);
}

}  // namespace haneul::dynamodb
