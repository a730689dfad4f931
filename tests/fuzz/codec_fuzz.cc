// Requests of every protocol, routed and decoded with a schema of all kinds of shapes and bindings. The first
// line of the input chooses the protocol (a digit) and gives method and address; header lines follow up to a
// blank line, then the body. What decodes is encoded as an answer, and what does not as an error.
#include <array>
#include <cstdint>

#include "base/json.h"
#include "base/text.h"
#include "model/schema_builder.h"
#include "protocol/codec.h"
#include "protocol/router.h"

namespace {

using namespace haneul;

constexpr std::string_view kShapes = R"({
  "S":{"type":"string"},"I":{"type":"integer"},"L":{"type":"long"},"F":{"type":"float"},
      "B":{"type":"boolean"},
  "T":{"type":"timestamp"},"TE":{"type":"timestamp","timestampFormat":"unixTimestamp"},"X":{"type":"blob"},
  "D":{"type":"structure","document":true},"SL":{"type":"list","member":{"shape":"S"}},
  "TL":{"type":"list","member":{"shape":"T"}},"IL":{"type":"list","member":{"shape":"I",
      "locationName":"item"}},
  "M":{"type":"map","key":{"shape":"S"},"value":{"shape":"Deep"}},"SM":{"type":"map","key":{"shape":"S"},
      "value":{"shape":"S"}},
  "QM":{"type":"map","key":{"shape":"S"},"value":{"shape":"SL"}},
  "U":{"type":"structure","union":true,"members":{"s":{"shape":"S"},"n":{"shape":"I"},"u":{"shape":"U"}}},
  "Deep":{"type":"structure","members":{"s":{"shape":"S"},"i":{"shape":"I"},"l":{"shape":"L"},
      "f":{"shape":"F"},
    "b":{"shape":"B"},"t":{"shape":"T"},"te":{"shape":"TE"},"x":{"shape":"X"},"sl":{"shape":"SL"},
    "il":{"shape":"IL","flattened":true},"m":{"shape":"M"},"sm":{"shape":"SM","flattened":true},
      "u":{"shape":"U"},
    "d":{"shape":"D"},"deep":{"shape":"Deep"},"a":{"shape":"S","xmlAttribute":true,"locationName":"x:a"}}},
  "All":{"type":"structure","members":{"Deep":{"shape":"Deep"},"List":{"shape":"SL"},"Map":{"shape":"M"},
      "Union":{"shape":"U"},
    "Label":{"shape":"S","location":"uri","locationName":"Label"},"Rest":{"shape":"S","location":"uri",
      "locationName":"Rest"},
    "H":{"shape":"S","location":"header","locationName":"x-h"},"HI":{"shape":"I","location":"header",
      "locationName":"x-i"},
    "HL":{"shape":"SL","location":"header","locationName":"x-l"},"HT":{"shape":"TL","location":"header",
      "locationName":"x-t"},
    "HJ":{"shape":"S","location":"header","locationName":"x-j","jsonvalue":true},
    "HM":{"shape":"SM","location":"headers","locationName":"x-m-"},"Q":{"shape":"SL",
      "location":"querystring","locationName":"q"},
    "QT":{"shape":"T","location":"querystring","locationName":"qt"},"QM":{"shape":"QM",
      "location":"querystring"}}},
  "Payload":{"type":"structure","payload":"Body","members":{"Body":{"shape":"Deep"},"Label":{"shape":"S",
      "location":"uri","locationName":"Label"}}},
  "Blob":{"type":"structure","payload":"Body","members":{"Body":{"shape":"X"}}}})";

constexpr std::array kOperations = {
    R"({"name":"All","http":{"method":"POST","requestUri":"/all/{Label}/{Rest+}?x"},
      "input":{"shape":"All"},"output":{"shape":"All"}})",
    R"({"name":"Payload","http":{"method":"PUT","requestUri":"/{Label}"},"input":{"shape":"Payload"},
      "output":{"shape":"Payload"}})",
    R"({"name":"Blob","http":{"method":"PUT","requestUri":"/"},"input":{"shape":"Blob"},
      "output":{"shape":"Blob"}})"};

struct Service {
  explicit Service(const std::string& metadata) : builder(parse_json(kShapes), parse_json(metadata)) {
    for (const char* operation : kOperations) builder.operation(parse_json(operation));
    model = builder.service();
  }
  model::SchemaBuilder builder;
  model::ServiceModel model;
};

const Service& service(size_t index) {
  const auto make = [](std::string_view protocol, std::string_view version) {
    return Service(R"({"protocol":")" + std::string(protocol) + R"(","jsonVersion":")" +
                   std::string(version) + R"(","apiVersion":"1","targetPrefix":"P","serviceId":"S3"})");
  };
  static const std::array<Service, 7> kServices = {
      make("json", "1.0"), make("json", "1.1"), make("rest-json", ""),         make("rest-xml", ""),
      make("query", ""),   make("ec2", ""),     make("smithy-rpc-v2-cbor", "")};
  return kServices[index % kServices.size()];
}

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.size() < 2 || text[0] == '\n') return 0;
  const Service& chosen = service(static_cast<size_t>(text[0] - '0') & 7U);
  const protocol::Router router(chosen.model);
  const std::vector<std::string_view> first = split(take_line(text).substr(1), ' ');
  const std::string_view address = first.size() > 1 ? first[1] : "";
  const size_t mark = std::min(address.find('?'), address.size());
  std::vector<protocol::Header> headers;
  for (std::string_view line = take_line(text); !line.empty(); line = take_line(text)) {
    headers.emplace_back(line.substr(0, line.find(':')),
                         trim(line.substr(std::min(line.find(':') + 1, line.size()))));
  }
  const protocol::WireRequest request{.method = first[0],
                                      .path = address.substr(0, mark),
                                      .query = address.substr(std::min(mark + 1, address.size())),
                                      .headers = protocol::HeaderView(headers),
                                      .body = text};
  const auto call = router.resolve(request);
  if (!call) return 0;
  try {
    protocol::encode_output(*call, protocol::decode_input(*call, request), {"id", "host"});
  } catch (const protocol::DecodeError& error) {
    const protocol::DecodeAnswer answer = protocol::answer_for(*call, error);
    protocol::encode_error(call->protocol, chosen.model,
                           {.shape = answer.shape, .message = answer.message, .method = request.method});
  }
  return 0;
}
