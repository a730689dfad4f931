// Adds up an order: {"items": [{"price": 2.5, "count": 2}]} becomes {"total":5.0,"items":1}.
#include <cstdio>
#include <optional>
#include <stdexcept>

#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "runtime.h"

namespace {

// Reads an order as its bytes are parsed: nothing of it is kept but what is added up.
class Order : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Order> {
 public:
  double total() const { return total_; }
  unsigned items() const { return items_; }

  bool Default() { return true; }
  bool Key(const char* text, rapidjson::SizeType length, bool) {
    key_.assign(text, length);
    return true;
  }
  bool StartArray() {
    in_items_ = in_items_ || key_ == "items";
    return true;
  }
  bool EndArray(rapidjson::SizeType) {
    in_items_ = false;
    return true;
  }
  bool StartObject() {
    price_.reset();
    count_.reset();
    return true;
  }
  bool EndObject(rapidjson::SizeType) {
    if (!in_items_) return true;
    if (!price_ || !count_) throw std::runtime_error("an item needs a price and a count");
    total_ += *price_ * *count_;
    ++items_;
    return true;
  }
  bool Int(int value) { return Double(value); }
  bool Uint(unsigned value) { return Double(value); }
  bool Double(double value) {
    if (key_ == "price") price_ = value;
    if (key_ == "count") count_ = value;
    return true;
  }

 private:
  std::string key_;
  bool in_items_ = false;
  std::optional<double> price_;
  std::optional<double> count_;
  double total_ = 0;
  unsigned items_ = 0;
};

std::string add_up(const std::string& event) {
  Order order;
  rapidjson::StringStream text(event.c_str());
  if (!rapidjson::Reader().Parse(text, order)) throw std::runtime_error("an order is JSON");
  std::printf("an order of %.2f\n", order.total());
  std::fflush(stdout);
  rapidjson::StringBuffer out;
  rapidjson::Writer<rapidjson::StringBuffer> writer(out);
  writer.StartObject();
  writer.Key("total");
  writer.Double(order.total());
  writer.Key("items");
  writer.Uint(order.items());
  writer.EndObject();
  return out.GetString();
}

}  // namespace

int main() { lambda::serve(add_up); }
