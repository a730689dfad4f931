// Runtime updates, policies as documents, code signing and the old way to send events.
#include "services/lambda/lambda_fixture.h"

namespace haneul::lambda {
namespace {

class Control : public test::LambdaFixture {
 protected:
  Control() { call<op::CreateFunction>(function("f")); }
  Document runtime_of(const char* qualifier) {
    return call<op::GetRuntimeManagementConfig>(of({{"FunctionName", "f"}, {"Qualifier", qualifier}}));
  }
  Document put_runtime(const char* qualifier, const char* when, const std::string& arn = "") {
    Document input = of({{"FunctionName", "f"}, {"Qualifier", qualifier}, {"UpdateRuntimeOn", when}});
    if (!arn.empty()) input.set("RuntimeVersionArn", arn);
    return input;
  }
  std::string put_policy(const std::string& of_what, const Document& statement) {
    Document policy = of({{"Version", "2012-10-17"}, {"Statement", Document::Array{statement}}});
    return refusal<op::PutResourcePolicy>(
        of({{"ResourceArn", arn_start + of_what}, {"Policy", write_json(policy)}}));
  }
  Document statement(const std::string& action = "lambda:InvokeFunction") {
    return of({{"Effect", "Allow"},
               {"Principal", of({{"AWS", "arn:aws:iam::111122223333:root"}})},
               {"Action", action},
               {"Resource", arn_start + "f"}});
  }
  const std::string here = "arn:aws:lambda:eu-west-1::runtime:python3.11";
};

// Each version has a setting of its own; a version that is published takes that of $LATEST.
TEST_F(Control, KeepsRuntimeUpdatesPerVersion) {
  call<op::PublishVersion>(of({{"FunctionName", "f"}}));
  EXPECT_EQ(text(runtime_of("$LATEST"), "UpdateRuntimeOn"), "Auto");
  EXPECT_EQ(text(runtime_of("$LATEST"), "FunctionArn"), arn_start + "f:$LATEST");
  const Document set = call<op::PutRuntimeManagementConfig>(put_runtime("$LATEST", "Manual", here));
  EXPECT_EQ(text(set, "RuntimeVersionArn"), here);
  EXPECT_EQ(text(runtime_of("1"), "UpdateRuntimeOn"), "Auto");
  // It alone is no reason for another version.
  EXPECT_EQ(text(call<op::PublishVersion>(of({{"FunctionName", "f"}})), "Version"), "1");
  call<op::PutRuntimeManagementConfig>(put_runtime("1", "FunctionUpdate"));
  EXPECT_EQ(text(runtime_of("1"), "UpdateRuntimeOn"), "FunctionUpdate");
  EXPECT_EQ(runtime_of("1").find("RuntimeVersionArn"), nullptr);
  invoke("f:1");
}

// What cannot be held to is refused, not accepted and forgotten.
TEST_F(Control, RefusesRuntimesThatAreNotHere) {
  const auto refused = [&](const Document& input) { return refusal<op::PutRuntimeManagementConfig>(input); };
  const std::string other = "arn:aws:lambda:eu-west-1::runtime:python3.12";
  EXPECT_EQ(refused(put_runtime("$LATEST", "Manual", other)),
            "InvalidParameterValueException: The function is held to the runtime version " + other +
                " by its runtime management configuration; this machine has " + here + " for it.");
  EXPECT_TRUE(refused(put_runtime("$LATEST", "Manual")).starts_with("InvalidParameterValueException"));
  EXPECT_TRUE(refused(put_runtime("$LATEST", "Auto", here)).starts_with("InvalidParameterValueException"));
  EXPECT_TRUE(refused(put_runtime("live", "Auto")).starts_with("InvalidParameterValueException"));
  EXPECT_EQ(refused(put_runtime("7", "Auto")),
            "ResourceNotFoundException: Function not found: " + arn_start + "f:7");
}

// A function that is held to a runtime which the machine has lost does not run on another.
TEST_F(Control, DoesNotRunOnAnotherRuntime) {
  call<op::PutRuntimeManagementConfig>(put_runtime("$LATEST", "Manual", here));
  LambdaService later{parts(jobs, "3.13")};
  table = {};
  later.connect(dispatcher, authorizer);
  later.register_operations(table);
  EXPECT_EQ(refusal<op::Invoke>(of({{"FunctionName", "f"}})),
            "InvalidRuntimeException: The function is held to the runtime version " + here +
                ", and this machine has arn:aws:lambda:eu-west-1::runtime:python3.13.");
  call<op::PutRuntimeManagementConfig>(put_runtime("$LATEST", "FunctionUpdate"));
  invoke("f");
}

// A whole document takes the place of what AddPermission has made, and the other way round.
TEST_F(Control, PutsPoliciesAsDocuments) {
  call<op::AddPermission>(of({{"FunctionName", "f"},
                              {"StatementId", "first"},
                              {"Action", "lambda:InvokeFunction"},
                              {"Principal", "s3.amazonaws.com"}}));
  EXPECT_EQ(put_policy("f", statement()), "");
  const Document shown = call<op::GetResourcePolicy>(of({{"ResourceArn", arn_start + "f"}}));
  EXPECT_EQ(text(shown, "Policy").find("first"), std::string::npos);
  EXPECT_EQ(text(call<op::GetPolicy>(of({{"FunctionName", "f"}})), "Policy"), text(shown, "Policy"));
  EXPECT_EQ(text(call<op::GetPolicy>(of({{"FunctionName", "f"}})), "RevisionId"), text(shown, "RevisionId"));
  Document named = of({{"ResourceArn", arn_start + "f"}, {"RevisionId", "old"}});
  EXPECT_TRUE(refusal<op::DeleteResourcePolicy>(named).starts_with("PreconditionFailedException"));
  named.set("RevisionId", text(shown, "RevisionId"));
  call<op::DeleteResourcePolicy>(named);
  EXPECT_TRUE(refusal<op::GetResourcePolicy>(of({{"ResourceArn", arn_start + "f"}}))
                  .starts_with("ResourceNotFoundException"));
}

// A statement about something else would be accepted and never count.
TEST_F(Control, RefusesPoliciesThatCannotCount) {
  const std::string invalid = "InvalidParameterValueException";
  Document elsewhere = statement();
  elsewhere.set("Resource", arn_start + "g");
  EXPECT_TRUE(put_policy("f", elsewhere).starts_with(invalid));
  Document nobody = statement();
  nobody.erase("Principal");
  EXPECT_TRUE(put_policy("f", nobody).starts_with(invalid));
  EXPECT_TRUE(put_policy("f:$LATEST", statement()).starts_with(invalid));
  EXPECT_TRUE(put_policy("g",
                         [&] {
                           Document of_g = statement();
                           of_g.set("Resource", arn_start + "g");
                           return of_g;
                         }())
                  .starts_with("ResourceNotFoundException"));
  EXPECT_TRUE(
      refusal<op::PutResourcePolicy>(of({{"ResourceArn", "f"}, {"Policy", "{}"}})).starts_with(invalid));
}

// As AWS answers for a function that has none.
TEST_F(Control, HasNoCodeSigning) {
  const Document shown = call<op::GetFunctionCodeSigningConfig>(of({{"FunctionName", "f"}}));
  EXPECT_TRUE(shown.as_object().empty());
  EXPECT_TRUE(refusal<op::GetFunctionCodeSigningConfig>(of({{"FunctionName", "g"}}))
                  .starts_with("ResourceNotFoundException"));
}

}  // namespace
}  // namespace haneul::lambda
