#include "base/value_sink.h"

#include <gtest/gtest.h>

#include "base/cbor.h"
#include "base/json.h"

namespace haneul {
namespace {

class Pair final : public Deferred::Source {
 public:
  void write(size_t index, ValueSink& sink) const override {
    sink.begin_object(2);
    sink.key("index");
    sink.integer(static_cast<int64_t>(index));
    sink.key("list");
    sink.begin_array(1);
    sink.text("\"x\"");
    sink.end_array();
    sink.end_object();
  }
};

Document answer() {
  const auto source = std::make_shared<Pair>();
  return Document::Object{{"first", Deferred(source, 0)},
                          {"more", Document::Array{Deferred(source, 1), nullptr, 2.5, true}}};
}

// Answers hold parts that write themselves; both writers must take them where a Document would stand.
TEST(ValueSink, DeferredValuesAreWrittenInPlace) {
  constexpr std::string_view kJson =
      R"({"first":{"index":0,"list":["\"x\""]},"more":[{"index":1,"list":["\"x\""]},null,2.5,true]})";
  EXPECT_EQ(write_json(answer()), kJson);
  EXPECT_EQ(parse_cbor(write_cbor(answer())), parse_json(kJson));
}

// Calls inside the process read outputs as Documents: nothing deferred may be left, at any depth.
TEST(ValueSink, SettlingMakesWhatIsDeferred) {
  EXPECT_EQ(settle(answer()), parse_json(write_json(answer())));
  const Document plain = Document::Object{
      {"t", Timestamp(Seconds(1))}, {"b", Blob{"x"}}, {"e", Document::array()}, {"o", Document::object()}};
  EXPECT_EQ(settle(plain), plain);
}

}  // namespace
}  // namespace haneul
