// AWS::S3::Bucket.
// Source: "AWS::S3::Bucket" of the resource reference; the settings are the bucket's own sub-resources, each
// put or taken away by an operation of its own.

#include <fmt/format.h>

#include "services/cloudformation/resources/handlers.h"
#include "services/cloudformation/template/text.h"

namespace haneul::cloudformation {

namespace {

std::vector<PropertySpec> bucket_properties() {
  const PropertySpec filter = object(
      "Filter",
      {object("S3Key", {objects("Rules", {scalar("Name").required(), scalar("Value").required()}).required()})
           .required()});
  return {
      scalar("BucketName").replaces(),
      tags(),
      object("VersioningConfiguration", {scalar("Status").required()}),
      object("PublicAccessBlockConfiguration", {scalar("BlockPublicAcls"), scalar("BlockPublicPolicy"),
                                                scalar("IgnorePublicAcls"), scalar("RestrictPublicBuckets")}),
      object("OwnershipControls", {objects("Rules", {scalar("ObjectOwnership")}).required()}),
      object("CorsConfiguration",
             {objects("CorsRules", {scalars("AllowedHeaders"), scalars("AllowedMethods").required(),
                                    scalars("AllowedOrigins").required(), scalars("ExposedHeaders"),
                                    scalar("Id"), scalar("MaxAge")})
                  .required()}),
      object("BucketEncryption",
             {objects("ServerSideEncryptionConfiguration",
                      {object("ServerSideEncryptionByDefault",
                              {scalar("SSEAlgorithm").required(), scalar("KMSMasterKeyID")}),
                       scalar("BucketKeyEnabled")})
                  .required()}),
      object("NotificationConfiguration",
             {objects("LambdaConfigurations",
                      {scalar("Event").required(), scalar("Function").required(), filter})}),
  };
}

Document cors_rules(const Document& configuration) {
  Document rules = Document::array();
  for (const Document& given : configuration.find("CorsRules")->as_array()) {
    Document rule = pick(given, {"AllowedHeaders", "AllowedMethods", "AllowedOrigins"});
    if (const Document* id = given.find("Id")) rule.set("ID", *id);
    if (const Document* exposed = given.find("ExposedHeaders")) rule.set("ExposeHeaders", *exposed);
    if (const Document* age = given.find("MaxAge")) rule.set("MaxAgeSeconds", *age);
    rules.push(std::move(rule));
  }
  return Document::Object{{"CORSRules", std::move(rules)}};
}

Document encryption_rules(const Document& configuration) {
  Document rules = Document::array();
  for (const Document& given : configuration.find("ServerSideEncryptionConfiguration")->as_array()) {
    Document rule = Document::object();
    if (const Document* standard = given.find("ServerSideEncryptionByDefault")) {
      rule.set("ApplyServerSideEncryptionByDefault", *standard);
    }
    if (const Document* key = given.find("BucketKeyEnabled")) rule.set("BucketKeyEnabled", *key);
    rules.push(std::move(rule));
  }
  return Document::Object{{"Rules", std::move(rules)}};
}

Document notification(const Document* configuration) {
  Document out = Document::object();
  const Document* functions =
      configuration == nullptr ? nullptr : configuration->find("LambdaConfigurations");
  if (functions == nullptr) return out;
  Document list = Document::array();
  for (const Document& given : functions->as_array()) {
    Document entry = Document::Object{{"LambdaFunctionArn", *given.find("Function")},
                                      {"Events", Document::Array{*given.find("Event")}}};
    const Document* filter = given.find("Filter");
    const Document* key = filter == nullptr ? nullptr : filter->find("S3Key");
    if (key != nullptr && key->find("Rules") != nullptr) {
      Document rules = Document::Object{{"FilterRules", *key->find("Rules")}};
      entry.set("Filter", Document::Object{{"Key", std::move(rules)}});
    }
    list.push(std::move(entry));
  }
  out.set("LambdaFunctionConfigurations", std::move(list));
  return out;
}

class BucketHandler final : public ResourceHandler {
 public:
  const ResourceType& type() const override {
    static const ResourceType kType = {
        .name = "AWS::S3::Bucket",
        .properties = bucket_properties(),
        .attributes = {"Arn", "DomainName", "DualStackDomainName", "RegionalDomainName", "WebsiteURL"},
        .naming = {.property = "BucketName", .length_max = 63, .letter_case = NameRule::Case::kLower}};
    return kType;
  }

  Task<ResourceState> create(const ResourceContext& context) const override {
    co_await make(context);
    context.made(context.physical_id);
    co_await apply(context);
    co_return state(context);
  }

  Task<ResourceState> update(const ResourceContext& context) const override {
    co_await apply(context);
    co_return state(context);
  }

  Task<void> remove(const ResourceContext& context) const override {
    co_await context.try_call("s3", "DeleteBucket", of_bucket(context), {"NoSuchBucket"});
  }

 private:
  static Document of_bucket(const ResourceContext& context) {
    return Document::Object{{"Bucket", context.physical_id}};
  }

  static Task<void> make(const ResourceContext& context) {
    if (context.attempt == Attempt::kAgain) {
      const Document listed = co_await context.call("s3", "ListBuckets", Document::object());
      if (const Document* buckets = listed.find("Buckets"); buckets != nullptr && buckets->is_array()) {
        for (const Document& bucket : buckets->as_array()) {
          const bool is_this = bucket.string_or("Name", "") == context.physical_id;
          if (is_this && is_ours(context, bucket.find("CreationDate"))) co_return;
        }
      }
    }
    Document input = of_bucket(context);
    if (context.region().str() != "us-east-1") {
      input.set("CreateBucketConfiguration",
                Document::Object{{"LocationConstraint", context.region().str()}});
    }
    // us-east-1 answers success to the owner of a bucket that exists; a stack must not take it over.
    Document head = of_bucket(context);
    const bool is_there =
        co_await context.try_call("s3", "HeadBucket", std::move(head),
                                  {"NotFound", "NoSuchBucket", "404", "AccessDenied", "Forbidden", "403"});
    if (is_there) fail_template(fmt::format("{} already exists", context.physical_id));
    co_await context.call("s3", "CreateBucket", std::move(input));
  }

  // Puts a setting that changed, or takes it away.
  struct Setting {
    std::string_view property;
    std::string_view put;
    std::string_view take_away;
    std::string_view member;
    Document (*shape)(const Document&);
  };

  static Task<void> settle(const ResourceContext& context, const Setting& setting) {
    if (!context.changed(setting.property)) co_return;
    Document input = of_bucket(context);
    const Document* value = context.property(setting.property);
    if (value == nullptr) {
      co_await context.call("s3", setting.take_away, std::move(input));
      co_return;
    }
    input.set(setting.member, setting.shape(*value));
    co_await context.call("s3", setting.put, std::move(input));
  }

  static Task<void> settle_versioning(const ResourceContext& context) {
    if (!context.changed("VersioningConfiguration")) co_return;
    Document input = of_bucket(context);
    const Document* value = context.property("VersioningConfiguration");
    // Versioning cannot be taken away, only suspended.
    input.set("VersioningConfiguration",
              value != nullptr ? *value : Document(Document::Object{{"Status", "Suspended"}}));
    co_await context.call("s3", "PutBucketVersioning", std::move(input));
  }

  static Task<void> settle_tags(const ResourceContext& context) {
    const auto before = context.old_tags();
    const auto after = context.all_tags();
    if (before == after) co_return;
    Document input = of_bucket(context);
    if (after.empty()) {
      co_await context.call("s3", "DeleteBucketTagging", std::move(input));
      co_return;
    }
    input.set("Tagging", Document::Object{{"TagSet", tag_list(after)}});
    co_await context.call("s3", "PutBucketTagging", std::move(input));
  }

  static Task<void> settle_notification(const ResourceContext& context) {
    if (!context.changed("NotificationConfiguration")) co_return;
    Document input = of_bucket(context);
    input.set("NotificationConfiguration", notification(context.property("NotificationConfiguration")));
    co_await context.call("s3", "PutBucketNotificationConfiguration", std::move(input));
  }

  static Task<void> apply(const ResourceContext& context) {
    static constexpr auto kSame = [](const Document& value) { return value; };
    static const Setting kSettings[] = {
        {"PublicAccessBlockConfiguration", "PutPublicAccessBlock", "DeletePublicAccessBlock",
         "PublicAccessBlockConfiguration", kSame},
        {"OwnershipControls", "PutBucketOwnershipControls", "DeleteBucketOwnershipControls",
         "OwnershipControls", kSame},
        {"CorsConfiguration", "PutBucketCors", "DeleteBucketCors", "CORSConfiguration", cors_rules},
        {"BucketEncryption", "PutBucketEncryption", "DeleteBucketEncryption",
         "ServerSideEncryptionConfiguration", encryption_rules},
    };
    for (const Setting& setting : kSettings) co_await settle(context, setting);
    co_await settle_versioning(context);
    co_await settle_tags(context);
    co_await settle_notification(context);
  }

  static ResourceState state(const ResourceContext& context) {
    const std::string& name = context.physical_id;
    const std::string& region = context.region().str();
    return {.physical_id = name,
            .attributes = Document::Object{
                {"Arn", "arn:aws:s3:::" + name},
                {"DomainName", name + ".s3.amazonaws.com"},
                {"DualStackDomainName", fmt::format("{}.s3.dualstack.{}.amazonaws.com", name, region)},
                {"RegionalDomainName", fmt::format("{}.s3.{}.amazonaws.com", name, region)},
                {"WebsiteURL", fmt::format("http://{}.s3-website-{}.amazonaws.com", name, region)}}};
  }
};

class BucketPolicyHandler final : public ResourceHandler {
 public:
  const ResourceType& type() const override {
    static const ResourceType kType = {
        .name = "AWS::S3::BucketPolicy",
        .properties = {scalar("Bucket").required().replaces(), json("PolicyDocument").required()},
        .naming = {.property = "Bucket", .length_max = 63}};
    return kType;
  }

  Task<ResourceState> create(const ResourceContext& context) const override {
    if (context.attempt == Attempt::kFirst) co_await require_none(context);
    co_return co_await put(context);
  }
  Task<ResourceState> update(const ResourceContext& context) const override {
    co_return co_await put(context);
  }
  Task<void> remove(const ResourceContext& context) const override {
    Document input = Document::Object{{"Bucket", context.physical_id}};
    co_await context.try_call("s3", "DeleteBucketPolicy", std::move(input),
                              {"NoSuchBucket", "NoSuchBucketPolicy"});
  }

 private:
  // A policy that is there belongs to somebody else: taken over, it would go with the stack.
  static Task<void> require_none(const ResourceContext& context) {
    Document input = Document::Object{{"Bucket", context.physical_id}};
    const bool is_there = co_await context.try_call("s3", "GetBucketPolicy", std::move(input),
                                                    {"NoSuchBucketPolicy", "NoSuchBucket", "AccessDenied"});
    if (is_there) {
      fail_template(fmt::format("The bucket policy already exists on bucket {}.", context.physical_id));
    }
  }
  static Task<ResourceState> put(const ResourceContext& context) {
    Document input = Document::Object{{"Bucket", context.physical_id},
                                      {"Policy", policy_text(*context.property("PolicyDocument"))}};
    co_await context.call("s3", "PutBucketPolicy", std::move(input));
    co_return ResourceState{.physical_id = context.physical_id};
  }
};

}  // namespace

const ResourceHandler& s3_bucket_handler() {
  static const BucketHandler kHandler;
  return kHandler;
}
const ResourceHandler& s3_bucket_policy_handler() {
  static const BucketPolicyHandler kHandler;
  return kHandler;
}

}  // namespace haneul::cloudformation
