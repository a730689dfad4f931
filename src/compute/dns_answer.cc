// DNS answers, see the header. The only file that sees libldns.
#include "compute/dns_answer.h"

#include <array>
#include <memory>

#include <ldns/ldns.h>

#include "base/text.h"

namespace haneul::compute {

namespace {

constexpr std::array kEndpointSuffixes{std::string_view("amazonaws.com"), std::string_view("api.aws"),
                                       std::string_view("on.aws"), std::string_view("amazonaws.com.cn"),
                                       std::string_view("localhost")};
constexpr uint32_t kTtlSeconds = 300;

struct FreePacket {
  void operator()(ldns_pkt* packet) const { ldns_pkt_free(packet); }
};
using Packet = std::unique_ptr<ldns_pkt, FreePacket>;

std::string name_of(const ldns_rr* question) {
  const std::unique_ptr<char, void (*)(void*)> text(ldns_rdf2str(ldns_rr_owner(question)), free);
  std::string name = text ? to_lower(text.get()) : std::string();
  if (name.ends_with('.')) name.pop_back();
  return name;
}

std::string to_wire(const ldns_pkt* packet) {
  uint8_t* bytes = nullptr;
  size_t size = 0;
  if (ldns_pkt2wire(&bytes, packet, &size) != LDNS_STATUS_OK) return {};
  std::string wire(reinterpret_cast<const char*>(bytes), size);
  free(bytes);
  return wire;
}

void add_loopback(ldns_pkt* packet, const ldns_rr* question) {
  ldns_rr* record = ldns_rr_new();
  ldns_rr_set_owner(record, ldns_rdf_clone(ldns_rr_owner(question)));
  ldns_rr_set_type(record, LDNS_RR_TYPE_A);
  ldns_rr_set_class(record, LDNS_RR_CLASS_IN);
  ldns_rr_set_ttl(record, kTtlSeconds);
  constexpr std::array<uint8_t, 4> kLoopback{127, 0, 0, 1};
  ldns_rr_push_rdf(record, ldns_rdf_new_frm_data(LDNS_RDF_TYPE_A, kLoopback.size(), kLoopback.data()));
  ldns_pkt_push_rr(packet, LDNS_SECTION_ANSWER, record);
}

}  // namespace

bool is_endpoint_name(std::string_view name) {
  for (const std::string_view suffix : kEndpointSuffixes) {
    if (name == suffix) return true;
    if (name.size() > suffix.size() && name.ends_with(suffix) &&
        name[name.size() - suffix.size() - 1] == '.') {
      return true;
    }
  }
  return false;
}

std::optional<std::string> answer_dns(std::string_view query) {
  if (query.size() > kDnsQueryBytesMax) return std::nullopt;
  ldns_pkt* parsed = nullptr;
  if (ldns_wire2pkt(&parsed, reinterpret_cast<const uint8_t*>(query.data()), query.size()) !=
      LDNS_STATUS_OK) {
    return std::nullopt;
  }
  const Packet asked(parsed);
  if (ldns_pkt_qr(asked.get())) return std::nullopt;  // an answer: answering it would start a loop
  const Packet reply(ldns_pkt_new());
  ldns_pkt_set_id(reply.get(), ldns_pkt_id(asked.get()));
  ldns_pkt_set_qr(reply.get(), true);
  ldns_pkt_set_rd(reply.get(), ldns_pkt_rd(asked.get()));
  ldns_pkt_set_ra(reply.get(), true);
  ldns_pkt_set_opcode(reply.get(), ldns_pkt_get_opcode(asked.get()));
  if (ldns_pkt_get_opcode(asked.get()) != LDNS_PACKET_QUERY) {
    ldns_pkt_set_rcode(reply.get(), LDNS_RCODE_NOTIMPL);
    return to_wire(reply.get());
  }
  if (ldns_pkt_qdcount(asked.get()) != 1) {
    ldns_pkt_set_rcode(reply.get(), LDNS_RCODE_FORMERR);
    return to_wire(reply.get());
  }
  const ldns_rr* question = ldns_rr_list_rr(ldns_pkt_question(asked.get()), 0);
  ldns_pkt_push_rr(reply.get(), LDNS_SECTION_QUESTION, ldns_rr_clone(question));
  if (ldns_rr_get_class(question) != LDNS_RR_CLASS_IN) {
    ldns_pkt_set_rcode(reply.get(), LDNS_RCODE_REFUSED);
  } else if (!is_endpoint_name(name_of(question))) {
    ldns_pkt_set_rcode(reply.get(), LDNS_RCODE_NXDOMAIN);
  } else if (ldns_rr_get_type(question) == LDNS_RR_TYPE_A || ldns_rr_get_type(question) == LDNS_RR_TYPE_ANY) {
    add_loopback(reply.get(), question);
  }
  return to_wire(reply.get());
}

}  // namespace haneul::compute
