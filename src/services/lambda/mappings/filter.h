// RecordFilter: which records of a source a function is given. A record passes when one of the patterns
// matches; without patterns all pass.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
//
// The data (body of a message, data of a data stream) is looked at as JSON where it is an object or a list.
// A pattern for JSON never matches other text, nor one for text JSON; a pattern without the data's key looks
// at the rest of the record only. Thread rule: constant.
#pragma once

#include <vector>

#include "aws/event_pattern/event_pattern.h"
#include "services/lambda/mappings/events.h"

namespace haneul::lambda {

class RecordFilter {
 public:
  explicit RecordFilter(const MappingRecord& mapping);
  bool passes_all() const { return patterns_.empty(); }
  // The event of the message or record, as events.h makes it; `data` is what the event holds encoded.
  bool accepts(const Document& event, const std::string& data) const;

 private:
  bool accepts_data(const aws::EventPattern& pattern, Document& view) const;

  SourceKind kind_;
  std::vector<aws::EventPattern> patterns_;
};

}  // namespace haneul::lambda
