"""The high-level commands of the AWS CLI: aws s3 mb, cp, ls, sync, mv, rm, presign, rb."""

import os
import pathlib
import tempfile
import unittest
import urllib.request

BUCKET = "house-cli"


class HighLevel(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)
        self.run_aws("s3", "mb", f"s3://{BUCKET}")

    def tearDown(self):
        self.folder.cleanup()

    def run_aws(self, *arguments, stdin=None):
        done = self.server.cli(*arguments, stdin=stdin)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_up_and_down(self):
        """files of every size go up and come down"""
        for size in (0, 1, 4096, 9 * 1024 * 1024):
            source, target = self.path / f"in-{size}", self.path / f"out-{size}"
            source.write_bytes(os.urandom(size))
            self.run_aws("s3", "cp", source, f"s3://{BUCKET}/sizes/{size}")
            self.run_aws("s3", "cp", f"s3://{BUCKET}/sizes/{size}", target)
            self.assertEqual(source.read_bytes(), target.read_bytes())
        self.assertRegex(
            self.run_aws("s3", "ls", "--recursive", f"s3://{BUCKET}/sizes/"), r" 9437184 sizes/9437184"
        )

    def test_streams(self):
        """standard input and output are files too"""
        self.run_aws("s3", "cp", "-", f"s3://{BUCKET}/stdin", stdin="through a pipe")
        self.assertEqual(self.run_aws("s3", "cp", f"s3://{BUCKET}/stdin", "-"), "through a pipe")

    def test_sync(self):
        """a folder is kept in step, deletions included"""
        tree = self.path / "tree"
        (tree / "deep").mkdir(parents=True)
        (tree / "a.txt").write_text("a")
        (tree / "deep/b.txt").write_text("b")
        self.run_aws("s3", "sync", tree, f"s3://{BUCKET}/tree")
        self.assertEqual(self.run_aws("s3", "sync", tree, f"s3://{BUCKET}/tree").strip(), "")
        (tree / "a.txt").unlink()
        self.run_aws("s3", "sync", "--delete", tree, f"s3://{BUCKET}/tree")
        listed = self.run_aws("s3", "ls", "--recursive", f"s3://{BUCKET}/tree/")
        self.assertIn("tree/deep/b.txt", listed)
        self.assertNotIn("a.txt", listed)

    def test_move_and_remove(self):
        """objects are moved, copied within the cloud, and removed"""
        self.run_aws("s3", "cp", "-", f"s3://{BUCKET}/m/one", stdin="1")
        self.run_aws("s3", "mv", f"s3://{BUCKET}/m/one", f"s3://{BUCKET}/m/two")
        self.run_aws("s3", "cp", f"s3://{BUCKET}/m/two", f"s3://{BUCKET}/m/three")
        self.assertEqual(self.run_aws("s3", "cp", f"s3://{BUCKET}/m/three", "-"), "1")
        self.run_aws("s3", "rm", "--recursive", f"s3://{BUCKET}/m/")
        self.assertEqual(self.server.cli("s3", "ls", f"s3://{BUCKET}/m/").stdout.strip(), "")

    def test_presign(self):
        """a presigned URL opens with any client"""
        self.run_aws("s3", "cp", "-", f"s3://{BUCKET}/p", stdin="signed")
        url = self.run_aws("s3", "presign", f"s3://{BUCKET}/p").strip()
        with urllib.request.urlopen(url, timeout=10) as answer:
            self.assertEqual(answer.read(), b"signed")

    def test_bucket_goes(self):
        """an emptied bucket is removed, a full one is not"""
        self.run_aws("s3", "mb", f"s3://{BUCKET}-gone")
        self.run_aws("s3", "cp", "-", f"s3://{BUCKET}-gone/a", stdin="a")
        self.assertIn("BucketNotEmpty", self.server.cli("s3", "rb", f"s3://{BUCKET}-gone").stderr)
        self.run_aws("s3", "rb", "--force", f"s3://{BUCKET}-gone")
        self.assertIn("NoSuchBucket", self.server.cli("s3", "ls", f"s3://{BUCKET}-gone").stderr)
