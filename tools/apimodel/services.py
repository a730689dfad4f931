"""The services whose models are imported, and the facts about them that neither source states.

enum_open: the service checks enumerated inputs itself and answers its own error; validation lets them pass.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    name: str  # our folder name
    botocore: str  # folder below botocore's data: service/version
    npm: str  # the part after @aws-sdk/client-
    protocols: tuple
    target_prefix: str = ""
    signing_name: str = ""
    is_global: bool = False
    enum_open: bool = False
    query_compatible: bool = False
    xml_namespace: str = ""


SERVICES = (
    Service("cloudformation", "cloudformation/2010-05-15", "cloudformation", ("query",)),
    Service("dynamodb", "dynamodb/2012-08-10", "dynamodb", ("json-1.0", "rpc-v2-cbor")),
    Service("dynamodbstreams", "dynamodbstreams/2012-08-10", "dynamodb-streams", ("json-1.0", "rpc-v2-cbor")),
    Service("iam", "iam/2010-05-08", "iam", ("query",), is_global=True),
    Service("lambda", "lambda/2015-03-31", "lambda", ("rest-json",)),
    Service("logs", "logs/2014-03-28", "cloudwatch-logs", ("json-1.1",)),
    Service("s3", "s3/2006-03-01", "s3", ("rest-xml",), enum_open=True,
            xml_namespace="http://s3.amazonaws.com/doc/2006-03-01/"),
    Service("sqs", "sqs/2012-11-05", "sqs", ("json-1.0", "query"), target_prefix="AmazonSQS", enum_open=True,
            query_compatible=True),
    Service("sts", "sts/2011-06-15", "sts", ("query",)),
)


def find_service(name):
    for service in SERVICES:
        if service.name == name:
            return service
    raise SystemExit(f"no service {name!r}; known: {', '.join(s.name for s in SERVICES)}")
