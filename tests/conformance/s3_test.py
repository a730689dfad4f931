"""What boto3 does beyond single calls: managed transfers, presigned URLs, virtual hosts, large streams."""

import hashlib
import http.client
import io
import json
import os
import pathlib
import unittest
import urllib.error
import urllib.request

import boto3.s3.transfer
import botocore
import botocore.exceptions

import harness

BUCKET = "house-boto3"


def server_memory(process):
    """The most memory that the process has held so far, in bytes."""
    for line in pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("no VmHWM")


class Zeros(io.RawIOBase):
    """A stream of zeros that is never in memory as a whole."""

    def __init__(self, size):
        self.size, self.at = size, 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=io.SEEK_SET):
        self.at = offset + (0 if whence == io.SEEK_SET else self.at if whence == io.SEEK_CUR else self.size)
        return self.at

    def tell(self):
        return self.at

    def readinto(self, buffer):
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def read(self, size=-1):
        count = self.size - self.at if size is None or size < 0 else min(size, self.size - self.at)
        self.at += count
        return bytes(count)


class Transfers(unittest.TestCase):
    def setUp(self):
        self.s3 = self.server.boto("s3")
        self.s3.create_bucket(Bucket=BUCKET)

    def test_empty_objects(self):
        """a put after one of an empty object on the same connection gets its own answer"""
        # botocore takes a final answer without "100 Continue" for the answer to its next request as well.
        bodies = [b"", b"first", io.BytesIO(b""), io.BytesIO(b"second"), b""]
        for number, body in enumerate(bodies):
            put = self.s3.put_object(Bucket=BUCKET, Key=f"empty/{number}", Body=body)
            self.assertIn("ETag", put, f"put {number}")
            self.s3.delete_object(Bucket=BUCKET, Key=f"empty/{number}")

    def test_managed_transfer(self):
        """a managed transfer goes up and comes down in parts"""
        body = os.urandom(11 * 1024 * 1024)
        config = boto3.s3.transfer.TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
        self.s3.upload_fileobj(io.BytesIO(body), BUCKET, "large", Config=config)
        self.assertRegex(self.s3.head_object(Bucket=BUCKET, Key="large")["ETag"], '-3"$')
        back = io.BytesIO()
        self.s3.download_fileobj(BUCKET, "large", back, Config=config)
        self.assertEqual(hashlib.sha256(back.getvalue()).digest(), hashlib.sha256(body).digest())

    def test_memory(self):
        """a large body passes through the server without being held in memory"""
        before = server_memory(self.server.process)
        size = 300 * 1024 * 1024
        self.s3.put_object(Bucket=BUCKET, Key="huge", Body=Zeros(size), ContentLength=size)
        left = size
        body = self.s3.get_object(Bucket=BUCKET, Key="huge")["Body"]
        while chunk := body.read(1 << 20):
            left -= len(chunk)
        self.assertEqual(left, 0)
        self.assertLess(server_memory(self.server.process) - before, 64 * 1024 * 1024)
        self.s3.delete_object(Bucket=BUCKET, Key="huge")

    def test_presigned(self):
        """a presigned URL reads and writes what it was made for, and nothing else"""
        named = {"Bucket": BUCKET, "Key": "signed"}
        put = self.s3.generate_presigned_url("put_object", Params=named, ExpiresIn=60)
        urllib.request.urlopen(urllib.request.Request(put, data=b"by url", method="PUT"), timeout=10).close()
        get = self.s3.generate_presigned_url("get_object", Params=named, ExpiresIn=60)
        with urllib.request.urlopen(get, timeout=10) as answer:
            self.assertEqual(answer.read(), b"by url")
        for wrong in (get.replace("/signed?", "/other?"), get[:-1] + ("0" if get[-1] != "0" else "1")):
            with self.assertRaises(urllib.error.HTTPError) as refusal:
                urllib.request.urlopen(wrong, timeout=10)
            self.assertEqual(refusal.exception.code, 403)

    def test_virtual_host(self):
        """a bucket is reached by the name of a host as well"""
        self.s3.put_object(Bucket=BUCKET, Key="by-host", Body=b"hello")
        url = self.s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "by-host"})
        self.assertIn(f"/{BUCKET}/by-host", url)
        for suffix in ("localhost", "s3.localhost", "s3.us-east-1.amazonaws.com"):
            client = self.server.boto("s3", s3={"addressing_style": "virtual"})
            client.meta.events.register("before-sign.s3.HeadObject", self.at_host(f"{BUCKET}.{suffix}"))
            self.assertEqual(client.head_object(Bucket=BUCKET, Key="by-host")["ContentLength"], 5, suffix)

    def at_host(self, host):
        """A request to the loopback address whose signed Host header is the given one."""

        def change(request, **_):
            request.url = f"{self.server.endpoint}/by-host"
            request.headers["Host"] = f"{host}:{self.server.port}"

        return change

    def test_pages(self):
        """the paginator sees every key once and in order"""
        wanted = [f"page/{number:02}" for number in range(23)]
        for key in wanted:
            self.s3.put_object(Bucket=BUCKET, Key=key)
        pages = self.s3.get_paginator("list_objects_v2").paginate(
            Bucket=BUCKET, Prefix="page/", PaginationConfig={"PageSize": 5}
        )
        self.assertEqual([entry["Key"] for page in pages for entry in page["Contents"]], wanted)

    def test_waiters(self):
        """waiters see a bucket and an object appear"""
        self.s3.get_waiter("bucket_exists").wait(Bucket=BUCKET, WaiterConfig={"Delay": 1, "MaxAttempts": 3})
        self.s3.put_object(Bucket=BUCKET, Key="awaited")
        self.s3.get_waiter("object_exists").wait(Bucket=BUCKET, Key="awaited")

    def test_cut_body(self):
        """a body that ends early is not an object"""
        url = self.s3.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": "cut"})
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        connection.putrequest("PUT", url.removeprefix(self.server.endpoint))
        connection.putheader("Content-Length", "100000")
        connection.endheaders(b"only this")
        connection.close()
        with self.assertRaises(botocore.exceptions.ClientError) as refusal:
            self.s3.head_object(Bucket=BUCKET, Key="cut")
        self.assertEqual(refusal.exception.response["Error"]["Code"], "404")

    def test_other_region(self):
        """a bucket is seen by its region only through a redirect that names it"""
        west = self.server.boto("s3", region="eu-west-3")
        west.create_bucket(
            Bucket=BUCKET + "-west", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"}
        )
        west.put_object(Bucket=BUCKET + "-west", Key="a", Body=b"x")
        self.assertEqual(west.get_object(Bucket=BUCKET + "-west", Key="a")["Body"].read(), b"x")
        self.assertIn(BUCKET + "-west", [bucket["Name"] for bucket in self.s3.list_buckets()["Buckets"]])


class Refusals(unittest.TestCase):
    def test_unsigned(self):
        """nothing is read without a signature"""
        with self.assertRaises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(self.server.endpoint + "/", timeout=10)
        self.assertEqual(refusal.exception.code, 403)
        self.assertIn(b"<Code>AccessDenied</Code>", refusal.exception.read())

    def test_unsigned_deletes(self):
        """unsigned DeleteObjects is refused as a whole, or key by key where a policy lets strangers delete"""
        owner, bucket = self.server.boto("s3"), "strangers-" + os.urandom(4).hex()
        owner.create_bucket(Bucket=bucket)
        stranger = self.server.boto("s3", signature_version=botocore.UNSIGNED)
        asked = {"Bucket": bucket, "Delete": {"Objects": [{"Key": "open/a"}, {"Key": "shut"}]}}
        with self.assertRaises(botocore.exceptions.ClientError) as refusal:
            stranger.delete_objects(**asked)
        self.assertEqual(refusal.exception.response["ResponseMetadata"]["HTTPStatusCode"], 403)
        statement = {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:DeleteObject",
            "Resource": f"arn:aws:s3:::{bucket}/open/*",
        }
        owner.delete_public_access_block(Bucket=bucket)
        owner.put_bucket_policy(
            Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        )
        answer = stranger.delete_objects(**asked)
        self.assertEqual([one["Key"] for one in answer["Deleted"]], ["open/a"])
        self.assertEqual([(one["Key"], one["Code"]) for one in answer["Errors"]], [("shut", "AccessDenied")])

    def test_request_id(self):
        """every answer carries a request id"""
        answer = self.server.boto("s3").list_buckets()
        self.assertTrue(answer["ResponseMetadata"]["HTTPHeaders"]["x-amz-request-id"])

    def test_wrong_secret(self):
        """a wrong secret is told as such"""
        wrong = harness.Credentials(self.server.credentials.access_key_id, "x" * 40)
        with self.assertRaises(botocore.exceptions.ClientError) as refusal:
            self.server.boto("s3", wrong).list_buckets()
        self.assertEqual(refusal.exception.response["Error"]["Code"], "SignatureDoesNotMatch")
