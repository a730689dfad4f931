// Imports of DynamoDB: ImportTable, DescribeImport, ListImports. Source: developer guide, "DynamoDB data
// import from Amazon S3". Thread rule: any thread after construction.
#pragma once

#include "base/random.h"
#include "platform/operation_table.h"
#include "services/dynamodb/transfer/importing.h"

namespace haneul::dynamodb {

class Imports {
 public:
  struct Parts {
    store::Db& db;
    Catalog& catalog;
    ChangeLog& changes;
    platform::Jobs& jobs;
    const Clock& clock;
    Random& random;
    logs::Port* logs = nullptr;
  };
  explicit Imports(const Parts& parts);
  void register_operations(platform::OperationTable& table);
  void connect(platform::Dispatcher& dispatcher) { importing_.connect(dispatcher); }

  ImportTableOutput begin(const platform::Request& request, const ImportTableInput& input);
  DescribeImportOutput describe(const platform::Request& request, const DescribeImportInput& input);
  ListImportsOutput list(const platform::Request& request, const ListImportsInput& input);

 private:
  Parts parts_;
  Importing importing_;
};

}  // namespace haneul::dynamodb
