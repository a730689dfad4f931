// Runtimes and tools of the host that must work inside: a sandbox that breaks them protects nobody.
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/test_support.h"

namespace haneul::sandbox::test {
namespace {

class RuntimesTest : public SandboxTest {
 protected:
  void expect_output(std::vector<std::string> argv, const std::string& expected) {
    if (access(argv[0].c_str(), X_OK) != 0) GTEST_SKIP() << argv[0] << " is not installed";
    EnvironmentSpec spec = spec_for(std::move(argv));
    spec.memory_bytes = 512 << 20;
    const Outcome outcome = run_to_end(std::move(spec));
    EXPECT_THAT(outcome.output, ::testing::HasSubstr(expected)) << outcome.errors;
    EXPECT_EQ(outcome.status.exit_code, 0) << outcome.errors;
  }
};

// The commonest runtime, with threads, sockets, asyncio and subprocesses.
TEST_F(RuntimesTest, Python) {
  expect_output(
      {"/usr/bin/python3", "-c",
       "import asyncio, concurrent.futures, multiprocessing, os, ssl, subprocess, tempfile, threading\n"
       "async def main():\n"
       "  p = await asyncio.create_subprocess_exec('/bin/echo', 'child', stdout=asyncio.subprocess.PIPE)\n"
       "  return (await p.communicate())[0].decode().strip()\n"
       "with concurrent.futures.ThreadPoolExecutor(8) as pool: n = sum(pool.map(lambda x: x, range(9)))\n"
       "q = multiprocessing.Queue(); w = multiprocessing.Process(target=q.put, args=(1,)); w.start()\n"
       "tempfile.NamedTemporaryFile().write(b'x')\n"
       "print(asyncio.run(main()), n, q.get(), os.cpu_count() > 0, "
       "len(ssl.create_default_context().get_ca_certs()) > 0)\n"},
      "child 36 1 True True");
}

// The SDK most functions import; it reads its data files and makes a TLS context.
TEST_F(RuntimesTest, PythonWithBoto3) {
  if (std::system("/usr/bin/python3 -c 'import boto3' 2>/dev/null") != 0)
    GTEST_SKIP() << "boto3 is not installed";
  expect_output(
      {"/usr/bin/python3", "-c",
       "import boto3\n"
       "c = boto3.client('s3', region_name='us-east-1', aws_access_key_id='a', aws_secret_access_key='b')\n"
       "print(c.generate_presigned_url('get_object', Params={'Bucket': 'b', 'Key': 'k'})[:8])\n"},
      "https://");
}

// A just-in-time compiler needs executable memory, and its event loop many kinds of descriptors.
TEST_F(RuntimesTest, Node) {
  expect_output(
      {"/usr/bin/node", "-e",
       "const fs=require('fs'),os=require('os'),cp=require('child_process'),w=require('worker_threads');"
       "let s=0;for(let i=0;i<3e6;i++)s+=i%7;"
       "fs.writeFileSync('/tmp/a','x');fs.watch('/tmp',()=>{}).close();"
       "const k=new w.Worker('require(\"worker_threads\").parentPort.postMessage(5)',{eval:true});"
       "k.on('message',m=>require('dns').lookup('localhost',(e,a)=>"
       "console.log('node',m,s>0,os.cpus().length>0,cp.execSync('echo hi')+'',a)));"},
      "node 5 true true hi\n");
}

// A crash of the runtime must look like one from outside, text included.
TEST_F(RuntimesTest, NodeReportsUncaughtErrorsByExitCode) {
  if (access("/usr/bin/node", X_OK) != 0) GTEST_SKIP() << "node is not installed";
  const Outcome outcome = run_to_end(spec_for({"/usr/bin/node", "-e", "throw new Error('boom')"}));
  EXPECT_EQ(outcome.status.exit_code, 1);
  EXPECT_THAT(outcome.errors, ::testing::HasSubstr("boom"));
}

// Libraries that seed themselves from the kernel must find randomness.
TEST_F(RuntimesTest, OpenSsl) { expect_output({"/usr/bin/openssl", "rand", "-hex", "4"}, ""); }
// TLS is of no use without the certificates of the host.
TEST_F(RuntimesTest, OpenSslListsCertificates) {
  expect_output(
      {"/usr/bin/openssl", "x509", "-in", "/etc/ssl/certs/ca-certificates.crt", "-noout", "-subject"},
      "subject");
}
// The JVM reserves much address space and reads many files of /proc.
TEST_F(RuntimesTest, Java) { expect_output({"/usr/bin/java", "-Xmx128m", "--version"}, "openjdk"); }
// Interpreters other than the big two have their own files.
TEST_F(RuntimesTest, Perl) { expect_output({"/usr/bin/perl", "-e", "print 6*7"}, "42"); }
// Scripts see the user, host name and tools of the sandbox.
TEST_F(RuntimesTest, Shell) {
  expect_output({"/bin/bash", "-c", "echo $((6*7)) | cat; id -un; hostname"}, "42\nsbx_user1051\nsandbox\n");
}

}  // namespace
}  // namespace haneul::sandbox::test
