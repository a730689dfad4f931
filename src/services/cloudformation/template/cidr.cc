// Fn::Cidr over IPv4 and IPv6 blocks.

#include <array>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "base/text.h"
#include "services/cloudformation/template/resolver.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

using Address = unsigned __int128;

struct Block {
  int family = AF_INET;
  int width = 32;
  Address base = 0;
  int prefix = 0;
};

[[noreturn]] void fail_block(const std::string& text) {
  fail_template(fmt::format("Template error: Fn::Cidr: {} is not a valid IP block", text));
}

Block parse_block(const std::string& text) {
  const auto parts = split(text, '/');
  const auto prefix = parts.size() == 2 ? parse_int(parts[1]) : std::nullopt;
  if (!prefix) fail_block(text);
  Block block;
  std::array<unsigned char, 16> bytes{};
  const std::string address(parts[0]);
  if (address.find(':') != std::string::npos) {
    block.family = AF_INET6;
    block.width = 128;
  }
  if (inet_pton(block.family, address.c_str(), bytes.data()) != 1) fail_block(text);
  if (*prefix < 0 || *prefix > block.width) fail_block(text);
  block.prefix = static_cast<int>(*prefix);
  for (int i = 0; i < block.width / 8; ++i) block.base = (block.base << 8U) | bytes[static_cast<size_t>(i)];
  const int host = block.width - block.prefix;
  if (host == 128) block.base = 0;
  if (host > 0 && host < 128) block.base = (block.base >> host) << host;
  return block;
}

std::string write_address(const Block& block, Address address) {
  std::array<unsigned char, 16> bytes{};
  for (int i = block.width / 8 - 1; i >= 0; --i) {
    bytes[static_cast<size_t>(i)] = static_cast<unsigned char>(address & 0xFFU);
    address >>= 8U;
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(block.family, bytes.data(), text.data(), text.size());
  return text.data();
}

}  // namespace

std::vector<std::string> cidr_blocks(const std::string& text, int64_t count, int64_t bits) {
  const Block block = parse_block(text);
  if (count < 1 || count > 256) fail_template("Template error: Fn::Cidr count must be between 1 and 256");
  const int host = block.width - block.prefix;
  const bool fits = bits >= 1 && bits <= host && bits < 128 &&
                    (host - bits >= 62 || count <= (int64_t{1} << (host - bits)));
  if (!fits) {
    fail_template(
        fmt::format("Template error: Fn::Cidr: {} has no room for {} blocks of {} bits", text, count, bits));
  }
  std::vector<std::string> blocks;
  for (int64_t i = 0; i < count; ++i) {
    const Address base = block.base + (static_cast<Address>(i) << static_cast<unsigned>(bits));
    blocks.push_back(fmt::format("{}/{}", write_address(block, base), block.width - bits));
  }
  return blocks;
}

}  // namespace haneul::cloudformation
