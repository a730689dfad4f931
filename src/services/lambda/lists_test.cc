// What several families of operations have in common: lists come in pages, and changes that name a revision
// are refused when another one is there.
#include "services/lambda/lambda_fixture.h"

namespace haneul::lambda {
namespace {

class Lists : public test::LambdaFixture {
 protected:
  Lists() {
    for (const char* name : {"f", "g"}) call<op::CreateFunction>(function(name));
    for (int timeout : {4, 5}) {
      call<op::UpdateFunctionConfiguration>(of({{"FunctionName", "f"}, {"Timeout", timeout}}));
      call<op::PublishVersion>(of({{"FunctionName", "f"}}));
    }
    for (const char* name : {"a", "b"}) {
      call<op::CreateAlias>(of({{"FunctionName", "f"}, {"Name", name}, {"FunctionVersion", "1"}}));
      call<op::PutFunctionEventInvokeConfig>(
          of({{"FunctionName", "f"}, {"Qualifier", name}, {"MaximumRetryAttempts", 1}}));
      call<op::PutProvisionedConcurrencyConfig>(
          of({{"FunctionName", "f"}, {"Qualifier", name}, {"ProvisionedConcurrentExecutions", 1}}));
      call<op::CreateFunctionUrlConfig>(
          of({{"FunctionName", "f"}, {"Qualifier", name}, {"AuthType", "NONE"}}));
      call<op::PublishLayerVersion>(of({{"LayerName", name}, {"Content", code(name)}}));
      call<op::PublishLayerVersion>(of({{"LayerName", "a"}, {"Content", code(name)}}));
    }
  }
  // How many items there are, read one by one; a page has at most `extra` more than was asked for.
  template <class Op>
  size_t count_in_pages(Document input, const char* member, size_t extra = 0) {
    input.set("MaxItems", 1);
    size_t count = 0;
    for (int page = 0; page < 20; ++page) {
      const Document out = call<Op>(input);
      const size_t items = out.find(member)->as_array().size();
      EXPECT_LE(items, 1 + extra) << member;
      count += items;
      const std::string next = text(out, "NextMarker");
      if (next.empty()) return count;
      input.set("Marker", next);
    }
    ADD_FAILURE() << member << " does not end";
    return count;
  }
  template <class Op>
  void expect_bad_marker(Document input) {
    input.set("Marker", "made-up");
    EXPECT_TRUE(refusal<Op>(input).starts_with("InvalidParameterValueException")) << Op::model().name;
  }
};

// A page loses nothing and repeats nothing, in any list.
TEST_F(Lists, ComeInPages) {
  const Document none = Document::object();
  const Document of_f = of({{"FunctionName", "f"}});
  EXPECT_EQ(count_in_pages<op::ListFunctions>(none, "Functions"), 2u);
  EXPECT_EQ(count_in_pages<op::ListFunctions>(of({{"FunctionVersion", "ALL"}}), "Functions"), 4u);
  EXPECT_EQ(count_in_pages<op::ListVersionsByFunction>(of_f, "Versions", 1), 3u);
  EXPECT_EQ(count_in_pages<op::ListAliases>(of_f, "Aliases"), 2u);
  EXPECT_EQ(count_in_pages<op::ListFunctionEventInvokeConfigs>(of_f, "FunctionEventInvokeConfigs"), 2u);
  EXPECT_EQ(count_in_pages<op::ListFunctionUrlConfigs>(of_f, "FunctionUrlConfigs"), 2u);
  EXPECT_EQ(count_in_pages<op::ListProvisionedConcurrencyConfigs>(of_f, "ProvisionedConcurrencyConfigs"), 2u);
  EXPECT_EQ(count_in_pages<op::ListLayers>(none, "Layers"), 2u);
  EXPECT_EQ(count_in_pages<op::ListLayerVersions>(of({{"LayerName", "a"}}), "LayerVersions"), 3u);
  expect_bad_marker<op::ListFunctions>(none);
  expect_bad_marker<op::ListAliases>(of_f);
  expect_bad_marker<op::ListProvisionedConcurrencyConfigs>(of_f);
  expect_bad_marker<op::ListLayers>(none);
}

class Revisions : public test::LambdaFixture {
 protected:
  Revisions() { call<op::CreateFunction>(function("f")); }
  // Refused with another revision, carried out with the one that is there.
  template <class Op>
  void expect_held(Document input, const std::string& revision) {
    input.set("RevisionId", "00000000-0000-0000-0000-000000000000");
    EXPECT_TRUE(refusal<Op>(input).starts_with("PreconditionFailedException: ")) << Op::model().name;
    input.set("RevisionId", revision);
    EXPECT_EQ(refusal<Op>(input), "") << Op::model().name;
  }
  std::string function_revision() {
    return text(call<op::GetFunctionConfiguration>(of({{"FunctionName", "f"}})), "RevisionId");
  }
  std::string policy_revision() {
    return text(call<op::GetPolicy>(of({{"FunctionName", "f"}})), "RevisionId");
  }
  Document permission(const char* id) {
    return of({{"FunctionName", "f"},
               {"StatementId", id},
               {"Action", "lambda:InvokeFunction"},
               {"Principal", "s3.amazonaws.com"}});
  }
};

// Every operation that takes a revision keeps to it.
TEST_F(Revisions, HoldChangesOfFunctions) {
  Document update = code("y = 2");
  update.set("FunctionName", "f");
  expect_held<op::UpdateFunctionCode>(update, function_revision());
  expect_held<op::UpdateFunctionConfiguration>(of({{"FunctionName", "f"}, {"Timeout", 9}}),
                                               function_revision());
  expect_held<op::PublishVersion>(of({{"FunctionName", "f"}}), function_revision());
  const Document alias =
      call<op::CreateAlias>(of({{"FunctionName", "f"}, {"Name", "live"}, {"FunctionVersion", "1"}}));
  expect_held<op::UpdateAlias>(of({{"FunctionName", "f"}, {"Name", "live"}, {"Description", "d"}}),
                               text(alias, "RevisionId"));
}

// Policies have the revision of what they are on; those of layers have one of their own.
TEST_F(Revisions, HoldChangesOfPolicies) {
  const std::string before = function_revision();
  expect_held<op::AddPermission>(permission("first"), before);
  EXPECT_NE(function_revision(), before);
  EXPECT_EQ(policy_revision(), function_revision());
  expect_held<op::AddPermission>(permission("second"), policy_revision());
  expect_held<op::RemovePermission>(of({{"FunctionName", "f"}, {"StatementId", "second"}}),
                                    policy_revision());
  call<op::PublishLayerVersion>(of({{"LayerName", "l"}, {"Content", code("x")}}));
  const Document layer = of({{"LayerName", "l"}, {"VersionNumber", 1}});
  const auto share = [&](const char* id, const char* principal) {
    Document input = layer;
    input.set("StatementId", id);
    input.set("Action", "lambda:GetLayerVersion");
    input.set("Principal", principal);
    return input;
  };
  call<op::AddLayerVersionPermission>(share("first", "111122223333"));
  const auto revision = [&] { return text(call<op::GetLayerVersionPolicy>(layer), "RevisionId"); };
  expect_held<op::AddLayerVersionPermission>(share("second", "444455556666"), revision());
  Document withdrawn = layer;
  withdrawn.set("StatementId", "second");
  expect_held<op::RemoveLayerVersionPermission>(withdrawn, revision());
}

}  // namespace
}  // namespace haneul::lambda
