// CreateTable.
#include <fmt/format.h>

#include "gen/dynamodb/errors.h"
#include "services/dynamodb/ops/tag_check.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/service.h"
#include "services/dynamodb/tables/description.h"
#include "services/dynamodb/tables/new_table.h"

namespace haneul::dynamodb {

using platform::Request;

namespace {

void read_tags(const std::vector<Tag>& tags, Table& table) {
  require_tags(tags);
  for (const Tag& tag : tags) {
    if (!table.tags.emplace(tag.key, tag.value).second) {
      refuse(fmt::format("Found duplicate tag keys: {}", tag.key));
    }
  }
  require_few_tags(table);
}

}  // namespace

CreateTableOutput DynamoDbService::create_table(const Request& request, const CreateTableInput& input) {
  Table table = new_table(request, input, parts_.random);
  if (input.tags) read_tags(*input.tags, table);
  if (input.resource_policy) table.policy = make_policy(*input.resource_policy, {.arn = table.arn()});
  const uint64_t stream_number = draw_number();
  parts_.db.write(catalog_scope(table.where.account, table.where.region), [&](store::Tx& tx) {
    if (catalog_.find(tx, table.where) != nullptr) {
      throw ResourceInUseException(fmt::format("Table already exists: {}", table.where.name));
    }
    catalog_.require_room(tx, table.where);
    if (input.stream_specification && input.stream_specification->stream_enabled) {
      open_stream(tx, parts_.jobs, table, *input.stream_specification->stream_view_type, stream_number,
                  request.now);
    }
    catalog_.save(tx, table);
  });
  return {.table_description = describe(table, {}, "CREATING")};
}

}  // namespace haneul::dynamodb
