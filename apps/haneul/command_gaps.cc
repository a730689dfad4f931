// haneul gaps: what is not supported, made from the models and from the operation table of this very build.

#include <iostream>

#include <stdlib.h>

#include "base/json.h"
#include "commands.h"
#include "gap_page.h"

namespace haneul::app {

int command_gaps(const CommandOptions& options) {
  const GapPage page = make_gap_page();
  std::cout << (options.json ? write_json_pretty(to_document(page)) + "\n" : to_markdown(page));
  return 0;
}

}  // namespace haneul::app
