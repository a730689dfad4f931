#include "services/dynamodb/items/table_cursor.h"

#include "base/text.h"

namespace haneul::dynamodb {

Document cursor_document(const TableCursor& cursor) {
  return Document::Object{{"account", cursor.where.account.str()},
                          {"region", cursor.where.region.str()},
                          {"name", cursor.where.name},
                          {"partition", cursor.partition},
                          {"after", base64_encode(cursor.after)}};
}

TableCursor cursor_of(const Document& payload) {
  // Jobs that fill indexes have called the name "table".
  const std::string name = payload.string_or("name", payload.string_or("table", ""));
  return {.where = {.account = AccountId(payload.string_or("account", "")),
                    .region = Region(payload.string_or("region", "")),
                    .name = name},
          .partition = static_cast<size_t>(payload.find("partition")->as_int()),
          .after = base64_decode(payload.string_or("after", "")).value_or("")};
}

WalkStep walk_step(store::Reader& reader, const Table& table, const TableCursor& cursor, size_t limit) {
  const Rows rows = Rows::items(table);
  store::KeyRange range = rows.all(cursor.partition);
  if (!cursor.after.empty()) range.from = store::key_after(cursor.after);
  WalkStep out{.items = reader.scan(rows.scope(cursor.partition).shard, range, {.limit = limit}),
               .next = cursor};
  const bool ended = out.items.size() < limit;
  out.next.after = ended ? std::string() : out.items.back().key;
  if (ended) ++out.next.partition;
  return out;
}

}  // namespace haneul::dynamodb
