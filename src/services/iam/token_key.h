// The key that seals session tokens: 32 random bytes in a file of the data directory, readable by its owner
// only. Losing the file ends all temporary credentials and nothing else.
#pragma once

#include <filesystem>

#include "base/random.h"
#include "base/secret.h"

namespace haneul::iam {

// Makes the file (mode 0600, synced) when it is not there. Throws std::runtime_error naming the file when it
// cannot be read or made, or when it is not 32 bytes.
Secret<std::string> load_token_key(const std::filesystem::path& file, Random& random);

}  // namespace haneul::iam
