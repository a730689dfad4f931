// ImportLog: what an import tells CloudWatch Logs, in the group /aws-dynamodb/imports and the streams ID/info
// and ID/error, in the name of who asked for it. An import that may not do so fails, as in AWS. Source:
// developer guide, "Import format quotas and validation". Thread rule: any thread.
#pragma once

#include <string>
#include <vector>

#include "services/dynamodb/transfer/import.h"
#include "services/logs/port.h"

namespace haneul::dynamodb {

struct ImportProblem {
  std::string key;     // of the object
  uint64_t index = 0;  // of the item in it
  std::string message;
};

class ImportLog {
 public:
  // Without a port nothing is told, and everything is allowed.
  ImportLog(logs::Port* port, const Clock& clock) : port_(port), clock_(clock) {}
  // Both set the import's failure when its caller may not write there.
  void begin(Import& given) const;
  // Of these, the first errors of an import are told: `before` of them have been.
  void tell(Import& given, const std::vector<ImportProblem>& problems, int64_t before) const;

 private:
  bool write(Import& given, std::string_view stream, const std::vector<std::string>& messages) const;
  logs::Port* port_;
  const Clock& clock_;
};

}  // namespace haneul::dynamodb
