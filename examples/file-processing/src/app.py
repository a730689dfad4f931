"""Sorts driver documents: reads each uploaded PDF, names its kind, and stores a tagged copy.

Called by S3 for every object created in the incoming bucket. A document whose kind or holder cannot be
read is filed under "unsorted", so that nothing is dropped silently.
"""

import io
import os
import re
from urllib.parse import unquote_plus, urlencode

import boto3
from pypdf import PdfReader

s3 = boto3.client("s3")
SORTED_BUCKET = os.environ["SORTED_BUCKET"]

KINDS = {
    "driving-licence": re.compile(r"driving licence", re.IGNORECASE),
    "insurance-certificate": re.compile(r"certificate of (motor )?insurance", re.IGNORECASE),
    "identity-card": re.compile(r"identity card", re.IGNORECASE),
}
FIELDS = {
    "name": re.compile(r"^(?:Holder|Policyholder|Name):\s*(.+)$", re.MULTILINE),
    "number": re.compile(r"^(?:Licence|Policy|Card) number:\s*(\S+)$", re.MULTILINE),
    "expiry": re.compile(r"^Valid until:\s*(\d{4}-\d{2}-\d{2})$", re.MULTILINE),
}


def read_text(document):
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(document)).pages)


def classify(text):
    """The document's kind and the fields found in its text."""
    kind = next((kind for kind, words in KINDS.items() if words.search(text)), None)
    matches = {name: words.search(text) for name, words in FIELDS.items()}
    found = {name: match.group(1).strip() for name, match in matches.items() if match}
    return kind, found


def target_key(kind, fields, source_key):
    if kind is None or "name" not in fields:
        return f"unsorted/{os.path.basename(source_key)}"
    slug = re.sub(r"[^a-z0-9]+", "-", fields["name"].lower()).strip("-")
    return f"{kind}/{slug}.pdf"


def sort_document(bucket, key):
    document = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    kind, fields = classify(read_text(document))
    target = target_key(kind, fields, key)
    tags = {"kind": kind or "unknown", "source": key, **fields}
    s3.put_object(
        Bucket=SORTED_BUCKET,
        Key=target,
        Body=document,
        ContentType="application/pdf",
        Tagging=urlencode(tags),
    )
    holder, expiry = fields.get("name", "unknown"), fields.get("expiry", "unknown")
    print(f"{key} is {tags['kind']} of {holder}, valid until {expiry}")
    return target


def handler(event, context):
    stored = [
        sort_document(record["s3"]["bucket"]["name"], unquote_plus(record["s3"]["object"]["key"]))
        for record in event["Records"]
    ]
    return {"stored": stored}
