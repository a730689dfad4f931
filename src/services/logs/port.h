// What other rooms may ask of CloudWatch Logs directly: writing what a function printed. Groups and streams
// are made when missing, as the Lambda service does with its function's role. Thread rule: any thread; rows
// are ordered on return.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/strong.h"
#include "platform/caller.h"

namespace haneul::logs {

struct Line {
  Timestamp at;
  std::string message;
};

struct LogTarget {
  AccountId account;
  Region region;
  std::string group;
  std::string stream;
};

class Port {
 public:
  virtual ~Port() = default;
  // Judged as `writer` (the function's role session) for logs:CreateLogGroup, logs:CreateLogStream and
  // logs:PutLogEvents; returns false, and writes nothing, when that is denied.
  virtual bool append(const platform::Caller& writer, const LogTarget& target,
                      const std::vector<Line>& lines) = 0;
};

}  // namespace haneul::logs
