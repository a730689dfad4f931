'use strict';
// console.* as Lambda writes it: time, request id, level and message, or one JSON object per line.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
// One call is one log event, also when the message has several lines: inner line breaks travel as the record
// separator (U+001E) and the engine turns them back.

const util = require('util');
const { isError, toLogForm } = require('./errors.js');

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

function replaceErrors(key, value) {
  if (isError(value)) {
    const { stack, ...fields } = toLogForm(value);
    return { ...fields, stackTrace: stack.slice(1) };
  }
  return typeof value === 'bigint' ? value.toString() : value;
}

function jsonLine(level, values) {
  const out = { timestamp: new Date().toISOString(), level };
  if (requestId !== undefined) out.requestId = requestId;
  const single = values.length === 1 ? values[0] : undefined;
  try {
    if (single !== undefined && typeof single === 'object') {
      return JSON.stringify({ ...out, message: single }, replaceErrors);
    }
  } catch {
    // A cyclic object has no JSON form: it is shown as text below.
  }
  out.message = util.format(...values);
  const error = values.find(isError);
  if (error) Object.assign(out, replaceErrors('', error));
  return JSON.stringify(out);
}

function log(level, values) {
  if (LEVELS[level] < lowest) return;
  if (isJson) {
    writeEvent(jsonLine(level, values));
  } else {
    writeEvent(`${new Date().toISOString()}\t${requestId}\t${level}\t${util.format(...values)}`);
  }
}

function writeError(title, error) {
  if (isJson) {
    log('ERROR', [error]);
  } else {
    const show = (key, value) => (typeof value === 'bigint' ? `${value}` : value);
    const form = JSON.stringify(toLogForm(error), show);
    log('ERROR', [`${title} \t${form}`]);
  }
}

function patchConsole() {
  const levels = { log: 'INFO' };
  for (const name of ['info', 'warn', 'error', 'debug', 'trace', 'fatal']) levels[name] = name.toUpperCase();
  for (const [name, level] of Object.entries(levels)) {
    console[name] = (...values) => log(level, values);
  }
}

module.exports = { patchConsole, setRequestId, writeError };
