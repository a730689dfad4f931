// What the operations of DynamoDB ask of IAM: the action on the table's or the index's ARN, with the table's
// tags and policy, and for items the condition keys of fine-grained access (leading keys, attributes, select,
// return values). Source: service authorization reference, "Actions, resources, and condition keys for Amazon
// DynamoDB"; "Using IAM policy conditions for fine-grained access control". Thread rule: any thread.
#pragma once

#include <set>
#include <string>

#include "gen/dynamodb/types.h"
#include "platform/access.h"
#include "services/dynamodb/ops/get_request.h"
#include "services/dynamodb/streams/stream.h"
#include "services/dynamodb/tables/catalog.h"
#include "services/dynamodb/tables/naming.h"

namespace haneul::dynamodb {

// What a request does to items, as far as its conditions tell.
struct ItemTouch {
  std::vector<const Document*> keys;  // that hold the hash key: items, keys
  std::vector<Value> hashes;          // hash keys that are known otherwise (Query)
  std::set<std::string> attributes;
  std::optional<std::string> select, return_values, return_consumed;
  std::optional<std::string> enclosing;        // "TransactWriteItems", ...
  std::optional<std::string> full_table_scan;  // of a statement: "true" when it names no hash key
};

// On a stream, with the stream's own policy.
platform::AccessCheck stream_check(store::Db& db, const StreamName& stream, std::string action);

class TableAccess {
 public:
  TableAccess(store::Db& db, Catalog& catalog) : db_(&db), catalog_(&catalog) {}

  TablePtr find(const platform::Request& request, std::string_view table) const;  // null: no such table

  platform::AccessChecks on_table(const platform::Request& request, std::string action,
                                  std::string_view table) const;
  platform::AccessChecks on_items(const platform::Request& request, std::string action,
                                  std::string_view table, const ItemTouch& touch) const;
  platform::AccessChecks on_index(const platform::Request& request, std::string action,
                                  std::string_view table, const std::optional<std::string>& index,
                                  const ItemTouch& touch) const;
  platform::AccessChecks on_arn(const platform::Request& request, std::string action,
                                std::string_view arn) const;
  platform::AccessCheck on_stream(const StreamName& stream, std::string action) const;
  // Of inputs with a table_name.
  template <class Input>
  auto named(std::string action) const {
    return
        [access = *this, action = std::move(action)](const platform::Request& request, const Input& input) {
          return access.on_table(request, action, input.table_name);
        };
  }
  // Of operations that no policy opens to other accounts.
  template <class Input>
  auto owned(std::string action) const {
    return [named = named<Input>(std::move(action))](const platform::Request& request, const Input& input) {
      platform::AccessChecks checks = named(request, input);
      if (checks.front().resource_account != request.account) checks.front().resource_policy = nullptr;
      return checks;
    };
  }
  // Names of attributes, for dynamodb:Attributes. What cannot be parsed adds nothing: the operation refuses
  // it.
  static void add_names(const Document& holder, ItemTouch& touch);
  static void add_condition(const std::optional<std::string>& expression,
                            const std::optional<Placeholders::Names>& names,
                            const std::optional<Document>& values, ItemTouch& touch);
  static void add_update(const std::optional<std::string>& expression,
                         const std::optional<Placeholders::Names>& names,
                         const std::optional<Document>& values, ItemTouch& touch);
  static void add_selection(const SelectionRequest& request, ItemTouch& touch);
  // Adds dynamodb:TagResource and the tags of the request.
  static void add_tagging(platform::AccessChecks& checks, const std::vector<Tag>& tags);
  static void add_request_tags(platform::AccessCheck& check, const std::vector<Tag>& tags);

 private:
  platform::AccessCheck check_of(const TableName& where, std::string action, TablePtr& table) const;
  store::Db* db_;
  Catalog* catalog_;
};

}  // namespace haneul::dynamodb
