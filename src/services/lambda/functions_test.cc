#include "services/lambda/lambda_fixture.h"
#include "services/lambda/limits.h"

namespace haneul::lambda {
namespace {

using test::make_zip;
class Functions : public test::LambdaFixture {};

// What was created is what is shown, with the defaults that templates rely on.
TEST_F(Functions, ShowsWhatWasCreated) {
  Document input = function("f");
  input.set("Environment", of({{"Variables", of({{"COLOUR", "sky"}})}}));
  input.set("Tags", of({{"team", "sky"}}));
  const Document made = call<op::CreateFunction>(input);
  EXPECT_EQ(text(made, "FunctionArn"), arn_start + "f");
  EXPECT_EQ(text(made, "State"), "Pending");
  EXPECT_EQ(text(made, "Version"), "$LATEST");
  EXPECT_EQ(made.find("MemorySize")->as_int(), 128);
  EXPECT_EQ(made.find("Timeout")->as_int(), 3);
  const Document shown = call<op::GetFunction>(of({{"FunctionName", arn_start + "f"}}));
  EXPECT_NE(shown.find("Configuration")->string_or("RevisionId", "?"), text(made, "RevisionId"));
  EXPECT_EQ(shown.find("Tags")->string_or("team", ""), "sky");
  EXPECT_TRUE(shown.find("Code")->string_or("Location", "").starts_with("http://127.0.0.1:4566/_haneul/"));
  EXPECT_EQ(refusal<op::CreateFunction>(input), "ResourceConflictException: Function already exist: f");
}

// Every member that cannot be honoured is refused: nothing is accepted and ignored.
TEST_F(Functions, RefusesWhatItCannotHonour) {
  const auto with = [&](const char* member, Document value) {
    Document input = function("f");
    input.set(member, std::move(value));
    return refusal<op::CreateFunction>(input);
  };
  EXPECT_TRUE(
      with("VpcConfig", of({{"SubnetIds", Document::Array{"subnet-1"}}})).starts_with("NotImplemented"));
  const Document snapshots = of({{"ApplyOn", "PublishedVersions"}});
  EXPECT_EQ(with("SnapStart", snapshots),
            "InvalidParameterValueException: python3.11 is not supported for SnapStart enabled functions.");
  Document older = function("f");
  older.set("Runtime", "python3.9");  // 9 comes before 12, though not as text
  older.set("SnapStart", snapshots);
  EXPECT_EQ(refusal<op::CreateFunction>(std::move(older)),
            "InvalidParameterValueException: python3.9 is not supported for SnapStart enabled functions.");
  EXPECT_TRUE(with("KMSKeyArn", "arn:aws:kms:eu-west-1:123456789012:key/k").starts_with("NotImplemented"));
  EXPECT_TRUE(with("PackageType", "Image").starts_with("InvalidParameterValueException"));
  EXPECT_TRUE(with("Architectures", Document::Array{"arm64"}).starts_with("InvalidParameterValueException"));
  EXPECT_TRUE(with("Runtime", "go1.x").starts_with("InvalidParameterValueException: The runtime parameter"));
  // The machine of this test has Python only.
  EXPECT_TRUE(with("Runtime", "java21")
                  .starts_with("InvalidParameterValueException: The runtime java21 needs /usr/bin/java"));
  EXPECT_TRUE(
      with("Runtime", "cobol").starts_with("InvalidParameterValueException: Value cobol at 'runtime'"));
  EXPECT_TRUE(with("Timeout", 901).starts_with("InvalidParameterValueException"));
  EXPECT_TRUE(with("Role", "arn:aws:iam::123456789012:role/gone")
                  .starts_with("InvalidParameterValueException: The role defined for the function cannot be "
                               "assumed by Lambda."));
  EXPECT_TRUE(with("DeadLetterConfig", of({{"TargetArn", "arn:aws:sqs:eu-west-1:123456789012:q"}}))
                  .starts_with("NotImplemented"));
  EXPECT_TRUE(with("DeadLetterConfig", of({{"TargetArn", arn_start + "f"}}))
                  .starts_with("InvalidParameterValueException"));
  EXPECT_TRUE(with("Layers", Document::Array{"arn:aws:lambda:eu-west-1:123456789012:layer:l:1"})
                  .starts_with("InvalidParameterValueException: Layer version"));
  EXPECT_EQ(with("VpcConfig", of({{"SubnetIds", Document::array()}})), "");  // as templates write it
}

// Reserved names and the 4 KB limit protect what the runtime itself needs.
TEST_F(Functions, RefusesReservedAndLargeEnvironments) {
  Document input = function("f");
  input.set("Environment", of({{"Variables", of({{"AWS_REGION", "x"}})}}));
  EXPECT_NE(refusal<op::CreateFunction>(input).find("Reserved keys used in this request: AWS_REGION"),
            std::string::npos);
  input.set("Environment", of({{"Variables", of({{"BIG", std::string(5000, 'x')}})}}));
  EXPECT_NE(refusal<op::CreateFunction>(input).find("exceeded the 4KB limit"), std::string::npos);
}

// A package that is no zip leaves no function and no file behind.
TEST_F(Functions, RefusesABrokenPackageWithoutATrace) {
  Document input = function("f");
  input.set("Code", of({{"ZipFile", Blob{"no zip"}}}));
  EXPECT_EQ(refusal<op::CreateFunction>(input),
            "InvalidParameterValueException: Could not unzip uploaded file. Please check your file, then try "
            "to upload again.");
  input.set("Code", Document::object());
  EXPECT_EQ(refusal<op::CreateFunction>(input),
            "InvalidParameterValueException: Please provide a source for function code.");
  EXPECT_EQ(code_directories(), 0u);
  EXPECT_EQ(blob_count(), 0u);
}

// The object is read with the caller's rights; a denial there is a denial here.
TEST_F(Functions, ReadsCodeFromABucketAsTheCaller) {
  Document input = function("f");
  input.set("Code", of({{"S3Bucket", "code"}, {"S3Key", "f.zip"}}));
  dispatcher.answer = of({{"Body", Blob{make_zip({{"app.py", "x"}})}}});
  call<op::CreateFunction>(input);
  EXPECT_EQ(dispatcher.calls, std::vector<std::string>{"s3.GetObject"});
  EXPECT_EQ(dispatcher.callers, std::vector<std::string>{caller.arn});
  dispatcher.refusal = model::AccessDenied("Access Denied");
  input.set("FunctionName", "g");
  EXPECT_TRUE(refusal<op::CreateFunction>(input).starts_with(
      "AccessDeniedException: Your access has been denied by S3"));
  dispatcher.refusal = model::ValidationError("The specified key does not exist.");
  EXPECT_TRUE(refusal<op::CreateFunction>(input).starts_with(
      "InvalidParameterValueException: Error occurred while GetObject."));
}

// Two writers must not silently undo each other: the revision says who was first.
TEST_F(Functions, ChecksRevisions) {
  const std::string first = text(call<op::CreateFunction>(function("f")), "RevisionId");
  const Document changed = call<op::UpdateFunctionConfiguration>(
      of({{"FunctionName", "f"}, {"Timeout", 9}, {"RevisionId", first}}));
  EXPECT_EQ(changed.find("Timeout")->as_int(), 9);
  EXPECT_NE(text(changed, "RevisionId"), first);
  EXPECT_TRUE(refusal<op::UpdateFunctionConfiguration>(
                  of({{"FunctionName", "f"}, {"Timeout", 5}, {"RevisionId", first}}))
                  .starts_with("PreconditionFailedException"));
}

// A dry run checks the package and changes nothing.
TEST_F(Functions, DryRunChangesNothing) {
  const std::string hash = text(call<op::CreateFunction>(function("f")), "CodeSha256");
  Document update = code("y = 2");
  update.set("FunctionName", "f");
  update.set("DryRun", true);
  EXPECT_NE(text(call<op::UpdateFunctionCode>(update), "CodeSha256"), hash);
  EXPECT_EQ(text(call<op::GetFunctionConfiguration>(of({{"FunctionName", "f"}})), "CodeSha256"), hash);
  EXPECT_EQ(blob_count(), 1u);
}

// Packages live as long as somebody names them, and are gone a while after.
TEST_F(Functions, CollectsPackagesThatNobodyNames) {
  call<op::CreateFunction>(function("f", "same"));
  call<op::CreateFunction>(function("g", "same"));
  EXPECT_EQ(blob_count(), 1u);  // equal bytes are kept once
  invoke("f");
  call<op::DeleteFunction>(of({{"FunctionName", "f"}}));
  EXPECT_EQ(refusal<op::GetFunction>(of({{"FunctionName", "f"}})),
            "ResourceNotFoundException: Function not found: " + arn_start + "f");
  call<op::DeleteFunction>(of({{"FunctionName", "g"}}));
  EXPECT_EQ(functions.retired.back(), arn_start + "g");
  EXPECT_EQ(code_directories(), 1u);  // an invocation may still run
  executor.advance(kCollectDelay + Seconds(5));
  // The files go on a thread of the pool.
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (code_directories() > 0 && std::chrono::steady_clock::now() < patience) executor.run();
  EXPECT_EQ(code_directories(), 0u);
  EXPECT_EQ(blob_count(), 0u);
  EXPECT_TRUE(check(*house.db, blobs).empty());
}

// Somebody who took the bytes up again in time keeps them.
TEST_F(Functions, KeepsAPackageThatIsNamedAgain) {
  call<op::CreateFunction>(function("f", "same"));
  call<op::DeleteFunction>(of({{"FunctionName", "f"}}));
  call<op::CreateFunction>(function("g", "same"));
  executor.advance(kCollectDelay + Seconds(5));
  EXPECT_EQ(blob_count(), 1u);
  EXPECT_TRUE(check(*house.db, blobs).empty());
}

// A restored backup has the zips, not the trees.
TEST_F(Functions, UnpacksAgainWhatIsMissing) {
  call<op::CreateFunction>(function("f", "here"));
  for (const auto& entry : std::filesystem::directory_iterator(directory / "code"))
    std::filesystem::remove_all(entry.path());
  LambdaService later{parts(jobs, "3.11")};
  table = {};
  later.connect(dispatcher, authorizer);
  later.register_operations(table);
  invoke("f");
  EXPECT_TRUE(std::filesystem::exists(functions.images[0]->code_directory + "/app.py"));
}

// Lists come in pages that do not lose or repeat anything.
TEST_F(Functions, ListsInPages) {
  for (const char* name : {"a", "b", "c"}) call<op::CreateFunction>(function(name));
  Document input = of({{"MaxItems", 2}});
  const Document first = call<op::ListFunctions>(input);
  ASSERT_EQ(first.find("Functions")->as_array().size(), 2u);
  input.set("Marker", text(first, "NextMarker"));
  const Document second = call<op::ListFunctions>(input);
  ASSERT_EQ(second.find("Functions")->as_array().size(), 1u);
  EXPECT_EQ(second.find("Functions")->as_array()[0].string_or("FunctionName", ""), "c");
  EXPECT_EQ(second.find("NextMarker"), nullptr);
  input.set("Marker", "made-up");
  EXPECT_TRUE(refusal<op::ListFunctions>(input).starts_with("InvalidParameterValueException"));
}

// A version stays as it was, and nothing new is published when nothing changed.
TEST_F(Functions, PublishesVersionsOnlyWhenSomethingChanged) {
  call<op::CreateFunction>(function("f"));
  const Document name = of({{"FunctionName", "f"}});
  EXPECT_EQ(text(call<op::PublishVersion>(name), "Version"), "1");
  EXPECT_EQ(text(call<op::PublishVersion>(of({{"FunctionName", "f"}, {"Description", "d"}})), "Version"),
            "1");
  call<op::UpdateFunctionConfiguration>(of({{"FunctionName", "f"}, {"Timeout", 9}}));
  EXPECT_EQ(text(call<op::PublishVersion>(name), "Version"), "2");
  EXPECT_EQ(call<op::GetFunctionConfiguration>(of({{"FunctionName", "f:1"}})).find("Timeout")->as_int(), 3);
  call<op::UpdateFunctionConfiguration>(of({{"FunctionName", "f"}, {"Description", "of $LATEST"}}));
  EXPECT_EQ(text(call<op::PublishVersion>(name), "Version"), "3");
  EXPECT_EQ(text(call<op::PublishVersion>(name), "Description"), "of $LATEST");
  EXPECT_TRUE(refusal<op::PublishVersion>(of({{"FunctionName", "f"}, {"CodeSha256", "other"}}))
                  .starts_with("InvalidParameterValueException: CodeSHA256 (other) is different"));
  EXPECT_EQ(
      refusal<op::DeleteFunction>(of({{"FunctionName", "f:$LATEST"}})),
      "InvalidParameterValueException: $LATEST version cannot be deleted without deleting the function.");
}

// What an alias names cannot be pulled from under it.
TEST_F(Functions, KeepsVersionsThatAliasesName) {
  call<op::CreateFunction>(function("f"));
  call<op::PublishVersion>(of({{"FunctionName", "f"}}));
  const Document alias = of({{"FunctionName", "f"}, {"Name", "live"}, {"FunctionVersion", "1"}});
  EXPECT_EQ(text(call<op::CreateAlias>(alias), "AliasArn"), arn_start + "f:live");
  EXPECT_TRUE(refusal<op::CreateAlias>(alias).starts_with("ResourceConflictException: Alias already exists"));
  EXPECT_EQ(refusal<op::DeleteFunction>(of({{"FunctionName", "f"}, {"Qualifier", "1"}})),
            "ResourceConflictException: Unable to delete version because the following aliases reference it: "
            "[live]");
  call<op::DeleteAlias>(of({{"FunctionName", "f"}, {"Name", "live"}}));
  EXPECT_EQ(refusal<op::DeleteFunction>(of({{"FunctionName", "f"}, {"Qualifier", "1"}})), "");
}

}  // namespace
}  // namespace haneul::lambda
