// CloudFormation's records as they are stored, with their Document forms. Pure data; no store, no clock.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/document.h"
#include "platform/caller.h"
#include "services/cloudformation/template/parameters.h"

namespace haneul::cloudformation {

// What a stack shall be: one version of its template with the values given to it.
struct Spec {
  std::string original;   // as the user sent it
  std::string processed;  // JSON, after the transforms
  ParameterTexts parameters;
  std::vector<std::string> no_echo;  // parameters that are shown as ****
  Document tags = Document::array();
  std::vector<std::string> capabilities;
  std::string description;
};

// Where an operation stands. Everything before it is done and durable.
enum class Phase { kIdle, kForward, kCleanup, kRollback, kRollbackCleanup, kCreateRollback, kDelete };

struct Operation {
  std::string id;
  enum class Kind { kNone, kCreate, kUpdate, kDelete } kind = Kind::kNone;
  Phase phase = Phase::kIdle;
  std::string token;  // ClientRequestToken
  Timestamp started_at{};
  std::string cancelled_because;    // empty: it goes on
  std::vector<std::string> retain;  // of DeleteStack
  platform::Caller caller;          // who asked
  std::string role_arn;             // as whom it acts instead
};

struct StackRecord {
  std::string id;  // ARN
  std::string uuid;
  std::string name;
  std::string status;
  std::string status_reason;
  Timestamp created_at{};
  std::optional<Timestamp> updated_at;
  std::optional<Timestamp> deleted_at;
  enum class OnFailure { kRollback, kDelete, kDoNothing } on_failure = OnFailure::kRollback;
  int64_t timeout_minutes = 0;
  std::string role_arn;
  bool is_protected = false;
  std::string change_set_id;  // that was executed last
  Document outputs = Document::array();
  std::vector<std::string> imports;  // exports of other stacks it uses
  uint64_t next_event = 1;
  Operation op;
};

// A thing that exists, or is about to, with all that is needed to change or remove it.
struct Incarnation {
  std::string type;
  std::string physical_id;
  Document properties = Document::object();
  Document shown;  // the properties without the values of NoEcho parameters; null: as they are
  Document attributes = Document::object();
  Document stack_tags = Document::array();
  std::string deletion_policy = "Delete";
  std::string update_replace_policy = "Delete";
  std::vector<std::string> depends_on;
  bool is_kept = false;  // of a doomed one: it is forgotten, not removed
};

struct Resource {
  std::string logical_id;
  std::string type;
  std::string physical_id;  // as shown
  std::string status;
  std::string status_reason;
  Timestamp updated_at{};
  Document metadata;
  std::optional<Incarnation> current;
  std::optional<Incarnation> previous;  // before this operation changed or replaced it
  std::vector<Incarnation> doomed;      // to be removed when the operation cleans up
  std::optional<Incarnation> half;      // what a failed update may have made of it, in part

  // What the operation `op` did to it so far.
  std::string op;
  enum class Action { kNone, kCreate, kUpdate, kReplace } action = Action::kNone;
  enum class Step { kNone, kStarted, kDone, kFailed } step = Step::kNone;
  std::optional<Incarnation> intent;  // what a started step makes
  Timestamp started_at{};
};

struct Event {
  std::string id;
  std::string logical_id;
  std::string physical_id;
  std::string type;
  std::string status;
  std::string reason;
  std::string properties;
  std::string token;
  Timestamp at{};
};

struct ChangeSet {
  std::string id;  // ARN
  std::string name;
  std::string description;
  enum class Kind { kCreate, kUpdate } kind = Kind::kUpdate;
  std::string status;            // CREATE_COMPLETE, FAILED
  std::string execution_status;  // AVAILABLE, UNAVAILABLE, EXECUTE_COMPLETE, OBSOLETE
  std::string status_reason;
  std::string role_arn;
  std::string on_stack_failure;
  std::string token;  // ClientToken
  Timestamp created_at{};
  Spec spec;
  Document changes = Document::array();  // as DescribeChangeSet shows them
};

Document to_document(const Spec& spec);
Document to_document(const StackRecord& stack);
Document to_document(const Resource& resource);
Document to_document(const Event& event);
Document to_document(const ChangeSet& change_set);
Document to_document(const platform::Caller& caller);
Spec spec_from(const Document& document);
StackRecord stack_from(const Document& document);
Resource resource_from(const Document& document);
Event event_from(const Document& document);
ChangeSet change_set_from(const Document& document);
platform::Caller caller_from(const Document& document);

}  // namespace haneul::cloudformation
