// ResourceHandler: makes, changes and removes resources of one type through the services' own operations, as
// the stack's caller.
//
// Handlers are called at least once: after a crash a step runs again with Attempt::kAgain and the same
// physical id. create() must then take up what the first attempt made; remove() of what is gone is a success.
// A handler that fails after it made something has said so with made(), so that the rollback removes it.
// Thread rule: constant objects; called on executors' threads.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/document.h"
#include "base/task/task.h"
#include "platform/dispatcher.h"
#include "services/cloudformation/resources/resource_type.h"

namespace haneul::cloudformation {

enum class Attempt { kFirst, kAgain };

struct ResourceState {
  std::string physical_id;
  Document attributes = Document::object();  // what Fn::GetAtt gives
};

class ResourceContext {
 public:
  ResourceContext(platform::Dispatcher& dispatcher, platform::CallContext call)
      : dispatcher_(dispatcher), call_(std::move(call)) {}

  std::string logical_id;
  std::string stack_name;
  std::string stack_id;
  std::string physical_id;  // decided, or known; empty for ids that the service gives
  Document properties = Document::object();
  Document old_properties = Document::object();  // of an update
  Document attributes = Document::object();      // as they were, of an update or removal
  Document stack_tags = Document::array();       // [{Key, Value}]
  Document old_stack_tags = Document::array();
  Timestamp started_at{};
  Attempt attempt = Attempt::kFirst;
  // Set by made(): what a failed create leaves behind.
  mutable std::string made_id;
  std::function<void(const std::string& id)> on_made;  // told once the thing exists; may be empty

  const AccountId& account() const { return call_.account; }
  const Region& region() const { return call_.region; }
  void made(std::string_view id) const {
    made_id = id;
    if (on_made) on_made(made_id);
  }

  // The input's members take the kinds that the operation's model asks for: "14" becomes 14 where a number
  // is due.
  Task<Document> call(std::string_view service, std::string_view operation, Document input) const;
  // As call(), but an error of one of these codes is an answer: false and no output.
  Task<bool> try_call(std::string_view service, std::string_view operation, Document input,
                      std::initializer_list<std::string_view> tolerated, Document* output = nullptr) const;

  const Document* property(std::string_view name) const { return properties.find(name); }
  const Document* old_property(std::string_view name) const { return old_properties.find(name); }
  std::string text(std::string_view name) const;
  bool changed(std::string_view name) const;
  // The resource's tags over the stack's.
  std::map<std::string, std::string> all_tags() const { return merge_tags(stack_tags, properties); }
  std::map<std::string, std::string> old_tags() const { return merge_tags(old_stack_tags, old_properties); }

 private:
  static std::map<std::string, std::string> merge_tags(const Document& stack, const Document& resource);
  platform::Dispatcher& dispatcher_;
  platform::CallContext call_;
};

class ResourceHandler {
 public:
  virtual ~ResourceHandler() = default;
  virtual const ResourceType& type() const = 0;
  virtual Task<ResourceState> create(const ResourceContext& context) const = 0;
  virtual Task<ResourceState> update(const ResourceContext& context) const = 0;
  virtual Task<void> remove(const ResourceContext& context) const = 0;
};

// Null for types that are not supported.
const ResourceHandler* find_handler(std::string_view type_name);
// Why a type that is known to AWS is not supported; empty for all others.
std::string_view reason_of_refusal(std::string_view type_name);
std::vector<const ResourceHandler*> all_handlers();

// Helpers of handlers.
Document pick(const Document& from, std::initializer_list<std::string_view> names);
Document tag_list(const std::map<std::string, std::string>& tags);
Document tag_map(const std::map<std::string, std::string>& tags);
// Keys that are no more; what must be untagged.
Document dropped_tags(const std::map<std::string, std::string>& before,
                      const std::map<std::string, std::string>& after);
std::string policy_text(const Document& policy);
// Whether a creation time that a service reports is of this step, so that what exists is ours.
bool is_ours(const ResourceContext& context, const Document* created_at);

}  // namespace haneul::cloudformation
