// The gap page: per service, the operations that are implemented, those that the model has and we do not, and
// the input members that implemented operations refuse. Generated, so that it cannot say more than the code
// does.
#pragma once

#include <string>
#include <vector>

#include "base/document.h"
#include "platform/gap.h"

namespace haneul::app {

struct ServiceGaps {
  std::string service, title;
  std::vector<std::string> implemented, missing;
  std::vector<platform::FieldGap> fields;
};
using GapPage = std::vector<ServiceGaps>;

GapPage make_gap_page();
Document to_document(const GapPage& page);
std::string to_markdown(const GapPage& page);

}  // namespace haneul::app
