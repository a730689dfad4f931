'use strict';
// Entry point of a Node.js function: load the handler once, then answer invocations until the environment
// ends.

if (process.env.HANEUL_WAITING) require('./waiting.js').becomeFunction();

const { RuntimeApi } = require('./api.js');
const { Fault, toReport } = require('./errors.js');
const { makeContext } = require('./context.js');
const { loadHandler } = require('./handler.js');
const logs = require('./logs.js');
const streaming = require('./streaming.js');

const EXIT_INIT_FAILED = 129;
const EXIT_UNHANDLED = 128;

const api = new RuntimeApi(process.env.AWS_LAMBDA_RUNTIME_API);
let current = null;   // the invocation that runs now
let serving = false;  // init is over

globalThis.awslambda = {
  streamifyResponse: streaming.streamifyResponse,
  HttpResponseStream: streaming.HttpResponseStream,
};

// The single result of one invocation; what comes after the first is ignored, as on AWS.
class Outcome {
  constructor(resolve) {
    this.resolve = resolve;
    this.context = null;
    this.pending = null;
    this.stream = null;  // of a streaming handler
  }

  settle(error, result) {
    if (!this.resolve) return;
    if (error !== undefined && error !== null) {
      this.finish({ error });
    } else if (this.context.callbackWaitsForEmptyEventLoop) {
      this.pending ??= { result };
    } else {
      this.finish({ result });
    }
  }

  settleNow(error, result) {
    if (error !== undefined && error !== null) this.finish({ error });
    else this.finish({ result });
  }

  loopIsEmpty() {
    const unfinished = this.stream ? { error: streaming.notFinished() } : { result: null };
    this.finish(this.pending ?? unfinished);
  }

  finish(value) {
    const resolve = this.resolve;
    this.resolve = null;
    if (resolve) resolve(value);
  }
}

function call(handler, invocation) {
  return new Promise((resolve) => {
    const outcome = new Outcome(resolve);
    current = outcome;
    const context = makeContext(invocation.headers, outcome);
    outcome.context = context;
    if (streaming.isStreaming(handler)) {
      outcome.stream = new streaming.ResponseStream(api, context.awsRequestId, handler);
    }
    let event;
    try {
      event = JSON.parse(invocation.body.toString('utf8'));
    } catch (error) {
      const message = `Unable to unmarshal input: ${error.message}`;
      outcome.finish({ error: new Fault('Runtime.UnmarshalError', message) });
      return;
    }
    try {
      if (outcome.stream) {
        streaming.callStreaming(handler, event, outcome);
        return;
      }
      const returned = handler(event, context, (error, result) => outcome.settle(error, result));
      if (returned && typeof returned.then === 'function') {
        returned.then((result) => outcome.settleNow(null, result),
          (error) => outcome.settleNow(error === undefined || error === null ? 'handled' : error));
      }
    } catch (error) {
      outcome.finish({ error: error ?? 'handled' });
    }
  });
}

function encode(result) {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? 'null';
  } catch (error) {
    throw new Fault('Runtime.MarshalError', `Unable to stringify response body: ${error.message}`);
  }
}

async function answer(requestId, outcome, stream) {
  let { error } = outcome;
  if (error === undefined && stream) return;
  if (error === undefined) {
    try {
      const body = encode(outcome.result);
      await api.respond(requestId, body);
      return;
    } catch (fault) {
      error = fault;
    }
  }
  logs.writeError('Invoke Error', error);
  if (stream) {
    await stream.fail(error);
    return;
  }
  const report = toReport(error);
  await api.reportError(requestId, JSON.stringify(report), report.errorType);
}

async function serve(handler) {
  serving = true;
  for (;;) {
    const invocation = await api.next();
    const requestId = invocation.headers['lambda-runtime-aws-request-id'];
    logs.setRequestId(requestId);
    const trace = invocation.headers['lambda-runtime-trace-id'];
    if (trace === undefined) delete process.env._X_AMZN_TRACE_ID;
    else process.env._X_AMZN_TRACE_ID = trace;
    const outcome = await call(handler, invocation);
    const { stream } = current;
    current = null;
    await answer(requestId, outcome, stream);
  }
}

function failHard(title, error) {
  if (current) {
    logs.writeError(title, error);
    const { awsRequestId } = current.context;
    const { stream } = current;
    const report = toReport(error);
    current.resolve = null;
    current = null;
    const told = stream ? stream.fail(error)
      : api.reportLastError(awsRequestId, JSON.stringify(report), report.errorType);
    told.then(() => process.exit(EXIT_UNHANDLED));
    return;
  }
  if (serving) {
    // Between invocations there is nobody to tell: the exit status says it.
    logs.writeError(title, error);
    process.exit(EXIT_UNHANDLED);
  }
  failInit(title, error);
}

function failInit(title, error) {
  logs.writeError(title, error);
  const report = toReport(error);
  api.reportInitError(JSON.stringify(report), report.errorType).then(() => process.exit(EXIT_INIT_FAILED));
}

process.on('uncaughtException', (error) => failHard('Uncaught Exception', error));
process.on('unhandledRejection', (reason) => {
  const fault = new Fault('Runtime.UnhandledPromiseRejection', String(reason), reason && reason.stack);
  fault.reason = reason;
  failHard('Unhandled Promise Rejection', fault);
});
process.on('beforeExit', () => {
  if (current) current.loopIsEmpty();
});

logs.patchConsole();
loadHandler(process.env.LAMBDA_TASK_ROOT || '/var/task', process.env._HANDLER || '')
  .then(serve, (error) => failInit('Uncaught Exception', error));
