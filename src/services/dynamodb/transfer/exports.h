// Exports of DynamoDB: ExportTableToPointInTime, DescribeExport, ListExports. Source: developer guide,
// "DynamoDB data export to Amazon S3". Thread rule: any thread after construction.
#pragma once

#include "platform/operation_table.h"
#include "services/dynamodb/transfer/exporting.h"

namespace haneul::dynamodb {

class Exports {
 public:
  struct Parts {
    store::Db& db;
    Catalog& catalog;
    platform::Jobs& jobs;
    const Clock& clock;
    Random& random;
  };
  explicit Exports(const Parts& parts);
  void register_operations(platform::OperationTable& table);
  void connect(platform::Dispatcher& dispatcher) { exporting_.connect(dispatcher); }

  ExportTableToPointInTimeOutput begin(const platform::Request& request,
                                       const ExportTableToPointInTimeInput& input);
  DescribeExportOutput describe(const platform::Request& request, const DescribeExportInput& input);
  ListExportsOutput list(const platform::Request& request, const ListExportsInput& input);

 private:
  Parts parts_;
  Exporting exporting_;
};

}  // namespace haneul::dynamodb
