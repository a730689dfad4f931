'use strict';
// console.* as Lambda writes it: time, request id, level and message, or one JSON object per line.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
// One call is one log event, also when the message has several lines: inner line breaks travel as the record
// separator (U+001E) and the engine turns them back.

const util = require('util');
const { isError, showErrors, toLogForm, toReport } = require('./errors.js');

const LEVELS = { TRACE: 10, DEBUG: 20, INFO: 30, WARN: 40, ERROR: 50, FATAL: 60 };
const isJson = (process.env.AWS_LAMBDA_LOG_FORMAT || '').toUpperCase() === 'JSON';
const lowest = isJson ? LEVELS[(process.env.AWS_LAMBDA_LOG_LEVEL || '').toUpperCase()] || 0 : 0;

let requestId;

function setRequestId(id) {
  requestId = id;
}

function writeEvent(text) {
  process.stdout.write(`${text.replace(/\n/g, '\x1e')}\n`);
}

function toJsonForm(error) {
  const { stack, ...fields } = toLogForm(error);
  return { ...fields, stackTrace: stack.slice(1) };
}

function toText(values) {
  try {
    return util.format(...values);
  } catch {
    return 'the values cannot be shown';
  }
}

function jsonLine(level, values) {
  const out = { timestamp: new Date().toISOString(), level };
  if (requestId !== undefined) out.requestId = requestId;
  const single = values.length === 1 ? values[0] : undefined;
  try {
    if (single !== undefined && typeof single === 'object') {
      return JSON.stringify({ ...out, message: single }, showErrors(toJsonForm));
    }
  } catch {
    // A cyclic object has no JSON form: it is shown as text below.
  }
  out.message = toText(values);
  const error = values.find(isError);
  if (!error) return JSON.stringify(out);
  try {
    return JSON.stringify({ ...out, ...toJsonForm(error) }, showErrors(toJsonForm, error));
  } catch {
    const { errorType, errorMessage, trace } = toReport(error);
    return JSON.stringify({ ...out, errorType, errorMessage, stackTrace: trace.slice(1) });
  }
}

function log(level, values) {
  if (LEVELS[level] < lowest) return;
  if (isJson) {
    writeEvent(jsonLine(level, values));
  } else {
    writeEvent(`${new Date().toISOString()}\t${requestId}\t${level}\t${toText(values)}`);
  }
}

function errorText(error) {
  try {
    return JSON.stringify(toLogForm(error), showErrors(toLogForm, error));
  } catch {
    return JSON.stringify(toReport(error));  // what it leads to is cyclic, or cannot be read
  }
}

function writeError(title, error) {
  log('ERROR', isJson ? [error] : [`${title} \t${errorText(error)}`]);
}

function patchConsole() {
  const levels = { log: 'INFO' };
  for (const name of ['info', 'warn', 'error', 'debug', 'trace', 'fatal']) levels[name] = name.toUpperCase();
  for (const [name, level] of Object.entries(levels)) {
    console[name] = (...values) => log(level, values);
  }
}

module.exports = { patchConsole, setRequestId, writeError };
