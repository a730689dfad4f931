#include "services/lambda/code_source.h"

#include <fmt/format.h>

#include "gen/lambda/errors.h"
#include "model/common_errors.h"

namespace haneul::lambda {

namespace {

using Invalid = InvalidParameterValueException;

// Not in Lambda's model; AWS answers it with 413 all the same.
constexpr model::ErrorShape kTooLarge{.name = "RequestEntityTooLargeException",
                                      .code = "RequestEntityTooLargeException",
                                      .status = 413,
                                      .sender_fault = true};
class RequestEntityTooLarge final : public model::ServiceError {
 public:
  explicit RequestEntityTooLarge(std::string message) : ServiceError(kTooLarge, std::move(message)) {}
};

struct Fetched {
  Document output;
  std::string code, message;  // of the refusal
};

Task<Fetched> get_object(platform::Dispatcher& dispatcher, const platform::CallContext& context,
                         Document input) {
  try {
    Document output = co_await dispatcher.call(context, "s3", "GetObject", std::move(input));
    co_return Fetched{std::move(output), {}, {}};
  } catch (const model::ServiceError& error) {
    co_return Fetched{{}, std::string(error.shape().code), error.message()};
  }
}

[[noreturn]] void refuse_object(const Fetched& fetched, std::string_view bucket, std::string_view key) {
  const std::string detail =
      fmt::format("S3 Error Code: {}. S3 Error Message: {}", fetched.code, fetched.message);
  if (fetched.code == "AccessDenied") {
    throw model::AccessDeniedException(
        fmt::format("Your access has been denied by S3, please make sure your request credentials have "
                    "permission to GetObject for {}/{}. {}",
                    bucket, key, detail));
  }
  refuse<Invalid>("Error occurred while GetObject. " + detail);
}

Task<std::string> fetch_object(const Core& core, const platform::Request& request, CodeSource source) {
  if (core.dispatcher == nullptr) refuse<Invalid>("Code in a bucket cannot be reached here.");
  Document input = Document::object();
  input.set("Bucket", *source.s3_bucket);
  input.set("Key", *source.s3_key);
  if (source.s3_object_version) input.set("VersionId", *source.s3_object_version);
  const platform::CallContext context{.caller = request.caller,
                                      .account = request.account,
                                      .region = request.region,
                                      .trace_id = request.trace_id,
                                      .source = "lambda.amazonaws.com"};
  const Fetched fetched = co_await get_object(*core.dispatcher, context, std::move(input));
  if (!fetched.code.empty()) refuse_object(fetched, *source.s3_bucket, *source.s3_key);
  const Document* body = fetched.output.find("Body");
  if (body == nullptr || !body->is_blob()) refuse<Invalid>("Uploaded file must be a non-empty zip");
  co_return body->as_blob();
}

}  // namespace

Task<std::string> fetch_zip(const Core& core, const platform::Request& request, CodeSource source) {
  const bool has_object = source.s3_bucket || source.s3_key || source.s3_object_version;
  if (source.s3_object_storage_mode)
    throw model::NotImplemented("S3ObjectStorageMode is not implemented by Haneul.");
  if (source.zip_file && has_object)
    refuse<Invalid>("Please do not provide other FunctionCode parameters when providing a ZipFile.");
  if (source.zip_file) {
    if (source.zip_file->bytes.size() > kZippedBytesMax) {
      throw RequestEntityTooLarge(fmt::format("Zipped size must be smaller than {} bytes", kZippedBytesMax));
    }
    if (source.zip_file->bytes.empty()) refuse<Invalid>("Uploaded file must be a non-empty zip");
    co_return source.zip_file->bytes;
  }
  if (!source.s3_bucket || !source.s3_key) refuse<Invalid>("Please provide a source for function code.");
  co_return co_await fetch_object(core, request, source);
}

}  // namespace haneul::lambda
