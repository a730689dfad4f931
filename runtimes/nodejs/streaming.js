'use strict';
// Response streaming: what awslambda.streamifyResponse and awslambda.HttpResponseStream give a handler, and
// the stream it writes to, which becomes a chunked request to the Runtime API.
// https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html
// Invariant: the request begins with the first write and ends exactly once; an error travels in its trailers.

const { Writable } = require('stream');
const { Fault, toReport } = require('./errors.js');

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');
const WITH_PRELUDE = 'application/vnd.awslambda.http-integration-response';
const PRELUDE_END = Buffer.alloc(8);

function isStreaming(handler) {
  return handler[STREAMING] === 'response';
}

function toBytes(chunk) {
  if (typeof chunk === 'string' || chunk instanceof Uint8Array) return chunk;
  return JSON.stringify(chunk);
}

class ResponseStream extends Writable {
  constructor(api, requestId, handler) {
    super({ highWaterMark: handler[HIGH_WATER_MARK] ?? 64 * 1024 });
    this.api = api;
    this.requestId = requestId;
    this.contentType = 'application/octet-stream';
    this.begun = false;     // a write was called
    this.headSent = false;
    this.trailers = '';
    this.onWire = null;     // the promise of the end of the request
    this.on('error', () => {});  // whoever failed hears of it from its own promise
  }

  setContentType(type) {
    if (this.begun) throw new Fault('InvalidStreamingOperation', 'Cannot set content-type, too late.');
    this.contentType = String(type).replace(/[^\x20-\x7e]/g, '?');
  }

  write(chunk, encoding, callback) {
    this.begin();
    return super.write(toBytes(chunk), encoding, callback);
  }

  end(chunk, encoding, callback) {
    if (typeof chunk === 'function') return super.end(chunk);
    if (chunk === undefined || chunk === null) {
      if (!this.writableEnded && !this.trailers) this.begin();
      return super.end(callback);
    }
    this.begin();
    return super.end(toBytes(chunk), encoding, callback);
  }

  begin() {
    if (this.begun) return;
    this.begun = true;
    if (typeof this._onBeforeFirstWrite === 'function') this._onBeforeFirstWrite((part) => super.write(part));
  }

  _write(chunk, encoding, done) {
    this._writev([{ chunk }], done);
  }

  _writev(entries, done) {
    const body = Buffer.concat(entries.map((each) => each.chunk));
    if (body.length === 0) return done();
    return this.api.writeStream([this.head(), `${body.length.toString(16)}\r\n`, body, '\r\n'], done);
  }

  _final(done) {
    this.finishOnWire().then(() => done(), done);
  }

  head() {
    if (this.headSent) return '';
    this.headSent = true;
    return this.api.streamHead(this.requestId, this.contentType);
  }

  finishOnWire() {
    this.onWire ??= this.api.finishStream([this.head(), `0\r\n${this.trailers}\r\n`]);
    return this.onWire;
  }

  // What was written before still goes out; then the error ends the answer.
  fail(error) {
    if (this.onWire) return this.onWire;
    const report = toReport(error);
    const body = Buffer.from(JSON.stringify(report)).toString('base64');
    const type = String(report.errorType).replace(/[^\x20-\x7e]/g, '?');
    this.trailers = `Lambda-Runtime-Function-Error-Type: ${type}\r\n` +
      `Lambda-Runtime-Function-Error-Body: ${body}\r\n`;
    if (this.destroyed) return this.finishOnWire();
    return new Promise((resolve) => {
      this.once('close', () => resolve(this.finishOnWire()));
      if (!this.writableEnded) super.end();
    });
  }
}

const HttpResponseStream = {
  from(stream, prelude) {
    stream.setContentType(WITH_PRELUDE);
    const text = JSON.stringify(prelude);
    stream._onBeforeFirstWrite = (write) => {
      write(text);
      write(PRELUDE_END);
    };
    return stream;
  },
};

function streamifyResponse(handler, options) {
  handler[STREAMING] = 'response';
  if (typeof options?.highWaterMark === 'number') {
    handler[HIGH_WATER_MARK] = Math.trunc(options.highWaterMark);
  }
  return handler;
}

function notFinished() {
  return new Fault('InvalidStreamingOperation', 'Response stream is not finished.');
}

// Calls the handler; settles the outcome when both its promise and its stream have ended.
function callStreaming(handler, event, outcome) {
  const { stream, context } = outcome;
  const returned = handler(event, stream, context);
  if (!returned || typeof returned.then !== 'function') {
    const message = 'Streaming does not support non-async handlers.';
    outcome.finish({ error: new Fault('InvalidStreamingOperation', message) });
    return;
  }
  const ended = new Promise((resolve) => {
    stream.once('close', resolve);
  });
  returned.then(() => ended).then(() => {
    if (stream.writableFinished) outcome.settle(null, null);
    else outcome.finish({ error: notFinished() });
  }, (error) => outcome.finish({ error: error ?? 'handled' }));
}

module.exports = {
  ResponseStream, HttpResponseStream, streamifyResponse, isStreaming, callStreaming, notFinished,
};
