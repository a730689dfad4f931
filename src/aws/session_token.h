// Opaque tokens that carry their own content: AES-256-GCM over bytes, so that temporary credentials need no
// row in the store. Layout before base64url: version byte, 12 bytes of nonce, ciphertext, 16 bytes of tag;
// the version is authenticated too. Every token has one spelling only. Thread rule: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"

namespace haneul::aws {

inline constexpr size_t kTokenKeyBytes = 32;

std::string seal_token(std::string_view key, std::string_view content,
                       Random& random);  // key of kTokenKeyBytes
// Empty when the token was not sealed with this key, was changed in any way, or is of another version.
std::optional<std::string> open_token(std::string_view key, std::string_view token);

}  // namespace haneul::aws
