"""What IAM does beyond single calls: whom a role trusts over time, and when it was last used."""

import json
import os
import unittest

import botocore.exceptions

import harness


def trust(principal):
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class Roles(unittest.TestCase):
    def setUp(self):
        self.iam, self.name = self.server.boto("iam"), "r" + os.urandom(6).hex()

    def make_user(self):
        """A user with a key; returns its ARN, its unique id and STS as this user."""
        user = self.iam.create_user(UserName=self.name)["User"]
        key = self.iam.create_access_key(UserName=self.name)["AccessKey"]
        credentials = harness.Credentials(key["AccessKeyId"], key["SecretAccessKey"])
        return user["Arn"], user["UserId"], self.server.boto("sts", credentials)

    def delete_user(self):
        for key in self.iam.list_access_keys(UserName=self.name)["AccessKeyMetadata"]:
            self.iam.delete_access_key(UserName=self.name, AccessKeyId=key["AccessKeyId"])
        self.iam.delete_user(UserName=self.name)

    def trusted(self):
        shown = self.iam.get_role(RoleName=self.name)["Role"]["AssumeRolePolicyDocument"]
        return shown["Statement"][0]["Principal"]["AWS"]

    def test_trust_is_of_one_user(self):
        """a user who is made again under the name of a trusted one is not trusted"""
        arn, first, sts = self.make_user()
        role = self.iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=trust(arn))["Role"]["Arn"]
        sts.assume_role(RoleArn=role, RoleSessionName="one")
        self.assertEqual(self.trusted(), arn)
        self.delete_user()
        self.assertEqual(self.trusted(), first)
        _, second, sts = self.make_user()
        self.assertNotEqual(first, second)
        with self.assertRaises(botocore.exceptions.ClientError) as refusal:
            sts.assume_role(RoleArn=role, RoleSessionName="two")
        self.assertEqual(refusal.exception.response["Error"]["Code"], "AccessDenied")
        self.assertEqual(self.trusted(), first)
        self.iam.update_assume_role_policy(RoleName=self.name, PolicyDocument=trust(arn))
        sts.assume_role(RoleArn=role, RoleSessionName="three")
        self.assertEqual(self.trusted(), arn)

    def test_bucket_policy_is_of_one_user(self):
        """a bucket policy gives nothing to a user made again under the name of the one it names"""
        s3, other = self.server.boto("s3"), self.server.boto("iam", harness.OTHER_ROOT)
        self.iam = other  # of another account, so that the bucket's policy alone decides about the bucket
        bucket = "pins-" + self.name
        s3.create_bucket(Bucket=bucket)
        allow = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"}
        document = {"Version": "2012-10-17", "Statement": [allow]}

        def named():
            policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
            return policy["Statement"][0]["Principal"]["AWS"]

        def make_reader():
            arn, user_id, _ = self.make_user()
            other.put_user_policy(UserName=self.name, PolicyName="list", PolicyDocument=json.dumps(document))
            key = other.create_access_key(UserName=self.name)["AccessKey"]
            credentials = harness.Credentials(key["AccessKeyId"], key["SecretAccessKey"])
            return arn, user_id, self.server.boto("s3", credentials)

        def delete_reader():
            other.delete_user_policy(UserName=self.name, PolicyName="list")
            self.delete_user()

        arn, first, reader = make_reader()
        open_to = document | {"Statement": [allow | {"Principal": {"AWS": arn}}]}
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(open_to))
        reader.list_objects_v2(Bucket=bucket)
        self.assertEqual(named(), arn)
        delete_reader()
        self.assertEqual(named(), first)
        _, second, reader = make_reader()
        self.assertNotEqual(first, second)
        with self.assertRaises(botocore.exceptions.ClientError) as refusal:
            reader.list_objects_v2(Bucket=bucket)
        self.assertEqual(refusal.exception.response["Error"]["Code"], "AccessDenied")
        delete_reader()
        with self.assertRaises(botocore.exceptions.ClientError) as refusal:
            s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(open_to))
        self.assertEqual(refusal.exception.response["Error"]["Code"], "MalformedPolicy")

    def test_last_used(self):
        """a role tells when and where its credentials were used last"""
        arn, _, sts = self.make_user()
        role = self.iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=trust(arn))["Role"]["Arn"]
        made = sts.assume_role(RoleArn=role, RoleSessionName="one")["Credentials"]
        self.assertEqual(self.iam.get_role(RoleName=self.name)["Role"]["RoleLastUsed"], {})
        session = harness.Credentials(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
        self.server.boto("sts", session, region="eu-central-1").get_caller_identity()
        used = self.iam.get_role(RoleName=self.name)["Role"]["RoleLastUsed"]
        self.assertEqual(used["Region"], "eu-central-1")
        self.assertLess(abs((used["LastUsedDate"] - made["Expiration"]).total_seconds() + 3600), 60)
        listed = self.iam.list_roles(MaxItems=1000)["Roles"]
        self.assertNotIn("RoleLastUsed", next(one for one in listed if one["RoleName"] == self.name))
