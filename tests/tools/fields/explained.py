"""Input members that no code of a service names, and why they are right all the same.

(service, operation or "*", member path) -> reason. Whatever is not here and not on the gap page must be named
by the service's code. tests/conformance/fields_test.py shows of each that it does what its reason says; an
entry that is not needed any more is a failure.
"""

_RAW_BODY = "the digest of the body is checked with the headers as they were sent (ops/body_digest)"
_REQUEST_PAYER = "no bucket can be made to charge its requesters, and AWS ignores the header of all others"
_MFA = "asked for only by buckets with MFA delete, which cannot be enabled"
_LENGTH = "HTTP's own Content-Length: the body that arrives must have it"
_IGNORED = "AWS ignores it since 2019 and says so"

EXPLAINED = {
    ("s3", "*", "RequestPayer"): _REQUEST_PAYER,
    ("s3", "*", "MFA"): _MFA,
    ("s3", "*", "ContentMD5"): _RAW_BODY,
    ("s3", "*", "ChecksumAlgorithm"): _RAW_BODY,
    ("s3", "PutObject", "ContentLength"): _LENGTH,
    ("s3", "UploadPart", "ContentLength"): _LENGTH,
    ("s3", "PutBucketCors", "CORSConfiguration.CORSRules.ID"): "rules are kept and told as they are",
    ("logs", "FilterLogEvents", "interleaved"): _IGNORED,
    ("logs", "PutLogEvents", "sequenceToken"): _IGNORED,
    ("cloudformation", "*", "Parameters.ResolvedValue"): "a member of answers, of parameters from SSM",
}
