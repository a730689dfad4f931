// Reads policy documents. The messages are AWS's own: identity policies are refused in the words of the IAM
// service, policies with principals in those of the access policy language ("Missing required field ...").
#include <algorithm>
#include <array>
#include <set>

#include "aws/arn.h"
#include "aws/policy/compare.h"
#include "aws/policy/parse_principal.h"
#include "aws/policy/policy.h"
#include "base/json.h"
#include "base/text.h"

namespace haneul::aws::policy {
namespace {

constexpr const char* kSyntax = "Syntax errors in policy.";

bool has_principal(PolicyKind kind) { return kind == PolicyKind::kResource || kind == PolicyKind::kTrust; }

class Parser {
 public:
  explicit Parser(PolicyKind kind) : kind_(kind) {}

  PolicyPtr parse(std::string_view json) {
    Document document;
    try {
      document = parse_json(json);
    } catch (const ParseError&) {
      throw MalformedPolicy(kind_ == PolicyKind::kTrust ? "This policy contains invalid Json" : kSyntax);
    }
    if (!document.is_object()) throw MalformedPolicy(kSyntax);
    for (const auto& [name, value] : document.as_object()) {
      if (name != "Version" && name != "Id" && name != "Statement") unknown_field(name);
      if (name != "Statement" && !value.is_string()) throw MalformedPolicy(kSyntax);
    }
    read_version(document);
    const Document* statement = document.find("Statement");
    if (!statement) missing("Statement");
    std::vector<Statement> statements;
    if (statement->is_object()) {
      statements.push_back(read_statement(*statement));
    } else if (statement->is_array() && !statement->as_array().empty()) {
      for (const Document& each : statement->as_array()) statements.push_back(read_statement(each));
    } else {
      throw MalformedPolicy(kSyntax);
    }
    return std::make_shared<const Policy>(version_, document.string_or("Id", ""), std::move(statements));
  }

 private:
  [[noreturn]] void unknown_field(const std::string& name) const {
    throw MalformedPolicy(has_principal(kind_) ? "Unknown field " + name : kSyntax);
  }
  [[noreturn]] void missing(const std::string& name) const {
    throw MalformedPolicy(has_principal(kind_) ? "Missing required field " + name : kSyntax);
  }

  void read_version(const Document& document) {
    version_ = document.string_or("Version", "2008-10-17");
    if (version_ != "2008-10-17" && version_ != "2012-10-17") throw MalformedPolicy(kSyntax);
    if (kind_ == PolicyKind::kManaged && version_ != "2012-10-17") {
      throw MalformedPolicy("Policy document must be version 2012-10-17 or greater.");
    }
    variables_ = version_ == "2012-10-17" ? PatternRules::Variables::kYes : PatternRules::Variables::kNo;
  }

  Statement read_statement(const Document& document) {
    static constexpr std::array<std::string_view, 9> kFields = {"Sid",          "Effect",      "Principal",
                                                                "NotPrincipal", "Action",      "NotAction",
                                                                "Resource",     "NotResource", "Condition"};
    if (!document.is_object()) throw MalformedPolicy(kSyntax);
    for (const auto& [name, value] : document.as_object()) {
      if (std::find(kFields.begin(), kFields.end(), name) == kFields.end()) unknown_field(name);
    }
    Statement out;
    read_sid(document, out);
    const Document* effect = document.find("Effect");
    if (!effect) missing("Effect");
    if (!effect->is_string()) throw MalformedPolicy(kSyntax);
    const bool allow = effect->as_string() == "Allow";
    if (!allow && effect->as_string() != "Deny") {
      throw MalformedPolicy(has_principal(kind_) ? "Invalid effect: " + effect->as_string() : kSyntax);
    }
    out.effect = allow ? Statement::Effect::kAllow : Statement::Effect::kDeny;
    read_principal(document, out);
    read_actions(document, out);
    read_resources(document, out);
    read_conditions(document, out);
    return out;
  }

  void read_sid(const Document& document, Statement& out) {
    const Document* sid = document.find("Sid");
    if (!sid) return;
    if (!sid->is_string()) throw MalformedPolicy(kSyntax);
    out.sid = sid->as_string();
    const bool plain = std::all_of(out.sid.begin(), out.sid.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    });
    // Resource policies take any text; IAM does not.
    if (!plain && kind_ != PolicyKind::kResource) {
      throw MalformedPolicy(
          "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "
          "expression [0-9A-Za-z]*");
    }
    if (!out.sid.empty() && !sids_.insert(out.sid).second) {
      throw MalformedPolicy("Statement IDs (SID) in a single policy must be unique.");
    }
  }

  // "Name" or "NotName", exactly one; null when neither is there.
  const Document* either(const Document& document, const std::string& name, Statement::Sense& sense) const {
    const Document* positive = document.find(name);
    const Document* negative = document.find("Not" + name);
    if (positive && negative) throw MalformedPolicy(kSyntax);
    sense = positive ? Statement::Sense::kPositive : Statement::Sense::kNegative;
    if (!positive && !negative) sense = Statement::Sense::kAbsent;
    return positive ? positive : negative;
  }

  static std::vector<std::string> texts(const Document& value) {
    std::vector<std::string> out;
    if (value.is_string()) out.push_back(value.as_string());
    if (value.is_array()) {
      for (const Document& each : value.as_array()) {
        if (!each.is_string()) throw MalformedPolicy(kSyntax);
        out.push_back(each.as_string());
      }
    }
    if (!value.is_string() && !value.is_array()) throw MalformedPolicy(kSyntax);
    return out;
  }

  void read_principal(const Document& document, Statement& out) {
    const Document* principal = either(document, "Principal", out.principal_sense);
    if (!has_principal(kind_)) {
      if (principal) throw MalformedPolicy("Policy document should not specify a principal.");
      return;
    }
    if (!principal) missing("Principal");
    out.principals = parse_principals(*principal);
  }

  void read_actions(const Document& document, Statement& out) {
    const Document* action = either(document, "Action", out.action_sense);
    const std::vector<std::string> names = action ? texts(*action) : std::vector<std::string>();
    if (names.empty()) {
      if (has_principal(kind_)) missing("Action");
      throw MalformedPolicy("Policy statement must contain actions.");
    }
    for (const std::string& name : names) {
      check_action(name);
      out.actions.emplace_back(name, PatternRules{PatternRules::Wildcards::kYes, PatternRules::Variables::kNo,
                                                  PatternRules::Case::kIgnore});
    }
  }

  void check_action(const std::string& name) const {
    const size_t colon = name.find(':');
    if (kind_ == PolicyKind::kTrust && !equals_ignore_case(name.substr(0, 4), "sts:")) {
      throw MalformedPolicy("AssumeRole policy may only specify STS AssumeRole actions.");
    }
    if (name == "*") return;
    if (has_principal(kind_)) {
      if (colon == std::string::npos || colon == 0) throw MalformedPolicy("Policy has invalid action");
      return;
    }
    if (colon == std::string::npos) {
      throw MalformedPolicy("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
    }
    if (name.find(':', colon + 1) != std::string::npos) {
      throw MalformedPolicy("Actions/Condition can contain only one colon.");
    }
    const std::string vendor = name.substr(0, colon);
    const bool valid = !vendor.empty() && std::all_of(vendor.begin(), vendor.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
             c == '.';
    });
    if (!valid) throw MalformedPolicy("Vendor " + vendor + " is not valid");
  }

  void read_resources(const Document& document, Statement& out) {
    const Document* resource = either(document, "Resource", out.resource_sense);
    if (kind_ == PolicyKind::kTrust) {
      if (resource) throw MalformedPolicy("Has prohibited field Resource.");
      return;
    }
    const std::vector<std::string> names = resource ? texts(*resource) : std::vector<std::string>();
    if (names.empty()) {
      if (has_principal(kind_)) missing("Resource");
      throw MalformedPolicy("Policy statement must contain resources.");
    }
    for (const std::string& name : names) {
      check_resource(name);
      out.resources.emplace_back(name, PatternRules{.variables = variables_});
    }
  }

  void check_resource(const std::string& name) const {
    if (name == "*") return;
    if (kind_ == PolicyKind::kResource) {  // some services take names that are no ARNs: they check further
      if (name.empty()) throw MalformedPolicy("Policy has invalid resource");
      return;
    }
    const auto parts = split(name, ':');
    if (parts[0] != "arn" || parts.size() < 3) {
      // A leading wildcard can stand for the whole beginning of an ARN; all else has to spell it out.
      if (name.starts_with('*')) return;
      throw MalformedPolicy("Resource " + name + " must be in ARN format or \"*\".");
    }
    if (parts[1] != "aws" && parts[1] != "*" && parts[1] != "${aws:partition}" &&
        !parts[1].starts_with("${")) {
      throw MalformedPolicy("Partition \"" + std::string(parts[1]) + "\" is not valid for resource \"" +
                            name + "\".");
    }
    if (parts[2].find('*') != std::string_view::npos && parts[2] != "*") {
      throw MalformedPolicy("Resource vendor must be fully qualified and cannot contain regexes.");
    }
    if (parts.size() < 6 && parts.back() != "*" && !parts.back().ends_with('*')) {
      throw MalformedPolicy("The policy failed legacy parsing");
    }
    const bool has_region = parts.size() > 3 && !parts[3].empty() && parts[3] != "*";
    if (has_region && parts[2] == "iam") {
      throw MalformedPolicy("IAM resource " + name + " cannot contain region information.");
    }
    if (has_region && parts[2] == "s3") {
      throw MalformedPolicy("Resource " + name + " can not contain region information.");
    }
  }

  void read_conditions(const Document& document, Statement& out) {
    const Document* condition = document.find("Condition");
    if (!condition) return;
    if (!condition->is_object()) throw MalformedPolicy(kSyntax);
    for (const auto& [name, block] : condition->as_object()) {
      const auto op = parse_operator(name);
      if (!op) throw MalformedPolicy(has_principal(kind_) ? "Invalid Condition type : " + name : kSyntax);
      if (!block.is_object()) throw MalformedPolicy(kSyntax);
      for (const auto& [key, value] : block.as_object()) {
        if (key.empty()) throw MalformedPolicy(kSyntax);
        const std::vector<std::string> values = condition_values(value);
        for (const std::string& each : values) {
          if (!is_readable_value(*op, each)) {
            throw MalformedPolicy(has_principal(kind_) ? "Invalid value " + each + " for condition " + name
                                                       : kSyntax);
          }
        }
        out.conditions.emplace_back(*op, key, values, variables_);
      }
    }
  }

  // Texts, and bare booleans and numbers as many policies have them.
  static std::vector<std::string> condition_values(const Document& value) {
    std::vector<std::string> out;
    const auto add = [&out](const Document& one) {
      if (one.is_string()) return out.push_back(one.as_string());
      if (!one.is_bool() && !one.is_number()) throw MalformedPolicy(kSyntax);
      out.push_back(write_json(one));
    };
    if (!value.is_array()) {
      add(value);
    } else {
      for (const Document& each : value.as_array()) add(each);
    }
    return out;
  }

  PolicyKind kind_;
  std::string version_;
  PatternRules::Variables variables_ = PatternRules::Variables::kNo;
  std::set<std::string> sids_;
};

}  // namespace

PolicyPtr parse_policy(std::string_view json, PolicyKind kind) { return Parser(kind).parse(json); }

}  // namespace haneul::aws::policy
