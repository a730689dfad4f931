#include "services/dynamodb/transfer/imports.h"

#include <algorithm>

#include <fmt/format.h>

#include "aws/digest.h"
#include "base/json.h"
#include "base/text.h"
#include "gen/dynamodb/errors.h"
#include "gen/dynamodb/operations.h"
#include "model/common_errors.h"
#include "platform/pagination.h"
#include "services/dynamodb/access.h"
#include "services/dynamodb/backups/backup_text.h"
#include "services/dynamodb/limits.h"
#include "services/dynamodb/refusal.h"
#include "services/dynamodb/tables/naming.h"
#include "services/dynamodb/tables/new_table.h"

namespace haneul::dynamodb {

using platform::bind_run;
using platform::Effect;
using platform::Request;

namespace {

constexpr auto kTokenLife = std::chrono::hours(8);
constexpr auto kListedFor = std::chrono::days(90);
constexpr std::string_view kListOperation = "ListImports";
constexpr size_t kPageTokenBytesMin = 56;  // of NextToken: 112 hexadecimal digits
constexpr size_t kPageTokenStep = 8;

void require_supported(const ImportTableInput& input) {
  if (input.input_format == "ION") throw model::NotImplemented("InputFormat ION is not supported");
  if (input.input_format != "CSV" && input.input_format_options && input.input_format_options->csv) {
    refuse(fmt::format("Invalid Request: Unsupported InputFormatOptions for the given input format: {}.",
                       input.input_format));
  }
}

CreateTableInput creation_of(const TableCreationParameters& parameters) {
  CreateTableInput out;
  out.table_name = parameters.table_name;
  out.attribute_definitions = parameters.attribute_definitions;
  out.key_schema = parameters.key_schema;
  out.billing_mode = parameters.billing_mode;
  out.provisioned_throughput = parameters.provisioned_throughput;
  out.sse_specification = parameters.sse_specification;
  out.global_secondary_indexes = parameters.global_secondary_indexes;
  out.on_demand_throughput = parameters.on_demand_throughput;
  out.vector_indexes = parameters.vector_indexes;
  return out;
}

// The import that the same token has begun already.
const Import* find_by_token(const std::vector<Import>& known, const Import& wanted) {
  const auto& token = wanted.request.client_token;
  if (!token) return nullptr;
  const auto found = std::ranges::find_if(known, [&](const Import& given) {
    return given.request.client_token == token && given.started + kTokenLife >= wanted.started;
  });
  return found == known.end() ? nullptr : &*found;
}

void require_room(const std::vector<Import>& known) {
  const auto running = std::ranges::count(known, Import::State::kInProgress, &Import::state);
  if (static_cast<size_t>(running) < kRunningImportsMax) return;
  throw LimitExceededException(
      fmt::format("Too many imports at a time: the limit is {}", kRunningImportsMax));
}

// The model wants tokens of hexadecimal digits, in groups of 16.
std::string page_token_of(const AccountId& account, const ImportName& last) {
  std::string bytes = platform::make_page_token(kListOperation, account, last.id + "/" + last.table.name);
  bytes.resize(std::max(bytes.size(), kPageTokenBytesMin), '\0');
  bytes.resize((bytes.size() + kPageTokenStep - 1) / kPageTokenStep * kPageTokenStep, '\0');
  return hex_encode(bytes);
}

std::string position_in(const AccountId& account, const std::string& token) {
  std::string bytes = hex_decode(token).value_or("");
  bytes.resize(bytes.find_last_not_of('\0') + 1);
  auto position = platform::open_page_token(kListOperation, account, bytes);
  if (!position) refuse("Invalid NextToken: " + token);
  return std::move(*position);
}

}  // namespace

Imports::Imports(const Parts& parts)
    : parts_(parts),
      importing_({.db = parts.db,
                  .catalog = parts.catalog,
                  .changes = parts.changes,
                  .jobs = parts.jobs,
                  .clock = parts.clock,
                  .logs = parts.logs}) {}

ImportTableOutput Imports::begin(const Request& request, const ImportTableInput& input) {
  require_supported(input);
  Table wanted = new_table(request, creation_of(input.table_creation_parameters), parts_.random);
  wanted.is_filling = true;
  Import given;
  given.where = {.table = wanted.where, .id = make_id(request.now, parts_.random.next())};
  given.table_id = wanted.id;
  given.caller = request.caller;
  given.started = request.now;
  given.digest = aws::sha256(write_json(model::unbind(input)));
  given.request = input;
  return parts_.db.write(catalog_scope(request.account, request.region), [&](store::Tx& tx) {
    const std::vector<Import> known = imports_of(tx, request.account, request.region);
    if (const Import* same = find_by_token(known, given)) {
      if (same->digest == given.digest) return ImportTableOutput{description_of(*same)};
      throw ImportConflictException(
          "Import conflict: Duplicate request detected with conflicting parameters");
    }
    if (parts_.catalog.find(tx, wanted.where) != nullptr) {
      throw ResourceInUseException("Table already exists: " + wanted.where.name);
    }
    parts_.catalog.require_room(tx, wanted.where);
    require_room(known);
    Table table = wanted;
    parts_.catalog.save(tx, table);
    save_import(tx, given);
    importing_.begin(tx, given);
    return ImportTableOutput{description_of(given)};
  });
}

DescribeImportOutput Imports::describe(const Request& request, const DescribeImportInput& input) {
  TablePart part = table_part_in(request, "import", input.import_arn);
  const ImportName where{.table = std::move(part.table), .id = std::move(part.id)};
  return parts_.db.read([&](store::ReadTx& tx) {
    const auto found = find_import(tx, where);
    if (!found) throw ImportNotFoundException("Import not found: " + input.import_arn);
    return DescribeImportOutput{description_of(*found)};
  });
}

ListImportsOutput Imports::list(const Request& request, const ListImportsInput& input) {
  std::optional<std::string> of;
  if (input.table_arn) of = table_arn(table_in_arn(request, *input.table_arn));
  const std::string after = input.next_token ? position_in(request.account, *input.next_token) : "";
  const auto limit = static_cast<size_t>(input.page_size.value_or(kListImportsDefault));
  const std::vector<Import> known =
      parts_.db.read([&](store::ReadTx& tx) { return imports_of(tx, request.account, request.region); });
  ListImportsOutput out;
  out.import_summary_list.emplace();
  const Import* last = nullptr;
  for (const Import& given : known) {
    if (of && table_arn(given.where.table) != *of) continue;
    if (given.started + kListedFor < request.now) continue;
    if (!after.empty() && given.where.id + "/" + given.where.table.name >= after) continue;
    if (out.import_summary_list->size() == limit) {
      out.next_token = page_token_of(request.account, last->where);
      break;
    }
    out.import_summary_list->push_back(summary_of(given));
    last = &given;
  }
  return out;
}

void Imports::register_operations(platform::OperationTable& table) {
  const TableAccess access(parts_.db, parts_.catalog);
  table.add<op::ImportTable>({.access =
                                  [access](const Request& request, const ImportTableInput& input) {
                                    return access.on_table(request, "dynamodb:ImportTable",
                                                           input.table_creation_parameters.table_name);
                                  },
                              .run = bind_run(this, &Imports::begin)});
  table.add<op::DescribeImport>({.access =
                                     [](const Request& request, const DescribeImportInput& input) {
                                       return on_part(request, "dynamodb:DescribeImport", input.import_arn);
                                     },
                                 .run = bind_run(this, &Imports::describe),
                                 .effect = Effect::kReadOnly});
  table.add<op::ListImports>(
      {.access = [](const Request&,
                    const ListImportsInput&) { return platform::check("dynamodb:ListImports", "*"); },
       .run = bind_run(this, &Imports::list),
       .effect = Effect::kReadOnly});
}

}  // namespace haneul::dynamodb
