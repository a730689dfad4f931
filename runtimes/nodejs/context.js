'use strict';
// The context object a handler receives, with the older done/succeed/fail.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html

function parse(headers, name) {
  return headers[name] ? JSON.parse(headers[name]) : undefined;
}

function makeContext(headers, outcome) {
  const deadline = Number(headers['lambda-runtime-deadline-ms'] || 0);
  const environment = process.env;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: environment.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: environment.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: environment.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: environment.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parse(headers, 'lambda-runtime-client-context'),
    identity: parse(headers, 'lambda-runtime-cognito-identity'),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    tenantId: headers['lambda-runtime-aws-tenant-id'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    getRemainingTimeInMillis: () => Math.max(deadline - Date.now(), 0),
    done: (error, result) => outcome.settle(error, result),
    succeed: (result) => outcome.settleNow(null, result),
    fail: (error) => outcome.settleNow(error === undefined || error === null ? 'handled' : error),
  };
}

module.exports = { makeContext };
