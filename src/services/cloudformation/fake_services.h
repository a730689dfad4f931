// In place of the other services, for the unit tests: a small world of log groups, access keys and objects
// that can refuse, be slow or busy, or lose its power in the middle of a call; and an IAM that knows one
// role.
#pragma once

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/task/executor.h"
#include "model/common_errors.h"
#include "platform/dispatcher.h"
#include "services/iam/port.h"

namespace haneul::cloudformation {

inline constexpr model::ErrorShape kRefusedShape{
    .name = "InvalidParameterException", .code = "InvalidParameterException", .status = 400};
inline constexpr model::ErrorShape kExistsShape{
    .name = "ResourceAlreadyExistsException", .code = "ResourceAlreadyExistsException", .status = 400};
inline constexpr model::ErrorShape kMissingShape{
    .name = "ResourceNotFoundException", .code = "ResourceNotFoundException", .status = 400};

class FakeServices final : public platform::Dispatcher {
 public:
  explicit FakeServices(const Clock& clock) : clock_(clock) {}

  // What there is: "group/NAME" -> {retentionInDays, tags}, "key/ID", "object/BUCKET/KEY".
  std::map<std::string, Document> things;
  // "CreateLogGroup NAME" -> the message with which it is refused.
  std::map<std::string, std::string> refusals;
  std::vector<std::string> calls;    // "CreateLogGroup NAME", in order
  std::vector<std::string> callers;  // ARN of each call
  Milliseconds latency{0};
  // The power goes at this call (counted from 1): before it takes effect, or after, so that nobody hears.
  size_t cut_at = 0;
  enum class Cut { kBefore, kAfter } cut = Cut::kBefore;
  bool is_down = false;
  int busy_calls = 0;  // that many calls are answered with 503

  Task<Document> call(const platform::CallContext& context, std::string_view service,
                      std::string_view operation, Document input) override {
    const std::string name = fmt::format("{} {}", operation, subject(input));
    if (is_down) throw std::runtime_error("no power");
    calls.push_back(name);
    callers.push_back(context.caller.arn);
    if (latency > Milliseconds(0)) co_await sleep_for(latency);
    const bool is_cut = calls.size() == cut_at;
    if (is_cut && cut == Cut::kBefore) lose_power();
    if (busy_calls > 0 && busy_calls-- > 0) throw model::ServiceUnavailable("Too much to do.");
    if (const auto refusal = refusals.find(name); refusal != refusals.end()) {
      throw model::ServiceError(kRefusedShape, refusal->second);
    }
    Document answer = service == "logs" ? logs(operation, input) : other(operation, input);
    if (is_cut) lose_power();
    co_return answer;
  }

  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& [name, thing] : things) out.push_back(name);
    return out;
  }
  size_t count(const std::string& call_name) const {
    return static_cast<size_t>(std::ranges::count(calls, call_name));
  }

 private:
  [[noreturn]] void lose_power() {
    is_down = true;
    throw std::runtime_error("the power went");
  }
  static std::string subject(const Document& input) {
    for (const char* member : {"logGroupName", "logGroupNamePrefix", "resourceArn", "UserName", "Key"}) {
      if (const std::string text = input.string_or(member, ""); !text.empty()) return text;
    }
    return {};
  }
  Document& require(const std::string& name) {
    const auto found = things.find(name);
    if (found == things.end()) throw model::ServiceError(kMissingShape, "There is no " + name);
    return found->second;
  }
  Document logs(std::string_view operation, const Document& input) {
    const std::string name = "group/" + input.string_or("logGroupName", "");
    if (operation == "CreateLogGroup") {
      if (things.contains(name)) {
        throw model::ServiceError(kExistsShape, "The specified log group already exists");
      }
      things[name] = Document::Object{{"creationTime", clock_.now()}};
    } else if (operation == "DeleteLogGroup") {
      require(name);
      things.erase(name);
    } else if (operation == "PutRetentionPolicy") {
      require(name).set("retentionInDays", *input.find("retentionInDays"));
    } else if (operation == "DeleteRetentionPolicy") {
      require(name).erase("retentionInDays");
    } else if (operation == "DescribeLogGroups") {
      Document groups = Document::array();
      const std::string group = input.string_or("logGroupNamePrefix", "");
      if (const auto found = things.find("group/" + group); found != things.end()) {
        Document shown = found->second;
        shown.set("logGroupName", group);
        groups.push(std::move(shown));
      }
      return Document::Object{{"logGroups", std::move(groups)}};
    }
    return Document::object();
  }
  Document other(std::string_view operation, const Document& input) {
    if (operation == "CreateAccessKey") {
      const std::string id = fmt::format("AKIA{:03}", ++keys_);
      things["key/" + id] = Document::Object{{"AccessKeyId", id}, {"CreateDate", clock_.now()}};
      return Document::Object{
          {"AccessKey", Document::Object{{"AccessKeyId", id}, {"SecretAccessKey", "secret of " + id}}}};
    }
    if (operation == "ListAccessKeys") {
      Document list = Document::array();
      for (const auto& [name, thing] : things) {
        if (name.starts_with("key/")) list.push(thing);
      }
      return Document::Object{{"AccessKeyMetadata", std::move(list)}};
    }
    if (operation == "DeleteAccessKey") things.erase("key/" + input.string_or("AccessKeyId", ""));
    if (operation == "CreatePolicy") {
      return Document::Object{{"Policy", Document::Object{{"PolicyId", "ANPA1"}}}};
    }
    if (operation == "GetObject") {
      return require("object/" + input.string_or("Bucket", "") + "/" + input.string_or("Key", ""));
    }
    return Document::object();
  }

  const Clock& clock_;
  int keys_ = 0;
};

// A single role; what other rooms use the port for is not asked here.
class FakeIam final : public iam::Port {
 public:
  void ensure_account(const iam::AccountSeed&) override {}
  std::optional<iam::SessionCredentials> issue_for_service(const iam::SessionRequest& request) override {
    if (!may_assume(request.role_arn, "cloudformation.amazonaws.com")) return std::nullopt;
    iam::SessionCredentials session;
    session.caller.kind = platform::Caller::Kind::kRoleSession;
    session.caller.arn = "arn:aws:sts::111122223333:assumed-role/deployer/AWSCloudFormation";
    return session;
  }
  bool may_assume(std::string_view role_arn, std::string_view principal) override {
    return role_arn == "arn:aws:iam::111122223333:role/deployer" &&
           principal == "cloudformation.amazonaws.com";
  }
  std::optional<iam::RoleFacts> find_role(std::string_view) override { return std::nullopt; }
  std::string managed_policy_document(std::string_view) override { return {}; }
  iam::SessionCredentials issue(const iam::SessionGrant&) override { return {}; }
  std::optional<AccountId> account_of_key(std::string_view) override { return std::nullopt; }
  std::expected<iam::PinnedPolicy, std::string> pin_principals(const std::string& document) override {
    return iam::PinnedPolicy{.text = document, .pins = {}};
  }
  std::string show_pinned(const iam::PinnedPolicy& policy) override { return policy.text; }
};

}  // namespace haneul::cloudformation
