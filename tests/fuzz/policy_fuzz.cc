// Policies are written by users. Each kind is parsed; what parses is judged for several principals, and a
// principal must never gain anything from a deny-all added as its boundary.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "aws/policy/evaluate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace haneul::aws::policy;
  static const PolicyPtr deny_all =
      parse_policy(R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}})",
                   PolicyKind::kIdentity);
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  Context context;
  context.set("aws:username", "ann");
  context.set("aws:SourceIp", "203.0.113.7");
  context.set("aws:CurrentTime", "2020-04-01T00:00:00Z");
  context.set_all("aws:TagKeys", {"a", "b"});
  const Principal principals[] = {{},
                                  {Principal::Kind::kUser,
                                   "123456789012",
                                   "arn:aws:iam::123456789012:user/ann",
                                   {},
                                   "AIDAEXAMPLE",
                                   {},
                                   {}},
                                  {Principal::Kind::kService, {}, {}, {}, {}, "lambda.amazonaws.com", {}}};
  for (const PolicyKind kind : {PolicyKind::kIdentity, PolicyKind::kResource, PolicyKind::kTrust}) {
    PolicyPtr policy;
    try {
      policy = parse_policy(json, kind);
    } catch (const MalformedPolicy&) {
      continue;
    }
    const PolicyRef identity[] = {{"p", policy.get()}};
    for (const Principal& principal : principals) {
      AuthorizationRequest request{.principal = principal,
                                   .action = "s3:GetObject",
                                   .resource = "arn:aws:s3:::b/ann/k",
                                   .context = &context};
      if (kind == PolicyKind::kIdentity) request.identity = identity;
      if (kind != PolicyKind::kIdentity) request.resource_policy = policy.get();
      Trace trace;
      const Decision decision = evaluate(request, &trace);
      if (!decision.allowed()) denial_message(request, decision);
      request.boundary = deny_all.get();
      if (evaluate(request).allowed()) std::abort();
    }
  }
  return 0;
}
