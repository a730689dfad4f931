#include "services/dynamodb/tables/new_table.h"

#include "services/dynamodb/refusal.h"
#include "services/dynamodb/tables/definition.h"
#include "services/dynamodb/tables/naming.h"
#include "services/dynamodb/tables/throughput.h"

namespace haneul::dynamodb {
namespace {

void read_billing(const CreateTableInput& input, Table& table) {
  constexpr const char* kInvalid = "One or more parameter values were invalid: ";
  table.on_demand = input.billing_mode == "PAY_PER_REQUEST";
  if (table.on_demand && input.provisioned_throughput) {
    refuse(std::string(kInvalid) +
           "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
           "PAY_PER_REQUEST");
  }
  if (!table.on_demand && !input.provisioned_throughput) {
    refuse(std::string(kInvalid) +
           "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED");
  }
  if (input.provisioned_throughput) table.throughput = throughput_from(*input.provisioned_throughput);
  if (table.on_demand) table.on_demand_since = table.created;
}

}  // namespace

uint64_t draw_number(Random& random) {
  return random.next() >> 1 | 1;  // positive, and never 0: that is the table itself
}

Table new_table(const platform::Request& request, const CreateTableInput& input, Random& random) {
  Table table;
  table.where = table_in(request, require_name(input.table_name));
  if (table.where.account != request.account) refuse("A table is made in the account of the caller");
  table.id = random.uuid();
  table.number = draw_number(random);
  table.created = request.now;
  require_supported(input);
  require_table_class(input.table_class);
  read_billing(input, table);
  define_table(input, table);
  for (Index& index : table.indexes) index.number = draw_number(random);
  if (input.stream_specification) {
    const StreamSpecification& stream = *input.stream_specification;
    if (!stream.stream_enabled && stream.stream_view_type) {
      refuse(
          "One or more parameter values were invalid: Table is being created with a stream disabled, "
          "UpdateViewType should not be specified");
    }
    require_supported_stream(stream);
  }
  table.table_class = input.table_class.value_or("");
  table.deletion_protection = input.deletion_protection_enabled.value_or(false);
  const CapacityOf of{.table = table, .age = CapacityOf::Age::kNew};
  if (input.on_demand_throughput) set_maximum(*input.on_demand_throughput, of, table.on_demand_max);
  if (input.warm_throughput) raise_warm(*input.warm_throughput, of, table.warm);
  return table;
}

}  // namespace haneul::dynamodb
