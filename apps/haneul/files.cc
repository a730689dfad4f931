// Reading whole files that a user named.
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "commands.h"

namespace haneul::app {

std::string read_text_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error(file.string() + ": cannot be read");
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace haneul::app
