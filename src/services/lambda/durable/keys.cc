#include "services/lambda/durable/keys.h"

namespace haneul::lambda::keys {

namespace {

store::KeyWriter begin(const Place& place, std::string_view id, std::string_view kind) {
  store::KeyWriter writer(durable_scope(place, id));
  writer.text("lambda").text(place.account.str()).text(place.region.str()).text(kind).text(id);
  return writer;
}

store::KeyWriter begin_of(const FunctionLife& function, std::string_view kind) {
  store::KeyWriter writer(durable_of_scope(function));
  writer.text("lambda").text(function.place.account.str()).text(function.place.region.str()).text(kind);
  writer.text(function.name).text(function.born);
  return writer;
}

store::KeyReader listed(std::string_view key) {
  store::KeyReader reader(key);
  constexpr size_t kPrefix = 6;  // service, account, region, kind, function, born
  for (size_t skipped = 0; skipped < kPrefix; ++skipped) reader.text();
  return reader;
}

}  // namespace

store::Scope durable_scope(const Place& place, std::string_view id) {
  return store::make_scope(place.account, place.region, "lambda", "durable/" + std::string(id));
}
store::Key durable(const Place& place, std::string_view id) { return begin(place, id, "durable").key(); }
store::Key durable_op(const Place& place, std::string_view id, int64_t number) {
  return begin(place, id, "durable-op").i64(number).key();
}
store::KeyRange durable_ops(const Place& place, std::string_view id) {
  return begin(place, id, "durable-op").range();
}
store::Key durable_op_at(const Place& place, std::string_view id, std::string_view operation) {
  return begin(place, id, "durable-op-at").text(operation).key();
}
store::KeyRange durable_ops_at(const Place& place, std::string_view id) {
  return begin(place, id, "durable-op-at").range();
}
store::Key durable_event(const Place& place, std::string_view id, int64_t number) {
  return begin(place, id, "durable-event").i64(number).key();
}
store::KeyRange durable_events(const Place& place, std::string_view id) {
  return begin(place, id, "durable-event").range();
}
store::Key durable_data(const Place& place, std::string_view id, std::string_view what) {
  return begin(place, id, "durable-data").text(what).key();
}
store::KeyRange durable_data_all(const Place& place, std::string_view id) {
  return begin(place, id, "durable-data").range();
}

store::Scope durable_of_scope(const FunctionLife& function) {
  return store::make_scope(function.place.account, function.place.region, "lambda",
                           "durable-of/" + function.name);
}
store::Key durable_list(const FunctionLife& function, Timestamp started_at, std::string_view id) {
  return begin_of(function, "durable-list").time(started_at).text(id).key();
}
store::KeyRange durable_lists(const FunctionLife& function) {
  return begin_of(function, "durable-list").range();
}
store::Key durable_name(const FunctionLife& function, std::string_view name) {
  return begin_of(function, "durable-name").text(name).key();
}

std::string listed_id(std::string_view key) {
  store::KeyReader reader = listed(key);
  reader.time();
  return reader.text();
}

Timestamp listed_start(std::string_view key) { return listed(key).time(); }

}  // namespace haneul::lambda::keys
