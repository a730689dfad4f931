#include "services/s3/ops/body_digest.h"

#include <fmt/format.h>

#include "aws/digest.h"
#include "gen/s3/errors.h"
#include "services/s3/checksum.h"
#include "services/s3/receive.h"

namespace haneul::s3 {

void require_body_digest(const platform::Request& request) {
  if (request.headers == nullptr) return;
  bool is_covered = false;
  if (const std::string* header = request.headers->find("Content-MD5")) {
    if (parse_content_md5(*header) != aws::md5(request.body)) {
      throw BadDigest("The Content-MD5 you specified did not match what we received.");
    }
    is_covered = true;
  }
  for (const ChecksumAlgorithm algorithm : kAllAlgorithms) {
    const std::string* header = request.headers->find(header_of(algorithm));
    if (header == nullptr) continue;
    if (!is_checksum_value(algorithm, *header)) {
      throw InvalidRequest(fmt::format("Value for {} header is invalid.", header_of(algorithm)));
    }
    if (*header != checksum_of_bytes(algorithm, request.body)) {
      throw BadDigest(
          fmt::format("The {} you specified did not match the calculated checksum.", name_of(algorithm)));
    }
    is_covered = true;
  }
  if (is_covered || !request.operation->checksum_required) return;
  throw InvalidRequest("Missing required header for this request: Content-MD5 OR x-amz-checksum-*");
}

void throw_malformed_xml() {
  throw MalformedXML(
      "The XML you provided was not well-formed or did not validate against our published schema");
}

}  // namespace haneul::s3
